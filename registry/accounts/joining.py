"""Taking up an invitation: a new account, or a further role for one that exists."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from sqlmodel import Field, Session

from registry.accounts.audit import audit
from registry.accounts.enums import Role, TokenPurpose
from registry.accounts.models import Membership, OneTimeToken, Organisation, Person
from registry.accounts.passwords import hash_password
from registry.accounts.queries import membership, person_by_email
from registry.accounts.tokens import redeem
from registry.catalogue.values import Facts
from registry.moments import now


class InvitationRefusedError(Exception):
    """The invitation cannot be taken up now; the message is a German sentence."""


def _spaced(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("Der Name enthält Zeichen, die nicht zu sehen sind.")
    return value


class NameFields(Facts):
    """What a person says about herself."""

    name: Annotated[str, BeforeValidator(_spaced), AfterValidator(_printable)] = Field(
        min_length=2, max_length=200, description="Name"
    )


def inviting(session: Session, row: OneTimeToken) -> Organisation | None:
    """Return the organisation that a token invites to, None for the administration of the registry.

    Raises InvitationRefusedError when the organisation is not active any more.
    """
    if row.organisation_id is None:
        return None
    organisation = session.get_one(Organisation, row.organisation_id)
    if not organisation.active:
        raise InvitationRefusedError(f"„{organisation.name}“ ist im Register nicht mehr aktiv.")
    return organisation


def join_as_new(session: Session, token: str, fields: NameFields, password: str) -> Person:
    """Create the account that an invitation allows, with a password that was accepted.

    Raises TokenError, and InvitationRefusedError when there is an account of this address by now.
    """
    row = redeem(session, TokenPurpose.INVITATION, token)
    if person_by_email(session, row.email) is not None:
        raise InvitationRefusedError("Für diese Adresse gibt es schon ein Konto. Bitte melden Sie sich an.")
    person = Person(email=row.email, name=fields.name, password_hash=hash_password(password), password_changed_at=now())
    session.add(person)
    session.flush()
    audit(session, f"person:{person.id}", "person.created", f"person:{person.id}")
    _take_up(session, person, row)
    return person


def join_as_known(session: Session, token: str, person_id: int) -> None:
    """Give an existing person what an invitation to the own address allows.

    Raises TokenError, and InvitationRefusedError for the invitation of somebody else.
    """
    row = redeem(session, TokenPurpose.INVITATION, token)
    person = session.get_one(Person, person_id)
    if not person.active or person.email != row.email:
        raise InvitationRefusedError("Diese Einladung gilt für ein anderes Konto.")
    _take_up(session, person, row)


def _take_up(session: Session, person: Person, row: OneTimeToken) -> None:
    organisation = inviting(session, row)
    if row.as_admin and not person.is_admin:
        person.is_admin = True
        session.add(person)
    if organisation is not None and organisation.id is not None and row.role is not None and person.id is not None:
        held = membership(session, person.id, organisation.id)
        if held is None:
            session.add(Membership(person_id=person.id, organisation_id=organisation.id, role=row.role))
        elif held.role is Role.EDITOR:  # an invitation takes nothing away
            held.role = row.role
            session.add(held)
    told = {"role": "administrator"} if row.as_admin else {"role": row.role.value if row.role else None}
    told |= {"organisation": organisation.slug if organisation is not None else None, "invited_by": row.created_by}
    audit(session, f"person:{person.id}", "invitation.accepted", f"invitation:{row.id}", **told)
