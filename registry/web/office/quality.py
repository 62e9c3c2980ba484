"""The quality dashboard: what needs work, per organisation and overall; ending the digest by its link."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.audit import audit
from registry.accounts.enums import TokenPurpose
from registry.accounts.permissions import Actor
from registry.accounts.tokens import TokenError, UsedTokenError, peek
from registry.editorial.digest import end_digest
from registry.editorial.failed_queries import FailedText, Failure, UnknownTextError, Verdict, failed_texts, settle
from registry.editorial.quality.board import Survey
from registry.editorial.quality.completing import missing_labels
from registry.editorial.quality.duplicates import mark_as_different
from registry.editorial.quality.kinds import RULES, Finding, Found, Kind
from registry.editorial.quality.scope import Body, Scope, bodies, scope_of
from registry.editorial.quality.upkeep import Age
from registry.editorial.who import names_of_actors
from registry.exchange.findings import findings_csv
from registry.moments import now
from registry.reuse.completeness import COUNTED
from registry.reuse.operations import UnknownEntryError
from registry.web.access import Level, access
from registry.web.editing.steps import BY_GROUP
from registry.web.identity import current_actor
from registry.web.pages.errors import PageNotFound
from registry.web.parameters import page_number
from registry.web.security import csrf
from registry.web.services import catalogue_tick, reading, services
from registry.web.unanswered import hits_now

quality = Blueprint("quality", __name__)

PER_PAGE = 50
NOBODY = "ohne"
"""In addresses: the entries that nobody owns."""
MISSING = 6
"""Missing fields that a line names."""
ORGANISATIONS = 25
"""Organisations that the overview lists."""
_KIND = f"any({', '.join(kind.value for kind in Kind)})"
_PARTS: Mapping[Kind, tuple[str, str, tuple[tuple[str, str], ...]]] = {
    Kind.COMPLETENESS: ("gruppe", "Gruppe", tuple((key, label) for key, label, _items in COUNTED)),
    Kind.VERIFICATION: ("alter", "Zuletzt bestätigt", tuple((one.value, one.label) for one in Age)),
}
"""What narrows a kind further: name in addresses, label, choices."""
SINCE: Mapping[Kind, str] = {
    Kind.COMPLETENESS: "Zuletzt geändert",
    Kind.EVIDENCE: "Zuletzt geändert",
    Kind.VERIFICATION: "Zuletzt bestätigt oder veröffentlicht",
    Kind.DUPLICATES: "Beide öffentlich seit",
}
"""What the date of a line means, where it is not simply „Seit“."""


@dataclass(frozen=True)
class View:
    """What a page of the dashboard is about: organisation as in the address, scope, and who may choose what."""

    chosen: str
    scope: Scope
    choices: list[tuple[str, str]]
    known: Mapping[int, Body]

    def name_of(self, organisation: int | None) -> str:
        """Return the name of an organisation."""
        body = self.known.get(organisation) if organisation is not None else None
        return body.name if body else "ohne Stelle"


@dataclass(frozen=True)
class Line:
    """A finding as a page shows it, with what closes it."""

    finding: Finding
    owner: str
    missing: list[str] = field(default_factory=list)
    more: int = 0
    step: str = ""
    organisation_slug: str = ""
    may_decide: bool = False
    own_proposal: bool = False


def _view(session: Session, actor: Actor) -> View:
    """Read the organisation from the address. Raises PageNotFound for one that is none of the actor's."""
    known = bodies(session)
    own = {number: body for number, body in known.items() if actor.is_admin or number in actor.roles}
    choices = [(body.slug, body.name) for body in own.values()]
    if actor.is_admin:
        choices.append((NOBODY, "ohne Stelle"))
    chosen = request.values.get("stelle", "")[:100]
    if not chosen:
        return View("", scope_of(actor), choices, known)
    if chosen == NOBODY and actor.is_admin:
        return View(chosen, scope_of(actor, unowned=True), choices, known)
    number = next((number for number, body in own.items() if body.slug == chosen), None)
    if number is None:
        raise PageNotFound("Diese Stelle gibt es nicht, oder sie gehört nicht zu Ihren Stellen.")
    return View(chosen, scope_of(actor, number), choices, known)


@quality.get("/verwaltung/qualitaet")
@access(Level.EDITOR)
def show() -> str:
    """Show all figures, each leading to its work list."""
    actor, at = current_actor(), now()
    with reading() as session:
        view = _view(session, actor)
        board = Survey(session, view.scope, actor, at).board()
        queries = failed_texts(session) if actor.coordinates_anywhere else None
    return render_template(
        "quality/show.html",
        view=view,
        board=board,
        rules=RULES,
        queries=queries,
        organisations=board.by_organisation[:ORGANISATIONS] if len(view.choices) > 1 and not view.chosen else (),
        organisation_count=len(board.by_organisation),
        steps=BY_GROUP,
    )


def _found(session: Session, actor: Actor, view: View, kind: Kind, at: datetime) -> tuple[Found, str]:
    """Return the findings that the address asks for, and what narrows them further."""
    name, _label, choices = _PARTS.get(kind, ("", "", ()))
    part = request.values.get(name, "") if name else ""
    part = part if part in dict(choices) else ""
    return Survey(session, view.scope, actor, at).found(kind, part), part


@quality.get(f"/verwaltung/qualitaet/<{_KIND}:kind>")
@access(Level.EDITOR)
def findings(kind: str) -> str | BaseResponse:
    """Show the work list of one kind; a page behind the last leads to the last."""
    actor, at, chosen = current_actor(), now(), _kind(kind)
    page = page_number(request.args.get("seite"))
    with reading() as session:
        view = _view(session, actor)
        found, part = _found(session, actor, view, chosen, at)
        pages = max(1, -(-len(found.findings) // PER_PAGE))
        shown = found.findings[(page - 1) * PER_PAGE : page * PER_PAGE]
        missing: dict[int, list[str]] = {}
        if chosen is Kind.COMPLETENESS:
            missing = missing_labels(session, {one.entry.id: one.field for one in shown if one.entry})
    narrowing = _PARTS.get(chosen)
    query = {"stelle": view.chosen or None, **({narrowing[0]: part or None} if narrowing else {})}
    if page > pages:
        return redirect(url_for("quality.findings", kind=kind, seite=pages, **query))  # type: ignore[arg-type]
    return render_template(
        "quality/findings.html",
        kind=chosen,
        rule=RULES[chosen],
        since=SINCE.get(chosen, "Seit"),
        view=view,
        found=found,
        lines=[_line(actor, view, one, missing) for one in shown],
        narrowing=narrowing,
        part=part,
        query=query,
        page=page,
        pages=pages,
        at=at,
        here=request.full_path.rstrip("?"),
    )


def _line(actor: Actor, view: View, one: Finding, missing: Mapping[int, list[str]]) -> Line:
    entry = one.entry
    gaps = missing.get(entry.id, []) if entry else []
    stewards = (entry.owner_id, entry.deputy_id) if entry else (one.organisation_id,)
    body = view.known.get(one.owner_id) if one.owner_id is not None else None
    return Line(
        finding=one,
        owner=view.name_of(one.owner_id),
        missing=gaps[:MISSING],
        more=max(0, len(gaps) - MISSING),
        step=BY_GROUP[one.field].key if one.field in BY_GROUP else "",
        organisation_slug=body.slug if body else "",
        may_decide=actor.coordinates_for(stewards),
        own_proposal=one.author_id == actor.person_id if one.author_id is not None else False,
    )


@quality.post(f"/verwaltung/qualitaet/<{_KIND}:kind>/ausgabe")
@access(Level.EDITOR)
def export(kind: str) -> Response:
    """Send the whole work list of one kind as CSV; the audit log tells of it."""
    actor, at, chosen = current_actor(), now(), _kind(kind)
    with reading() as session:
        view = _view(session, actor)
        found, part = _found(session, actor, view, chosen, at)
        text = findings_csv(found.findings, view.name_of)
    details = {name: value for name, value in (("organisation", view.chosen), ("part", part)) if value}
    with services().database.noting() as session:
        audit(session, actor.key, "quality.exported", kind, lines=len(found.findings), **details)
    answer = Response(text, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="qualitaet-{kind}-{at:%Y-%m-%d}.csv"'
    return answer


@quality.post("/verwaltung/qualitaet/dubletten/urteil")
@access(Level.COORDINATOR)
def judge() -> BaseResponse:
    """Remember that two entries are no duplicates, or take that back."""
    slugs = (request.form.get("eintrag", ""), request.form.get("anderer", ""))
    different = request.form.get("urteil") != "doch"
    try:
        with services().database.noting() as session:
            mark_as_different(session, current_actor(), slugs, different=different)
    except UnknownEntryError:
        raise PageNotFound("Diesen Eintrag gibt es nicht.") from None
    except ValueError:
        raise BadRequest from None
    if different:
        flash("Die beiden Einträge gelten nicht mehr als mögliche Dublette.", "success")
    else:
        flash("Die beiden Einträge gelten wieder als mögliche Dublette.", "success")
    stelle = request.form.get("stelle") or None
    return redirect(url_for("quality.findings", kind=Kind.DUPLICATES.value, stelle=stelle), 303)


def _kind(value: str) -> Kind:
    return next(one for one in Kind if one.value == value)


# -- searches without result -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class QueryLine:
    """A text that found nothing, and what it finds now."""

    failed: FailedText
    bundles: int
    services: int
    failure: Failure | None
    by: str

    @property
    def solved(self) -> bool:
        """Tell whether the search answers the text now."""
        return self.failure is None

    @property
    def dismissed(self) -> bool:
        """Tell whether somebody has said that the text is none of ours."""
        return self.failed.verdict is Verdict.DISMISSED


QUERY_LISTS = (("offen", "offene"), ("geloest", "gelöste"), ("kein-thema", "kein Thema dieses Registers"))


@quality.get("/verwaltung/qualitaet/suchanfragen")
@access(Level.COORDINATOR)
def queries() -> str | BaseResponse:
    """List what was searched for in vain, with what the search finds today."""
    shown = request.args.get("stand", "")
    shown = shown if shown in dict(QUERY_LISTS) else "offen"
    page = page_number(request.args.get("seite"))
    search, tick = services().search, catalogue_tick()
    with reading() as session:
        failed = failed_texts(session)
        names = names_of_actors(session, [one.by for one in failed.texts if one.by])
    lines: dict[str, list[QueryLine]] = {name: [] for name, _label in QUERY_LISTS}
    for one in failed.texts:
        line = QueryLine(one, *hits_now(search, one.text, tick), names.get(one.by, ""))
        lines["kein-thema" if line.dismissed else "geloest" if line.solved else "offen"].append(line)
    lines["offen"].sort(key=lambda line: line.failed.verdict is not Verdict.PROPOSED)  # stable: most asked first
    pages = max(1, -(-len(lines[shown]) // PER_PAGE))
    if page > pages:
        return redirect(url_for("quality.queries", stand=shown, seite=pages))
    return render_template(
        "quality/queries.html",
        lines=lines[shown][(page - 1) * PER_PAGE : page * PER_PAGE],
        shown=shown,
        lists=[(name, label, len(lines[name])) for name, label in QUERY_LISTS],
        failed=failed,
        page=page,
        pages=pages,
        at=now(),
    )


_ACTIONS: Mapping[str, tuple[Verdict | None, str]] = {
    "vorschlagen": (Verdict.PROPOSED, "Der Vorschlag steht jetzt in der Liste der Administration."),
    "kein-thema": (Verdict.DISMISSED, "Die Anfrage ist als „kein Thema dieses Registers“ eingeordnet."),
    "zuruecknehmen": (None, "Die Einordnung ist zurückgenommen."),
}


@quality.post("/verwaltung/qualitaet/suchanfragen")
@access(Level.COORDINATOR)
def settle_query() -> BaseResponse:
    """Propose a word for a text, dismiss it, or take that back."""
    action = request.form.get("schritt", "")
    if action not in _ACTIONS:
        raise BadRequest
    verdict, sentence = _ACTIONS[action]
    try:
        with services().database.noting() as session:
            settle(session, current_actor(), request.form.get("text", "")[:200], verdict)
    except UnknownTextError as error:
        raise PageNotFound(str(error)) from None
    flash(sentence, "success")
    stand = request.form.get("stand", "")
    return redirect(url_for("quality.queries", stand=stand if stand in dict(QUERY_LISTS) else None), 303)


# -- ending the digest -------------------------------------------------------------------------------------------


@quality.get("/abbestellen/<token>")
@access(Level.PUBLIC)
def leaving(token: str) -> Response:
    """Ask whether the digest shall end: opening the link ends nothing, because mail scanners open links."""
    try:
        with reading() as session:
            peek(session, TokenPurpose.DIGEST_END, token)
    except UsedTokenError:
        return _leaving_page("ended")
    except TokenError as error:
        return _leaving_page("unknown", str(error), 404)
    return _leaving_page("ask")


@quality.post("/abbestellen/<token>")
@access(Level.PUBLIC)
@csrf.exempt  # type: ignore[untyped-decorator]  # flask-wtf has no types
def leave(token: str) -> Response:
    """End the digest, by the page's button or by the mail program (RFC 8058): the token is the proof."""
    try:
        with services().database.noting() as session:
            end_digest(session, token, now())
    except UsedTokenError:
        return _leaving_page("ended")
    except TokenError as error:
        return _leaving_page("unknown", str(error), 404)
    return _leaving_page("ended")


def _leaving_page(state: str, problem: str = "", status: int = 200) -> Response:
    answer = make_response(render_template("quality/leaving.html", state=state, problem=problem), status)
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address is a secret
    return answer
