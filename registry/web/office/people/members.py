"""Pages of members: inviting, sending again, withdrawing; role and removal."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.accounts.enums import Role
from registry.accounts.members import (
    InvitationFields,
    MemberRefusedError,
    UnknownMemberError,
    change_role,
    invite,
    remove_member,
    resend,
    withdraw,
)
from registry.accounts.models import Organisation
from registry.accounts.people_queries import MemberRow, active_coordinators, members_of
from registry.web.access import Level, access
from registry.web.forms import errors_of
from registry.web.identity import current_actor
from registry.web.office.people.blueprint import home_of, invitations, own_organisation, people
from registry.web.office.people.organisations import organisation_page
from registry.web.pages.errors import PageNotFound
from registry.web.services import reading, services

INVITED = "Die Einladung an {} ist unterwegs."
CONFIRM = "Bitte bestätigen Sie, dass die Stelle danach keine OZG-Koordination mehr hat."


@people.post("/verwaltung/stellen/<slug>/einladungen")
@access(Level.COORDINATOR)
def invite_member(slug: str) -> Response | tuple[str, int]:
    """Invite somebody to the organisation. Whether the address has an account does not show."""
    typed = {"email": request.form.get("email", "").strip(), "role": request.form.get("role", "")}
    errors: dict[str, str]
    try:
        fields = InvitationFields.model_validate({"email": typed["email"], "role": typed["role"] or None})
        if fields.role is None:
            errors, status = {"role": "Bitte wählen Sie eine Aufgabe aus."}, 422
        else:
            with services().database.noting() as session:
                row = own_organisation(session, slug)
                invite(session, current_actor(), invitations(), row, fields)
            flash(INVITED.format(fields.email), "success")
            return redirect(home_of(slug), 303)
    except ValidationError as error:
        errors, status = errors_of(error), 422
        if "role" in errors:
            errors["role"] = "Bitte wählen Sie eine Aufgabe aus."
    except MemberRefusedError as error:
        errors, status = {"email": str(error)}, 409
    with reading() as session:
        return organisation_page(session, own_organisation(session, slug), typed=typed, errors=errors), status


@people.post("/verwaltung/stellen/<slug>/einladungen/<int:number>/erneut")
@access(Level.COORDINATOR)
def resend_invitation(slug: str, number: int) -> Response:
    """Send an invitation again with a new link."""
    try:
        with services().database.noting() as session:
            resend(session, current_actor(), invitations(), own_organisation(session, slug), number)
    except UnknownMemberError:
        raise PageNotFound("Diese Einladung gibt es nicht mehr.") from None
    except MemberRefusedError as error:
        flash(str(error), "danger")
    else:
        flash("Die Einladung ist noch einmal unterwegs. Der frühere Link gilt nicht mehr.", "success")
    return redirect(home_of(slug), 303)


@people.post("/verwaltung/stellen/<slug>/einladungen/<int:number>/zuruecknehmen")
@access(Level.COORDINATOR)
def withdraw_invitation(slug: str, number: int) -> Response:
    """Take an invitation back."""
    try:
        with services().database.noting() as session:
            withdraw(session, current_actor(), own_organisation(session, slug), number)
    except UnknownMemberError:
        raise PageNotFound("Diese Einladung gibt es nicht mehr.") from None
    flash("Die Einladung ist zurückgenommen; ihr Link gilt nicht mehr.", "success")
    return redirect(home_of(slug), 303)


@people.get("/verwaltung/stellen/<slug>/mitglieder/<int:person_id>")
@access(Level.COORDINATOR)
def member(slug: str, person_id: int) -> str:
    """Show a member's role, to change or take it."""
    with reading() as session:
        row = own_organisation(session, slug)
        return _member_page(session, row, _member(session, row, person_id))


@people.post("/verwaltung/stellen/<slug>/mitglieder/<int:person_id>/aufgabe")
@access(Level.COORDINATOR)
def set_role(slug: str, person_id: int) -> Response | tuple[str, int]:
    """Give a member another role."""
    wanted = request.form.get("role", "")
    role = next((one for one in Role if one.value == wanted), None)
    if role is None:
        return _again(slug, person_id, {"role": "Bitte wählen Sie eine Aufgabe aus."})

    def change(session: Session, row: Organisation) -> str:
        changed = change_role(session, current_actor(), row, person_id, role)
        return f"Neue Aufgabe: {role.label}." if changed else "Die Aufgabe war schon so."

    return _on_member(slug, person_id, change, risky=role is not Role.COORDINATOR, field="role_bestaetigt")


@people.post("/verwaltung/stellen/<slug>/mitglieder/<int:person_id>/entfernen")
@access(Level.COORDINATOR)
def remove(slug: str, person_id: int) -> Response | tuple[str, int]:
    """Take a member's role away."""

    def change(session: Session, row: Organisation) -> str:
        remove_member(session, current_actor(), row, person_id)
        return "Die Person gehört nicht mehr zur Stelle. Ihr Konto besteht weiter."

    return _on_member(slug, person_id, change, risky=True, field="entfernen_bestaetigt")


def _on_member(
    slug: str, person_id: int, change: Callable[[Session, Organisation], str], *, risky: bool, field: str
) -> Response | tuple[str, int]:
    """Change a member; what leaves the organisation without coordinator needs a confirmation."""
    confirmed = request.form.get(field) == "ja"
    try:
        with services().database.noting() as session:
            row = own_organisation(session, slug)
            if risky and not confirmed and _is_last_coordinator(session, row, _member(session, row, person_id)):
                raise _UnconfirmedError
            done = change(session, row)
            left = row.id is not None and active_coordinators(session, row.id) == 0
    except _UnconfirmedError:
        return _again(slug, person_id, {field: CONFIRM})
    except UnknownMemberError as error:
        raise PageNotFound(str(error)) from None
    flash(done, "success")
    if risky and left:
        flash("Die Stelle hat jetzt keine OZG-Koordination mehr.", "warning")
    actor = current_actor()
    gone = person_id == actor.person_id and not actor.is_admin  # who gave the own role away may not look on
    return redirect(url_for("desk.show") if gone else home_of(slug), 303)


class _UnconfirmedError(Exception):
    """The organisation would lose its last coordinator, and nobody has confirmed that."""


def _again(slug: str, person_id: int, errors: dict[str, str]) -> tuple[str, int]:
    with reading() as session:
        row = own_organisation(session, slug)
        return _member_page(session, row, _member(session, row, person_id), errors), 422


def _member(session: Session, row: Organisation, person_id: int) -> MemberRow:
    found = members_of(session, row.id) if row.id is not None else []
    for one in found:
        if one.person.id == person_id:
            return one
    raise PageNotFound("Diese Person gehört nicht zur Stelle.")


def _is_last_coordinator(session: Session, row: Organisation, one: MemberRow) -> bool:
    return (
        one.role is Role.COORDINATOR
        and row.id is not None
        and active_coordinators(session, row.id, but=one.person.id) == 0
    )


def _member_page(session: Session, row: Organisation, one: MemberRow, errors: dict[str, str] | None = None) -> str:
    errors = errors or {}
    return render_template(
        "people/member.html",
        organisation=row,
        member=one,
        last=_is_last_coordinator(session, row, one),
        own=one.person.id == current_actor().person_id,
        roles=[(role.value, role.label) for role in Role],
        errors=errors,
        error_items=[(path, "Aufgabe" if path == "role" else "Bestätigung", text) for path, text in errors.items()],
    )
