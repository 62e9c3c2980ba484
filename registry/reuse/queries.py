"""Reads of service bundles, as plain values for pages and API."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func
from sqlmodel import Session, col, select

from registry.catalogue.enums import ParticipantRole, State
from registry.catalogue.models import (
    BundleLink,
    BundleOzgService,
    BundleParticipant,
    BundleSource,
    ServiceBundle,
)
from registry.catalogue.reference import (
    District,
    LeikaService,
    Municipality,
    OzgService,
    Provider,
    Situation,
    TopicField,
)
from registry.reuse.costs import BundleCost, CostKind
from registry.reuse.models import (
    BundleMaturity,
    BundleRequirement,
    Capability,
    MaturityLevel,
    TransferabilityProfile,
)

PUBLIC_STATES = (State.PUBLISHED, State.ARCHIVED)
"""States whose entry has a readable page; a withdrawn one answers 410, others 404."""


@dataclass(frozen=True)
class Participant:
    """A named participant. `kind`: municipality, district, provider, other; `key` is AGS, Kreis key or slug."""

    role: str
    kind: str
    key: str | None
    name: str


@dataclass(frozen=True)
class MappedService:
    """An OZG service that a bundle covers, with names resolved."""

    mapping: BundleOzgService
    service: OzgService
    topic_field: TopicField
    situation: Situation
    leika_services: tuple[LeikaService, ...]
    """The LeiKa services meant: the narrowed ones, else all of the OZG service."""

    @property
    def narrowed(self) -> bool:
        """Tell whether sources narrow the mapping to single LeiKa services."""
        return bool(self.mapping.leika_keys)


@dataclass(frozen=True)
class NeededCapability:
    """A requirement with the capability's name."""

    requirement: BundleRequirement
    capability: Capability


@dataclass(frozen=True)
class AssessedMaturity:
    """A maturity assessment with the level's name (None where the scale's names are not known)."""

    assessment: BundleMaturity
    level_name: str | None


@dataclass(frozen=True)
class BundleView:
    """A service bundle with all that its page shows."""

    bundle: ServiceBundle
    profile: TransferabilityProfile
    services: tuple[MappedService, ...]
    participants: tuple[Participant, ...]
    sources: tuple[BundleSource, ...]
    links: tuple[BundleLink, ...]
    requirements: tuple[NeededCapability, ...]
    maturity: tuple[AssessedMaturity, ...]
    cost_blocks: tuple[BundleCost, ...] = ()

    @property
    def unstated_costs(self) -> tuple[CostKind, ...]:
        """Return the kinds of cost for which the entry has no block: unknown, never 0."""
        stated = {one.kind for one in self.cost_blocks}
        return tuple(kind for kind in CostKind if kind not in stated)

    def by_role(self, role: ParticipantRole) -> tuple[Participant, ...]:
        """Return the participants that play `role`."""
        return tuple(one for one in self.participants if one.role == role)


@dataclass
class BundleCard:
    """A service bundle in a list."""

    bundle: ServiceBundle
    participants: list[Participant] = field(default_factory=list)
    services: list[tuple[str, str]] = field(default_factory=list)
    """`(ozg_id, name)` of the mapped OZG services, in the entry's order."""

    @property
    def leads(self) -> list[Participant]:
        """Return the leading organisations."""
        return [one for one in self.participants if one.role == ParticipantRole.LEAD]


@cache
def _card_query() -> Select[Any]:
    """Return the query of the cards of `slugs`: each entry with all pairs of a participant and an OZG service.

    Names alone, no whole rows; built once, because building it takes as long as running it.
    """
    query: Select[Any] = (
        select(  # type: ignore[call-overload]
            ServiceBundle,
            BundleParticipant.role,
            BundleParticipant.name,
            Municipality.ags,
            Municipality.designation,
            Municipality.name,
            District.key,
            District.name,
            Provider.slug,
            Provider.name,
            OzgService.ozg_id,
            OzgService.name,
        )
        .outerjoin(BundleParticipant, col(BundleParticipant.bundle_id) == col(ServiceBundle.id))
        .outerjoin(Municipality, col(Municipality.ags) == col(BundleParticipant.municipality))
        .outerjoin(District, col(District.key) == col(BundleParticipant.district))
        .outerjoin(Provider, col(Provider.slug) == col(BundleParticipant.provider))
        .outerjoin(BundleOzgService, col(BundleOzgService.bundle_id) == col(ServiceBundle.id))
        .outerjoin(OzgService, col(OzgService.ozg_id) == col(BundleOzgService.ozg_id))
        .where(col(ServiceBundle.slug).in_(bindparam("slugs", expanding=True)))
        .order_by(col(BundleParticipant.position), col(BundleOzgService.position))
    )
    return query


def _named(role: str, other: str | None, *names: str | None) -> Participant:
    """Return a participant from its role, its own name, and key and name of municipality, Kreis and provider."""
    ags, designation, town, district_key, district, provider_key, provider = names
    if ags is not None:
        return Participant(role, "municipality", ags, f"{designation} {town}")
    if district_key is not None:
        return Participant(role, "district", district_key, district or "")
    if provider_key is not None:
        return Participant(role, "provider", provider_key, provider or "")
    return Participant(role, "other", None, other or "")


def _participant(
    row: BundleParticipant, municipality: Municipality | None, district: District | None, provider: Provider | None
) -> Participant:
    return _named(
        row.role,
        row.name,
        *((municipality.ags, municipality.designation, municipality.name) if municipality else (None,) * 3),
        *((district.key, district.name) if district else (None,) * 2),
        *((provider.slug, provider.name) if provider else (None,) * 2),
    )


def bundle_cards(session: Session, slugs: Sequence[str]) -> list[BundleCard]:
    """Return the published bundles with these slugs in the given order, by one query.

    A slug whose entry is no longer published is left out, so that a list never shows it.
    """
    if not slugs:
        return []
    cards: dict[str, BundleCard] = {}
    for bundle, role, other, *names, ozg_id, service in session.execute(_card_query(), {"slugs": list(slugs)}):
        # The state is looked at here: asked for it, SQLite would go through all published entries.
        if bundle.state != State.PUBLISHED:
            continue
        card = cards.get(bundle.slug)
        if card is None:
            card = cards[bundle.slug] = BundleCard(bundle)
        if role is not None and (named := _named(role, other, *names)) not in card.participants:
            card.participants.append(named)
        if ozg_id is not None and (ozg_id, service) not in card.services:
            card.services.append((ozg_id, service))
    return [cards[slug] for slug in slugs if slug in cards]


def find_bundle(session: Session, slug: str) -> ServiceBundle | None:
    """Return the entry with this slug in whatever state, or None."""
    if "\x00" in slug:  # PostgreSQL cannot even look for it
        return None
    return session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).first()


def bundle_view(session: Session, bundle: ServiceBundle) -> BundleView:
    """Return an entry with all that belongs to it, names resolved, in a fixed number of queries."""
    participants = session.exec(
        select(BundleParticipant, Municipality, District, Provider)
        .outerjoin(Municipality, col(Municipality.ags) == col(BundleParticipant.municipality))
        .outerjoin(District, col(District.key) == col(BundleParticipant.district))
        .outerjoin(Provider, col(Provider.slug) == col(BundleParticipant.provider))
        .where(BundleParticipant.bundle_id == bundle.id)
        .order_by(col(BundleParticipant.position))
    )
    profile = session.get(TransferabilityProfile, bundle.id) or TransferabilityProfile(bundle_id=bundle.id)
    needs = session.exec(
        select(BundleRequirement, Capability)
        .join(Capability, col(Capability.slug) == col(BundleRequirement.capability))
        .where(BundleRequirement.bundle_id == bundle.id)
        .order_by(col(BundleRequirement.level), col(BundleRequirement.position))
    )
    maturity = session.exec(
        select(BundleMaturity, MaturityLevel.name)
        .outerjoin(
            MaturityLevel,
            (col(MaturityLevel.model) == col(BundleMaturity.model))
            & (col(MaturityLevel.level) == col(BundleMaturity.level)),
        )
        .where(BundleMaturity.bundle_id == bundle.id)
        .order_by(col(BundleMaturity.position))
    )
    costs = session.exec(select(BundleCost).where(BundleCost.bundle_id == bundle.id).order_by(col(BundleCost.position)))
    return BundleView(
        bundle=bundle,
        profile=profile,
        services=_mapped_services(session, bundle),
        participants=tuple(_participant(*row) for row in participants),
        sources=tuple(bundle.sources),
        links=tuple(bundle.links),
        requirements=tuple(NeededCapability(*row) for row in needs),
        maturity=tuple(AssessedMaturity(*row) for row in maturity),
        cost_blocks=tuple(costs),
    )


def _mapped_services(session: Session, bundle: ServiceBundle) -> tuple[MappedService, ...]:
    rows = session.exec(
        select(BundleOzgService, OzgService, TopicField, Situation)
        .join(OzgService, col(OzgService.ozg_id) == col(BundleOzgService.ozg_id))
        .join(Situation, col(Situation.slug) == col(OzgService.situation_slug))
        .join(TopicField, col(TopicField.slug) == col(Situation.topic_field_slug))
        .where(BundleOzgService.bundle_id == bundle.id)
        .order_by(col(BundleOzgService.position))
    ).all()
    leika = session.exec(
        select(LeikaService)
        .where(col(LeikaService.ozg_id).in_([row[0].ozg_id for row in rows]), col(LeikaService.retired).is_(False))
        .order_by(col(LeikaService.key).nulls_last(), LeikaService.name)
    ).all()
    return tuple(
        MappedService(
            mapping=mapping,
            service=service,
            topic_field=topic_field,
            situation=situation,
            leika_services=tuple(
                one
                for one in leika
                if one.ozg_id == mapping.ozg_id and (not mapping.leika_keys or one.key in mapping.leika_keys)
            ),
        )
        for mapping, service, topic_field, situation in rows
    )


def bundle_slugs(
    session: Session,
    *,
    ozg_id: str | None = None,
    municipality: str | None = None,
    district: str | None = None,
    leika_key: str | None = None,
    newest: int | None = None,
) -> list[str]:
    """Return slugs of published bundles by title, or the `newest` ones by their last change.

    `leika_key` finds bundles that are narrowed to this LeiKa service and those mapped to
    its OZG service without narrowing.
    """
    query = select(ServiceBundle.slug).where(ServiceBundle.state == State.PUBLISHED)
    if ozg_id is not None:
        query = query.where(
            col(ServiceBundle.id).in_(select(BundleOzgService.bundle_id).where(BundleOzgService.ozg_id == ozg_id))
        )
    if municipality is not None or district is not None:
        part = select(BundleParticipant.bundle_id)
        if municipality is not None:
            part = part.where(BundleParticipant.municipality == municipality)
        if district is not None:
            part = part.where(BundleParticipant.district == district)
        query = query.where(col(ServiceBundle.id).in_(part))
    if leika_key is not None:
        query = query.where(col(ServiceBundle.id).in_(_bundles_with_leika(session, leika_key)))
    if newest is not None:
        query = query.order_by(col(ServiceBundle.tick).desc(), ServiceBundle.title).limit(newest)
    else:
        query = query.order_by(ServiceBundle.title, ServiceBundle.slug)
    return list(session.exec(query))


def _bundles_with_leika(session: Session, key: str) -> list[int | None]:
    rows = session.exec(
        select(BundleOzgService.bundle_id, BundleOzgService.leika_keys)
        .join(LeikaService, col(LeikaService.ozg_id) == col(BundleOzgService.ozg_id))
        .where(LeikaService.key == key)
    )
    return [bundle_id for bundle_id, keys in rows if not keys or key in keys]


@dataclass(frozen=True)
class Change:
    """A change of an entry that was public, for the change feed."""

    slug: str
    title: str
    summary: str
    state: str
    tick: int


def changes(session: Session, since: int, limit: int) -> list[Change]:
    """Return about `limit` entries whose last change came after tick `since`, in the order of the clock.

    Entries of one tick stay together, however many they are: who goes on after the last tick misses none. Drafts and
    entries in review never appear; a withdrawn entry appears without its texts.
    """
    public = (
        ServiceBundle.tick > since,
        col(ServiceBundle.published_on).is_not(None),
        col(ServiceBundle.state).in_([State.PUBLISHED, State.ARCHIVED, State.WITHDRAWN]),
    )
    first = select(ServiceBundle.tick).where(*public).order_by(col(ServiceBundle.tick)).limit(limit).subquery()
    query = (
        select(ServiceBundle)
        .where(*public, ServiceBundle.tick <= select(func.max(first.c.tick)).scalar_subquery())
        .order_by(col(ServiceBundle.tick), ServiceBundle.slug)
    )
    return [
        Change(
            row.slug,
            row.title if row.state in PUBLIC_STATES else "",
            row.summary if row.state in PUBLIC_STATES else "",
            row.state,
            row.tick,
        )
        for row in session.exec(query)
    ]
