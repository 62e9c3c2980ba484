"""Sending by SMTP (RFC 5321): plain, by TLS from the start, or by STARTTLS; certificates are always verified."""

import contextlib
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit

from registry.mail.messages import Sender, UnusableMailError, compose
from registry.mail.models import OutboxMail
from registry.settings import Settings

PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
TIMEOUT = 20.0
"""Seconds that a step of the conversation may take."""


class MailServerError(Exception):
    """The server cannot be used now; no mail is to blame. The message is a German sentence."""


class MailRefusedError(Exception):
    """The server does not take this mail; the message is its reply.

    `permanent`: trying again is of no use. `undeliverable`: the address is to blame.
    """

    def __init__(self, reason: str, *, permanent: bool, undeliverable: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.undeliverable = undeliverable


class Connection(Protocol):
    """An open way to a mail server."""

    def send(self, mail: OutboxMail, at: datetime) -> None:
        """Hand over a mail. Raises MailRefusedError, and MailServerError when the connection is of no more use."""


class Transport(Protocol):
    """What opens connections."""

    def connect(self) -> contextlib.AbstractContextManager[Connection]:
        """Open a connection. Raises MailServerError."""


@dataclass(frozen=True)
class SmtpTransport:
    """A mail server by its address, with the sender of all mail."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: Sender
    timeout: float = TIMEOUT

    @classmethod
    def of(cls, settings: Settings) -> "SmtpTransport | None":
        """Return the server of the settings, None when there is none: mail then waits."""
        if not settings.mail_url:
            return None
        parts = urlsplit(settings.mail_url)
        return cls(
            scheme=parts.scheme,
            host=parts.hostname or "",
            port=parts.port or PORTS[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            sender=Sender(settings.mail_from, settings.site_name),
        )

    @property
    def tells_password_openly(self) -> bool:
        """Tell whether the password crosses a network unencrypted."""
        return bool(self.user) and self.scheme == "smtp" and self.host not in ("localhost", "127.0.0.1", "::1")

    @contextmanager
    def connect(self) -> Iterator["SmtpConnection"]:
        """Open a connection, encrypted and signed in as the address says. Raises MailServerError."""
        client = self._open()
        try:
            yield SmtpConnection(client, self.sender)
        finally:
            with contextlib.suppress(OSError):
                client.quit()
            client.close()

    def _open(self) -> smtplib.SMTP:
        client: smtplib.SMTP | None = None
        try:
            if self.scheme == "smtps":
                context = ssl.create_default_context()
                client = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
            else:
                client = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
            if self.scheme == "smtp+starttls":
                client.starttls(context=ssl.create_default_context())
            if self.user:
                client.login(self.user, self.password)
        except (OSError, ValueError) as error:  # smtplib's errors are OSError; ValueError: a password not in ASCII
            if client is not None:
                client.close()
            raise MailServerError(_failure(error)) from None
        return client


class SmtpConnection:
    """An open conversation with a mail server."""

    def __init__(self, client: smtplib.SMTP, sender: Sender) -> None:
        self._client = client
        self._sender = sender

    def send(self, mail: OutboxMail, at: datetime) -> None:
        """Hand over a mail. Raises MailRefusedError, and MailServerError when the connection is of no more use."""
        try:
            message = compose(mail, self._sender, at)
        except UnusableMailError as error:
            raise MailRefusedError(str(error), permanent=True) from None
        sender = message["From"].addresses[0].addr_spec
        recipient = message["To"].addresses[0].addr_spec
        try:
            self._client.send_message(message, sender, [recipient])
        except smtplib.SMTPRecipientsRefused as error:
            raise _recipient_refused(*next(iter(error.recipients.values()))) from None
        except smtplib.SMTPDataError as error:
            if error.smtp_code == 421:
                raise MailServerError(_reply(error.smtp_code, error.smtp_error)) from None
            permanent = error.smtp_code >= 500 and not _is_policy(error.smtp_error)
            raise MailRefusedError(_reply(error.smtp_code, error.smtp_error), permanent=permanent) from None
        except smtplib.SMTPNotSupportedError:
            reason = "Der Mailserver nimmt keine Adressen mit Umlauten vor dem @ an."
            raise MailRefusedError(reason, permanent=True) from None
        except (OSError, ValueError) as error:  # also SMTPSenderRefused: MAIL_FROM is not welcome, whatever the mail
            raise MailServerError(_failure(error)) from None


def _recipient_refused(code: int, reply: bytes) -> MailRefusedError | MailServerError:
    """Tell what a refusal of the recipient means.

    A refusal by policy (enhanced code x.7.x, RFC 3463: not allowed to relay, sign-in needed) speaks of this
    installation rather than of the address: the mail waits until someone has put that right.
    """
    reason = _reply(code, reply)
    if code == 421:
        return MailServerError(reason)
    permanent = code >= 500 and not _is_policy(reply)
    return MailRefusedError(reason, permanent=permanent, undeliverable=permanent)


def _is_policy(reply: bytes | str) -> bool:
    return re.match(r"\s*[45]\.7\.\d", _plain(reply)) is not None


def _plain(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return "".join(sign if sign.isprintable() else " " for sign in text)[:400]


def _reply(code: int, reply: bytes | str) -> str:
    return f"{code} {_plain(reply)}"


def _failure(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"Das Zertifikat des Mailservers ist nicht vertrauenswürdig: {error.verify_message}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"Der Mailserver lehnt die Anmeldung ab: {_reply(error.smtp_code, error.smtp_error)}"
    if isinstance(error, smtplib.SMTPSenderRefused):
        return f"Der Mailserver lehnt den Absender ab: {_reply(error.smtp_code, error.smtp_error)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"Der Mailserver antwortet: {_reply(error.smtp_code, error.smtp_error)}"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"Der Mailserver kann das Verlangte nicht: {error}"
    if isinstance(error, UnicodeError):
        return "Name oder Passwort für den Mailserver enthält Zeichen, die SMTP nicht kennt."
    if isinstance(error, ssl.SSLError):
        return f"Die Verschlüsselung mit dem Mailserver kommt nicht zustande: {error.reason or type(error).__name__}"
    return f"Der Mailserver ist nicht erreichbar: {getattr(error, 'strerror', None) or error or type(error).__name__}"
