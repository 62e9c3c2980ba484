"""GET /comparison, /peers/<key> and /shared-interests: only what everybody may know, whoever asks."""

from datetime import date, datetime
from decimal import Decimal

from flask import Response
from pydantic import BaseModel, Field

from registry.accounts.permissions import ANONYMOUS
from registry.catalogue.queries import ozg_services
from registry.comparison.peer_queries import UsedBundle, places, used_by_peers
from registry.comparison.peers import peers
from registry.comparison.queries import FEWEST, MOST, Side, chosen_bundles, sides
from registry.comparison.rules import MOST_CASES, MOST_INHABITANTS, YEARS, FullCost, Terms
from registry.comparison.table import Group, comparison
from registry.cooperation.queries import wanted_services
from registry.web.addresses import absolute
from registry.web.api.models import NamedOut
from registry.web.api.operations import Query, not_found, operation
from registry.web.fitting import body_of
from registry.web.problems import problem
from registry.web.services import catalogue_tick, reading, services


class ComparisonQuery(Query):
    """What is compared, and for whom."""

    bundle: list[str] = Field(default_factory=list, description=f"slugs of {FEWEST} to {MOST} bundles")
    municipality: str = Field(
        "", max_length=8, description="AGS (8 digits) or Kreis key (5 digits): its public profile and population"
    )
    population: int | None = Field(None, ge=1, le=MOST_INHABITANTS, description="overrides that of the municipality")
    cases: int | None = Field(None, ge=1, le=MOST_CASES, description="cases a year, for costs by case")


class CostLineOut(BaseModel):
    """A block of costs over the years of the comparison; amounts are null where not stated or not computable."""

    block: str
    low: Decimal | None
    high: Decimal | None
    computable: bool
    formula: str
    counted: bool
    remarks: list[str]
    price_date: str | None
    source_url: str | None


class FullCostOut(BaseModel):
    """Full cost over `years`; `low` and `high` are null when no block is known, `high` also when it is open."""

    years: int
    low: Decimal | None
    high: Decimal | None
    contained: list[str]
    missing: list[str] = Field(description="blocks that nobody has stated; never counted as 0")
    uncomputable: list[str]
    paid_by_land: list[str] = Field(description="shown, not counted for the municipality")
    own_staff: str | None
    lines: list[CostLineOut]


class ComparedOut(BaseModel):
    """One bundle of the comparison."""

    slug: str
    title: str
    url: str
    full_cost: FullCostOut


class ComparedRowOut(BaseModel):
    """A feature: for each bundle the lines of its cell; no line means that nothing is stated."""

    label: str
    differs: bool
    cells: list[list[str]]


class ComparedGroupOut(BaseModel):
    """Rows that belong together."""

    key: str
    title: str
    note: str
    rows: list[ComparedRowOut]


class LeftOutOut(BaseModel):
    """A bundle that cannot be compared, and why."""

    slug: str
    reason: str
    successor: str | None


class ComparisonOut(BaseModel):
    """Bundles side by side, in the order in which they were asked for."""

    bundles: list[ComparedOut]
    groups: list[ComparedGroupOut]
    left_out: list[LeftOutOut]
    population: int | None
    cases: int | None
    as_of: date
    tick: int


@operation("/comparison", "Bundles side by side", query=ComparisonQuery, answer=ComparisonOut, errors=(404,))
def compare_bundles(query: ComparisonQuery) -> ComparisonOut | Response:
    """Compare two to five bundles, with their full cost over five years."""
    with reading() as session:
        profile = body_of(session, ANONYMOUS, query.municipality) if query.municipality else None
        if query.municipality and profile is None:
            raise not_found("Diese Kommune gibt es im Verzeichnis nicht.")
        bundles, left_out = chosen_bundles(session, query.bundle)
        if not FEWEST <= len(bundles) <= MOST:
            detail = f"Ein Vergleich braucht {FEWEST} bis {MOST} Bündel; gefunden sind {len(bundles)}."
            return problem(400, detail, errors=[{"parameter": "bundle", "detail": detail}])
        population = query.population or (profile.population if profile is not None else None)
        compared = sides(
            session,
            bundles,
            Terms(population, query.cases),
            profile=profile,
            today=date.today(),
            months=services().settings.confirmation_months,
        )
    return ComparisonOut(
        bundles=[_compared(side) for side in compared],
        groups=[_group(one) for one in comparison(compared, profile.name if profile is not None else None)],
        left_out=[LeftOutOut.model_validate(one, from_attributes=True) for one in left_out],
        population=population,
        cases=query.cases,
        as_of=date.today(),
        tick=catalogue_tick(),
    )


def _compared(side: Side) -> ComparedOut:
    return ComparedOut(
        slug=side.slug, title=side.title, url=absolute("bundles.show", slug=side.slug), full_cost=_cost(side.cost)
    )


def _cost(cost: FullCost) -> FullCostOut:
    return FullCostOut(
        years=YEARS,
        low=cost.total.low if cost.total else None,
        high=cost.total.high if cost.total else None,
        contained=list(cost.contained),
        missing=list(cost.missing),
        uncomputable=list(cost.uncomputable),
        paid_by_land=list(cost.by_land),
        own_staff=cost.staff,
        lines=[
            CostLineOut(
                block=line.block.value,
                low=line.amount.low if line.amount else None,
                high=line.amount.high if line.amount else None,
                computable=line.amount is not None,
                formula=line.formula,
                counted=line.counted,
                remarks=list(line.remarks),
                price_date=line.price_date,
                source_url=line.source_url,
            )
            for line in cost.lines
        ],
    )


def _group(group: Group) -> ComparedGroupOut:
    return ComparedGroupOut(
        key=group.key,
        title=group.title,
        note=group.note,
        rows=[
            ComparedRowOut(
                label=row.label, differs=row.differs, cells=[[part.text for part in cell] for cell in row.cells]
            )
            for row in group.rows
        ],
    )


class PeerOut(BaseModel):
    """A body that is alike, with the reasons; `points` are for sorting alone."""

    key: str
    name: str
    population: int | None
    reasons: list[str]
    points: int


class UseOut(BaseModel):
    """What a body has to do with a bundle, in German."""

    key: str
    name: str
    what: str


class UsedBundleOut(BaseModel):
    """A bundle that bodies which are alike use."""

    slug: str
    title: str
    url: str
    uses: list[UseOut]


class PeersOut(BaseModel):
    """The bodies most like one, what they use and it does not, and what it uses too; only what is public."""

    kind: str
    key: str
    name: str
    url: str
    peers: list[PeerOut]
    not_here: list[UsedBundleOut]
    here_too: list[UsedBundleOut]
    as_of: date
    tick: int


@operation("/peers/<key>", "Municipalities that are alike", answer=PeersOut, errors=(404,))
def show_peers(_query: Query, key: str) -> PeersOut:
    """Return the bodies most like a municipality (AGS) or Kreis (five digits), and what they use."""
    with reading() as session:
        everywhere = places(session, ANONYMOUS)
        own = next((one for one in everywhere if one.key == key), None)
        if own is None:
            raise not_found("Diese Kommune gibt es im Verzeichnis nicht.")
        found = peers(own, everywhere)
        months = services().settings.confirmation_months
        together = used_by_peers(session, own, found, today=date.today(), months=months)
    return PeersOut(
        kind=own.kind,
        key=own.key,
        name=own.name,
        url=absolute("peers.show", kommune=own.key),
        peers=[
            PeerOut(
                key=one.place.key,
                name=one.place.name,
                population=one.place.population,
                reasons=list(one.reasons),
                points=one.points,
            )
            for one in found
        ],
        not_here=[_used(one) for one in together.not_here],
        here_too=[_used(one) for one in together.here_too],
        as_of=date.today(),
        tick=catalogue_tick(),
    )


def _used(bundle: UsedBundle) -> UsedBundleOut:
    return UsedBundleOut(
        slug=bundle.slug,
        title=bundle.title,
        url=absolute("bundles.show", slug=bundle.slug),
        uses=[UseOut(key=one.place.key, name=one.place.name, what=one.what) for one in bundle.uses],
    )


class InterestQuery(Query):
    """Which interests are asked for."""

    ozg_id: str = Field("", max_length=5, description="five-digit id of an OZG service")
    topic_field: str = Field("", max_length=100, description="slug of a topic field")


class InterestOut(BaseModel):
    """An organisation that would realise the service together with others, as far as it has made that public."""

    organisation: str
    kind: str
    key: str = Field(description="AGS, Kreis key or slug of the IT provider")
    mailbox: str | None
    note: str
    since: datetime


class WantedOut(BaseModel):
    """An OZG service that somebody would realise together with others."""

    ozg_id: str
    name: str
    url: str
    topic_field: NamedOut
    bundle_count: int
    interested: list[InterestOut]


class WantedListOut(BaseModel):
    """Services without a bundle first, then by the number of organisations."""

    items: list[WantedOut]
    tick: int


@operation("/shared-interests", "Realising together", query=InterestQuery, answer=WantedListOut, errors=(404,))
def list_shared_interests(query: InterestQuery) -> WantedListOut:
    """List the OZG services that organisations would publicly realise together with others."""
    with reading() as session:
        if query.ozg_id and not ozg_services(session, ids=[query.ozg_id]):
            raise not_found("Diese OZG-Leistung gibt es im Katalog nicht.")
        wanted = wanted_services(session, ANONYMOUS, ozg_id=query.ozg_id or None, topic_field=query.topic_field or None)
    return WantedListOut(
        items=[
            WantedOut(
                ozg_id=one.service.ozg_id,
                name=one.service.name,
                url=absolute("cooperation.index", ozg=one.service.ozg_id),
                topic_field=NamedOut(key=one.service.topic_field.slug, name=one.service.topic_field.name),
                bundle_count=one.service.bundle_count,
                interested=[InterestOut.model_validate(who, from_attributes=True) for who in one.interested],
            )
            for one in wanted
        ],
        tick=catalogue_tick(),
    )
