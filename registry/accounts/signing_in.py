"""Proving who one is: password and second factor, counted; and what changes these.

Whoever asks learns only that it failed: names that exist and names that do not get the same answer, after the same
work.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from registry.accounts import own_letters, second_factor
from registry.accounts.audit import audit
from registry.accounts.enums import TokenPurpose
from registry.accounts.letters import Letter
from registry.accounts.models import Person, WebSession
from registry.accounts.passwords import hash_password, is_outdated, verify
from registry.accounts.queries import normal_email, person_by_email, recovery_codes_left
from registry.accounts.secrets import digest, keyed_digest
from registry.accounts.sessions import end_sessions
from registry.accounts.throttling import (
    FACTOR,
    RESET_ADDRESS,
    RESET_NAME,
    SIGN_IN_ADDRESS,
    SIGN_IN_NAME,
    Admission,
    Counter,
    admit,
    forget,
    take_back,
)
from registry.accounts.tokens import issue, redeem, revoke
from registry.database import Database
from registry.mail.operations import enqueue
from registry.moments import now

Link = Callable[[str], str]
"""Turns a token into the absolute address of the page that takes it."""


@dataclass(frozen=True)
class Door:
    """What an attempt needs to be judged: database, signing key, and the network address of who asks."""

    database: Database
    key: str
    address: str
    site: str = ""


@dataclass(frozen=True)
class Attempt:
    """How an attempt went: the person when it succeeded; `admission` says how long to wait when it may not be made."""

    admission: Admission
    person: Person | None = None


def by_password(door: Door, email: str, password: str, known: WebSession | None = None) -> Attempt:
    """Check name and password. `known` is the ended session by which the browser is known.

    Such a browser has a counter of its own, so that somebody who guesses elsewhere does not lock its owner out.
    """
    with door.database.reading() as session:
        found = person_by_email(session, email)
    person = found if found is not None and found.active else None
    if known is not None and person is not None and known.person_id == person.id:
        name = Counter(keyed_digest(door.key, "sign-in browser", str(known.id)), SIGN_IN_NAME)
    else:
        name = name_counter(door, email)
    place = Counter(keyed_digest(door.key, "sign-in address", door.address), SIGN_IN_ADDRESS)
    with door.database.noting() as session:
        admission = admit(session, (name, place))
    if not admission.allowed:
        return Attempt(admission)
    kept = person.password_hash if person is not None else None
    right = verify(kept, password)
    with door.database.noting() as session:
        if not right or person is None:
            subject = _key(found) if found is not None else ""
            audit(session, "anonymous", "sign_in.failed", subject)
            if admission.locks:
                audit(session, "anonymous", "sign_in.locked", subject)
            return Attempt(admission)
        forget(session, name.key)
        take_back(session, place)
        if kept is not None and is_outdated(kept):
            session.get_one(Person, person.id).password_hash = hash_password(password)
    return Attempt(admission, person)


def by_factor(door: Door, person: Person, code: str) -> Attempt:
    """Check a code of the app or a recovery code of a person whose password was right."""
    counter = Counter(keyed_digest(door.key, "factor", str(person.id)), FACTOR)
    with door.database.noting() as session:
        admission = admit(session, (counter,))
    if not admission.allowed or person.id is None:
        return Attempt(admission)
    with door.database.noting() as session:
        if second_factor.use_code(session, door.key, person.id, code):
            forget(session, counter.key)
        elif second_factor.use_recovery_code(session, person.id, code):
            forget(session, counter.key)
            left = recovery_codes_left(session, person.id)
            _tell(session, person, own_letters.recovery_code_used(door.site, left))
            audit(session, _key(person), "factor.recovery_used", _key(person), left=left)
        else:
            audit(session, "anonymous", "factor.failed", _key(person))
            return Attempt(admission)
    return Attempt(admission, person)


def confirms(door: Door, person: Person, session_id: int, *, password: str = "", code: str = "") -> Attempt:
    """Check the proof of somebody who is signed in; counted by session, so that nobody else can lock it."""
    if code and person.totp_secret:
        return by_factor(door, person, code)
    counter = Counter(keyed_digest(door.key, "confirm", str(session_id)), SIGN_IN_NAME)
    with door.database.noting() as session:
        admission = admit(session, (counter,))
    if not admission.allowed:
        return Attempt(admission)
    right = verify(person.password_hash, password)
    with door.database.noting() as session:
        if not right:
            audit(session, _key(person), "sign_in.failed", _key(person), confirming=True)
            return Attempt(admission)
        forget(session, counter.key)
    return Attempt(admission, person)


def stamp(person: Person) -> str:
    """Return a digest that changes with password and factor: what was begun before is void."""
    return digest(f"{person.password_hash}|{person.totp_secret}|{person.active}")[:22]


def request_reset(door: Door, email: str, link: Link, *, label: str, sign_in: str) -> Admission:
    """Send a link for a new password, if there is an active account; the answer never tells.

    The address of who asks is limited; so is how many mails one account gets, without saying so.
    """
    place = Counter(keyed_digest(door.key, "reset address", door.address), RESET_ADDRESS)
    name = Counter(keyed_digest(door.key, "reset name", normal_email(email)), RESET_NAME)
    with door.database.noting() as session:
        admission = admit(session, (place,))
        if not admission.allowed:
            return admission
        wanted = admit(session, (name,)).allowed
        person = person_by_email(session, email)
        if not wanted or person is None or not person.active:
            audit(session, "anonymous", "password.reset_requested")
        elif person.password_hash is None and person.oidc_subject is not None:
            _tell(session, person, own_letters.reset_elsewhere(door.site, label, sign_in))
            audit(session, "anonymous", "password.reset_requested", _key(person))
        else:
            revoke(session, TokenPurpose.PASSWORD_RESET, email=person.email)
            token = issue(session, TokenPurpose.PASSWORD_RESET, email=person.email, person_id=person.id)
            _tell(session, person, own_letters.reset(door.site, link(token)))
            audit(session, "anonymous", "password.reset_requested", _key(person))
    return admission


def reset_password(session: Session, door: Door, token: str, password: str) -> Person:
    """Set the password that a reset link allows; all sessions end, other links are void, the second factor stays.

    The password must have been accepted (`registry.accounts.passwords.accept`). Raises TokenError.
    """
    row = redeem(session, TokenPurpose.PASSWORD_RESET, token)
    person = session.get_one(Person, row.person_id)
    _set_password(session, door, person, password)
    end_sessions(session, row.person_id or 0)
    forget(session, name_counter(door, person.email).key)
    audit(session, _key(person), "password.reset", _key(person))
    return person


def change_password(session: Session, door: Door, person_id: int, password: str, session_id: int) -> None:
    """Set a password that its person chose and that was accepted; all other sessions end."""
    person = session.get_one(Person, person_id)
    _set_password(session, door, person, password)
    ended = end_sessions(session, person_id, but=session_id)
    audit(session, _key(person), "password.changed", _key(person), sessions_ended=ended)


def confirm_factor(session: Session, door: Door, person_id: int, code: str, session_id: int) -> list[str] | None:
    """Put the offered second factor in force; all other sessions end. Returns recovery codes, None: wrong code."""
    codes = second_factor.confirm(session, door.key, person_id, code)
    if codes is not None:
        person = session.get_one(Person, person_id)
        session.get_one(WebSession, session_id).second_factor = True
        ended = end_sessions(session, person_id, but=session_id)
        _tell(session, person, own_letters.factor_changed(door.site, on=True))
        audit(session, _key(person), "factor.added", _key(person), sessions_ended=ended)
    return codes


def remove_factor(session: Session, door: Door, person_id: int, session_id: int) -> None:
    """Switch the second factor off; all other sessions end."""
    person = session.get_one(Person, person_id)
    second_factor.switch_off(session, person_id)
    session.get_one(WebSession, session_id).second_factor = False
    ended = end_sessions(session, person_id, but=session_id)
    _tell(session, person, own_letters.factor_changed(door.site, on=False))
    audit(session, _key(person), "factor.removed", _key(person), sessions_ended=ended)


def renew_recovery_codes(session: Session, person_id: int) -> list[str]:
    """Replace the recovery codes of a person and return the new ones."""
    codes = second_factor.renew_recovery_codes(session, person_id)
    audit(session, f"person:{person_id}", "factor.recovery_renewed", f"person:{person_id}")
    return codes


def name_counter(door: Door, email: str) -> Counter:
    """Return what counts the attempts to sign in under a name, whether it exists or not."""
    return Counter(keyed_digest(door.key, "sign-in name", normal_email(email)), SIGN_IN_NAME)


def _set_password(session: Session, door: Door, person: Person, password: str) -> None:
    person.password_hash = hash_password(password)
    person.password_changed_at = now()
    session.add(person)
    revoke(session, TokenPurpose.PASSWORD_RESET, email=person.email)
    _tell(session, person, own_letters.password_changed(door.site))


def _tell(session: Session, person: Person, letter: Letter) -> None:
    enqueue(session, kind="account", recipient=person.email, subject=letter.subject, body=letter.body)


def _key(person: Person) -> str:
    return f"person:{person.id}"
