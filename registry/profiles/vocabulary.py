"""Reads of the vocabulary of capabilities: the building blocks by kind, the generic one before its products."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.catalogue.enums import CapabilityKind
from registry.catalogue.models import ServiceBundle
from registry.profiles.models import ProfileStatement
from registry.reuse.models import BundleRequirement, Capability
from registry.reuse.queries import PUBLIC_STATES


class UnknownCapabilityError(Exception):
    """There is no such capability."""


@dataclass(frozen=True)
class Block:
    """A capability in its place: `depth` 0 for a generic one or one without products, 1 and more for products."""

    slug: str
    name: str
    kind: CapabilityKind
    product_of: str | None
    retired: bool
    depth: int


@dataclass(frozen=True)
class BlockGroup:
    """The capabilities of one kind."""

    kind: CapabilityKind
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class BlockUse:
    """A capability as administrators see it."""

    block: Block
    added_here: bool
    changed_here: bool
    entries: int
    """Published entries that need it."""
    profiles: int
    """Profiles that state it, whoever may see them."""


def block_groups(session: Session, *, retired: bool = False) -> list[BlockGroup]:
    """Return the current capabilities by kind, with `retired` also those that are no longer kept."""
    rows = session.exec(select(Capability)).all()
    current = [row for row in rows if retired or not row.retired]
    return grouped(sorted(current, key=lambda row: (row.name.casefold(), row.slug)))


def blocks_by_slug(session: Session, slugs: Iterable[str]) -> dict[str, Capability]:
    """Return capabilities by slug, retired ones too."""
    rows = session.exec(select(Capability).where(col(Capability.slug).in_(sorted(set(slugs)))))
    return {row.slug: row for row in rows}


def grouped(rows: Sequence[Capability]) -> list[BlockGroup]:
    """Return capabilities by kind as a tree laid flat, each level in the given order. Pure."""
    there = {row.slug: row for row in rows}
    below: dict[str | None, list[Capability]] = {}
    for row in rows:
        above = there.get(row.product_of or "")
        below.setdefault(above.slug if above is not None and above.kind == row.kind else None, []).append(row)
    placed: dict[str, Block] = {}

    def place(parent: str | None, depth: int) -> None:
        # The ones with products come first: what stands for a kind of product, then what stands alone.
        for row in sorted(below.get(parent, []), key=lambda row: row.slug not in below):
            if row.slug not in placed:
                placed[row.slug] = Block(row.slug, row.name, row.kind, row.product_of, row.retired, depth)
                place(row.slug, depth + 1)

    place(None, 0)
    for row in rows:  # of a circle in the data, which no way in leads to
        placed.setdefault(row.slug, Block(row.slug, row.name, row.kind, row.product_of, row.retired, 0))
    groups = [
        BlockGroup(kind, tuple(block for block in placed.values() if block.kind is kind)) for kind in CapabilityKind
    ]
    return [group for group in groups if group.blocks]


def block_uses(session: Session) -> list[tuple[CapabilityKind, list[BlockUse]]]:
    """Return all capabilities by kind with the numbers of entries that need and of profiles that state them."""
    rows = {row.slug: row for row in session.exec(select(Capability))}
    entries = dict(
        session.execute(
            select(BundleRequirement.capability, func.count())
            .join(ServiceBundle, col(ServiceBundle.id) == col(BundleRequirement.bundle_id))
            .where(col(ServiceBundle.state).in_(PUBLIC_STATES))
            .group_by(BundleRequirement.capability)
        ).all()
    )
    profiles = dict(
        session.execute(select(ProfileStatement.capability, func.count()).group_by(ProfileStatement.capability)).all()
    )
    return [
        (
            group.kind,
            [
                BlockUse(
                    block,
                    rows[block.slug].added_here,
                    rows[block.slug].changed_here,
                    entries.get(block.slug, 0),
                    profiles.get(block.slug, 0),
                )
                for block in group.blocks
            ],
        )
        for group in block_groups(session, retired=True)
    ]


def block_use(session: Session, slug: str) -> BlockUse:
    """Return one capability as administrators see it. Raises UnknownCapabilityError."""
    for _, uses in block_uses(session):
        for use in uses:
            if use.block.slug == slug:
                return use
    raise UnknownCapabilityError


def vocabulary_size(session: Session) -> int:
    """Return how many current capabilities there are."""
    query = select(func.count()).select_from(Capability).where(col(Capability.retired).is_(False))
    return int(session.execute(query).scalar_one())
