"""Interest of the own organisation in realising OZG services together."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.catalogue.reference import OzgService
from registry.cooperation.models import SharedInterest
from registry.cooperation.operations import (
    Declared,
    InterestFields,
    InterestOvertakenError,
    InterestRefusedError,
    UnknownInterestError,
    declare,
    end,
    is_public_now,
)
from registry.cooperation.queries import able_organisations, own_interests
from registry.editorial.spam import clean
from registry.editorial.worklists import coordinated_organisations
from registry.web.access import Level, access
from registry.web.addresses import absolute
from registry.web.forms import Errors, errors_of, summary
from registry.web.identity import current_actor
from registry.web.pages.errors import PageNotFound
from registry.web.services import reading, services

interests = Blueprint("interests", __name__)

LABELS = {
    "organisation": "Stelle",
    **{name: str(info.description) for name, info in InterestFields.model_fields.items()},
}
_DONE = {
    Declared.NEW: "Ihr Interesse ist bekundet. Wer dasselbe Interesse hat, bekommt eine E-Mail.",
    Declared.CHANGED: "Diese Stelle hatte das Interesse schon bekundet; Anmerkung und Sichtbarkeit sind geändert.",
    Declared.UNCHANGED: "Dieses Interesse ist genau so schon bekundet; es hat sich nichts geändert.",
}


class _UnchangedError(Exception):
    """Leaves a write transaction in which nothing is to be written, so that the clock stands still."""


@interests.errorhandler(UnknownInterestError)
def unknown(error: UnknownInterestError) -> Response:
    """Answer 404 for an interest that does not exist."""
    return current_app.make_response(current_app.handle_http_exception(PageNotFound(str(error))))


@interests.get("/verwaltung/gemeinsam")
@access(Level.EDITOR)
def index() -> str:
    """Show the interests of the own organisations, and the form for a new one."""
    typed = {"ozg_id": clean(request.args.get("ozg", ""))[:5]}
    return _page(typed)


@interests.post("/verwaltung/gemeinsam")
@access(Level.COORDINATOR)
def create() -> Response | tuple[str, int]:
    """Declare an interest, or change the one that is open."""
    typed = {
        "organisation": request.form.get("organisation", "")[:10],
        "ozg_id": clean(request.form.get("ozg_id", ""))[:20],
        "note": clean(request.form.get("note", ""), lines=True),
        "is_public": "ja" if request.form.get("is_public") == "ja" else "",
    }
    chosen = typed["organisation"]
    number = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 10 else None
    try:
        fields = InterestFields(ozg_id=typed["ozg_id"], note=typed["note"], is_public=bool(typed["is_public"]))
    except ValidationError as error:
        return _page(typed, errors_of(error)), 422
    with reading() as session:
        seen = fields.is_public or is_public_now(session, number, fields.ozg_id)
    link = absolute("cooperation.index", ozg=fields.ozg_id)
    try:
        with _writing(seen) as (session, tick):
            done = declare(session, current_actor(), number, fields, tick=tick, link=link)
            if done is Declared.UNCHANGED:
                raise _UnchangedError
    except _UnchangedError:
        flash(_DONE[Declared.UNCHANGED], "info")
        return redirect(url_for("interests.index"), 303)
    except InterestRefusedError as error:
        return _page(typed, {error.field: error.reason}), 422
    except InterestOvertakenError as error:
        return _page(typed, {"": str(error)}), 409
    flash(_DONE[done], "success")
    return redirect(url_for("interests.index"), 303)


@interests.post("/verwaltung/gemeinsam/<int:number>/beenden")
@access(Level.COORDINATOR)
def finish(number: int) -> Response | tuple[str, int]:
    """End an interest."""
    with reading() as session:
        row = session.get(SharedInterest, number) if number < 2**31 else None
    if row is None:
        raise UnknownInterestError
    try:
        with _writing(row.is_public and row.ended_at is None) as (session, tick):
            end(session, current_actor(), number, tick=tick)
    except InterestOvertakenError as error:
        return _page({}, {"": str(error)}), 409
    flash("Das Interesse ist beendet.", "success")
    return redirect(url_for("interests.index"), 303)


@contextmanager
def _writing(seen_by_all: bool) -> Iterator[tuple[Session, int | None]]:
    """Open a transaction that moves the clock only for what the public sees."""
    if seen_by_all:
        with services().database.writing() as write:
            yield write.session, write.tick
    else:
        with services().database.noting() as session:
            yield session, None


def _page(typed: Mapping[str, str], errors: Errors | None = None) -> str:
    actor = current_actor()
    with reading() as session:
        rows = own_interests(session, actor)
        organisations = able_organisations(coordinated_organisations(session, actor))
        found = session.get(OzgService, typed.get("ozg_id") or "")
    return render_template(
        "interests/index.html",
        rows=rows,
        organisations=[(str(one.id), one.name) for one in organisations],
        without_mailbox=[one.name for one in organisations if not one.mailbox],
        typed={"organisation": "", "ozg_id": "", "note": "", "is_public": "", **typed},
        service=found,
        errors=errors or {},
        lines=summary(errors or {}, LABELS),
        labels=LABELS,
        decides=actor.coordinates_anywhere,
    )
