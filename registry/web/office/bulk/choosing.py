"""From the list to the change: select entries, choose a field and a value, look at the preview, apply."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from registry.catalogue.enums import State
from registry.editorial.bulk import (
    FIELDS,
    MOST,
    BulkField,
    Edit,
    EditRefusedError,
    Mode,
    apply_edit,
    checked,
    edit_from,
    fields_for,
    plan_edit,
)
from registry.editorial.bulk_list import (
    NOBODY,
    BulkFilters,
    bulk_rows,
    capabilities,
    mapped_services,
)
from registry.editorial.naming import ReferenceNames
from registry.editorial.sets import NothingToChangeError, StalePlanError
from registry.editorial.values import label_of
from registry.editorial.worklists import coordinated_organisations
from registry.web.access import Level, access
from registry.web.addresses import absolute
from registry.web.editing.texts import plain, value_of
from registry.web.forms import Errors, errors_of, summary
from registry.web.identity import current_actor
from registry.web.office.bulk.blueprint import bulk
from registry.web.office.bulk.showing import changes_of, field_at, names_for, shown
from registry.web.parameters import clean_text, page_number
from registry.web.services import reading, services

log = logging.getLogger(__name__)
PER_PAGE = 50
_PATH = "/verwaltung/sammelbearbeitung"
_STATES = (State.DRAFT, State.IN_REVIEW, State.PUBLISHED)
MAX_REASON = 500
_SLUG = re.compile(r"[a-z0-9-]{1,120}")
Form = MultiDict[str, str]


@dataclass(frozen=True)
class TypedEdit:
    """The form of a change as it was typed: slugs with the tick that was seen, field, mode, values, reason."""

    seen: Mapping[str, int]
    field: str
    mode: str
    values: Mapping[str, Any]
    reason: str

    @property
    def selection(self) -> str:
        """Return the selected entries as one hidden field carries them."""
        return " ".join(f"{slug}:{tick}" for slug, tick in self.seen.items())


@bulk.get(_PATH)
@access(Level.COORDINATOR)
def index() -> str:
    """List the entries that this person may change, with filters."""
    return _list_page(request.args)


@bulk.post(f"{_PATH}/aenderung")
@access(Level.COORDINATOR)
def choose() -> Response | str | tuple[str, int]:
    """Take the selection and ask for the value."""
    form, actor = request.form, current_actor()
    if "auswahl" in form:
        slugs = list(_seen(form))
    elif form.get("alle") == "ja":
        with reading() as session:
            slugs = [row.slug for row in bulk_rows(session, actor, _filters(form))]
    else:
        slugs = [one for one in form.getlist("eintrag") if _SLUG.fullmatch(one)]
    problem = _problem(slugs, form.get("feld", ""))
    if problem:
        return _list_page(form, problem, chosen=frozenset(slugs)), 422
    typed = TypedEdit(dict.fromkeys(slugs, 0), form["feld"], form.get("modus", ""), _typed_values(form), _reason(form))
    return _value_page(typed)


@bulk.post(f"{_PATH}/vorschau")
@access(Level.COORDINATOR)
def preview() -> str | tuple[str, int] | Response:
    """Show what the change would do to each entry."""
    typed = _typed(request.form)
    problem = _problem(list(typed.seen), typed.field)
    if problem:
        return _list_page(request.form, problem), 422
    try:
        edit = _checked_edit(typed)
    except EditRefusedError as error:
        return _value_page(typed, errors_of(error.refusals)), 422
    return _preview_page(typed, edit)


@bulk.post(f"{_PATH}/anwenden")
@access(Level.COORDINATOR)
def apply() -> Response | str | tuple[str, int]:
    """Make the change, exactly as the preview showed it; when an entry changed meanwhile, show it again."""
    typed, actor = _typed(request.form), current_actor()
    problem = _problem(list(typed.seen), typed.field)
    if problem:
        return _list_page(request.form, problem), 422
    try:
        edit = _checked_edit(typed)
        title = _title(edit)
        with services().database.writing() as write:
            done = apply_edit(
                write,
                actor,
                edit,
                typed.seen,
                reason=typed.reason,
                title=title,
                address=absolute("reviewing.index"),
            )
    except EditRefusedError as error:
        return _value_page(typed, errors_of(error.refusals)), 422
    except StalePlanError as error:
        return _preview_page(typed, edit, stale=error.slugs), 409
    except NothingToChangeError as error:
        flash(str(error), "info")
        return redirect(url_for("bulk.index"), 303)
    flash("Die Änderung ist gemacht." if done.entries else "Die Fassungen sind zur Prüfung eingereicht.", "success")
    return redirect(url_for("bulk.show_set", key=done.key), 303)


# -- reading the forms ---------------------------------------------------------------------------------------------


def _filters(arguments: Mapping[str, str]) -> BulkFilters:
    state = next((one for one in _STATES if one == arguments.get("stand")), None)
    text, _ = clean_text(arguments.get("q", ""))
    ozg_id = arguments.get("leistung", "").strip()
    return BulkFilters(text, state, plain(arguments.get("stelle", ""))[:100], ozg_id if ozg_id.isdigit() else "")


def _problem(slugs: list[str], field: str) -> str:
    if not slugs:
        return "Bitte wählen Sie mindestens einen Eintrag."
    if len(slugs) > MOST:
        return f"Auf einmal lassen sich höchstens {MOST} Einträge ändern; gewählt sind {len(slugs)}."
    if field not in [one.name for one in fields_for(current_actor())]:
        return "Bitte wählen Sie, welches Feld sich ändern soll."
    return ""


def _seen(form: Form) -> dict[str, int]:
    """Return the selected slugs with the tick that the preview showed; what is no such pair is left out."""
    found = {}
    for part in form.get("auswahl", "").split():
        slug, _, tick = part.rpartition(":")
        if _SLUG.fullmatch(slug) and tick.isascii() and tick.isdigit() and len(tick) < 16:
            found[slug] = int(tick)
    return found


def _reason(form: Form) -> str:
    return " ".join(plain(form.get("reason", "")).split())[:MAX_REASON]


def _typed(form: Form) -> TypedEdit:
    return TypedEdit(_seen(form), form.get("feld", ""), form.get("modus", ""), _typed_values(form), _reason(form))


def _typed_values(form: Form) -> dict[str, Any]:
    """Return the values of the chosen field, read as the editing form reads them."""
    field = FIELDS.get(form.get("feld", ""))
    values: dict[str, Any] = {}
    for path in field.paths if field else ():
        widget = field_at(path)
        if widget is None:
            values[path] = form.get(path, "")
        elif widget.is_list:
            values[path] = [one for one in form.getlist(path) if one]
        else:
            values[path] = value_of(widget, form.get(path, ""))
    return values


def _checked_edit(typed: TypedEdit) -> Edit:
    with reading() as session:
        return checked(session, edit_from(current_actor(), typed.field, typed.mode, typed.values))


# -- pages ---------------------------------------------------------------------------------------------------------


def _list_page(arguments: Mapping[str, str], problem: str = "", chosen: frozenset[str] = frozenset()) -> str:
    actor, filters = current_actor(), _filters(arguments)
    with reading() as session:
        rows = bulk_rows(session, actor, filters)
        organisations = [(one.slug, one.name) for one in coordinated_organisations(session, actor)]
        ozg_services = mapped_services(session)
    if actor.is_admin:
        organisations = [*organisations, (NOBODY, "ohne zuständige Stelle")]
    page = min(page_number(arguments.get("seite")), max(1, -(-len(rows) // PER_PAGE)))
    shown_rows = rows[(page - 1) * PER_PAGE : page * PER_PAGE]
    typed = {
        "q": filters.text,
        "stand": filters.state.value if filters.state else "",
        "stelle": filters.organisation,
        "leistung": filters.ozg_id,
    }
    if not chosen <= {row.slug for row in rows}:
        log.warning("%s selected entries outside the own ones", actor.key)
    return render_template(
        "bulk/index.html",
        rows=shown_rows,
        total=len(rows),
        most=MOST,
        page=page,
        pages=max(1, -(-len(rows) // PER_PAGE)),
        typed={name: value for name, value in typed.items() if value},
        filters=filters,
        states=[(one.value, one.label) for one in _STATES],
        organisations=organisations,
        ozg_services=ozg_services,
        fields=[(one.name, one.label) for one in fields_for(actor)],
        field=arguments.get("feld", ""),
        problem=problem,
        chosen=chosen,
        everything=arguments.get("alle") == "ja",
    )


def _value_page(typed: TypedEdit, errors: Errors | None = None) -> str:
    field = FIELDS[typed.field]
    errors = errors or {}
    with reading() as session:
        choices = {
            "requirements.capability": capabilities(session) if field.name == "requirements" else [],
            "owner": _organisation_choices(field),
            "deputy": _organisation_choices(field),
        }
    # A value inside a list is refused by its place; the form has one field for all of them.
    found: Errors = {}
    for path, sentence in errors.items():
        place = next((one for one in field.paths if path == one or path.startswith(f"{one}.")), "")
        found.setdefault("modus" if path == "mode" else place, sentence)
    return render_template(
        "bulk/choose.html",
        typed=typed,
        field=field,
        widgets=[(path, field_at(path)) for path in field.paths],
        modes=[(one.value, one.label) for one in field.modes],
        mode=typed.mode or field.modes[0].value,
        choices=choices,
        errors=found,
        error_items=summary(found, {path: label_of(path) for path in field.paths} | {"modus": "Was geschehen soll"}),
    )


def _organisation_choices(field: BulkField) -> list[tuple[str, str]]:
    if field.name not in ("owner", "deputy"):
        return []
    with reading() as session:
        return [(one.slug, one.name) for one in coordinated_organisations(session, current_actor())]


def _preview_page(typed: TypedEdit, edit: Edit, stale: tuple[str, ...] = ()) -> str:
    with reading() as session:
        plans = plan_edit(session, current_actor(), edit, typed.seen)
        names = names_for(session, plans)
    foreign = [one for one in plans if one.refused and one.bundle_id is None]
    if foreign:
        log.warning("%s named %d entries that are not the own ones", current_actor().key, len(foreign))
    bound = TypedEdit(
        {one.slug: one.seen for one in plans if one.bundle_id}, typed.field, typed.mode, typed.values, typed.reason
    )
    return render_template(
        "bulk/preview.html",
        typed=bound,
        fields=_hidden(typed),
        title=_title(edit),
        changing=[(one, changes_of(one, names), one.slug in stale) for one in plans if one.changes],
        unchanged=[one for one in plans if not one.refused and not one.changes],
        refused=[one for one in plans if one.refused and one.bundle_id is not None],
        foreign=len(foreign),
        stale=stale,
        to_review=sum(1 for one in plans if one.changes and one.review),
    )


def _hidden(typed: TypedEdit) -> list[tuple[str, str]]:
    """Return the values as hidden fields of the next form."""
    pairs: list[tuple[str, str]] = []
    for path, value in typed.values.items():
        pairs += (
            [(path, str(one)) for one in value]
            if isinstance(value, list)
            else [(path, "" if value is None else str(value))]
        )
    return pairs


def _title(edit: Edit) -> str:
    """Return the change in words, as the list of sets names it."""
    if edit.mode is Mode.EMPTY:
        return f"{edit.field.label}: geleert"
    with reading() as session:
        names = ReferenceNames({"capability": dict(capabilities(session))})
        organisations = {one.slug: one.name for one in coordinated_organisations(session, current_actor())}
    parts: list[str | None] = []
    for path, value in edit.values.items():
        key = path.rpartition(".")[2]
        text = organisations.get(str(value)) if path in ("owner", "deputy") else names.of(key, value)
        parts.append(text or shown(path, value, names))
    done = {Mode.ADD: " hinzugefügt", Mode.REMOVE: " entfernt"}.get(edit.mode, "")
    return f"{edit.field.label}: {', '.join(part for part in parts if part)}{done}"
