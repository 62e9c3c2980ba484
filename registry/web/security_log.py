"""One line in the log for each request that was refused: what, where, by whom (OWASP ASVS 5.0, 16.3.2 and 16.3.3).

Sign-ins and decisions stand in the audit log (`registry.accounts.audit`); here stand attempts that led to nothing: a
page that is not for this person, a form without its token, values that were not accepted, too many requests. Neither
what was typed nor the network address is written; the proxy's log has the latter.
"""

import logging

from flask import Flask, Response, g, request

log = logging.getLogger(__name__)

DENIED = frozenset({401, 403, 429})
REFUSED = frozenset({400, 409, 413, 415, 422})
_SECRET = frozenset({"token", "key"})
"""Parts of addresses that open something: they are not written."""


def log_refusals(app: Flask) -> None:
    """Let every refused request of `app` leave a line in the log."""
    app.after_request(_note)


def because(reason: str) -> None:
    """Keep why this request is refused, for its line."""
    g.refusal = reason


def place() -> str:
    """Return method and path of this request without what is secret in it."""
    path = request.path
    for name, value in (request.view_args or {}).items():
        if name in _SECRET and isinstance(value, str) and value:
            path = path.replace(value, f"<{name}>")
    return f"{request.method} {path[:200]}"


def _note(response: Response) -> Response:
    status = response.status_code
    who = _who()
    # What is not for this person is often said not to exist; the log tells the two apart by who asks for what.
    hidden = status == 404 and who.startswith("person:") and request.path.startswith("/verwaltung")
    if status in DENIED or hidden:
        log.warning("refused %s %s: %s%s", status, place(), who, _why())
    elif status in REFUSED or "refusal" in g:
        log.info("refused %s %s: %s%s", status, place(), who, _why())
    return response


def _who() -> str:
    """Return who asks, if that was looked up at all: this line must never need the database."""
    identity = g.get("identity")
    return str(identity.actor.key) if identity is not None else "anonymous"


def _why() -> str:
    reason = g.get("refusal", "")
    return f" ({reason})" if reason else ""
