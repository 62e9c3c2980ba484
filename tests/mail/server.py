"""A real SMTP server on a free loopback port that keeps what it gets: `with MailServer() as server: …`."""

import email
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"


@dataclass
class Received:
    """A mail as the server got it: envelope and message."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    raw: bytes = field(repr=False)

    @property
    def subject(self) -> str:
        """Return the subject."""
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """Return the plain text."""
        return str(self.message.get_content()).replace("\r\n", "\n")


class MailServer:
    """Collects messages; `refusals` maps an address to the reply that its RCPT gets, `after_data` one to its DATA.

    `tls`: a server-side context; with it the server offers STARTTLS and takes mail by it alone, or, with
    `implicit=True`, speaks TLS from the start. `login`: the name and password that it demands, over TLS.
    """

    def __init__(
        self,
        *,
        port: int | None = None,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        login: tuple[str, str] | None = None,
    ) -> None:
        self.port = port or free_port()
        self.messages: list[Received] = []
        self.refusals: dict[str, str] = {}
        self.after_data: dict[str, str] = {}
        self.connections = 0
        self._tls, self._implicit, self._login = tls, implicit, login
        self._arrived = threading.Condition()
        self._controller: Controller | None = None

    def __enter__(self) -> "MailServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Return the MAIL_URL of this server, without name and password."""
        scheme = "smtp" if self._tls is None else "smtps" if self._implicit else "smtp+starttls"
        return f"{scheme}://localhost:{self.port}" if self._tls else f"{scheme}://{HOST}:{self.port}"

    def start(self) -> None:
        """Begin to listen; also again after `stop`, on the same port."""
        options: dict[str, Any] = {}
        if self._tls is not None and self._implicit:
            options["ssl_context"] = self._tls
        elif self._tls is not None:
            options.update(tls_context=self._tls, require_starttls=True)
        if self._login is not None:
            options.update(authenticator=self._authenticate, auth_required=True)
        self._controller = Controller(self, hostname=HOST, port=self.port, **options)
        self._controller.start()

    def stop(self) -> None:
        """Stop listening."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    def wait_for(self, count: int, seconds: float = 10) -> list[Received]:
        """Return the messages as soon as there are so many. Raises AssertionError when they do not come."""
        with self._arrived:
            come = self._arrived.wait_for(lambda: len(self.messages) >= count, seconds)
        assert come, f"{len(self.messages)} of {count} mails have come"
        return list(self.messages)

    def to(self, recipient: str) -> list[Received]:
        """Return the messages to an address."""
        return [one for one in self.messages if recipient in one.recipients]

    async def handle_EHLO(
        self, _server: Any, session: Session, _envelope: Envelope, name: str, responses: list[str]
    ) -> list[str]:
        session.host_name = name
        self.connections += 1
        return responses

    async def handle_RCPT(
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:
        for address in envelope.rcpt_tos:
            if address in self.after_data:
                return self.after_data[address]
        raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        message = email.message_from_bytes(raw, policy=default)
        assert isinstance(message, EmailMessage)
        with self._arrived:
            self.messages.append(Received(envelope.mail_from or "", list(envelope.rcpt_tos), message, raw))
            self._arrived.notify_all()
        return "250 2.0.0 OK"

    def _authenticate(self, _server: Any, _session: Session, _envelope: Envelope, _kind: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else ("", "")
        return AuthResult(success=given == self._login, handled=False)


def free_port() -> int:
    """Return a port of the loopback address on which nobody listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def until(condition: Any, seconds: float = 10) -> None:
    """Wait until `condition()` is true. Raises AssertionError when it does not become so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
