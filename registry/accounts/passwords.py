"""Passwords: what is accepted, how they are kept and checked.

Length decides, not composition; a password is refused when it is known, a pattern, or made of what everybody knows
about the person (NIST SP 800-63B-4, 3.1.1.2; OWASP ASVS 5.0, 6.2). Any character may be used; the text is brought to
Unicode NFC, as NIST advises, and otherwise taken as it is. Kept as argon2id with the parameters that OWASP's
Password Storage Cheat Sheet names (19 MiB, 2 passes, 1 lane); a hash of older parameters is renewed at sign-in.
"""

import gzip
import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from registry.paths import data_folder

MIN_LENGTH = 12
MAX_LENGTH = 128
RULE = f"Mindestens {MIN_LENGTH} Zeichen, zum Beispiel vier oder fünf Wörter, die nichts miteinander zu tun haben."
CONTEXT_WORDS = frozenset(
    (
        "admin",
        "anmelden",
        "bürgermeister",
        "digitalisierung",
        "digitalverwaltung",
        "geheim",
        "gemeinde",
        "kommune",
        "koordination",
        "kreis",
        "landkreis",
        "login",
        "nachnutzung",
        "nachnutzungsregister",
        "nordrheinwestfalen",
        "onlinezugangsgesetz",
        "ozg",
        "ozgkoordination",
        "ozgregister",
        "passwort",
        "password",
        "rathaus",
        "redaktion",
        "register",
        "stadt",
        "stadtverwaltung",
        "verwaltung",
        "willkommen",
    )
)
"""Words of this site and its users' work, in which a password must not consist (OWASP ASVS 5.0, 6.1.2)."""

_ADDED = 6  # so many digits and signs around a known word do not make it unknown
_ROWS = ("qwertzuiopü", "qwertyuiop", "asdfghjklöä", "asdfghjkl", "yxcvbnm", "zxcvbnm", "1234567890", "0123456789")
_LEET = str.maketrans("@4310$57", "aaeiosst")
_PARTS = re.compile(r"[^\W_]{4,}")

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


class PasswordRefusedError(ValueError):
    """The password is not accepted; the message is a German sentence."""


def accept(password: str, *, email: str = "", name: str = "", site: str = "") -> None:
    """Raise PasswordRefusedError unless a new password may be used by the person of this address and name."""
    reason = refusal(password, email=email, name=name, site=site)
    if reason:
        raise PasswordRefusedError(reason)


def refusal(password: str, *, email: str = "", name: str = "", site: str = "") -> str | None:
    """Return why a new password is not accepted, None when it is."""
    text = _normal(password)
    if len(text) < MIN_LENGTH:
        return f"Das Passwort ist zu kurz. {RULE}"
    if len(text) > MAX_LENGTH:
        return f"Das Passwort ist länger als {MAX_LENGTH} Zeichen."
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        return "Das Passwort enthält Zeichen, die sich nicht speichern lassen."
    folded = text.casefold()
    if len(set(folded)) < 5 or _repeats(folded) or _runs(folded):
        return f"Das Passwort folgt einem einfachen Muster. {RULE}"
    if _is_made_of(folded, _own_words(email, name, site)):
        return f"Das Passwort besteht aus Ihrem Namen, Ihrer Adresse oder Wörtern dieser Website. {RULE}"
    if any(is_known(form) for form in _forms(folded)):
        return f"Das Passwort steht auf einer Liste bekannter Passwörter. {RULE}"
    return None


def is_known(form: str) -> bool:
    """Tell whether the shipped list holds a form: lower case, without digits and signs around."""
    return len(form) >= 5 and "\n" not in form and f"\n{form}\n".encode("utf-8", "replace") in _known()


def hash_password(password: str) -> str:
    """Return the hash under which a password is kept."""
    return _hasher.hash(_normal(password))


def verify(kept: str | None, password: str) -> bool:
    """Tell whether a password belongs to a kept hash.

    Without one, and for a password that is too long to be one, as much time is spent, so that the clock does not
    tell which accounts exist (ASVS 5.0, 6.3.8).
    """
    nobody = _nobody()  # in any case: the first call takes longer
    text = _normal(password[: 4 * MAX_LENGTH])
    compared = kept if kept and len(password) <= 4 * MAX_LENGTH else nobody
    try:
        return _hasher.verify(compared, text) and compared is not nobody
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def is_outdated(kept: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


@cache
def _nobody() -> str:
    return _hasher.hash("Niemand hat dieses Passwort.")


@cache
def _known() -> bytes:
    return b"\n" + gzip.decompress((data_folder() / "passwords" / "common.txt.gz").read_bytes())


def _forms(folded: str) -> set[str]:
    """Return the forms in which the list may hold a password."""
    forms = {folded, _stem(folded)}
    return forms | {form.translate(_LEET) for form in forms} | {_stem(folded.translate(_LEET))}


def _stem(folded: str) -> str:
    """Return a text without the few digits and signs around it."""
    stem = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    return stem if len(folded) - len(stem) <= _ADDED else folded


def _repeats(folded: str) -> bool:
    """Tell whether a text is one part, known or at most six characters long, again and again (and cut at the end)."""
    for length in range(1, len(folded) // 2 + 1):
        part = folded[:length]
        if (part * (len(folded) // length + 1))[: len(folded)] == folded:
            return length <= 6 or is_known(_stem(part))
    return False


def _runs(folded: str) -> bool:
    """Tell whether a text is made of a few runs along the alphabet, the digits or the keyboard."""
    rest, runs = folded, 0
    rows = [*_ROWS, "abcdefghijklmnopqrstuvwxyz"]
    rows += [row[::-1] for row in rows]
    while rest:
        longest = max(
            (
                length
                for row in rows
                for length in range(3, len(row) + 1)
                if rest[:length] in row and len(rest) >= length
            ),
            default=0,
        )
        if not longest:
            return len(rest) <= 2 and runs > 0
        rest, runs = rest[longest:], runs + 1
    return runs <= 4


def _own_words(email: str, name: str, site: str) -> set[str]:
    local, _, domain = email.casefold().partition("@")
    words = {local, domain, domain.rpartition(".")[0], name.casefold(), site.casefold(), email.casefold()}
    words |= {re.sub(r"[\W_]", "", word) for word in words}
    words |= {part for word in (local, domain, name.casefold(), site.casefold()) for part in _PARTS.findall(word)}
    return {word for word in words | CONTEXT_WORDS if len(word) >= 3}


def _is_made_of(folded: str, words: Iterable[str]) -> bool:
    """Tell whether little is left of a text when the words are taken out of it."""
    rest = folded
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, " ")
    left = re.sub(r"\s", "", rest)
    return rest != folded and (len(left) <= _ADDED or (len(left) < 8 and not re.search(r"[^\W\d_]{3}", left)))
