"""GET /bundles and /bundles/<slug>."""

from typing import Annotated

from flask import Response
from pydantic import Field

from registry.catalogue.enums import State
from registry.reuse.checklist.queries import assessment_of
from registry.reuse.completeness import completeness
from registry.reuse.queries import PUBLIC_STATES, bundle_view, find_bundle
from registry.reuse.records import record_of
from registry.search.contract import BUNDLE_FACETS, MAX_PER_PAGE, Kind, SearchRequest, Sort
from registry.web.addresses import absolute
from registry.web.api.adoptions import counts_out, experience_out, visible
from registry.web.api.models import BundleListOut, BundleOut
from registry.web.api.operations import Query, answer_json, not_found, operation, page_links
from registry.web.api.shapes import (
    bundle_item,
    bundle_service,
    completeness_out,
    facets_out,
    participant_out,
    transferability_out,
)
from registry.web.problems import problem
from registry.web.searching import find_bundles
from registry.web.services import reading, services

PageNumber = Annotated[int, Field(ge=1, le=100_000)]
PerPage = Annotated[int, Field(ge=1, le=MAX_PER_PAGE)]
MAX_QUERY = 1000


class BundleQuery(Query):
    """Parameters of the bundle search; list values are repeated or separated by commas."""

    q: str = Field("", max_length=MAX_QUERY, description="search text; empty: all")
    topic_field: list[str] = Field(default_factory=list, description="slugs of topic fields")
    situation: list[str] = Field(default_factory=list, description="slugs of situations")
    municipality: list[str] = Field(default_factory=list, description="AGS (8 digits) or Kreis keys (5 digits)")
    provider: list[str] = Field(default_factory=list, description="slugs of IT providers")
    phase: list[str] = Field(default_factory=list)
    maturity: list[str] = Field(default_factory=list, description="levels 0 to 4 of model 1.1, or unknown")
    reuse_model: list[str] = Field(default_factory=list)
    licence: list[str] = Field(default_factory=list, description="SPDX ids, proprietary or unknown")
    audience: list[str] = Field(default_factory=list)
    transferable: list[str] = Field(default_factory=list, description="yes or no")
    sort: Sort = Sort.RELEVANCE
    page: PageNumber = 1
    per_page: PerPage = 20


@operation("/bundles", "Find service bundles", query=BundleQuery, answer=BundleListOut)
def list_bundles(query: BundleQuery) -> Response:
    """Search or browse published bundles."""
    filters = {name: tuple(values) for name in BUNDLE_FACETS if (values := getattr(query, name))}
    found = find_bundles(SearchRequest(Kind.BUNDLE, query.q, filters, query.sort, query.page, query.per_page))
    result = found.result
    answer = BundleListOut(
        items=[bundle_item(card, hit.score) for hit, card in found.rows],
        total=result.total,
        page=query.page,
        per_page=query.per_page,
        facets=facets_out(result.facets),
        did_you_mean=result.did_you_mean,
        exact=result.exact,
        tick=result.tick,
    )
    return page_links(answer_json(answer), query.page, result.pages)


@operation("/bundles/<slug>", "One service bundle", answer=BundleOut, errors=(404, 410))
def show_bundle(_query: Query, slug: str) -> BundleOut | Response:
    """Return an entry as its record, with names resolved and completeness."""
    with reading() as session:
        bundle = find_bundle(session, slug)
        if bundle is not None and bundle.state == State.WITHDRAWN:
            return problem(410, "Dieser Eintrag wurde zurückgezogen.", successor=bundle.successor_slug)
        if bundle is None or bundle.state not in PUBLIC_STATES:
            raise not_found("Diesen Eintrag gibt es nicht.")
        view = bundle_view(session, bundle)
        record = record_of(session, bundle)
        adoptions = visible(session, slug=slug)
        experience = experience_out(session, adoptions)
        assessment = assessment_of(session, bundle.id, view.profile)
    return BundleOut(
        url=absolute("bundles.show", slug=slug),
        record=record,
        state=bundle.state,
        services=[bundle_service(one) for one in view.services],
        participants=[participant_out(one) for one in view.participants],
        completeness=completeness_out(completeness(record)),
        transferability=transferability_out(assessment, bundle.changed_on),
        adoptions=counts_out(adoptions),
        experience=experience,
        similar=list(services().search.similar(slug)),
        published_on=bundle.published_on,
        changed_on=bundle.changed_on,
        tick=bundle.tick,
    )
