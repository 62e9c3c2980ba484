"""The experience report of an adoption: written by the adopting body's editors, published by its coordinators."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from registry.accounts.permissions import NotAllowedError
from registry.adoption.changes import Change, carry_out, steps_of
from registry.adoption.experience_operations import (
    ReportConflictError,
    as_of_refusals,
    hide_report,
    save_report,
    version_of,
    writes_report,
)
from registry.adoption.experience_queries import report_of
from registry.adoption.experience_rules import REPORTED_STEPS, may_report
from registry.adoption.finding import UnknownAdoptionError, find
from registry.adoption.models import ExperienceFields
from registry.adoption.rules import public_step
from registry.adoption.sides import acting_for
from registry.reuse.records import json_ready
from registry.web.access import Level, access
from registry.web.editing.fields import fields_of
from registry.web.editing.texts import date_from, plain, text_of, value_of
from registry.web.formatting import german_today
from registry.web.forms import Errors, errors_of, summary
from registry.web.identity import current_actor
from registry.web.pages.errors import PageNotFound
from registry.web.refusing import PageConflict
from registry.web.services import reading, services

experience = Blueprint("experience", __name__)

FIELDS = fields_of(ExperienceFields)
AS_OF = "as_of"
LABELS = {name: one.label for name, one in FIELDS.items()} | {AS_OF: "Stand", "": ""}
PUBLISH = "veroeffentlichen"


@experience.get("/verwaltung/nachnutzungen/<key>/bericht")
@access(Level.EDITOR)
def show(key: str) -> str:
    """Show the report with its form."""
    return _page(key)


@experience.post("/verwaltung/nachnutzungen/<key>/bericht")
@access(Level.EDITOR)
def store(key: str) -> Response | tuple[str, int]:
    """Save the report, and publish it when that button was pressed."""
    typed = {name: request.form.get(name, "") for name in (*FIELDS, AS_OF)}
    publish = request.form.get("absicht") == PUBLISH
    values = {name: value_of(one, typed[name]) for name, one in FIELDS.items()}
    errors: Errors = {}
    fields = ExperienceFields.model_construct()
    try:
        fields = ExperienceFields.model_validate(values)
    except ValidationError as error:
        errors = errors_of(error)
    as_of = _day(typed[AS_OF])
    if as_of is None:
        errors[AS_OF] = "Bitte nennen Sie den Tag, an dem Ihre Angaben galten, zum Beispiel 2026-10-08."
    else:
        errors |= errors_of(as_of_refusals(as_of, german_today()))
    if errors or as_of is None:
        return _page(key, typed=typed, errors=errors), 422
    day, seen = as_of, request.form.get("seen")

    def operation(change: Change) -> None:
        found = find(change.session, current_actor(), key, locked=True)
        save_report(change, current_actor(), found.adoption, fields, day, publish=publish, seen=seen)

    try:
        carry_out(services().database, operation)
    except UnknownAdoptionError as error:
        raise PageNotFound(str(error)) from None
    except ReportConflictError as error:
        return _page(key, typed=typed, errors={"": str(error)}), 409
    flash("Der Bericht ist veröffentlicht." if publish else "Der Bericht ist gespeichert.", "success")
    return redirect(url_for("experience.show", key=key), 303)


@experience.post("/verwaltung/nachnutzungen/<key>/bericht/verbergen")
@access(Level.COORDINATOR)
def hide(key: str) -> Response:
    """Turn the public report into a draft."""

    def operation(change: Change) -> None:
        found = find(change.session, current_actor(), key, locked=True)
        hide_report(change, current_actor(), found.adoption)

    try:
        carry_out(services().database, operation)
    except UnknownAdoptionError as error:
        raise PageNotFound(str(error)) from None
    except ReportConflictError as error:
        raise PageConflict(str(error)) from None
    flash("Der Bericht ist nicht mehr öffentlich.", "success")
    return redirect(url_for("experience.show", key=key), 303)


def _page(key: str, typed: Mapping[str, str] | None = None, errors: Errors | None = None) -> str:
    actor = current_actor()
    with reading() as session:
        try:
            found = find(session, actor, key)
        except UnknownAdoptionError as error:
            raise PageNotFound(str(error)) from None
        writes = writes_report(actor, found.sides)
        if not writes and not actor.is_admin:
            raise NotAllowedError("Den Erfahrungsbericht schreibt und sieht hier nur die nachnutzende Stelle.")
        report = report_of(session, found.adoption.id or 0)
        steps = steps_of(session, found.adoption.id)
        step = public_step(steps)
    decides = acting_for(actor, found.sides.adopting) is not None
    is_public = report is not None and report.is_public
    found_errors = errors or {}
    return render_template(
        "experience/show.html",
        key=key,
        bundle=found.bundle,
        body=found.body,
        report=report,
        typed=typed if typed is not None else _typed(report),
        fields=FIELDS,
        errors=found_errors,
        lines=summary(found_errors, LABELS),
        seen=request.form.get("seen", version_of(report)),
        begun=may_report(one.step for one in steps),
        step_is_public=step is not None and step.step in REPORTED_STEPS,
        may_write=writes and (decides or not is_public),
        may_publish=writes and decides,
        may_hide=is_public and (decides or actor.is_admin),
    )


def _typed(report: Any) -> dict[str, str]:
    """Return how the form shows a stored report; without one the form is empty, as of today."""
    texts = {name: text_of(one, json_ready(getattr(report, name, None))) for name, one in FIELDS.items()}
    return texts | {AS_OF: (report.as_of if report is not None else german_today()).isoformat()}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(date_from(plain(text[:40])))
    except ValueError:
        return None
