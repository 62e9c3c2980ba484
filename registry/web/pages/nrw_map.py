"""The map of the municipalities of NRW: how many adoptions, how much coverage, or who uses one bundle."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from flask import Blueprint, render_template, request
from werkzeug import Response

from registry.adoption.enums import FINAL, Standing
from registry.adoption.queries import PublicAdoption
from registry.catalogue.enums import ParticipantRole
from registry.catalogue.models import ServiceBundle
from registry.coverage.rules import Body, CoverageFacts, productive_by_body
from registry.reuse.queries import PUBLIC_STATES, bundle_view, find_bundle
from registry.web.caching import follows_clock
from registry.web.covering import CATALOGUE_AS_OF, OFFICIAL_SERVICES, admin_regions, current_facts
from registry.web.formatting import number, partial_date
from registry.web.mapping.classes import LEAD, NOBODY, STEPS, MapClass, Shown, class_of, class_of_step, numbered
from registry.web.mapping.layout import COAST, RADIUS, Layout, Place, layout
from registry.web.services import reading

nrw_map = Blueprint("nrw_map", __name__)

NAMED = {
    "05334002": "Aachen",
    "05513000": "Gelsenkirchen",
    "05774032": "Paderborn",
    "05974040": "Soest",
    "05124000": "Wuppertal",
}
"""The five model municipalities of the programme, whose names stand on the map for orientation."""
ADOPTION_BOUNDS = (1, 2, 5, 10)
COVERAGE_BOUNDS = (1, 5, 10, 20)
"""Where the classes of the map begin. Fixed, so that a map of today can be compared with one of last year."""
MAX_BUNDLES = 200
"""Bundles that can be chosen on the page; the map of any other is reached from its own page."""


@dataclass(frozen=True)
class MapView:
    """What the map shows: a title, the unit of the values, classes from high to low, and what there is to each body."""

    mode: str
    title: str
    column: str
    classes: tuple[MapClass, ...]
    shown: Mapping[str, Shown]
    nothing: Shown
    bundle: ServiceBundle | None = None

    def of(self, key: str) -> Shown:
        """Return what the map shows of a body (AGS or Kreis key)."""
        return self.shown.get(key, self.nothing)


@lru_cache(maxsize=4)
def _layout(places: tuple[Place, ...]) -> Layout:
    return layout(places)


@nrw_map.get("/karte")
@follows_clock
def show() -> str | Response:
    """Show the map and its list; an unknown value of a parameter is as none."""
    facts = current_facts()
    regions = admin_regions(facts)
    region = request.args.get("bezirk")
    region = region if region in regions else None
    slug = request.args.get("buendel", "")
    wanted = request.args.get("zeige", "buendel" if slug else "")
    # Who uses one bundle is what its map is asked for: they come first there, unless the names are asked for.
    by_value = request.args.get("sortierung", "wert" if wanted == "buendel" else "") == "wert"
    if wanted == "buendel":
        view = _bundle(facts, slug)
    else:
        view = _coverage(facts) if wanted == "abdeckung" else _adoptions(facts)
    towns = [one for one in facts.bodies.values() if one.kind == "municipality" and region in (None, one.admin_region)]
    towns.sort(key=_by_name)
    districts = [
        one
        for one in facts.bodies.values()
        if one.kind == "district" and one.key in view.shown and region in (None, one.admin_region)
    ]
    plan = _layout(
        tuple(
            Place(one.key, one.latitude, one.longitude, one.admin_region)
            for one in facts.bodies.values()
            if one.latitude is not None and one.longitude is not None
        )
    )
    tallied = [view.of(one.key).map_class for one in towns]
    return render_template(
        "nrw_map/show.html",
        view=view,
        region=region,
        regions=regions,
        slug=slug,
        by_value=by_value,
        bundles=_choices(facts, view.bundle),
        names={one.key: one.name.partition(" ")[2] for one in towns},
        districts_by_key={one.key: one.name for one in facts.bodies.values() if one.kind == "district"},
        drawn=[
            (name, [one for one in towns if one.admin_region == name and one.key in plan.points])
            for name in plan.regions
            if region in (None, name)
        ],
        rows=sorted(towns, key=lambda one: (-view.of(one.key).worth, _by_name(one))) if by_value else towns,
        districts=sorted(districts, key=_by_name),
        with_value=sum(one.key in view.shown for one in towns),
        legend=[(one, tallied.count(one)) for one in view.classes],
        plan=plan,
        box=plan.part(region),
        coast=COAST,
        radius=RADIUS,
        named={key: name for key, name in NAMED.items() if key in plan.points},
        today=date.today().isoformat(),
        catalogue_as_of=CATALOGUE_AS_OF,
        known=len(facts.services),
        official=OFFICIAL_SERVICES,
    )


def _by_name(body: Body) -> tuple[str, str]:
    name = body.name.partition(" ")[2] if body.kind == "municipality" else body.name
    return name.translate(str.maketrans("ÄÖÜäöüß", "AOUaous")).casefold(), body.key


def _choices(facts: CoverageFacts, bundle: ServiceBundle | None) -> dict[str, str]:
    """Return the bundles (slug → title) that somebody publicly adopts, and the chosen one, by title."""
    found = dict(sorted({(one.slug, one.title) for one in facts.adoptions}, key=lambda one: one[1])[:MAX_BUNDLES])
    if bundle is not None:
        found[bundle.slug] = bundle.title
    return dict(sorted(found.items(), key=lambda one: (one[1], one[0])))


def _adoptions(facts: CoverageFacts) -> MapView:
    """Count the public adoptions that go on, by body; how many of them are confirmed is said in words."""
    by_body: dict[str, list[PublicAdoption]] = {}
    for one in facts.adoptions:
        if one.step not in FINAL:
            by_body.setdefault(one.body, []).append(one)
    classes = numbered(ADOPTION_BOUNDS)
    shown = {
        key: Shown(class_of(len(all_of), classes, ADOPTION_BOUNDS), _standings(all_of), len(all_of))
        for key, all_of in by_body.items()
    }
    return MapView(
        mode="anzahl",
        title="Nachnutzungen je Kommune",
        column="Nachnutzungen",
        classes=tuple(reversed(classes)),
        shown=shown,
        nothing=Shown(classes[0], "0"),
    )


def _standings(adoptions: list[PublicAdoption]) -> str:
    counted = [(one.label, sum(each.standing is one for each in adoptions)) for one in Standing]
    return f"{number(len(adoptions))} ({', '.join(f'{count} {label}' for label, count in counted if count)})"


def _coverage(facts: CoverageFacts) -> MapView:
    """Count the OZG services that are productive at each body."""
    classes, total = numbered(COVERAGE_BOUNDS), len(facts.services)
    shown = {
        key: Shown(class_of(count, classes, COVERAGE_BOUNDS), f"{number(count)} von {number(total)}", count)
        for key, count in productive_by_body(facts).items()
    }
    return MapView(
        mode="abdeckung",
        title="Produktive OZG-Leistungen je Kommune",
        column="Produktive OZG-Leistungen",
        classes=tuple(reversed(classes)),
        shown=shown,
        nothing=Shown(classes[0], f"0 von {number(total)}"),
    )


def _bundle(facts: CoverageFacts, slug: str) -> MapView:
    """Show who leads a bundle and who adopts it, each by the public step; without a (public) bundle nobody."""
    with reading() as session:
        bundle = find_bundle(session, slug) if slug else None
        if bundle is not None and bundle.state not in PUBLIC_STATES:
            bundle = None
        leads = bundle_view(session, bundle).by_role(ParticipantRole.LEAD) if bundle is not None else ()
    shown: dict[str, Shown] = {}
    for one in facts.adoptions if bundle is not None else ():
        if one.slug != slug:
            continue
        found = class_of_step(one.step, one.standing)
        text = f"{one.step.label} seit {partial_date(one.since)}"
        if one.step not in FINAL:
            text += f", {one.standing.label}"
        step = Shown(found, text, len(STEPS) - STEPS.index(found))
        if one.body not in shown or step.worth > shown[one.body].worth:
            shown[one.body] = step
    for lead in leads:
        if lead.key is not None:
            shown[lead.key] = Shown(LEAD, LEAD.label, len(STEPS))
    return MapView(
        mode="buendel",
        title=f"Wer nutzt „{bundle.title}“?" if bundle is not None else "Wer nutzt ein Bündel?",
        column="Stand der Nachnutzung",
        classes=STEPS,
        shown=shown,
        nothing=Shown(NOBODY, "keine bekannt"),
        bundle=bundle,
    )
