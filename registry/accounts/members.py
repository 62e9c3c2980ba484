"""Writes of memberships: invitations, roles, removal.

Coordinators invite and remove for their own organisation; administrators do for all, and alone make administrators.
Who invites never learns whether an address has an account: the answer is the same, only the mail differs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from registry.accounts import letters
from registry.accounts.audit import audit
from registry.accounts.enums import Role, TokenPurpose
from registry.accounts.models import Membership, OneTimeToken, Organisation
from registry.accounts.permissions import Actor, require
from registry.accounts.queries import membership, normal_email, person_by_email
from registry.accounts.secrets import digest
from registry.accounts.tokens import issue
from registry.catalogue.values import Facts, Mailbox
from registry.mail.operations import enqueue
from registry.moments import now

MAX_OPEN = 50
"""Open invitations of an organisation: nobody sends mail to the world through the registry."""
Link = Callable[[str], str]
"""Turns a token into the absolute address of the page that takes it."""


class MemberRefusedError(Exception):
    """It cannot be done now; the message is a German sentence."""


class UnknownMemberError(Exception):
    """There is no such member or invitation."""

    def __init__(self) -> None:
        super().__init__("Diese Person oder Einladung gibt es nicht.")


class InvitationFields(Facts):
    """Whom to invite to which role; without a role: to the administration of the registry."""

    email: Mailbox
    role: Role | None = None


@dataclass(frozen=True)
class Sender:
    """How invitations are written: the name of the site and its links."""

    site: str
    link: Link


def invite(
    session: Session, actor: Actor, sender: Sender, organisation: Organisation | None, fields: InvitationFields
) -> None:
    """Invite an address to a role in an organisation, or (without organisation) to the administration.

    An open invitation of the same address to the same is replaced. Raises NotAllowedError and MemberRefusedError.
    """
    if organisation is None or fields.role is None:
        require(actor.is_admin, "Zur Administration lädt nur die Administration ein.")
        if organisation is not None:
            raise ValueError("an invitation to an organisation needs a role")
    else:
        _require_coordination(actor, organisation.id)
        if not organisation.active:
            raise MemberRefusedError("Die Stelle ist stillgelegt: Zurzeit kann niemand eingeladen werden.")
    email = normal_email(fields.email)
    person = person_by_email(session, email)
    number = organisation.id if organisation is not None else None
    if person is not None and person.id is not None:
        if number is not None and membership(session, person.id, number) is not None:
            raise MemberRefusedError("Diese Person ist schon Mitglied der Stelle.")
        if number is None and person.is_admin:
            raise MemberRefusedError("Diese Person gehört schon zur Administration.")
    pending = open_invitations(session, number)
    for row in pending:
        if row.email == email:
            _void(session, row)
    if sum(row.email != email for row in pending) >= MAX_OPEN:
        raise MemberRefusedError(f"Es sind schon {MAX_OPEN} Einladungen offen. Bitte nehmen Sie erst einige zurück.")
    row = _send(session, actor, sender, email, organisation, fields.role)
    audit(session, actor.key, "invitation.sent", f"invitation:{row.id}", **_what(organisation, fields.role))


def resend(session: Session, actor: Actor, sender: Sender, organisation: Organisation | None, number: int) -> None:
    """Send an open invitation again, with a new link; the old one works no more.

    Raises NotAllowedError, UnknownMemberError and MemberRefusedError.
    """
    old = _own_invitation(session, actor, organisation, number)
    if organisation is not None and not organisation.active:
        raise MemberRefusedError("Die Stelle ist stillgelegt: Zurzeit kann niemand eingeladen werden.")
    _void(session, old)
    row = _send(session, actor, sender, old.email, organisation, old.role)
    told = _what(organisation, old.role) | {"before": f"invitation:{old.id}"}
    audit(session, actor.key, "invitation.resent", f"invitation:{row.id}", **told)


def withdraw(session: Session, actor: Actor, organisation: Organisation | None, number: int) -> None:
    """Take an open invitation back: its link works no more. Raises NotAllowedError and UnknownMemberError."""
    row = _own_invitation(session, actor, organisation, number)
    _void(session, row)
    audit(session, actor.key, "invitation.withdrawn", f"invitation:{row.id}", **_what(organisation, row.role))


def change_role(session: Session, actor: Actor, organisation: Organisation, person_id: int, role: Role) -> bool:
    """Give a member another role; False when it is so already. Raises NotAllowedError and UnknownMemberError."""
    row = _own_member(session, actor, organisation, person_id)
    if row.role is role:
        return False
    before, row.role = row.role, role
    row.from_claims = False
    session.add(row)
    told = {"organisation": organisation.slug, "role": [before.value, role.value]}
    audit(session, actor.key, "member.role_changed", f"person:{person_id}", **told)
    return True


def remove_member(session: Session, actor: Actor, organisation: Organisation, person_id: int) -> None:
    """Take a person's role in an organisation away; the account stays. Raises NotAllowedError, UnknownMemberError."""
    row = _own_member(session, actor, organisation, person_id)
    session.delete(row)
    told = _what(organisation, row.role)
    audit(session, actor.key, "member.removed", f"person:{person_id}", **told)


def open_invitations(session: Session, organisation_id: int | None) -> list[OneTimeToken]:
    """Return the invitations of an organisation (None: to the administration) that were not taken up, expired too."""
    of_this = (
        col(OneTimeToken.organisation_id).is_(None)
        if organisation_id is None
        else col(OneTimeToken.organisation_id) == organisation_id
    )
    query = (
        select(OneTimeToken)
        .where(OneTimeToken.purpose == TokenPurpose.INVITATION, col(OneTimeToken.used_at).is_(None), of_this)
        .order_by(col(OneTimeToken.created_at), col(OneTimeToken.id))
    )
    return list(session.exec(query))


def _require_coordination(actor: Actor, organisation_id: int | None) -> None:
    require(actor.coordinates_for([organisation_id]), "Diese Stelle verwaltet nur ihre eigene OZG-Koordination.")


def _own_invitation(session: Session, actor: Actor, organisation: Organisation | None, number: int) -> OneTimeToken:
    if organisation is None:
        require(actor.is_admin, "Zur Administration lädt nur die Administration ein.")
    else:
        _require_coordination(actor, organisation.id)
    of = organisation.id if organisation is not None else None
    row = next((one for one in open_invitations(session, of) if one.id == number), None)
    if row is None:
        raise UnknownMemberError
    return row


def _own_member(session: Session, actor: Actor, organisation: Organisation, person_id: int) -> Membership:
    _require_coordination(actor, organisation.id)
    row = membership(session, person_id, organisation.id) if organisation.id is not None else None
    if row is None:
        raise UnknownMemberError
    return row


def _void(session: Session, row: OneTimeToken) -> None:
    row.used_at = now()
    session.add(row)


def _send(
    session: Session, actor: Actor, sender: Sender, email: str, organisation: Organisation | None, role: Role | None
) -> OneTimeToken:
    person = person_by_email(session, email)
    as_admin = organisation is None
    token = issue(
        session,
        TokenPurpose.INVITATION,
        email=email,
        person_id=person.id if person is not None else None,
        organisation_id=organisation.id if organisation is not None else None,
        role=role,
        as_admin=as_admin,
        created_by=actor.key,
    )
    row = session.exec(select(OneTimeToken).where(OneTimeToken.digest == digest(token))).one()
    name = organisation.name if organisation is not None else None
    what = letters.Invited(sender.site, name, role, as_admin, row.expires_at)
    if person is None:
        letter = letters.invitation(what, sender.link(token))
    elif person.active:
        letter = letters.invitation_of_known(what, sender.link(token))
    else:
        letter = letters.invitation_of_disabled(what)
    enqueue(session, kind="invitation", recipient=email, subject=letter.subject, body=letter.body)
    return row


def _what(organisation: Organisation | None, role: Role | None) -> dict[str, Any]:
    if organisation is None or role is None:
        return {"admin": True}
    return {"organisation": organisation.slug, "role": role.value}


def expired(row: OneTimeToken, at: datetime | None = None) -> bool:
    """Tell whether an invitation has run out."""
    return (at or now()) >= row.expires_at
