"""A person's own data: to take along (Art. 15, 20 DSGVO) and to be erased (Art. 17 DSGVO)."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_
from sqlmodel import Session, col, select

from registry.accounts.audit import audit
from registry.accounts.models import (
    AuditEntry,
    Membership,
    OneTimeToken,
    Person,
    RecoveryCode,
    StashedForm,
    WebSession,
)
from registry.accounts.queries import memberships_of
from registry.accounts.secrets import new_token
from registry.history import Revision
from registry.mail.models import OutboxMail, Undeliverable

DELETED = "gelöschtes Konto"


class LastAdministratorError(Exception):
    """The account is that of the last administrator."""

    def __init__(self) -> None:
        super().__init__("Sie sind die letzte Person mit Administration. Geben Sie diese erst an jemanden weiter.")


def own_data(session: Session, person_id: int) -> dict[str, Any]:
    """Return what the accounts know about a person, JSON-ready; secrets are named, not shown."""
    person = session.get_one(Person, person_id)
    key = f"person:{person_id}"
    sessions = session.exec(select(WebSession).where(WebSession.person_id == person_id).order_by(col(WebSession.id)))
    links = session.exec(select(OneTimeToken).where(_links_of(person)).order_by(col(OneTimeToken.id)))
    mails = session.exec(select(OutboxMail).where(OutboxMail.recipient == person.email).order_by(col(OutboxMail.id)))
    stashed = session.exec(select(StashedForm).where(StashedForm.person_id == person_id))
    log = session.exec(
        select(AuditEntry)
        .where(or_(col(AuditEntry.actor) == key, col(AuditEntry.subject) == key))
        .order_by(col(AuditEntry.id))
    )
    changes = session.exec(select(Revision).where(Revision.actor == key).order_by(col(Revision.id)))
    bounced = session.get(Undeliverable, person.email)
    return {
        "account": {
            "id": person_id,
            "email": person.email,
            "name": person.name,
            "administrator": person.is_admin,
            "active": person.active,
            "password": person.password_hash is not None,
            "password_changed_at": _moment(person.password_changed_at),
            "second_factor": person.totp_secret is not None,
            "single_sign_on": {"issuer": person.oidc_issuer, "subject": person.oidc_subject},
            "wants_digest": person.wants_digest,
            "digest_sent_at": _moment(person.digest_sent_at),
            "created_at": _moment(person.created_at),
            "last_sign_in_at": _moment(person.last_sign_in_at),
            "undeliverable_since": _moment(bounced.since) if bounced is not None else None,
        },
        "memberships": [
            {"organisation": organisation.name, "role": row.role.value, "from_single_sign_on": row.from_claims}
            for row, organisation in memberships_of(session, person_id)
        ],
        "sessions": [
            {
                "browser": row.agent,
                "begun_at": _moment(row.created_at),
                "seen_at": _moment(row.seen_at),
                "ended_at": _moment(row.ended_at),
                "second_factor": row.second_factor,
            }
            for row in sessions
        ],
        "links": [
            {
                "purpose": row.purpose.value,
                "created_at": _moment(row.created_at),
                "expires_at": _moment(row.expires_at),
                "used_at": _moment(row.used_at),
            }
            for row in links
        ],
        "mails": [
            {"subject": row.subject, "created_at": _moment(row.created_at), "sent_at": _moment(row.sent_at)}
            for row in mails
        ],
        "kept_forms": [{"path": row.path, "fields": row.fields, "kept_at": _moment(row.created_at)} for row in stashed],
        "log": [
            {"at": _moment(row.at), "actor": row.actor, "action": row.action, "subject": row.subject} for row in log
        ],
        "changes": [
            {"at": _moment(row.at), "kind": row.entity, "entry": row.entity_key, "reason": row.reason}
            for row in changes
        ],
    }


def delete_account(session: Session, person_id: int) -> None:
    """Erase a person: name and address go, roles and sessions end; history keeps only `person:<id>`.

    Raises LastAdministratorError.
    """
    administrators = session.exec(
        select(Person).where(col(Person.is_admin), col(Person.active)).order_by(col(Person.id)).with_for_update()
    ).all()
    if [one.id for one in administrators] == [person_id]:
        raise LastAdministratorError
    person = session.get_one(Person, person_id)
    session.execute(delete(OneTimeToken).where(_links_of(person)))
    session.execute(delete(OutboxMail).where(col(OutboxMail.recipient) == person.email))
    session.execute(delete(Undeliverable).where(col(Undeliverable.address) == person.email))
    for table in (Membership, RecoveryCode, StashedForm, WebSession):
        session.execute(delete(table).where(col(table.person_id) == person_id))
    person.name = DELETED
    person.email = f"{new_token()[:22].lower()}@geloescht.invalid"
    person.is_admin = person.active = person.wants_digest = False
    person.password_hash = person.totp_secret = person.totp_pending = None
    person.oidc_issuer = person.oidc_subject = None
    person.password_changed_at = person.digest_sent_at = person.last_sign_in_at = None
    person.totp_last_step = None
    session.add(person)
    audit(session, f"person:{person_id}", "person.deleted", f"person:{person_id}")


def rename(session: Session, person_id: int, name: str) -> None:
    """Give a person another, checked name."""
    person = session.get_one(Person, person_id)
    person.name = name
    session.add(person)


def want_digest(session: Session, person_id: int, wanted: bool) -> None:
    """Note whether a person wants mails that sum up what waits."""
    person = session.get_one(Person, person_id)
    person.wants_digest = wanted
    session.add(person)


def note_export(session: Session, person_id: int) -> None:
    """Note that a person took the own data along."""
    audit(session, f"person:{person_id}", "person.exported", f"person:{person_id}")


def _links_of(person: Person) -> Any:
    return or_(col(OneTimeToken.person_id) == person.id, col(OneTimeToken.email) == person.email)


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value is not None else None
