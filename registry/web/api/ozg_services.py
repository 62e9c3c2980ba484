"""GET /ozg-services and /ozg-services/<ozg_id>."""

from flask import Response
from pydantic import Field

from registry.catalogue.queries import OzgServiceRow, ozg_service
from registry.reuse.queries import bundle_cards, bundle_slugs
from registry.search.contract import OZG_FACETS, Kind, SearchRequest, Sort
from registry.web.addresses import absolute
from registry.web.api.bundles import MAX_QUERY, PageNumber, PerPage
from registry.web.api.models import NamedOut, OzgServiceItemOut, OzgServiceListOut, OzgServiceOut
from registry.web.api.operations import Query, answer_json, not_found, operation, page_links
from registry.web.api.shapes import bundle_item, facets_out, leika_out
from registry.web.searching import find_ozg_services
from registry.web.services import catalogue_tick, reading


class OzgServiceQuery(Query):
    """Parameters of the OZG service search."""

    q: str = Field("", max_length=MAX_QUERY, description="search text; empty: all by name")
    topic_field: list[str] = Field(default_factory=list, description="slugs of topic fields")
    situation: list[str] = Field(default_factory=list, description="slugs of situations")
    has_bundle: list[str] = Field(default_factory=list, description="yes or no")
    sort: Sort = Sort.RELEVANCE
    page: PageNumber = 1
    per_page: PerPage = 20


def _item(row: OzgServiceRow, score: float) -> OzgServiceItemOut:
    return OzgServiceItemOut(
        ozg_id=row.ozg_id,
        name=row.name,
        url=absolute("ozg.show", ozg_id=row.ozg_id),
        topic_field=NamedOut(key=row.topic_field.slug, name=row.topic_field.name),
        situation=NamedOut(key=row.situation.slug, name=row.situation.name),
        bundle_count=row.bundle_count,
        leika_count=row.leika_count,
        score=round(score, 4),
    )


@operation("/ozg-services", "Find OZG services", query=OzgServiceQuery, answer=OzgServiceListOut)
def list_ozg_services(query: OzgServiceQuery) -> Response:
    """Search or browse the OZG catalogue."""
    filters = {name: tuple(values) for name in OZG_FACETS if (values := getattr(query, name))}
    found = find_ozg_services(SearchRequest(Kind.OZG_SERVICE, query.q, filters, query.sort, query.page, query.per_page))
    result = found.result
    answer = OzgServiceListOut(
        items=[_item(row, hit.score) for hit, row in found.rows],
        total=result.total,
        page=query.page,
        per_page=query.per_page,
        facets=facets_out(result.facets),
        did_you_mean=result.did_you_mean,
        exact=result.exact,
        tick=result.tick,
    )
    return page_links(answer_json(answer), query.page, result.pages)


@operation("/ozg-services/<ozg_id>", "One OZG service", answer=OzgServiceOut, errors=(404,))
def show_ozg_service(_query: Query, ozg_id: str) -> OzgServiceOut:
    """Return an OZG service with its LeiKa services and bundles."""
    with reading() as session:
        found = ozg_service(session, ozg_id)
        if found is None:
            raise not_found("Diese OZG-Leistung gibt es im Katalog nicht.")
        cards = bundle_cards(session, bundle_slugs(session, ozg_id=ozg_id))
    return OzgServiceOut(
        ozg_id=ozg_id,
        name=found.service.name,
        url=absolute("ozg.show", ozg_id=ozg_id),
        topic_field=NamedOut(key=found.topic_field.slug, name=found.topic_field.name),
        situation=NamedOut(key=found.situation.slug, name=found.situation.name),
        retired=found.service.retired,
        leika_services=[leika_out(row) for row in found.leika_services],
        bundles=[bundle_item(card) for card in cards],
        tick=catalogue_tick(),
    )
