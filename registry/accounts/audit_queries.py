"""Reading the audit log: lines by action, person and period; whether its chain of digests is unbroken."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from registry.accounts.audit import ACTIONS, PRUNED, line_digest
from registry.accounts.models import AuditEntry, Organisation, Person
from registry.database import contains

BATCH = 1000  # lines read at a time


@dataclass(frozen=True)
class AuditFilter:
    """Which lines: empty fields do not limit. `since` is included, `until` is not."""

    action: str = ""
    who: str = ""
    """Part of a name or mail address, `person:<id>`, or the name of a program."""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """What checking the chain found; `broken_id` is the first line that does not follow the one before it."""

    lines: int
    last_id: int | None
    last_at: datetime | None
    last_digest: str
    broken_id: int | None = None

    @property
    def intact(self) -> bool:
        """Tell whether every line follows the one before it."""
        return self.broken_id is None


def count_lines(session: Session, chosen: AuditFilter) -> int:
    """Count the lines that a filter leaves."""
    return session.exec(select(func.count(col(AuditEntry.id))).where(*_conditions(session, chosen))).one()


def page_of_lines(session: Session, chosen: AuditFilter, *, page: int, per_page: int) -> list[AuditEntry]:
    """Return a page of lines, the newest first."""
    query = (
        select(AuditEntry)
        .where(*_conditions(session, chosen))
        .order_by(col(AuditEntry.id).desc())
        .offset((page - 1) * per_page)
        .limit(per_page)
    )
    return list(session.exec(query))


def all_lines(session: Session, chosen: AuditFilter) -> Iterator[AuditEntry]:
    """Yield the lines in the order in which they were written, some at a time."""
    query = select(AuditEntry).where(*_conditions(session, chosen)).order_by(col(AuditEntry.id))
    yield from session.exec(query.execution_options(yield_per=BATCH))


def verify(session: Session) -> Verdict:
    """Check that each line carries the digest of itself and its predecessor.

    Old lines are removed by retention, which writes a line with the digest of the last removed one: the first line
    left must follow that digest, so that lines removed in any other way are found. Lines cut off at the end are
    found by comparing `last_digest` with an earlier one that was kept elsewhere.
    """
    first: AuditEntry | None = None
    before: AuditEntry | None = None
    broken: int | None = None
    anchor, lines = "", 0
    for line in all_lines(session, AuditFilter()):
        lines += 1
        if line.action == PRUNED:
            anchor = str(line.details.get("last_digest", ""))
        if before is None:
            first = line
        elif broken is None and line.digest != line_digest(before.digest, line):
            broken = line.id
        before = line
    if first is not None and first.digest != line_digest(anchor, first):
        broken = first.id
    if before is None:
        return Verdict(0, None, None, "")
    return Verdict(lines, before.id, before.at, before.digest, broken)


def holds_digest(session: Session, digest: str) -> bool:
    """Tell whether some line carries this digest."""
    return session.exec(select(AuditEntry.id).where(AuditEntry.digest == digest).limit(1)).first() is not None


def names_of(session: Session, lines: Sequence[AuditEntry]) -> dict[str, str]:
    """Return the names of the people and organisations that lines name, by `person:<id>`, `organisation:<slug>`."""
    keys = {key for line in lines for key in (line.actor, line.subject)}
    people = [int(key[7:]) for key in keys if re.fullmatch(r"person:\d{1,18}", key)]
    slugs = {key.removeprefix("organisation:") for key in keys if key.startswith("organisation:")}
    slugs |= {str(line.details["organisation"]) for line in lines if line.details.get("organisation")}
    names: dict[str, str] = {}
    if people:
        rows = session.exec(select(Person.id, Person.name).where(col(Person.id).in_(people)))
        names |= {f"person:{number}": name for number, name in rows}
    if slugs:
        found = session.exec(select(Organisation.slug, Organisation.name).where(col(Organisation.slug).in_(slugs)))
        names |= {f"organisation:{slug}": name for slug, name in found}
    return names


def as_record(line: AuditEntry) -> dict[str, Any]:
    """Return a line as it is exported: with all that its digest is made of."""
    return {
        "id": line.id,
        "at": line.at.isoformat(),
        "actor": line.actor,
        "action": line.action,
        "label": ACTIONS.get(line.action, line.action),
        "subject": line.subject,
        "details": line.details,
        "digest": line.digest,
    }


def _conditions(session: Session, chosen: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.action:
        conditions.append(col(AuditEntry.action) == chosen.action)
    if chosen.since:
        conditions.append(col(AuditEntry.at) >= chosen.since)
    if chosen.until:
        conditions.append(col(AuditEntry.at) < chosen.until)
    if chosen.who:
        conditions.append(_who(session, chosen.who))
    return conditions


def _who(session: Session, who: str) -> ColumnElement[bool]:
    if re.fullmatch(r"person:\d{1,18}", who):
        return or_(col(AuditEntry.actor) == who, col(AuditEntry.subject) == who)
    pattern = contains(who)
    found = session.exec(
        select(Person.id).where(
            or_(col(Person.name).ilike(pattern, escape="\\"), col(Person.email).ilike(pattern, escape="\\"))
        )
    )
    keys = [f"person:{number}" for number in found]
    program = and_(col(AuditEntry.actor).ilike(pattern, escape="\\"), col(AuditEntry.actor).not_like("person:%"))
    return or_(program, col(AuditEntry.actor).in_(keys), col(AuditEntry.subject).in_(keys))
