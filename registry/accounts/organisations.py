"""Writes of organisations: founded from the catalogue's bodies, changed, taken out of service and back.

The name of an organisation stands on public pages, so each change moves the clock (`Database.writing()`).
"""

import re
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from registry.accounts.audit import audit
from registry.accounts.enums import OrganisationKind
from registry.accounts.models import Organisation, OrganisationFields
from registry.accounts.permissions import Actor, require
from registry.catalogue.messages import Refusal
from registry.catalogue.reference import District, Municipality, Provider
from registry.database import Write

KEYED = (OrganisationKind.MUNICIPALITY, OrganisationKind.DISTRICT, OrganisationKind.PROVIDER)
"""Kinds that are bodies of the catalogue: the field of the same name holds the key."""
OF_COORDINATORS = frozenset({"mailbox", "four_eyes"})
"""What the coordinators of an organisation may change; the rest is the administrators'."""
CHANGEABLE = OF_COORDINATORS | {"name"}
MAX_SLUG = 80
RESERVED = frozenset({"neu", "personen"})
"""Slugs that pages have below the same address."""
_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class UnknownOrganisationError(Exception):
    """There is no such organisation."""

    def __init__(self) -> None:
        super().__init__("Diese Stelle gibt es nicht.")


class OrganisationRefusedError(Exception):
    """An organisation cannot be so; `refusals` name the fields, `existing` is the slug of one that is there."""

    def __init__(self, refusals: list[Refusal], existing: str | None = None) -> None:
        super().__init__("; ".join(one.reason for one in refusals))
        self.refusals = refusals
        self.existing = existing


def slug_of(name: str) -> str:
    """Return the short name of an organisation for addresses: „Stadt Köln“ → `stadt-koeln`."""
    spelt = name.lower().translate(_SPELT)
    return re.sub(r"[^a-z0-9]+", "-", spelt)[:MAX_SLUG].strip("-") or "stelle"


def body_name(session: Session, kind: OrganisationKind, key: str) -> str | None:
    """Return the name of a body of the catalogue, „Stadt Soest“, None when there is none (any more)."""
    if kind is OrganisationKind.MUNICIPALITY:
        place = session.get(Municipality, key)
        return None if place is None or place.retired else f"{place.designation} {place.name}"
    if kind is OrganisationKind.DISTRICT:
        district = session.get(District, key)
        return None if district is None or district.retired else district.name
    if kind is OrganisationKind.PROVIDER:
        provider = session.get(Provider, key)
        return None if provider is None or provider.retired else provider.name
    return None


def find_organisation(session: Session, slug: str) -> Organisation:
    """Return an organisation, active or not. Raises UnknownOrganisationError."""
    found = session.exec(select(Organisation).where(Organisation.slug == slug)).first()
    if found is None:
        raise UnknownOrganisationError
    return found


def create_organisation(
    write: Write,
    actor: Actor,
    *,
    kind: OrganisationKind,
    key: str | None = None,
    name: str | None = None,
    mailbox: str | None = None,
    four_eyes: bool = False,
) -> Organisation:
    """Found an organisation: of a body of the catalogue by its `key` (AGS, Kreisschlüssel, slug), else by `name`.

    Without a name it is called as the catalogue calls it. Raises NotAllowedError, OrganisationRefusedError (an
    unknown key, or an organisation that is there already) and pydantic.ValidationError.
    """
    require(actor.is_admin, "Stellen legt die Administration an.")
    session = write.session
    keys: dict[str, str | None] = {}
    if kind in KEYED:
        found = body_name(session, kind, key) if key else None
        if found is None:
            raise OrganisationRefusedError([Refusal("key", f"Diesen Schlüssel gibt es nicht ({kind.label}).")])
        keys[kind.value], name = key, name or found
        column = getattr(Organisation, kind.value)
        there = session.exec(select(Organisation.slug).where(column == key)).first()
        if there is not None:
            raise OrganisationRefusedError([Refusal("key", "Diese Stelle ist schon angelegt.")], there)
    _require_free_name(session, name or "")
    fields = OrganisationFields.model_validate(
        {
            "slug": _free_slug(session, slug_of(name or "")),
            "name": _one_line(name or ""),
            "kind": kind,
            "mailbox": mailbox or None,
            "four_eyes": four_eyes,
            **keys,
        }
    )
    organisation = Organisation(**fields.model_dump())
    session.add(organisation)
    session.flush()
    audit(session, actor.key, "organisation.created", f"organisation:{organisation.slug}", kind=kind.value)
    return organisation


def change_organisation(write: Write, actor: Actor, slug: str, changes: Mapping[str, Any]) -> list[str]:
    """Change name, mailbox or the four-eyes rule; return the names of the fields that differ now.

    Only fields of `CHANGEABLE` are taken, any other is an error of the caller (ValueError). Raises
    UnknownOrganisationError, NotAllowedError (a coordinator may not rename), OrganisationRefusedError and
    pydantic.ValidationError.
    """
    if changes.keys() - CHANGEABLE:
        raise ValueError("these fields do not change")
    session = write.session
    organisation = find_organisation(session, slug)
    require(actor.coordinates_for([organisation.id]), "Diese Stelle verwaltet nur ihre eigene OZG-Koordination.")
    wanted = {name: value for name, value in changes.items() if value != getattr(organisation, name)}
    require(actor.is_admin or wanted.keys() <= OF_COORDINATORS, "Den Namen einer Stelle ändert die Administration.")
    if "name" in wanted:
        wanted["name"] = _one_line(str(wanted["name"]))
        _require_free_name(session, wanted["name"], but=organisation.id)
    kept = {name: getattr(organisation, name) for name in OrganisationFields.model_fields}
    fields = OrganisationFields.model_validate(kept | wanted)
    changed = [name for name in wanted if getattr(fields, name) != getattr(organisation, name)]
    if not changed:
        return []
    before = {name: getattr(organisation, name) for name in changed}
    for name in changed:
        setattr(organisation, name, getattr(fields, name))
    session.add(organisation)
    after = {name: getattr(organisation, name) for name in changed}
    told = {name: [before[name], after[name]] for name in changed}
    audit(session, actor.key, "organisation.changed", f"organisation:{slug}", changes=told)
    return changed


def deactivate_organisation(write: Write, actor: Actor, slug: str, *, reason: str = "") -> bool:
    """Take an organisation out of service: it gives no role, and its entries have no active owner.

    Returns False when it was so already. Raises UnknownOrganisationError and NotAllowedError.
    """
    return _set_active(write, actor, slug, False, reason)


def reactivate_organisation(write: Write, actor: Actor, slug: str) -> bool:
    """Put an organisation back into service: its members have their roles again; False when it was active."""
    return _set_active(write, actor, slug, True, "")


def _set_active(write: Write, actor: Actor, slug: str, active: bool, reason: str) -> bool:
    require(actor.is_admin, "Stellen legt die Administration still.")
    organisation = find_organisation(write.session, slug)
    if organisation.active is active:
        return False
    organisation.active = active
    write.session.add(organisation)
    action = "organisation.reactivated" if active else "organisation.deactivated"
    details = {"reason": reason[:500]} if reason else {}
    audit(write.session, actor.key, action, f"organisation:{slug}", **details)
    return True


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _require_free_name(session: Session, name: str, but: int | None = None) -> None:
    rows = session.exec(select(Organisation.id, Organisation.slug).where(Organisation.name == _one_line(name)))
    for number, slug in rows:
        if number != but:
            raise OrganisationRefusedError([Refusal("name", "Eine Stelle dieses Namens gibt es schon.")], slug)


def _free_slug(session: Session, wanted: str) -> str:
    taken = RESERVED | set(session.exec(select(Organisation.slug).where(col(Organisation.slug).like(f"{wanted}%"))))
    number = 1
    while (slug := wanted if number == 1 else f"{wanted}-{number}") in taken:
        number += 1
    return slug
