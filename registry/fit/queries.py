"""Reads for fit: what bundles need, which capability is a product of which."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from registry.catalogue.enums import CapabilityKind, FitsKind, RequirementLevel, State
from registry.catalogue.models import ServiceBundle
from registry.fit.bulk import BundleRow
from registry.fit.outcome import BundleNeeds, Dimension, Need, ProductMap
from registry.reuse.models import BundleRequirement, Capability, DimensionFields, TransferabilityProfile

DIMENSIONS = ("legal", "organisational", "technical", "financial")
"""Names of the four dimensions of transferability, in the order in which they are shown."""


def dimensions_of(row: DimensionFields | None) -> tuple[Dimension, ...]:
    """Return the four dimensions as an entry states them; one that is not stated has no score."""
    return tuple(
        Dimension(
            name=name,
            label=DimensionFields.model_fields[f"{name}_score"].description or name,
            score=getattr(row, f"{name}_score", None),
            reason=getattr(row, f"{name}_reason", None),
            source_url=getattr(row, f"{name}_source_url", None),
            assessed_on=getattr(row, f"{name}_assessed_on", None),
        )
        for name in DIMENSIONS
    )


def needs_of(session: Session, slugs: Iterable[str]) -> dict[str, BundleNeeds]:
    """Return what these bundles need, by slug, in two queries; entries that nobody may read are left out."""
    wanted = list(slugs)
    rows = session.exec(
        select(ServiceBundle, TransferabilityProfile)
        .outerjoin(TransferabilityProfile, col(TransferabilityProfile.bundle_id) == col(ServiceBundle.id))
        .where(col(ServiceBundle.slug).in_(wanted), col(ServiceBundle.state).in_([State.PUBLISHED, State.ARCHIVED]))
    ).all()
    needs: dict[int | None, list[Need]] = {}
    for requirement, capability in session.exec(
        select(BundleRequirement, Capability)
        .join(Capability, col(Capability.slug) == col(BundleRequirement.capability))
        .where(col(BundleRequirement.bundle_id).in_([bundle.id for bundle, _ in rows]))
        .order_by(col(BundleRequirement.level), col(BundleRequirement.position))
    ):
        needs.setdefault(requirement.bundle_id, []).append(
            Need(
                capability=capability.slug,
                name=capability.name,
                kind=capability.kind,
                level=requirement.level,
                note=requirement.note,
                retired=capability.retired,
            )
        )
    found = {
        bundle.slug: BundleNeeds(
            slug=bundle.slug,
            title=bundle.title,
            needs=tuple(needs.get(bundle.id, ())),
            fits_population_from=bundle.fits_population_from,
            fits_population_to=bundle.fits_population_to,
            fits_kinds=tuple(kind for kind in FitsKind if kind in bundle.fits_kinds),
            dimensions=dimensions_of(profile),
        )
        for bundle, profile in rows
    }
    return {slug: found[slug] for slug in wanted if slug in found}


def bundle_rows(session: Session, after: int = -1) -> tuple[dict[str, BundleRow], set[str]]:
    """Return the published bundles changed after a tick as the bulk computation reads them, and slugs of other ones.

    The others are those that have changed and are no longer published: what was kept of them is to be forgotten.
    """
    changed = session.exec(
        select(  # type: ignore[call-overload]
            col(ServiceBundle.id),
            col(ServiceBundle.slug),
            col(ServiceBundle.title),
            col(ServiceBundle.state),
            col(ServiceBundle.fits_population_from),
            col(ServiceBundle.fits_population_to),
            col(ServiceBundle.fits_kinds),
        ).where(ServiceBundle.tick > after)
    ).all()
    needs: dict[int, list[tuple[str, bool]]] = {}
    for bundle_id, capability, level in session.exec(
        select(BundleRequirement.bundle_id, BundleRequirement.capability, BundleRequirement.level)
        .join(ServiceBundle, col(ServiceBundle.id) == col(BundleRequirement.bundle_id))
        .where(ServiceBundle.tick > after, ServiceBundle.state == State.PUBLISHED)
    ):
        needs.setdefault(bundle_id or 0, []).append((capability, level is RequirementLevel.MANDATORY))
    rows = {
        slug: BundleRow(slug, title, low, high, tuple(kinds), tuple(needs.get(bundle_id, ())))
        for bundle_id, slug, title, state, low, high, kinds in changed
        if state is State.PUBLISHED
    }
    return rows, {slug for _, slug, *_ in changed} - set(rows)


def kinds_of_capabilities(session: Session) -> dict[str, CapabilityKind]:
    """Return the kind of each capability by slug, retired ones included."""
    return {one.slug: one.kind for one in session.exec(select(Capability))}


def product_map(session: Session) -> ProductMap:
    """Return which capability is a product of which (by slug), and the names of all; retired ones included."""
    rows = session.exec(select(Capability.slug, Capability.name, Capability.product_of)).all()
    return ProductMap(
        {slug: parent for slug, _, parent in rows if parent is not None}, {slug: name for slug, name, _ in rows}
    )
