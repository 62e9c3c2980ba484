"""Single sign-on: to the identity provider, and back with its answer."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.claims import methods_of, proves_second_factor, role_mapping
from registry.accounts.single_sign_on import NoEntryError, Rules, admit
from registry.web.access import Level, access
from registry.web.addresses import absolute
from registry.web.forms import safe_target
from registry.web.identity import current_actor, start_session
from registry.web.pages.errors import PageNotFound
from registry.web.provider import ProviderError, begin, finish
from registry.web.services import services

oidc = Blueprint("oidc", __name__)

LONGEST_TARGET = 500
"""Characters of the address to come back to: it travels in the cookie."""


@oidc.get("/anmelden/oidc")
@access(Level.PUBLIC)
def start() -> BaseResponse:
    """Send the browser to the provider; somebody who is signed in proves there anew who it is."""
    _require_provider()
    target = _target(request.args.get("weiter"))
    try:
        return redirect(begin(absolute("oidc.back"), target, again=current_actor().signed_in), 303)
    except ProviderError as error:
        return _failed(str(error), error.status, target)


@oidc.get("/anmelden/oidc/zurueck")
@access(Level.PUBLIC)
def back() -> BaseResponse:
    """Take the provider's answer and sign the person in whom it names."""
    _require_provider()
    settings = services().settings
    rules = Rules(settings.oidc_claim, role_mapping(settings.oidc_roles))
    try:
        claims, target = finish()
    except ProviderError as error:
        return _failed(str(error), error.status, url_for("desk.show"))
    try:
        person = admit(services().database, settings.oidc_issuer, claims, rules)
    except NoEntryError as error:
        return _failed(str(error), 403, target)
    start_session(person, second_factor=proves_second_factor(claims), by_oidc=True, methods=methods_of(claims))
    return redirect(_target(target), 303)


def _require_provider() -> None:
    if not services().settings.oidc_issuer:
        raise PageNotFound("Ein Anmeldedienst ist hier nicht eingerichtet. Bitte melden Sie sich mit Passwort an.")


def _target(address: str | None) -> str:
    fallback = url_for("desk.show")
    target = safe_target(address, fallback)
    loops = target.startswith("/anmelden") and not target.startswith("/anmelden/eingaben/")
    return fallback if loops or len(target) > LONGEST_TARGET else target


def _failed(reason: str, status: int, target: str) -> Response:
    page = render_template("oidc/failed.html", reason=reason, refused=status == 403, target=target)
    response = make_response(page, status)
    if status == 503:
        response.headers["Retry-After"] = "60"
    return response
