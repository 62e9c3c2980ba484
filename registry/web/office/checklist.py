"""The items of the evidenced checklist, for administrators: add, change, retire, bring back."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from registry.editorial.values import slug_from
from registry.editorial.who import names_of_actors
from registry.history import Author
from registry.reuse.checklist.models import CheckGroup, ChecklistItemFields, Obligation
from registry.reuse.checklist.operations import (
    SameItemError,
    SlugTakenError,
    TooManyItemsError,
    UnknownItemError,
    add_item,
    bring_back_item,
    change_item,
    retire_item,
)
from registry.reuse.checklist.queries import ItemPage, all_items, item_page, uses
from registry.web.access import Level, access
from registry.web.editing.fields import fields_of
from registry.web.editing.texts import plain
from registry.web.forms import Errors, errors_of, summary
from registry.web.identity import current_actor
from registry.web.pages.errors import PageNotFound
from registry.web.services import reading, services

checklist = Blueprint("checklist", __name__)

_ITEM = "/verwaltung/pruefpunkte/<slug>"
NEW = "neu"
"""The address of the form for a new item: no item may have this short name."""
FIELDS = fields_of(ChecklistItemFields)
LABELS = {name: field.label for name, field in FIELDS.items()}
_LONGEST = 4000


class _UnchangedError(Exception):
    """Leaves a write transaction in which nothing is to be written, so that the clock stands still."""


@checklist.get("/verwaltung/pruefpunkte")
@access(Level.ADMINISTRATOR)
def index() -> str:
    """List the items by group, retired ones after those in force."""
    with reading() as session:
        rows = all_items(session)
        used = uses(session)
    groups = [(group, [row for row in rows if row.group is group and not row.retired]) for group in CheckGroup]
    return render_template(
        "checklist/index.html",
        groups=[(group, items) for group, items in groups if items],
        missing=[group for group, items in groups if not items],
        retired=[row for row in rows if row.retired],
        used=used,
    )


@checklist.route("/verwaltung/pruefpunkte/neu", methods=["GET", "POST"])
@access(Level.ADMINISTRATOR)
def add() -> Response | str | tuple[str, int]:
    """Add an item."""
    if request.method == "GET":
        group = request.args.get("gruppe", "")
        return _add_page({"group": group if group in set(CheckGroup) else ""})
    typed = _typed()
    slug = typed["slug"] or _free_slug(typed["title"])
    if slug == NEW:
        return _add_page(typed, {"slug": "Dieser Kurzname ist vergeben. Bitte geben Sie einen anderen an."}), 422
    try:
        fields = _fields(typed | {"slug": slug})
        with services().database.writing() as write:
            add_item(write, fields, actor=Author(current_actor().key))
    except ValidationError as error:
        return _add_page(typed, errors_of(error)), 422
    except SlugTakenError as error:
        return _add_page(typed, {"slug": f"{error} Bitte geben Sie einen anderen an."}), 409
    except SameItemError as error:
        return _add_page(typed, {"title": str(error)}), 409
    except TooManyItemsError as error:
        return _add_page(typed, {"": str(error)}), 409
    flash(f"Der Prüfpunkt „{fields.title}“ ist ergänzt. Einträge lassen sich ab sofort danach bewerten.", "success")
    return redirect(url_for("checklist.index"), 303)


@checklist.route(_ITEM, methods=["GET", "POST"])
@access(Level.ADMINISTRATOR)
def show(slug: str) -> Response | str | tuple[str, int]:
    """Show an item with its history; change it."""
    found = _found(slug)
    if request.method == "GET":
        stored = {name: getattr(found.row, name) for name in FIELDS}
        return _item_page(found, {name: str(value or "") for name, value in stored.items()})
    typed = _typed() | {"slug": slug}
    try:
        fields = _fields(typed)
        with services().database.writing() as write:
            if not change_item(write, fields, actor=Author(current_actor().key)):
                raise _UnchangedError
    except ValidationError as error:
        return _item_page(found, typed, errors_of(error)), 422
    except SameItemError as error:
        return _item_page(found, typed, {"title": str(error)}), 409
    except UnknownItemError as error:
        raise PageNotFound(str(error)) from None
    except _UnchangedError:
        flash("Der Prüfpunkt ist unverändert.", "info")
    else:
        flash("Der Prüfpunkt ist gespeichert.", "success")
    return redirect(url_for("checklist.show", slug=slug), 303)


@checklist.post(f"{_ITEM}/ausser-kraft")
@access(Level.ADMINISTRATOR)
def retire(slug: str) -> Response:
    """Take an item out of force; what entries show for it stays with them."""
    found = _found(slug)
    try:
        with services().database.writing() as write:
            if not retire_item(write, slug, actor=Author(current_actor().key)):
                raise _UnchangedError
    except _UnchangedError:
        flash("Der Prüfpunkt gilt schon nicht mehr.", "info")
    else:
        flash(f"Der Prüfpunkt „{found.row.title}“ gilt nicht mehr.", "success")
    return redirect(url_for("checklist.show", slug=slug), 303)


@checklist.post(f"{_ITEM}/wieder")
@access(Level.ADMINISTRATOR)
def restore(slug: str) -> Response:
    """Put a retired item in force again."""
    found = _found(slug)
    try:
        with services().database.writing() as write:
            if not bring_back_item(write, slug, actor=Author(current_actor().key)):
                raise _UnchangedError
    except _UnchangedError:
        flash("Der Prüfpunkt gilt schon.", "info")
    except SameItemError as error:
        flash(f"{error} Der Prüfpunkt bleibt außer Kraft.", "danger")
    else:
        flash(f"Der Prüfpunkt „{found.row.title}“ gilt wieder.", "success")
    return redirect(url_for("checklist.show", slug=slug), 303)


def _typed() -> dict[str, str]:
    """Return what the form says; a text keeps its lines only where its field has several."""
    found = {name: plain(request.form.get(name, "")[:_LONGEST]) for name in FIELDS}
    return {name: text if name == "help" else " ".join(text.split()) for name, text in found.items()}


def _fields(typed: Mapping[str, str]) -> ChecklistItemFields:
    """Return the validated item. Raises ValidationError."""
    return ChecklistItemFields.model_validate({name: text for name, text in typed.items() if text})


def _free_slug(title: str) -> str:
    """Return a short name made from a title that no item has, empty when no letter and no digit is in it."""
    slug = slug_from(title)
    with reading() as session:
        taken = {row.slug for row in all_items(session)} | {NEW}
    return (
        slug
        if slug not in taken
        else next(name for number in range(2, len(taken) + 3) if (name := f"{slug}-{number}") not in taken)
    )


def _found(slug: str) -> ItemPage:
    with reading() as session:
        found = item_page(session, slug)
    if found is None:
        raise PageNotFound("Diesen Prüfpunkt gibt es nicht.")
    return found


def _add_page(typed: Mapping[str, str], errors: Errors | None = None) -> str:
    return render_template("checklist/add.html", **_form(typed, errors))


def _item_page(found: ItemPage, typed: Mapping[str, str], errors: Errors | None = None) -> str:
    with reading() as session:
        names = names_of_actors(session, {one.actor for one in found.revisions})
    return render_template("checklist/show.html", item=found, names=names, **_form(typed, errors))


def _form(typed: Mapping[str, str], errors: Errors | None) -> dict[str, object]:
    return {
        "typed": typed,
        "fields": FIELDS,
        "groups": [(one.value, one.label) for one in CheckGroup],
        "obligations": [(one.value, one.label) for one in Obligation],
        "errors": errors or {},
        "lines": summary(errors or {}, LABELS),
    }
