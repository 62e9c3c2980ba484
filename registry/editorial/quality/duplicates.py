"""Entries that may be about the same thing: same OZG service, similar title, same lead or same place."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlmodel import Session, col

from registry.accounts.permissions import Actor, NotAllowedError
from registry.catalogue.enums import State
from registry.catalogue.models import BundleOzgService, BundleParticipant, ServiceBundle
from registry.editorial.models import NotDuplicate
from registry.editorial.quality.kinds import Entry, Finding, Found, Kind
from registry.editorial.quality.scope import OPEN_STATES
from registry.editorial.stewardship import stewards_of
from registry.moments import now
from registry.reuse.operations import UnknownEntryError

SIMILAR = 85
"""Least likeness of two titles (rapidfuzz: the better of ordered words and common words, 0 to 100)."""
LARGEST_BLOCK = 400
"""Entries that share a service and a place; a larger group says nothing, and comparing all pairs takes too long."""
Pair = tuple[int, int]


def duplicate_findings(session: Session, entries: Mapping[int, Entry]) -> Found:
    """Return pairs of which one is among `entries`; the other one must be public or among them too."""
    others = _comparable(session, entries)
    pairs = alike(_blocks(session), {number: entry.title for number, entry in others.items()})
    settled = {(row[0], row[1]) for row in session.execute(select(NotDuplicate.first_id, NotDuplicate.second_id))}  # type: ignore[call-overload]
    findings = []
    for (first, second), likeness in pairs.items():
        if (first, second) in settled or not ({first, second} & entries.keys()):
            continue
        mine, twin = (first, second) if first in entries else (second, first)
        entry, other = entries[mine], others[twin]
        since = max((one for one in (entry.published_on, other.published_on) if one), default=None)
        text = f"Gleiche OZG-Leistung und ähnlicher Titel wie „{other.title}“ ({likeness:.0f} % ähnlich)."
        findings.append(
            Finding(
                Kind.DUPLICATES, entry, entry.title, text, -likeness, since, target=other.slug, target_title=other.title
            )
        )
    found = tuple(sorted(findings, key=lambda one: (one.rank, one.title, one.target)))
    return Found(Kind.DUPLICATES, found, len(entries))


def alike(blocks: Iterable[Iterable[int]], titles: Mapping[int, str]) -> dict[Pair, float]:
    """Return the pairs within blocks whose titles are alike, with their likeness. Pure."""
    words = {number: " ".join(title.casefold().split()) for number, title in titles.items()}
    found: dict[Pair, float] = {}
    judged: set[Pair] = set()
    for block in blocks:
        members = sorted(one for one in block if one in words)
        if len(members) > LARGEST_BLOCK:
            continue
        for pair in combinations(members, 2):
            if pair in judged:
                continue
            judged.add(pair)
            likeness = fuzz.token_ratio(words[pair[0]], words[pair[1]], score_cutoff=SIMILAR)
            if likeness >= SIMILAR:
                found[pair] = likeness
    return found


def _comparable(session: Session, entries: Mapping[int, Entry]) -> dict[int, Entry]:
    query = select(
        col(ServiceBundle.id), col(ServiceBundle.slug), col(ServiceBundle.title), col(ServiceBundle.published_on)
    ).where(col(ServiceBundle.state) == State.PUBLISHED)
    public = {
        row[0]: Entry(row[0], row[1], row[2], State.PUBLISHED, None, None, row[3], None, None, None)
        for row in session.execute(query)
    }
    return {**public, **entries}


def _blocks(session: Session) -> Iterable[set[int]]:
    """Return groups of entries that share an OZG service and a participant: the lead by name, others by place."""
    query = (
        select(
            col(BundleOzgService.bundle_id),
            col(BundleOzgService.ozg_id),
            col(BundleParticipant.municipality),
            col(BundleParticipant.district),
            col(BundleParticipant.provider),
            col(BundleParticipant.name),
            col(BundleParticipant.role),
        )
        .join(BundleParticipant, col(BundleParticipant.bundle_id) == col(BundleOzgService.bundle_id))
        .join(ServiceBundle, col(ServiceBundle.id) == col(BundleOzgService.bundle_id))
        .where(col(ServiceBundle.state).in_(OPEN_STATES))
    )
    blocks: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    for number, ozg_id, municipality, district, provider, name, role in session.execute(query):
        place = municipality or district
        key = place or ((provider or (name or "").casefold()) if role == "lead" else None)
        if key:
            blocks[ozg_id, key].add(number)
    return [block for block in blocks.values() if len(block) > 1]


def mark_as_different(session: Session, actor: Actor, slugs: tuple[str, str], *, different: bool = True) -> None:
    """Remember that two entries are no duplicates, or forget it again.

    Raises UnknownEntryError, NotAllowedError unless the actor decides for one of the two, ValueError for one entry
    with itself.
    """
    numbers = []
    for slug in slugs:
        number = session.execute(select(col(ServiceBundle.id)).where(col(ServiceBundle.slug) == slug)).scalar()
        if number is None:
            raise UnknownEntryError(slug)
        numbers.append(number)
    first, second = sorted(numbers)
    if first == second:
        raise ValueError("an entry is no duplicate of itself")
    if not any(stewards_of(session, number).decided_by(actor) for number in (first, second)):
        raise NotAllowedError("Darüber entscheidet die OZG-Koordination einer der beiden zuständigen Stellen.")
    row = session.get(NotDuplicate, (first, second))
    if different and row is None:
        session.add(NotDuplicate(first_id=first, second_id=second, by=actor.key, at=now()))
    elif not different and row is not None:
        session.delete(row)
