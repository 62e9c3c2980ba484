"""GET /coverage, /coverage/bodies and /coverage/bodies/<key>."""

from datetime import date

from pydantic import BaseModel, Field

from registry.coverage.rules import (
    BundleFacts,
    OwnState,
    ServiceFacts,
    ServiceState,
    Use,
    by_topic_field,
    counts,
    covered,
    own_coverage,
    productive_by_body,
)
from registry.web.addresses import absolute
from registry.web.api.models import NamedOut
from registry.web.api.operations import Query, not_found, operation
from registry.web.covering import CATALOGUE_AS_OF, OFFICIAL_SERVICES, current_facts
from registry.web.services import catalogue_tick


class CoverageQuery(Query):
    """Parameters of the coverage of the catalogue."""

    topic_field: str = Field("", max_length=100, description="slug of a topic field")
    typing: str = Field("", max_length=20, description="typing of at least one of the LeiKa services, such as 2/3")
    admin_region: str = Field("", max_length=60, description="Regierungsbezirk in which productive use counts")


class CountsOut(BaseModel):
    """Numbers of OZG services by state; they sum up to `total`."""

    total: int
    by_state: dict[str, int]


class TopicFieldCoverageOut(CountsOut):
    """The numbers of one topic field."""

    topic_field: NamedOut


class UserOut(BaseModel):
    """A body that uses a bundle productively, in public; `leads`: known from the entry, else from its adoption."""

    kind: str
    key: str
    name: str
    admin_region: str
    leads: bool


class ServiceCoverageOut(BaseModel):
    """An OZG service with its state."""

    ozg_id: str
    name: str
    url: str
    topic_field: NamedOut
    typings: list[str]
    state: str
    transferable: bool = Field(description="one of its bundles is transferable now, whatever the state")
    bundles: list[str] = Field(description="slugs")
    transferable_bundles: list[str] = Field(description="slugs")
    productive_at: list[UserOut]


class CoverageOut(CountsOut):
    """Coverage of the catalogue as of a day; `official_total` is what the official catalogue counts."""

    as_of: date
    catalogue_as_of: str
    official_total: int
    transferable: int = Field(description="services with a bundle that is transferable now, whatever their state")
    topic_fields: list[TopicFieldCoverageOut]
    services: list[ServiceCoverageOut]
    tick: int


class BodyValueOut(BaseModel):
    """How many OZG services are productive at a municipality or Kreis."""

    kind: str
    key: str
    name: str
    admin_region: str
    productive: int


class BodyValuesOut(BaseModel):
    """All municipalities and Kreise with their numbers, out of `total` OZG services."""

    as_of: date
    total: int
    items: list[BodyValueOut]
    tick: int


class OwnServiceOut(BaseModel):
    """An OZG service with its state at one body, and the bundles that there are for it (slugs)."""

    ozg_id: str
    name: str
    topic_field: NamedOut
    state: str
    bundles: list[str]
    transferable_bundles: list[str]


class OwnCoverageOut(CountsOut):
    """Coverage of one municipality or Kreis as of a day."""

    kind: str
    key: str
    name: str
    url: str
    as_of: date
    catalogue_as_of: str
    official_total: int
    topic_fields: list[TopicFieldCoverageOut]
    services: list[OwnServiceOut]
    tick: int


def _fields(
    rows: list[tuple[ServiceFacts, ServiceState]] | list[tuple[ServiceFacts, OwnState]],
    of: type[ServiceState] | type[OwnState],
) -> list[TopicFieldCoverageOut]:
    return [
        TopicFieldCoverageOut(
            topic_field=NamedOut(key=row.slug, name=row.name), total=row.total, by_state=dict(row.counts)
        )
        for row in by_topic_field(rows, of)
    ]


def _topic(service: ServiceFacts) -> NamedOut:
    return NamedOut(key=service.topic_field, name=service.topic_field_name)


def _transferable(bundles: tuple[BundleFacts, ...]) -> list[str]:
    return [one.slug for one in bundles if one.transferable]


def _user(use: Use) -> UserOut:
    body = use.body
    return UserOut(kind=body.kind, key=body.key, name=body.name, admin_region=body.admin_region, leads=use.leads)


@operation("/coverage", "Coverage of the OZG catalogue", query=CoverageQuery, answer=CoverageOut)
def show_coverage(query: CoverageQuery) -> CoverageOut:
    """Return each OZG service with its state, and the numbers by state and topic field."""
    facts = current_facts()
    services = covered(
        facts,
        topic_field=query.topic_field or None,
        typing=query.typing or None,
        region=query.admin_region or None,
    )
    return CoverageOut(
        as_of=date.today(),
        catalogue_as_of=CATALOGUE_AS_OF,
        official_total=OFFICIAL_SERVICES,
        total=len(services),
        by_state=counts(one.state for one in services),
        transferable=sum(one.transferable for one in services),
        topic_fields=_fields([(one.service, one.state) for one in services], ServiceState),
        services=[
            ServiceCoverageOut(
                ozg_id=one.service.ozg_id,
                name=one.service.name,
                url=absolute("ozg.show", ozg_id=one.service.ozg_id),
                topic_field=_topic(one.service),
                typings=sorted(one.service.typings),
                state=one.state,
                transferable=one.transferable,
                bundles=[bundle.slug for bundle in one.bundles],
                transferable_bundles=_transferable(one.bundles),
                productive_at=[_user(use) for use in one.uses],
            )
            for one in services
        ],
        tick=catalogue_tick(),
    )


class BodyQuery(Query):
    """Parameters of the numbers by body."""

    admin_region: str = Field("", max_length=60, description="name of the Regierungsbezirk")


@operation("/coverage/bodies", "Coverage by municipality and Kreis", query=BodyQuery, answer=BodyValuesOut)
def list_body_coverage(query: BodyQuery) -> BodyValuesOut:
    """Return how many OZG services are productive at each municipality and Kreis, by key."""
    facts = current_facts()
    numbers = productive_by_body(facts)
    return BodyValuesOut(
        as_of=date.today(),
        total=len(facts.services),
        items=[
            BodyValueOut(
                kind=one.kind,
                key=one.key,
                name=one.name,
                admin_region=one.admin_region,
                productive=numbers.get(one.key, 0),
            )
            for one in sorted(facts.bodies.values(), key=lambda one: one.key)
            if query.admin_region in ("", one.admin_region)
        ],
        tick=catalogue_tick(),
    )


@operation("/coverage/bodies/<key>", "Coverage of one body", answer=OwnCoverageOut, errors=(404,))
def show_body_coverage(_query: Query, key: str) -> OwnCoverageOut:
    """Return each OZG service with its state at a municipality (AGS) or Kreis (five digits)."""
    facts = current_facts()
    body = facts.bodies.get(key)
    if body is None:
        raise not_found("Diese Kommune gibt es im Verzeichnis nicht.")
    services = own_coverage(facts, key)
    return OwnCoverageOut(
        kind=body.kind,
        key=key,
        name=body.name,
        url=absolute("coverage.municipality", key=key),
        as_of=date.today(),
        catalogue_as_of=CATALOGUE_AS_OF,
        official_total=OFFICIAL_SERVICES,
        total=len(services),
        by_state=counts((state for _, state, _ in services), OwnState),
        topic_fields=_fields([(service, state) for service, state, _ in services], OwnState),
        services=[
            OwnServiceOut(
                ozg_id=service.ozg_id,
                name=service.name,
                topic_field=_topic(service),
                state=state,
                bundles=[bundle.slug for bundle in bundles],
                transferable_bundles=_transferable(bundles),
            )
            for service, state, bundles in services
        ],
        tick=catalogue_tick(),
    )
