"""Editing an entry in steps that mirror its page: each save keeps what was typed, right or wrong.

A step is left by „Speichern und weiter“ or by the list of steps, whose entries are buttons of the same form, so that
nothing typed is lost without JavaScript either. Only publishing asks for an entry without faults.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from werkzeug import Response as BaseResponse

from registry.accounts.permissions import NotAllowedError
from registry.editorial.copies import Copy, writes_for
from registry.editorial.proposals import FieldsRefusedError, begin, begin_new, discard
from registry.editorial.values import clean, label_of
from registry.moments import now
from registry.reuse.operations import UnknownEntryError
from registry.reuse.records import LISTS
from registry.web.access import Level, access
from registry.web.editing.actions import NEXT, Action, action_of
from registry.web.editing.checking import label_at
from registry.web.editing.steps import BY_KEY, CHECK, KEYS, STEPS, Step, after, place_of, step_of, title_of
from registry.web.editing.typed import FormData, Typed, limit_of, typed
from registry.web.editing.windows import seen
from registry.web.editing.words import lines_of
from registry.web.editing.work import (
    ClashError,
    directory,
    draw,
    found_services,
    open_copy,
    save,
    service_row,
)
from registry.web.formatting import GERMAN_ZONE
from registry.web.forms import field_id, summary
from registry.web.identity import current_actor
from registry.web.markdown import markdown
from registry.web.office.finishing import finish, finish_page
from registry.web.pages.errors import PageNotFound
from registry.web.services import reading, services

editing = Blueprint("editing", __name__)

_CLOSED = "Diese Fassung lässt sich nicht mehr ändern."
MAX_PREVIEW = 40_000


# -- beginning --------------------------------------------------------------------------------------------------


@editing.get("/verwaltung/bearbeiten/neu")
@access(Level.EDITOR)
def new() -> str:
    """Ask for whom the new entry is, where there is a choice."""
    return _new_page()


@editing.post("/verwaltung/bearbeiten/neu")
@access(Level.EDITOR)
def begin_entry() -> BaseResponse | tuple[str, int]:
    """Begin a new entry and go on to its first step."""
    chosen = request.form.get("organisation", "")
    with reading() as session:
        offered = {str(one.id): one.id for one in writes_for(session, current_actor())}
    nobody = chosen == "" and current_actor().is_admin
    if chosen not in offered and not nobody:
        return _new_page({"organisation": "Bitte wählen Sie die Stelle, die den Eintrag pflegt."}), 422
    with services().database.noting() as session:
        key = begin_new(session, current_actor(), offered.get(chosen)).key
    return redirect(url_for("editing.show", key=key, step=KEYS[0]), 303)


def _new_page(errors: Mapping[str, str] | None = None) -> str:
    with reading() as session:
        organisations = [(str(one.id), one.name) for one in writes_for(session, current_actor())]
    errors = dict(errors or {})
    return render_template(
        "editing/new.html",
        organisations=organisations,
        steps=STEPS,
        errors=errors,
        lines=summary(errors, {"organisation": "Stelle"}),
    )


@editing.post("/verwaltung/bearbeiten/eintrag/<slug>")
@access(Level.EDITOR)
def begin_copy(slug: str) -> BaseResponse:
    """Begin a working copy of an entry, or go on with the own one.

    `schritt` names the step to go to, `feld` the path of the field in the record whose form field it is about.
    """
    try:
        with services().database.noting() as session:
            key = begin(session, current_actor(), slug).key
    except UnknownEntryError:
        raise PageNotFound("Diesen Eintrag gibt es nicht.") from None
    step, path = request.form.get("schritt", ""), request.form.get("feld", "")[:200]
    if (found := step_of(path)) is not None:
        return redirect(url_for("editing.show", key=key, step=found.key, _anchor=field_id(place_of(path))), 303)
    return redirect(url_for("editing.show", key=key, step=step if step in KEYS else KEYS[0]), 303)


@editing.get("/verwaltung/bearbeiten/<key>")
@access(Level.EDITOR)
def start(key: str) -> BaseResponse:
    """Go to the first step."""
    return redirect(url_for("editing.show", key=key, step=KEYS[0]), 303)


@editing.post("/verwaltung/bearbeiten/<key>/verwerfen")
@access(Level.EDITOR)
def give_up(key: str) -> BaseResponse:
    """Discard the own working copy; the entry stays as it is."""
    _editable(key)
    with services().database.noting() as session:
        discard(session, current_actor(), key)
    flash("Die Arbeitskopie ist verworfen.", "success")
    return redirect(url_for("desk.show"), 303)


# -- steps ------------------------------------------------------------------------------------------------------


@editing.get("/verwaltung/bearbeiten/<key>/<step>")
@access(Level.EDITOR)
def show(key: str, step: str) -> str | BaseResponse | tuple[str, int]:
    """Show a step."""
    _known(step)
    with reading() as session:
        copy = open_copy(session, key)
    if copy.waiting or not copy.own:
        return redirect(url_for("reviewing.show", key=key), 303)
    if not copy.editable:
        raise PageNotFound(f"Diese Fassung ist {copy.proposal.state.label} und lässt sich nicht mehr ändern.")
    if step == CHECK:
        return finish_page(copy)
    return _page(copy, BY_KEY[step], all_errors="pruefen" in request.args)


@editing.post("/verwaltung/bearbeiten/<key>/<step>")
@access(Level.EDITOR)
def store(key: str, step: str) -> str | BaseResponse | tuple[str, int]:
    """Save what was typed, then do what the button says."""
    _known(step)
    with reading() as session:
        copy = open_copy(session, key)
    if step == CHECK:
        return finish(copy)
    here, action = BY_KEY[step], action_of(request.form)
    found = _typed(copy, here, action)
    try:
        copy = _saved(copy, here, found)
    except ClashError as clash:
        return _clash_page(copy, here, clash, found), 409
    except FieldsRefusedError as error:
        return _page(copy, here, values=copy.proposal.values | found.values, note=str(error)), 413
    except NotAllowedError as error:
        return _closed_page(copy, here, found, str(error)), 403
    values = copy.proposal.values | found.unkept
    if action.stays:
        return _page(copy, here, values=values, action=action, errors=found.refused)
    problems = draw(copy, here, values, all_errors=True).checked.of(here)
    if action.argument == NEXT and (problems or found.refused):
        return _page(copy, here, values=values, all_errors=True, errors=found.refused), 422
    if action.verb == "weiter" and not found.refused:
        goal = after(step) if action.argument == NEXT else action.argument
        return redirect(url_for("editing.show", key=key, step=goal), 303)
    status = 422 if problems or found.refused else 200
    return _page(copy, here, values=values, all_errors=True, errors=found.refused, saved=True), status


@editing.post("/verwaltung/bearbeiten/<key>/<step>/zwischenspeichern")
@access(Level.EDITOR)
def autosave(key: str, step: str) -> tuple[Response, int]:
    """Save a step while it is typed; answers what the page shows beside the form."""
    if step not in BY_KEY:
        raise PageNotFound("Diesen Schritt gibt es nicht.")
    with reading() as session:
        copy = open_copy(session, key)
    here = BY_KEY[step]
    found = _typed(copy, here, Action("speichern"))
    try:
        copy = _saved(copy, here, found)
    except ClashError as clash:
        return jsonify(message=f"{clash} Speichern Sie, um beide Fassungen zu sehen."), 409
    except (FieldsRefusedError, NotAllowedError) as error:
        return jsonify(message=str(error)), 413 if isinstance(error, FieldsRefusedError) else 403
    drawn = draw(copy, here, copy.proposal.values)
    return jsonify(
        version=copy.proposal.version,
        seen=seen(copy.proposal.values, here.paths),
        saved=f"{now().astimezone(GERMAN_ZONE):%H:%M}",
        percent=drawn.checked.completeness.percent,
        filled=drawn.checked.completeness.filled,
        total=drawn.checked.completeness.total,
        groups=[{"key": one.key, "filled": one.filled} for one in drawn.checked.completeness.groups],
        problems=sum(one.wrong for one in drawn.checked.of(here)),
        states={step.key: state for step, state in drawn.steps},
        message="; ".join(dict.fromkeys(found.refused.values())),
    ), 200


@editing.post("/verwaltung/bearbeiten/vorschau")
@access(Level.EDITOR)
def preview() -> str | tuple[str, int]:
    """Return a text in Markdown as the entry's page would show it."""
    text = request.form.get("text", "")
    if len(text) > MAX_PREVIEW:
        return render_template("editing/preview.html", html=None), 413
    return render_template("editing/preview.html", html=markdown(text, 3))


@editing.get("/verwaltung/bearbeiten/leistungen")
@access(Level.EDITOR)
def offers() -> str:
    """Return the OZG services that a text finds, for the picker."""
    text = request.args.get("q", "")
    return render_template("editing/offers.html", searched=text, offers=found_services(text), chosen=())


@editing.get("/verwaltung/bearbeiten/leistung/<ozg_id>")
@access(Level.EDITOR)
def offer(ozg_id: str) -> str:
    """Return the row of an OZG service, for the picker."""
    number = request.args.get("nummer", "")
    place = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 0
    return render_template("editing/offer.html", row=service_row(ozg_id, place))


# -- parts ------------------------------------------------------------------------------------------------------


def _known(step: str) -> None:
    if step not in KEYS:
        raise PageNotFound("Diesen Schritt gibt es nicht.")


def _editable(key: str) -> Copy:
    with reading() as session:
        copy = open_copy(session, key)
    if not copy.editable:
        raise NotAllowedError(_CLOSED)
    return copy


def _form() -> FormData:
    return request.form.to_dict(flat=False)


def _typed(copy: Copy, step: Step, action: Action) -> Typed:
    row = (action.argument, action.number) if action.verb == "entfernen" else None
    found = typed(step, _form(), copy.proposal.values, directory(), new=copy.is_new, without=row)
    if action.verb == "leistung" and "ozg_services" in found.values:
        chosen = service_row(action.argument, 0).ozg_id
        rows = found.values["ozg_services"]
        if all(row["ozg_id"] != chosen for row in rows) and len(rows) < limit_of("ozg_services"):
            rows.append({"ozg_id": chosen, "coverage": None, "basis": None, "note": None, "leika_keys": []})
    return found


def _saved(copy: Copy, step: Step, found: Typed) -> Copy:
    number = request.form.get("version", "")
    version = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else -1
    choices = {name.removeprefix("wahl."): text for name, text in request.form.items() if name.startswith("wahl.")}
    save(copy.proposal.key, version, found.keepable, request.form.get("gesehen", "")[:10_000], choices)
    with reading() as session:
        return open_copy(session, copy.proposal.key)


def _page(
    copy: Copy,
    step: Step,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    all_errors: bool = False,
    action: Action | None = None,
    note: str = "",
    saved: bool = False,
) -> str:
    action = action or Action("")
    shown = dict(values or copy.proposal.values)
    drawn = draw(
        copy,
        step,
        shown,
        errors=errors,
        all_errors=all_errors,
        previews=(action.argument,) if action.verb == "vorschau" else (),
        fresh_row=action.argument if action.verb == "mehr" else "",
    )
    search = " ".join(request.form.get("suche", "").split()) if step.key == "ozg-zuordnung" else ""
    rows = shown.get("ozg_services") or []
    number = KEYS.index(step.key)
    states = {one.key: state for one, state in drawn.steps}
    return render_template(
        "editing/show.html",
        copy=copy,
        title=shown.get("title") or "Neuer Eintrag",
        step=step,
        number=number + 1,
        keys=[(key, title_of(key), states.get(key)) for key in KEYS],
        following=title_of(after(step.key)),
        drawn=drawn,
        version=copy.proposal.version,
        seen=seen(copy.proposal.values, step.paths),
        lines=[(path, label_at(path), reason) for path, reason in drawn.errors.items()] if all_errors or errors else [],
        searched=search if action.verb in ("suche", "speichern", "") else "",
        offers=found_services(search) if search and action.verb != "leistung" else [],
        chosen=[row.get("ozg_id") for row in rows if isinstance(row, Mapping)],
        parties=directory().parties if step.key == "projekt" else (),
        focus=_focus(action, shown),
        note=note,
        saved_at=now() if saved else None,
    )


def _focus(action: Action, values: Mapping[str, Any]) -> str:
    """Return the id of the element that gets the focus after a button of the form."""
    if action.verb == "vorschau":
        return field_id(action.argument)
    if action.verb == "suche":
        return "suche-leistung"
    if action.verb == "leistung":
        return field_id(f"ozg_services.{len(values.get('ozg_services') or []) - 1}")
    return field_id(action.argument) if action.verb == "entfernen" else ""


def _clash_page(copy: Copy, step: Step, clash: ClashError, found: Typed) -> str:
    current = clash.proposal
    known = directory()
    form = [
        (name, text)
        for name, texts in _form().items()
        if name.split(".")[0] in LISTS or name in step.paths
        for text in texts
    ]
    return render_template(
        "editing/clash.html",
        copy=copy,
        step=step,
        title=current.values.get("title") or "Neuer Eintrag",
        version=current.version,
        seen=seen(current.values, [one.path for one in clash.clashes])
        + " "
        + _seen_before(step, {one.path for one in clash.clashes}),
        form=form,
        clashes=[
            (
                one.path,
                label_of(one.path),
                lines_of(one.path, clean({one.path: one.mine})[one.path], known),
                lines_of(one.path, clean({one.path: one.theirs})[one.path], known),
            )
            for one in clash.clashes
        ],
    )


def _seen_before(step: Step, but: set[str]) -> str:
    parts = request.form.get("gesehen", "")[:10_000].split()
    return " ".join(part for part in parts if part.partition("=")[0] in set(step.paths) - but)


def _closed_page(copy: Copy, step: Step, found: Typed, reason: str) -> str:
    """Show what was typed when it can no longer be saved, so that it can be copied."""
    before = clean(copy.proposal.values)
    after_all = clean(copy.proposal.values | found.values)
    known = directory()
    return render_template(
        "editing/closed.html",
        title=copy.proposal.values.get("title") or "Neuer Eintrag",
        reason=reason,
        step=step,
        typed=[
            (label_of(path), "\n".join(lines_of(path, after_all[path], known)))
            for path in step.paths
            if after_all[path] != before[path]
        ],
    )
