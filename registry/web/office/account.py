"""The own account: name, password, second factor, sessions, mail, own data, its end."""

import json
from typing import Any

import segno
from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts import own_data, second_factor, signing_in
from registry.accounts.audit import audit
from registry.accounts.joining import NameFields
from registry.accounts.models import Person, WebSession
from registry.accounts.passwords import refusal
from registry.accounts.queries import living_sessions, memberships_of, recovery_codes_left
from registry.accounts.sessions import end_session, end_sessions
from registry.accounts.throttling import Admission
from registry.adoption.personal import forget_author, own_adoptions
from registry.editorial.personal import own_work
from registry.following.operations import Owner, forget
from registry.following.queries import own_followings
from registry.web.access import Level, access, confirmed_lately
from registry.web.forms import Errors, errors_of, safe_target, summary
from registry.web.identity import confirm_session, current_actor, forget_session, identity, signing_key
from registry.web.pages.errors import PageNotFound
from registry.web.services import reading, services
from registry.web.signing import LABELS, answer, door, missing, typed

account = Blueprint("account", __name__)

WRONG_PASSWORD = "Das Passwort stimmt nicht."  # noqa: S105  (a sentence)


@account.get("/verwaltung/konto")
@access(Level.SIGNED_IN)
def show() -> str:
    """Show the own account."""
    return _overview({})


@account.post("/verwaltung/konto/name")
@access(Level.SIGNED_IN)
def rename() -> BaseResponse:
    """Change the own name."""
    try:
        fields = NameFields.model_validate({"name": request.form.get("name", "")})
    except ValidationError as error:
        return make_response(_overview(errors_of(error), typed("name", 200)), 422)
    with services().database.noting() as noting:
        own_data.rename(noting, _me(), fields.name)
    flash("Ihr Name ist geändert.", "success")
    return redirect(url_for("account.show"), 303)


@account.post("/verwaltung/konto/nachrichten")
@access(Level.SIGNED_IN)
def mails() -> BaseResponse:
    """Switch the summaries by mail on or off."""
    wanted = request.form.get("zusammenfassung") == "ja"
    with services().database.noting() as noting:
        own_data.want_digest(noting, _me(), wanted)
    flash(f"Die wöchentliche Übersicht ist jetzt {'bestellt' if wanted else 'abbestellt'}.", "success")
    return redirect(url_for("account.show"), 303)


@account.route("/verwaltung/konto/bestaetigen", methods=["GET", "POST"])
@access(Level.SIGNED_IN)
def confirm() -> BaseResponse:
    """Ask for password or code once more, before something that may change the sign-in."""
    target = safe_target(request.values.get("weiter", "")[:2000], url_for("account.show"))
    person = _person()
    values: dict[str, Any] = {"person": person, "target": target}
    if request.method == "GET":
        return answer("account/confirm.html", {}, **values)
    password, code = request.form.get("passwort", ""), typed("code")
    if person.totp_secret is None:
        code = ""
    if not password and not code:
        return answer("account/confirm.html", {"passwort": "Die Angabe fehlt."}, **values)
    attempt = signing_in.confirms(door(), person, _session_id(), password=password, code=code)
    if attempt.person is None:
        wrong = {"code": "Der Code stimmt nicht oder wurde schon verwendet."} if code else {"passwort": WRONG_PASSWORD}
        return answer("account/confirm.html", wrong, attempt.admission, **values)
    confirm_session()
    with services().database.noting() as noting:
        audit(noting, current_actor().key, "session.confirmed", current_actor().key, second_factor=bool(code))
    return redirect(target, 303)


@account.route("/verwaltung/konto/passwort", methods=["GET", "POST"])
@access(Level.SIGNED_IN)
def password() -> BaseResponse:
    """Change the own password, for which the present one is needed; all other sessions end."""
    person = _person()
    values: dict[str, Any] = {"email": person.email, "has_password": person.password_hash is not None}
    if request.method == "GET" or person.password_hash is None:
        return answer("account/password.html", {}, **values)
    present, new = request.form.get("passwort", ""), request.form.get("neues_passwort", "")
    errors = missing(passwort=present, neues_passwort=new)
    reason = refusal(new, email=person.email, name=person.name, site=services().settings.site_name)
    if new and reason:
        errors["neues_passwort"] = reason
    if errors:
        return answer("account/password.html", errors, **values)
    attempt, wrong = _proved(person, present)
    if wrong:
        return answer("account/password.html", wrong, attempt, **values)
    with services().database.noting() as noting:
        signing_in.change_password(noting, door(), _me(), new, _session_id())
    confirm_session()
    flash("Ihr Passwort ist geändert. Alle anderen Sitzungen sind beendet.", "success")
    return redirect(url_for("account.show"), 303)


@account.get("/verwaltung/konto/zweiter-faktor")
@access(Level.SIGNED_IN)
@confirmed_lately
def factor() -> Response:
    """Show the state of the second factor, or the offered secret."""
    return _factor({})


@account.post("/verwaltung/konto/zweiter-faktor/beginnen")
@access(Level.SIGNED_IN)
@confirmed_lately
def begin_factor() -> BaseResponse:
    """Offer a new secret."""
    if _person().totp_secret is None:
        with services().database.noting() as noting:
            second_factor.offer(noting, signing_key(), _me())
    return redirect(url_for("account.factor"), 303)


@account.post("/verwaltung/konto/zweiter-faktor/einschalten")
@access(Level.SIGNED_IN)
@confirmed_lately
def confirm_factor() -> BaseResponse:
    """Put the offered secret in force, when a code shows that the app has it; show the recovery codes once."""
    person = _person()
    if person.totp_pending is None or person.totp_secret is not None:
        return redirect(url_for("account.factor"), 303)
    code = typed("code")
    codes = None
    if code:
        with services().database.noting() as noting:
            codes = signing_in.confirm_factor(noting, door(), _me(), code, _session_id())
    if codes is None:
        return _factor({"code": "Der Code stimmt nicht. Bitte prüfen Sie auch die Uhrzeit Ihres Geräts."})
    confirm_session()
    return _codes(codes)


@account.post("/verwaltung/konto/zweiter-faktor/abschalten")
@access(Level.SIGNED_IN)
@confirmed_lately
def end_factor() -> BaseResponse:
    """Switch the second factor off, for which the password is needed."""
    person = _person()
    if person.password_hash is not None:
        given = request.form.get("passwort", "")
        if not given:
            return _factor({"passwort": "Die Angabe fehlt."})
        attempt, wrong = _proved(person, given)
        if wrong:
            return _factor(wrong, attempt)
    with services().database.noting() as noting:
        signing_in.remove_factor(noting, door(), _me(), _session_id())
    confirm_session()
    flash("Der zweite Faktor ist abgeschaltet. Alle anderen Sitzungen sind beendet.", "success")
    return redirect(url_for("account.show"), 303)


@account.post("/verwaltung/konto/zweiter-faktor/ersatzcodes")
@access(Level.SIGNED_IN)
@confirmed_lately
def renew_codes() -> BaseResponse:
    """Make new recovery codes; the old ones work no more."""
    if _person().totp_secret is None:
        return redirect(url_for("account.factor"), 303)
    with services().database.noting() as noting:
        codes = signing_in.renew_recovery_codes(noting, _me())
    return _codes(codes)


@account.post("/verwaltung/konto/zweiter-faktor/ersatzcodes.txt")
@access(Level.SIGNED_IN)
def codes_file() -> BaseResponse:
    """Return the recovery codes that the page shows as a file: it sends them along, for they are not kept."""
    codes = request.form.get("codes", "")[:2000].split()
    with reading() as rows:
        own = second_factor.are_recovery_codes(rows, _me(), codes)
    if not own:
        return redirect(url_for("account.factor"), 303)
    site = services().settings.site_name
    text = f"Ersatzcodes für {site}\r\nJeder gilt einmal.\r\n\r\n" + "\r\n".join(codes) + "\r\n"
    return _file(text, "ersatzcodes.txt", "text/plain")


@account.post("/verwaltung/konto/sitzungen/<int:number>/beenden")
@access(Level.SIGNED_IN)
@confirmed_lately
def end_one(number: int) -> BaseResponse:
    """End one session of the own account."""
    with services().database.noting() as noting:
        if not end_session(noting, _me(), number):
            raise PageNotFound("Diese Sitzung gibt es nicht, oder sie ist schon beendet.")
        audit(noting, current_actor().key, "session.ended", current_actor().key, ended=number)
    if number == _session_id():
        forget_session()
        return redirect(url_for("sign_in.show"), 303)
    flash("Die Sitzung ist beendet.", "success")
    return redirect(url_for("account.show") + "#sitzungen", 303)


@account.post("/verwaltung/konto/sitzungen/beenden")
@access(Level.SIGNED_IN)
@confirmed_lately
def end_others() -> BaseResponse:
    """End all sessions of the own account but this one."""
    with services().database.noting() as noting:
        ended = end_sessions(noting, _me(), but=_session_id())
        if ended:
            audit(noting, current_actor().key, "session.ended", current_actor().key, others=ended)
    flash("Alle anderen Sitzungen sind beendet.", "success")
    return redirect(url_for("account.show") + "#sitzungen", 303)


@account.get("/verwaltung/konto/daten")
@access(Level.SIGNED_IN)
@confirmed_lately
def data() -> Response:
    """Return all that is known about the own person, as a file (Art. 15, 20 DSGVO)."""
    with services().database.noting() as noting:
        own_data.note_export(noting, _me())
    with reading() as rows:
        content = own_data.own_data(rows, _me()) | {"work": own_work(rows, _me())}
        content |= {"adoptions": own_adoptions(rows, _me()), "following": own_followings(rows, _owner())}
    return _file(json.dumps(content, ensure_ascii=False, indent=2), "meine-daten.json", "application/json")


@account.route("/verwaltung/konto/loeschen", methods=["GET", "POST"])
@access(Level.SIGNED_IN)
@confirmed_lately
def delete() -> BaseResponse:
    """Erase the own account; history keeps only its number."""
    if request.method == "GET":
        return answer("account/delete.html", {})
    if request.form.get("endgueltig") != "ja":
        return answer("account/delete.html", {"endgueltig": "Bitte bestätigen Sie, dass Sie das Konto löschen wollen."})
    try:
        with services().database.noting() as noting:
            forget(noting, _owner())
            own_data.delete_account(noting, _me())
            forget_author(noting, _me())
    except own_data.LastAdministratorError as error:
        refused = answer("account/delete.html", {"": str(error)})
        refused.status_code = 409
        return refused
    forget_session()
    flash("Ihr Konto ist gelöscht.", "success")
    return redirect(url_for("sign_in.show"), 303)


def _me() -> int:
    return current_actor().person_id or 0


def _owner() -> Owner:
    return Owner(current_actor().email, _me())


def _person() -> Person:
    with reading() as rows:
        return rows.get_one(Person, _me())


def _session_id() -> int:
    row = identity().web_session
    return row.id or 0 if row is not None else 0


def _proved(person: Person, given: str) -> tuple[Admission, Errors]:
    attempt = signing_in.confirms(door(), person, _session_id(), password=given)
    return attempt.admission, {} if attempt.person is not None else {"passwort": WRONG_PASSWORD}


def _overview(errors: Errors, name: str | None = None) -> str:
    with reading() as rows:
        person = rows.get_one(Person, _me())
        sessions: list[WebSession] = list(living_sessions(rows, _me()))
        return render_template(
            "account/show.html",
            person=person,
            name=person.name if name is None else name,
            memberships=memberships_of(rows, _me()),
            sessions=sessions,
            here=_session_id(),
            codes_left=recovery_codes_left(rows, _me()),
            errors=errors,
            items=summary(errors, LABELS),
        )


def _factor(errors: Errors, admission: Admission | None = None) -> Response:
    person = _person()
    secret = None if person.totp_secret else second_factor.offered(signing_key(), person)
    picture = None
    if secret:
        address = second_factor.address(secret, email=person.email, site=services().settings.site_name)
        picture = segno.make(address, error="m").svg_inline(omitsize=True, dark="#000", light="#fff", svgclass="qr")
    with reading() as rows:
        left = recovery_codes_left(rows, _me())
    return answer("account/factor.html", errors, admission, person=person, secret=secret, picture=picture, left=left)


def _codes(codes: list[str]) -> Response:
    return make_response(render_template("account/recovery_codes.html", codes=codes))


def _file(text: str, name: str, kind: str) -> Response:
    response = Response(text, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
