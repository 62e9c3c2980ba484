"""The shapes of API answers. Field names are the domain's (docs/glossary.md)."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from registry.catalogue.enums import State
from registry.reuse.record import BundleRecord
from registry.web.api.adoption_models import AdoptionCountsOut, AdoptionOut, ExperienceOut


class FacetValueOut(BaseModel):
    """A facet's value and how many entries there are when it is (also) chosen."""

    value: str
    label: str
    count: int


class NamedOut(BaseModel):
    """A key with its name."""

    key: str
    name: str


class ParticipantOut(BaseModel):
    """An organisation that takes part; `key` is AGS, Kreis key or provider slug."""

    role: str
    kind: Literal["municipality", "district", "provider", "other"]
    key: str | None
    name: str


class MappedServiceOut(BaseModel):
    """An OZG service in a bundle's list entry."""

    ozg_id: str
    name: str


class BundleItemOut(BaseModel):
    """A service bundle in a list."""

    slug: str
    title: str
    summary: str
    url: str
    phase: str | None
    audience: list[str]
    reuse_model: str | None
    licence: str | None
    transferable_since: str | None
    ozg_services: list[MappedServiceOut]
    participants: list[ParticipantOut]
    tick: int
    score: float = Field(description="relevance; comparable within one answer only")


class BundleListOut(BaseModel):
    """A page of service bundles."""

    items: list[BundleItemOut]
    total: int
    page: int
    per_page: int
    facets: dict[str, list[FacetValueOut]]
    did_you_mean: str | None
    exact: bool = Field(description="false: only misspellings or related words matched")
    tick: int


class LeikaServiceOut(BaseModel):
    """A LeiKa service; `key` is null where the list has none."""

    key: str | None
    name: str
    typing: str | None
    law_short: str | None
    legal_basis: str | None


class CompletenessGroupOut(BaseModel):
    """Completeness of one group of fields: `filled` of `total`."""

    key: str
    label: str
    filled: int
    total: int
    missing: list[str] = Field(description="names of the fields nobody has stated")


class CompletenessOut(BaseModel):
    """How much of an entry is stated: percent with its numerator and denominator."""

    percent: int
    filled: int
    total: int
    groups: list[CompletenessGroupOut]


class EvidenceLineOut(BaseModel):
    """One of the four dimensions, or one item of the EfA minimum requirements, as it counts."""

    key: str = Field(description="name of the dimension, or slug of the item")
    group: str
    title: str
    obligation: str = Field(description="must, should, may")
    verdict: str = Field(
        description="fulfilled, partly, not_fulfilled; unchecked: also what is claimed without evidence"
    )
    claimed: str | None = Field(description="the verdict before the look at the evidence")
    source_url: str | None
    checked_on: date | None
    points: float
    worth: int
    missing: list[str] = Field(description="what the evidence lacks, in German")
    field: str = Field(description="path in the record that would win the lost points")


class TransferabilityOut(BaseModel):
    """The computed transferability class: points with numerator and denominator, and how it comes about."""

    transfer_class: str | None = Field(description="A to D; null: not assessed, nothing is evidenced")
    points: float
    total: int
    percent: int
    as_of: date | None = Field(description="day of the entry's last change")
    first_evidence: date | None
    last_evidence: date | None
    open_musts: list[str] = Field(description="keys of the MUSS items that are not fulfilled or unchecked: at most C")
    partly_musts: list[str] = Field(description="keys of the MUSS items that are partly fulfilled: at most B")
    explanation: str
    lines: list[EvidenceLineOut]


class BundleServiceOut(MappedServiceOut):
    """An OZG service of a bundle with the LeiKa services meant."""

    topic_field: NamedOut
    situation: NamedOut
    coverage: str | None
    basis: str
    note: str | None
    narrowed: bool
    leika_services: list[LeikaServiceOut]


class BundleOut(BaseModel):
    """One service bundle: the record as stored, names resolved, its completeness and its transferability class."""

    url: str
    record: BundleRecord
    state: State
    services: list[BundleServiceOut]
    participants: list[ParticipantOut]
    completeness: CompletenessOut
    transferability: TransferabilityOut
    adoptions: AdoptionCountsOut
    experience: ExperienceOut
    similar: list[str] = Field(description="slugs of similar bundles, nearest first")
    published_on: date | None
    changed_on: date | None
    tick: int


class OzgServiceItemOut(BaseModel):
    """An OZG service in a list."""

    ozg_id: str
    name: str
    url: str
    topic_field: NamedOut
    situation: NamedOut
    bundle_count: int
    leika_count: int
    score: float


class OzgServiceListOut(BaseModel):
    """A page of OZG services in rank order."""

    items: list[OzgServiceItemOut]
    total: int
    page: int
    per_page: int
    facets: dict[str, list[FacetValueOut]]
    did_you_mean: str | None
    exact: bool
    tick: int


class OzgServiceOut(BaseModel):
    """One OZG service with its LeiKa services and the bundles that cover it."""

    ozg_id: str
    name: str
    url: str
    topic_field: NamedOut
    situation: NamedOut
    retired: bool
    leika_services: list[LeikaServiceOut]
    bundles: list[BundleItemOut]
    tick: int


class MunicipalityItemOut(BaseModel):
    """A municipality in a list."""

    ags: str
    ars: str
    name: str
    designation: str
    kind: str
    district: NamedOut | None
    admin_region: str
    population: int | None
    population_as_of: str | None
    url: str
    bundle_count: int


class MunicipalityListOut(BaseModel):
    """Municipalities by name."""

    items: list[MunicipalityItemOut]
    total: int
    page: int
    per_page: int


class MunicipalityOut(MunicipalityItemOut):
    """One municipality with the bundles it leads or takes part in, and those it has adopted."""

    area_km2: float | None
    postcode: str | None
    latitude: float | None
    longitude: float | None
    nuts3: str | None
    bundles_led: list[BundleItemOut]
    bundles_partnered: list[BundleItemOut]
    adopted: list[AdoptionOut] = Field(description="public adoptions, newest step first, ended ones too")
    tick: int


class SuggestionOut(BaseModel):
    """A completion for the search field."""

    text: str
    kind: Literal["bundle", "ozg_service", "municipality", "query"]
    url: str


class SuggestionListOut(BaseModel):
    """At most ten completions."""

    items: list[SuggestionOut]


class ChangeOut(BaseModel):
    """A bundle that changed; a withdrawn one carries no texts."""

    slug: str
    state: str
    title: str
    url: str
    tick: int


class ChangeListOut(BaseModel):
    """Changes in the order of the clock; ask again with `since=next_since`."""

    items: list[ChangeOut]
    next_since: int
