"""Reads of shared interests. Who reads them reads them here: others than public ones only members of organisations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from registry.accounts.enums import OrganisationKind
from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor
from registry.catalogue.queries import OzgServiceRow, ozg_services
from registry.catalogue.reference import OzgService
from registry.cooperation.models import SharedInterest

KINDS = (OrganisationKind.MUNICIPALITY, OrganisationKind.DISTRICT, OrganisationKind.PROVIDER)
"""Who can realise an OZG service: municipalities, Kreise and IT providers."""


@dataclass(frozen=True)
class Interested:
    """An organisation that would realise an OZG service together with others."""

    interest_id: int
    organisation: str
    kind: OrganisationKind
    key: str
    """AGS, Kreis key or slug of the provider."""
    mailbox: str | None
    note: str
    is_public: bool
    since: datetime


@dataclass(frozen=True)
class Wanted:
    """An OZG service with who would realise it together; a white spot has no bundle yet."""

    service: OzgServiceRow
    interested: tuple[Interested, ...]

    @property
    def white_spot(self) -> bool:
        """Tell whether nobody has a published bundle for the service."""
        return not self.service.bundle_count


@dataclass(frozen=True)
class OwnInterest:
    """An interest of an own organisation; `others`: how many more there are."""

    row: SharedInterest
    organisation: Organisation
    service: OzgService
    others: int
    may_change: bool


def sees_all(viewer: Actor) -> bool:
    """Tell whether the viewer may see interests that are not public: members of organisations, administrators."""
    return viewer.edits_anywhere


def wanted_services(
    session: Session, viewer: Actor, *, ozg_id: str | None = None, topic_field: str | None = None
) -> list[Wanted]:
    """Return the OZG services with an open interest that the viewer may see: white spots first, most wanted first."""
    query = (
        select(SharedInterest, Organisation)
        .join(Organisation, col(Organisation.id) == col(SharedInterest.organisation_id))
        .where(col(SharedInterest.ended_at).is_(None), col(Organisation.active))
        .order_by(col(SharedInterest.created_at), col(SharedInterest.id))
    )
    if not sees_all(viewer):
        query = query.where(col(SharedInterest.is_public))
    if ozg_id is not None:
        query = query.where(SharedInterest.ozg_id == ozg_id)
    found: dict[str, list[Interested]] = {}
    for row, organisation in session.exec(query):
        found.setdefault(row.ozg_id, []).append(_interested(row, organisation))
    services = ozg_services(session, ids=list(found)) if found else []
    wanted = [
        Wanted(service, tuple(found[service.ozg_id]))
        for service in services
        if topic_field is None or service.topic_field.slug == topic_field
    ]
    return sorted(wanted, key=lambda one: (not one.white_spot, -len(one.interested), one.service.name))


def _interested(row: SharedInterest, organisation: Organisation) -> Interested:
    return Interested(
        interest_id=row.id or 0,
        organisation=organisation.name,
        kind=organisation.kind,
        key=organisation.municipality or organisation.district or organisation.provider or "",
        mailbox=organisation.mailbox,
        note=row.note,
        is_public=row.is_public,
        since=row.created_at,
    )


def open_interest(session: Session, organisation_id: int, ozg_id: str, *, lock: bool = False) -> SharedInterest | None:
    """Return the open interest of an organisation in an OZG service, locked for who changes it."""
    query = select(SharedInterest).where(
        SharedInterest.organisation_id == organisation_id,
        SharedInterest.ozg_id == ozg_id,
        col(SharedInterest.ended_at).is_(None),
    )
    return session.exec(query.with_for_update() if lock else query).first()


def own_interests(session: Session, actor: Actor) -> list[OwnInterest]:
    """Return the open interests of the organisations in which the actor has a role (an administrator: of all)."""
    rows = session.exec(
        select(SharedInterest, Organisation, OzgService)
        .join(Organisation, col(Organisation.id) == col(SharedInterest.organisation_id))
        .join(OzgService, col(OzgService.ozg_id) == col(SharedInterest.ozg_id))
        .where(col(SharedInterest.ended_at).is_(None))
        .order_by(OzgService.name, Organisation.name)
    ).all()
    active = [row for row, organisation, _ in rows if organisation.active]
    return [
        OwnInterest(
            row,
            organisation,
            service,
            sum(one.ozg_id == row.ozg_id and one.organisation_id != row.organisation_id for one in active),
            actor.coordinates_for([organisation.id]),
        )
        for row, organisation, service in rows
        if actor.edits_for([organisation.id])
    ]


def able_organisations(organisations: Sequence[Organisation]) -> list[Organisation]:
    """Return those organisations that can declare an interest."""
    return [one for one in organisations if one.active and one.kind in KINDS]
