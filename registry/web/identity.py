"""Who asks: the cookie's session, looked up once a request."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, after_this_request, current_app, g, request, session

from registry.accounts.audit import audit
from registry.accounts.models import Person, WebSession
from registry.accounts.permissions import ANONYMOUS, Actor
from registry.accounts.sessions import (
    FRESH,
    TOUCH_EVERY,
    actor_of,
    end_session,
    find_ended,
    find_session,
    open_session,
    renew_session,
)
from registry.moments import now
from registry.web.services import services

TOKEN = "token"  # noqa: S105  (the name under which the cookie carries the session's token)


@dataclass(frozen=True)
class Identity:
    """The actor of a request and the session that the cookie stands for."""

    actor: Actor
    web_session: WebSession | None = None

    @property
    def is_fresh(self) -> bool:
        """Tell whether the proof of password or factor is young enough for what may change the sign-in."""
        return self.web_session is not None and now() - self.web_session.confirmed_at <= FRESH


_NOBODY = Identity(ANONYMOUS)


def identity() -> Identity:
    """Return who asks; without a cookie nothing is looked up, and no cookie is set."""
    if "identity" not in g:
        g.identity = _look_up()
    found: Identity = g.identity
    return found


def current_actor() -> Actor:
    """Return the actor of this request."""
    return identity().actor


def _look_up() -> Identity:
    if not request.cookies or not isinstance(token := session.get(TOKEN), str):
        return _NOBODY
    database = services().database
    with database.reading() as reading:
        found = find_session(reading, token)
        if found is None:
            return _NOBODY
        row, person = found
        actor = actor_of(reading, person)
    if now() - row.seen_at > TOUCH_EVERY:
        with database.noting() as noting:
            stored = noting.get(WebSession, row.id)
            if stored is not None:
                stored.seen_at = now()
    return Identity(actor, row)


def start_session(
    person: Person, *, second_factor: bool = False, by_oidc: bool = False, methods: Sequence[str] = ()
) -> None:
    """Sign a person in: a new session under a new token, nothing of the old cookie stays (no session fixation).

    A session that the browser had ends; the audit log tells of the sign-in, and of the `methods` of proof that an
    identity provider names.
    """
    before = identity().web_session
    with services().database.noting() as noting:
        if before is not None and before.id is not None:
            end_session(noting, before.person_id, before.id)
        token = open_session(
            noting,
            person,
            agent=agent_in_short(request.user_agent.string),
            second_factor=second_factor,
            by_oidc=by_oidc,
        )
        noting.get_one(Person, person.id).last_sign_in_at = now()
        key = f"person:{person.id}"
        told: dict[str, object] = {"second_factor": second_factor} | ({"methods": list(methods)} if methods else {})
        audit(noting, key, "sign_in.oidc" if by_oidc else "sign_in.succeeded", key, **told)
    session.clear()
    session[TOKEN] = token
    g.pop("identity", None)


def confirm_session() -> None:
    """Note that who is signed in has just proved it again: the session goes on under a new token."""
    row = identity().web_session
    if row is None or row.id is None:
        return
    with services().database.noting() as noting:
        token = renew_session(noting, row.id)
    session[TOKEN] = token
    g.pop("identity", None)


def ended_session() -> tuple[WebSession, Person] | None:
    """Return the session by which this browser is known although it has ended or run out, with its person."""
    if not request.cookies or not isinstance(token := session.get(TOKEN), str):
        return None
    with services().database.reading() as reading:
        return find_ended(reading, token)


def signing_key() -> str:
    """Return the key under which digests of what could be guessed are made."""
    return str(current_app.config["SECRET_KEY"])


def client_address() -> str:
    """Return the network address of who asks, for counting only; of IPv6 the network that one customer gets (/64)."""
    raw = request.remote_addr or ""
    try:
        address = ipaddress.ip_address(raw)
    except ValueError:
        return raw
    if address.version == 6 and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return raw if address.version == 4 else str(ipaddress.ip_network((int(address), 64), strict=False))


def forget_session() -> None:
    """Take everything out of the browser's cookie, and ask the browser to forget the pages (ASVS 5.0, 14.3.1)."""
    session.clear()
    g.pop("identity", None)
    after_this_request(_forget_pages)


def _forget_pages(response: Response) -> Response:
    # Neither "cookies", which would reach other sites of the same authority, nor "storage", which holds the theme.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def agent_in_short(agent: str) -> str:
    """Return browser and system of a user agent in words that people know, without versions."""
    browsers = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    browser = next((name for sign, name in browsers if sign in agent), "unbekanntes Programm")
    system = next((name for sign, name in systems if sign in agent), "")
    return f"{browser}, {system}" if system else browser
