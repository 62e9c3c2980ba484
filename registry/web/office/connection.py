"""The connection checklist of an adoption: both sides tick, print and add to it."""

from collections.abc import Callable, Mapping
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.adoption.enums import TaskState
from registry.adoption.finding import UnknownAdoptionError, find
from registry.adoption.models import Adoption
from registry.adoption.task_operations import (
    TaskConflictError,
    TaskRefusedError,
    UnknownTaskError,
    add_own_task,
    check_side,
    make_tasks,
    remove_own_task,
    set_task,
)
from registry.adoption.task_queries import tasks_of
from registry.adoption.task_rules import Side
from registry.catalogue.messages import Refusal
from registry.web.access import Level, access
from registry.web.editing.texts import date_from, plain
from registry.web.formatting import german_today
from registry.web.forms import Errors, summary
from registry.web.identity import current_actor
from registry.web.pages.errors import PageNotFound
from registry.web.refusing import PageConflict
from registry.web.services import reading, services

connection = Blueprint("connection", __name__)


PLACE = "anschluss"
"""Id of the section on the adoption's page: every action leads back to it."""


@connection.get("/verwaltung/nachnutzungen/<key>/anschluss")
@access(Level.EDITOR)
def show(key: str) -> str:
    """Show the list alone, to be worked on or printed."""
    return _page(key)


@connection.post("/verwaltung/nachnutzungen/<key>/anschluss/erstellen")
@access(Level.COORDINATOR)
def make(key: str) -> Response | tuple[str, int]:
    """Make the list, or let it follow what entry and profiles say now."""
    return _write(key, "Die Anschlussliste ist auf dem Stand von heute.", _make)


@connection.post("/verwaltung/nachnutzungen/<key>/anschluss/aufgabe")
@access(Level.EDITOR)
def add(key: str) -> Response | tuple[str, int]:
    """Add an own task."""
    title = plain(request.form.get("neu.title", ""))
    side = next((one for one in Side if one.value == request.form.get("neu.side")), Side.BOTH)

    def operation(session: Session, adoption: Adoption) -> None:
        add_own_task(session, current_actor(), adoption, title, side)

    return _write(key, "Die Aufgabe steht in der Liste.", operation, part="neu")


@connection.post("/verwaltung/nachnutzungen/<key>/anschluss/<int:number>")
@access(Level.EDITOR)
def tick(key: str, number: int) -> Response | tuple[str, int]:
    """Set state, day and note of a task."""
    part = f"t{number}"
    state = next((one for one in TaskState if one.value == request.form.get(f"{part}.state")), None)
    typed = plain(request.form.get(f"{part}.day", "")[:40])
    day = _day(typed)

    def operation(session: Session, adoption: Adoption) -> None:
        check_side(session, current_actor(), adoption)
        if state is None:
            raise TaskRefusedError([Refusal("state", "Bitte wählen Sie, wo die Aufgabe steht.")])
        if typed and day is None and state is TaskState.DONE:
            raise TaskRefusedError([Refusal("day", "Das ist kein Datum der Form JJJJ-MM-TT.")])
        set_task(
            session,
            current_actor(),
            adoption,
            number,
            state=state,
            day=day,
            note=plain(request.form.get(f"{part}.note", "")),
            seen=request.form.get("seen"),
            today=german_today(),
        )

    return _write(key, f"Die Aufgabe ist: {state.label}." if state else "", operation, part=part)


@connection.post("/verwaltung/nachnutzungen/<key>/anschluss/<int:number>/entfernen")
@access(Level.EDITOR)
def remove(key: str, number: int) -> Response | tuple[str, int]:
    """Remove an own task."""

    def operation(session: Session, adoption: Adoption) -> None:
        remove_own_task(session, current_actor(), adoption, number)

    return _write(key, "Die Aufgabe ist entfernt.", operation)


def _make(session: Session, adoption: Adoption) -> None:
    make_tasks(session, current_actor(), adoption)


def _write(
    key: str, done: str, operation: Callable[[Session, Adoption], None], part: str = ""
) -> Response | tuple[str, int]:
    """Carry an operation out, and go back to the page that the form stood on."""
    try:
        with services().database.noting() as session:
            operation(session, find(session, current_actor(), key, locked=True).adoption)
    except (UnknownAdoptionError, UnknownTaskError) as error:
        raise PageNotFound(str(error)) from None
    except TaskConflictError as error:
        raise PageConflict(str(error)) from None
    except TaskRefusedError as error:
        errors = {f"{part}.{one.field}" if part else "": one.reason for one in error.refusals}
        return _page(key, errors=errors, part=part), 422
    flash(done, "success")
    back = "connection.show" if request.form.get("zurueck") == "liste" else "adoptions.show"
    return redirect(url_for(back, key=key, _anchor=PLACE), 303)


def _page(key: str, errors: Errors | None = None, part: str = "") -> str:
    actor = current_actor()
    with reading() as session:
        try:
            found = find(session, actor, key)
        except UnknownAdoptionError as error:
            raise PageNotFound(str(error)) from None
        tasks = tasks_of(session, found.adoption.id or 0)
    labels: Mapping[str, str] = {
        f"{part}.title": "Aufgabe",
        f"{part}.state": "Stand",
        f"{part}.day": "Erledigt am",
        f"{part}.note": "Anmerkung",
    }
    return render_template(
        "connection/show.html",
        key=key,
        adoption=found.adoption,
        bundle=found.bundle,
        body=found.body,
        tasks=tasks,
        sides=found.sides,
        errors=errors or {},
        part=part,
        typed={name: request.form.get(name, "") for name in request.form},
        lines=summary(errors or {}, labels),
        today=german_today(),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(date_from(text))
    except ValueError:
        return None
