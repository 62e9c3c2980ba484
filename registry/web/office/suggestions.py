"""For everyone, without an account: propose a correction or a new bundle."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from pydantic import ValidationError
from werkzeug.wrappers import Response as BaseResponse

from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.editorial import spam
from registry.editorial.enums import SuggestionKind
from registry.editorial.models import SuggestionFields
from registry.editorial.quotas import QuotaError
from registry.editorial.suggestions import (
    ALL_DAILY,
    DAILY,
    HOURLY,
    AlreadySentError,
    SameTextError,
    UnknownSuggestionError,
    existing,
    quotas_of,
    receive,
)
from registry.moments import now
from registry.reuse.queries import PUBLIC_STATES, find_bundle
from registry.web.access import Level, access
from registry.web.addresses import absolute
from registry.web.caching import follows_clock
from registry.web.forms import Errors, errors_of, summary
from registry.web.guarded import Obstacle, admitted, fitting_ticket
from registry.web.identity import client_address, signing_key
from registry.web.pages.errors import PageGone, PageNotFound
from registry.web.services import reading, services

log = logging.getLogger(__name__)
suggestions = Blueprint("suggestions", __name__)

FIELDS = tuple(SuggestionFields.model_fields)
LABELS = {name: str(info.description) for name, info in SuggestionFields.model_fields.items()}


@dataclass
class Form:
    """A form on its way: what was typed, the ticket for the next try, and what is wrong."""

    kind: SuggestionKind
    bundle: ServiceBundle | None
    ticket: str
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)

    def page(self, status: int = 200, wait: int | None = None) -> Response:
        """Return the page with the form; `wait`: seconds until the next try makes sense."""
        template = "suggestions/correction.html" if self.bundle else "suggestions/new.html"
        lines = summary(self.errors, LABELS)
        answer = make_response(render_template(template, form=self, lines=lines, labels=LABELS), status)
        if wait is not None:
            answer.headers["Retry-After"] = str(wait)
        return answer

    def again(self, sentence: str, status: int = 422, wait: int | None = None) -> Response:
        """Return the page with a sentence that concerns the whole."""
        self.errors = {"": sentence, **self.errors}
        return self.page(status, wait)


@suggestions.after_request
def not_kept(response: Response) -> Response:
    """Let no cache keep a form: it carries a ticket of its own."""
    if request.endpoint != "suggestions.index":
        response.headers["Cache-Control"] = "private, no-store"
    return response


@suggestions.get("/mitmachen")
@access(Level.PUBLIC)
@follows_clock
def index() -> str:
    """Show what one can do for the catalogue."""
    return render_template("suggestions/index.html")


@suggestions.route("/mitmachen/neues-buendel", methods=["GET", "POST"])
@access(Level.PUBLIC)
def new() -> BaseResponse:
    """Take in a suggestion for a new bundle."""
    return _answer(None)


@suggestions.route("/buendel/<slug>/hinweis", methods=["GET", "POST"])
@access(Level.PUBLIC)
def correction(slug: str) -> BaseResponse:
    """Take in a correction of a public entry."""
    return _answer(_public_entry(slug))


@suggestions.get("/mitmachen/danke/<key>")
@access(Level.PUBLIC)
def thanks(key: str) -> str:
    """Confirm that a suggestion has arrived, with its number."""
    with reading() as session:
        try:
            suggestion = existing(session, spam.key_of(key) or "")
        except UnknownSuggestionError:
            raise PageNotFound("Diese Vorgangsnummer gibt es nicht.") from None
        bundle = session.get(ServiceBundle, suggestion.bundle_id) if suggestion.bundle_id is not None else None
    return render_template("suggestions/thanks.html", number=spam.spoken(suggestion.key), bundle=bundle)


@suggestions.errorhandler(CSRFError)
def without_token(_error: CSRFError) -> BaseResponse:
    """Show the form again when the browser sent no cookie, or an old one: what was typed stays."""
    slug = (request.view_args or {}).get("slug")
    form = _sent_form(_public_entry(str(slug)) if slug else None, now())
    return form.again(
        "Die Sitzung Ihres Browsers ist abgelaufen, oder er hat das nötige Cookie nicht mitgeschickt. "
        "Bitte senden Sie das Formular noch einmal ab.",
        400,
    )


def _public_entry(slug: str) -> ServiceBundle:
    with reading() as session:
        bundle = find_bundle(session, slug)
    if bundle is not None and bundle.state == State.WITHDRAWN:
        raise PageGone("Dieser Eintrag wurde zurückgezogen. Hinweise dazu nimmt das Register nicht mehr an.")
    if bundle is None or bundle.state not in PUBLIC_STATES:
        raise PageNotFound("Diesen Eintrag gibt es nicht.")
    return bundle


def _name(bundle: ServiceBundle | None) -> str:
    return f"correction {bundle.slug}" if bundle else "new bundle"


def _answer(bundle: ServiceBundle | None) -> BaseResponse:
    at = now()
    if request.method != "POST":
        kind = SuggestionKind.CORRECTION if bundle else SuggestionKind.NEW_BUNDLE
        asked = spam.clean(request.args.get("angabe", "")[:100], lines=False)  # a page that misses something links here
        typed = {"title": asked} if asked else {}
        return Form(kind, bundle, spam.issue(signing_key(), _name(bundle), at), typed).page()
    return _take_in(_sent_form(bundle, at), at)


def _sent_form(bundle: ServiceBundle | None, at: datetime) -> Form:
    kind = SuggestionKind.CORRECTION if bundle else SuggestionKind.NEW_BUNDLE
    typed = {name: spam.clean(request.form.get(name, ""), lines=name == "text") for name in FIELDS}
    return Form(kind, bundle, fitting_ticket(_name(bundle), at), typed)


def _take_in(form: Form, at: datetime) -> BaseResponse:
    ticket = admitted(_name(form.bundle), at)
    if isinstance(ticket, Obstacle):
        form.ticket = ticket.ticket or form.ticket
        return form.again(ticket.sentence, ticket.status)
    return _keep(form, ticket, at)


def _keep(form: Form, ticket: spam.Ticket, at: datetime) -> BaseResponse:
    try:
        fields = SuggestionFields.model_validate({name: text for name, text in form.typed.items() if text})
    except ValidationError as error:
        form.errors = errors_of(error)
        return form.page(422)
    objection = spam.objection(fields.title, fields.text)
    if objection:
        log.warning("suggestion refused: looks like junk")
        form.errors = {"text": objection}
        return form.page(422)
    try:
        with services().database.noting() as session:
            receive(
                session,
                fields,
                key=ticket.key,
                kind=form.kind,
                bundle=form.bundle,
                quotas=quotas_of(signing_key(), client_address()),
                secret=signing_key(),
                address=absolute("inbox.show", key=ticket.key),
                at=at,
            )
    except AlreadySentError as error:
        form.ticket = spam.issue(signing_key(), _name(form.bundle), at)
        return form.again(
            "Dieses Formular war schon abgesendet; "
            f"es ist unter der Vorgangsnummer {spam.spoken(error.key)} eingegangen. "
            "Möchten Sie etwas ergänzen, dann ändern Sie den Text und senden Sie ihn noch einmal ab.",
            409,
        )
    except SameTextError:
        return form.again("Genau dieser Text ist heute schon eingegangen. Sie müssen nichts weiter tun.", 409)
    except QuotaError as error:
        log.warning("suggestion refused: quota %s used up", error.quota.key.rpartition(":")[0])
        return _later(form, error, at)
    return redirect(url_for("suggestions.thanks", key=ticket.key), 303)


def _later(form: Form, error: QuotaError, at: datetime) -> Response:
    seconds = max(1, math.ceil((error.until - at).total_seconds()))
    minutes = math.ceil(seconds / 60)
    wait = f"{minutes} Minuten" if minutes > 1 else "einer Minute"
    if minutes > 90:
        wait = f"{math.ceil(minutes / 60)} Stunden"
    reason = {
        HOURLY: f"Von Ihrem Anschluss sind in einer Stunde schon {HOURLY} Hinweise eingegangen.",
        DAILY: f"Von Ihrem Anschluss sind an einem Tag schon {DAILY} Hinweise eingegangen.",
        ALL_DAILY: "An einem Tag sind schon sehr viele Hinweise eingegangen.",
    }[error.quota.allowed]
    return form.again(
        f"{reason} Ihre Eingaben stehen noch unten. Bitte senden Sie das Formular in etwa {wait} noch einmal ab.",
        429,
        wait=seconds,
    )
