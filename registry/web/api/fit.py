"""GET /fit and /bundles/<slug>/fit: how bundles fit a municipality, by its public profile and what the request adds."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from flask import Response, request
from pydantic import BaseModel, Field
from sqlmodel import Session

from registry.accounts.permissions import ANONYMOUS
from registry.catalogue.enums import State
from registry.fit.outcome import Check, Fit, ProductMap, RequirementFit
from registry.fit.queries import needs_of, product_map
from registry.fit.rules import fit
from registry.profiles.profile import BodyProfile, Origin, Statement
from registry.reuse.queries import PUBLIC_STATES, find_bundle
from registry.search.contract import Kind, SearchRequest
from registry.web.addresses import absolute
from registry.web.api.bundles import PageNumber, PerPage
from registry.web.api.operations import Query, answer_json, not_found, operation, page_links
from registry.web.fitting import body_of, fits_of, worth_for
from registry.web.problems import problem
from registry.web.searching import find_bundles
from registry.web.services import catalogue_tick, reading

MAX_STATED = 50
"""Capabilities that one parameter takes; more are refused, not cut."""
BY = "Angabe in der Anfrage"


class FitBodyQuery(Query):
    """Whose fit is asked for."""

    municipality: str = Field(
        "", max_length=8, description="AGS (8 digits) or Kreis key (5 digits); its public profile"
    )
    has: list[str] = Field(default_factory=list, description="slugs of capabilities that are there, at most 50")
    lacks: list[str] = Field(default_factory=list, description="slugs of capabilities that are not there, at most 50")


class FitQuery(FitBodyQuery):
    """Parameters of the list of bundles by fit."""

    topic_field: list[str] = Field(default_factory=list, description="slugs of topic fields")
    page: PageNumber = 1
    per_page: PerPage = 20


class FitItemOut(BaseModel):
    """How one bundle fits."""

    slug: str
    title: str
    url: str
    assessable: bool = Field(description="false: the entry states no mandatory requirement, so there is no figure")
    mandatory_met: int
    mandatory_total: int
    recommended_met: int
    recommended_total: int
    missing: list[str] = Field(description="names of mandatory capabilities that are not there")
    unknown: list[str] = Field(description="names of mandatory capabilities of which nothing is stated; never met")
    sentence: str = Field(description="the figure with its explanation, in German")


class FitListOut(BaseModel):
    """Published bundles, best fit first; those that cannot be assessed come last, equal ones by title."""

    body: str = Field(description="name of the municipality or Kreis, empty when none is asked for")
    population: int | None
    population_as_of: str | None
    items: list[FitItemOut]
    total: int
    page: int
    per_page: int
    as_of: date
    tick: int


class RequirementFitOut(BaseModel):
    """Whether a requirement is met, and what that rests on."""

    capability: str
    name: str
    level: str
    status: str = Field(description="met, missing, unknown")
    reason: str
    note: str | None
    stated_by: str | None = Field(description="whose statement it rests on; null: nobody has stated anything")
    stated_on: date | None


class CheckOut(BaseModel):
    """Whether population or kind suit: met, outside, unknown."""

    suits: str
    reason: str


class DimensionOut(BaseModel):
    """A dimension of transferability as the entry states it; `score` 0 to 3."""

    name: str
    label: str
    score: int | None
    reason: str | None
    source_url: str | None
    assessed_on: date | None


class BundleFitOut(FitItemOut):
    """How one bundle fits, requirement by requirement."""

    body: str
    requirements: list[RequirementFitOut]
    population: CheckOut
    kind: CheckOut
    dimensions: list[DimensionOut]
    as_of: date
    tick: int


@operation("/fit", "Service bundles by fit", query=FitQuery, answer=FitListOut, errors=(404,))
def list_fit(query: FitQuery) -> Response:
    """List published bundles by how they fit a municipality or the given capabilities."""
    with reading() as session:
        profile = _profile(session, query, product_map(session))
    if isinstance(profile, Response):
        return profile
    filters = {"topic_field": tuple(query.topic_field)} if query.topic_field else {}
    wanted = SearchRequest(
        Kind.BUNDLE, filters=filters, page=query.page, per_page=query.per_page, worth=worth_for(profile)
    )
    found = find_bundles(wanted)
    fits = fits_of(profile, [card.bundle.slug for _, card in found.rows])
    answer = FitListOut(
        body=profile.name,
        population=profile.population,
        population_as_of=profile.population_as_of,
        items=[FitItemOut(**_item(fits[card.bundle.slug])) for _, card in found.rows if card.bundle.slug in fits],
        total=found.result.total,
        page=query.page,
        per_page=query.per_page,
        as_of=date.today(),
        tick=catalogue_tick(),
    )
    return page_links(answer_json(answer), query.page, found.result.pages)


@operation("/bundles/<slug>/fit", "How one bundle fits", query=FitBodyQuery, answer=BundleFitOut, errors=(404, 410))
def show_fit(query: FitBodyQuery, slug: str) -> BundleFitOut | Response:
    """Return requirement by requirement how a bundle fits a municipality or the given capabilities."""
    with reading() as session:
        bundle = find_bundle(session, slug)
        if bundle is not None and bundle.state == State.WITHDRAWN:
            return problem(410, "Dieser Eintrag wurde zurückgezogen.", successor=bundle.successor_slug)
        if bundle is None or bundle.state not in PUBLIC_STATES:
            raise not_found("Diesen Eintrag gibt es nicht.")
        products = product_map(session)
        profile = _profile(session, query, products)
        if isinstance(profile, Response):
            return profile
        found = fit(profile, needs_of(session, [slug])[slug], products)
    return BundleFitOut(
        **_item(found),
        body=profile.name,
        requirements=[_requirement(one) for one in found.requirements],
        population=_check(found.population),
        kind=_check(found.kind),
        dimensions=[DimensionOut.model_validate(one, from_attributes=True) for one in found.dimensions],
        as_of=date.today(),
        tick=catalogue_tick(),
    )


def _profile(session: Session, query: FitBodyQuery, products: ProductMap) -> BodyProfile | Response:
    """Return the public profile of the body with what the request adds, or the refusal of a bad parameter."""
    refused = [*_refused("has", query.has, products), *_refused("lacks", query.lacks, products)]
    both = sorted(set(query.has) & set(query.lacks))
    if both:
        refused.append({"parameter": "lacks", "detail": f"Zugleich vorhanden und nicht vorhanden: {', '.join(both)}."})
    if refused:
        return problem(400, "Ein Parameter hat einen ungültigen Wert.", errors=refused)
    body = BodyProfile("municipality", "", "", None, None, None, None, None)
    if query.municipality:
        known = body_of(session, ANONYMOUS, query.municipality)
        if known is None:
            raise not_found("Diese Kommune gibt es im Verzeichnis nicht.")
        body = known
    stated = dict.fromkeys(query.has, True) | dict.fromkeys(query.lacks, False)
    added = {slug: Statement(has, Origin.VISITOR, BY, date.today()) for slug, has in stated.items()}
    return replace(body, statements={**body.statements, **added})


def _refused(name: str, slugs: Iterable[str], products: ProductMap) -> list[dict[str, str]]:
    count = sum(len(value.split(",")) for value in request.args.getlist(name))
    if count > MAX_STATED:
        return [{"parameter": name, "detail": f"Höchstens {MAX_STATED} Bausteine; die Anfrage nennt {count}."}]
    unknown = sorted(set(slugs) - set(products.names))
    return [{"parameter": name, "detail": f"Unbekannter Baustein: {', '.join(unknown)[:300]}."}] if unknown else []


def _item(found: Fit) -> dict[str, object]:
    return {
        "slug": found.slug,
        "title": found.title,
        "url": absolute("bundles.show", slug=found.slug),
        **{
            name: getattr(found, name)
            for name in (
                *("assessable", "mandatory_met", "mandatory_total", "recommended_met", "recommended_total"),
                *("missing", "unknown", "sentence"),
            )
        },
    }


def _requirement(one: RequirementFit) -> RequirementFitOut:
    return RequirementFitOut(
        capability=one.need.capability,
        name=one.need.name,
        level=one.need.level,
        status=one.status,
        reason=one.reason,
        note=one.need.note,
        stated_by=one.statement.by if one.statement else None,
        stated_on=one.statement.as_of if one.statement else None,
    )


def _check(check: Check) -> CheckOut:
    return CheckOut(suits=check.suits, reason=check.reason)
