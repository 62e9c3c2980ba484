"""Coverage of the OZG catalogue: by topic field, Regierungsbezirk and service; of one municipality or Kreis."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug import Response as AnyResponse

from registry.coverage.gains import Gain, quick_gains
from registry.coverage.rules import (
    OPEN,
    Body,
    CoverageFacts,
    CoveredService,
    OwnState,
    ServiceState,
    by_topic_field,
    counts,
    covered,
    own_coverage,
    productive_by_region,
)
from registry.exchange.coverage_csv import coverage_csv
from registry.fit.queries import needs_of, product_map
from registry.fit.rules import fit
from registry.profiles.profile import BodyProfile
from registry.profiles.queries import body_profile
from registry.web.caching import follows_clock
from registry.web.chosen import chosen_profile
from registry.web.covering import (
    CATALOGUE_AS_OF,
    OFFICIAL_SERVICES,
    admin_regions,
    completeness,
    current_facts,
    typings,
)
from registry.web.identity import current_actor
from registry.web.mapping.squares import square_chart
from registry.web.pages.errors import PageNotFound
from registry.web.parameters import page_number
from registry.web.services import reading

coverage = Blueprint("coverage", __name__)

PER_PAGE = 50
SHOWN_GAINS = 12
"""Quickest gains that the page of a body lists; the others stand behind the list of open services."""
STATES = {
    "produktiv": ServiceState.PRODUCTIVE,
    "uebertragbar": ServiceState.TRANSFERABLE,
    "buendel": ServiceState.BUNDLE,
    "weiss": ServiceState.WHITE,
}
"""Names in addresses → states."""
STATE_NAMES = {state: name for name, state in STATES.items()}
TRANSFERABLE = "jetzt"
"""Name of the list that crosses the states: services with a bundle that is transferable now, productive or not."""


@dataclass(frozen=True)
class Filters:
    """What the page is narrowed to; None: not narrowed."""

    topic_field: str | None
    typing: str | None
    region: str | None

    @property
    def address(self) -> dict[str, str | None]:
        """Return the parameters of addresses."""
        return {"themenfeld": self.topic_field, "typ": self.typing, "bezirk": self.region}

    @property
    def query(self) -> dict[str, str | None]:
        """Return the parameters of the API."""
        return {"topic_field": self.topic_field, "typing": self.typing, "admin_region": self.region}


@coverage.get("/abdeckung.csv", defaults={"form": "csv"})
@coverage.get("/abdeckung", defaults={"form": "html"})
@follows_clock
def show(form: str) -> str | AnyResponse:
    """Show how the OZG catalogue is covered; as CSV all services that the filters (and the state) leave."""
    facts = current_facts()
    fields = dict(sorted({(one.topic_field, one.topic_field_name) for one in facts.services}, key=lambda one: one[1]))
    chosen = Filters(
        _one_of(request.args.get("themenfeld"), fields),
        _one_of(request.args.get("typ"), typings(facts)),
        _one_of(request.args.get("bezirk"), admin_regions(facts)),
    )
    services = covered(facts, topic_field=chosen.topic_field, typing=chosen.typing, region=chosen.region)
    wanted = _one_of(request.args.get("zustand"), (*STATES, TRANSFERABLE))
    if form == "csv":
        return _csv(_listed(services, wanted) if wanted else services)
    listed = _listed(services, shown := wanted or STATE_NAMES[ServiceState.WHITE])
    pages, page = max(1, -(-len(listed) // PER_PAGE)), page_number(request.args.get("seite"))
    if page > pages:
        last = pages if pages > 1 else None
        return redirect(url_for("coverage.show", **chosen.address, zustand=shown, seite=last))  # type: ignore[arg-type]
    rows = by_topic_field([(one.service, one.state) for one in services])
    regions = admin_regions(facts)
    by_region = productive_by_region(services, regions)
    return render_template(
        "coverage/show.html",
        chosen=chosen,
        fields=fields,
        regions=regions,
        typings=typings(facts),
        counted=counts(one.state for one in services),
        total=len(services),
        transferable=sum(one.transferable for one in services),
        placeless=sum(one.state is ServiceState.PRODUCTIVE and not one.uses for one in services),
        rows=[(row, square_chart([(state, row.counts[state]) for state in ServiceState])) for row in rows],
        by_region=by_region,
        productive_fields={field for field, _ in by_region},
        states=list(STATES.items()),
        shown=shown,
        wanted=wanted,
        listed_count=len(listed),
        listed=listed[(page - 1) * PER_PAGE : page * PER_PAGE],
        page=page,
        pages=pages,
        today=date.today().isoformat(),
        catalogue_as_of=CATALOGUE_AS_OF,
        known=len(facts.services),
        official=OFFICIAL_SERVICES,
    )


def _listed(services: list[CoveredService], name: str) -> list[CoveredService]:
    """Return the services of a list by its name in addresses."""
    if name == TRANSFERABLE:
        return [one for one in services if one.transferable]
    return [one for one in services if one.state is STATES[name]]


def _one_of(value: str | None, known: Collection[str]) -> str | None:
    return value if value in known else None


def _csv(services: list[CoveredService]) -> Response:
    answer = Response(coverage_csv(services), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="abdeckung-{date.today():%Y-%m-%d}.csv"'
    return answer


@coverage.get("/kommunen/<key>/abdeckung")
@follows_clock
def municipality(key: str) -> str | AnyResponse:
    """Show what a municipality (AGS) or Kreis covers, and what it could take over quickest."""
    facts = current_facts()
    body = facts.bodies.get(key)
    if body is None:
        if re.fullmatch(r"\d{5}", key) and f"{key}000" in facts.bodies:  # the key of a kreisfreie Stadt
            return redirect(url_for("coverage.municipality", key=f"{key}000"), 301)
        raise PageNotFound("Diese Kommune gibt es im Verzeichnis nicht.")
    services = own_coverage(facts, key)
    lacking = {service.ozg_id for service, state, _ in services if state in OPEN}
    gains, profile = _gains(facts, body, lacking)
    return render_template(
        "coverage/municipality.html",
        body=body,
        district=facts.bodies.get(body.district or "") if body.kind == "municipality" else None,
        counted=counts((state for _, state, _ in services), OwnState),
        total=len(services),
        rows=[
            (row, square_chart([(state, row.counts[state]) for state in OwnState]))
            for row in by_topic_field([(service, state) for service, state, _ in services], OwnState)
        ],
        states=list(OwnState),
        here=[row for row in services if row[1] not in OPEN],
        gains=gains[:SHOWN_GAINS],
        gain_count=len(gains),
        profile=profile,
        today=date.today().isoformat(),
        catalogue_as_of=CATALOGUE_AS_OF,
        official=OFFICIAL_SERVICES,
    )


def _gains(facts: CoverageFacts, body: Body, lacking: set[str]) -> tuple[list[Gain], BodyProfile | None]:
    """Return the quickest gains of a body, and the profile by which they are ordered (None: there is none)."""
    slugs = [one.slug for one in facts.bundles if one.transferable and lacking.intersection(one.ozg_ids)]
    complete, chosen = completeness(slugs), chosen_profile()
    with reading() as session:
        if chosen is not None and chosen.profile.key == body.key:
            profile: BodyProfile | None = chosen.profile
        else:
            profile = body_profile(session, current_actor(), body.kind, body.key)
        if profile is not None and not profile.statements:
            profile = None
        if profile is None:
            return quick_gains(facts, body, lacking, complete.get), None
        needs, products = needs_of(session, slugs), product_map(session)
    fits = {slug: fit(profile, needs[slug], products) for slug in slugs if slug in needs}
    return quick_gains(facts, body, lacking, complete.get, fits.get), profile
