"""Municipalities that are alike, and what they use."""

import re
from dataclasses import replace
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.comparison.peer_queries import Together, places, used_by_peers
from registry.comparison.peers import Peer, Place
from registry.comparison.peers import peers as alike
from registry.web.caching import follows_clock
from registry.web.chosen import chosen_profile
from registry.web.identity import current_actor
from registry.web.pages.errors import PageNotFound
from registry.web.parameters import clean_text
from registry.web.services import reading, services

peers = Blueprint("peers", __name__)

OFFERED = 20
"""Bodies of a name that the page offers to choose from."""


@peers.get("/nachnutzung/kommunen-wie-wir")
@follows_clock
def show() -> str | Response:
    """Show the bodies that are most like one, and what they use; or how to choose it."""
    text, _ = clean_text(request.args.get("kommune", ""))
    chosen = chosen_profile()
    profile = chosen.profile if chosen is not None and chosen.profile.key else None
    found: list[Peer] = []
    together = Together((), ())
    with reading() as session:
        everywhere = places(session, current_actor())
        if text:
            own, offered = _meant(everywhere, text)
        else:
            own, offered = _of_profile(everywhere, profile.kind, profile.key) if profile else None, []
        if own is not None and text and text != own.key:
            return redirect(url_for("peers.show", kommune=own.key), 303)
        if own is None and re.fullmatch(r"\d{5}|\d{8}", text):
            raise PageNotFound("Diese Kommune gibt es im Verzeichnis nicht.")
        if own is not None:
            if profile is not None and (own.kind, own.key) == (profile.kind, profile.key) and profile.provider:
                own = _with_provider(own, profile.provider, profile.provider_name)
            found = alike(own, everywhere)
            months = services().settings.confirmation_months
            together = used_by_peers(session, own, found, today=date.today(), months=months)
    return render_template(
        "peers/show.html",
        text=text,
        own=own,
        offered=offered[:OFFERED],
        left=max(0, len(offered) - OFFERED),
        found=found,
        together=together,
        chosen=chosen,
        back=request.full_path.rstrip("?"),
        today=date.today(),
    )


def _meant(everywhere: list[Place], text: str) -> tuple[Place | None, list[Place]]:
    """Return the body that a key or a name means, else those to choose from."""
    wanted = text.casefold()
    for one in everywhere:
        if text == one.key:
            return one, []
    exact = [one for one in everywhere if wanted in (one.name.casefold(), one.short_name.casefold())]
    if len(exact) == 1:
        return exact[0], []
    found = exact or [one for one in everywhere if wanted in one.name.casefold()]
    return (found[0], []) if len(found) == 1 else (None, found)


def _of_profile(everywhere: list[Place], kind: str, key: str) -> Place | None:
    return next((one for one in everywhere if (one.kind, one.key) == (kind, key)), None)


def _with_provider(own: Place, slug: str, name: str | None) -> Place:
    """Return the body with the provider that its own people know of."""
    return replace(own, provider=slug, provider_name=name)
