"""Conditional requests: a page or API answer is the same until the clock moves."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from typing import ParamSpec

from flask import Response, g, make_response, request
from flask.typing import ResponseReturnValue

from registry import __version__
from registry.web.services import catalogue_tick, services

P = ParamSpec("P")

_STARTED = hashlib.sha256(f"{__version__}{datetime.now(UTC).isoformat()}".encode()).hexdigest()[:8]
# A new process may carry new templates or texts, so its answers get other tags.


def follows_clock(view: Callable[P, ResponseReturnValue]) -> Callable[P, Response]:
    """Answer 304 when the client has this address's answer for the present tick and day.

    For views whose answer depends on nothing but the address, the catalogue and the date
    (a bundle becomes transferable at midnight). The search index is brought up to the
    clock first, so that a tag never names an answer older than itself.
    """

    @wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Response:
        tag = f"{catalogue_tick()}-{date.today():%j}-{_STARTED}"
        if request.method in ("GET", "HEAD") and request.if_none_match.contains_weak(tag):
            response = Response(status=304)
        else:
            services().search.catch_up(catalogue_tick())
            response = make_response(view(*args, **kwargs))
            if response.status_code != 200 or "csp_nonce" in g:
                return response
        response.set_etag(tag, weak=True)
        response.headers.setdefault("Cache-Control", "no-cache")
        return response

    return wrapper
