"""The profile that a visitor has chosen: the own organisation's, or one built in the browser session.

The session cookie holds what was picked and ticked without an account; the server keeps nothing of it. Who is signed
in uses the profile of the own organisation, unless another was picked.
"""

from dataclasses import dataclass

from flask import Response, after_this_request, g, request, session

from registry.profiles.picked import Picked
from registry.profiles.profile import BodyProfile
from registry.profiles.queries import OwnBody, body_profile, own_bodies, picked_profile
from registry.web.identity import current_actor
from registry.web.services import reading

CHOICE = "profil"
"""Under this name the cookie carries what a visitor has picked and ticked."""
ORGANISATION = "profil_stelle"
"""Under this name it carries which of several own organisations counts (id)."""
_KEPT = "chosen_profile"


@dataclass(frozen=True)
class ChosenProfile:
    """Whose fit is asked for. `source`: `organisation` (of who is signed in) or `session` (picked and ticked)."""

    profile: BodyProfile
    source: str


def chosen_profile() -> ChosenProfile | None:
    """Return the chosen profile of this request, None when nothing was chosen; reads no cookie where there is none.

    An answer that has asked and got a profile is for this browser alone: it gets `private, no-store` and no ETag.
    """
    if _KEPT not in g:
        setattr(g, _KEPT, _look_up())
    found: ChosenProfile | None = getattr(g, _KEPT)
    return found


def picked() -> Picked | None:
    """Return what this browser has picked and ticked, None when nothing (readable)."""
    return Picked.unpacked(session.get(CHOICE)) if request.cookies else None


def pick(choice: Picked) -> None:
    """Keep in the browser's cookie what was picked and ticked; it counts from now on."""
    session[CHOICE] = choice.packed()
    g.pop(_KEPT, None)


def discard() -> None:
    """Forget what was picked and ticked; who is signed in is back at the profile of the own organisation."""
    session.pop(CHOICE, None)
    g.pop(_KEPT, None)


def choose_organisation(number: int) -> None:
    """Let one of several own organisations count."""
    session[ORGANISATION] = number
    g.pop(_KEPT, None)


def own_choices(bodies: list[OwnBody]) -> list[OwnBody]:
    """Return those of the own bodies that reuse bundles themselves, the one that counts first."""
    able = [one for one in bodies if one.kind != "provider"]
    wanted = session.get(ORGANISATION) if request.cookies else None
    return sorted(able, key=lambda one: one.organisation_id != wanted)


def _look_up() -> ChosenProfile | None:
    choice = picked()
    actor = current_actor()
    if choice is None and not actor.roles:
        return None
    found = None
    with reading() as database:
        profile = picked_profile(database, actor, choice) if choice is not None else None
        if profile is not None:
            found = ChosenProfile(profile, "session")
        elif own := own_choices(own_bodies(database, actor)):
            profile = body_profile(database, actor, own[0].kind, own[0].key)
            found = ChosenProfile(profile, "organisation") if profile is not None else None
    if found is not None:
        after_this_request(_for_this_browser_only)
    return found


def _for_this_browser_only(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers.pop("ETag", None)
    return response
