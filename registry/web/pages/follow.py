"""Following searches, bundles, OZG services and municipalities: what will be told, and the form to begin."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, Response, make_response, render_template, request

from registry.editorial import spam
from registry.following.models import FollowedKind, Rhythm
from registry.following.operations import MOST, FollowFields, Owner
from registry.following.queries import is_followed
from registry.following.targets import Target, UnknownTargetError, WithdrawnTargetError
from registry.moments import now
from registry.web.followed import TooLongError, feed_address, page_address, target_of
from registry.web.forms import Errors, summary
from registry.web.identity import current_actor, signing_key
from registry.web.pages.errors import PageGone, PageNotFound
from registry.web.refusing import PageBadRequest
from registry.web.services import reading

follow = Blueprint("follow", __name__)

FORM = "following"
"""Name of the form in its ticket."""
LABELS = {name: str(info.description) for name, info in FollowFields.model_fields.items()}
_KINDS = {one.value: one for one in FollowedKind}
RHYTHMS = tuple((one.value, one.label) for one in Rhythm)


@dataclass
class Form:
    """A form on its way: what is to be followed, what was typed, the ticket for the next try, what is wrong."""

    target: Target
    ticket: str
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)

    @property
    def page_address(self) -> str:
        """Return the address of the page of what is to be followed."""
        return page_address(self.target)

    @property
    def feed_address(self) -> str:
        """Return the address of its feed."""
        return feed_address(self.target)

    def page(self, status: int = 200, wait: int | None = None) -> Response:
        """Return the page with the form; `wait`: seconds until the next try makes sense."""
        actor, followed = current_actor(), False
        if actor.signed_in:
            with reading() as session:
                followed = is_followed(session, Owner(actor.email, actor.person_id), self.target)
        text = render_template(
            "follow/show.html",
            form=self,
            followed=followed,
            lines=summary(self.errors, LABELS),
            labels=LABELS,
            rhythms=RHYTHMS,
            most=MOST,
        )
        answer = make_response(text, status)
        answer.headers["Cache-Control"] = "private, no-store"  # it carries a ticket of its own
        if wait is not None:
            answer.headers["Retry-After"] = str(wait)
        return answer

    def again(self, sentence: str, status: int = 422, wait: int | None = None) -> Response:
        """Return the page with a sentence that concerns the whole."""
        self.errors = {"": sentence, **self.errors}
        return self.page(status, wait)


def wanted_target() -> Target | None:
    """Return what the request names as the thing to follow, None when it names no kind.

    Raises PageNotFound, PageGone for a withdrawn entry, PageBadRequest for a search that is too long.
    """
    kind = request.values.get("art", "")
    if not kind:
        return None
    if kind not in set(FollowedKind):
        raise PageNotFound(
            "Dem kann niemand folgen. Möglich sind Suchen, Leistungsbündel, OZG-Leistungen und Kommunen."
        )
    try:
        return target_of(_KINDS[kind], request.values.get("ziel", ""))
    except WithdrawnTargetError as error:
        raise PageGone(str(error), error.successor) from None
    except TooLongError as error:
        raise PageBadRequest(str(error)) from None
    except UnknownTargetError as error:
        raise PageNotFound(str(error)) from None


@follow.get("/folgen")
def show() -> Response:
    """Show what will be told and how often, with the form; without a target, what one can follow."""
    target = wanted_target()
    if target is None:
        return make_response(render_template("follow/show.html", form=None, most=MOST, lines=[]))
    return Form(target, spam.issue(signing_key(), FORM, now())).page()
