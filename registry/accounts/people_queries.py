"""Reads for the pages of organisations and people."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from registry.accounts.enums import OrganisationKind, Role
from registry.accounts.models import Membership, Organisation, Person
from registry.catalogue.queries import districts, municipalities, providers
from registry.database import contains


@dataclass(frozen=True)
class OrganisationRow:
    """An organisation with the number of its members whose accounts are active."""

    organisation: Organisation
    members: int
    coordinators: int


@dataclass(frozen=True)
class MemberRow:
    """A member of an organisation."""

    person: Person
    role: Role
    from_claims: bool


@dataclass(frozen=True)
class PersonRow:
    """An account with its roles, by the name of the organisation."""

    person: Person
    roles: tuple[tuple[Organisation, Role], ...]


@dataclass(frozen=True)
class Body:
    """A body of the catalogue of which an organisation can be founded; `slug`: there is one already."""

    kind: OrganisationKind
    key: str
    name: str
    where: str
    slug: str | None


def organisations_page(
    session: Session,
    *,
    ids: Collection[int] | None = None,
    text: str = "",
    active: bool | None = None,
    page: int = 1,
    per_page: int = 50,
) -> tuple[list[OrganisationRow], int]:
    """Return a page of organisations by name, and the number of all; `ids` limits to these.

    `text` is part of the name or the beginning of an AGS, Kreis key or short name.
    """
    conditions: list[ColumnElement[bool]] = []
    if ids is not None:
        conditions.append(col(Organisation.id).in_(ids))
    if active is not None:
        conditions.append(col(Organisation.active).is_(active))
    if text:
        pattern = contains(text)
        start = pattern[1:]
        conditions.append(
            or_(
                col(Organisation.name).ilike(pattern, escape="\\"),
                col(Organisation.municipality).like(start, escape="\\"),
                col(Organisation.district).like(start, escape="\\"),
                col(Organisation.slug).like(start, escape="\\"),
            )
        )
    total = session.exec(select(func.count(col(Organisation.id))).where(*conditions)).one()
    query = (
        select(Organisation)
        .where(*conditions)
        .order_by(col(Organisation.name), col(Organisation.id))
        .offset((page - 1) * per_page)
        .limit(per_page)
    )
    found = list(session.exec(query))
    counts = _member_counts(session, [one.id for one in found if one.id is not None])
    return [OrganisationRow(one, *counts.get(one.id or 0, (0, 0))) for one in found], total


def _member_counts(session: Session, ids: Collection[int]) -> dict[int, tuple[int, int]]:
    rows = session.exec(
        select(Membership.organisation_id, Membership.role, func.count(col(Membership.id)))
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(col(Membership.organisation_id).in_(ids), col(Person.active))
        .group_by(col(Membership.organisation_id), col(Membership.role))
    )
    counts: dict[int, tuple[int, int]] = {}
    for number, role, count in rows:
        members, coordinators = counts.get(number, (0, 0))
        counts[number] = (members + count, coordinators + (count if role is Role.COORDINATOR else 0))
    return counts


def members_of(session: Session, organisation_id: int) -> list[MemberRow]:
    """Return the members of an organisation: coordinators first, then by name."""
    rows = session.exec(
        select(Person, Membership)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(Membership.organisation_id == organisation_id)
        .order_by(col(Person.name), col(Person.id))
    )
    found = [MemberRow(person, one.role, one.from_claims) for person, one in rows]
    return sorted(found, key=lambda row: row.role is not Role.COORDINATOR)


def active_coordinators(session: Session, organisation_id: int, *, but: int | None = None) -> int:
    """Count the coordinators of an organisation with active accounts, without the person `but`."""
    return sum(
        row.role is Role.COORDINATOR and row.person.active and row.person.id != but
        for row in members_of(session, organisation_id)
    )


def sole_coordinations(session: Session, person_id: int) -> list[Organisation]:
    """Return the active organisations whose only active coordinator is this person."""
    own = session.exec(
        select(Organisation)
        .join(Membership, col(Membership.organisation_id) == col(Organisation.id))
        .where(Membership.person_id == person_id, Membership.role == Role.COORDINATOR, col(Organisation.active))
        .order_by(col(Organisation.name))
    )
    return [one for one in own.all() if one.id is not None and not active_coordinators(session, one.id, but=person_id)]


def people_page(
    session: Session, *, text: str = "", only: str = "", page: int = 1, per_page: int = 50
) -> tuple[list[PersonRow], int]:
    """Return a page of accounts by name, and the number of all.

    `text` is part of the name or the mail address; `only` is empty, `admin`, `disabled`, `no_role` or `no_factor`.
    """
    conditions: list[ColumnElement[bool]] = []
    if text:
        pattern = contains(text)
        conditions.append(
            or_(col(Person.name).ilike(pattern, escape="\\"), col(Person.email).ilike(pattern, escape="\\"))
        )
    if only == "admin":
        conditions.append(col(Person.is_admin).is_(True))
    elif only == "disabled":
        conditions.append(col(Person.active).is_(False))
    elif only == "no_factor":
        conditions.append(col(Person.totp_secret).is_(None))
    elif only == "no_role":
        conditions += [col(Person.is_admin).is_(False), col(Person.id).not_in(select(col(Membership.person_id)))]
    total = session.exec(select(func.count(col(Person.id))).where(*conditions)).one()
    query = (
        select(Person)
        .where(*conditions)
        .order_by(col(Person.name), col(Person.id))
        .offset((page - 1) * per_page)
        .limit(per_page)
    )
    found = list(session.exec(query))
    roles: dict[int, list[tuple[Organisation, Role]]] = {}
    rows = session.exec(
        select(Membership, Organisation)
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(col(Membership.person_id).in_([one.id for one in found]))
        .order_by(col(Organisation.name))
    )
    for one, organisation in rows:
        roles.setdefault(one.person_id, []).append((organisation, one.role))
    return [PersonRow(one, tuple(roles.get(one.id or 0, ()))) for one in found], total


def bodies(session: Session, text: str, limit: int = 50) -> list[Body]:
    """Return municipalities, Kreise and IT providers whose name contains `text` or whose key begins with it."""
    found = [
        (
            OrganisationKind.MUNICIPALITY,
            row.municipality.ags,
            f"{row.municipality.designation} {row.municipality.name}",
            f"AGS {row.municipality.ags}",
        )
        for row in municipalities(session, text=text)
    ]
    needle = text.lower()
    found += [
        (OrganisationKind.DISTRICT, one.key, one.name, f"Kreisschlüssel {one.key}")
        for one in districts(session)
        if needle in one.name.lower() or one.key.startswith(needle)
    ]
    found += [
        (OrganisationKind.PROVIDER, one.slug, one.name, one.town or "")
        for one in providers(session)
        if needle in one.name.lower()
    ]
    kinds = (OrganisationKind.MUNICIPALITY, OrganisationKind.DISTRICT, OrganisationKind.PROVIDER)
    there = {
        (kind, getattr(one, kind.value)): one.slug
        for one in session.exec(select(Organisation))
        for kind in kinds
        if getattr(one, kind.value)
    }
    # The name that begins so comes first: who looks for Soest does not mean Bad Sassendorf.
    found.sort(key=lambda one: (not _begins(one[2], needle), one[2].lower()))
    return [Body(kind, key, name, where, there.get((kind, key))) for kind, key, name, where in found[:limit]]


def _begins(name: str, needle: str) -> bool:
    return any(word.startswith(needle) for word in name.lower().split())
