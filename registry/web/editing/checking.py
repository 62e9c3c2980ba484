"""What is wrong in a working copy, where a form shows it, and how complete it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from registry.catalogue.enums import State
from registry.catalogue.messages import Refusal
from registry.editorial.values import clean, label_of, refusals_of, slug_from
from registry.reuse.completeness import Completeness, completeness
from registry.reuse.models import CostFields
from registry.reuse.record import BundleRecord
from registry.reuse.records import GROUPS, LISTS, unchecked_record
from registry.reuse.references import dangling, known_keys
from registry.web.editing.parties import Directory, doubt
from registry.web.editing.steps import PARTY, STEPS, Step, place_of, step_of

MISSING = "Die Angabe fehlt."


@dataclass(frozen=True)
class Problem:
    """Something wrong: the form field that shows it, the German label and reason, and the step of the field."""

    path: str
    label: str
    reason: str
    step: Step | None

    @property
    def missing(self) -> bool:
        """Tell whether nothing is wrong yet: a field of the entry that is needed has not been filled in."""
        return not self.wrong and not any(part.isdigit() for part in self.path.split("."))

    @property
    def wrong(self) -> bool:
        """Tell whether something is there that cannot stay so."""
        return self.reason != MISSING


@dataclass(frozen=True)
class Checked:
    """All that is wrong in a working copy, and how complete it is."""

    problems: tuple[Problem, ...]
    completeness: Completeness

    def of(self, step: Step) -> tuple[Problem, ...]:
        """Return the problems of a step."""
        return tuple(one for one in self.problems if one.step is step)

    def errors(self, step: Step) -> dict[str, str]:
        """Return the first reason for each field of a step."""
        found: dict[str, str] = {}
        for one in self.of(step):
            found.setdefault(one.path, one.reason)
        return found

    def state_of(self, step: Step) -> str:
        """Return how a step stands: Fehler, unvollständig (a row lacks a field), leer, begonnen or vollständig."""
        if any(one.wrong for one in self.of(step)):
            return "Fehler"
        if not all(one.missing for one in self.of(step)):
            return "unvollständig"
        group = next(one for one in self.completeness.groups if one.key == step.group)
        if group.filled == 0:
            return "leer"
        return "vollständig" if group.filled == group.total else "begonnen"


def check(session: Session, values: Mapping[str, Any], directory: Directory, *, state: State = State.DRAFT) -> Checked:
    """Look at a working copy as it would be in `state`. Never fails for what somebody may have typed."""
    known = clean(values)
    if not known.get("slug"):  # made from the title when the entry is stored
        known["slug"] = slug_from(str(known.get("title") or "")) or "neu"
    found = refusals_of(known, state=state)
    record, places = _lenient(known, found)
    found += [_placed_back(one, places) for one in dangling(record, known_keys(session, [record]))]
    problems: dict[tuple[str, str], Problem] = {}
    for one in found:
        problem = _problem(one, known, directory)
        problems.setdefault((problem.path, problem.reason), problem)
    order = {path: number for number, path in enumerate(path for step in STEPS for path in step.paths)}
    first = sorted(problems.values(), key=lambda one: _order(one.path, order))
    return Checked(tuple(first), completeness(record))


def _order(path: str, order: Mapping[str, int]) -> tuple[int, int]:
    name, _, rest = path.partition(".")
    row = rest.partition(".")[0]
    return order.get(path, order.get(name, len(order))), int(row) if row.isdigit() else -1


def _problem(one: Refusal, values: Mapping[str, Any], directory: Directory) -> Problem:
    path, reason = one.field, one.reason
    name, _, rest = path.partition(".")
    if path == "costs":
        path = _range_path(reason)
    elif path == "dimensions":
        path = _reason_path(values)
    elif name == "participants" and rest:
        path, reason = _party(rest, reason, values, directory)
    place = place_of(path)
    return Problem(place, label_at(place), reason, step_of(place))


def label_at(path: str) -> str:
    """Return the German label of a form field."""
    if not path:
        return "Der Eintrag"
    if path.startswith("participants.") and path.endswith(f".{PARTY}"):
        return f"{label_of(path.removesuffix(f'.{PARTY}'))}: Stelle"
    return label_of(path)


def _range_path(reason: str) -> str:
    """Return the field that a wrong range of costs names."""
    return next(
        (f"costs.{name}" for name, info in CostFields.model_fields.items() if f"„{info.description}“" in reason),
        "costs",
    )


def _reason_path(values: Mapping[str, Any]) -> str:
    """Return the first missing reason of a score."""
    for name, value in values.items():
        if name.startswith("dimensions.") and name.endswith("_score") and value is not None:
            reason = name.removesuffix("_score") + "_reason"
            if not values.get(reason):
                return reason
    return "dimensions"


def _party(rest: str, reason: str, values: Mapping[str, Any], directory: Directory) -> tuple[str, str]:
    """Return where and why a participant is wrong: what the form has as one text are four fields of the record."""
    number, _, key = rest.partition(".")
    path = f"participants.{number}.{key}"
    if key == "role":
        return path, reason
    row = values["participants"][int(number)] if int(number) < len(values["participants"]) else {}
    if isinstance(row, Mapping) and row.get(PARTY):
        return path, doubt(str(row[PARTY]), directory)[0]
    return path, MISSING if not key else reason


def _lenient(values: Mapping[str, Any], found: list[Refusal]) -> tuple[BundleRecord, dict[str, list[int]]]:
    """Return a record of all that is right, and for each list the numbers of the rows that are."""
    wrong = {one.field for one in found}
    wrong |= {re.sub(r"\.\d+$", "", path) for path in wrong if path.partition(".")[0] not in LISTS}
    raw: dict[str, Any] = {"state": State.DRAFT, "state_note": None, **{group: {} for group in GROUPS}}
    places: dict[str, list[int]] = {}
    for path, value in values.items():
        group, _, key = path.partition(".")
        if group in GROUPS:
            raw[group][key] = None if path in wrong else value
        elif path in LISTS:
            bad = {rest.partition(".")[0] for one in wrong if (rest := one.removeprefix(f"{path}.")) != one}
            rows = value if isinstance(value, list) else []
            places[path] = [number for number in range(len(rows)) if str(number) not in bad]
            raw[path] = [rows[number] for number in places[path]]
        elif path in BundleRecord.model_fields:
            raw[path] = None if path in wrong else value
    return unchecked_record(raw), places


def _placed_back(one: Refusal, places: Mapping[str, list[int]]) -> Refusal:
    name, _, rest = one.field.partition(".")
    number, dot, key = rest.partition(".")
    if name in places and number.isdigit():
        return Refusal(f"{name}.{places[name][int(number)]}{dot}{key}", one.reason)
    return one
