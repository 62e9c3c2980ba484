"""Beginning and ending to follow: for everyone by mail, for people with an account on a page of the own."""

import logging
import math
from datetime import datetime

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from pydantic import ValidationError
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.tokens import TokenError, UsedTokenError
from registry.editorial import spam
from registry.editorial.quotas import QuotaError
from registry.following import operations
from registry.following.models import Following, Rhythm
from registry.following.operations import (
    ALL_DAILY,
    DAILY,
    HOURLY,
    MOST,
    FollowFields,
    Owner,
    Sender,
    TooManyError,
    asked,
    owner_of,
    quotas_of,
)
from registry.following.queries import followings_of
from registry.following.targets import Target
from registry.moments import now
from registry.web.access import Level, access
from registry.web.addresses import absolute
from registry.web.followed import hits_now, page_address
from registry.web.forms import errors_of
from registry.web.guarded import Obstacle, admitted, fitting_ticket
from registry.web.identity import client_address, current_actor, signing_key
from registry.web.office.sign_in import stale_form
from registry.web.pages.errors import PageNotFound
from registry.web.pages.follow import FORM, RHYTHMS, Form, wanted_target
from registry.web.refusing import PageConflict
from registry.web.security import csrf
from registry.web.services import reading, services

log = logging.getLogger(__name__)
followings = Blueprint("followings", __name__)

_RHYTHMS = {one.value: one for one in Rhythm}


@followings.after_request
def not_kept(response: Response) -> Response:
    """Let no cache keep an answer, and no other site learn an address that is a secret."""
    response.headers["Cache-Control"] = "private, no-store"
    if request.view_args and "token" in request.view_args:
        response.headers["Referrer-Policy"] = "same-origin"  # not less: the form's own check needs it (HTTPS)
    return response


# -- beginning ---------------------------------------------------------------------------------------------------


@followings.post("/folgen")
@access(Level.PUBLIC)
def begin() -> BaseResponse:
    """Begin to follow: who is signed in at once, everybody else after a mail."""
    target = wanted_target()
    if target is None:
        raise BadRequest
    at = now()
    form = _sent_form(target, at)
    return _follow_at_once(form, at) if current_actor().signed_in else _take_in(form, at)


@followings.errorhandler(CSRFError)
def without_token(error: CSRFError) -> BaseResponse:
    """Show the form again when the browser sent no cookie, or an old one: what was typed stays."""
    target = wanted_target() if request.endpoint == "followings.begin" and not current_actor().signed_in else None
    if target is None:
        return stale_form(error)
    return _sent_form(target, now()).again(
        "Die Sitzung Ihres Browsers ist abgelaufen, oder er hat das nötige Cookie nicht mitgeschickt. "
        "Bitte senden Sie das Formular noch einmal ab.",
        400,
    )


@followings.get("/folgen/unterwegs")
@access(Level.PUBLIC)
def sent() -> str:
    """Say that a mail is on its way: to everyone the same."""
    return render_template("followings/sent.html")


@followings.get("/folgen/bestaetigen/<token>")
@access(Level.PUBLIC)
def confirming(token: str) -> BaseResponse:
    """Ask for the last step: opening the link begins nothing, because mail scanners open links."""
    try:
        with reading() as session:
            row = asked(session, token)
    except UsedTokenError:
        return _confirming_page("done")
    except TokenError as error:
        return _confirming_page("unknown", str(error), 404)
    return _confirming_page("ask", row=row)


@followings.post("/folgen/bestaetigen/<token>")
@access(Level.PUBLIC)
def confirm(token: str) -> BaseResponse:
    """Begin to follow."""
    try:
        with reading() as session:
            row = asked(session, token)
        hits = hits_now(Target(row.kind, row.target, row.label))
        with services().database.noting() as session:
            row = operations.confirm(session, token, now(), hits)
    except UsedTokenError:
        return _confirming_page("done")
    except TooManyError as error:
        return _confirming_page("unknown", str(error), 409)
    except TokenError as error:
        return _confirming_page("unknown", str(error), 404)
    return _confirming_page("done", row=row)


def _confirming_page(state: str, problem: str = "", status: int = 200, row: object = None) -> Response:
    return make_response(render_template("followings/confirming.html", state=state, problem=problem, row=row), status)


def _sent_form(target: Target, at: datetime) -> Form:
    typed = {name: spam.clean(request.form.get(name, ""))[:300] for name in FollowFields.model_fields}
    return Form(target, fitting_ticket(FORM, at), typed)


def _follow_at_once(form: Form, at: datetime) -> BaseResponse:
    rhythm = _RHYTHMS.get(form.typed["rhythm"])
    if rhythm is None:
        form.errors = {"rhythm": "Bitte wählen Sie eins von beiden."}
        return form.page(422)
    hits = hits_now(form.target)
    try:
        with services().database.noting() as session:
            operations.follow(session, _me(), form.target, rhythm, at, hits)
    except TooManyError as error:
        return form.again(str(error), 409)
    flash(f"Sie folgen jetzt: {form.target.label}", "success")
    return redirect(url_for("followings.index"), 303)


def _take_in(form: Form, at: datetime) -> BaseResponse:
    ticket = admitted(FORM, at)
    if isinstance(ticket, Obstacle):
        form.ticket = ticket.ticket or form.ticket
        return form.again(ticket.sentence, ticket.status)
    try:
        fields = FollowFields.model_validate({name: text for name, text in form.typed.items() if text})
    except ValidationError as error:
        form.errors = errors_of(error)
        return form.page(422)
    parts = services()
    sender = Sender(parts.settings.site_name, absolute("start.show").rstrip("/"), signing_key())
    try:
        with parts.database.noting() as session:
            quotas = quotas_of(signing_key(), client_address())
            operations.ask(session, fields, form.target, quotas=quotas, sender=sender, at=at)
    except QuotaError as error:
        log.warning("following refused: quota %s used up", error.quota.key.rpartition(":")[0])
        return _later(form, error, at)
    return redirect(url_for("followings.sent"), 303)


def _later(form: Form, error: QuotaError, at: datetime) -> Response:
    seconds = max(1, math.ceil((error.until - at).total_seconds()))
    minutes = math.ceil(seconds / 60)
    wait = f"{minutes} Minuten" if minutes > 1 else "einer Minute"
    if minutes > 90:
        wait = f"{math.ceil(minutes / 60)} Stunden"
    reason = {
        HOURLY: f"Von Ihrem Anschluss kamen in einer Stunde schon {HOURLY} Anfragen.",
        DAILY: f"Von Ihrem Anschluss kamen an einem Tag schon {DAILY} Anfragen.",
        ALL_DAILY: "An einem Tag sind schon sehr viele Anfragen eingegangen.",
    }[error.quota.allowed]
    return form.again(f"{reason} Bitte versuchen Sie es in etwa {wait} noch einmal.", 429, wait=seconds)


# -- ending by the link of a mail --------------------------------------------------------------------------------


@followings.get("/folgen/abbestellen/<token>")
@access(Level.PUBLIC)
def leaving(token: str) -> Response:
    """Show what the address follows, to end one or all: opening the link ends nothing."""
    try:
        with reading() as session:
            rows = followings_of(session, owner_of(session, token))
    except UsedTokenError:
        return _leaving_page("ended")
    except TokenError as error:
        return _leaving_page("unknown", str(error), 404)
    return _leaving_page("ask" if rows else "ended", rows=rows)


@followings.post("/folgen/abbestellen/<token>")
@access(Level.PUBLIC)
@csrf.exempt  # type: ignore[untyped-decorator]  # flask-wtf has no types
def leave(token: str) -> Response:
    """End one, or all: by a button of the page, or by the mail program (RFC 8058). The token is the proof."""
    number = request.form.get("nummer", "")
    if number and not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise BadRequest
    try:
        with services().database.noting() as session:
            owner = operations.leave(session, token, now(), int(number) if number else None)
    except UsedTokenError:
        return _leaving_page("ended")
    except TokenError as error:
        return _leaving_page("unknown", str(error), 404)
    with reading() as session:
        rows = followings_of(session, owner)
    return _leaving_page("left" if rows else "ended", rows=rows)


def _leaving_page(state: str, problem: str = "", status: int = 200, rows: object = ()) -> Response:
    text = render_template(
        "followings/leaving.html", state=state, problem=problem, rows=rows, address_of=page_address_of
    )
    return make_response(text, status)


# -- of the own account ------------------------------------------------------------------------------------------


@followings.get("/verwaltung/konto/folgen")
@access(Level.SIGNED_IN)
def index() -> str:
    """List what the person follows, with the rhythm of each."""
    with reading() as session:
        rows = followings_of(session, _me())
    return render_template(
        "followings/index.html",
        rows=rows,
        rhythms=RHYTHMS,
        most=MOST,
        email=current_actor().email,
        address_of=page_address_of,
    )


@followings.post("/verwaltung/konto/folgen/<int:number>/rhythmus")
@access(Level.SIGNED_IN)
def change(number: int) -> BaseResponse:
    """Change how often the person is told."""
    rhythm = _RHYTHMS.get(request.form.get("rhythm", ""))
    if rhythm is None:
        raise BadRequest
    with services().database.noting() as session:
        if not operations.set_rhythm(session, _me(), number, rhythm):
            raise PageNotFound("Dem folgen Sie nicht, oder nicht mehr.")
    flash(f"Sie bekommen dazu jetzt höchstens {rhythm.label} Nachricht, wenn es Neues gibt.", "success")
    return redirect(url_for("followings.index"), 303)


@followings.post("/verwaltung/konto/folgen/<int:number>/beenden")
@access(Level.SIGNED_IN)
def end(number: int) -> BaseResponse:
    """End one."""
    with services().database.noting() as session:
        if not operations.end(session, _me(), number):
            raise PageNotFound("Dem folgen Sie nicht, oder nicht mehr.")
    flash("Beendet. Sie bekommen dazu keine Nachrichten mehr.", "success")
    return redirect(url_for("followings.index"), 303)


@followings.post("/verwaltung/konto/folgen/beenden")
@access(Level.SIGNED_IN)
def end_all() -> BaseResponse:
    """End all."""
    with services().database.noting() as session:
        count = operations.end(session, _me())
    if not count:
        raise PageConflict("Es gibt nichts mehr zu beenden.")
    flash("Alles beendet. Sie bekommen keine Nachrichten mehr.", "success")
    return redirect(url_for("followings.index"), 303)


def page_address_of(row: Following) -> str:
    """Return the address of the page of what a row follows."""
    return page_address(Target(row.kind, row.target, row.label))


def _me() -> Owner:
    actor = current_actor()
    return Owner(actor.email, actor.person_id)
