"""Does it fit us: the report of one bundle, and all bundles by fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug import Response

from registry.catalogue.enums import RequirementLevel
from registry.catalogue.queries import districts, municipalities
from registry.fit.around import NEAR_KM, around
from registry.fit.bulk import Opening, Ratings
from registry.fit.outcome import Status
from registry.fit.queries import needs_of, product_map
from registry.fit.rules import fit as fit_of
from registry.profiles.profile import BodyProfile
from registry.reuse.queries import BundleCard, bundle_cards, bundle_view
from registry.search.contract import Kind, SearchRequest
from registry.web.caching import follows_clock
from registry.web.chosen import chosen_profile
from registry.web.fit_report import report_of
from registry.web.fitting import body_of, fits_of, requirement_matrix, worth_for
from registry.web.identity import current_actor
from registry.web.names import names
from registry.web.pages.errors import PageNotFound, public_bundle
from registry.web.parameters import page_number
from registry.web.searching import find_bundles
from registry.web.services import reading, services

fit = Blueprint("fit", __name__)

PER_PAGE = 20
GAPS_SHOWN = 10
"""Capabilities that „Was fehlt uns am häufigsten?“ names."""
NAMED_OPENED = 5
"""Bundles that a capability would open are named in the list; the others stand on a page of their own."""


@dataclass(frozen=True)
class Asked:
    """For whom a page answers. `named`: in the address, so that the page can be handed on."""

    profile: BodyProfile
    named: bool

    @property
    def parameter(self) -> str | None:
        """Return the value of `kommune` in addresses of the same body, None for the chosen profile."""
        return self.profile.key if self.named else None


@dataclass(frozen=True)
class Summary:
    """How many of the published bundles fit how well."""

    total: int
    ready: int
    """All mandatory requirements are met."""
    missing: int
    unknown: int
    """Nothing is missing for sure, something is unknown."""
    open: int
    """The entry states no mandatory requirement."""


@fit.get("/buendel/<slug>/passung")
@follows_clock
def report(slug: str) -> str:
    """Show the report for the chosen profile or the named body; without either a form to choose."""
    with reading() as session:
        bundle = public_bundle(session, slug)
        asked = _asked(session)
        if asked is None:
            return render_template("fit/report.html", bundle=bundle, asked=None, **_choices(session))
        view = bundle_view(session, bundle)
        found = fit_of(asked.profile, needs_of(session, [slug])[slug], product_map(session))
        today = date.today()
        near = around(session, asked.profile, slug, today=today, months=services().settings.confirmation_months)
    return render_template(
        "fit/report.html",
        bundle=bundle,
        view=view,
        asked=asked,
        chosen=chosen_profile(),
        report=report_of(view, found, asked.profile, near, today),
        near_km=round(NEAR_KM),
    )


@fit.get("/nachnutzung/uebernehmen")
@follows_clock
def overview() -> str | Response:
    """List all published bundles by fit, and the capabilities that would open most of them."""
    with reading() as session:
        asked = _asked(session)
        if asked is None:
            return render_template("fit/overview.html", asked=None, **_choices(session))
        capabilities = product_map(session).names
    topics = names().by_facet["topic_field"]
    topic = request.args.get("themenfeld", "")
    topic = topic if topic in topics else ""
    matrix = requirement_matrix()
    openings = matrix.openings(asked.profile)
    opening = next((one for one in openings if one.capability == request.args.get("baustein")), None)
    page = page_number(request.args.get("seite"))
    cards, total, pages = _opened(opening, page) if opening else _by_fit(asked.profile, topic, page)
    parameters: dict[str, str | None] = {
        "kommune": asked.parameter,
        "themenfeld": topic or None if not opening else None,
        "baustein": opening.capability if opening else None,
    }
    if page > pages:
        return redirect(url_for("fit.overview", **parameters, seite=pages if pages > 1 else None))  # type: ignore[arg-type]
    return render_template(
        "fit/overview.html",
        asked=asked,
        chosen=chosen_profile(),
        cards=cards,
        fits=fits_of(asked.profile, [card.bundle.slug for card in cards]),
        total=total,
        page=page,
        pages=pages,
        per_page=PER_PAGE,
        parameters=parameters,
        topics=sorted(topics.items(), key=lambda pair: pair[1]),
        topic=topic,
        summary=_summary(matrix.rate(asked.profile)),
        opening=opening,
        gaps=_gaps(openings),
        title_of=matrix.title,
        named=NAMED_OPENED,
        capabilities=capabilities,
        today=date.today(),
    )


def _asked(session: Session) -> Asked | None:
    """Return for whom the page answers. Raises PageNotFound for a `kommune` that the register does not know."""
    key = request.args.get("kommune", "").strip()
    if not key:
        chosen = chosen_profile()
        return Asked(chosen.profile, named=False) if chosen is not None else None
    profile = body_of(session, current_actor(), key)
    if profile is None:
        raise PageNotFound("Diese Kommune gibt es im Verzeichnis nicht.")
    return Asked(profile, named=True)


def _choices(session: Session) -> dict[str, object]:
    """Return the bodies that the form offers: municipalities by name, then Kreise."""
    return {
        "places": [
            (row.municipality.ags, f"{row.municipality.name} ({row.district.name if row.district else 'kreisfrei'})")
            for row in municipalities(session)
        ]
        + [(one.key, one.name) for one in districts(session)]
    }


def _by_fit(profile: BodyProfile, topic: str, page: int) -> tuple[list[BundleCard], int, int]:
    filters: Mapping[str, tuple[str, ...]] = {"topic_field": (topic,)} if topic else {}
    wanted = SearchRequest(Kind.BUNDLE, filters=filters, page=page, per_page=PER_PAGE, worth=worth_for(profile))
    found = find_bundles(wanted)
    return [card for _, card in found.rows], found.result.total, found.result.pages


def _opened(opening: Opening, page: int) -> tuple[list[BundleCard], int, int]:
    start = (page - 1) * PER_PAGE
    with reading() as session:
        cards = bundle_cards(session, opening.opened[start : start + PER_PAGE])
    return cards, len(opening.opened), max(1, -(-len(opening.opened) // PER_PAGE))


def _summary(ratings: Ratings) -> Summary:
    met, missing, unknown = (
        ratings.count(RequirementLevel.MANDATORY, status) for status in (Status.MET, Status.MISSING, Status.UNKNOWN)
    )
    stating = met + missing + unknown > 0
    lacking = missing > 0
    silent = ~lacking & (unknown > 0)
    return Summary(
        total=len(ratings.slugs),
        ready=int((stating & ~lacking & ~silent).sum()),
        missing=int(lacking.sum()),
        unknown=int(silent.sum()),
        open=int((~stating).sum()),
    )


def _gaps(openings: list[Opening]) -> list[Opening]:
    return [one for one in openings if one.opened][:GAPS_SHOWN]
