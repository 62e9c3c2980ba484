"""Turn what queries return into the shapes of API answers."""

from collections.abc import Iterable, Mapping
from datetime import date

from registry.catalogue.queries import MunicipalityRow
from registry.catalogue.reference import LeikaService
from registry.reuse.checklist.rules import Assessment
from registry.reuse.completeness import Completeness
from registry.reuse.queries import BundleCard, MappedService, Participant
from registry.search.contract import FacetValue
from registry.web.addresses import absolute
from registry.web.api.models import (
    BundleItemOut,
    BundleServiceOut,
    CompletenessGroupOut,
    CompletenessOut,
    EvidenceLineOut,
    FacetValueOut,
    LeikaServiceOut,
    MappedServiceOut,
    MunicipalityItemOut,
    NamedOut,
    ParticipantOut,
    TransferabilityOut,
)


def facets_out(facets: Mapping[str, Iterable[FacetValue]]) -> dict[str, list[FacetValueOut]]:
    """Return facet values without the selection, which the request already states."""
    return {
        name: [FacetValueOut(value=one.value, label=one.label, count=one.count) for one in values]
        for name, values in facets.items()
    }


def participant_out(one: Participant) -> ParticipantOut:
    """Return a participant."""
    return ParticipantOut.model_validate(one, from_attributes=True)


def bundle_item(card: BundleCard, score: float = 0.0) -> BundleItemOut:
    """Return a bundle's list entry."""
    bundle = card.bundle
    return BundleItemOut(
        slug=bundle.slug,
        title=bundle.title,
        summary=bundle.summary,
        url=absolute("bundles.show", slug=bundle.slug),
        phase=bundle.phase,
        audience=list(bundle.audience),
        reuse_model=bundle.reuse_model,
        licence=bundle.licence,
        transferable_since=bundle.transferable_since,
        ozg_services=[MappedServiceOut(ozg_id=ozg_id, name=name) for ozg_id, name in card.services],
        participants=[participant_out(one) for one in card.participants],
        tick=bundle.tick,
        score=round(score, 4),
    )


def leika_out(row: LeikaService) -> LeikaServiceOut:
    """Return a LeiKa service."""
    return LeikaServiceOut.model_validate(row, from_attributes=True)


def bundle_service(mapped: MappedService) -> BundleServiceOut:
    """Return an OZG service of a bundle."""
    return BundleServiceOut(
        ozg_id=mapped.service.ozg_id,
        name=mapped.service.name,
        topic_field=NamedOut(key=mapped.topic_field.slug, name=mapped.topic_field.name),
        situation=NamedOut(key=mapped.situation.slug, name=mapped.situation.name),
        coverage=mapped.mapping.coverage,
        basis=mapped.mapping.basis,
        note=mapped.mapping.note,
        narrowed=mapped.narrowed,
        leika_services=[leika_out(row) for row in mapped.leika_services],
    )


def completeness_out(found: Completeness) -> CompletenessOut:
    """Return a completeness score with its groups."""
    return CompletenessOut(
        percent=found.percent,
        filled=found.filled,
        total=found.total,
        groups=[
            CompletenessGroupOut(
                key=group.key,
                label=group.label,
                filled=group.filled,
                total=group.total,
                missing=[gap.field for gap in group.missing],
            )
            for group in found.groups
        ],
    )


def transferability_out(found: Assessment, as_of: date | None) -> TransferabilityOut:
    """Return a transferability class with its lines."""
    return TransferabilityOut(
        transfer_class=found.transfer_class,
        points=found.points,
        total=found.total,
        percent=found.percent,
        as_of=as_of,
        first_evidence=found.first_day,
        last_evidence=found.last_day,
        open_musts=[line.key for line in found.open_musts],
        partly_musts=[line.key for line in found.partly_musts],
        explanation=found.sentence,
        lines=[EvidenceLineOut.model_validate(line, from_attributes=True) for line in found.lines],
    )


def municipality_fields(row: MunicipalityRow) -> dict[str, object]:
    """Return the values of a municipality's list entry."""
    one = row.municipality
    return {
        **{name: getattr(one, name) for name in ("ags", "ars", "name", "designation", "kind", "admin_region")},
        "district": None if row.district is None else NamedOut(key=row.district.key, name=row.district.name),
        "population": one.population,
        "population_as_of": one.population_as_of,
        "url": absolute("municipalities.show", key=one.ags),
        "bundle_count": row.bundle_count,
    }


def municipality_item(row: MunicipalityRow) -> MunicipalityItemOut:
    """Return a municipality's list entry."""
    return MunicipalityItemOut.model_validate(municipality_fields(row))
