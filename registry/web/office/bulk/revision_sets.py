"""Revision sets: the list of them, what one did, and its undoing."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from registry.editorial.naming import names_in
from registry.editorial.sets import NothingToChangeError
from registry.editorial.undoing import (
    SetEntry,
    SetView,
    UndoneAlreadyError,
    UnknownSetError,
    set_view,
    sets_of,
    undo_set,
)
from registry.editorial.who import names_of_actors
from registry.web.access import Level, access
from registry.web.formatting import plural
from registry.web.identity import current_actor
from registry.web.office.bulk.blueprint import bulk
from registry.web.office.bulk.showing import Change, change
from registry.web.pages.errors import PageNotFound
from registry.web.services import reading, services

_PATH = "/verwaltung/sammelbearbeitung/vorgaenge"


@bulk.get(_PATH)
@access(Level.COORDINATOR)
def sets() -> str:
    """List the sets of the own organisations, the newest first."""
    with reading() as session:
        rows = sets_of(session, current_actor())
        names = names_of_actors(session, {one.actor for one in rows} | {one.undone_by for one in rows})
    return render_template("bulk/sets.html", rows=rows, names=names)


@bulk.get(f"{_PATH}/<string(maxlength=36):key>")
@access(Level.COORDINATOR)
def show_set(key: str) -> str:
    """Show what a set changed and what undoing it would leave."""
    view = _view(key)
    with reading() as session:
        people = names_of_actors(session, [view.row.actor, view.row.undone_by])
        mentioned = [
            {name: side[place] for name, side in one.changes.items()} for one in view.entries for place in (0, 1)
        ]
        names = names_in(session, mentioned)

    def changes(one: SetEntry) -> list[Change]:
        return [
            part
            for name, (before, after) in one.changes.items()
            for part in change(name, before, after, names, one.kept.get(name, ""))
        ]

    return render_template(
        "bulk/show_set.html",
        view=view,
        names=people,
        entries=[(one, changes(one)) for one in view.entries],
        kept=sum(1 for one in view.entries if one.kept),
    )


@bulk.post(f"{_PATH}/<string(maxlength=36):key>/zuruecknehmen")
@access(Level.COORDINATOR)
def undo(key: str) -> Response:
    """Undo a set where nobody has changed the fields since."""
    try:
        with services().database.writing() as write:
            done, before = undo_set(write, current_actor(), key)
    except UnknownSetError as error:
        raise PageNotFound(str(error)) from None
    except UndoneAlreadyError as error:
        flash(str(error), "info")
    except NothingToChangeError:
        flash(
            "Es gibt nichts zurückzunehmen: Alle Felder wurden seitdem geändert oder sind schon, wie sie waren.", "info"
        )
    else:
        left = sum(1 for one in before.entries if one.kept)
        more = (
            f" Bei {plural(left, 'Eintrag', 'Einträgen')} blieb etwas, wie es ist; die Gründe stehen unten."
            if left
            else ""
        )
        flash(
            f"Zurückgenommen bei {plural(done.entries, 'Eintrag', 'Einträgen')}.{more}",
            "warning" if left else "success",
        )
    return redirect(url_for("bulk.show_set", key=key), 303)


def _view(key: str) -> SetView:
    try:
        with reading() as session:
            return set_view(session, current_actor(), key)
    except UnknownSetError as error:
        raise PageNotFound(str(error)) from None
