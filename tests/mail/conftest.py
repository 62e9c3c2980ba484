"""An outbox on a database without a row, and a mail server."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import select

from registry.database import Database
from registry.mail.messages import Sender
from registry.mail.models import OutboxMail, Undeliverable
from registry.mail.operations import enqueue
from registry.mail.transport import SmtpTransport
from registry.moments import now
from registry.settings import Settings
from tests.mail.server import MailServer

SENDER = Sender("register@amt.example", "Register „Nachnutzung“")


class Outbox:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.start = now() + timedelta(seconds=1)

    def put(self, recipient: str, subject: str = "Prüfung", body: str = "Guten Tag,\n", kind: str = "review") -> int:
        with self.database.noting() as session:
            mail = enqueue(session, kind=kind, recipient=recipient, subject=subject, body=body)
        assert mail.id is not None
        return mail.id

    def mail(self, number: int) -> OutboxMail:
        with self.database.reading() as session:
            found = session.get(OutboxMail, number)
        assert found is not None
        return found

    def undeliverable(self) -> dict[str, str]:
        with self.database.reading() as session:
            return {row.address: row.reason for row in session.exec(select(Undeliverable))}


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


def transport_to(url: str, name: str = SENDER.name) -> SmtpTransport:
    """Return a transport to a server by its MAIL_URL."""
    found = SmtpTransport.of(Settings(mail_url=url, mail_from=SENDER.address, site_name=name))
    assert found is not None
    return found


@pytest.fixture
def transport(server: MailServer) -> SmtpTransport:
    return transport_to(server.url)
