"""GET /municipalities and /municipalities/<ags>."""

from typing import Literal

from flask import Response
from pydantic import Field

from registry.catalogue.queries import municipalities, municipality
from registry.reuse.queries import bundle_cards, bundle_slugs
from registry.web.api.adoptions import adoption_out, visible
from registry.web.api.bundles import PageNumber, PerPage
from registry.web.api.models import MunicipalityListOut, MunicipalityOut
from registry.web.api.operations import Query, answer_json, not_found, operation, page_links
from registry.web.api.shapes import bundle_item, municipality_fields, municipality_item
from registry.web.services import catalogue_tick, reading


class MunicipalityQuery(Query):
    """Parameters of the list of municipalities."""

    q: str = Field("", max_length=200, description="part of the name, or the beginning of the AGS")
    admin_region: str = Field("", max_length=100, description="name of the Regierungsbezirk")
    district: str = Field("", max_length=5, description="key of the Kreis, five digits")
    has_bundle: Literal["", "yes"] = Field("", description="yes: only those that take part in a published bundle")
    page: PageNumber = 1
    per_page: PerPage = 20


@operation("/municipalities", "Find municipalities", query=MunicipalityQuery, answer=MunicipalityListOut)
def list_municipalities(query: MunicipalityQuery) -> Response:
    """List municipalities by name, filtered by Regierungsbezirk and Kreis."""
    with reading() as session:
        rows = municipalities(
            session,
            text=query.q.replace("\x00", "").strip(),
            admin_region=query.admin_region.replace("\x00", "") or None,
            district=query.district.replace("\x00", "") or None,
        )
    if query.has_bundle:
        rows = [row for row in rows if row.bundle_count]
    start = (query.page - 1) * query.per_page
    answer = MunicipalityListOut(
        items=[municipality_item(row) for row in rows[start : start + query.per_page]],
        total=len(rows),
        page=query.page,
        per_page=query.per_page,
    )
    return page_links(answer_json(answer), query.page, max(1, -(-len(rows) // query.per_page)))


@operation("/municipalities/<ags>", "One municipality", answer=MunicipalityOut, errors=(404,))
def show_municipality(_query: Query, ags: str) -> MunicipalityOut:
    """Return a municipality with the bundles it leads or takes part in."""
    with reading() as session:
        row = municipality(session, ags)
        if row is None:
            raise not_found("Diese Kommune gibt es im Verzeichnis nicht.")
        cards = bundle_cards(session, bundle_slugs(session, municipality=ags))
        adopted = visible(session, body=ags)
    led = [card for card in cards if any(lead.key == ags for lead in card.leads)]
    one = row.municipality
    return MunicipalityOut.model_validate(
        {
            **municipality_fields(row),
            **{name: getattr(one, name) for name in ("area_km2", "postcode", "latitude", "longitude", "nuts3")},
            "bundles_led": [bundle_item(card) for card in led],
            "bundles_partnered": [bundle_item(card) for card in cards if card not in led],
            "adopted": [adoption_out(one) for one in adopted],
            "tick": catalogue_tick(),
        }
    )
