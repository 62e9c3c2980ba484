"""Site texts and announcements."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from registry.editorial.announcements import (
    StaleAnnouncementError,
    UnknownAnnouncementError,
    all_announcements,
    announce,
    change_announcement,
    end_announcement,
    find_announcement,
    is_shown,
)
from registry.editorial.enums import AnnouncementKind
from registry.editorial.models import Announcement, AnnouncementFields
from registry.editorial.site_texts import (
    StaleTextError,
    drop_text,
    line_diff,
    own_text,
    own_texts,
    save_text,
    version_of,
    versions_of,
)
from registry.editorial.who import names_of_actors
from registry.web.access import Level, access
from registry.web.editing.texts import plain
from registry.web.forms import Errors, errors_of, summary
from registry.web.identity import current_actor
from registry.web.markdown import title_and_rest
from registry.web.pages.errors import PageNotFound
from registry.web.services import reading, services
from registry.web.site_texts import NAMES, text_in_force, text_without_own

site = Blueprint("site", __name__)

_TEXT = f"/verwaltung/texte/<any({', '.join(NAMES)}):name>"
_NOTICE = "/verwaltung/bekanntmachungen"
LABELS = {"markdown": "Text (Markdown)", "kind": "Art", "text": "Text", "starts_on": "ab", "ends_on": "bis"}


@site.get("/verwaltung/texte")
@access(Level.ADMINISTRATOR)
def index() -> str:
    """Show the texts with their source, and the announcements that stand or will stand on the pages."""
    with reading() as session:
        own, notices = own_texts(session), all_announcements(session)
    return render_template(
        "site/index.html",
        texts=[(text_in_force(name), own.get(name)) for name in NAMES],
        notices=[(row, status_of(row)) for row in notices if row.active],
    )


# -- texts ---------------------------------------------------------------------------------------------------------


@site.route(_TEXT, methods=["GET", "POST"])
@access(Level.ADMINISTRATOR)
def text(name: str) -> Response | str | tuple[str, int]:
    """Edit a text: preview it, save it; what somebody else saved meanwhile is shown and nothing overwritten."""
    if request.method == "GET":
        now = text_in_force(name)
        return _text_form(name, now.markdown, now.tick)
    typed, reason, seen = _typed_text(), plain(request.form.get("reason", "")), _number(request.form.get("seen"))
    if request.form.get("schritt") != "speichern":
        return _text_form(name, typed, seen, reason=reason, preview=True)
    try:
        with services().database.writing() as write:
            saved = save_text(write, current_actor(), name, typed, seen=seen, reason=reason)
            if not saved:
                raise _UnchangedError
    except _UnchangedError:
        flash("Der Text ist unverändert; es gibt nichts zu speichern.", "info")
    except ValidationError as error:
        errors = errors_of(error)
        errors = {path or "markdown": sentence for path, sentence in errors.items()}
        return _text_form(name, typed, seen, reason=reason, errors=errors), 422
    except StaleTextError as error:
        return _text_form(name, typed, error.tick, reason=reason, preview=True, theirs=error), 409
    else:
        flash("Der Text ist gespeichert und ab sofort in Kraft.", "success")
    return redirect(url_for("site.text", name=name), 303)


@site.post(f"{_TEXT}/zuruecknehmen")
@access(Level.ADMINISTRATOR)
def drop(name: str) -> Response:
    """Take the own text back."""
    seen = _number(request.form.get("seen"))
    try:
        with services().database.writing() as write:
            if not drop_text(write, current_actor(), name, seen=seen, reason="zurückgenommen"):
                raise _UnchangedError
    except _UnchangedError:
        flash("Es gibt keinen hier geschriebenen Text.", "info")
    except StaleTextError as error:
        flash(f"{error} Bitte sehen Sie ihn sich noch einmal an.", "warning")
    else:
        flash(
            f"Der hier geschriebene Text ist zurückgenommen. In Kraft: {text_in_force(name).source.value}.", "success"
        )
    return redirect(url_for("site.text", name=name), 303)


@site.get(f"{_TEXT}/verlauf")
@access(Level.ADMINISTRATOR)
def history(name: str) -> str:
    """Show who changed a text when and why."""
    with reading() as session:
        versions = versions_of(session, name)
        names = names_of_actors(session, (one.actor for one in versions))
    return render_template("site/history.html", text=text_in_force(name), versions=versions, names=names)


@site.route(f"{_TEXT}/verlauf/<int(max=2147483647):tick>", methods=["GET", "POST"])
@access(Level.ADMINISTRATOR)
def version(name: str, tick: int) -> Response | str:
    """Show one change line by line; bring its text back into the form."""
    with reading() as session:
        one = version_of(session, name, tick)
        names = names_of_actors(session, [one.actor] if one else [])
        row = own_text(session, name)
    if one is None:
        raise PageNotFound("Diesen Stand des Textes gibt es nicht.")
    if request.method == "POST" and one.after is not None:
        return _text_form(
            name,
            one.after,
            0 if row is None else row.tick,
            reason=f"Stand {tick} wiederhergestellt",
            preview=True,
        )
    without = text_without_own(name).markdown
    return render_template(
        "site/version.html",
        text=text_in_force(name),
        version=one,
        names=names,
        lines=line_diff(without if one.before is None else one.before, without if one.after is None else one.after),
    )


def _text_form(
    name: str,
    typed: str,
    seen: int,
    *,
    reason: str = "",
    preview: bool = False,
    errors: Errors | None = None,
    theirs: StaleTextError | None = None,
) -> str:
    now = text_in_force(name)
    title, body = title_and_rest(typed)
    return render_template(
        "site/text.html",
        text=now,
        without_own=text_without_own(name),
        typed=typed,
        seen=seen,
        reason=reason,
        preview=(title or now.title, body) if preview else None,
        errors=errors or {},
        error_items=summary(errors or {}, LABELS),
        theirs=theirs,
        lines=line_diff(theirs.current or "", typed) if theirs else [],
    )


def _typed_text() -> str:
    return request.form.get("markdown", "").replace("\r\n", "\n").removeprefix("\ufeff")


# -- announcements -------------------------------------------------------------------------------------------------


@site.get(_NOTICE)
@access(Level.ADMINISTRATOR)
def announcements() -> str:
    """List all announcements, past ones too."""
    with reading() as session:
        rows = all_announcements(session)
    return render_template("site/announcements.html", notices=[(row, status_of(row)) for row in rows])


@site.route(f"{_NOTICE}/neu", methods=["GET", "POST"])
@access(Level.ADMINISTRATOR)
def new_announcement() -> Response | str | tuple[str, int]:
    """Write an announcement."""
    if request.method == "GET":
        return _notice_form({"kind": AnnouncementKind.INFO.value, "starts_on": date.today().isoformat()})
    typed = _typed_notice()
    if request.form.get("schritt") != "speichern":
        return _notice_form(typed, preview=True)
    try:
        with services().database.writing() as write:
            announce(write, current_actor(), _notice_values(typed))
    except ValidationError as error:
        return _notice_form(typed, errors=_notice_errors(error)), 422
    flash("Die Bekanntmachung ist gespeichert.", "success")
    return redirect(url_for("site.announcements"), 303)


@site.route(f"{_NOTICE}/<int(max=2147483647):number>", methods=["GET", "POST"])
@access(Level.ADMINISTRATOR)
def announcement(number: int) -> Response | str | tuple[str, int]:
    """Change an announcement."""
    row = _found(number)
    if request.method == "GET":
        stored = {name: str(getattr(row, name) or "") for name in AnnouncementFields.model_fields}
        return _notice_form(stored, row)
    typed = _typed_notice()
    if request.form.get("schritt") != "speichern":
        return _notice_form(typed, row, preview=True)
    seen = _number(request.form.get("seen"))
    try:
        with services().database.writing() as write:
            if not change_announcement(write, current_actor(), number, _notice_values(typed), seen=seen):
                raise _UnchangedError
    except _UnchangedError:
        flash("Die Bekanntmachung ist unverändert.", "info")
    except ValidationError as error:
        return _notice_form(typed, row, errors=_notice_errors(error)), 422
    except StaleAnnouncementError as error:
        return _notice_form(typed, _found(number), errors={"": f"{error} Ihre Eingaben stehen unten."}), 409
    else:
        flash("Die Bekanntmachung ist geändert.", "success")
    return redirect(url_for("site.announcements"), 303)


@site.post(f"{_NOTICE}/<int(max=2147483647):number>/beenden")
@access(Level.ADMINISTRATOR)
def end(number: int) -> Response:
    """Take an announcement off the pages."""
    _found(number)
    try:
        with services().database.writing() as write:
            if not end_announcement(write, current_actor(), number):
                raise _UnchangedError
    except _UnchangedError:
        flash("Die Bekanntmachung war schon beendet.", "info")
    else:
        flash("Die Bekanntmachung ist beendet und steht auf keiner Seite mehr.", "success")
    return redirect(url_for("site.announcements"), 303)


def status_of(row: Announcement) -> str:
    """Return in a word where an announcement stands today."""
    today = date.today()
    if not row.active:
        return "beendet"
    if is_shown(row, today):
        return "wird gezeigt"
    return "geplant" if row.starts_on and row.starts_on > today else "abgelaufen"


class _UnchangedError(Exception):
    """Leaves a write transaction in which nothing is to be written, so that the clock stands still."""


def _found(number: int) -> Announcement:
    try:
        with reading() as session:
            return find_announcement(session, number)
    except UnknownAnnouncementError as error:
        raise PageNotFound(str(error)) from None


def _typed_notice() -> dict[str, str]:
    return {name: plain(request.form.get(name, "")) for name in AnnouncementFields.model_fields}


def _notice_values(typed: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: value for name, value in typed.items() if value}
    for name in ("starts_on", "ends_on"):
        try:  # a day alone: the validation would also take numbers for points in time
            values[name] = date.fromisoformat(typed[name]) if typed[name] else None
        except ValueError:
            values[name] = typed[name][:20] + "?"
    return values


def _notice_errors(error: ValidationError) -> Errors:
    return {path or "ends_on": sentence for path, sentence in errors_of(error).items()}


def _notice_form(
    typed: dict[str, str], row: Announcement | None = None, *, preview: bool = False, errors: Errors | None = None
) -> str:
    return render_template(
        "site/announcement.html" if row else "site/new_announcement.html",
        typed=dict.fromkeys(AnnouncementFields.model_fields, "") | typed,
        notice_row=row,
        kinds=[(one.value, one.label) for one in AnnouncementKind],
        kind_label=next((one.label for one in AnnouncementKind if one == typed.get("kind")), ""),
        preview=preview,
        errors=errors or {},
        error_items=summary(errors or {}, LABELS),
    )


def _number(raw: str | None) -> int:
    return int(raw) if raw and raw.isascii() and raw.isdigit() and len(raw) <= 18 else 0
