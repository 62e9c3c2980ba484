"""Outbox rows become messages (RFC 5322): UTF-8 text, marked as sent by a program (RFC 3834)."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from registry.mail.models import OutboxMail

_LINK = re.compile(r"https?://[^\s<>\"]+")
_LEAVING = "abbestell"
"""What the address of the page holds on which a digest is ended."""
_DIGESTS = frozenset({"digest", "following"})
"""Kinds of mail that come again and again until the recipient ends them."""


class UnusableMailError(Exception):
    """No message can be made of a mail; the reason is a German sentence."""


@dataclass(frozen=True)
class Sender:
    """Who all mail comes from."""

    address: str
    name: str


def mail_address(text: str, name: str = "") -> Address:
    """Return an address whose domain is in ASCII (IDNA). Raises UnusableMailError.

    One address and nothing else: neither a list of several, nor a line break that would begin a new header.
    """
    user, at, domain = text.rpartition("@")
    if not at or not user or not domain or re.search(r"[\s,;:<>()\[\]\\\"]|[\x00-\x1f\x7f]", text):
        raise UnusableMailError("Das ist keine einzelne E-Mail-Adresse.")
    try:
        return Address(" ".join(name.split()), user, domain.encode("idna").decode("ascii"))
    except ValueError:
        raise UnusableMailError("Das ist keine gültige E-Mail-Adresse.") from None


def message_id(mail: OutboxMail, domain: str) -> str:
    """Return the id of a mail, the same at each attempt: a server that gets it twice may drop the second."""
    content = f"{mail.id} {mail.created_at.isoformat()} {mail.recipient} {mail.kind}"
    return f"<outbox-{mail.id}-{hashlib.sha256(content.encode()).hexdigest()[:20]}@{domain}>"


def leaving_address(mail: OutboxMail) -> str | None:
    """Return the link by which the recipient ends the digest, None when the body carries none."""
    found = [link.rstrip(".,;)") for link in _LINK.findall(mail.body) if _LEAVING in link]
    return found[-1] if mail.kind in _DIGESTS and found else None


def compose(mail: OutboxMail, sender: Sender, at: datetime) -> EmailMessage:
    """Return the message of an outbox row, dated `at`. Raises UnusableMailError for what cannot be sent."""
    origin = mail_address(sender.address, sender.name)
    message = EmailMessage(policy=SMTP)
    message["From"] = origin
    message["To"] = mail_address(mail.recipient)
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id(mail, origin.domain)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange, which does not know RFC 3834
    message["Content-Language"] = "de"
    leaving = leaving_address(mail)
    if leaving and leaving.isascii():
        message["List-Unsubscribe"] = f"<{leaving}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    try:
        message.set_content(mail.body, charset="utf-8", cte="quoted-printable")
    except ValueError:  # a lone surrogate
        raise UnusableMailError("Der Text enthält unzulässige Zeichen.") from None
    return message
