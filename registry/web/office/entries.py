"""The entries of an organisation: list, ownership, withdrawal, confirmation."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.catalogue.enums import State
from registry.database import Write
from registry.editorial import entries as operations
from registry.editorial import stewardship
from registry.editorial.entry_views import entry_view
from registry.editorial.stewardship import HandOverError
from registry.editorial.worklists import (
    EntryFilter,
    active_organisations,
    entries_for,
    new_copies,
    organisations_for,
)
from registry.web.access import Level, access
from registry.web.addresses import absolute
from registry.web.editing.texts import plain
from registry.web.forms import Errors, errors_of, safe_target, summary
from registry.web.identity import current_actor
from registry.web.parameters import clean_text, page_number
from registry.web.refusing import PageBadRequest
from registry.web.services import reading, services

entries = Blueprint("entries", __name__)

STATES = tuple((state.value, state.label) for state in State)
LABELS = {"reason": "Grund", "successor": "Nachfolger", "organisation": "Stelle"}


def entry_link(slug: str) -> str:
    """Return the absolute address of an entry's office page, for mails."""
    return absolute("entries.show", slug=slug)


@entries.get("/verwaltung/eintraege")
@access(Level.EDITOR)
def index() -> str:
    """List the entries of the own organisations; an administrator sees all."""
    actor = current_actor()
    text, _cut = clean_text(request.args.get("q", ""))
    state = next((one for one in State if one.value == request.args.get("zustand")), None)
    organisation = _number(request.args.get("stelle", ""))
    special = request.args.get("nur", "")
    wanted = EntryFilter(
        text=text,
        state=state,
        organisation_id=organisation,
        ownerless=special == "ohne-stelle" and actor.is_admin,
        in_work=special == "in-arbeit",
    )
    with reading() as session:
        found = entries_for(session, actor, wanted, page_number(request.args.get("seite")))
        organisations = organisations_for(session, actor)
        unsaved = new_copies(session, actor)
    query = {
        "q": text,
        "zustand": state.value if state else "",
        "stelle": str(organisation or ""),
        "nur": special if wanted.ownerless or wanted.in_work else "",
    }
    return render_template(
        "entries/index.html",
        found=found,
        unsaved=unsaved,
        organisations=[(str(one.id), one.name) for one in organisations],
        states=STATES,
        query=query,
        filtered={name: value for name, value in query.items() if value},
    )


@entries.get("/verwaltung/eintraege/<slug>")
@access(Level.EDITOR)
def show(slug: str) -> str:
    """Show an entry with what this person may do."""
    return _page(slug)


@entries.post("/verwaltung/eintraege/<slug>/bestaetigen")
@access(Level.COORDINATOR)
def confirm(slug: str) -> Response | tuple[str, int]:
    """Note that the facts are right as of today."""
    return _write(slug, "Die Angaben sind bestätigt.", operations.confirm_facts)


@entries.post("/verwaltung/eintraege/<slug>/zurueckziehen")
@access(Level.COORDINATOR)
def withdraw(slug: str) -> Response | tuple[str, int]:
    """Take the entry out of the catalogue."""
    return _write(
        slug, "Der Eintrag ist zurückgezogen.", operations.withdraw_entry, part="withdraw", **_closing("withdraw")
    )


@entries.post("/verwaltung/eintraege/<slug>/archivieren")
@access(Level.COORDINATOR)
def archive(slug: str) -> Response | tuple[str, int]:
    """Keep the entry readable, marked as no longer current."""
    return _write(slug, "Der Eintrag ist archiviert.", operations.archive_entry, part="archive", **_closing("archive"))


@entries.post("/verwaltung/eintraege/<slug>/zurueckholen")
@access(Level.COORDINATOR)
def reinstate(slug: str) -> Response | tuple[str, int]:
    """Publish a withdrawn or archived entry again."""
    return _write(slug, "Der Eintrag ist wieder veröffentlicht.", operations.reinstate_entry)


@entries.post("/verwaltung/eintraege/<slug>/verwerfen")
@access(Level.EDITOR)
def discard(slug: str) -> Response | tuple[str, int]:
    """Remove a draft that was never published."""
    target = url_for("entries.index")
    return _write(slug, "Der Entwurf ist verworfen.", operations.discard_draft, target=target)


@entries.post("/verwaltung/eintraege/<slug>/anbieten")
@access(Level.COORDINATOR)
def offer(slug: str) -> Response | tuple[str, int]:
    """Offer the entry to another organisation."""
    number = _number(request.form.get("offer.organisation", ""))
    if number is None:
        return _page(slug, errors={"offer.organisation": "Bitte wählen Sie eine Stelle."}), 422

    def operation(session: Session) -> None:
        stewardship.offer(session, current_actor(), slug, number, link=entry_link)

    return _noted(
        slug, "Der Eintrag ist zur Übernahme angeboten. Beide Seiten erhalten eine E-Mail.", operation, "offer"
    )


@entries.post("/verwaltung/eintraege/<slug>/angebot-zuruecknehmen")
@access(Level.COORDINATOR)
def recall(slug: str) -> Response | tuple[str, int]:
    """Take an offer back."""

    def operation(session: Session) -> None:
        stewardship.recall(session, current_actor(), slug)

    return _noted(slug, "Das Angebot ist zurückgenommen.", operation)


@entries.post("/verwaltung/eintraege/<slug>/uebernehmen")
@access(Level.COORDINATOR)
def take_over(slug: str) -> Response | tuple[str, int]:
    """Accept an offered entry."""
    return _write(slug, "Für den Eintrag ist jetzt Ihre Stelle zuständig.", stewardship.take_over, link=entry_link)


@entries.post("/verwaltung/eintraege/<slug>/uebernahme-ablehnen")
@access(Level.COORDINATOR)
def turn_down(slug: str) -> Response | tuple[str, int]:
    """Decline an offered entry."""

    def operation(session: Session) -> None:
        stewardship.turn_down(session, current_actor(), slug, link=entry_link)

    return _noted(slug, "Die Übernahme ist abgelehnt.", operation, target=url_for("entries.index"))


@entries.post("/verwaltung/eintraege/<slug>/vertretung")
@access(Level.COORDINATOR)
def deputy(slug: str) -> Response | tuple[str, int]:
    """Set or remove the organisation that stands in for the owner."""
    number = _number(request.form.get("deputy.organisation", ""))
    return _write(slug, "Die Vertretung ist geregelt.", _set_deputy, part="deputy", number=number)


@entries.post("/verwaltung/eintraege/<slug>/zustaendigkeit")
@access(Level.ADMINISTRATOR)
def assign(slug: str) -> Response | tuple[str, int]:
    """Set owner and deputy directly."""
    return _write(
        slug,
        "Die Zuständigkeit ist festgelegt.",
        _assign,
        part="assign",
        reason=plain(request.form.get("assign.reason", "")),
        owner=_number(request.form.get("assign.owner", "")),
        deputy=_number(request.form.get("assign.deputy", "")),
    )


def _set_deputy(write: Write, actor: Any, slug: str, *, number: int | None) -> None:
    stewardship.set_deputy(write, actor, slug, number, link=entry_link)


def _assign(write: Write, actor: Any, slug: str, *, owner: int | None, deputy: int | None, reason: str) -> None:
    stewardship.assign(write, actor, slug, owner, deputy, reason, link=entry_link)


def _closing(part: str) -> dict[str, str]:
    return {name: plain(request.form.get(f"{part}.{name}", "")) for name in ("reason", "successor")}


def _write(
    slug: str, news: str, operation: Callable[..., None], *, part: str = "", target: str = "", **arguments: Any
) -> Response | tuple[str, int]:
    try:
        with services().database.writing() as write:
            operation(write, current_actor(), slug, **arguments)
    except (ValidationError, HandOverError) as error:
        return _refused(slug, error, part)
    return _done(slug, news, target)


def _noted(
    slug: str, news: str, operation: Callable[[Session], None], part: str = "", target: str = ""
) -> Response | tuple[str, int]:
    try:
        with services().database.noting() as session:
            operation(session)
    except HandOverError as error:
        return _refused(slug, error, part)
    return _done(slug, news, target)


def _refused(slug: str, error: ValidationError | HandOverError, part: str) -> tuple[str, int]:
    if isinstance(error, HandOverError):
        if not part:
            raise error
        return _page(slug, errors={f"{part}.organisation": str(error)}), 422
    own = {path: reason for path, reason in errors_of(error).items() if path in LABELS}
    if own and part:
        return _page(slug, errors={f"{part}.{path}": reason for path, reason in own.items()}), 422
    reasons = "; ".join(dict.fromkeys(errors_of(error).values()))
    sentence = f"Der Eintrag erfüllt die heutigen Regeln nicht: {reasons} Bitte bearbeiten Sie ihn erst."
    return _page(slug, errors={"": sentence}), 422


def _done(slug: str, news: str, target: str) -> Response:
    flash(news, "success")
    fallback = target or url_for("entries.show", slug=slug)
    return redirect(safe_target(request.form.get("weiter"), fallback), 303)


def _page(slug: str, *, errors: Errors | None = None) -> str:
    errors = errors or {}
    with reading() as session:
        view = entry_view(session, current_actor(), slug)
        organisations = [(str(one.id), one.name) for one in active_organisations(session)]
    part = next(iter(errors), "").partition(".")[0]
    return render_template(
        "entries/show.html",
        view=view,
        bundle=view.bundle,
        rights=view.rights,
        organisations=organisations,
        errors=errors,
        lines=summary(errors, {path: LABELS.get(path.partition(".")[2], path) for path in errors}),
        open_part=part,
        typed=request.form,
    )


def _number(text: str) -> int | None:
    """Read the id of an organisation from a form; empty is none. Raises PageBadRequest for anything else."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise PageBadRequest("Diese Stelle gibt es nicht.")
    return int(text)
