"""History of an entry: who changed what, any version by its link, restoring it. Public but for what was private."""

import itertools

from flask import Blueprint, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.catalogue.enums import State
from registry.catalogue.messages import Refusal, refusals
from registry.catalogue.models import ServiceBundle
from registry.editorial.differences import differences
from registry.editorial.naming import names_in
from registry.editorial.stewardship import stewards_of
from registry.editorial.values import label_of
from registry.editorial.versions import Version, is_insider, restore, version_at, versions_of
from registry.reuse.operations import DanglingReferenceError
from registry.reuse.queries import PUBLIC_STATES, find_bundle
from registry.web.access import Level, access
from registry.web.caching import follows_clock
from registry.web.comparing import field_label, in_sections, shower, shown
from registry.web.formatting import GERMAN_ZONE, partial_date
from registry.web.identity import current_actor
from registry.web.office.reviewing import review_link
from registry.web.pages.errors import PageGone, PageNotFound
from registry.web.parameters import page_number
from registry.web.refusing import PageConflict
from registry.web.services import reading, services

versions = Blueprint("versions", __name__)

PER_PAGE = 50
_TICK = "<int(max=9223372036854775807):tick>"


@versions.get("/buendel/<slug>/versionen")
@access(Level.PUBLIC)
@follows_clock
def index(slug: str) -> str:
    """List the versions of an entry; with `von` and `bis` show what differs between two of them."""
    actor = current_actor()
    with reading() as session:
        bundle = _entry(session, slug)
        insider = is_insider(session, bundle, actor)
        found = versions_of(session, bundle, actor)
        pair = _pair(found)
        compared = None
        if pair:
            show = shower(names_in(session, [one.values for one in pair]))
            compared = in_sections(differences(pair[0].values, pair[1].values, show))
    page = page_number(request.args.get("seite"))
    pages = max(1, -(-len(found) // PER_PAGE))
    page = min(page, pages)
    newest_first = found[::-1]
    return render_template(
        "versions/index.html",
        bundle=bundle,
        insider=insider,
        versions=newest_first[(page - 1) * PER_PAGE : page * PER_PAGE],
        count=len(found),
        page=page,
        pages=pages,
        pair=pair,
        compared=compared,
        newest=newest_first[0].tick if newest_first else None,
        previous={after.tick: before.tick for before, after in itertools.pairwise(found)},
        field_label=field_label,
    )


@versions.get(f"/buendel/<slug>/versionen/{_TICK}")
@access(Level.PUBLIC)
@follows_clock
def show(slug: str, tick: int) -> str:
    """Show an entry as it was after a change: a permanent link."""
    actor = current_actor()
    with reading() as session:
        bundle = _entry(session, slug)
        found = versions_of(session, bundle, actor)
        version = version_at(found, tick)
        sections = shown(version.values, shower(names_in(session, [version.values])))
        stewards = stewards_of(session, bundle.id)
    is_open = bundle.state in (State.DRAFT, State.IN_REVIEW, State.PUBLISHED)
    return render_template(
        "versions/show.html",
        bundle=bundle,
        version=version,
        sections=sections,
        is_newest=version.tick == found[-1].tick,
        newest=found[-1].tick,
        may_restore=is_open and stewards.edited_by(actor) and version.tick != found[-1].tick,
        publishes=stewards.decided_by(actor),
    )


@versions.post(f"/buendel/<slug>/versionen/{_TICK}/wiederherstellen")
@access(Level.EDITOR)
def bring_back(slug: str, tick: int) -> Response:
    """Make the entry what it was: at once by who may decide, else as a version to review."""
    actor = current_actor()
    with reading() as session:
        bundle = _entry(session, slug)
        version = version_at(versions_of(session, bundle, actor), tick)
    local = version.at.astimezone(GERMAN_ZONE)
    moment = f"{partial_date(local.date())}, {local:%H:%M} Uhr".replace("\u00a0", " ")
    try:
        with services().database.writing() as write:
            outcome = restore(write, actor, slug, tick, moment, link=review_link)
    except (ValidationError, DanglingReferenceError) as error:
        raise PageConflict(_why_not(error)) from None
    flash(f"Fassung vom {moment}: {outcome.sentence}", "success")
    return redirect(url_for("entries.show", slug=slug), 303)


def _entry(session: Session, slug: str) -> ServiceBundle:
    """Return an entry whose history the reader may see. Raises PageNotFound, and PageGone for a withdrawn one."""
    bundle = find_bundle(session, slug)
    if bundle is not None and (bundle.state in PUBLIC_STATES or is_insider(session, bundle, current_actor())):
        return bundle
    if bundle is not None and bundle.state is State.WITHDRAWN:
        raise PageGone("Dieser Eintrag wurde zurückgezogen.", bundle.successor_slug)
    raise PageNotFound("Diesen Eintrag gibt es nicht.")


def _pair(found: list[Version]) -> tuple[Version, Version] | None:
    """Return the two versions to compare, the older first; None when none are asked for."""
    asked = [request.args.get(name, "") for name in ("von", "bis")]
    if not any(asked):
        return None
    if not all(one.isascii() and one.isdecimal() and len(one) < 19 for one in asked):
        raise PageNotFound("Diese Fassungen gibt es nicht. Bitte wählen Sie zwei aus der Liste.")
    first, second = sorted(int(one) for one in asked)
    return version_at(found, first), version_at(found, second)


def _why_not(error: ValidationError | DanglingReferenceError) -> str:
    found: list[Refusal] = error.refusals if isinstance(error, DanglingReferenceError) else refusals(error)
    reasons = "; ".join(f"{label_of(one.field)}: {one.reason}" if one.field else one.reason for one in found)
    return f"Diese Fassung lässt sich nicht wiederherstellen, sie erfüllt die heutigen Regeln nicht. {reasons}"
