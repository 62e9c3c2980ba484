"""Reads of the OZG catalogue and of municipalities, as plain values for pages and API."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.catalogue.enums import State
from registry.catalogue.models import BundleOzgService, BundleParticipant, ServiceBundle
from registry.catalogue.reference import (
    District,
    LeikaService,
    Municipality,
    OzgService,
    Provider,
    Situation,
    TopicField,
)
from registry.database import contains


@dataclass(frozen=True)
class TopicFieldCount:
    """A topic field with its numbers of OZG services and of published bundles."""

    slug: str
    name: str
    service_count: int
    bundle_count: int


@dataclass(frozen=True)
class SituationCount:
    """A situation with its numbers of OZG services and of published bundles."""

    slug: str
    name: str
    kind: str
    topic_field_slug: str
    service_count: int
    bundle_count: int


@dataclass(frozen=True)
class OzgServiceRow:
    """An OZG service in a list."""

    ozg_id: str
    name: str
    topic_field: TopicField
    situation: Situation
    bundle_count: int
    leika_count: int


@dataclass(frozen=True)
class OzgServicePage:
    """An OZG service with its LeiKa services."""

    service: OzgService
    topic_field: TopicField
    situation: Situation
    leika_services: tuple[LeikaService, ...]


@dataclass(frozen=True)
class MunicipalityRow:
    """A municipality in a list, with its Kreis and the number of published bundles it takes part in."""

    municipality: Municipality
    district: District | None
    bundle_count: int


def topic_fields(session: Session) -> list[TopicFieldCount]:
    """Return all current topic fields by name, with their counts."""
    services = _counts(session, col(Situation.topic_field_slug), func.count(col(OzgService.ozg_id)))
    bundles = _bundle_counts(session, col(Situation.topic_field_slug))
    rows = session.exec(select(TopicField).where(col(TopicField.retired).is_(False)).order_by(TopicField.name))
    return [TopicFieldCount(row.slug, row.name, services.get(row.slug, 0), bundles.get(row.slug, 0)) for row in rows]


def situations(session: Session, topic_field: str | None = None) -> list[SituationCount]:
    """Return the current situations (of one topic field, or all) by name, with their counts."""
    services = _counts(session, col(OzgService.situation_slug), func.count(col(OzgService.ozg_id)))
    bundles = _bundle_counts(session, col(OzgService.situation_slug))
    query = select(Situation).where(col(Situation.retired).is_(False)).order_by(Situation.name)
    if topic_field is not None:
        query = query.where(Situation.topic_field_slug == topic_field)
    return [
        SituationCount(
            row.slug,
            row.name,
            row.kind,
            row.topic_field_slug,
            services.get(row.slug, 0),
            bundles.get(row.slug, 0),
        )
        for row in session.exec(query)
    ]


def _counts(session: Session, group: object, count: object) -> dict[str, int]:
    query = (
        select(group, count)  # type: ignore[call-overload]
        .select_from(OzgService)
        .join(Situation, col(Situation.slug) == col(OzgService.situation_slug))
        .where(col(OzgService.retired).is_(False))
        .group_by(group)
    )
    return dict(session.exec(query).all())


def _bundle_counts(session: Session, group: object) -> dict[str, int]:
    query = (
        select(group, func.count(func.distinct(col(ServiceBundle.id))))  # type: ignore[call-overload]
        .select_from(BundleOzgService)
        .join(ServiceBundle, col(ServiceBundle.id) == col(BundleOzgService.bundle_id))
        .join(OzgService, col(OzgService.ozg_id) == col(BundleOzgService.ozg_id))
        .join(Situation, col(Situation.slug) == col(OzgService.situation_slug))
        .where(ServiceBundle.state == State.PUBLISHED)
        .group_by(group)
    )
    return dict(session.exec(query).all())


def topic_field(session: Session, slug: str) -> TopicField | None:
    """Return a topic field, or None."""
    return session.get(TopicField, slug)


def ozg_services(
    session: Session,
    *,
    ids: list[str] | None = None,
    topic_field: str | None = None,
    situation: str | None = None,
) -> list[OzgServiceRow]:
    """Return OZG services in one query: those of `ids` in that order, else the current ones by name."""
    bundle_count = (
        select(func.count(func.distinct(col(BundleOzgService.bundle_id))))
        .join(ServiceBundle, col(ServiceBundle.id) == col(BundleOzgService.bundle_id))
        .where(BundleOzgService.ozg_id == OzgService.ozg_id, ServiceBundle.state == State.PUBLISHED)
        .correlate(OzgService)
        .scalar_subquery()
    )
    leika_count = (
        select(func.count(col(LeikaService.id)))
        .where(LeikaService.ozg_id == OzgService.ozg_id, col(LeikaService.retired).is_(False))
        .correlate(OzgService)
        .scalar_subquery()
    )
    query = (
        select(OzgService, TopicField, Situation, bundle_count, leika_count)  # type: ignore[call-overload]
        .join(Situation, col(Situation.slug) == col(OzgService.situation_slug))
        .join(TopicField, col(TopicField.slug) == col(Situation.topic_field_slug))
        .order_by(OzgService.name)
    )
    if ids is not None:
        query = query.where(col(OzgService.ozg_id).in_(ids))
    else:
        query = query.where(col(OzgService.retired).is_(False))
    if topic_field is not None:
        query = query.where(TopicField.slug == topic_field)
    if situation is not None:
        query = query.where(Situation.slug == situation)
    rows = [
        OzgServiceRow(one.ozg_id, one.name, field, lage, *counts) for one, field, lage, *counts in session.exec(query)
    ]
    if ids is None:
        return rows
    place = {ozg_id: number for number, ozg_id in enumerate(ids)}
    return sorted(rows, key=lambda row: place[row.ozg_id])


def ozg_service(session: Session, ozg_id: str) -> OzgServicePage | None:
    """Return an OZG service with its current LeiKa services by name, or None."""
    query = (
        select(OzgService, TopicField, Situation)
        .join(Situation, col(Situation.slug) == col(OzgService.situation_slug))
        .join(TopicField, col(TopicField.slug) == col(Situation.topic_field_slug))
        .where(OzgService.ozg_id == ozg_id)
    )
    found = session.exec(query).first()
    if found is None:
        return None
    leika = session.exec(
        select(LeikaService)
        .where(LeikaService.ozg_id == ozg_id, col(LeikaService.retired).is_(False))
        .order_by(col(LeikaService.key).nulls_last(), LeikaService.name)
    )
    return OzgServicePage(*found, leika_services=tuple(leika))


def leika_services(session: Session, key: str) -> list[tuple[LeikaService, OzgService]]:
    """Return the LeiKa service with this key under each OZG service that has it; empty when unknown."""
    query = (
        select(LeikaService, OzgService)
        .join(OzgService, col(OzgService.ozg_id) == col(LeikaService.ozg_id))
        .where(LeikaService.key == key)
        .order_by(OzgService.name)
    )
    return list(session.exec(query))


def municipalities(
    session: Session,
    *,
    text: str = "",
    admin_region: str | None = None,
    district: str | None = None,
) -> list[MunicipalityRow]:
    """Return municipalities by name whose name contains `text` or whose AGS begins with it."""
    bundle_count = (
        select(func.count(func.distinct(col(BundleParticipant.bundle_id))))
        .join(ServiceBundle, col(ServiceBundle.id) == col(BundleParticipant.bundle_id))
        .where(BundleParticipant.municipality == Municipality.ags, ServiceBundle.state == State.PUBLISHED)
        .correlate(Municipality)
        .scalar_subquery()
    )
    query = (
        select(Municipality, District, bundle_count)
        .join(District, col(District.key) == col(Municipality.district_key), isouter=True)
        .where(col(Municipality.retired).is_(False))
        .order_by(Municipality.name, Municipality.ags)
    )
    if text:
        pattern = contains(text)
        query = query.where(
            col(Municipality.name).ilike(pattern, escape="\\") | col(Municipality.ags).like(pattern[1:], escape="\\")
        )
    if admin_region:
        query = query.where(Municipality.admin_region == admin_region)
    if district:
        query = query.where(Municipality.district_key == district)
    return [MunicipalityRow(*row) for row in session.exec(query)]


def municipality(session: Session, ags: str) -> MunicipalityRow | None:
    """Return one municipality, or None."""
    query = (
        select(Municipality, District)
        .join(District, col(District.key) == col(Municipality.district_key), isouter=True)
        .where(Municipality.ags == ags)
    )
    found = session.exec(query).first()
    if found is None:
        return None
    count = session.exec(
        select(func.count(func.distinct(col(BundleParticipant.bundle_id))))
        .join(ServiceBundle, col(ServiceBundle.id) == col(BundleParticipant.bundle_id))
        .where(BundleParticipant.municipality == ags, ServiceBundle.state == State.PUBLISHED)
    ).one()
    return MunicipalityRow(*found, bundle_count=count)


def districts(session: Session) -> list[District]:
    """Return all current Kreise by name."""
    return list(session.exec(select(District).where(col(District.retired).is_(False)).order_by(District.name)))


def district(session: Session, key: str) -> District | None:
    """Return a Kreis, or None."""
    return session.get(District, key)


def providers(session: Session) -> list[Provider]:
    """Return all current IT providers by name."""
    return list(session.exec(select(Provider).where(col(Provider.retired).is_(False)).order_by(Provider.name)))


@dataclass(frozen=True)
class CatalogueFigures:
    """Sizes of the catalogue, each counted from the rows themselves."""

    bundles: int
    ozg_services: int
    ozg_services_with_bundle: int
    leika_services: int
    municipalities: int
    municipalities_with_bundle: int


def figures(session: Session) -> CatalogueFigures:
    """Count what the catalogue holds now, in one query."""
    published = ServiceBundle.state == State.PUBLISHED
    with_bundle = (
        select(func.count(func.distinct(col(BundleOzgService.ozg_id))))
        .join(ServiceBundle, col(ServiceBundle.id) == col(BundleOzgService.bundle_id))
        .where(published)
    )
    taking_part = (
        select(func.count(func.distinct(col(BundleParticipant.municipality))))
        .join(ServiceBundle, col(ServiceBundle.id) == col(BundleParticipant.bundle_id))
        .where(published)
    )
    parts = (
        select(func.count(col(ServiceBundle.id))).where(published),
        select(func.count(col(OzgService.ozg_id))).where(col(OzgService.retired).is_(False)),
        with_bundle,
        select(func.count(col(LeikaService.id))).where(col(LeikaService.retired).is_(False)),
        select(func.count(col(Municipality.ags))).where(col(Municipality.retired).is_(False)),
        taking_part,
    )
    row = session.execute(select(*[part.scalar_subquery() for part in parts])).one()
    return CatalogueFigures(*row)
