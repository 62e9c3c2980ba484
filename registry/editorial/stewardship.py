"""Who answers for an entry: one owner, a deputy, a hand-over that the receiver accepts."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, select

from registry.accounts.audit import audit
from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor, require
from registry.catalogue.models import ServiceBundle
from registry.database import Write
from registry.editorial.models import Stewardship
from registry.editorial.notices import Link, administrators, coordinators, no_link, tell_people
from registry.history import Author
from registry.history import record as record_revision
from registry.moments import now
from registry.reuse.operations import ENTITY, UnknownEntryError


@dataclass(frozen=True)
class Stewards:
    """The organisations (ids) that answer for an entry; None: nobody does."""

    owner_id: int | None = None
    deputy_id: int | None = None

    def edited_by(self, actor: Actor) -> bool:
        """Tell whether the actor may propose versions of the entry."""
        return actor.edits_for((self.owner_id, self.deputy_id))

    def decided_by(self, actor: Actor) -> bool:
        """Tell whether the actor may decide on proposed versions and publish."""
        return actor.coordinates_for((self.owner_id, self.deputy_id))


NOBODY = Stewards()


def stewards_of(session: Session, bundle_id: int | None) -> Stewards:
    """Return who answers for an entry."""
    row = session.exec(select(Stewardship).where(Stewardship.bundle_id == bundle_id)).first()
    return NOBODY if row is None else Stewards(row.owner_id, row.deputy_id)


def set_stewards(
    write: Write, bundle: ServiceBundle, owner: int | None, deputy: int | None, *, author: Author, reason: str = ""
) -> bool:
    """Set owner and deputy of an entry; return False when they were so already. The caller checks the permission."""
    if bundle.id is None:
        raise ValueError("the entry is not stored")
    row = write.session.get(Stewardship, bundle.id) or Stewardship(bundle_id=bundle.id)
    before = {"owner_id": row.owner_id, "deputy_id": row.deputy_id}
    row.owner_id, row.deputy_id, row.offered_to_id, row.offered_at = owner, deputy, None, None
    after = {"owner_id": owner, "deputy_id": deputy}
    write.stamp(row)
    return record_revision(write, ENTITY, bundle.slug, before, after, actor=author, reason=reason)


class HandOverError(Exception):
    """A hand-over that cannot be: the message is a German sentence."""


def offer(session: Session, actor: Actor, slug: str, organisation_id: int, *, link: Link = no_link) -> None:
    """Offer an entry to another organisation, whose coordinators accept or decline; both sides get a mail.

    The owner's coordinators offer, not the deputy's. Raises UnknownEntryError, NotAllowedError, HandOverError.
    """
    bundle, row = _entry(session, slug)
    require(actor.coordinates_for((row.owner_id,)), "Abgeben darf den Eintrag nur die OZG-Koordination seiner Stelle.")
    organisation = session.get(Organisation, organisation_id)
    if organisation is None or not organisation.active:
        raise HandOverError("Diese Stelle gibt es nicht.")
    if organisation_id == row.owner_id:
        raise HandOverError("Der Eintrag gehört dieser Stelle schon.")
    row.offered_to_id, row.offered_by, row.offered_at = organisation_id, actor.key, now()
    session.add(row)
    owner = _name(session, row.owner_id)
    text = (
        f"{owner} bietet den Eintrag „{bundle.title}“ der Stelle {organisation.name} zur Übernahme an. "
        "Deren OZG-Koordination nimmt an oder lehnt ab; bis dahin bleibt alles, wie es ist."
    )
    _tell(session, (organisation_id, row.owner_id), f"Übernahme angeboten: {bundle.title}", text, link(slug))
    audit(session, actor.key, "stewardship.offered", slug, organisation=organisation.slug)


def recall(session: Session, actor: Actor, slug: str) -> None:
    """Take an offer back. Raises UnknownEntryError, NotAllowedError, HandOverError when there is none."""
    _bundle, row = _entry(session, slug)
    require(actor.coordinates_for((row.owner_id,)), "Das darf nur die OZG-Koordination der Stelle.")
    _offered(row)
    row.offered_to_id, row.offered_at = None, None
    session.add(row)
    audit(session, actor.key, "stewardship.recalled", slug)


def take_over(write: Write, actor: Actor, slug: str, *, link: Link = no_link) -> None:
    """Accept an offered entry: the organisation that it was offered to owns it now.

    Raises UnknownEntryError, NotAllowedError, HandOverError when there is no offer any more.
    """
    session = write.session
    bundle, row = _entry(session, slug)
    receiver = _offered(row)
    require(actor.coordinates_for((receiver,)), "Annehmen darf nur die OZG-Koordination der angefragten Stelle.")
    before, deputy = row.owner_id, None if row.deputy_id == receiver else row.deputy_id
    organisation = session.get(Organisation, receiver)
    author = Author(actor.key, organisation.slug if organisation else "")
    name = _name(session, receiver)
    set_stewards(write, bundle, receiver, deputy, author=author, reason=f"Übernahme durch {name}")
    text = f"für den Eintrag „{bundle.title}“ ist jetzt die Stelle {name} zuständig."
    _tell(session, (before, receiver), f"Übernommen: {bundle.title}", text, link(slug))
    audit(session, actor.key, "stewardship.accepted", slug, organisation=organisation.slug if organisation else "")


def turn_down(session: Session, actor: Actor, slug: str, *, link: Link = no_link) -> None:
    """Decline an offered entry. Raises UnknownEntryError, NotAllowedError, HandOverError."""
    bundle, row = _entry(session, slug)
    receiver = _offered(row)
    require(actor.coordinates_for((receiver,)), "Ablehnen darf nur die OZG-Koordination der angefragten Stelle.")
    row.offered_to_id, row.offered_at = None, None
    session.add(row)
    text = f"{_name(session, receiver)} übernimmt den Eintrag „{bundle.title}“ nicht. Er bleibt, wo er ist."
    _tell(session, (row.owner_id, receiver), f"Nicht übernommen: {bundle.title}", text, link(slug))
    audit(session, actor.key, "stewardship.declined", slug)


def set_deputy(write: Write, actor: Actor, slug: str, organisation_id: int | None, *, link: Link = no_link) -> None:
    """Let another organisation stand in for the owner, or none. An offered hand-over stays.

    Raises UnknownEntryError, NotAllowedError, HandOverError.
    """
    _bundle, row = _entry(write.session, slug)
    require(actor.coordinates_for((row.owner_id,)), "Die Vertretung regelt die OZG-Koordination der Stelle.")
    if row.owner_id is None:
        raise HandOverError("Der Eintrag gehört niemandem; erst braucht er eine Stelle.")
    _assign(write, actor, slug, row.owner_id, organisation_id, "Vertretung geregelt", link)


def assign(
    write: Write,
    actor: Actor,
    slug: str,
    owner_id: int | None,
    deputy_id: int | None,
    reason: str = "",
    *,
    link: Link = no_link,
) -> None:
    """Set owner and deputy directly, as an administrator. Raises UnknownEntryError, NotAllowedError, HandOverError."""
    require(actor.is_admin, "Zuständigkeiten legt die Administration des Registers fest.")
    _assign(write, actor, slug, owner_id, deputy_id, reason.strip()[:500] or "Zuständigkeit festgelegt", link)


def _assign(
    write: Write, actor: Actor, slug: str, owner_id: int | None, deputy_id: int | None, reason: str, link: Link
) -> None:
    session = write.session
    bundle, row = _entry(session, slug)
    if deputy_id is not None and deputy_id == owner_id:
        raise HandOverError("Eine Stelle vertritt sich nicht selbst.")
    before = {row.owner_id, row.deputy_id}
    for number in {owner_id, deputy_id} - {None} - before:
        organisation = session.get(Organisation, number)
        if organisation is None or not organisation.active:
            raise HandOverError("Diese Stelle gibt es nicht.")
    offered = (row.offered_to_id, row.offered_at) if owner_id == row.owner_id else (None, None)
    owner = session.get(Organisation, row.owner_id) if row.owner_id in actor.roles else None
    author = Author(actor.key, owner.slug if owner else "")
    if not set_stewards(write, bundle, owner_id, deputy_id, author=author, reason=reason):
        row.offered_to_id, row.offered_at = offered
        return
    row.offered_to_id, row.offered_at = offered
    session.add(row)
    text = (
        f"für den Eintrag „{bundle.title}“ gilt jetzt: Zuständig ist {_name(session, owner_id)}, "
        f"in Vertretung {_name(session, deputy_id)}."
    )
    _tell(session, before | {owner_id, deputy_id}, f"Zuständigkeit geändert: {bundle.title}", text, link(slug))
    audit(session, actor.key, "stewardship.set", slug, owner=owner_id, deputy=deputy_id)


def _entry(session: Session, slug: str) -> tuple[ServiceBundle, Stewardship]:
    bundle = session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).first()
    if bundle is None or bundle.id is None:
        raise UnknownEntryError(slug)
    row = session.exec(select(Stewardship).where(Stewardship.bundle_id == bundle.id).with_for_update()).first()
    if row is None:
        row = Stewardship(bundle_id=bundle.id)
        session.add(row)
        session.flush()
    return bundle, row


def _offered(row: Stewardship) -> int:
    if row.offered_to_id is None:
        raise HandOverError("Das Angebot zur Übernahme gibt es nicht mehr.")
    return row.offered_to_id


def _name(session: Session, organisation_id: int | None) -> str:
    organisation = session.get(Organisation, organisation_id) if organisation_id is not None else None
    return organisation.name if organisation else "niemand"


def _tell(session: Session, organisations: Iterable[int | None], subject: str, text: str, address: str) -> None:
    tell_people(session, coordinators(session, organisations) or administrators(session), subject, text, address)
