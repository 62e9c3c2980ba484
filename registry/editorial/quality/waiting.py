"""Findings about work that waits: idle drafts, versions begun and left, reviews that nobody decides."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from registry.accounts.models import Person
from registry.accounts.permissions import Actor
from registry.catalogue.enums import State
from registry.editorial.enums import ProposalState
from registry.editorial.models import Proposal
from registry.editorial.quality.kinds import Entry, Finding, Found, Kind
from registry.editorial.quality.scope import Scope, months_before

IDLE_MONTHS = 3
OVERDUE = timedelta(days=14)
_BEGUN = (ProposalState.WORKING, ProposalState.RETURNED)


def idle_findings(session: Session, entries: Mapping[int, Entry], scope: Scope, actor: Actor, at: datetime) -> Found:
    """Return drafts and begun versions that have not changed for three months, the oldest first.

    What somebody has begun is shown to that person, and to those who decide for the organisation.
    """
    limit = months_before(at.date(), IDLE_MONTHS)
    drafts = [entry for entry in entries.values() if entry.state == State.DRAFT]
    findings = [
        Finding(
            Kind.DRAFTS,
            entry,
            entry.title,
            f"Entwurf, seit mehr als {IDLE_MONTHS} Monaten unverändert.",
            float(entry.changed_on.toordinal()),
            entry.changed_on,
        )
        for entry in drafts
        if entry.changed_on is not None and entry.changed_on <= limit
    ]
    begun = 0
    for proposal, name in _proposals(session, scope, _BEGUN):
        if proposal.author_id != actor.person_id and not actor.coordinates_for((proposal.organisation_id,)):
            continue
        begun += 1
        changed = proposal.changed_at.date()
        if changed <= limit:
            text = f"Begonnene Fassung von {name}, seit mehr als {IDLE_MONTHS} Monaten unverändert."
            rank = float(changed.toordinal())
            findings.append(_finding(Kind.DRAFTS, proposal, entries, text, rank, proposal.changed_at))
    found = tuple(sorted(findings, key=lambda one: (one.rank, one.title)))
    return Found(Kind.DRAFTS, found, len(drafts) + begun, "Entwürfen und begonnenen Fassungen")


def overdue_findings(session: Session, entries: Mapping[int, Entry], scope: Scope, at: datetime) -> Found:
    """Return proposed versions that have waited for more than 14 days, the oldest first."""
    rows = _proposals(session, scope, (ProposalState.SUBMITTED,))
    findings = []
    for proposal, name in rows:
        since = proposal.submitted_at or proposal.changed_at
        if at - since > OVERDUE:
            text = f"Fassung von {name} wartet seit {(at - since).days} Tagen auf eine Entscheidung."
            findings.append(_finding(Kind.REVIEWS, proposal, entries, text, since.timestamp(), since))
    found = tuple(sorted(findings, key=lambda one: (one.rank, one.title)))
    return Found(Kind.REVIEWS, found, len(rows), "Fassungen in Prüfung")


def _finding(
    kind: Kind, proposal: Proposal, entries: Mapping[int, Entry], text: str, rank: float, since: datetime
) -> Finding:
    entry = entries.get(proposal.bundle_id) if proposal.bundle_id is not None else None
    raw = proposal.values.get("title")
    title = entry.title if entry else str(raw)[:200] if raw else "neuer Eintrag ohne Titel"
    return Finding(
        kind,
        entry,
        title,
        text,
        rank,
        since.date(),
        target=proposal.key,
        organisation_id=proposal.organisation_id,
        author_id=proposal.author_id,
    )


def _proposals(session: Session, scope: Scope, states: Any) -> list[tuple[Proposal, str]]:
    query = (
        select(Proposal, col(Person.name))
        .join(Person, col(Person.id) == col(Proposal.author_id))
        .where(col(Proposal.state).in_(states), scope.proposals())
    )
    return [(row[0], row[1]) for row in session.execute(query)]
