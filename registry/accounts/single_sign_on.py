"""Which account a provider's claims open, and what they change: roles follow the claims at each sign-in.

An account is found by the provider's subject, else by the mail address, but only when the provider says that it has
verified it, and when the account has no other subject: whoever may write any address into the provider's form must
not come into somebody else's account.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from registry.accounts.audit import audit
from registry.accounts.claims import RoleMapping, names_admin, roles_from
from registry.accounts.enums import Role
from registry.accounts.models import Membership, Organisation, Person
from registry.accounts.queries import normal_email, person_by_email
from registry.catalogue.values import Mailbox
from registry.database import Database

log = logging.getLogger(__name__)

_MAILBOX: TypeAdapter[str] = TypeAdapter(Mailbox)
MAX_SUBJECT = 300


class NoEntryError(Exception):
    """The claims open no account; the message is a German sentence."""


@dataclass(frozen=True)
class Rules:
    """How this installation reads claims."""

    claim_name: str
    mapping: RoleMapping


def admit(database: Database, issuer: str, claims: Mapping[str, Any], rules: Rules) -> Person:
    """Return the account that the claims open, with its roles brought in line; made when there is none.

    Raises NoEntryError, after a line in the audit log.
    """
    try:
        try:
            return _admit(database, issuer, claims, rules)
        except IntegrityError:  # a second browser of the same person was faster; now the account is there
            return _admit(database, issuer, claims, rules)
    except NoEntryError as error:
        with database.noting() as session:
            audit(session, "anonymous", "sign_in.oidc_refused", reason=type(error).__name__)
        raise


class _NoRoleError(NoEntryError):
    """Nobody knows the person here, and the claims give no role."""


class _DisabledError(NoEntryError):
    """The account is locked."""


class _AddressTakenError(NoEntryError):
    """The mail address belongs to an account that these claims do not open."""


class _NoAddressError(NoEntryError):
    """There is no usable mail address for a new account."""


def _admit(database: Database, issuer: str, claims: Mapping[str, Any], rules: Rules) -> Person:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
        raise NoEntryError("Der Anbieter nennt keine Kennung für Ihr Konto.")
    is_admin, named = roles_from(claims, rules.claim_name, rules.mapping)
    with database.noting() as session:
        wanted = _existing(session, named)
        person = _by_subject(session, issuer, subject) or _by_mail(session, issuer, subject, claims)
        if person is None:
            person = _new(session, issuer, subject, claims, has_role=is_admin or bool(wanted))
        if not person.active:
            raise _DisabledError("Ihr Konto ist gesperrt. Bitte wenden Sie sich an die Administration des Registers.")
        changes = _follow(session, person, wanted)
        if names_admin(rules.mapping):
            changes |= _follow_admin(session, person, is_admin)
        session.add(person)
        if changes:
            audit(session, f"person:{person.id}", "person.roles_followed", f"person:{person.id}", **changes)
    return person


def _by_subject(session: Session, issuer: str, subject: str) -> Person | None:
    return session.exec(select(Person).where(Person.oidc_issuer == issuer, Person.oidc_subject == subject)).first()


def _by_mail(session: Session, issuer: str, subject: str, claims: Mapping[str, Any]) -> Person | None:
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        return None
    person = person_by_email(session, email)
    if person is None or person.oidc_subject is not None:
        return None
    if person.active:
        person.oidc_issuer, person.oidc_subject = issuer, subject
        session.add(person)
        audit(session, f"person:{person.id}", "person.linked", f"person:{person.id}", issuer=issuer)
    return person


def _new(session: Session, issuer: str, subject: str, claims: Mapping[str, Any], *, has_role: bool) -> Person:
    if not has_role:
        raise _NoRoleError(
            "Ihr Konto hat hier noch keine Aufgabe. Bitte wenden Sie sich an die Administration des Registers."
        )
    # Refused only when the provider says so: many never tell. An account of an unproven address would receive what
    # others mean for the owner of that address.
    if claims.get("email_verified") is False:
        raise _NoAddressError("Ihre E-Mail-Adresse ist beim Anbieter nicht bestätigt. Bitte holen Sie das dort nach.")
    try:
        email = normal_email(_MAILBOX.validate_python(claims.get("email")))
    except ValidationError:
        raise _NoAddressError("Der Anbieter nennt keine gültige E-Mail-Adresse für Ihr Konto.") from None
    if person_by_email(session, email) is not None:
        raise _AddressTakenError(
            "Ihr Konto lässt sich hier nicht zuordnen. Bitte melden Sie sich mit Ihrem Passwort an oder wenden Sie "
            "sich an die Administration des Registers."
        )
    person = Person(email=email, name=_name(claims, email), oidc_issuer=issuer, oidc_subject=subject)
    session.add(person)
    session.flush()
    audit(session, f"person:{person.id}", "person.created", f"person:{person.id}", issuer=issuer)
    return person


def _name(claims: Mapping[str, Any], email: str) -> str:
    parts = [claims.get("given_name"), claims.get("family_name")]
    joined = " ".join(part for part in parts if isinstance(part, str))
    for found in (claims.get("name"), joined, claims.get("preferred_username")):
        if isinstance(found, str):
            name = " ".join("".join(sign if sign.isprintable() else " " for sign in found).split())
            if len(name) >= 2:
                return name[:200]
    return email[:200]


def _existing(session: Session, named: Mapping[str, Role]) -> dict[int, tuple[str, Role]]:
    """Return the roles by id of the active organisations; names that nobody has here are logged."""
    query = select(Organisation).where(col(Organisation.slug).in_(sorted(named)), col(Organisation.active))
    found = {one.id: (one.slug, named[one.slug]) for one in session.exec(query) if one.id is not None}
    missing = set(named) - {slug for slug, _ in found.values()}
    if missing:
        log.warning("OIDC_ROLES names organisations that are not here or not active: %s", ", ".join(sorted(missing)))
    return found


def _follow(session: Session, person: Person, wanted: Mapping[int, tuple[str, Role]]) -> dict[str, Any]:
    """Bring the memberships that came from claims in line with `wanted`; those given by hand stay as they are."""
    query = (
        select(Membership, Organisation.slug)
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(Membership.person_id == person.id)
    )
    held = {row.organisation_id: (row, slug) for row, slug in session.exec(query)}
    if person.id is None:
        raise ValueError("the person is not stored")
    changes: dict[str, Any] = {}
    for number, (slug, role) in wanted.items():
        row = held[number][0] if number in held else None
        if row is None:
            session.add(Membership(person_id=person.id, organisation_id=number, role=role, from_claims=True))
            changes[slug] = [None, role.value]
        elif row.from_claims and row.role is not role:
            changes[slug] = [row.role.value, role.value]
            row.role = role
            session.add(row)
    for number, (row, slug) in held.items():
        if row.from_claims and number not in wanted:
            session.delete(row)
            changes[slug] = [row.role.value, None]
    return {"roles": changes} if changes else {}


def _follow_admin(session: Session, person: Person, is_admin: bool) -> dict[str, Any]:
    if person.is_admin is is_admin:
        return {}
    if not is_admin:
        # Locked until commit, as where administrators do this to each other: one must remain.
        query = select(Person).where(col(Person.is_admin), col(Person.active)).order_by(col(Person.id))
        if all(one.id == person.id for one in session.exec(query.with_for_update())):
            log.warning("person:%s stays an administrator against the claims: there is no other", person.id)
            return {}
    person.is_admin = is_admin
    return {"admin": is_admin}
