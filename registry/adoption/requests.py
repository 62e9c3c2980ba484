"""What the two sides say to each other: messages, and a request that the offering body declines."""

from sqlmodel import Field

from registry.accounts.audit import audit
from registry.accounts.permissions import Actor, require
from registry.adoption import letters
from registry.adoption.changes import Change
from registry.adoption.enums import RequestState
from registry.adoption.finding import AdoptionRefusedError, Found, find, organisation_name
from registry.adoption.letters import adopters, tell, tell_both
from registry.adoption.models import Adoption, AdoptionMessage
from registry.adoption.sides import acting_for
from registry.catalogue.messages import Refusal
from registry.catalogue.values import Facts
from registry.editorial.notices import Link, no_link
from registry.moments import now

WRITERS = "Schreiben können die OZG-Koordinationen beider Seiten."
OFFERING = "Darüber entscheidet, wer das Bündel anbietet."


class MessageFields(Facts):
    """A message to the other side."""

    text: str = Field(min_length=1, max_length=5000, description="Nachricht")


class DeclineFields(Facts):
    """Why a request is declined."""

    reason: str = Field(min_length=1, max_length=2000, description="Begründung")


def write_message(change: Change, actor: Actor, key: str, fields: MessageFields, *, link: Link = no_link) -> None:
    """Write to the other side; an answer of the offering body answers an open request.

    Raises UnknownAdoptionError and NotAllowedError.
    """
    session = change.session
    found = find(session, actor, key, locked=True)
    require(found.rights.write, WRITERS)
    adoption, number = found.adoption, _organisation(actor, found)
    session.add(
        AdoptionMessage(
            adoption_id=adoption.id or 0, author_id=actor.person_id, organisation_id=number, text=fields.text
        )
    )
    if adoption.request is RequestState.OPEN and found.sides.offers(actor) and number not in found.sides.adopting:
        adoption.request = RequestState.ANSWERED
    adoption.changed_at = now()
    session.add(adoption)
    tell_both(session, found.occasion(link), *letters.wrote(organisation_name(session, number), fields.text))
    audit(session, actor.key, "adoption.message", f"adoption:{key}")


def decline(change: Change, actor: Actor, key: str, fields: DeclineFields, *, link: Link = no_link) -> Adoption:
    """Decline a request, with the reason. What the body does then, it decides itself.

    Raises UnknownAdoptionError, NotAllowedError and AdoptionRefusedError.
    """
    session = change.session
    found = find(session, actor, key, locked=True)
    adoption = _asked(found, actor)
    if adoption.request is RequestState.DECLINED:
        raise AdoptionRefusedError([Refusal("", "Die Anfrage ist schon abgelehnt.")])
    adoption.request, adoption.request_reason, adoption.changed_at = RequestState.DECLINED, fields.reason, now()
    session.add(adoption)
    who = organisation_name(session, _organisation(actor, found))
    tell_both(session, found.occasion(link), *letters.request_declined(who, fields.reason))
    audit(session, actor.key, "adoption.declined", f"adoption:{key}")
    return adoption


def take_up(change: Change, actor: Actor, key: str, *, link: Link = no_link) -> Adoption:
    """Take the refusal of a request back. Raises UnknownAdoptionError, NotAllowedError and AdoptionRefusedError."""
    session = change.session
    found = find(session, actor, key, locked=True)
    adoption = _asked(found, actor)
    if adoption.request is not RequestState.DECLINED:
        raise AdoptionRefusedError([Refusal("", "Die Anfrage ist nicht abgelehnt.")])
    adoption.request, adoption.request_reason, adoption.changed_at = RequestState.ANSWERED, "", now()
    session.add(adoption)
    who = organisation_name(session, _organisation(actor, found))
    tell(session, adopters(session, found.sides), found.occasion(link), *letters.request_taken_up(who))
    audit(session, actor.key, "adoption.taken_up", f"adoption:{key}")
    return adoption


def _asked(found: Found, actor: Actor) -> Adoption:
    require(found.sides.offers(actor), OFFERING)
    if not found.rights.answer:
        raise AdoptionRefusedError([Refusal("", "Hier ist keine Anfrage offen.")])
    return found.adoption


def _organisation(actor: Actor, found: Found) -> int | None:
    """Return for which organisation of either side the actor writes; None: the administration of the registry."""
    return acting_for(actor, (*found.sides.adopting, *found.sides.offering))
