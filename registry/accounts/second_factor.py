"""The second factor: time-based one-time codes (RFC 6238) and recovery codes that stand in for them.

A code counts once: the time step of the last accepted one is kept. Recovery codes have 120 random bits, so a plain
digest is enough to keep them (OWASP ASVS 5.0, 6.5.1 to 6.5.4).
"""

import re
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, select

from registry.accounts.models import Person, RecoveryCode
from registry.accounts.secrets import digest, seal, unseal
from registry.moments import now

STEP = 30  # seconds
CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else
_GROUPS, _GROUP = 6, 4


def new_secret() -> str:
    """Return a random secret of 160 bits in base 32, as authenticator apps take it."""
    return pyotp.random_base32()


def address(secret: str, *, email: str, site: str) -> str:
    """Return the otpauth address that a QR code carries."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=site.replace(":", " "))


def matching_step(secret: str, code: str, *, after: int | None, at: datetime | None = None) -> int | None:
    """Return the time step of a code of now, one step earlier or later; None for a wrong or an already used one."""
    digits = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    now_step = int((at or now()).timestamp()) // STEP
    totp = pyotp.TOTP(secret)
    matching = None
    for step in (now_step - 1, now_step, now_step + 1):
        is_it = secrets.compare_digest(totp.generate_otp(step), digits)
        if is_it and (after is None or step > after):
            matching = step
    return matching


def offer(session: Session, key: str, person_id: int) -> None:
    """Keep a new secret for a person, not in force until `confirm`; an open offer is replaced."""
    person = session.get_one(Person, person_id)
    person.totp_pending = seal(key, new_secret())
    session.add(person)


def offered(key: str, person: Person) -> str | None:
    """Return the secret that is offered to a person and not yet confirmed."""
    return unseal(key, person.totp_pending) if person.totp_pending else None


def confirm(session: Session, key: str, person_id: int, code: str, *, at: datetime | None = None) -> list[str] | None:
    """Put the offered secret in force if the code shows that the app has it.

    Returns new recovery codes, None for a wrong code.
    """
    person = session.get_one(Person, person_id, with_for_update=True)
    secret = offered(key, person)
    step = matching_step(secret, code, after=None, at=at) if secret else None
    if step is None:
        return None
    person.totp_secret, person.totp_pending, person.totp_last_step = person.totp_pending, None, step
    session.add(person)
    return renew_recovery_codes(session, person_id)


def switch_off(session: Session, person_id: int) -> None:
    """Forget a person's second factor and the recovery codes."""
    person = session.get_one(Person, person_id)
    person.totp_secret = person.totp_pending = person.totp_last_step = None
    session.add(person)
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person_id))


def use_code(session: Session, key: str, person_id: int, code: str, *, at: datetime | None = None) -> bool:
    """Accept a code of the app, once: of two requests with the same code one gets False."""
    person = session.get_one(Person, person_id)
    secret = unseal(key, person.totp_secret) if person.totp_secret else None
    step = matching_step(secret, code, after=person.totp_last_step, at=at) if secret else None
    if step is None:
        return False
    accepted = session.execute(
        update(Person)
        .where(col(Person.id) == person_id)
        .where(or_(col(Person.totp_last_step).is_(None), col(Person.totp_last_step) < step))
        .values(totp_last_step=step)
        .returning(col(Person.id))
        .execution_options(synchronize_session=False)
    ).first()
    return accepted is not None


def renew_recovery_codes(session: Session, person_id: int) -> list[str]:
    """Replace a person's recovery codes and return the new ones, which is the only chance to learn them."""
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person_id))
    codes = [_recovery_code() for _ in range(CODES)]
    session.add_all([RecoveryCode(person_id=person_id, digest=digest(_bare(code))) for code in codes])
    return codes


def use_recovery_code(session: Session, person_id: int, code: str) -> bool:
    """Accept an unused recovery code, once; how it is spaced and whether in capitals does not matter."""
    if len(code) > 100:
        return False
    used = session.execute(
        update(RecoveryCode)
        .where(col(RecoveryCode.person_id) == person_id, col(RecoveryCode.digest) == digest(_bare(code)))
        .where(col(RecoveryCode.used_at).is_(None))
        .values(used_at=now())
        .returning(col(RecoveryCode.id))
    ).first()
    return used is not None


def are_recovery_codes(session: Session, person_id: int, codes: list[str]) -> bool:
    """Tell whether these are recovery codes of a person."""
    rows = session.exec(select(RecoveryCode.digest).where(RecoveryCode.person_id == person_id))
    return bool(codes) and {digest(_bare(code)) for code in codes} <= set(rows)


def _recovery_code() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


def _bare(code: str) -> str:
    return re.sub(r"[^a-z0-9]", "", code.lower())
