"""Random tokens and their digests; encryption of what must be read again."""

import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_MARK = "gcm1."
_NONCE = 12  # bytes, as NIST SP 800-38D advises


def new_token() -> str:
    """Return a random token of 256 bits, safe in addresses and cookies."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return the SHA-256 digest (hex) under which a random token is kept. Not for passwords."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed_digest(key: str, *parts: str) -> str:
    """Return an HMAC-SHA-256 (hex) of parts that could be guessed, such as addresses, under the signing key."""
    return hmac.new(key.encode(), "\x00".join(parts).encode(), hashlib.sha256).hexdigest()


def _cipher(key: str) -> AESGCM:
    return AESGCM(hmac.new(key.encode(), b"registry: secrets at rest", hashlib.sha256).digest())


def seal(key: str, text: str) -> str:
    """Encrypt a text under the signing key (AES-256-GCM with a random nonce); the mark in front names the method."""
    nonce = secrets.token_bytes(_NONCE)
    sealed = nonce + _cipher(key).encrypt(nonce, text.encode(), _MARK.encode())
    return _MARK + base64.urlsafe_b64encode(sealed).decode()


def unseal(key: str, sealed: str) -> str | None:
    """Decrypt what `seal` returned; None when it was sealed under another key, or altered."""
    if not sealed.startswith(_MARK):
        return None
    try:
        content = base64.urlsafe_b64decode(sealed.removeprefix(_MARK))
        return _cipher(key).decrypt(content[:_NONCE], content[_NONCE:], _MARK.encode()).decode()
    except (InvalidTag, ValueError):
        return None
