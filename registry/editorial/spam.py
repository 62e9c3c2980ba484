"""What keeps junk out of the public forms, without third parties: pure rules.

A form carries a signed ticket with the time of its making and the key under which the suggestion will be kept. So
it can be sent once only (the key is unique), not faster than a person types, and not days later. A field that people
neither see nor reach must stay empty. Nothing of this needs a cookie, a script or another host.
"""

import hashlib
import re
import secrets
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from itsdangerous import BadData, URLSafeSerializer

MIN_AGE = timedelta(seconds=4)
MAX_AGE = timedelta(hours=24)
MAX_LINKS = 5
LONGEST_RUN = 30
"""Times that one sign may follow itself: lines of dashes pass."""
MANY_WORDS = 20
"""From so many words on, one word must not make up most of a text."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 after Crockford: no I, L, O, U, so that a number read out is not misheard."""
_KEY_LENGTH = 10
_KEY = re.compile(rf"[{_ALPHABET}]{{{_KEY_LENGTH}}}")
_LINK = re.compile(r"https?://|\bwww\.|\[url", re.IGNORECASE)
_RUN = re.compile(rf"(\S)\1{{{LONGEST_RUN},}}")
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Signs that turn the direction of writing: they make an address look like another one."""


class Verdict(Enum):
    """What the age of a form says."""

    FINE = "fine"
    TOO_FAST = "too fast"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Ticket:
    """What a form carries: the key of the suggestion to come, and when the form was made."""

    key: str
    made_at: datetime

    def verdict(self, at: datetime) -> Verdict:
        """Judge the age of the form; one from the future is not trusted either."""
        age = at - self.made_at
        if age > MAX_AGE:
            return Verdict.EXPIRED
        return Verdict.TOO_FAST if age < MIN_AGE else Verdict.FINE


def new_key() -> str:
    """Return a random key of 50 bits, short enough to be read out."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_KEY_LENGTH))


def spoken(key: str) -> str:
    """Return a key as it is shown: „7KQ2M-9XDPA“."""
    return f"{key[:5]}-{key[5:]}"


def key_of(text: str) -> str | None:
    """Return the key that somebody typed, with or without hyphen, in whatever case; None when it is none."""
    key = re.sub(r"[\s-]+", "", text).upper()
    return key if _KEY.fullmatch(key) else None


def issue(secret: str, form: str, at: datetime, *, waited: bool = False) -> str:
    """Return a new ticket for a form. `form` names it: a ticket fits no other one.

    `waited`: the person had the form long enough already, the new ticket may be used at once.
    """
    made_at = at - MIN_AGE if waited else at
    return str(_signer(secret, form).dumps([new_key(), round(made_at.timestamp() * 1000)]))


def read(secret: str, form: str, token: str) -> Ticket | None:
    """Return the ticket in a token, None when it is missing, altered or another form's."""
    try:
        content = _signer(secret, form).loads(token[:500])
    except BadData:
        return None
    match content:
        case [str(key), int(milliseconds)] if _KEY.fullmatch(key):
            return Ticket(key, datetime.fromtimestamp(milliseconds / 1000, UTC))
    return None


def _signer(secret: str, form: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=f"suggestion: {form}", signer_kwargs={"digest_method": hashlib.sha256})


def clean(raw: str, *, lines: bool = False) -> str:
    """Return what was typed without control signs, at the ends without white space; `lines`: line breaks stay."""
    text = raw.replace("\r\n", "\n").replace("\r", "\n").translate(_BIDI)
    text = "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs"))
    text = unicodedata.normalize("NFC", text)
    return (text if lines else re.sub(r"\s+", " ", text)).strip()


def objection(title: str, text: str) -> str | None:
    """Return why a text looks like junk, as a German sentence that tells what to change; None: it does not."""
    if len(_LINK.findall(f"{title}\n{text}")) > MAX_LINKS:
        return (
            f"Höchstens {MAX_LINKS} Adressen sind erlaubt, weil Werbung meist viele enthält. "
            "Bitte nennen Sie nur die wichtigsten."
        )
    if _RUN.search(text) or _mostly_one_word(text):
        return "Der Text besteht fast nur aus Wiederholungen. Bitte beschreiben Sie, worum es geht."
    return None


def _mostly_one_word(text: str) -> bool:
    words = text.casefold().split()
    return len(words) >= MANY_WORDS and Counter(words).most_common(1)[0][1] > 0.6 * len(words)
