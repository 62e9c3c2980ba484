"""Mails about proposed versions and ownership: written in the transaction of what they tell of."""

from collections.abc import Callable, Iterable

from sqlmodel import Session, col, select

from registry.accounts.enums import Role
from registry.accounts.models import Membership, Organisation, Person
from registry.editorial.models import Proposal
from registry.mail.operations import enqueue

Link = Callable[[str], str]
"""Key of a proposal, or slug of an entry → absolute address of its page."""
CLOSING = "Diese Nachricht wurde automatisch erstellt."
"""Last line of the mails about entries."""


def no_link(_key: str) -> str:
    """Return no address: for programs that do not know where the site is."""
    return ""


def coordinators(session: Session, organisations: Iterable[int | None]) -> list[Person]:
    """Return the active people who coordinate for one of these organisations, by name."""
    wanted = [one for one in organisations if one is not None]
    if not wanted:
        return []
    query = (
        select(Person)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(
            col(Person.active),
            col(Organisation.active),
            Membership.role == Role.COORDINATOR,
            col(Organisation.id).in_(wanted),
        )
        .order_by(Person.name, col(Person.id))
    )
    return list({person.id: person for person in session.exec(query)}.values())


def administrators(session: Session) -> list[Person]:
    """Return the active administrators, by name."""
    query = select(Person).where(col(Person.active), col(Person.is_admin)).order_by(Person.name, col(Person.id))
    return list(session.exec(query))


def reviewers(session: Session, organisations: Iterable[int | None], *, but: int | None) -> list[Person]:
    """Return who may decide for these organisations; administrators where there is nobody else than `but`."""
    found = [person for person in coordinators(session, organisations) if person.id != but]
    return found or [person for person in administrators(session) if person.id != but]


def ask_for_review(
    session: Session, proposal: Proposal, title: str, organisations: Iterable[int | None], link: Link
) -> None:
    """Tell those who may decide that a version waits."""
    author = session.get(Person, proposal.author_id)
    name = author.name if author else "Jemand"
    reason = f"\nGrund: {proposal.reason}\n" if proposal.reason else ""
    body = (
        f"Guten Tag,\n\n{name} hat eine Fassung des Eintrags „{title}“ zur Prüfung eingereicht.\n{reason}\n"
        f"{_where(link(proposal.key), 'Prüfung')}\n\n{CLOSING}\n"
    )
    for person in reviewers(session, organisations, but=proposal.author_id):
        enqueue(session, kind="review", recipient=person.email, subject=f"Zu prüfen: {title}", body=body)


def tell_author(
    session: Session,
    proposal: Proposal,
    title: str,
    news: str,
    note: str,
    link: Link,
    *,
    person_id: int | None = None,
) -> None:
    """Tell the author of a version what has become of it; or another person, by id."""
    author = session.get(Person, person_id or proposal.author_id)
    if author is None or not author.active:
        return
    said = f"\nAnmerkung:\n{note}\n" if note else ""
    body = f"Guten Tag,\n\n{news}\n\nEintrag: „{title}“\n{said}\n{_where(link(proposal.key), 'Prüfung')}\n\n{CLOSING}\n"
    enqueue(session, kind="review", recipient=author.email, subject=f"{news.rstrip('.')}: {title}", body=body)


def tell_people(session: Session, people: Iterable[Person], subject: str, text: str, address: str) -> None:
    """Tell several people the same about an entry's ownership."""
    body = f"Guten Tag,\n\n{text}\n\n{_where(address, 'Einträge')}\n\n{CLOSING}\n"
    for person in {one.id: one for one in people}.values():
        enqueue(session, kind="stewardship", recipient=person.email, subject=subject, body=body)


def _where(address: str, room: str) -> str:
    return address or f"Sie finden den Vorgang in der Verwaltung unter „{room}“."
