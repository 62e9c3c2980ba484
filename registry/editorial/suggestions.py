"""What people without an account propose: taken in, decided, answered.

Mails go to those who decide. A sender's address is not checked, so it gets one receipt a day at most, without a word
that the sender wrote, and later one answer to each decision.
"""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, col, select

from registry.accounts.audit import audit
from registry.accounts.models import Person
from registry.accounts.permissions import Actor, require
from registry.accounts.secrets import keyed_digest
from registry.catalogue.models import ServiceBundle
from registry.catalogue.values import Facts
from registry.editorial.enums import ProposalState, SuggestionKind, SuggestionState
from registry.editorial.models import Proposal, Suggestion, SuggestionFields
from registry.editorial.notices import CLOSING, administrators, coordinators
from registry.editorial.quotas import Quota, QuotaError, of_sender, use
from registry.editorial.spam import spoken
from registry.editorial.stewardship import NOBODY, Stewards, stewards_of
from registry.mail.models import Undeliverable
from registry.mail.operations import enqueue
from registry.moments import now

DAY = timedelta(days=1)
HOURLY, DAILY, ALL_DAILY = 5, 20, 200
"""Suggestions from one connection in an hour and in a day; from all together in a day."""
GIVEN_UP = (ProposalState.DISCARDED, ProposalState.DECLINED)
"""States of a working copy of which nothing comes any more."""


class DecisionFields(Facts):
    """What a coordinator tells the sender. Declining needs a reason."""

    answer: str = Field(min_length=5, max_length=2000, description="Begründung")


class SettlingFields(Facts):
    """What a coordinator may tell the sender of a suggestion that needs no change."""

    answer: str = Field(default="", max_length=2000, description="Antwort")


class UnknownSuggestionError(Exception):
    """There is no suggestion with this key."""


class AlreadySentError(Exception):
    """A form was sent a second time; the suggestion of the first time is kept under the key."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class SameTextError(Exception):
    """The same words arrived within the last day."""


class SuggestionDecidedError(Exception):
    """Somebody else was faster; the message is a German sentence."""

    def __init__(self, state: SuggestionState) -> None:
        super().__init__(f"Dieser Hinweis ist inzwischen {state.label}.")
        self.state = state


def quotas_of(secret: str, network: str) -> list[Quota]:
    """Return the quotas of a sender. The address itself is not kept, only a keyed digest of it, for a day."""
    return of_sender("suggestion", secret, network, hourly=HOURLY, daily=DAILY, all_daily=ALL_DAILY)


def receive(
    session: Session,
    fields: SuggestionFields,
    *,
    key: str,
    kind: SuggestionKind,
    bundle: ServiceBundle | None,
    quotas: list[Quota],
    secret: str,
    address: str,
    at: datetime,
) -> Suggestion:
    """Take a suggestion in: it stands in the inbox, those who decide on it get a mail, the sender a receipt.

    `address` is where the inbox shows it. Raises AlreadySentError, SameTextError and QuotaError; let them leave the
    transaction, so that nothing is kept.
    """
    if session.exec(select(Suggestion.id).where(Suggestion.key == key)).first() is not None:
        raise AlreadySentError(key)
    same = select(Suggestion.id).where(
        Suggestion.kind == kind, Suggestion.text == fields.text, col(Suggestion.created_at) > at - DAY
    )
    same = same.where(Suggestion.bundle_id == bundle.id if bundle else col(Suggestion.bundle_id).is_(None))
    if session.exec(same).first() is not None:
        raise SameTextError
    use(session, quotas, at)
    suggestion = Suggestion(
        **fields.model_dump(), key=key, kind=kind, bundle_id=bundle.id if bundle else None, created_at=at
    )
    session.add(suggestion)
    try:
        session.flush()
    except IntegrityError:  # the same form, sent twice at the same time
        raise AlreadySentError(key) from None
    _tell_deciders(session, suggestion, bundle, address)
    _receipt(session, suggestion, secret, at)
    return suggestion


def deciders(session: Session, bundle_id: int | None) -> list[Person]:
    """Return who decides on suggestions for an entry (None: a new one): the coordinators of owner and deputy.

    Where there is none, it is the administrators.
    """
    stewards = stewards_of(session, bundle_id) if bundle_id is not None else NOBODY
    return coordinators(session, (stewards.owner_id, stewards.deputy_id)) or administrators(session)


def may_take(actor: Actor, suggestion: Suggestion, stewards: Stewards) -> bool:
    """Tell whether the actor may see a suggestion and take it up: a new bundle is open to every coordinator."""
    if suggestion.kind == SuggestionKind.NEW_BUNDLE:
        return actor.coordinates_anywhere
    return stewards.decided_by(actor)


def may_close(actor: Actor, suggestion: Suggestion, stewards: Stewards) -> bool:
    """Tell whether the actor may decline or settle a suggestion: of new bundles the administrators alone."""
    return actor.is_admin or (suggestion.kind == SuggestionKind.CORRECTION and stewards.decided_by(actor))


def existing(session: Session, key: str) -> Suggestion:
    """Return the suggestion with this key. Raises UnknownSuggestionError."""
    found = session.exec(select(Suggestion).where(Suggestion.key == key)).first()
    if found is None:
        raise UnknownSuggestionError(key)
    return found


def decline(session: Session, actor: Actor, key: str, fields: DecisionFields) -> Suggestion:
    """Decline an open suggestion with a reason, which the sender gets by mail.

    Raises UnknownSuggestionError, NotAllowedError and SuggestionDecidedError.
    """
    suggestion = _closed(session, actor, key, SuggestionState.DECLINED, fields.answer)
    _answer(session, suggestion, "Ihr Hinweis wurde geprüft und nicht übernommen.", f"Begründung: {fields.answer}")
    audit(session, actor.key, "suggestion.declined", key)
    return suggestion


def settle(session: Session, actor: Actor, key: str, fields: SettlingFields) -> Suggestion:
    """Close an open suggestion that needs no change any more; the sender gets the answer by mail.

    Raises UnknownSuggestionError, NotAllowedError and SuggestionDecidedError.
    """
    suggestion = _closed(session, actor, key, SuggestionState.SETTLED, fields.answer)
    _answer(session, suggestion, "Ihr Hinweis ist erledigt: Die Angaben im Register stimmen bereits.", fields.answer)
    audit(session, actor.key, "suggestion.settled", key)
    return suggestion


def reopen(session: Session, actor: Actor, key: str) -> Suggestion:
    """Put a suggestion back whose working copy came to nothing (discarded or declined).

    Raises UnknownSuggestionError, NotAllowedError, and SuggestionDecidedError when there is nothing to put back.
    """
    suggestion = existing(session, key)
    allowed = may_take(actor, suggestion, stewards_of(session, suggestion.bundle_id))
    require(allowed, "Über diesen Hinweis entscheidet eine andere Stelle.")
    proposal = session.exec(select(Proposal).where(Proposal.key == suggestion.proposal_key)).first()
    if proposal is not None and proposal.state not in GIVEN_UP:
        raise SuggestionDecidedError(suggestion.state)
    claim(session, suggestion, actor, SuggestionState.OPEN, before=SuggestionState.TAKEN)
    suggestion.proposal_key = None
    suggestion.decided_at = suggestion.decided_by = None
    audit(session, actor.key, "suggestion.reopened", key)
    return suggestion


def claim(
    session: Session,
    suggestion: Suggestion,
    actor: Actor,
    state: SuggestionState,
    *,
    before: SuggestionState = SuggestionState.OPEN,
) -> None:
    """Move a suggestion from one state to another, unless somebody else was faster (SuggestionDecidedError).

    The condition is part of the write: of two at the same time one wins, on each database.
    """
    moved = session.execute(
        update(Suggestion)
        .where(col(Suggestion.id) == suggestion.id, col(Suggestion.state) == before)
        .values(state=state, decided_at=now(), decided_by=actor.person_id)
        .returning(col(Suggestion.id))
        .execution_options(synchronize_session=False)
    ).first()
    session.refresh(suggestion)
    if moved is None:
        raise SuggestionDecidedError(suggestion.state)


def answer_accepted(session: Session, proposal: Proposal) -> int:
    """Tell the senders that a version to which they gave the idea was published; return how many get a mail.

    Called in the transaction that accepts the version. The 90 days for which an address is kept begin anew.
    """
    ideas = session.exec(
        select(Suggestion).where(
            Suggestion.state == SuggestionState.TAKEN,
            (col(Suggestion.proposal_key) == proposal.key) | (col(Suggestion.id) == proposal.suggestion_id),
        )
    )
    sent = 0
    for suggestion in ideas:
        suggestion.decided_at = now()
        session.add(suggestion)
        title = str(proposal.values.get("title") or "")
        done = f"Der Eintrag „{title}“ wurde veröffentlicht." if title else "Die Änderung wurde veröffentlicht."
        sent += _answer(session, suggestion, "Ihr Hinweis wurde aufgegriffen.", done)
    return sent


def _closed(session: Session, actor: Actor, key: str, state: SuggestionState, answer: str) -> Suggestion:
    suggestion = existing(session, key)
    allowed = may_close(actor, suggestion, stewards_of(session, suggestion.bundle_id))
    require(allowed, "Über diesen Hinweis entscheidet eine andere Stelle.")
    claim(session, suggestion, actor, state)
    suggestion.answer = answer
    session.add(suggestion)
    return suggestion


def _tell_deciders(session: Session, suggestion: Suggestion, bundle: ServiceBundle | None, address: str) -> None:
    what = f"Ein Hinweis zum Eintrag „{bundle.title}“" if bundle else "Ein Vorschlag für ein neues Leistungsbündel"
    for person in deciders(session, suggestion.bundle_id):
        enqueue(
            session,
            kind="suggestion",
            recipient=person.email,
            subject=f"{what} ist eingegangen",
            body=(
                f"Guten Tag,\n\n{what[0].lower()}{what[1:]} ist eingegangen.\n\n"
                f"Vorgangsnummer: {spoken(suggestion.key)}\n"
                f"Worum es geht (so hat es die absendende Person genannt):\n> {suggestion.title}\n\n"
                f"Lesen und entscheiden: {address}\n\n{CLOSING}\n"
            ),
        )


def _receipt(session: Session, suggestion: Suggestion, secret: str, at: datetime) -> None:
    if suggestion.contact_email is None:
        return
    digest = keyed_digest(secret, "receipt", suggestion.contact_email.casefold())
    try:
        use(session, [Quota(f"suggestion:receipt:{digest}", 1, DAY)], at)
    except QuotaError:
        return
    _answer(
        session,
        suggestion,
        "vielen Dank für Ihren Hinweis an das Register. Er ist eingegangen und wird geprüft.",
        "Haben Sie nichts geschickt? Dann hat jemand Ihre Adresse angegeben. Sie müssen nichts tun: "
        "Die Adresse wird 90 Tage nach der Entscheidung gelöscht.",
    )


def _answer(session: Session, suggestion: Suggestion, sentence: str, more: str) -> bool:
    address = suggestion.contact_email
    if address is None or session.get(Undeliverable, address.casefold()) is not None:
        return False
    body = f"Guten Tag,\n\n{sentence}\n\n" + (f"{more}\n\n" if more else "")
    enqueue(
        session,
        kind="suggestion_answer",
        recipient=address,
        subject=f"Ihr Hinweis {spoken(suggestion.key)}",
        body=f"{body}Vorgangsnummer: {spoken(suggestion.key)}\n\n{CLOSING}\n",
    )
    return True
