"""Writes of the vocabulary of capabilities, for administrators: added, renamed, retired and brought back.

What was changed here is kept from then on: a newer list that ships or is loaded leaves it alone.
"""

from typing import Any

from pydantic import ValidationError
from sqlmodel import select

from registry.accounts.audit import audit
from registry.accounts.permissions import Actor, require
from registry.catalogue.messages import Refusal, refusals
from registry.catalogue.operations import write_reference_rows
from registry.database import Write
from registry.profiles.rules import product_refusal
from registry.profiles.vocabulary import UnknownCapabilityError
from registry.reuse.models import Capability, CapabilityFields

_REFUSED = "Bausteine pflegt die Administration."


class UnchangedError(Exception):
    """Nothing is to be written; leaves the transaction, so that the clock stands still."""


class CapabilityRefusedError(Exception):
    """A capability cannot be so; `refusals` name the fields."""

    def __init__(self, refused: list[Refusal]) -> None:
        super().__init__("; ".join(one.reason for one in refused))
        self.refusals = refused


def add_capability(write: Write, actor: Actor, values: dict[str, Any]) -> Capability:
    """Add a capability of this installation. Raises NotAllowedError and CapabilityRefusedError."""
    require(actor.is_admin, _REFUSED)
    fields = _checked(write, values, new=True)
    row = Capability(**fields.model_dump(), added_here=True)
    write.stamp(row)
    write.session.flush()
    audit(write.session, actor.key, "capability.added", f"capability:{row.slug}", name=row.name, kind=row.kind.value)
    return row


def change_capability(write: Write, actor: Actor, slug: str, *, name: str, product_of: str | None) -> None:
    """Rename a capability, or say what it is a product of.

    Raises NotAllowedError, UnknownCapabilityError, CapabilityRefusedError and UnchangedError.
    """
    require(actor.is_admin, _REFUSED)
    row = _found(write, slug)
    fields = _checked(write, {"slug": slug, "name": name, "kind": row.kind, "product_of": product_of})
    wanted = {"name": fields.name, "product_of": fields.product_of}
    told = {key: [getattr(row, key), value] for key, value in wanted.items() if getattr(row, key) != value}
    if not told:
        raise UnchangedError
    write_reference_rows(write, Capability, changed=[{"slug": slug, **wanted, "changed_here": not row.added_here}])
    audit(write.session, actor.key, "capability.changed", f"capability:{slug}", changes=told)


def retire_capability(write: Write, actor: Actor, slug: str) -> None:
    """Take a capability out of the vocabulary: what names it stays readable, nobody can choose it any more.

    Raises NotAllowedError, UnknownCapabilityError and UnchangedError.
    """
    _set_retired(write, actor, slug, True)


def bring_back_capability(write: Write, actor: Actor, slug: str) -> None:
    """Put a capability back into the vocabulary. Raises as `retire_capability`."""
    _set_retired(write, actor, slug, False)


def _set_retired(write: Write, actor: Actor, slug: str, retired: bool) -> None:
    require(actor.is_admin, _REFUSED)
    row = _found(write, slug)
    if row.retired is retired:
        raise UnchangedError
    changed = {"slug": slug, "retired": retired, "changed_here": not row.added_here}
    write_reference_rows(write, Capability, changed=[changed])
    action = "capability.retired" if retired else "capability.restored"
    audit(write.session, actor.key, action, f"capability:{slug}")


def _found(write: Write, slug: str) -> Capability:
    row = write.session.get(Capability, slug)
    if row is None:
        raise UnknownCapabilityError
    return row


def _checked(write: Write, values: dict[str, Any], *, new: bool = False) -> CapabilityFields:
    try:
        fields = CapabilityFields.model_validate(values)
    except ValidationError as error:
        raise CapabilityRefusedError(refusals(error)) from None
    rows = write.session.exec(select(Capability)).all()
    if new and any(row.slug == fields.slug for row in rows):
        raise CapabilityRefusedError([Refusal("slug", "Diesen Kurznamen gibt es schon.")])
    if any(row.slug != fields.slug and row.name.casefold() == fields.name.casefold() for row in rows):
        raise CapabilityRefusedError([Refusal("name", "Einen Baustein dieses Namens gibt es schon.")])
    kinds = {row.slug: row.kind.value for row in rows} | {fields.slug: fields.kind.value}
    products = {row.slug: row.product_of for row in rows if row.product_of is not None}
    reason = product_refusal(fields.slug, fields.product_of, kinds, products)
    above = next((row for row in rows if row.slug == fields.product_of), None)
    before = next((row.product_of for row in rows if row.slug == fields.slug), None)
    if reason is None and above is not None and above.retired and before != above.slug:
        reason = "Dieser Baustein wird nicht mehr geführt."
    if reason is not None:
        raise CapabilityRefusedError([Refusal("product_of", reason)])
    return fields
