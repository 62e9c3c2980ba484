"""Reads for the comparison: each chosen bundle with all that stands beside the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from registry.adoption.queries import PublicAdoption, public_adoptions
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.comparison.rules import FullCost, Terms, full_cost
from registry.fit.outcome import BundleNeeds, Fit
from registry.fit.queries import needs_of, product_map
from registry.fit.rules import fit
from registry.profiles.profile import BodyProfile
from registry.reuse.checklist.queries import assessment_of
from registry.reuse.checklist.rules import Assessment
from registry.reuse.completeness import Completeness, completeness
from registry.reuse.queries import PUBLIC_STATES, BundleView, bundle_view
from registry.reuse.record import BundleRecord
from registry.reuse.records import records_of

FEWEST, MOST = 2, 5
"""How many bundles stand side by side."""


@dataclass(frozen=True)
class Side:
    """One bundle of a comparison."""

    view: BundleView
    record: BundleRecord
    completeness: Completeness
    adoptions: tuple[PublicAdoption, ...]
    needs: BundleNeeds
    cost: FullCost
    assessment: Assessment
    fit: Fit | None
    """None: no profile is chosen."""

    @property
    def slug(self) -> str:
        """Return the short name of the bundle."""
        return self.view.bundle.slug

    @property
    def title(self) -> str:
        """Return the title of the bundle."""
        return self.view.bundle.title


@dataclass(frozen=True)
class LeftOut:
    """A chosen bundle that cannot be compared, with the reason as a German sentence."""

    slug: str
    reason: str
    successor: str | None = None


def chosen_bundles(session: Session, slugs: Sequence[str]) -> tuple[list[ServiceBundle], list[LeftOut]]:
    """Return the public bundles with these slugs in their order, and why the others are left out."""
    rows = session.exec(select(ServiceBundle).where(col(ServiceBundle.slug).in_(slugs))).all()
    by_slug = {row.slug: row for row in rows}
    found, left_out = [], []
    for slug in dict.fromkeys(slugs):
        row = by_slug.get(slug)
        if row is not None and row.state in PUBLIC_STATES:
            found.append(row)
        elif row is not None and row.state == State.WITHDRAWN and row.published_on is not None:
            left_out.append(LeftOut(slug, "Dieser Eintrag wurde zurückgezogen.", row.successor_slug))
        else:
            left_out.append(LeftOut(slug, "Diesen Eintrag gibt es nicht."))
    return found, left_out


def sides(
    session: Session,
    bundles: Sequence[ServiceBundle],
    terms: Terms,
    *,
    profile: BodyProfile | None,
    today: date,
    months: int,
) -> list[Side]:
    """Return public bundles as they stand side by side, in their order."""
    slugs = [bundle.slug for bundle in bundles]
    needs = needs_of(session, slugs)
    products = product_map(session)
    adoptions = public_adoptions(session, today=today, months=months, slugs=slugs)
    views = [bundle_view(session, bundle) for bundle in bundles]
    return [
        Side(
            view=view,
            record=record,
            completeness=completeness(record),
            adoptions=tuple(one for one in adoptions if one.slug == record.slug),
            needs=needs[record.slug],
            cost=full_cost(record.cost_blocks, record.costs, terms),
            assessment=assessment_of(session, view.bundle.id, view.profile),
            fit=None if profile is None else fit(profile, needs[record.slug], products),
        )
        for view, record in zip(views, records_of(session, bundles), strict=True)
    ]
