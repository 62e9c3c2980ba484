"""The dashboard: figures of all kinds, and the findings of one."""

from collections import Counter
from datetime import datetime

from sqlmodel import Session

from registry.accounts.permissions import Actor
from registry.editorial.quality.catalogue_changes import catalogue_findings
from registry.editorial.quality.completing import TOTALS, filled_by_group
from registry.editorial.quality.duplicates import duplicate_findings
from registry.editorial.quality.kinds import Board, Found, GroupFigure, Kind
from registry.editorial.quality.scope import Scope, bodies, entries_of
from registry.editorial.quality.upkeep import (
    completeness_findings,
    contact_findings,
    evidence_findings,
    link_findings,
    steward_findings,
    verification_findings,
)
from registry.editorial.quality.waiting import idle_findings, overdue_findings
from registry.reuse.completeness import COUNTED


class Survey:
    """Looks through the entries in scope once, and finds by kind on demand."""

    def __init__(self, session: Session, scope: Scope, actor: Actor, at: datetime) -> None:
        """Read the entries in scope and all organisations."""
        self._session, self._scope, self._actor, self._at = session, scope, actor, at
        self.entries = entries_of(session, scope)
        self.bodies = bodies(session)

    def found(self, kind: Kind, part: str = "") -> Found:
        """Return the findings of a kind; `part`: of one group of fields (completeness), of one age (verification)."""
        session, scope, entries = self._session, self._scope, self.entries
        match kind:
            case Kind.STEWARD:
                return steward_findings(entries, self.bodies)
            case Kind.COMPLETENESS:
                return completeness_findings(entries, filled_by_group(session, scope.bundle_ids()), part)
            case Kind.EVIDENCE:
                return evidence_findings(session, entries, scope.bundle_ids())
            case Kind.VERIFICATION:
                return verification_findings(entries, self._at.date(), part)
            case Kind.LINKS:
                return link_findings(session, entries, scope.bundle_ids())
            case Kind.CATALOGUE:
                return catalogue_findings(session, entries)
            case Kind.DUPLICATES:
                return duplicate_findings(session, entries)
            case Kind.CONTACTS:
                return contact_findings(session, entries, self.bodies, self._organisations())
            case Kind.DRAFTS:
                return idle_findings(session, entries, scope, self._actor, self._at)
            case Kind.REVIEWS:
                return overdue_findings(session, entries, scope, self._at)

    def _organisations(self) -> set[int]:
        if self._scope.unowned:
            return set()
        own = self._scope.organisations
        return {number for number in self.bodies if own is None or number in own}

    def board(self) -> Board:
        """Return all figures."""
        filled = filled_by_group(self._session, self._scope.bundle_ids())
        found = {
            kind: completeness_findings(self.entries, filled) if kind is Kind.COMPLETENESS else self.found(kind)
            for kind in Kind
        }
        stated = [0] * len(TOTALS)
        for counts in filled.values():
            stated = [one + more for one, more in zip(stated, counts, strict=True)]
        groups = tuple(
            GroupFigure(key, label, stated[place], TOTALS[place] * len(filled))
            for place, (key, label, _items) in enumerate(COUNTED)
        )
        defects = Counter(one.owner_id for part in found.values() for one in part.findings if not one.hint)
        owned = Counter(entry.owner_id for entry in self.entries.values())
        table = sorted(
            ((number, owned[number], defects[number]) for number in owned.keys() | defects.keys()),
            key=lambda row: (-row[2], self.name_of(row[0])),
        )
        return Board(self._at, len(self.entries), found, groups, tuple(table))

    def name_of(self, organisation: int | None) -> str:
        """Return the name of an organisation, „ohne Stelle“ for none."""
        body = self.bodies.get(organisation) if organisation is not None else None
        return body.name if body else "ohne Stelle"
