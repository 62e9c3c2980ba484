"""Data quality and integrity: every stored row is judged again by the rules that admit new ones."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, SQLModel

from registry.catalogue.enums import MappingBasis, ParticipantRole, State
from registry.catalogue.messages import refusals
from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.exchange.kinds import KINDS, ReferenceKind
from registry.exchange.stored import stored_rows
from registry.reuse.checklist.models import ChecklistItem, ChecklistItemFields
from registry.reuse.completeness import completeness
from registry.reuse.models import TransferabilityProfile
from registry.reuse.record import BundleRecord
from registry.reuse.records import GROUPS, LISTS, OWN_FIELDS, unchecked_record
from registry.reuse.references import dangling, doubtful, known_keys

_ENTRY = "service_bundle"
_ENTRY_COLUMNS = ("id", "successor_slug", "state", "state_note", *OWN_FIELDS)


@dataclass(frozen=True)
class Finding:
    """Something wrong or doubtful: `entity` and `key` name the row, `field` the place (may be empty)."""

    entity: str
    key: str
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.entity} {self.key}" + (f", {self.field}" if self.field else "")
        return f"{place}: {self.message}"


@dataclass
class CheckReport:
    """What a check found, and the sizes that it counted."""

    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Tell whether there is no error; warnings do not count."""
        return not self.errors

    def as_json(self) -> dict[str, Any]:
        """Return the report for scripts."""
        return {
            "ok": self.ok,
            "errors": [vars(one) for one in self.errors],
            "warnings": [vars(one) for one in self.warnings],
            "figures": self.figures,
        }


def check_catalogue(database: Database, *, progress: Callable[[int], object] | None = None) -> CheckReport:
    """Check all reference rows and all entries, in whatever state, of a migrated database.

    Calls `progress` with 1 after each of CHECK_STEPS parts.
    """
    report = CheckReport()
    with database.reading() as session:
        keys: dict[str, set[Any]] = {}
        for kind in KINDS:
            _check_reference(session, kind, keys, report)
            if progress:
                progress(1)
        _check_checklist(session, report)
        _check_entries(session, report)
        if progress:
            progress(1)
    return report


CHECK_STEPS = len(KINDS) + 1


def _check_reference(session: Session, kind: ReferenceKind, keys: dict[str, set[Any]], report: CheckReport) -> None:
    rows = stored_rows(session, kind.table, [*kind.fields.model_fields, "retired"])
    keys[kind.table.__name__] = {row[kind.key[-1]] for row in rows} if len(kind.key) == 1 else set()
    for row in rows:
        retired = row.pop("retired")
        name = " ".join(str(part) for part in kind.identity(row) if part is not None)
        report.errors += _refused(kind.code, name, kind.fields, row)
        for column, (table, _key, label) in kind.parents.items():
            if row[column] is not None and row[column] not in keys[table.__name__]:
                report.errors.append(Finding(kind.code, name, column, f"{label} {row[column]} gibt es nicht."))
        report.figures[f"{kind.code}_retired" if retired else kind.code] = (
            report.figures.get(f"{kind.code}_retired" if retired else kind.code, 0) + 1
        )
    report.figures.setdefault(kind.code, 0)


def _check_checklist(session: Session, report: CheckReport) -> None:
    rows = stored_rows(session, ChecklistItem, list(ChecklistItemFields.model_fields))
    for row in rows:
        report.errors += _refused("checklist_item", str(row["slug"]), ChecklistItemFields, row)
    report.figures["checklist_items"] = len(rows)


def _refused(entity: str, key: str, rules: type[SQLModel], row: dict[str, Any]) -> list[Finding]:
    try:
        rules.model_validate(row)
    except ValidationError as error:
        return [Finding(entity, key, one.field, one.reason) for one in refusals(error)]
    return []


def _check_entries(session: Session, report: CheckReport) -> None:
    raws = _raw_entries(session, report)
    loose = [unchecked_record(raw) for raw in raws]
    known = known_keys(session, loose)
    for raw, record in zip(raws, loose, strict=True):
        found = _refused(_ENTRY, record.slug, BundleRecord, raw)
        if record.state == State.PUBLISHED:
            for name, what in (("ozg_services", "OZG-Leistung"), ("sources", "Quelle")):
                if not raw[name]:
                    message = f"Ein veröffentlichter Eintrag braucht mindestens eine {what}."
                    found = [one for one in found if one.message != message]
                    found.append(Finding(_ENTRY, record.slug, name, message))
        found += [Finding(_ENTRY, record.slug, one.field, one.reason) for one in dangling(record, known)]
        report.errors += found
        report.warnings += [Finding(_ENTRY, record.slug, one.field, one.reason) for one in doubtful(record, known)]
    published = [record for record in loose if record.state == State.PUBLISHED]
    for record in published:
        report.warnings += _weak_points(record)
    report.warnings += _duplicates(published)
    _count(report, loose, published)


def _raw_entries(session: Session, report: CheckReport) -> list[dict[str, Any]]:
    """Return what BundleRecord judges for each entry; report rows that belong to no entry."""
    rows = stored_rows(session, ServiceBundle, _ENTRY_COLUMNS)
    parts = {name: _by_bundle(session, fields, table) for name, (fields, table) in LISTS.items()}
    group_fields = [name for fields in GROUPS.values() for name in fields.model_fields]
    profiles = {
        row["bundle_id"]: row for row in stored_rows(session, TransferabilityProfile, ["bundle_id", *group_fields])
    }
    slugs, ids = {row["slug"] for row in rows}, {row["id"] for row in rows}
    for name, numbers in [*((name, set(found)) for name, found in parts.items()), ("transferability", set(profiles))]:
        for orphan in sorted(numbers - ids, key=str):
            message = f"Die Angaben gehören zu keinem Eintrag (Nummer {orphan})."
            report.errors.append(Finding(name, str(orphan), "bundle_id", message))
    raws = []
    for row in rows:
        number, successor = row.pop("id"), row.pop("successor_slug")
        if successor is not None and successor not in slugs:
            message = f"Den Nachfolger {successor} gibt es nicht."
            report.errors.append(Finding(_ENTRY, str(row["slug"]), "successor_slug", message))
        raw = {**row, **{name: found.get(number, []) for name, found in parts.items()}}
        profile = profiles.get(number, {})
        for group, fields in GROUPS.items():
            raw[group] = {name: profile.get(name) for name in fields.model_fields}
        raws.append(raw)
    return raws


def _by_bundle(session: Session, fields: type[SQLModel], table: type[SQLModel]) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    rows = stored_rows(session, table, ["bundle_id", "position", *fields.model_fields])
    for row in sorted(rows, key=lambda one: (str(one["bundle_id"]), one["position"])):
        number = row.pop("bundle_id")
        row.pop("position")
        found[number].append(row)
    return dict(found)


def _weak_points(record: BundleRecord) -> Iterable[Finding]:
    if record.ozg_services and all(one.basis == MappingBasis.BY_MEANING for one in record.ozg_services):
        yield Finding(
            _ENTRY, record.slug, "ozg_services", "Keine Quelle nennt die OZG-Leistung; nur sinngemäß zugeordnet."
        )
    if not any(one.role == ParticipantRole.LEAD for one in record.participants):
        yield Finding(_ENTRY, record.slug, "participants", "Keine Federführung angegeben.")
    undated = sum(1 for source in record.sources if not source.published)
    if undated:
        message = f"{undated} von {len(record.sources)} Quellen ohne Datum."
        yield Finding(_ENTRY, record.slug, "sources.published", message)


def _duplicates(published: list[BundleRecord]) -> Iterable[Finding]:
    """Yield entries that share an OZG service and the words of the title with an earlier one."""
    first: dict[tuple[str, frozenset[str]], str] = {}
    for record in published:
        words = frozenset(re.findall(r"\w+", str(record.title).casefold()))
        twins = {first.setdefault((one.ozg_id, words), record.slug) for one in record.ozg_services} - {record.slug}
        for twin in sorted(twins):
            yield Finding(_ENTRY, record.slug, "title", f"Gleicher Titel und gleiche OZG-Leistung wie {twin}.")


def _count(report: CheckReport, entries: list[BundleRecord], published: list[BundleRecord]) -> None:
    states = Counter(str(record.state) for record in entries)
    report.figures = {
        "published_bundles": len(published),
        "draft_bundles": states[State.DRAFT],
        "other_bundles": len(entries) - len(published) - states[State.DRAFT],
        "mapped_ozg_services": len({one.ozg_id for record in published for one in record.ozg_services}),
        "sources": sum(len(record.sources) for record in published),
        "leading_municipalities": len(
            {
                one.municipality
                for record in published
                for one in record.participants
                if one.role == ParticipantRole.LEAD and one.municipality
            }
        ),
        "average_completeness_percent": (
            sum(completeness(record).percent for record in published) // len(published) if published else 0
        ),
        **report.figures,
    }
