"""What waits for a person, in numbers: the desk shows it, the digest mails it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import func, select
from sqlmodel import Session, col

from registry.accounts.permissions import Actor
from registry.editorial.desk import reviews_waiting
from registry.editorial.enums import ProposalState
from registry.editorial.inbox import open_suggestions
from registry.editorial.models import Proposal, Stewardship
from registry.editorial.quality.board import Survey
from registry.editorial.quality.kinds import Kind
from registry.editorial.quality.scope import scope_of
from registry.editorial.quality.upkeep import Age

QUALITY = "/verwaltung/qualitaet"


@dataclass(frozen=True)
class WorkItem:
    """Something that waits: how many, the noun for one and for several, where it is done, what it is."""

    count: int
    one: str
    many: str
    address: str
    """Path on this site."""
    text: str

    @property
    def noun(self) -> str:
        """Return the noun that fits the count."""
        return self.one if self.count == 1 else self.many


@dataclass(frozen=True)
class OpenWork:
    """What waits for a person: decisions, and upkeep of the entries of the own organisations."""

    decisions: tuple[WorkItem, ...]
    upkeep: tuple[WorkItem, ...]

    def __iter__(self) -> Iterator[WorkItem]:
        """Yield what waits, decisions first; nothing that is zero."""
        return (item for item in (*self.decisions, *self.upkeep) if item.count)

    def __bool__(self) -> bool:
        """Tell whether anything waits."""
        return any(self)


def open_work(session: Session, actor: Actor, at: datetime) -> OpenWork:
    """Return what waits for a signed-in person; an administrator is told of all entries."""
    if not actor.edits_anywhere:
        return OpenWork((), ())
    return OpenWork(_decisions(session, actor), upkeep_of(session, actor, at))


def upkeep_of(session: Session, actor: Actor, at: datetime) -> tuple[WorkItem, ...]:
    """Return what the entries of the actor's organisations need."""
    survey = Survey(session, scope_of(actor), actor, at)
    return (
        WorkItem(
            survey.found(Kind.VERIFICATION, Age.VERY_OLD).count,
            "Eintrag ohne Bestätigung seit 12 Monaten",
            "Einträge ohne Bestätigung seit 12 Monaten",
            _address(Kind.VERIFICATION, alter=Age.VERY_OLD.value),
            "nie oder vor mehr als 12 Monaten bestätigt",
        ),
        WorkItem(
            survey.found(Kind.VERIFICATION, Age.OLD).count,
            "Eintrag ohne Bestätigung seit 6 Monaten",
            "Einträge ohne Bestätigung seit 6 Monaten",
            _address(Kind.VERIFICATION, alter=Age.OLD.value),
            "vor 6 bis 12 Monaten bestätigt",
        ),
        _item(survey, Kind.LINKS, "defekter Link", "defekte Links", "an zwei Tagen gescheitert"),
        _item(survey, Kind.CONTACTS, "Kontakt nicht erreichbar", "Kontakte nicht erreichbar", "Mail kommt zurück"),
        _item(survey, Kind.CATALOGUE, "Verweis zu prüfen", "Verweise zu prüfen", "der Katalog hat sich geändert"),
        _item(survey, Kind.REVIEWS, "überfällige Prüfung", "überfällige Prüfungen", "seit mehr als 14 Tagen"),
        _item(survey, Kind.DRAFTS, "liegen gebliebener Entwurf", "liegen gebliebene Entwürfe", "seit 3 Monaten"),
        _item(
            survey,
            Kind.STEWARD,
            "Eintrag ohne handlungsfähige Stelle",
            "Einträge ohne handlungsfähige Stelle",
            "niemand pflegt sie",
        ),
    )


def _item(survey: Survey, kind: Kind, one: str, many: str, text: str) -> WorkItem:
    return WorkItem(survey.found(kind).count, one, many, _address(kind), text)


def _address(kind: Kind, **query: str) -> str:
    return f"{QUALITY}/{kind.value}" + (f"?{urlencode(query)}" if query else "")


def _decisions(session: Session, actor: Actor) -> tuple[WorkItem, ...]:
    returned = session.execute(
        select(func.count(col(Proposal.id))).where(
            col(Proposal.author_id) == actor.person_id, col(Proposal.state) == ProposalState.RETURNED
        )
    ).scalar_one()
    offered = session.execute(
        select(func.count(col(Stewardship.bundle_id))).where(col(Stewardship.offered_to_id).in_(actor.coordinated))
    ).scalar_one()
    decides = actor.coordinates_anywhere
    return (
        WorkItem(
            reviews_waiting(session, actor) if decides else 0,
            "Prüfung",
            "Prüfungen",
            "/verwaltung/pruefung",
            "eingereichte Fassungen, über die Sie entscheiden",
        ),
        WorkItem(
            returned,
            "zurückgegebene Fassung",
            "zurückgegebene Fassungen",
            "/verwaltung",
            "mit einer Anmerkung aus der Prüfung",
        ),
        WorkItem(
            offered,
            "angebotene Übergabe",
            "angebotene Übergaben",
            "/verwaltung",
            "Einträge, die Ihre Stelle übernehmen kann",
        ),
        WorkItem(
            open_suggestions(session, actor) if decides else 0,
            "Hinweis im Eingang",
            "Hinweise im Eingang",
            "/verwaltung/eingang",
            "von Menschen ohne Konto",
        ),
    )
