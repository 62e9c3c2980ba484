"""References of entries that a newer catalogue has retired or renamed.

Retired: the row that the entry refers to is marked so. It stays a finding until the entry refers to something else.

Renamed: a load of reference data left a revision with the new name (`catalogue.operations`). It is a finding until
the entry changes the references themselves, or somebody confirms the facts, after the renaming: any other change of
the entry does not show that anybody looked at the new name.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from registry.catalogue.models import BundleOzgService, BundleParticipant
from registry.catalogue.reference import District, LeikaService, Municipality, OzgService, Provider
from registry.editorial.quality.kinds import Entry, Finding, Found, Kind
from registry.history import Revision
from registry.reuse.models import BundleRequirement, Capability
from registry.reuse.operations import ENTITY

_CHUNK = 500
_LOOKED_AT = frozenset({"ozg_services", "participants", "requirements", "verified_on", "verified_by"})
_LEIKA = "leika_service"


@dataclass(frozen=True)
class _Reference:
    """A kind of reference: the table referred to, the column that refers, and the group of fields it stands in."""

    table: type[SQLModel]
    key: str
    column: Any
    label: str
    group: str


_REFERENCES = (
    _Reference(OzgService, "ozg_id", col(BundleOzgService.ozg_id), "OZG-Leistung", "ozg_mapping"),
    _Reference(Municipality, "ags", col(BundleParticipant.municipality), "Kommune", "project"),
    _Reference(District, "key", col(BundleParticipant.district), "Kreis", "project"),
    _Reference(Provider, "slug", col(BundleParticipant.provider), "IT-Dienstleister", "project"),
    _Reference(Capability, "slug", col(BundleRequirement.capability), "Baustein", "requirements"),
)


@dataclass(frozen=True)
class _Event:
    """What became of a reference row. `tick`: of the renaming; None: it is retired."""

    text: str
    group: str
    since: date | None
    tick: int | None = None


def catalogue_findings(session: Session, entries: Mapping[int, Entry]) -> Found:
    """Return the references of entries that a newer catalogue has retired or renamed; retired ones first."""
    told = _revisions(session)
    concerned: list[tuple[int, _Event]] = []
    for reference in _REFERENCES:
        events = _events(session, reference, told)
        owner = reference.column.class_.bundle_id
        for part in _chunks(sorted(events)):
            rows = session.execute(select(owner, reference.column).where(reference.column.in_(part)))
            concerned += [(number, event) for number, key in rows if number in entries for event in events[key]]
    concerned += [(number, event) for number, event in _leika(session, told) if number in entries]
    looked = _looked_at(session, entries, concerned)
    findings = [
        Finding(
            Kind.CATALOGUE,
            entries[number],
            entries[number].title,
            event.text,
            0.0 if event.tick is None else 1.0,
            event.since,
            event.group,
        )
        for number, event in dict.fromkeys(concerned)
        if event.tick is None or not _seen(entries[number], event, looked.get(entries[number].slug, 0))
    ]
    found = tuple(sorted(findings, key=lambda one: (one.rank, one.title, one.text)))
    return Found(Kind.CATALOGUE, found, len(entries))


def _seen(entry: Entry, event: _Event, looked: int) -> bool:
    confirmed = entry.verified_on is not None and event.since is not None and entry.verified_on > event.since
    return confirmed or looked > (event.tick or 0)


Told = Mapping[tuple[str, str], list[Revision]]


def _revisions(session: Session) -> Told:
    """Return the revisions of reference rows by table and key, in the order of the clock."""
    names = [str(one.table.__tablename__) for one in _REFERENCES] + [_LEIKA]
    found: dict[tuple[str, str], list[Revision]] = defaultdict(list)
    query = select(Revision).where(col(Revision.entity).in_(names)).order_by(col(Revision.tick), col(Revision.id))
    for row in session.execute(query).scalars():
        found[row.entity, row.entity_key].append(row)
    return found


def _events(session: Session, reference: _Reference, told: Told) -> dict[str, list[_Event]]:
    table: Any = reference.table
    name = str(table.__tablename__)
    key = getattr(table, reference.key)
    found: dict[str, list[_Event]] = defaultdict(list)
    retired = session.execute(select(key, table.name).where(table.retired))
    for number, label in retired:
        since = _since(told.get((name, number), ()), "retired")
        text = f"{reference.label} {number} („{label}“) führt der Katalog nicht mehr."
        found[number].append(_Event(text, reference.group, since))
    for (entity, number), revisions in told.items():
        if entity == name and number not in found:
            found[number] += _renamed(f"{reference.label} {number}", reference.group, revisions)
    return {number: events for number, events in found.items() if events}


def _renamed(what: str, group: str, revisions: Iterable[Revision]) -> list[_Event]:
    """Return the last renaming, told from the first name to the present one."""
    named = [one for one in revisions if "name" in one.changes]
    if not named:
        return []
    before, after = named[0].changes["name"][0], named[-1].changes["name"][1]
    text = f"{what} heißt jetzt „{after}“ (vorher „{before}“)."
    return [_Event(text, group, named[-1].at.date(), named[-1].tick)] if before != after else []


def _since(revisions: Iterable[Revision], field: str) -> date | None:
    return next((one.at.date() for one in reversed(list(revisions)) if field in one.changes), None)


def _leika(session: Session, told: Told) -> Iterable[tuple[int, _Event]]:
    """Yield what became of the LeiKa services to which mappings are narrowed; their keys stand in a JSON list."""
    retired = {
        (ozg_id, key): name
        for ozg_id, key, name in session.execute(
            select(col(LeikaService.ozg_id), col(LeikaService.key), col(LeikaService.name)).where(
                col(LeikaService.retired), col(LeikaService.key).is_not(None)
            )
        )
    }
    renamed = {tuple(key.split("/", 1)): rows for (entity, key), rows in told.items() if entity == _LEIKA}
    touched = sorted({ozg_id for ozg_id, _key in [*retired, *renamed]})
    for part in _chunks(touched):
        mapping = select(
            col(BundleOzgService.bundle_id), col(BundleOzgService.ozg_id), col(BundleOzgService.leika_keys)
        ).where(col(BundleOzgService.ozg_id).in_(part))
        for number, ozg_id, keys in session.execute(mapping):
            for key in keys or ():
                what = f"LeiKa-Leistung {key}"
                if (ozg_id, key) in retired:
                    since = _since(renamed.get((ozg_id, key), ()), "retired")
                    text = f"{what} („{retired[ozg_id, key]}“) führt der Katalog nicht mehr."
                    yield number or 0, _Event(text, "ozg_mapping", since)
                else:
                    for event in _renamed(what, "ozg_mapping", renamed.get((ozg_id, key), ())):
                        yield number or 0, event


def _looked_at(
    session: Session, entries: Mapping[int, Entry], concerned: Iterable[tuple[int, _Event]]
) -> dict[str, int]:
    """Return the tick at which the references of each renamed one's entry were last looked at, by slug."""
    renamed = [(number, event.tick) for number, event in concerned if event.tick is not None]
    if not renamed:
        return {}
    first = min(tick for _number, tick in renamed)
    slugs = sorted({entries[number].slug for number, _tick in renamed})
    looked: dict[str, int] = {}
    for part in _chunks(slugs):
        query = select(Revision).where(
            col(Revision.entity) == ENTITY, col(Revision.entity_key).in_(part), col(Revision.tick) > first
        )
        for row in session.execute(query).scalars():
            if _LOOKED_AT & row.changes.keys():
                looked[row.entity_key] = max(looked.get(row.entity_key, 0), row.tick)
    return looked


def _chunks(values: list[str]) -> list[list[str]]:
    return [values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK)]
