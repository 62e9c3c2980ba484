"""Writes of shared interests: declared, changed, ended; those who share it get mail.

What the public sees moves the clock: the caller hands over the tick of `Database.writing()`. What it does not see is
written with `Database.noting()`, so that nobody learns of it by an ETag; then `tick` is None.
"""

from enum import StrEnum

from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, col, select

from registry.accounts.audit import audit
from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor, require
from registry.catalogue.reference import OzgService
from registry.catalogue.values import Facts, OzgId, helped
from registry.cooperation.models import SharedInterest
from registry.cooperation.queries import KINDS, open_interest
from registry.editorial.notices import CLOSING, coordinators
from registry.mail.operations import enqueue
from registry.moments import now

MOST_OPEN = 100
"""Open interests of one organisation: who wants everything finds nobody."""


class InterestFields(Facts):
    """What an organisation says of its interest."""

    ozg_id: OzgId = Field(
        description="OZG-Leistung",
        schema_extra=helped("Die fünfstellige Nummer aus dem OZG-Katalog."),
    )
    note: str = Field(
        default="",
        max_length=1000,
        description="Anmerkung",
        schema_extra=helped("Was Sie suchen oder einbringen: Zeitplan, Mittel, Vorarbeiten. Keine Namen von Personen."),
    )
    is_public: bool = Field(default=False, description="Für alle sichtbar")


class Declared(StrEnum):
    """What became of a declaration."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class InterestRefusedError(Exception):
    """An interest cannot be declared so; `field` names the field, the message is a German sentence."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


class UnknownInterestError(Exception):
    """There is no such interest, or the actor has no part in it."""

    def __init__(self) -> None:
        super().__init__("Dieses Interesse gibt es nicht.")


class InterestOvertakenError(Exception):
    """Somebody else has changed the interest at the same time; the message is a German sentence."""


def declare(
    session: Session, actor: Actor, organisation_id: int | None, fields: InterestFields, *, tick: int | None, link: str
) -> Declared:
    """Declare the interest of an organisation in an OZG service, or change the note and visibility of the open one.

    The other organisations with the same interest get a mail when it is new; `link` is the address of the page that
    lists them. `tick`: of the write transaction when the interest is or was public. Raises NotAllowedError,
    InterestRefusedError and InterestOvertakenError.
    """
    organisation = session.get(Organisation, organisation_id) if organisation_id is not None else None
    if organisation is None or not organisation.active:
        raise InterestRefusedError("organisation", "Bitte wählen Sie die Stelle, für die Sie sprechen.")
    require(
        actor.coordinates_for([organisation.id]),
        "Interesse bekundet die OZG-Koordination der Stelle, für diese allein.",
    )
    if organisation.kind not in KINDS:
        raise InterestRefusedError(
            "organisation", "Gemeinsam umsetzen können Kommunen, Kreise und IT-Dienstleister; diese Stelle ist keines."
        )
    service = session.get(OzgService, fields.ozg_id)
    if service is None:
        raise InterestRefusedError("ozg_id", f"Eine OZG-Leistung {fields.ozg_id} gibt es im Katalog nicht.")
    if service.retired:
        raise InterestRefusedError("ozg_id", "Diese OZG-Leistung steht nicht mehr im aktuellen Katalog.")
    row = open_interest(session, organisation.id or 0, service.ozg_id, lock=True)
    if row is not None:
        return _change(session, actor, organisation, row, fields, tick)
    _require_room(session, organisation)
    _require_tick(fields.is_public, tick)
    row = SharedInterest(
        ozg_id=service.ozg_id,
        organisation_id=organisation.id or 0,
        note=fields.note,
        is_public=fields.is_public,
        actor=actor.key,
        tick=tick or 0,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        raise InterestOvertakenError(
            "Dasselbe Interesse wurde gerade schon bekundet. Bitte laden Sie die Seite neu."
        ) from None
    _tell_others(session, organisation, service, fields.note, link)
    audit(
        session,
        actor.key,
        "cooperation.declared",
        f"organisation:{organisation.slug}",
        ozg_id=service.ozg_id,
        public=row.is_public,
    )
    return Declared.NEW


def end(session: Session, actor: Actor, interest_id: int, *, tick: int | None) -> SharedInterest:
    """End an open interest; one that has ended already stays as it is. Nobody is told.

    Raises UnknownInterestError, NotAllowedError and InterestOvertakenError.
    """
    row, organisation = _found(session, actor, interest_id)
    require(actor.coordinates_for([organisation.id]), "Ein Interesse beendet die OZG-Koordination der Stelle.")
    if row.ended_at is not None:
        return row
    _require_tick(row.is_public, tick)
    row.ended_at = now()
    row.tick = tick if tick is not None else row.tick
    session.add(row)
    audit(session, actor.key, "cooperation.ended", f"organisation:{organisation.slug}", ozg_id=row.ozg_id)
    return row


def is_public_now(session: Session, organisation_id: int | None, ozg_id: str) -> bool:
    """Tell whether the public sees an open interest of the organisation: whether a change needs the clock."""
    row = open_interest(session, organisation_id, ozg_id) if organisation_id is not None else None
    return row is not None and row.is_public


def _found(session: Session, actor: Actor, interest_id: int) -> tuple[SharedInterest, Organisation]:
    row = session.get(SharedInterest, interest_id, with_for_update=True)
    organisation = session.get(Organisation, row.organisation_id) if row is not None else None
    if row is None or organisation is None or not (row.is_public or actor.edits_for([organisation.id])):
        raise UnknownInterestError
    return row, organisation


def _change(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    row: SharedInterest,
    fields: InterestFields,
    tick: int | None,
) -> Declared:
    if (row.note, row.is_public) == (fields.note, fields.is_public):
        return Declared.UNCHANGED
    _require_tick(row.is_public or fields.is_public, tick)
    row.note, row.is_public, row.actor = fields.note, fields.is_public, actor.key
    row.tick = tick if tick is not None else row.tick
    session.add(row)
    audit(
        session,
        actor.key,
        "cooperation.changed",
        f"organisation:{organisation.slug}",
        ozg_id=row.ozg_id,
        public=row.is_public,
    )
    return Declared.CHANGED


def _require_tick(seen_by_all: bool, tick: int | None) -> None:
    if seen_by_all and tick is None:
        raise InterestOvertakenError(
            "Die Sichtbarkeit wurde gerade geändert. Bitte senden Sie das Formular noch einmal."
        )


def _require_room(session: Session, organisation: Organisation) -> None:
    rows = session.exec(
        select(SharedInterest.id)
        .where(SharedInterest.organisation_id == organisation.id, col(SharedInterest.ended_at).is_(None))
        .limit(MOST_OPEN)
    ).all()
    if len(rows) >= MOST_OPEN:
        raise InterestRefusedError(
            "ozg_id", f"Eine Stelle kann {MOST_OPEN} offene Interessen haben. Bitte beenden Sie erst andere."
        )


def _tell_others(session: Session, joining: Organisation, service: OzgService, note: str, link: str) -> None:
    """Tell the other organisations with the same interest: their coordinators, where there is none their mailbox."""
    others = session.exec(
        select(Organisation)
        .join(SharedInterest, col(SharedInterest.organisation_id) == col(Organisation.id))
        .where(
            SharedInterest.ozg_id == service.ozg_id,
            col(SharedInterest.ended_at).is_(None),
            col(Organisation.active),
            col(Organisation.id) != joining.id,
        )
        .order_by(Organisation.name)
    ).all()
    own = {person.email for person in coordinators(session, [joining.id])}
    recipients: dict[str, None] = {}
    for organisation in others:
        people = [person.email for person in coordinators(session, [organisation.id])]
        recipients |= dict.fromkeys(people or ([organisation.mailbox] if organisation.mailbox else []))
    contact = (
        f"Funktionspostfach: {joining.mailbox}" if joining.mailbox else "Ein Funktionspostfach ist nicht hinterlegt."
    )
    said = f"\nAnmerkung:\n{note}\n" if note else ""
    body = (
        f"Guten Tag,\n\n{joining.name} möchte wie Sie die OZG-Leistung „{service.name}“ ({service.ozg_id}) gemeinsam "
        f"mit anderen umsetzen.\n\n{contact}\n{said}\nWer noch Interesse hat:\n{link}\n\n{CLOSING}\n"
    )
    for address in recipients:
        if address not in own:
            enqueue(
                session,
                kind="cooperation",
                recipient=address,
                subject=f"Gemeinsam umsetzen: {joining.name} ist dabei ({service.name})",
                body=body,
            )
