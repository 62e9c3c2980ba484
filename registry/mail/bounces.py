"""Delivery status notifications (RFC 3464): what a mail server writes back about a mail that did not arrive."""

import email
from dataclasses import dataclass
from email.message import Message
from email.policy import default

MAX_BYTES = 1024 * 1024


class NoReportError(Exception):
    """The text is no delivery status notification; the message is a German sentence."""


@dataclass(frozen=True)
class Bounce:
    """What a notification tells of one recipient."""

    address: str
    failed: bool
    """False: the mail is late, was relayed or has arrived."""
    reason: str


def read_bounces(raw: bytes) -> list[Bounce]:
    """Return what a notification tells of each recipient. Raises NoReportError."""
    if len(raw) > MAX_BYTES:
        raise NoReportError("Die Nachricht ist zu groß für eine Zustellmeldung.")
    try:
        bounces = [bounce for part in _reports(raw) for block in _blocks(part) if (bounce := _bounce(block))]
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):
        # The parser of the standard library is known to stumble over some malformed headers.
        raise NoReportError("Die Zustellmeldung ist beschädigt.") from None
    if not bounces:
        raise NoReportError("Das ist keine Zustellmeldung nach RFC 3464.")
    return bounces


def _reports(raw: bytes) -> list[Message]:
    message = email.message_from_bytes(raw, policy=default)
    if message.get_content_type() != "multipart/report":
        return []
    return [part for part in message.walk() if part.get_content_type() == "message/delivery-status"]


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _bounce(block: Message) -> Bounce | None:
    action = str(block.get("Action", "")).strip().lower()
    # The original recipient is the one that we wrote to; the final one may be behind a forwarding.
    address = _typed(block, "Original-Recipient") or _typed(block, "Final-Recipient")
    if not action or not address:
        return None
    told = _typed(block, "Diagnostic-Code") or str(block.get("Status", "")).strip() or "ohne Begründung"
    reason = "".join(sign if sign.isprintable() else " " for sign in told)
    return Bounce(address.lower(), action == "failed", " ".join(reason.split())[:400])


def _typed(block: Message, name: str) -> str:
    """Return the value of a field of the form `rfc822; name@host`, empty when it is missing."""
    value = str(block.get(name, ""))
    return value.partition(";")[2].strip().strip("<>")
