"""Signing in by the pages, as a person does: shared by tests."""

import re
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from registry.accounts import second_factor
from registry.accounts.models import AuditEntry, Person
from registry.accounts.passwords import hash_password
from registry.accounts.second_factor import new_secret
from registry.accounts.secrets import seal
from registry.mail.models import OutboxMail
from tests.office.world import PEOPLE, Office, person
from tests.web.client import Page, check
from tests.web.site import KEY

PASSWORD = "lampe kürbis fahrplan nebel"
OTHER_PASSWORD = "teller wolke igel zwieback"
MOMENT = datetime(2026, 10, 8, 12, 0, 15, tzinfo=UTC)
_HASH = hash_password(PASSWORD)


def give_password(office: Office, role: str, *, secret: str | None = None) -> None:
    """Give the person of a role the password, and a second factor when there is a secret."""
    with office.database.noting() as session:
        row = person(session, role)
        row.password_hash = _HASH
        if secret:
            row.totp_secret = seal(KEY, secret)


def with_factor(office: Office, role: str) -> pyotp.TOTP:
    """Give the person of a role password and second factor; return what makes its codes."""
    secret = new_secret()
    give_password(office, role, secret=secret)
    return pyotp.TOTP(secret)


def stop_the_clock_of_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the one-time codes live at one moment: no test runs over the end of their 30 seconds."""
    monkeypatch.setattr(second_factor, "now", lambda: MOMENT)


def code_of(totp: pyotp.TOTP, steps: int = 0) -> str:
    """Return the code of that moment, or of some steps later."""
    return str(totp.at(MOMENT, counter_offset=steps))


def token_of(response: TestResponse) -> str:
    """Return the form token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', response.get_data(as_text=True))
    return found.group(1) if found else ""


def send(client: FlaskClient, path: str, data: dict[str, Any] | None = None, *, page: str | None = None) -> Page:
    """Post a form with the token of its page, check the answer as a page, and return it."""
    return check(submit(client, path, data, page=page))


def submit(client: FlaskClient, path: str, data: dict[str, Any] | None = None, *, page: str | None = None) -> Any:
    """Post a form with the token of its page and return the bare answer."""
    token = token_of(client.get(page or path))
    return client.post(path, data={"csrf_token": token, **(data or {})})


def sign_in(client: FlaskClient, role: str, password: str = PASSWORD, **more: str) -> Any:
    """Send name and password of a role to the sign-in page."""
    return submit(client, "/anmelden", {"email": PEOPLE[role][0], "passwort": password, **more})


def is_signed_in(client: FlaskClient) -> bool:
    """Tell whether the office's pages open."""
    return client.get("/verwaltung/konto").status_code == 200


def actions(office: Office) -> list[str]:
    """Return the actions of the audit log."""
    with office.database.reading() as session:
        return [row.action for row in session.exec(select(AuditEntry).order_by(AuditEntry.id))]  # type: ignore[arg-type]


def mails(office: Office) -> list[OutboxMail]:
    """Return the mails of the outbox."""
    with office.database.reading() as session:
        return list(session.exec(select(OutboxMail).order_by(OutboxMail.id)))  # type: ignore[arg-type]


def link_of(mail: OutboxMail, start: str) -> str:
    """Return the path of the link in a mail that begins with `start`."""
    found = re.search(rf"https?://[^/\s]+({start}\S+)", mail.body)
    assert found is not None, mail.body
    return found.group(1)


def row_of(office: Office, role: str) -> Person:
    """Return the stored person of a role."""
    with office.database.reading() as session:
        return person(session, role)
