"""Keeping what a visitor picks and ticks without an account; the pages are those of `registry.web.pages.profile`."""

from dataclasses import replace
from datetime import date

from flask import Blueprint, Response, current_app, make_response, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError
from sqlmodel import Session
from werkzeug.wrappers import Response as BaseResponse

from registry.catalogue.enums import FitsKind
from registry.catalogue.messages import Refusal
from registry.catalogue.reference import Provider
from registry.profiles.operations import ProfileRefusedError, TooManyStatementsError, checked_statements
from registry.profiles.picked import MAX_POPULATION, OTHER, Picked, in_order
from registry.profiles.queries import own_bodies, own_statements
from registry.web import chosen
from registry.web.access import Level, access
from registry.web.editing.texts import number_from
from registry.web.identity import current_actor
from registry.web.pages.errors import PageNotFound
from registry.web.pages.profile import Form, back_address, body_of, picking_page, ticks_page
from registry.web.parameters import clean_text
from registry.web.services import reading
from registry.web.statement_forms import FormRefusedError, read

choosing = Blueprint("choosing", __name__)

LARGEST_COOKIE = 3 * 1024
"""Bytes of the session cookie; browsers take 4 KB with name and attributes."""


@choosing.after_request
def not_kept(response: Response) -> Response:
    """Let no cache keep these answers: they are about what this browser has chosen."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


@choosing.post("/nachnutzung/profil")
@access(Level.PUBLIC)
def save() -> BaseResponse | tuple[str, int]:
    """Keep what was picked and ticked in the cookie."""
    form = _sent()
    try:
        form.filled, stated = read(request.form)
        with reading() as database:
            kept = _kept(database, form)
            merged = checked_statements(database, stated, kept)
            choice = _checked(database, form)
        has = in_order(slug for slug, one in merged.items() if one.has)
        lacks = in_order(slug for slug, one in merged.items() if not one.has)
        choice = replace(choice, has=has, lacks=lacks, made_on=date.today())
        if _cookie_size(choice) > LARGEST_COOKIE:
            reason = (
                "Mehr Angaben fasst das Cookie Ihres Browsers nicht. Bitte beschränken Sie sich auf die wichtigsten."
            )
            raise CookieFullError([Refusal("", reason)])
    except ProfileRefusedError as error:
        form.filled = error.filled if isinstance(error, FormRefusedError) else form.filled
        form.refused = error.refusals
        return ticks_page(form), 413 if isinstance(error, TooManyStatementsError | CookieFullError) else 422
    chosen.pick(choice)
    return redirect(back_address() or url_for("profile.show"), 303)


@choosing.post("/nachnutzung/profil/verwerfen")
@access(Level.PUBLIC)
def discard() -> BaseResponse:
    """Forget the chosen profile."""
    chosen.discard()
    return redirect(back_address() or url_for("profile.show"), 303)


@choosing.post("/nachnutzung/profil/stelle")
@access(Level.PUBLIC)
def choose() -> BaseResponse:
    """Let one of several own organisations count, for who is signed in."""
    number = request.form.get("stelle", "")
    with reading() as database:
        own = own_bodies(database, current_actor())
    wanted = next((one for one in own if str(one.organisation_id) == number and one.kind != "provider"), None)
    if wanted is None:
        raise PageNotFound("Diese Stelle gehört nicht zu Ihrem Konto.")
    chosen.discard()
    chosen.choose_organisation(wanted.organisation_id)
    return redirect(back_address() or url_for("profile.show"), 303)


@choosing.errorhandler(CSRFError)
def without_token(_error: CSRFError) -> BaseResponse:
    """Show the form again when the browser sent no cookie, or an old one: what was ticked stays."""
    sentence = (
        "Die Sitzung Ihres Browsers ist abgelaufen, oder er hat das nötige Cookie nicht mitgeschickt. "
        "Ohne Cookie lässt sich kein Profil merken. Bitte senden Sie das Formular noch einmal ab."
    )
    if request.endpoint != "choosing.save":
        return make_response(picking_page(sentence=sentence), 400)
    form = _sent()
    try:
        form.filled, _ = read(request.form)
    except FormRefusedError as error:
        form.filled = error.filled
    except ProfileRefusedError:
        pass
    form.refused = [Refusal("", sentence)]
    return make_response(ticks_page(form), 400)


class CookieFullError(ProfileRefusedError):
    """More than the cookie holds."""


def _sent() -> Form:
    fields = request.form
    kind, key = body_of(fields.get("stelle", ""))
    served_by, fits_kind, population = (
        clean_text(fields.get(name, ""))[0] for name in ("served_by", "fits_kind", "population")
    )
    return Form(kind, key, served_by=served_by, fits_kind=fits_kind, population=population)


def _kept(database: Session, form: Form) -> dict[str, bool]:
    """Return what was stated before: it may name capabilities that have been retired since."""
    theirs = own_statements(database, current_actor(), form.kind, form.key)
    picked = chosen.picked()
    before = picked.stated if picked is not None and (picked.kind, picked.key) == (form.kind, form.key) else {}
    return {slug: one.has for slug, one in theirs.items()} | before


def _checked(database: Session, form: Form) -> Picked:
    """Return the choice without statements. Raises ProfileRefusedError."""
    refused = []
    if form.served_by and database.get(Provider, form.served_by) is None:
        refused.append(Refusal("served_by", "Diesen IT-Dienstleister gibt es nicht."))
    picked = Picked(form.kind, form.key, provider=form.served_by or None)
    if form.kind == OTHER:
        fits_kind = next((one for one in FitsKind if one.value == form.fits_kind), None)
        if form.fits_kind and fits_kind is None:
            refused.append(Refusal("fits_kind", "Bitte wählen Sie eine der angebotenen Arten."))
        number = number_from(form.population) if form.population else None
        if form.population and (number is None or number != int(number) or not 0 <= number <= MAX_POPULATION):
            refused.append(Refusal("population", "Bitte geben Sie eine ganze Zahl an, zum Beispiel 8.000."))
        elif number is not None:
            picked = replace(picked, population=int(number))
        picked = replace(picked, fits_kind=fits_kind)
    if refused:
        raise ProfileRefusedError(refused)
    return picked


def _cookie_size(choice: Picked) -> int:
    """Return how many bytes the session cookie would have with this choice."""
    interface = current_app.session_interface
    signer = (
        interface.get_signing_serializer(current_app) if isinstance(interface, SecureCookieSessionInterface) else None
    )
    return len(signer.dumps(dict(session) | {chosen.CHOICE: choice.packed()})) if signer is not None else 0
