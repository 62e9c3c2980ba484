"""One change for many entries: which fields there are, what a change makes of an entry, what it would do to each."""

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, col, select

from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor
from registry.catalogue.enums import RequirementLevel, State
from registry.catalogue.messages import Refusal, refusals
from registry.database import Write
from registry.editorial.held import NOT_YOURS, Held, held_entries
from registry.editorial.sets import Planned, SetDone, StalePlanError, carry_out
from registry.editorial.stewardship import Stewards
from registry.editorial.values import TEXT_LISTS, Values, content_of, label_of, placed, record_from
from registry.labels import Labelled
from registry.reuse.models import Capability
from registry.reuse.references import KnownKeys, dangling, known_keys

MOST = 500
"""Entries that one change may touch: all of them are changed in one transaction, or none."""


class Mode(Labelled):
    """What a change does with a field."""

    SET = "set", "setzen"
    EMPTY = "empty", "leeren"
    ADD = "add", "hinzufügen"
    REMOVE = "remove", "entfernen"


@dataclass(frozen=True)
class BulkField:
    """A field that makes sense for many entries. `paths` are the fields of the record that it sets together."""

    name: str
    label: str
    paths: tuple[str, ...]
    modes: tuple[Mode, ...] = (Mode.SET, Mode.EMPTY)
    administrators_only: bool = False


_LIST_MODES = (Mode.ADD, Mode.REMOVE, Mode.SET, Mode.EMPTY)
_FIELDS = (
    BulkField("programme", label_of("programme"), ("programme",)),
    BulkField("phase", label_of("phase"), ("phase", "phase_as_of")),
    BulkField("licence", label_of("licence"), ("licence",)),
    BulkField("reuse_model", label_of("reuse_model"), ("reuse_model",)),
    *(BulkField(name, label_of(name), (name,), _LIST_MODES) for name in ("procurement_paths", "audience")),
    BulkField("fits_kinds", label_of("fits_kinds"), ("fits_kinds",), _LIST_MODES),
    BulkField("fits_population", "Geeignet nach Einwohnerzahl", ("fits_population_from", "fits_population_to")),
    BulkField("contact_email", label_of("contact_email"), ("contact_email",)),
    BulkField("contact_url", label_of("contact_url"), ("contact_url",)),
    BulkField("funding_note", label_of("funding_note"), ("funding_note",)),
    BulkField(
        "requirements",
        "Benötigter Baustein",
        ("requirements.capability", "requirements.level", "requirements.note"),
        (Mode.ADD, Mode.REMOVE),
    ),
    BulkField("owner", "Zuständige Stelle", ("owner",), administrators_only=True),
    BulkField("deputy", "Vertretende Stelle", ("deputy",), administrators_only=True),
)
FIELDS: Mapping[str, BulkField] = {one.name: one for one in _FIELDS}
_STEWARDS = ("owner", "deputy")
_PROBE = {"slug": "probe", "title": "Probe", "summary": "Probe eines Wertes"}


class EditRefusedError(Exception):
    """A change cannot be so; `refusals` name the fields of the form."""

    def __init__(self, refusals: list[Refusal]) -> None:
        super().__init__("; ".join(str(one) for one in refusals))
        self.refusals = refusals


@dataclass(frozen=True)
class Edit:
    """A change: a field, what to do with it, and the values by path as they were typed (lists for lists)."""

    field: BulkField
    mode: Mode
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def stewards(self) -> bool:
        """Tell whether the change is about who answers for the entries."""
        return self.field.name in _STEWARDS


def fields_for(actor: Actor) -> list[BulkField]:
    """Return the fields that the actor may change for many entries."""
    return [one for one in _FIELDS if actor.is_admin or not one.administrators_only]


def edit_from(actor: Actor, name: str, mode: str, values: Mapping[str, Any]) -> Edit:
    """Return a change from what a form says; values of other fields are left out. Raises EditRefusedError."""
    known = {one.name: one for one in fields_for(actor)}
    if name not in known:
        raise EditRefusedError([Refusal("field", "Bitte wählen Sie ein Feld.")])
    chosen = next((one for one in known[name].modes if one == mode), None)
    if chosen is None:
        raise EditRefusedError([Refusal("mode", "Bitte wählen Sie, was mit dem Feld geschehen soll.")])
    return Edit(known[name], chosen, {path: values[path] for path in known[name].paths if path in values})


def checked(session: Session, edit: Edit) -> Edit:
    """Return the change with its values as the record has them. Raises EditRefusedError for a bad value."""
    if edit.mode is Mode.EMPTY:
        return Edit(edit.field, edit.mode)
    if edit.stewards:
        return Edit(edit.field, edit.mode, {edit.field.name: _organisation(session, edit).slug})
    if edit.field.name == "requirements":
        return Edit(edit.field, edit.mode, _requirement(session, edit))
    values = {path: edit.values.get(path) for path in edit.field.paths}
    try:
        record = record_from(_PROBE | values, state=State.DRAFT)
    except ValidationError as error:
        raise EditRefusedError(placed(refusals(error), values)) from None
    content = content_of(record)
    read = {path: content[path] for path in edit.field.paths}
    if read[edit.field.paths[0]] in (None, []) and not any(read.values()):
        sentence = "Bitte geben Sie einen Wert an."
        if edit.mode is Mode.SET:
            sentence = "Bitte geben Sie einen Wert an, oder wählen Sie „leeren“."
        raise EditRefusedError([Refusal(edit.field.paths[0], sentence)])
    return Edit(edit.field, edit.mode, read)


def changed(edit: Edit, content: Values) -> Values:
    """Return what the change makes of an entry's values. Pure; `edit` must be checked."""
    if edit.stewards:
        return dict(content)
    if edit.field.name == "requirements":
        return content | {"requirements": _with_requirement(edit, content["requirements"])}
    name = edit.field.paths[0]
    if edit.mode is Mode.EMPTY:
        return content | {path: [] if path in TEXT_LISTS else None for path in edit.field.paths}
    if edit.mode is Mode.ADD:
        return content | {name: content[name] + [one for one in edit.values[name] if one not in content[name]]}
    if edit.mode is Mode.REMOVE:
        return content | {name: [one for one in content[name] if one not in edit.values[name]]}
    if name in TEXT_LISTS and set(content[name]) == set(edit.values[name]):
        return dict(content)  # another order is no change
    return content | dict(edit.values)


def plan_edit(session: Session, actor: Actor, edit: Edit, slugs: Collection[str]) -> list[Planned]:
    """Return what a checked change would do to each entry, in the order of `slugs`; nothing is written."""
    wanted = list(dict.fromkeys(slugs))
    held = held_entries(session, actor, wanted)
    target = _target(session, edit)
    plans = [_planned(edit, slug, held.get(slug), target) for slug in wanted]
    known = known_keys(session, [one.record for one in plans if one.record is not None])
    return [_checked_references(one, known) for one in plans]


def apply_edit(
    write: Write,
    actor: Actor,
    edit: Edit,
    seen: Mapping[str, int],
    *,
    reason: str = "",
    title: str,
    address: str = "",
) -> SetDone:
    """Change all entries of `seen` (slug → tick that the preview showed) as one revision set, or none of them.

    Those that the preview refused are left out again. Raises, out of `writing()`, StalePlanError when an entry has
    changed since the preview, NothingToChangeError, EditRefusedError and NotAllowedError.
    """
    plans = plan_edit(write.session, actor, edit, seen)
    stale = [one for one in plans if one.bundle_id is not None and one.seen != seen[one.slug]]
    if stale:
        raise StalePlanError([one.slug for one in stale])
    return carry_out(write, actor, plans, title=title, reason=reason, address=address)


def _planned(edit: Edit, slug: str, held: Held | None, target: Organisation | None) -> Planned:
    if held is None:
        return Planned(slug, refused=NOT_YOURS)
    if edit.stewards:
        return _planned_stewards(edit, held, target)
    plan = Planned.of(held)
    if held.closed:
        return plan.refusing(held.closed)
    return planned_values(plan, held, changed(edit, held.content))


def planned_values(plan: Planned, held: Held, values: Values) -> Planned:
    """Return the plan of giving an entry new values; a reason when they are none that it can have."""
    bundle = held.bundle
    try:
        record = record_from(values | {"slug": bundle.slug}, state=bundle.state, note=bundle.state_note)
    except ValidationError as error:
        found = placed(refusals(error), values)
        return plan.refusing(
            " ".join(f"{label_of(one.field)}: {one.reason}" if one.field else one.reason for one in found)
        )
    before, after = held.content, content_of(record)
    names = [name for name in after if after[name] != before[name]]
    return plan.with_values({name: before[name] for name in names}, {name: after[name] for name in names}, record)


def _planned_stewards(edit: Edit, held: Held, target: Organisation | None) -> Planned:
    plan, now = Planned.of(held), held.stewards
    wanted = target.id if target else None
    owner = wanted if edit.field.name == "owner" else now.owner_id
    deputy = wanted if edit.field.name == "deputy" else now.deputy_id
    if owner is not None and owner == deputy:
        return plan.refusing("Eine Stelle kann nicht zugleich zuständig sein und vertreten.")
    if (owner, deputy) == (now.owner_id, now.deputy_id):
        return plan
    name = f"{edit.field.name}_id"
    before = now.owner_id if edit.field.name == "owner" else now.deputy_id
    return plan.with_stewards({name: before}, {name: wanted}, Stewards(owner, deputy))


def _checked_references(plan: Planned, known: KnownKeys) -> Planned:
    missing = dangling(plan.record, known) if plan.record is not None and plan.changes else []
    return plan.refusing(" ".join(one.reason for one in missing)) if missing else plan


def _target(session: Session, edit: Edit) -> Organisation | None:
    return _organisation(session, edit) if edit.stewards and edit.mode is Mode.SET else None


def _organisation(session: Session, edit: Edit) -> Organisation:
    slug = str(edit.values.get(edit.field.name) or "")
    found = session.exec(select(Organisation).where(Organisation.slug == slug, col(Organisation.active))).first()
    if found is None:
        raise EditRefusedError([Refusal(edit.field.name, "Bitte wählen Sie eine Stelle.")])
    return found


def _requirement(session: Session, edit: Edit) -> dict[str, Any]:
    capability, level, note = (str(edit.values.get(path) or "").strip() for path in edit.field.paths)
    block = session.get(Capability, capability) if capability else None
    if block is None:
        raise EditRefusedError([Refusal("requirements.capability", "Bitte wählen Sie einen Baustein.")])
    if block.retired and edit.mode is not Mode.REMOVE:
        reason = f"{block.name} wird nicht mehr geführt und kann nicht neu gewählt werden."
        raise EditRefusedError([Refusal("requirements.capability", reason)])
    if edit.mode is Mode.REMOVE:
        return {"requirements.capability": capability}
    if level not in [one.value for one in RequirementLevel]:
        raise EditRefusedError([Refusal("requirements.level", "Bitte wählen Sie die Verbindlichkeit.")])
    if len(note) > 500:
        raise EditRefusedError([Refusal("requirements.note", "Höchstens 500 Zeichen sind erlaubt.")])
    return dict(zip(edit.field.paths, (capability, level, note or None), strict=True))


def _with_requirement(edit: Edit, rows: list[Any]) -> list[Any]:
    capability = edit.values["requirements.capability"]
    if edit.mode is Mode.REMOVE:
        return [row for row in rows if row["capability"] != capability]
    level, note = edit.values["requirements.level"], edit.values["requirements.note"]
    new = {"capability": capability, "level": level, "note": note}
    if any(row["capability"] == capability for row in rows):
        # It is there: the level counts, and a note that was typed; an empty one takes none away.
        return [
            row | {"level": level, "note": note or row["note"]} if row["capability"] == capability else row
            for row in rows
        ]
    return [*rows, new]
