"""What has changed in the database since a tick, as documents for the index."""

from collections.abc import Callable, Iterable, Sequence
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
    ReferenceRow,
    Situation,
    TopicField,
)
from registry.database import Clock
from registry.search.contract import Kind
from registry.search.documents import Document, Reference, bundle_documents, service_document
from registry.search.models import WordRelation

_TABLES: tuple[type[ReferenceRow], ...] = (
    TopicField,
    Situation,
    OzgService,
    LeikaService,
    Municipality,
    District,
    Provider,
)
_CHUNK = 500
ServicesOf = Callable[[str], Sequence[str]]
"""Slug of a bundle → ids of the OZG services that the index knows for it."""


@dataclass(frozen=True)
class Changes:
    """Documents to put into the index, identities to drop from it, and the tick that they lead to."""

    tick: int
    documents: list[Document]
    dropped: list[str]

    def __len__(self) -> int:
        return len(self.documents) + len(self.dropped)


@dataclass(frozen=True)
class Affected:
    """Ids of the bundles and OZG services whose documents a change concerns, and the tick that it leads to."""

    tick: int
    bundles: frozenset[int]
    services: frozenset[str]

    def __len__(self) -> int:
        return len(self.bundles) + len(self.services)


class Feed:
    """Follows the clock for one index. Keeps the names of reference rows until one of these changes."""

    def __init__(self) -> None:
        self._reference: tuple[int, Reference] | None = None

    def affected(self, session: Session, since: int, services_of: ServicesOf) -> Affected:
        """Return what has changed after tick `since`, everything for 0.

        The tick is read first: a row that changes meanwhile is delivered, and delivered again next time.
        """
        tick = session.execute(select(Clock.tick)).scalar_one()
        changed = session.exec(select(ServiceBundle.id, ServiceBundle.slug).where(ServiceBundle.tick > since)).all()
        bundles = {int(number) for number, _ in changed if number is not None}
        services = {ozg_id for _, slug in changed for ozg_id in services_of(slug)}
        services |= _mapped(session, bundles)
        if since == 0:
            services = set(session.exec(select(OzgService.ozg_id)))
        elif self._reference_tick(session) > since:
            renamed = _services_behind(session, since)
            services |= renamed
            bundles |= _bundles_behind(session, since, renamed)
        return Affected(tick, frozenset(bundles), frozenset(services))

    def changes(self, session: Session, affected: Affected) -> Changes:
        """Return the documents of what is affected, as the database has them now."""
        if not affected:
            return Changes(affected.tick, [], [])
        reference = self._names(session)
        counts = _bundle_counts(session, affected.services)
        rows = [
            row
            for part in _chunks(sorted(affected.bundles))
            for row in session.exec(select(ServiceBundle).where(col(ServiceBundle.id).in_(part)))
        ]
        live = [row for row in rows if row.state == State.PUBLISHED]
        services = [reference.services[one] for one in sorted(affected.services) if one in reference.services]
        documents = bundle_documents(session, live, reference)
        documents += [
            service_document(one, reference, counts.get(one.ozg_id, 0)) for one in services if not one.retired
        ]
        dropped = [f"{Kind.BUNDLE}:{row.slug}" for row in rows if row.state != State.PUBLISHED]
        dropped += [f"{Kind.OZG_SERVICE}:{one.ozg_id}" for one in services if one.retired]
        return Changes(affected.tick, documents, dropped)

    def everything(self, session: Session) -> Changes:
        """Return all documents."""
        return self.changes(session, self.affected(session, 0, lambda _: ()))

    def words_tick(self, session: Session) -> int:
        """Return the tick of the last change of this installation's own relations of words; 0 when there is none."""
        return session.exec(select(func.max(WordRelation.tick))).one() or 0

    def words(self, session: Session) -> list[str]:
        """Return this installation's own relations of words that are in force."""
        query = select(WordRelation.line).where(col(WordRelation.active)).order_by(col(WordRelation.id))
        return list(session.exec(query))

    def _reference_tick(self, session: Session) -> int:
        newest = [select(func.max(table.tick)).scalar_subquery() for table in _TABLES]
        return max(value or 0 for value in session.execute(select(*newest)).one())

    def _names(self, session: Session) -> Reference:
        tick = self._reference_tick(session)
        if self._reference is None or self._reference[0] != tick:
            session.expire_all()
            self._reference = (tick, Reference(session))
        return self._reference[1]


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))


def _mapped(session: Session, bundles: Iterable[int]) -> set[str]:
    """Return the OZG services that bundles are mapped to."""
    return {
        ozg_id
        for part in _chunks(sorted(bundles))
        for ozg_id in session.exec(select(BundleOzgService.ozg_id).where(col(BundleOzgService.bundle_id).in_(part)))
    }


def _services_behind(session: Session, since: int) -> set[str]:
    """Return the OZG services whose own row, LeiKa services, situation or topic field has changed."""
    situations = (
        select(Situation.slug)
        .join(TopicField, col(TopicField.slug) == col(Situation.topic_field_slug))
        .where((col(Situation.tick) > since) | (col(TopicField.tick) > since))
    )
    own = select(OzgService.ozg_id).where(
        (col(OzgService.tick) > since) | col(OzgService.situation_slug).in_(situations)
    )
    leika = select(LeikaService.ozg_id).where(LeikaService.tick > since).distinct()
    return {*session.exec(own), *session.exec(leika)}


def _bundles_behind(session: Session, since: int, services: Iterable[str]) -> set[int]:
    """Return the bundles that are mapped to these OZG services, or in which a changed body takes part."""
    found: set[int] = set()
    wanted = sorted(services)
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        mapped = select(col(BundleOzgService.bundle_id)).where(col(BundleOzgService.ozg_id).in_(part))
        found.update(int(one) for one in session.execute(mapped).scalars() if one is not None)
    towns = select(Municipality.ags).where(Municipality.tick > since)
    districts = select(District.key).where(District.tick > since)
    providers = select(Provider.slug).where(Provider.tick > since)
    taking_part = select(col(BundleParticipant.bundle_id)).where(
        col(BundleParticipant.municipality).in_(towns)
        | col(BundleParticipant.district).in_(districts)
        | col(BundleParticipant.provider).in_(providers)
    )
    found.update(int(one) for one in session.execute(taking_part).scalars() if one is not None)
    return found


def _bundle_counts(session: Session, services: Iterable[str]) -> dict[str, int]:
    """Return the number of published bundles of each of these OZG services."""
    counts: dict[str, int] = {}
    wanted = sorted(services)
    for start in range(0, len(wanted), _CHUNK):
        query = (
            select(BundleOzgService.ozg_id, func.count(func.distinct(col(ServiceBundle.id))))
            .join(ServiceBundle, col(ServiceBundle.id) == col(BundleOzgService.bundle_id))
            .where(
                ServiceBundle.state == State.PUBLISHED,
                col(BundleOzgService.ozg_id).in_(wanted[start : start + _CHUNK]),
            )
            .group_by(col(BundleOzgService.ozg_id))
        )
        counts.update(dict(session.exec(query).all()))
    return counts
