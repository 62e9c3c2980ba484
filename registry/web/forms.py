"""What forms share: ids of fields, error lists for the summary, safe redirects."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import ValidationError

from registry.catalogue.messages import Refusal, refusals

Errors = dict[str, str]
"""Path of a field → German sentence."""


def field_id(path: str) -> str:
    """Return the id of a field's element: `sources.0.url` → `feld-sources-0-url`."""
    return "feld-" + path.replace(".", "-").replace("_", "-")


def errors_of(found: ValidationError | list[Refusal]) -> Errors:
    """Return the first reason for each field; the empty path holds what concerns the whole."""
    errors: Errors = {}
    for one in refusals(found) if isinstance(found, ValidationError) else found:
        errors.setdefault(one.field, one.reason)
    return errors


def summary(errors: Errors, labels: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return the lines of the error summary: path, label, reason. A path without label stands for itself."""
    return [(path, labels.get(path, path), reason) for path, reason in errors.items()]


def safe_target(address: str | None, fallback: str) -> str:
    """Return an address of this site to go on to, else `fallback`: never another host (ASVS 5.0, 3.7.2)."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")) or "\\" in address:
        return fallback
    if any(ord(sign) < 32 for sign in address):
        return fallback
    parts = urlsplit(address)
    return fallback if parts.scheme or parts.netloc else address
