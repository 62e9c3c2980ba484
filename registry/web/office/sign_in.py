"""Signing in and out: password, second factor, what was typed in a session that ended; links sent by mail.

Every refusal looks the same, whether the name exists or not; attempts are counted (`registry.accounts.throttling`).
"""

import time
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_wtf.csrf import CSRFError
from pydantic import ValidationError
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts import signing_in, stash
from registry.accounts.audit import audit
from registry.accounts.enums import TokenPurpose
from registry.accounts.joining import InvitationRefusedError, NameFields, inviting, join_as_known, join_as_new
from registry.accounts.models import OneTimeToken, Organisation, Person
from registry.accounts.passwords import refusal
from registry.accounts.queries import person_by_email
from registry.accounts.sessions import end_session
from registry.accounts.tokens import TokenError, UnknownTokenError, peek
from registry.editorial.values import label_of
from registry.web.access import Level, access, keep_form, wants_json
from registry.web.addresses import absolute
from registry.web.forms import Errors, errors_of, safe_target
from registry.web.identity import (
    current_actor,
    ended_session,
    forget_session,
    identity,
    start_session,
)
from registry.web.pages.errors import PageNotFound
from registry.web.problems import problem
from registry.web.security_log import because
from registry.web.services import reading, services
from registry.web.signing import answer, door, missing, typed

sign_in = Blueprint("sign_in", __name__)

FACTOR = "factor"
"""Under this name the cookie says, signed, whose password was right a moment ago."""
FACTOR_SECONDS = 5 * 60
WRONG = "E-Mail-Adresse oder Passwort stimmen nicht. Bitte versuchen Sie es noch einmal."
WRONG_CODE = "Der Code stimmt nicht oder wurde schon verwendet. Bitte warten Sie auf den nächsten."
EXPIRED = (
    "Das Formular war zu lange offen und gilt nicht mehr. Bitte laden Sie die Seite neu und senden Sie es noch einmal."
)


@sign_in.route("/anmelden", methods=["GET", "POST"])
@access(Level.PUBLIC)
def show() -> BaseResponse:
    """Ask for name and password."""
    target = _target(request.values.get("weiter"))
    if current_actor().signed_in:
        return redirect(target, 303)
    email = typed("email")
    if request.method == "GET":
        return answer("sign_in/show.html", {}, email="", target=target)
    password = request.form.get("passwort", "")
    errors = missing(email=email, passwort=password)
    if errors:
        return answer("sign_in/show.html", errors, email=email, target=target)
    known = ended_session()
    attempt = signing_in.by_password(door(), email, password, known[0] if known else None)
    person = attempt.person
    if person is None:
        return answer("sign_in/show.html", {"": WRONG}, attempt.admission, email=email, target=target)
    if person.totp_secret:
        session.clear()
        session[FACTOR] = [person.id, int(time.time()), signing_in.stamp(person), target]
        return redirect(url_for("sign_in.factor"), 303)
    start_session(person)
    return redirect(target, 303)


@sign_in.route("/anmelden/faktor", methods=["GET", "POST"])
@access(Level.PUBLIC)
def factor() -> BaseResponse:
    """Ask for the second factor of somebody whose password was right."""
    found = _half_signed_in()
    if found is None:
        forget_session()
        flash("Bitte geben Sie E-Mail-Adresse und Passwort noch einmal ein.", "info")
        return redirect(url_for("sign_in.show"), 303)
    person, target = found
    code = typed("code")
    if request.method == "GET":
        return answer("sign_in/factor.html", {})
    errors = missing(code=code)
    if errors:
        return answer("sign_in/factor.html", errors)
    attempt = signing_in.by_factor(door(), person, code)
    if attempt.person is None:
        return answer("sign_in/factor.html", {"code": WRONG_CODE}, attempt.admission)
    start_session(person, second_factor=True)
    return redirect(target, 303)


@sign_in.post("/abmelden")
@access(Level.PUBLIC)
def sign_out() -> BaseResponse:
    """End the session, on the server too."""
    row = identity().web_session
    if row is not None and row.id is not None:
        with services().database.noting() as noting:
            end_session(noting, row.person_id, row.id)
            audit(noting, current_actor().key, "sign_out", current_actor().key)
    forget_session()
    return redirect(url_for("start.show"), 303)


@sign_in.get("/anmelden/eingaben/<key>")
@access(Level.SIGNED_IN)
def kept_form(key: str) -> str:
    """Offer to send again what was typed when the session was found to have ended."""
    with reading() as rows:
        found = stash.find(rows, current_actor().person_id or 0, key)
    if found is None:
        raise PageNotFound("Diese Eingaben sind nicht mehr aufbewahrt, oder sie gehören zu einem anderen Konto.")
    shown = [(label_of(name), value) for name, value in found.fields if value]
    return render_template("sign_in/kept_form.html", kept=found, shown=shown)


@sign_in.post("/anmelden/eingaben/<key>/verwerfen")
@access(Level.SIGNED_IN)
def drop_form(key: str) -> BaseResponse:
    """Throw away what was kept."""
    with services().database.noting() as noting:
        dropped = stash.drop(noting, current_actor().person_id or 0, key)
    if dropped:
        flash("Die aufbewahrten Eingaben sind gelöscht.", "success")
    return redirect(url_for("desk.show"), 303)


@sign_in.route("/passwort-vergessen", methods=["GET", "POST"])
@access(Level.PUBLIC)
def forgotten() -> Response:
    """Send a link for a new password; the answer is the same whether there is an account or not."""
    email = typed("email")
    if request.method == "GET":
        return answer("sign_in/forgotten.html", {}, email="", sent=False)
    errors = missing(email=email)
    if not errors and ("@" not in email or len(email) > 254):
        errors = {"email": "Das ist keine gültige E-Mail-Adresse."}
    if errors:
        return answer("sign_in/forgotten.html", errors, email=email, sent=False)
    admission = signing_in.request_reset(
        door(),
        email,
        lambda token: absolute("sign_in.new_password", token=token),
        label=services().settings.oidc_label,
        sign_in=absolute("sign_in.show"),
    )
    return answer("sign_in/forgotten.html", {}, admission, email=email, sent=admission.allowed)


@sign_in.route("/passwort/<token>", methods=["GET", "POST"])
@access(Level.PUBLIC)
def new_password(token: str) -> BaseResponse:
    """Set a new password by a link; the second factor stays, and all sessions end."""
    try:
        with reading() as rows:
            row = peek(rows, TokenPurpose.PASSWORD_RESET, token)
            person = rows.get_one(Person, row.person_id)
        if request.method == "GET":
            return _private(answer("sign_in/new_password.html", {}, email=person.email))
        password = request.form.get("neues_passwort", "")
        errors = _password_errors(password, person.email, person.name)
        if errors:
            return _private(answer("sign_in/new_password.html", errors, email=person.email))
        with services().database.noting() as noting:
            signing_in.reset_password(noting, door(), token, password)
    except TokenError as error:
        return _broken(error, TokenPurpose.PASSWORD_RESET)
    forget_session()
    flash("Ihr neues Passwort gilt. Bitte melden Sie sich damit an.", "success")
    return redirect(url_for("sign_in.show"), 303)


@sign_in.route("/einladung/<token>", methods=["GET", "POST"])
@access(Level.PUBLIC)
def invitation(token: str) -> BaseResponse:
    """Take up an invitation: with a new account, or with the one that the address has."""
    try:
        with reading() as rows:
            row = peek(rows, TokenPurpose.INVITATION, token)
            organisation = inviting(rows, row)
            known = person_by_email(rows, row.email)
        if known is not None and not known.active:
            raise InvitationRefusedError("Ihr Konto ist gesperrt. Die Administration des Registers kann es öffnen.")
        if known is not None:
            return _join_as_known(token, row, organisation, known)
        return _join_as_new(token, row, organisation)
    except (TokenError, InvitationRefusedError) as error:
        return _broken(error, TokenPurpose.INVITATION)


@sign_in.app_errorhandler(CSRFError)
def stale_form(_error: CSRFError) -> Response:
    """Refuse a form without a valid token; what a signed-in person typed is kept and can be sent again."""
    because("form token")
    if not request.path.startswith("/api/") and not wants_json():
        person_id = current_actor().person_id
        kept = keep_form(person_id) if person_id is not None else None
        if kept:
            return make_response(render_template("sign_in/stale_form.html", key=kept), 400)
    elif wants_json():
        return problem(400, EXPIRED)
    refused = BadRequest()
    refused.german = EXPIRED  # type: ignore[attr-defined]
    return current_app.make_response(current_app.handle_http_exception(refused))


def _join_as_new(token: str, row: OneTimeToken, organisation: Organisation | None) -> BaseResponse:
    values: dict[str, Any] = {
        "row": row,
        "organisation": organisation,
        "stage": "new",
        "name": typed("name", 200),
    }
    if request.method == "GET":
        return _private(answer("sign_in/invitation.html", {}, **values))
    password = request.form.get("neues_passwort", "")
    errors: Errors = {}
    fields = None
    try:
        fields = NameFields.model_validate({"name": request.form.get("name", "")})
    except ValidationError as error:
        errors = errors_of(error)
    errors |= _password_errors(password, row.email, typed("name", 200))
    if errors or fields is None:
        return _private(answer("sign_in/invitation.html", errors, **values))
    with services().database.noting() as noting:
        person = join_as_new(noting, token, fields, password)
    start_session(person)
    flash("Willkommen! Ihr Konto ist angelegt.", "success")
    return redirect(url_for("desk.show"), 303)


def _join_as_known(token: str, row: OneTimeToken, organisation: Organisation | None, known: Person) -> BaseResponse:
    actor = current_actor()
    stage = "accept" if actor.person_id == known.id else "other" if actor.signed_in else "sign in"
    if request.method == "GET" or stage != "accept" or known.id is None:
        page = answer(
            "sign_in/invitation.html", {}, row=row, organisation=organisation, stage=stage, name="", token=token
        )
        page.status_code = 403 if request.method == "POST" else 200
        return _private(page)
    with services().database.noting() as noting:
        join_as_known(noting, token, known.id)
    flash("Sie haben die Einladung angenommen.", "success")
    return redirect(url_for("desk.show"), 303)


def _broken(error: TokenError | InvitationRefusedError, purpose: TokenPurpose) -> Response:
    """Return the page of a link that does not work: 404 for none at all, 410 for one that has been."""
    page = render_template("sign_in/broken_link.html", reason=str(error), purpose=purpose)
    return _private(make_response(page, 404 if isinstance(error, UnknownTokenError) else 410))


def _private(response: Response) -> Response:
    """Keep the address of the page, which holds a token, from other sites."""
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _half_signed_in() -> tuple[Person, str] | None:
    """Return whose password was right a moment ago, and where to go on; None when that is over or void."""
    state = session.get(FACTOR)
    if not isinstance(state, list) or len(state) != 4:
        return None
    person_id, since, stamp, target = state
    if not 0 <= time.time() - since <= FACTOR_SECONDS:
        return None
    with reading() as rows:
        person = rows.get(Person, person_id)
    if person is None or not person.active or signing_in.stamp(person) != stamp:
        return None
    return person, _target(target)


def _target(address: str | None) -> str:
    target = safe_target((address or "")[:2000], url_for("desk.show"))
    loops = target.startswith("/anmelden") and not target.startswith("/anmelden/eingaben/")
    return url_for("desk.show") if loops else target


def _password_errors(password: str, email: str, name: str) -> Errors:
    if not password:
        return {"neues_passwort": "Die Angabe fehlt."}
    reason = refusal(password, email=email, name=name, site=services().settings.site_name)
    return {"neues_passwort": reason} if reason else {}
