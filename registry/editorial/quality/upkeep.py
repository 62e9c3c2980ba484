"""Findings about entries themselves: who answers for them, what is stated, evidenced, confirmed, reachable."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import String, case, cast, func, or_, select
from sqlmodel import Session, col

from registry.catalogue.enums import State
from registry.catalogue.models import BundleSource
from registry.editorial.links import BROKEN_FROM, address_queries
from registry.editorial.models import LinkCheck
from registry.editorial.quality.completing import TOTALS, Filled
from registry.editorial.quality.kinds import Entry, Finding, Found, Kind
from registry.editorial.quality.scope import Body, months_before
from registry.labels import Labelled
from registry.mail.models import Undeliverable
from registry.reuse.completeness import COUNTED

Entries = Mapping[int, Entry]
_GROUP_OF_LINK = {
    "links": "basics",
    "contact_url": "basics",
    "maturity": "ozg_mapping",
    "cost_blocks": "costs",
    "dimensions": "transferability",
}
"""Field of the record in which a link stands → its group; sources and verdicts of the checklist are evidence."""
_CHUNK = 500  # values a query: SQLite allows 32,766 parameters, PostgreSQL 65,535
OLD, VERY_OLD = 6, 12
"""Months after which facts want to be confirmed."""


def steward_findings(entries: Entries, known: Mapping[int, Body]) -> Found:
    """Return entries for which nobody acts, then those for which only the deputy acts. Pure."""
    findings = [
        Finding(
            Kind.STEWARD, entry, entry.title, *problem, since=entry.published_on if entry.owner_id is None else None
        )
        for entry in entries.values()
        if (problem := steward_problem(entry, known))
    ]
    return Found(Kind.STEWARD, _sorted(findings), len(entries))


def steward_problem(entry: Entry, known: Mapping[int, Body]) -> tuple[str, float] | None:
    """Return what is wrong with owner and deputy of an entry, and how bad it is; None: somebody acts. Pure."""
    owner = known.get(entry.owner_id) if entry.owner_id is not None else None
    deputy = known.get(entry.deputy_id) if entry.deputy_id is not None else None
    if owner is not None and owner.able:
        return None
    if owner is None:
        reason = "Keine Stelle ist zuständig"
    elif not owner.active:
        reason = f"Die zuständige Stelle ({owner.name}) ist stillgelegt"
    else:
        reason = f"Die zuständige Stelle ({owner.name}) hat keine aktive OZG-Koordination"
    if deputy is not None and deputy.able:
        return f"{reason}; es handelt nur die Vertretung ({deputy.name}).", 2
    if deputy is not None:
        return f"{reason}, und die Vertretung ({deputy.name}) ist nicht handlungsfähig.", 1
    return f"{reason}{'' if owner is None else ', und es gibt keine Vertretung'}.", 0 if owner is None else 1


def completeness_findings(entries: Entries, filled: Mapping[int, Filled], group: str = "") -> Found:
    """Return incomplete entries, worst first: over all groups, or by one group of fields. Pure."""
    places = [place for place, (key, _label, _items) in enumerate(COUNTED) if key == group]
    findings = []
    for entry in entries.values():
        counts = filled.get(entry.id, (0,) * len(TOTALS))
        worst = places[0] if places else min(range(len(TOTALS)), key=lambda one: counts[one] / TOTALS[one])
        done, total = (counts[worst], TOTALS[worst]) if places else (sum(counts), sum(TOTALS))
        if done == total:
            continue
        key, label, _items = COUNTED[worst]
        text = f"{done} von {total} Angaben ({100 * done // total} %)"
        if not places:
            text += f", am wenigsten bei {label} ({counts[worst]} von {TOTALS[worst]})"
        findings.append(Finding(Kind.COMPLETENESS, entry, entry.title, f"{text}.", done / total, entry.changed_on, key))
    return Found(Kind.COMPLETENESS, _sorted(findings), len(entries))


def evidence_findings(session: Session, entries: Entries, ids: Any) -> Found:
    """Return entries whose sources are missing, too few, undated or say not what they support, in one query."""
    number = col(BundleSource.bundle_id)
    undated = func.sum(case((col(BundleSource.published).is_(None), 1), else_=0))
    vague = func.sum(case((func.coalesce(cast(col(BundleSource.supports), String), "") == "", 1), else_=0))
    query = select(number, func.count(), undated, vague).where(number.in_(ids)).group_by(number)
    counted = {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in session.execute(query)}
    findings = []
    for entry in entries.values():
        problems = evidence_problems(*counted.get(entry.id, (0, 0, 0)))
        if problems:
            rank = 0.0 if entry.id not in counted else 10.0 - len(problems)
            text = "; ".join(problems)
            findings.append(Finding(Kind.EVIDENCE, entry, entry.title, f"{text}.", rank, entry.changed_on, "evidence"))
    return Found(Kind.EVIDENCE, _sorted(findings), len(entries))


def evidence_problems(sources: int, undated: int, vague: int) -> list[str]:
    """Return what is missing in the sources of an entry: phrases, the first one beginning a sentence. Pure."""
    if not sources:
        return ["Keine Quelle"]
    problems = ["nur eine Quelle"] if sources == 1 else []
    if undated:
        problems.append("ohne Datum" if sources == 1 else f"{undated} von {sources} Quellen ohne Datum")
    if vague:
        problems.append(
            "ohne Angabe, was sie belegt" if sources == 1 else f"{vague} von {sources} ohne Angabe, was sie belegen"
        )
    return [problems[0][:1].upper() + problems[0][1:], *problems[1:]] if problems else []


class Age(Labelled):
    """How long ago facts were confirmed."""

    VERY_OLD = "12", "nie oder vor mehr als 12 Monaten"
    OLD = "6", "vor 6 bis 12 Monaten"


def verification_findings(entries: Entries, today: date, age: str = "") -> Found:
    """Return published entries that were never confirmed, then those confirmed long ago; of one age, if given. Pure."""
    published = [entry for entry in entries.values() if entry.state == State.PUBLISHED]
    very_old, old = months_before(today, VERY_OLD), months_before(today, OLD)
    findings = []
    for entry in published:
        on = entry.verified_on
        if on is not None and on > old:
            continue
        is_of = Age.OLD if on is not None and on > very_old else Age.VERY_OLD
        if age and is_of != age:
            continue
        if on is None:
            text, since = "Noch nie bestätigt.", entry.published_on
        else:
            text, since = f"Seit mehr als {VERY_OLD if on <= very_old else OLD} Monaten nicht bestätigt.", on
        rank = float(on.toordinal()) if on else 0.0
        findings.append(Finding(Kind.VERIFICATION, entry, entry.title, text, rank, since, "evidence"))
    return Found(Kind.VERIFICATION, _sorted(findings), len(published), "veröffentlichten Einträgen")


def link_findings(session: Session, entries: Entries, ids: Any) -> Found:
    """Return broken links of entries, the oldest first, and as hints links that have moved for good."""
    checks = {
        row.url: row
        for row in session.execute(
            select(LinkCheck).where(or_(col(LinkCheck.failures) >= BROKEN_FROM, col(LinkCheck.moved_to).is_not(None)))
        ).scalars()
    }
    findings: list[Finding] = []
    checked = unchecked = 0
    for field, query in address_queries().items():
        number, address = query.selected_columns
        links, checks_done = func.count(address), func.count(col(LinkCheck.url))
        known = (
            select(links, checks_done)
            .select_from(number.table)
            .outerjoin(LinkCheck, col(LinkCheck.url) == address)
            .where(number.in_(ids), address.is_not(None))
        )
        all_links, done = session.execute(known).one()
        checked, unchecked = checked + done, unchecked + all_links - done
        for part in _chunks(sorted(checks)):
            for bundle_id, url in session.execute(query.where(address.in_(part))):
                if bundle_id in entries:
                    findings.append(_link_finding(entries[bundle_id], checks[url], field))
    note = f"{unchecked} Links sind noch nie geprüft." if unchecked else ""
    return Found(Kind.LINKS, _sorted(findings), checked, "geprüften Links", note)


def _link_finding(entry: Entry, check: LinkCheck, field: str) -> Finding:
    step = _GROUP_OF_LINK.get(field.partition(".")[0], "evidence")
    if check.failures >= BROKEN_FROM:
        since = check.failing_since.date() if check.failing_since else None
        rank = float(since.toordinal()) if since else 0.0
        return Finding(Kind.LINKS, entry, entry.title, check.problem or "", rank, since, step, check.url)
    text = f"Auf Dauer umgezogen nach {check.moved_to}"
    return Finding(Kind.LINKS, entry, entry.title, text, 1e9, check.checked_at.date(), step, check.url, hint=True)


def contact_findings(session: Session, entries: Entries, known: Mapping[int, Body], organisations: set[int]) -> Found:
    """Return entries and organisations whose mailbox a mail server has refused."""
    refused = {row.address.lower(): row for row in session.execute(select(Undeliverable)).scalars()}
    findings = []
    for entry in entries.values():
        row = refused.get((entry.contact_email or "").lower())
        if row is not None:
            text = f"{entry.contact_email}: {row.reason}"
            since = row.since.date()
            findings.append(Finding(Kind.CONTACTS, entry, entry.title, text, since.toordinal(), since, "basics"))
    for number in sorted(organisations & known.keys()):
        body = known[number]
        row = refused.get((body.mailbox or "").lower())
        if row is not None:
            text = f"Funktionspostfach der Stelle, {body.mailbox}: {row.reason}"
            since = row.since.date()
            findings.append(
                Finding(Kind.CONTACTS, None, body.name, text, since.toordinal(), since, organisation_id=number)
            )
    mailboxes = sum(1 for one in organisations & known.keys() if known[one].mailbox)
    addresses = sum(1 for entry in entries.values() if entry.contact_email) + mailboxes
    return Found(Kind.CONTACTS, _sorted(findings), addresses, "Postfächern")


def _sorted(findings: Any) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: (one.rank, one.title, one.text)))


def _chunks(values: list[str]) -> list[list[str]]:
    return [values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK)]
