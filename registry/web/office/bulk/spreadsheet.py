"""The spreadsheet round trip: download the own entries, upload the table, look at each change, take it over."""

import logging
from dataclasses import dataclass

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.accounts.audit import audit
from registry.accounts.models import Organisation
from registry.editorial.pending_imports import (
    UnknownImportError,
    drop_import,
    keep_import,
    pending_import,
    rows_of,
)
from registry.editorial.sets import NothingToChangeError, StalePlanError
from registry.editorial.worklists import coordinated_organisations
from registry.exchange.round_trip import (
    PlannedRow,
    TooManyChangesError,
    apply_rows,
    digest_of,
    own_rows,
    plan_rows,
    rows_from,
    table_csv,
    table_xlsx,
)
from registry.exchange.tables import FileRefusedError
from registry.exchange.uploads import MAX_BYTES, read_upload
from registry.web.access import Level, access
from registry.web.addresses import absolute
from registry.web.formatting import plural
from registry.web.identity import current_actor
from registry.web.office.bulk.blueprint import bulk
from registry.web.office.bulk.showing import Change, changes_of, names_for
from registry.web.pages.errors import PageNotFound
from registry.web.services import reading, services

log = logging.getLogger(__name__)
_PATH = "/verwaltung/sammelbearbeitung/tabelle"
_KEY = "<string(maxlength=43):key>"
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class DryRun:
    """What a table would do, sorted for the page."""

    changing: list[tuple[PlannedRow, list[Change]]]
    refused: list[PlannedRow]
    unchanged: int
    digest: str
    to_review: int


@bulk.get(_PATH)
@access(Level.COORDINATOR)
def spreadsheet() -> str:
    """Offer the table and take it back."""
    return _start_page()


@bulk.post(f"{_PATH}/ausgabe")
@access(Level.COORDINATOR)
def export() -> FlaskResponse | tuple[str, int]:
    """Hand the own entries out as a table; the audit log says so."""
    actor, kind = current_actor(), request.form.get("format", "")
    if kind not in _TYPES:
        return _start_page("Bitte wählen Sie CSV oder XLSX."), 422
    with reading() as session:
        rows = own_rows(session, actor)
    try:
        content: str | bytes = table_csv(rows) if kind == "csv" else table_xlsx(rows)
    except ValueError:
        return _start_page("Ein Text ist länger, als eine Zelle von XLSX fasst. Bitte nehmen Sie CSV."), 422
    with services().database.noting() as session:
        audit(session, actor.key, "entries.exported", kind, entries=len(rows))
    disposition = f"attachment; filename=eintraege.{kind}"
    return FlaskResponse(content, content_type=_TYPES[kind], headers={"Content-Disposition": disposition})


@bulk.post(f"{_PATH}/hochladen")
@access(Level.COORDINATOR)
def upload() -> Response | tuple[str, int]:
    """Read a table and keep its rows for the dry run."""
    actor, file = current_actor(), request.files.get("datei")
    if file is None or not file.filename:
        return _start_page("Bitte wählen Sie eine Datei."), 422
    name = "".join(sign for sign in file.filename.replace("\\", "/").rpartition("/")[2] if sign.isprintable())[:100]
    try:
        organisation = _organisation(request.form.get("stelle", ""))
        rows = rows_from(name, read_upload(name, file.mimetype or "", file.stream.read(MAX_BYTES + 1)))
    except FileRefusedError as error:
        log.warning("%s uploaded a file that was refused: %s", actor.key, error.reason)
        return _start_page(f"{name}: {error.reason}"), 422
    with services().database.noting() as session:
        key = keep_import(session, actor, name, rows, organisation.id if organisation else None)
    return redirect(url_for("bulk.dry_run", key=key), 303)


@bulk.get(f"{_PATH}/{_KEY}")
@access(Level.COORDINATOR)
def dry_run(key: str) -> str:
    """Show each change before it happens."""
    return _dry_run_page(key)


@bulk.post(f"{_PATH}/{_KEY}/uebernehmen")
@access(Level.COORDINATOR)
def take_over(key: str) -> Response | tuple[str, int]:
    """Make exactly the changes that the dry run showed, as one revision set."""
    actor, digest = current_actor(), request.form.get("pruefsumme", "")
    try:
        with services().database.writing() as write:
            row = pending_import(write.session, actor, key)
            done = apply_rows(
                write,
                actor,
                rows_of(row),
                row.organisation_id,
                digest=digest,
                title=f"Tabelle {row.file}",
                reason=f"Import aus {row.file}",
                address=absolute("reviewing.index"),
            )
            drop_import(write.session, actor, key)
    except UnknownImportError as error:
        raise PageNotFound(str(error)) from None
    except StalePlanError:
        return _dry_run_page(key, stale=True), 409
    except TooManyChangesError as error:
        return _dry_run_page(key, problem=str(error)), 422
    except NothingToChangeError as error:
        flash(str(error), "info")
        return redirect(url_for("bulk.spreadsheet"), 303)
    said = f"Die Tabelle ist übernommen: {plural(done.entries, 'Eintrag', 'Einträge')} geändert oder angelegt"
    more = f", {plural(done.proposals, 'Fassung', 'Fassungen')} zur Prüfung eingereicht." if done.proposals else "."
    flash(said + more, "success")
    return redirect(url_for("bulk.show_set", key=done.key), 303)


@bulk.post(f"{_PATH}/{_KEY}/verwerfen")
@access(Level.COORDINATOR)
def discard(key: str) -> Response:
    """Forget an uploaded table."""
    with services().database.noting() as session:
        drop_import(session, current_actor(), key)
    flash("Die hochgeladene Tabelle ist verworfen; es wurde nichts geändert.", "info")
    return redirect(url_for("bulk.spreadsheet"), 303)


def _organisation(slug: str) -> Organisation | None:
    """Return the organisation that new entries will belong to: the chosen one, or the only one."""
    with reading() as session:
        own = coordinated_organisations(session, current_actor())
    chosen = [one for one in own if one.slug == slug]
    if slug and not chosen:
        raise FileRefusedError("Auswahl", "Für diese Stelle dürfen Sie keine Einträge anlegen.")
    return chosen[0] if chosen else own[0] if len(own) == 1 else None


def _start_page(problem: str = "") -> str:
    with reading() as session:
        organisations = [(one.slug, one.name) for one in coordinated_organisations(session, current_actor())]
        count = len(own_rows(session, current_actor()))
    return render_template(
        "bulk/spreadsheet.html",
        organisations=organisations,
        count=count,
        problem=problem,
        megabytes=MAX_BYTES // 1024 // 1024,
    )


def _dry_run_page(key: str, *, stale: bool = False, problem: str = "") -> str:
    actor = current_actor()
    try:
        with reading() as session:
            row = pending_import(session, actor, key)
            planned = plan_rows(session, actor, rows_of(row), row.organisation_id)
            names = names_for(session, [one.plan for one in planned])
    except UnknownImportError as error:
        raise PageNotFound(str(error)) from None
    run = DryRun(
        changing=[(one, changes_of(one.plan, names)) for one in planned if one.plan.changes],
        refused=[one for one in planned if one.errors],
        unchanged=sum(1 for one in planned if not one.errors and not one.plan.changes),
        digest=digest_of(planned),
        to_review=sum(1 for one in planned if one.plan.changes and one.plan.review),
    )
    return render_template("bulk/dry_run.html", key=key, file=row.file, run=run, stale=stale, problem=problem)
