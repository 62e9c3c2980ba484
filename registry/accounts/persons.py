"""What administrators do to accounts: disable, enable, give and take the administration, help back in.

The registry is never left without an active administrator.
"""

from datetime import timedelta

from sqlmodel import Field, Session, col, select

from registry.accounts import letters
from registry.accounts.audit import audit
from registry.accounts.enums import Role, TokenPurpose
from registry.accounts.members import MemberRefusedError, Sender, UnknownMemberError
from registry.accounts.models import Membership, Organisation, Person
from registry.accounts.permissions import Actor, require
from registry.accounts.queries import membership, normal_email, person_by_email
from registry.accounts.second_factor import switch_off
from registry.accounts.sessions import end_sessions
from registry.accounts.tokens import LIFETIMES, issue, revoke
from registry.catalogue.values import Facts, Mailbox
from registry.mail.operations import enqueue

ONLY_ADMINISTRATORS = "Konten verwaltet nur die Administration."


class PersonFields(Facts):
    """An account that the command line makes."""

    email: Mailbox = Field(description="E-Mail")
    name: str = Field(min_length=2, max_length=200, description="Name")


def find_person(session: Session, person_id: int) -> Person:
    """Return an account, active or not. Raises UnknownMemberError."""
    person = session.get(Person, person_id)
    if person is None:
        raise UnknownMemberError
    return person


def create_person(
    session: Session,
    actor: Actor,
    fields: PersonFields,
    *,
    as_admin: bool = False,
    organisation: Organisation | None = None,
    role: Role | None = None,
) -> Person:
    """Make an account without password, or add to an existing one what it lacks. Raises NotAllowedError.

    Raises MemberRefusedError when the account is there and has all of it, or is disabled.
    """
    require(actor.is_admin, ONLY_ADMINISTRATORS)
    person = person_by_email(session, fields.email)
    fresh = person is None
    if person is None:
        person = Person(email=normal_email(fields.email), name=fields.name)
    elif not person.active:
        raise MemberRefusedError("Dieses Konto gibt es schon; es ist gesperrt.")
    given_admin = as_admin and not person.is_admin
    person.is_admin = person.is_admin or as_admin
    session.add(person)
    session.flush()
    number = person.id
    if number is None:
        raise ValueError("the person is not stored")
    details: dict[str, object] = {}
    if organisation is not None and organisation.id is not None and role is not None:
        row = membership(session, number, organisation.id)
        if row is None or row.role is not role:
            row = row or Membership(person_id=number, organisation_id=organisation.id, role=role)
            row.role = role
            session.add(row)
            details = {"organisation": organisation.slug, "role": role.value}
    if not fresh and not given_admin and not details:
        raise MemberRefusedError("Dieses Konto gibt es schon, mit dieser Aufgabe.")
    if given_admin:
        details["admin"] = True
    audit(session, actor.key, "person.created" if fresh else "person.roles_added", f"person:{number}", **details)
    return person


def disable(session: Session, actor: Actor, person_id: int) -> bool:
    """Lock an account: all its sessions and open links end; False when it was so already.

    Raises NotAllowedError, UnknownMemberError, and MemberRefusedError for the own account and the last administrator.
    """
    require(actor.is_admin, ONLY_ADMINISTRATORS)
    person = find_person(session, person_id)
    if person_id == actor.person_id:
        raise MemberRefusedError("Das eigene Konto können Sie nicht sperren.")
    if not person.active:
        return False
    if person.is_admin:
        _require_another_administrator(session, person_id)
    person.active = False
    session.add(person)
    ended = end_sessions(session, person_id)
    revoke(session, TokenPurpose.PASSWORD_RESET, email=person.email)
    audit(session, actor.key, "person.disabled", f"person:{person_id}", sessions_ended=ended)
    return True


def enable(session: Session, actor: Actor, person_id: int) -> bool:
    """Unlock an account; False when it was not locked. Raises NotAllowedError and UnknownMemberError."""
    require(actor.is_admin, ONLY_ADMINISTRATORS)
    person = find_person(session, person_id)
    if person.active:
        return False
    person.active = True
    session.add(person)
    audit(session, actor.key, "person.enabled", f"person:{person_id}")
    return True


def set_admin(session: Session, actor: Actor, person_id: int, wanted: bool) -> bool:
    """Give or take the administration; False when it was so already.

    Raises NotAllowedError, UnknownMemberError, and MemberRefusedError for a locked account and the last administrator.
    """
    require(actor.is_admin, ONLY_ADMINISTRATORS)
    person = find_person(session, person_id)
    if person.is_admin is wanted:
        return False
    if wanted and not person.active:
        raise MemberRefusedError("Das Konto ist gesperrt. Bitte entsperren Sie es zuerst.")
    if not wanted and person.active:
        _require_another_administrator(session, person_id)
    person.is_admin = wanted
    session.add(person)
    action = "person.admin_given" if wanted else "person.admin_taken"
    audit(session, actor.key, action, f"person:{person_id}")
    return True


def reset_second_factor(session: Session, actor: Actor, site: str, person_id: int) -> bool:
    """Remove a lost second factor with its recovery codes, end all sessions and tell the person by mail.

    Returns False when there was none. Raises NotAllowedError and UnknownMemberError.
    """
    require(actor.is_admin, ONLY_ADMINISTRATORS)
    person = find_person(session, person_id)
    if person.totp_secret is None and person.totp_pending is None:
        return False
    switch_off(session, person_id)
    end_sessions(session, person_id)
    letter = letters.factor_reset(site)
    enqueue(session, kind="factor_reset", recipient=person.email, subject=letter.subject, body=letter.body)
    audit(session, actor.key, "factor.reset", f"person:{person_id}")
    return True


def send_reset_link(session: Session, actor: Actor, sender: Sender, person_id: int) -> None:
    """Mail a link with which the person sets a new password; earlier links work no more.

    Raises NotAllowedError, UnknownMemberError, and MemberRefusedError for a locked account.
    """
    token = reset_token(session, actor, person_id)
    person = find_person(session, person_id)
    hours = int(LIFETIMES[TokenPurpose.PASSWORD_RESET].total_seconds() // 3600)
    letter = letters.new_password(sender.site, sender.link(token), hours)
    enqueue(session, kind="password_reset", recipient=person.email, subject=letter.subject, body=letter.body)


def reset_token(session: Session, actor: Actor, person_id: int, *, lifetime: timedelta | None = None) -> str:
    """Return a new one-time token with which the person sets a password; earlier ones work no more.

    Raises NotAllowedError, UnknownMemberError, and MemberRefusedError for a locked account.
    """
    require(actor.is_admin, ONLY_ADMINISTRATORS)
    person = find_person(session, person_id)
    if not person.active:
        raise MemberRefusedError("Das Konto ist gesperrt. Bitte entsperren Sie es zuerst.")
    revoke(session, TokenPurpose.PASSWORD_RESET, email=person.email)
    token = issue(
        session,
        TokenPurpose.PASSWORD_RESET,
        email=person.email,
        person_id=person_id,
        created_by=actor.key,
        lifetime=lifetime,
    )
    audit(session, actor.key, "person.link_sent", f"person:{person_id}")
    return token


def _require_another_administrator(session: Session, person_id: int) -> None:
    # Locked until commit: of two administrators who take each other's rights at once, the second is refused.
    query = select(Person).where(col(Person.is_admin), col(Person.active)).order_by(col(Person.id)).with_for_update()
    if all(one.id == person_id for one in session.exec(query.execution_options(populate_existing=True))):
        raise MemberRefusedError("Das ist die letzte aktive Administration des Registers. Sie muss bleiben.")
