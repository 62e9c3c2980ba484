"""What organisations answer for: how many entries and open proposals; taking over entries that nobody owns."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from registry.accounts.audit import audit
from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor, require
from registry.catalogue.enums import ParticipantRole, State
from registry.catalogue.models import BundleParticipant, ServiceBundle
from registry.database import Write
from registry.editorial.enums import ProposalState
from registry.editorial.models import Proposal, Stewardship
from registry.editorial.stewardship import set_stewards, stewards_of
from registry.history import Author

OPEN = (ProposalState.SUBMITTED, ProposalState.SCHEDULED)
"""Proposals on which the organisation has still to act or that will take effect."""


@dataclass(frozen=True)
class Holdings:
    """How much an organisation answers for."""

    entries: int = 0
    deputy_entries: int = 0
    open_proposals: int = 0


def holdings(session: Session, organisations: Collection[int]) -> dict[int, Holdings]:
    """Return the figures of organisations by id, in three queries."""

    def counted(column: Mapped[int | None], *conditions: ColumnElement[bool]) -> dict[int, int]:
        rows = session.execute(
            select(column, func.count()).where(column.in_(organisations), *conditions).group_by(column)
        )
        return {number: count for number, count in rows if number is not None}

    owned = counted(col(Stewardship.owner_id))
    deputy = counted(col(Stewardship.deputy_id))
    waiting = counted(col(Proposal.organisation_id), col(Proposal.state).in_(OPEN))
    return {one: Holdings(owned.get(one, 0), deputy.get(one, 0), waiting.get(one, 0)) for one in organisations}


def ownerless(session: Session, organisation: Organisation) -> list[ServiceBundle]:
    """Return the entries that nobody owns and in which the organisation's body leads, by title."""
    body = _body(organisation)
    if body is None:
        return []
    leading = select(col(BundleParticipant.bundle_id)).where(
        and_(col(BundleParticipant.role) == ParticipantRole.LEAD, body)
    )
    owned = select(col(Stewardship.bundle_id)).where(col(Stewardship.owner_id).is_not(None))
    query = (
        select(ServiceBundle)
        .where(
            col(ServiceBundle.id).in_(leading),
            col(ServiceBundle.id).not_in(owned),
            col(ServiceBundle.state) != State.WITHDRAWN,
        )
        .order_by(col(ServiceBundle.title), col(ServiceBundle.id))
    )
    return list(session.exec(query))


def take_over(write: Write, actor: Actor, organisation: Organisation, slugs: Collection[str]) -> list[str]:
    """Make the organisation the owner of those of `slugs` that are still ownerless and its own; return their slugs.

    What somebody else took in the meantime is left alone. Raises NotAllowedError; ValueError for an organisation
    that is out of service.
    """
    require(actor.is_admin, "Einträge ordnet die Administration zu.")
    if not organisation.active or organisation.id is None:
        raise ValueError("the organisation is out of service")
    taken = []
    for bundle in ownerless(write.session, organisation):
        if bundle.slug in slugs:
            deputy = stewards_of(write.session, bundle.id).deputy_id
            deputy = None if deputy == organisation.id else deputy
            set_stewards(
                write, bundle, organisation.id, deputy, author=Author(actor.key), reason="Zuordnung zur Stelle"
            )
            taken.append(bundle.slug)
    if taken:
        audit(
            write.session,
            actor.key,
            "organisation.entries_taken_over",
            f"organisation:{organisation.slug}",
            entries=taken,
        )
    return taken


def _body(organisation: Organisation) -> ColumnElement[bool] | None:
    if organisation.municipality is not None:
        return col(BundleParticipant.municipality) == organisation.municipality
    if organisation.district is not None:
        return col(BundleParticipant.district) == organisation.district
    if organisation.provider is not None:
        return col(BundleParticipant.provider) == organisation.provider
    return None
