"""Suggestions of the public, on the desk of those who answer for the entry."""

from collections.abc import Callable

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.accounts.permissions import Actor
from registry.editorial.enums import SuggestionKind, SuggestionState
from registry.editorial.inbox import PAGE, InboxItem, Shown, inbox_item, suggestions_for
from registry.editorial.spam import clean, key_of, spoken
from registry.editorial.suggestions import (
    DecisionFields,
    SettlingFields,
    SuggestionDecidedError,
    UnknownSuggestionError,
    decline,
    reopen,
    settle,
)
from registry.editorial.taking import take
from registry.editorial.worklists import coordinated_organisations
from registry.web.access import Level, access
from registry.web.forms import Errors, errors_of, summary
from registry.web.identity import current_actor
from registry.web.pages.errors import PageNotFound
from registry.web.parameters import page_number
from registry.web.services import reading, services

inbox = Blueprint("inbox", __name__)

SHOWN = ((Shown.OPEN, "offene"), (Shown.DECIDED, "entschiedene"), (Shown.ALL, "alle"))
KINDS = tuple((kind.value, kind.label) for kind in SuggestionKind)
LABELS = {"decline.answer": "Begründung", "settle.answer": "Antwort", "organisation": "Stelle"}


@inbox.errorhandler(UnknownSuggestionError)
def unknown(_error: UnknownSuggestionError) -> Response:
    """Answer 404 for a number that does not exist."""
    return current_app.make_response(current_app.handle_http_exception(PageNotFound("Diesen Hinweis gibt es nicht.")))


@inbox.get("/verwaltung/eingang")
@access(Level.COORDINATOR)
def index() -> str:
    """List the suggestions that this person may take up."""
    shown = Shown(request.args.get("stand", "")) if request.args.get("stand") in set(Shown) else Shown.OPEN
    kind = next((one for one in SuggestionKind if one.value == request.args.get("art")), None)
    number = clean(request.args.get("nummer", ""))[:40]
    page = page_number(request.args.get("seite"))
    with reading() as session:
        rows, count = suggestions_for(
            session,
            current_actor(),
            shown=Shown.ALL if number else shown,
            kind=kind,
            number=number,
            page=page,
        )
    return render_template(
        "inbox/index.html",
        rows=rows,
        count=count,
        page=page,
        pages=max(1, -(-count // PAGE)),
        shown=shown,
        kind=kind.value if kind else None,
        number=number,
        choices=SHOWN,
        kinds=KINDS,
        spoken=spoken,
    )


@inbox.get("/verwaltung/eingang/<key>")
@access(Level.COORDINATOR)
def show(key: str) -> str:
    """Show a suggestion with what can be done about it."""
    return _page(key)


@inbox.post("/verwaltung/eingang/<key>/aufgreifen")
@access(Level.COORDINATOR)
def take_up(key: str) -> Response | tuple[str, int]:
    """Make a working copy of a suggestion and go on to edit it."""
    chosen = request.form.get("organisation", "")
    number = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 10 else None
    with reading() as session:
        item = inbox_item(session, current_actor(), _key(key))
        known = {one.id for one in coordinated_organisations(session, current_actor())}
    unchosen = number not in known if chosen else not current_actor().is_admin
    if item.suggestion.kind == SuggestionKind.NEW_BUNDLE and unchosen:
        return _page(key, errors={"organisation": "Bitte wählen Sie die Stelle, die den Eintrag pflegen soll."}), 422
    try:
        with services().database.noting() as session:
            copy = take(session, current_actor(), _key(key), number).key
    except SuggestionDecidedError as error:
        return _page(key, conflict=str(error)), 409
    flash(f"Sie haben den Hinweis {spoken(_key(key))} aufgegriffen. Sein Text steht weiter im Eingang.", "success")
    return redirect(url_for("editing.start", key=copy), 303)


@inbox.post("/verwaltung/eingang/<key>/ablehnen")
@access(Level.COORDINATOR)
def turn_down(key: str) -> Response | tuple[str, int]:
    """Decline a suggestion with a reason."""

    def act(session: Session, actor: Actor, answer: str) -> None:
        decline(session, actor, _key(key), DecisionFields.model_validate({"answer": answer} if answer else {}))

    return _close(key, "decline.answer", act, "Der Hinweis ist abgelehnt.")


@inbox.post("/verwaltung/eingang/<key>/erledigt")
@access(Level.COORDINATOR)
def close(key: str) -> Response | tuple[str, int]:
    """Close a suggestion that needs no change."""

    def act(session: Session, actor: Actor, answer: str) -> None:
        settle(session, actor, _key(key), SettlingFields.model_validate({"answer": answer}))

    return _close(key, "settle.answer", act, "Der Hinweis ist erledigt.")


@inbox.post("/verwaltung/eingang/<key>/zuruecklegen")
@access(Level.COORDINATOR)
def put_back(key: str) -> Response | tuple[str, int]:
    """Put a suggestion back whose working copy came to nothing."""
    try:
        with services().database.noting() as session:
            reopen(session, current_actor(), _key(key))
    except SuggestionDecidedError as error:
        return _page(key, conflict=str(error)), 409
    flash("Der Hinweis ist wieder offen.", "success")
    return redirect(url_for("inbox.show", key=_key(key)), 303)


def _key(raw: str) -> str:
    key = key_of(raw)
    if key is None:
        raise UnknownSuggestionError(raw)
    return key


def _close(key: str, field: str, act: Callable[[Session, Actor, str], None], done: str) -> Response | tuple[str, int]:
    answer = clean(request.form.get(field, ""), lines=True)
    try:
        with services().database.noting() as session:
            act(session, current_actor(), answer)
    except ValidationError as error:
        reason = errors_of(error).get("answer", "")
        return _page(key, errors={field: reason}, typed={field: answer}), 422
    except SuggestionDecidedError as error:
        return _page(key, conflict=str(error), typed={field: answer}), 409
    with reading() as session:
        answered = inbox_item(session, current_actor(), _key(key)).suggestion.contact_email is not None
    flash(f"{done} Die Antwort geht per E-Mail an die absendende Person." if answered else done, "success")
    return redirect(url_for("inbox.index"), 303)


def _page(
    key: str, *, errors: Errors | None = None, typed: dict[str, str] | None = None, conflict: str | None = None
) -> str:
    with reading() as session:
        item: InboxItem = inbox_item(session, current_actor(), _key(key))
        organisations = coordinated_organisations(session, current_actor())
    return render_template(
        "inbox/show.html",
        item=item,
        number=spoken(item.suggestion.key),
        is_open=item.suggestion.state == SuggestionState.OPEN,
        organisations=[(str(one.id), one.name) for one in organisations],
        errors=errors or {},
        lines=summary(errors or {}, LABELS),
        typed=typed or {},
        conflict=conflict,
        unsent=next(iter((typed or {}).values()), "") if conflict else "",
    )
