"""Conditional requests: a page or API answer is the same until the clock moves."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from typing import ParamSpec

from flask import Response, current_app, g, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers

from registry import __version__
from registry.web.chosen import chosen_profile
from registry.web.identity import current_actor
from registry.web.services import catalogue_tick, services

P = ParamSpec("P")

_STARTED = hashlib.sha256(f"{__version__}{datetime.now(UTC).isoformat()}".encode()).hexdigest()[:8]
# A new process may carry new templates or texts, so its answers get other tags.


_EXTENSION = "registry-answers"
KEPT_ANSWERS = 512
LARGEST_KEPT = 256 * 1024
"""Bytes of an answer; larger ones are made anew each time. At most 128 MiB are kept, usually about 20."""


class Answers:
    """Finished answers of the present tick and day by address; the least recently asked for goes first."""

    def __init__(self) -> None:
        """Begin empty."""
        self._lock = threading.Lock()
        self._tag = ""
        self._kept: OrderedDict[str, tuple[bytes, Headers]] = OrderedDict()

    def get(self, tag: str, address: str) -> Response | None:
        """Return a copy of the answer to an address, None when there is none of this tag."""
        with self._lock:
            if tag != self._tag or address not in self._kept:
                return None
            self._kept.move_to_end(address)
            body, headers = self._kept[address]
        return Response(body, headers=Headers(headers))

    def put(self, tag: str, address: str, response: Response) -> None:
        """Keep an answer; those of an older tag are forgotten."""
        body = response.get_data()
        if len(body) > LARGEST_KEPT:
            return
        with self._lock:
            if tag != self._tag:
                self._tag = tag
                self._kept.clear()
            self._kept[address] = (body, Headers(response.headers))
            while len(self._kept) > KEPT_ANSWERS:
                self._kept.popitem(last=False)


def follows_clock(view: Callable[P, ResponseReturnValue]) -> Callable[P, Response]:
    """Answer 304 when the client has this address's answer for the present tick and day.

    For views whose answer depends on nothing but the address, the catalogue and the date (a bundle becomes
    transferable at midnight). So a finished answer also serves the next one who asks, as long as the clock stands
    still; only requests without cookies take part. Who is signed in or has chosen a profile gets an answer of the own
    that nobody keeps, and never a 304: a tag says nothing of the profile.
    While the search still takes very many changes over, answers get no tag and are not kept, so that a tag never
    names an answer older than itself.
    """

    @wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Response:
        # The page names the person and may offer more, or answers for the chosen profile.
        if current_actor().signed_in or chosen_profile() is not None:
            response = make_response(view(*args, **kwargs))
            response.headers["Cache-Control"] = "private, no-store"
            return response
        tick = catalogue_tick()
        tag = f"{tick}-{date.today():%j}-{_STARTED}"
        if request.method in ("GET", "HEAD") and request.if_none_match.contains_weak(tag):
            return _tagged(Response(status=304), tag)
        kept = current_app.extensions.setdefault(_EXTENSION, Answers())
        address = f"{request.host_url} {request.full_path}"
        shared = request.method == "GET" and not request.cookies
        if shared and (held := kept.get(tag, address)):
            return _tagged(held, tag)
        current = services().search.catch_up(tick) >= tick
        response = make_response(view(*args, **kwargs))
        if response.status_code != 200 or "csp_nonce" in g or not current:
            return response
        if shared and not response.is_streamed and g.get("keep_answer", True):  # `web.unanswered` counts each one
            kept.put(tag, address, response)
        return _tagged(response, tag)

    return wrapper


def _tagged(response: Response, tag: str) -> Response:
    response.set_etag(tag, weak=True)
    response.headers.setdefault("Cache-Control", "no-cache")
    return response
