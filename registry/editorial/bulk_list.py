"""The entries that somebody may change many at once, under filters."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy
from sqlmodel import Session, col, or_, select

from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor
from registry.catalogue.enums import State
from registry.catalogue.models import BundleOzgService, ServiceBundle
from registry.catalogue.reference import OzgService
from registry.editorial.models import Stewardship
from registry.reuse.models import Capability

NOBODY = "-"
"""Value of the filter by organisation for entries that nobody owns."""


@dataclass(frozen=True)
class BulkFilters:
    """What the list is narrowed to; empty: not at all."""

    text: str = ""
    state: State | None = None
    organisation: str = ""
    ozg_id: str = ""

    @property
    def any(self) -> bool:
        """Tell whether the list is narrowed."""
        return bool(self.text or self.state or self.organisation or self.ozg_id)


@dataclass(frozen=True)
class BulkRow:
    """An entry in the list."""

    slug: str
    title: str
    state: State
    owner: str | None
    four_eyes: bool
    changed_on: date | None


def bulk_rows(session: Session, actor: Actor, filters: BulkFilters) -> list[BulkRow]:
    """Return the entries on which the actor decides and that take changes, by title."""
    query = (
        sqlalchemy.select(
            col(ServiceBundle.slug),
            col(ServiceBundle.title),
            col(ServiceBundle.state),
            col(ServiceBundle.programme),
            col(ServiceBundle.changed_on),
            col(Organisation.name),
            col(Organisation.four_eyes),
        )
        .join(Stewardship, col(Stewardship.bundle_id) == col(ServiceBundle.id), isouter=True)
        .join(Organisation, col(Organisation.id) == col(Stewardship.owner_id), isouter=True)
        .where(col(ServiceBundle.state).in_([State.DRAFT, State.IN_REVIEW, State.PUBLISHED]))
    )
    if not actor.is_admin:
        mine = actor.coordinated
        query = query.where(or_(col(Stewardship.owner_id).in_(mine), col(Stewardship.deputy_id).in_(mine)))
    if filters.state is not None:
        query = query.where(col(ServiceBundle.state) == filters.state)
    if filters.organisation == NOBODY:
        query = query.where(col(Stewardship.owner_id).is_(None))
    elif filters.organisation:
        query = query.where(col(Organisation.slug) == filters.organisation)
    if filters.ozg_id:
        mapped = select(BundleOzgService.bundle_id).where(BundleOzgService.ozg_id == filters.ozg_id)
        query = query.where(col(ServiceBundle.id).in_(mapped))
    # Compared here, because SQLite folds the case of ASCII letters alone.
    wanted = filters.text.casefold().split()
    rows = [
        BulkRow(slug, title, state, owner, bool(four_eyes), changed_on)
        for slug, title, state, programme, changed_on, owner, four_eyes in session.execute(query).all()
        if all(word in f"{slug} {title} {programme or ''}".casefold() for word in wanted)
    ]
    return sorted(rows, key=lambda row: (row.title.casefold(), row.slug))


def mapped_services(session: Session) -> list[tuple[str, str]]:
    """Return the OZG services that some entry covers: (id, name), by name."""
    query = (
        select(OzgService.ozg_id, OzgService.name)
        .where(col(OzgService.ozg_id).in_(select(BundleOzgService.ozg_id)))
        .order_by(OzgService.name)
    )
    return [(ozg_id, name) for ozg_id, name in session.exec(query)]


def capabilities(session: Session) -> list[tuple[str, str]]:
    """Return the building blocks that are in use: (slug, name), by name."""
    query = select(Capability).where(col(Capability.retired).is_(False)).order_by(Capability.name)
    return [(one.slug, one.name) for one in session.exec(query)]
