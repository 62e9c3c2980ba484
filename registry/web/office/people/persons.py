"""Pages of accounts, for administrators: the list, one account, invitations to the administration."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.accounts.members import (
    InvitationFields,
    MemberRefusedError,
    UnknownMemberError,
    expired,
    invite,
    open_invitations,
    resend,
    withdraw,
)
from registry.accounts.people_queries import people_page, sole_coordinations
from registry.accounts.persons import (
    disable,
    enable,
    find_person,
    reset_second_factor,
    send_reset_link,
    set_admin,
)
from registry.accounts.queries import living_sessions, memberships_of
from registry.web.access import Level, access, confirmed_lately
from registry.web.forms import errors_of
from registry.web.identity import current_actor, identity
from registry.web.office.people.blueprint import PER_PAGE, invitations, people, resets
from registry.web.office.people.members import INVITED
from registry.web.pages.errors import PageNotFound
from registry.web.parameters import clean_text, page_number
from registry.web.services import reading, services

ONLY = {
    "": ("", "alle"),
    "administration": ("admin", "Administration"),
    "gesperrt": ("disabled", "gesperrt"),
    "ohne-zweiten-faktor": ("no_factor", "ohne zweiten Faktor"),
    "ohne-aufgabe": ("no_role", "ohne Aufgabe"),
}
"""Choice in the address → name of the query's choice, label."""


@people.get("/verwaltung/personen")
@access(Level.ADMINISTRATOR)
def persons() -> str | Response:
    """List the accounts."""
    return _persons_page()


def _persons_page(typed: str = "", errors: dict[str, str] | None = None) -> str | Response:
    errors = errors or {}
    text, _ = clean_text(request.args.get("q", ""))
    only = request.args.get("nur", "")
    only = only if only in ONLY else ""
    page = page_number(request.args.get("seite"))
    with reading() as session:
        rows, total = people_page(session, text=text, only=ONLY[only][0], page=page, per_page=PER_PAGE)
        pending = [(one, expired(one)) for one in open_invitations(session, None)]
    pages = max(1, -(-total // PER_PAGE))
    if page > pages:
        return redirect(url_for("people.persons", q=text or None, nur=only or None, seite=pages), 303)
    return render_template(
        "people/persons.html",
        rows=rows,
        total=total,
        page=page,
        pages=pages,
        text=text,
        only=only,
        choices=[(value, label) for value, (_, label) in ONLY.items() if value],
        invitations=pending,
        typed=typed,
        errors=errors,
        error_items=[(path, "E-Mail", reason) for path, reason in errors.items()],
    )


@people.post("/verwaltung/personen/einladungen")
@access(Level.ADMINISTRATOR)
def invite_administrator() -> Response | str | tuple[str | Response, int]:
    """Invite somebody to the administration of the registry."""
    if not identity().is_fresh:
        return _confirm_first(url_for("people.persons"))
    typed = request.form.get("email", "").strip()
    try:
        fields = InvitationFields.model_validate({"email": typed})
        with services().database.noting() as session:
            invite(session, current_actor(), invitations(), None, fields)
    except ValidationError as error:
        return _persons_page(typed, errors_of(error)), 422
    except MemberRefusedError as error:
        return _persons_page(typed, {"email": str(error)}), 409
    flash(INVITED.format(fields.email), "success")
    return redirect(url_for("people.persons"), 303)


@people.post("/verwaltung/personen/einladungen/<int:number>/erneut")
@access(Level.ADMINISTRATOR)
def resend_administrator(number: int) -> Response:
    """Send an invitation to the administration again."""
    try:
        with services().database.noting() as session:
            resend(session, current_actor(), invitations(), None, number)
    except UnknownMemberError:
        raise PageNotFound("Diese Einladung gibt es nicht mehr.") from None
    flash("Die Einladung ist noch einmal unterwegs. Der frühere Link gilt nicht mehr.", "success")
    return redirect(url_for("people.persons"), 303)


@people.post("/verwaltung/personen/einladungen/<int:number>/zuruecknehmen")
@access(Level.ADMINISTRATOR)
def withdraw_administrator(number: int) -> Response:
    """Take an invitation to the administration back."""
    try:
        with services().database.noting() as session:
            withdraw(session, current_actor(), None, number)
    except UnknownMemberError:
        raise PageNotFound("Diese Einladung gibt es nicht mehr.") from None
    flash("Die Einladung ist zurückgenommen; ihr Link gilt nicht mehr.", "success")
    return redirect(url_for("people.persons"), 303)


@people.get("/verwaltung/personen/<int:person_id>")
@access(Level.ADMINISTRATOR)
@confirmed_lately
def person(person_id: int) -> str:
    """Show an account, and what can be done to it."""
    with reading() as session:
        try:
            one = find_person(session, person_id)
        except UnknownMemberError as error:
            raise PageNotFound(str(error)) from None
        return render_template(
            "people/person.html",
            person=one,
            own=one.id == current_actor().person_id,
            memberships=memberships_of(session, person_id),
            sessions=len(living_sessions(session, person_id)),
            sole=sole_coordinations(session, person_id),
        )


@people.post("/verwaltung/personen/<int:person_id>/sperren")
@access(Level.ADMINISTRATOR)
def disable_person(person_id: int) -> Response:
    """Lock an account and end its sessions."""
    return _do(
        person_id,
        lambda session: disable(session, current_actor(), person_id),
        "Das Konto ist gesperrt; alle Sitzungen sind beendet.",
        "Das Konto war schon gesperrt.",
    )


@people.post("/verwaltung/personen/<int:person_id>/entsperren")
@access(Level.ADMINISTRATOR)
def enable_person(person_id: int) -> Response:
    """Unlock an account."""
    return _do(
        person_id,
        lambda session: enable(session, current_actor(), person_id),
        "Das Konto ist entsperrt.",
        "Das Konto war nicht gesperrt.",
    )


@people.post("/verwaltung/personen/<int:person_id>/administration")
@access(Level.ADMINISTRATOR)
def set_administrator(person_id: int) -> Response:
    """Give or take the administration."""
    wanted = request.form.get("administration") == "ja"
    return _do(
        person_id,
        lambda session: set_admin(session, current_actor(), person_id, wanted),
        "Die Person gehört jetzt zur Administration." if wanted else "Die Administration ist entzogen.",
        "Das war schon so.",
    )


@people.post("/verwaltung/personen/<int:person_id>/zweiter-faktor")
@access(Level.ADMINISTRATOR)
def reset_factor(person_id: int) -> Response:
    """Remove a lost second factor."""
    return _do(
        person_id,
        lambda session: reset_second_factor(session, current_actor(), services().settings.site_name, person_id),
        "Der zweite Faktor ist zurückgesetzt; die Person hat eine Nachricht bekommen.",
        "Die Person hat keinen zweiten Faktor eingerichtet.",
    )


@people.post("/verwaltung/personen/<int:person_id>/passwort-link")
@access(Level.ADMINISTRATOR)
def send_link(person_id: int) -> Response:
    """Mail a link for a new password."""

    def send(session: Session) -> bool:
        send_reset_link(session, current_actor(), resets(), person_id)
        return True

    return _do(person_id, send, "Der Link für ein neues Passwort ist unterwegs.", "")


def _do(person_id: int, change: Callable[[Session], bool], done: str, idle: str) -> Response:
    target = url_for("people.person", person_id=person_id)
    if not identity().is_fresh:
        return _confirm_first(target)
    try:
        with services().database.noting() as session:
            changed = change(session)
    except UnknownMemberError as error:
        raise PageNotFound(str(error)) from None
    except MemberRefusedError as error:
        flash(str(error), "danger")
    else:
        flash(done if changed else idle, "success" if changed else "info")
    # Who gave the own administration away may not look on.
    mine = person_id == current_actor().person_id and request.endpoint == "people.set_administrator"
    return redirect(url_for("desk.show") if mine and not _still_admin(person_id) else target, 303)


def _confirm_first(target: str) -> Response:
    """Ask for password or factor once more, then go on to `target`: no stolen session makes administrators."""
    flash("Bitte bestätigen Sie zuerst, dass Sie es sind, und wiederholen Sie dann den Schritt.", "info")
    return redirect(url_for("account.confirm", weiter=target), 303)


def _still_admin(person_id: int) -> bool:
    with reading() as session:
        return find_person(session, person_id).is_admin
