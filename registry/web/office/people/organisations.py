"""Pages of organisations: the list, founding, changing, taking out of service, taking entries over."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.accounts.enums import OrganisationKind, Role
from registry.accounts.members import expired, open_invitations
from registry.accounts.models import Organisation
from registry.accounts.organisations import (
    KEYED,
    OrganisationRefusedError,
    UnknownOrganisationError,
    body_name,
    change_organisation,
    create_organisation,
    deactivate_organisation,
    reactivate_organisation,
)
from registry.accounts.people_queries import bodies, members_of, organisations_page
from registry.editorial.holdings import holdings, ownerless, take_over
from registry.web.access import Level, access
from registry.web.forms import Errors, errors_of, summary
from registry.web.identity import current_actor
from registry.web.office.people.blueprint import PER_PAGE, home_of, own_organisation, people
from registry.web.pages.errors import PageNotFound
from registry.web.parameters import clean_text, page_number
from registry.web.services import reading, services

FREE_KINDS = (OrganisationKind.LAND, OrganisationKind.OTHER)
STATES = {"": None, "aktiv": True, "stillgelegt": False}
LABELS = {
    "kind": "Art",
    "name": "Name",
    "mailbox": "Funktionspostfach",
    "four_eyes": "Vier-Augen-Prinzip",
    "email": "E-Mail",
    "role": "Aufgabe",
}


@people.get("/verwaltung/stellen")
@access(Level.COORDINATOR)
def index() -> str | Response:
    """List the organisations: all for administrators, else those that the person coordinates."""
    actor = current_actor()
    text, _ = clean_text(request.args.get("q", ""))
    state = request.args.get("zustand", "")
    state = state if state in STATES else ""
    page = page_number(request.args.get("seite"))
    ids = None if actor.is_admin else [one for one, role in actor.roles.items() if role is Role.COORDINATOR]
    with reading() as session:
        rows, total = organisations_page(
            session, ids=ids, text=text, active=STATES[state], page=page, per_page=PER_PAGE
        )
        figures = holdings(session, [row.organisation.id for row in rows if row.organisation.id is not None])
    pages = max(1, -(-total // PER_PAGE))
    if page > pages:
        return redirect(url_for("people.index", q=text or None, zustand=state or None, seite=pages), 303)
    return render_template(
        "people/index.html",
        rows=rows,
        figures=figures,
        total=total,
        page=page,
        pages=pages,
        text=text,
        state=state,
        searchable=ids is None or len(ids) > PER_PAGE,
    )


@people.route("/verwaltung/stellen/neu", methods=["GET", "POST"])
@access(Level.ADMINISTRATOR)
def create() -> str | Response | tuple[str, int]:
    """Found an organisation: choose the body from the catalogue by name or key, or name another one."""
    if request.method == "GET":
        return _create_page(request.args.get("art", ""), request.args.get("schluessel", ""))
    form = request.form
    kind, key = form.get("kind", ""), form.get("key", "")
    chosen = next((one for one in OrganisationKind if one.value == kind), None)
    if chosen is None:
        return _create_page(kind, key, typed=form, errors={"kind": "Bitte wählen Sie eine Art aus."}), 422
    try:
        with services().database.writing() as write:
            organisation = create_organisation(
                write,
                current_actor(),
                kind=chosen,
                key=key or None,
                name=form.get("name", "").strip() or None,
                mailbox=form.get("mailbox", "").strip() or None,
                four_eyes=form.get("four_eyes") == "ja",
            )
            slug, name = organisation.slug, organisation.name
    except OrganisationRefusedError as error:
        errors = errors_of(error.refusals)
        errors = {"" if path == "key" else path: reason for path, reason in errors.items()}  # it is no visible field
        status = 409 if error.existing else 422
        return _create_page(kind, key, typed=form, errors=errors, existing=error.existing), status
    except ValidationError as error:
        return _create_page(kind, key, typed=form, errors=errors_of(error)), 422
    flash(f"Die Stelle „{name}“ ist angelegt. Laden Sie jetzt ihre OZG-Koordination ein.", "success")
    return redirect(home_of(slug), 303)


def _create_page(
    kind: str, key: str, *, typed: Any = None, errors: Errors | None = None, existing: str | None = None
) -> str:
    text, _ = clean_text(request.args.get("q", ""))
    with reading() as session:
        chosen = next((one for one in KEYED if one.value == kind), None)
        body = body_name(session, chosen, key) if chosen and key else None
        found = bodies(session, text) if text and body is None else []
    return render_template(
        "people/create.html",
        text=text,
        found=found,
        kind=chosen if body else None,
        key=key if body else "",
        body=body,
        free_kinds=[(one.value, one.label) for one in FREE_KINDS],
        typed=typed or {},
        errors=errors or {},
        error_items=summary(errors or {}, LABELS),
        existing=existing,
    )


@people.get("/verwaltung/stellen/<slug>")
@access(Level.COORDINATOR)
def organisation(slug: str) -> str:
    """Show an organisation: its facts, members, open invitations."""
    with reading() as session:
        return organisation_page(session, own_organisation(session, slug))


def organisation_page(session: Session, row: Organisation, *, typed: Any = None, errors: Errors | None = None) -> str:
    """Return the page of an organisation; `typed` and `errors`: of the invitation form."""
    if row.id is None:
        raise ValueError("the organisation is not stored")
    members = members_of(session, row.id)
    return render_template(
        "people/organisation.html",
        organisation=row,
        body=_body_of(row),
        figures=holdings(session, [row.id])[row.id],
        members=members,
        coordinated=any(one.role is Role.COORDINATOR and one.person.active for one in members),
        invitations=[(one, expired(one)) for one in open_invitations(session, row.id)],
        adoptable=len(ownerless(session, row)) if current_actor().is_admin and row.active else 0,
        roles=[(one.value, one.label) for one in Role],
        typed=typed or {},
        errors=errors or {},
        error_items=summary(errors or {}, LABELS),
    )


def _body_of(row: Organisation) -> tuple[str, str, str | None]:
    """Return label, key and public page of the catalogue's body."""
    if row.municipality:
        return "AGS", row.municipality, url_for("municipalities.show", key=row.municipality)
    if row.district:
        return "Kreisschlüssel", row.district, url_for("municipalities.show", key=row.district)
    if row.provider:
        return "Kurzname im Katalog", row.provider, url_for("search.results", dienstleister=row.provider)
    return "", "", None


@people.route("/verwaltung/stellen/<slug>/bearbeiten", methods=["GET", "POST"])
@access(Level.COORDINATOR)
def edit(slug: str) -> str | Response | tuple[str, int]:
    """Change mailbox and four-eyes rule; administrators also the name."""
    with reading() as session:
        row = own_organisation(session, slug)
    if request.method == "GET":
        return _edit_page(row, {"name": row.name, "mailbox": row.mailbox or "", "four_eyes": row.four_eyes})
    form = request.form
    changes: dict[str, Any] = {
        "mailbox": form.get("mailbox", "").strip() or None,
        "four_eyes": form.get("four_eyes") == "ja",
    }
    if "name" in form:
        changes["name"] = form["name"]
    try:
        with services().database.writing() as write:
            changed = change_organisation(write, current_actor(), slug, changes)
            if not changed:
                raise _UnchangedError
    except _UnchangedError:
        flash("Es war nichts zu ändern.", "info")
    except OrganisationRefusedError as error:
        return _edit_page(row, {"name": row.name, **changes}, errors_of(error.refusals)), 409
    except ValidationError as error:
        return _edit_page(row, {"name": row.name, **changes}, errors_of(error)), 422
    else:
        flash("Die Änderungen sind gespeichert.", "success")
    return redirect(home_of(slug), 303)


class _UnchangedError(Exception):
    """Rolls a transaction back that would only move the clock."""


def _edit_page(row: Organisation, typed: dict[str, Any], errors: Errors | None = None) -> str:
    return render_template(
        "people/edit.html",
        organisation=row,
        typed=typed,
        errors=errors or {},
        error_items=summary(errors or {}, LABELS),
    )


@people.route("/verwaltung/stellen/<slug>/stilllegen", methods=["GET", "POST"])
@access(Level.ADMINISTRATOR)
def deactivate(slug: str) -> str | Response:
    """Tell what taking out of service means, then do it."""
    if request.method == "GET":
        with reading() as session:
            row = own_organisation(session, slug)
            number = row.id or 0
            members, figures = members_of(session, number), holdings(session, [number])[number]
        return render_template("people/deactivate.html", organisation=row, members=len(members), figures=figures)
    return _switch(slug, active=False)


@people.post("/verwaltung/stellen/<slug>/reaktivieren")
@access(Level.ADMINISTRATOR)
def reactivate(slug: str) -> Response:
    """Put an organisation back into service."""
    return _switch(slug, active=True)


def _switch(slug: str, *, active: bool) -> Response:
    reason, _ = clean_text(request.form.get("reason", ""))
    try:
        with services().database.writing() as write:
            if active:
                done = reactivate_organisation(write, current_actor(), slug)
            else:
                done = deactivate_organisation(write, current_actor(), slug, reason=reason)
            if not done:
                raise _UnchangedError
    except UnknownOrganisationError as error:
        raise PageNotFound(str(error)) from None
    except _UnchangedError:
        flash("Die Stelle war schon in diesem Zustand.", "info")
    else:
        flash("Die Stelle ist wieder in Betrieb." if active else "Die Stelle ist stillgelegt.", "success")
    return redirect(home_of(slug), 303)


@people.route("/verwaltung/stellen/<slug>/eintraege-uebernehmen", methods=["GET", "POST"])
@access(Level.ADMINISTRATOR)
def adopt(slug: str) -> str | Response:
    """Show the ownerless entries in which the organisation leads; make it the owner of the chosen ones."""
    with reading() as session:
        row = own_organisation(session, slug)
        entries = ownerless(session, row)
    if request.method == "GET" or not row.active:
        return render_template("people/adopt.html", organisation=row, entries=entries)
    chosen = set(request.form.getlist("entries")) & {one.slug for one in entries}
    taken: list[str] = []
    try:
        with services().database.writing() as write:
            taken = take_over(write, current_actor(), row, chosen)
            if not taken:
                raise _UnchangedError
    except _UnchangedError:
        flash("Kein Eintrag war ausgewählt, oder alle haben inzwischen eine zuständige Stelle.", "warning")
        return redirect(url_for("people.adopt", slug=slug), 303)
    done = "Ein Eintrag gehört" if len(taken) == 1 else f"{len(taken)} Einträge gehören"
    flash(f"{done} jetzt der Stelle „{row.name}“.", "success")
    return redirect(home_of(slug), 303)
