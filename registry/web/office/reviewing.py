"""Reviewing proposed versions: the queue, side by side, remarks, decisions, and conflicts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from registry.catalogue.enums import State
from registry.editorial.applying import FourEyesError
from registry.editorial.merging import MergeNeededError
from registry.editorial.naming import names_in
from registry.editorial.proposals import find
from registry.editorial.resolving import (
    MINE,
    OWN,
    THEIRS,
    ChoiceMissingError,
    Disputed,
    MovedOnError,
    disputed,
    resolve,
)
from registry.editorial.review_views import review_of
from registry.editorial.reviewing import ReviewOutdatedError, accept, comment, decline, give_back, take_back
from registry.editorial.worklists import queue_for
from registry.reuse.operations import DanglingReferenceError
from registry.web.access import Level, access
from registry.web.addresses import absolute
from registry.web.comparing import field_label, in_sections, shower
from registry.web.editing.texts import plain
from registry.web.editing.work import look
from registry.web.formatting import GERMAN_ZONE
from registry.web.forms import Errors, errors_of, summary
from registry.web.identity import current_actor
from registry.web.refusing import PageBadRequest, answer_refusals
from registry.web.services import reading, services

reviewing = Blueprint("reviewing", __name__)
answer_refusals(reviewing)

DECISIONS = {"uebernehmen": "accept", "zurueckgeben": "return", "ablehnen": "decline"}
"""Value of a button → decision."""
LABELS = {
    "note": "Anmerkung zur Entscheidung",
    "publish_at": "Veröffentlichen am",
    "text": "Anmerkung",
    "field": "Feld",
}
_NEWS = {
    "accept": "Die Fassung ist übernommen.",
    "return": "Die Fassung ist zurückgegeben.",
    "decline": "Die Fassung ist abgelehnt.",
}


def review_link(key: str) -> str:
    """Return the absolute address of the review of a version, for mails."""
    return absolute("reviewing.show", key=key)


@reviewing.get("/verwaltung/pruefung")
@access(Level.EDITOR)
def index() -> str:
    """Show what waits for this person's decision, and how the own versions stand."""
    with reading() as session:
        queue = queue_for(session, current_actor())
    return render_template("reviewing/index.html", queue=queue)


@reviewing.get("/verwaltung/pruefung/<key>")
@access(Level.EDITOR)
def show(key: str) -> str:
    """Show a version beside what the entry is now."""
    return _page(key)


@reviewing.post("/verwaltung/pruefung/<key>")
@access(Level.COORDINATOR)
def decide(key: str) -> Response | tuple[str, int]:
    """Accept, give back or decline a version."""
    decision = DECISIONS.get(request.form.get("entscheidung", ""))
    if decision is None:
        raise PageBadRequest("Diese Entscheidung gibt es nicht.")
    note = plain(request.form.get("note", ""))
    errors: Errors = {}
    publish_at = _moment(request.form.get("publish_at", ""), errors) if decision == "accept" else None
    if errors:
        return _page(key, errors=errors), 422
    try:
        with services().database.writing() as write:
            if decision == "accept":
                accept(
                    write,
                    current_actor(),
                    key,
                    note,
                    publish_at=publish_at,
                    override=request.form.get("override") == "ja",
                    seen=request.form.get("gesehen", ""),
                    link=review_link,
                )
            else:
                refuse = give_back if decision == "return" else decline
                refuse(write, current_actor(), key, note, link=review_link)
    except FourEyesError as error:
        return _page(key, errors={"": str(error)}), 403
    except ReviewOutdatedError as error:
        return _page(key, errors={"": str(error)}), 409
    except (ValidationError, DanglingReferenceError) as error:
        found = error.refusals if isinstance(error, DanglingReferenceError) else error
        return _page(key, errors=errors_of(found)), 422
    flash(_NEWS[decision], "success")
    return redirect(url_for("reviewing.show", key=key), 303)


@reviewing.post("/verwaltung/pruefung/<key>/zurueckziehen")
@access(Level.EDITOR)
def withdraw(key: str) -> Response:
    """Take the own version out of review and go on editing it."""
    with services().database.writing() as write:
        take_back(write, current_actor(), key)
    flash("Die Fassung ist aus der Prüfung genommen. Sie können weiterschreiben.", "success")
    return redirect(url_for("editing.start", key=key), 303)


@reviewing.post("/verwaltung/pruefung/<key>/anmerken")
@access(Level.EDITOR)
def remark(key: str) -> Response | tuple[str, int]:
    """Add a remark to a version."""
    field = request.form.get("field", "")[:100]
    try:
        with services().database.noting() as session:
            comment(session, current_actor(), key, plain(request.form.get("text", "")), field, link=review_link)
    except ValidationError as error:
        return _page(key, errors=errors_of(error)), 422
    flash("Die Anmerkung ist gespeichert.", "success")
    return redirect(url_for("reviewing.show", key=key) + "#anmerkungen", 303)


@reviewing.get("/verwaltung/konflikt/<key>")
@access(Level.EDITOR)
def conflict(key: str) -> str | Response:
    """Show the fields in which a version and its entry were changed differently."""
    with reading() as session:
        found = disputed(session, current_actor(), key)
    return _after_conflict(key) if found is None else _conflict_page(found)


@reviewing.post("/verwaltung/konflikt/<key>")
@access(Level.EDITOR)
def settle(key: str) -> Response | tuple[str, int]:
    """Take the choices over into the version."""
    choices = {number: value for number, value in _numbered("wahl") if value in (MINE, THEIRS, OWN)}
    texts = {number: plain(value) for number, value in _numbered("text")}
    try:
        with services().database.noting() as session:
            resolve(session, current_actor(), key, seen=_seen(), choices=choices, texts=texts)
    except (MovedOnError, ChoiceMissingError) as error:
        with reading() as session:
            found = disputed(session, current_actor(), key)
        if found is None:
            return _after_conflict(key)
        missing = error.missing if isinstance(error, ChoiceMissingError) else []
        page = _conflict_page(found, choices=choices, texts=texts, missing=missing, note=str(error))
        return page, 422 if missing else 409
    flash("Die Fassungen sind zusammengeführt.", "success")
    return _after_conflict(key)


@reviewing.app_errorhandler(MergeNeededError)
def merge_needed(error: MergeNeededError) -> Response | tuple[str, int]:
    """Answer a save that met changes of others with the page on which they are settled."""
    with reading() as session:
        found = disputed(session, current_actor(), error.key)
    return _after_conflict(error.key) if found is None else (_conflict_page(found), 409)


def _page(key: str, *, errors: Errors | None = None) -> str:
    actor = current_actor()
    errors = errors or {}
    everything = request.args.get("alles") == "ja"
    with reading() as session:
        review = review_of(session, actor, find(session, actor, key), everything=everything)
        show = shower(names_in(session, (review.before, review.after)))
    compared = in_sections(review.differences(show))
    state = State.PUBLISHED if review.waiting else State.DRAFT
    checked = look(review.after, state)
    before = look(review.before, State.DRAFT) if review.is_change else None
    typed = {name: request.form.get(name, "") for name in ("note", "publish_at", "text")}
    chosen = request.form.get("field") or request.args.get("feld", "")
    fields = [(one.path, one.label) for _title, group in compared for one in group]
    known = {path for path, _label in fields}
    return render_template(
        "reviewing/show.html",
        review=review,
        proposal=review.proposal,
        sections=compared,
        everything=everything,
        checked=checked,
        completeness_before=before.completeness if before else None,
        errors=errors,
        lines=[
            (path if path in LABELS else "", label, f"{label}: {reason}" if path and path not in LABELS else reason)
            for path, label, reason in summary(errors, {path: field_label(path) for path in errors} | LABELS)
        ],
        typed=typed,
        wish=_local(review.proposal.publish_at),
        fields=fields,
        chosen=chosen if chosen in known else "",
        field_label=field_label,
    )


def _conflict_page(
    found: Disputed,
    *,
    choices: Mapping[int, str] | None = None,
    texts: Mapping[int, str] | None = None,
    missing: list[int] | None = None,
    note: str = "",
) -> str:
    sides: list[Mapping[str, Any]] = []
    for one in found.disputes:
        for value in (one.conflict.base, one.conflict.mine, one.conflict.theirs):
            sides.append({one.conflict.field: [value] if one.conflict.item else value})
    with reading() as session:
        show = shower(names_in(session, sides))
    return render_template(
        "reviewing/conflict.html",
        proposal=found.proposal,
        bundle=found.bundle,
        disputes=found.disputes,
        may_write=found.may_write,
        show=lambda conflict, value: show(conflict.field, value) if value not in (None, [], "") else "",
        field_label=field_label,
        choices=choices or {},
        texts=texts or {},
        missing=missing or [],
        note=note,
    )


def _after_conflict(key: str) -> Response:
    with reading() as session:
        proposal = find(session, current_actor(), key)
        own = proposal.author_id == current_actor().person_id
    if own and proposal.state not in ("submitted", "scheduled"):
        return redirect(url_for("editing.show", key=key, step="pruefen"), 303)
    return redirect(url_for("reviewing.show", key=key), 303)


def _numbered(name: str) -> list[tuple[int, str]]:
    found = []
    for key, value in request.form.items():
        prefix, _, number = key.partition("-")
        if prefix == name and number.isascii() and number.isdecimal() and len(number) < 5:
            found.append((int(number), value))
    return found


def _seen() -> tuple[int, int]:
    numbers = [request.form.get(name, "") for name in ("version", "tick")]
    if not all(one.isascii() and one.isdecimal() and len(one) < 16 for one in numbers):
        raise PageBadRequest("Das Formular ist unvollständig.")
    return int(numbers[0]), int(numbers[1])


def _moment(text: str, errors: Errors) -> datetime | None:
    """Read a local date and time; notes in `errors` what is none."""
    if not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        errors["publish_at"] = "Das ist kein Zeitpunkt der Form JJJJ-MM-TT HH:MM."
        return None
    return moment.replace(tzinfo=GERMAN_ZONE) if moment.tzinfo is None else moment


def _local(moment: datetime | None) -> str:
    return moment.astimezone(GERMAN_ZONE).strftime("%Y-%m-%dT%H:%M") if moment else ""
