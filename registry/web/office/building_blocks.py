"""The vocabulary of capabilities, for administrators."""

from collections.abc import Callable, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.accounts.organisations import slug_of
from registry.accounts.permissions import Actor
from registry.catalogue.enums import CapabilityKind
from registry.database import Write
from registry.profiles.building_blocks import (
    CapabilityRefusedError,
    UnchangedError,
    add_capability,
    bring_back_capability,
    change_capability,
    retire_capability,
)
from registry.profiles.vocabulary import BlockUse, UnknownCapabilityError, block_groups, block_use, block_uses
from registry.web.access import Level, access
from registry.web.editing.texts import plain
from registry.web.forms import Errors, errors_of, summary
from registry.web.identity import current_actor
from registry.web.pages.errors import PageNotFound
from registry.web.services import reading, services

building_blocks = Blueprint("building_blocks", __name__)

_BLOCK = "/verwaltung/bausteine/<slug>"
LABELS = {"name": "Name", "slug": "Kurzname", "kind": "Art", "product_of": "Produkt von"}


@building_blocks.get("/verwaltung/bausteine")
@access(Level.ADMINISTRATOR)
def index() -> str:
    """List all building blocks by kind, with what uses them."""
    with reading() as session:
        return render_template("building_blocks/index.html", groups=block_uses(session))


@building_blocks.route("/verwaltung/bausteine/neu", methods=["GET", "POST"])
@access(Level.ADMINISTRATOR)
def add() -> Response | str | tuple[str, int]:
    """Add a building block of this installation."""
    typed = _typed("name", "slug", "kind", "product_of")
    if request.method == "GET":
        return _new(typed, {})
    values = {
        "name": typed["name"],
        "slug": typed["slug"] or slug_of(typed["name"]),
        "kind": typed["kind"] or None,
        "product_of": typed["product_of"] or None,
    }
    try:
        with services().database.writing() as write:
            row = add_capability(write, current_actor(), values)
            name = row.name
    except CapabilityRefusedError as error:
        return _new(typed, errors_of(error.refusals)), 422
    flash(f"„{name}“ ist ergänzt und kann ab jetzt gewählt werden.", "success")
    return redirect(url_for("building_blocks.index"), 303)


@building_blocks.route(_BLOCK, methods=["GET", "POST"])
@access(Level.ADMINISTRATOR)
def edit(slug: str) -> Response | str | tuple[str, int]:
    """Rename a building block, or say what it is a product of."""
    use = _found(slug)
    if request.method == "GET":
        return _edit(use, {"name": use.block.name, "product_of": use.block.product_of or ""}, {})
    typed = _typed("name", "product_of")
    try:
        with services().database.writing() as write:
            change_capability(write, current_actor(), slug, name=typed["name"], product_of=typed["product_of"] or None)
    except UnchangedError:
        flash("Der Baustein ist unverändert.", "info")
    except CapabilityRefusedError as error:
        return _edit(use, typed, errors_of(error.refusals)), 422
    else:
        flash("Der Baustein ist geändert.", "success")
    return redirect(url_for("building_blocks.edit", slug=slug), 303)


@building_blocks.post(f"{_BLOCK}/nicht-mehr-fuehren")
@access(Level.ADMINISTRATOR)
def retire(slug: str) -> Response:
    """Take a building block out of the vocabulary."""
    return _switch(slug, retire_capability, "„{}“ wird nicht mehr geführt. Was den Baustein nennt, bleibt lesbar.")


@building_blocks.post(f"{_BLOCK}/wieder")
@access(Level.ADMINISTRATOR)
def bring_back(slug: str) -> Response:
    """Put a building block back into the vocabulary."""
    return _switch(slug, bring_back_capability, "„{}“ kann wieder gewählt werden.")


def _switch(slug: str, operation: Callable[[Write, Actor, str], None], done: str) -> Response:
    use = _found(slug)
    try:
        with services().database.writing() as write:
            operation(write, current_actor(), slug)
    except UnchangedError:
        flash("Das war schon so.", "info")
    else:
        flash(done.format(use.block.name), "success")
    return redirect(url_for("building_blocks.edit", slug=slug), 303)


def _found(slug: str) -> BlockUse:
    with reading() as session:
        try:
            return block_use(session, slug)
        except UnknownCapabilityError:
            raise PageNotFound("Diesen Baustein gibt es nicht.") from None


def _typed(*names: str) -> dict[str, str]:
    return {name: " ".join(plain(request.form.get(name, "")).split()) for name in names}


def _parents(kind: CapabilityKind | None = None, but: str = "") -> list[tuple[str, str]]:
    """Return what a product can belong to, by name of the kind when there is no kind yet."""
    with reading() as session:
        groups = block_groups(session)
    return [
        (block.slug, block.name if kind is not None else f"{group.kind.label}: {block.name}")
        for group in groups
        for block in group.blocks
        if kind in (None, group.kind) and block.slug != but
    ]


def _new(typed: Mapping[str, str], errors: Errors) -> str:
    return render_template(
        "building_blocks/add.html",
        typed=typed,
        errors=errors,
        lines=summary(errors, LABELS),
        kinds=[(one.value, one.label) for one in CapabilityKind],
        parents=_parents(),
    )


def _edit(use: BlockUse, typed: Mapping[str, str], errors: Errors) -> str:
    parents = _parents(use.block.kind, use.block.slug)
    if typed["product_of"] and typed["product_of"] not in dict(parents):
        parents.append((typed["product_of"], f"{typed['product_of']} (nicht mehr geführt)"))
    return render_template(
        "building_blocks/edit.html",
        use=use,
        typed=typed,
        errors=errors,
        lines=summary(errors, LABELS),
        parents=parents,
    )
