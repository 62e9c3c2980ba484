"""The own entries as a spreadsheet and back: each line carries the tick („stand“) of the entry that it was made from.

A line is compared with the entry as it was then; what somebody else changed meanwhile is merged field by field, and
where both changed the same field the line is refused. A cell that still has the text of the export is unchanged,
whatever a spreadsheet would read into it; a column that is missing is unchanged for every line.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, col, select

from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor, require
from registry.catalogue.enums import State
from registry.catalogue.messages import refusals
from registry.catalogue.models import ServiceBundle
from registry.database import Write
from registry.editorial.bulk import MOST, planned_values
from registry.editorial.bulk_list import BulkFilters, bulk_rows
from registry.editorial.held import Held, held_entries
from registry.editorial.merging import merge
from registry.editorial.sets import Planned, SetDone, StalePlanError, carry_out
from registry.editorial.stewardship import Stewards
from registry.editorial.values import EMPTY, Values, content_of, is_stated, label_of, placed, record_from
from registry.exchange.csv_records import csv_text
from registry.exchange.record_rows import CellError, cell_of, columns, row_of, value_of
from registry.exchange.tables import FileRefusedError
from registry.exchange.uploads import Line
from registry.exchange.xlsx_records import workbook
from registry.history import Revision
from registry.reuse.models import CostFields
from registry.reuse.operations import ENTITY
from registry.reuse.records import GROUPS, LISTS
from registry.reuse.references import dangling, known_keys

STAND = "stand"
_STATE = ("state", "state_note")
_WITH_DECIMALS = frozenset(
    f"costs.{name}" for name, info in CostFields.model_fields.items() if info.annotation == float | None
)
_NOT_YOURS = "Den Eintrag koordiniert eine andere Stelle, oder der Kurzname ist schon vergeben."
Row = tuple[int, dict[str, str]]
"""Number of a line, and its cells by column."""


class TooManyChangesError(Exception):
    """The table changes more entries than one set may."""

    def __init__(self, count: int) -> None:
        super().__init__(f"Auf einmal lassen sich höchstens {MOST} Einträge ändern; die Tabelle ändert {count}.")


@dataclass(frozen=True)
class PlannedRow:
    """What a line would do, and what is wrong with it: (column, sentence)."""

    line: int
    plan: Planned
    errors: tuple[tuple[str, str], ...] = ()


def table_columns() -> tuple[str, ...]:
    """Return the columns of the table: the entry's, with its tick as second."""
    first, *others = columns()
    return (first, STAND, *others)


def own_rows(session: Session, actor: Actor) -> list[tuple[str, dict[str, str]]]:
    """Return slug and cells of all entries on which the actor decides, drafts included, by slug."""
    held = held_entries(session, actor, [row.slug for row in bulk_rows(session, actor, BulkFilters())])
    return [(slug, row_of(one.record) | {STAND: str(one.bundle.tick)}) for slug, one in sorted(held.items())]


def table_csv(rows: Sequence[tuple[str, Mapping[str, str]]]) -> str:
    """Return the table as CSV."""
    return csv_text(table_columns(), [row for _, row in rows])


def table_xlsx(rows: Sequence[tuple[str, Mapping[str, str]]]) -> bytes:
    """Return the table as XLSX. Raises ValueError for a text that no cell can hold."""
    return workbook(table_columns(), rows)


def rows_from(name: str, lines: Sequence[Line]) -> list[Row]:
    """Return the lines below the header by column. Raises FileRefusedError when the header is none of this table."""
    header = [cell.strip().lower() for cell in lines[0][1]] if lines else []
    while header and not header[-1]:
        header.pop()
    missing = [one for one in ("slug", STAND) if one not in header]
    if missing:
        raise FileRefusedError(name, f"In der ersten Zeile fehlt die Spalte {missing[0]}. Bitte geben Sie neu aus.")
    unknown = [one for one in header if one not in table_columns()]
    if unknown:
        raise FileRefusedError(name, f"Unbekannte Spalte: {unknown[0][:60] or '(ohne Namen)'}.")
    if len(set(header)) != len(header):
        raise FileRefusedError(name, "Eine Spalte steht doppelt in der ersten Zeile.")
    rows: list[Row] = []
    for number, cells in lines[1:]:
        if any(cell.strip() for cell in cells[len(header) :]):
            raise FileRefusedError(name, f"Zeile {number} hat mehr Felder als die erste Zeile.")
        texts = [_text(cell) for cell in cells] + [""] * (len(header) - len(cells))
        row = dict(zip(header, texts, strict=False))
        for column, text in row.items():
            if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t" for sign in text):
                reason = f"Zeile {number}, Spalte {column}: Der Text enthält unzulässige Steuerzeichen."
                raise FileRefusedError(name, reason)
        rows.append((number, row))
    if not rows:
        raise FileRefusedError(name, "Die Tabelle enthält nur die erste Zeile.")
    return rows


def plan_rows(session: Session, actor: Actor, rows: Sequence[Row], organisation_id: int | None) -> list[PlannedRow]:
    """Return what each line would do; nothing is written. New entries would belong to the organisation."""
    slugs = [_slug(cells) for _, cells in rows]
    held = held_entries(session, actor, set(slugs))
    taken = set(session.exec(select(ServiceBundle.slug).where(col(ServiceBundle.slug).in_(slugs))))
    newer = _newer_changes(session, rows, held)
    owner = session.get(Organisation, organisation_id) if organisation_id is not None else None
    if owner is not None:
        require(actor.coordinates_for((owner.id,)) and owner.active, "Für diese Stelle legen Sie keine Einträge an.")
    planned: list[PlannedRow] = []
    seen: set[str] = set()
    for (line, cells), slug in zip(rows, slugs, strict=True):
        if slug in seen:
            planned.append(
                _refused(line, Planned(slug), "slug", "Dieser Kurzname steht in der Tabelle schon weiter oben.")
            )
        elif slug in held:
            planned.append(_existing(line, cells, held[slug], newer.get(slug, [])))
        elif slug in taken:
            planned.append(_refused(line, Planned(slug), "slug", _NOT_YOURS))
        else:
            planned.append(_new(line, cells, owner))
        seen.add(slug)
    return _with_references(session, planned)


def digest_of(planned: Sequence[PlannedRow]) -> str:
    """Return a digest of all that a dry run shows: with it, what is applied is what was seen."""
    content = [
        (one.line, one.plan.slug, one.plan.seen, one.plan.before, one.plan.after, one.plan.review, one.errors)
        for one in planned
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def apply_rows(
    write: Write,
    actor: Actor,
    rows: Sequence[Row],
    organisation_id: int | None,
    *,
    digest: str,
    title: str,
    reason: str = "",
    address: str = "",
) -> SetDone:
    """Make all changes of a table as one revision set; lines with errors are left out, as the dry run said.

    Raises, out of `writing()`, StalePlanError when the changes are no longer those of the dry run,
    TooManyChangesError, NothingToChangeError and NotAllowedError.
    """
    planned = plan_rows(write.session, actor, rows, organisation_id)
    if digest_of(planned) != digest:
        raise StalePlanError([one.plan.slug for one in planned if one.plan.changes])
    plans = [one.plan for one in planned if not one.errors]
    changing = sum(1 for one in plans if one.changes)
    if changing > MOST:
        raise TooManyChangesError(changing)
    return carry_out(write, actor, plans, title=title, reason=reason, address=address)


# -- lines of entries that are there -------------------------------------------------------------------------------


def _existing(line: int, cells: Mapping[str, str], held: Held, newer: Sequence[Revision]) -> PlannedRow:
    plan = Planned.of(held)
    stand = _tick(cells[STAND])
    if stand is None:
        return _refused(line, plan, STAND, "Der Stand fehlt oder ist keine Zahl. Bitte geben Sie die Tabelle neu aus.")
    if stand > held.bundle.tick:
        return _refused(line, plan, STAND, "Diesen Stand hat der Eintrag nie gehabt.")
    now = held.content | {"state": held.record.state.value, "state_note": held.record.state_note}
    base = now | {
        name: sides[0]
        for revision in sorted(newer, key=lambda one: (one.tick, one.id or 0), reverse=True)
        if revision.tick > stand
        for name, sides in revision.changes.items()
        if name in now
    }
    for name in _STATE:
        if name in cells and cells[name].strip() != _cell(name, base[name]):
            return _refused(line, plan, name, "Den Zustand ändert die Tabelle nicht; das geht in der Verwaltung.")
    typed, errors = _typed(cells, base)
    if errors:
        return PlannedRow(line, plan.refusing("Fehler in der Zeile"), tuple(errors))
    if not typed:
        return PlannedRow(line, plan)
    if held.closed:
        return _refused(line, plan, "slug", held.closed)
    before = {name: base[name] for name in EMPTY}
    merged = merge(before, before | typed, held.content)
    if merged.conflicts:
        fields = ", ".join(dict.fromkeys(label_of(one.field) for one in merged.conflicts))
        sentence = (
            f"Der Eintrag wurde seit der Ausgabe in denselben Feldern geändert: {fields}. Bitte geben Sie neu aus."
        )
        return _refused(line, plan, STAND, sentence)
    done = planned_values(plan, held, merged.values)
    if done.refused:
        return PlannedRow(line, done, tuple(_reasons(merged.values, held)) or (("", done.refused),))
    return PlannedRow(line, done)


def _newer_changes(session: Session, rows: Sequence[Row], held: Mapping[str, Held]) -> dict[str, list[Revision]]:
    """Return the changes of entries after the tick of their line, by slug, in one query."""
    stale = {
        slug: stand
        for _, cells in rows
        if (slug := _slug(cells)) in held
        and (stand := _tick(cells[STAND])) is not None
        and stand < held[slug].bundle.tick
    }
    if not stale:
        return {}
    found: dict[str, list[Revision]] = {}
    query = select(Revision).where(
        Revision.entity == ENTITY,
        col(Revision.entity_key).in_(sorted(stale)),
        Revision.tick > min(stale.values()),
    )
    for one in session.exec(query):
        found.setdefault(one.entity_key, []).append(one)
    return found


def _typed(cells: Mapping[str, str], base: Values) -> tuple[Values, list[tuple[str, str]]]:
    """Return the values of cells that no longer have the text of the export, and what cannot be read."""
    values: Values = {}
    errors: list[tuple[str, str]] = []
    for name, cell in cells.items():
        if name in ("slug", STAND, *_STATE) or cell.strip() == _cell(name, base[name]):
            continue
        try:
            values[name] = _value(name, cell)
        except CellError as error:
            errors.append((name, str(error).removeprefix(f"{name}: ")))
    return values, errors


def _value(name: str, cell: str) -> Any:
    value = value_of(name, cell)
    if name in _WITH_DECIMALS and isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,12}\.[0-9]{1,12}", value.strip()):
        return float(value)  # the table itself writes decimals with a point: here it is no thousands sign
    return [] if value is None and isinstance(EMPTY[name], list) else value


def _reasons(values: Values, held: Held) -> list[tuple[str, str]]:
    bundle = held.bundle
    try:
        record_from(values | {"slug": bundle.slug}, state=bundle.state, note=bundle.state_note)
    except ValidationError as error:
        return [(_column(one.field), one.reason) for one in placed(refusals(error), values)]
    return []


# -- lines of new entries ------------------------------------------------------------------------------------------


def _new(line: int, cells: Mapping[str, str], owner: Organisation | None) -> PlannedRow:
    plan = Planned(_slug(cells), cells.get("title", "").strip()[:200])
    if not plan.slug:
        return _refused(line, plan, "slug", "Die Angabe fehlt.")
    if cells[STAND].strip():
        return _refused(line, plan, "slug", "Diesen Eintrag gibt es nicht. Für einen neuen lassen Sie stand leer.")
    if owner is None or owner.id is None:
        return _refused(line, plan, "slug", "Für neue Einträge muss die Stelle gewählt sein, zu der sie gehören.")
    if cells.get("state", "").strip() not in ("", State.DRAFT.value) or cells.get("state_note", "").strip():
        return _refused(line, plan, "state", "Ein neuer Eintrag beginnt als Entwurf (draft).")
    typed, errors = _typed(cells, dict(EMPTY))
    values = EMPTY | typed | {"slug": plan.slug}
    if not errors:
        try:
            record = record_from(values, state=State.DRAFT)
        except ValidationError as error:
            errors = [(_column(one.field), one.reason) for one in placed(refusals(error), values)]
    if errors:
        return PlannedRow(line, plan.refusing("Fehler in der Zeile"), tuple(errors))
    stated = {name: value for name, value in content_of(record).items() if is_stated(value)}
    made = Planned(plan.slug, record.title, acting=owner.slug, stewards=Stewards(owner.id))
    return PlannedRow(line, made.with_values(dict.fromkeys(stated), stated, record))


# -- what both share -----------------------------------------------------------------------------------------------


def _with_references(session: Session, planned: Sequence[PlannedRow]) -> list[PlannedRow]:
    """Refuse lines that refer to what does not exist; seven queries for all."""
    records = [one.plan.record for one in planned if one.plan.record is not None and one.plan.changes]
    known = known_keys(session, records)
    checked = []
    for one in planned:
        record = one.plan.record if one.plan.changes else None
        missing = dangling(record, known) if record is not None else []
        if missing:
            errors = tuple((_column(found.field), found.reason) for found in missing)
            one = PlannedRow(one.line, one.plan.refusing("Fehler in der Zeile"), errors)
        checked.append(one)
    return checked


def _refused(line: int, plan: Planned, column: str, sentence: str) -> PlannedRow:
    return PlannedRow(line, plan.refusing(sentence), ((column, sentence),))


def _column(path: str) -> str:
    """Return the column in which a refused value stands: lists are one column each."""
    name = path.partition(".")[0]
    return path if name in GROUPS and "." in path else name if name in LISTS else path.partition(".")[0]


def _cell(name: str, value: Any) -> str:
    return _text(cell_of(name, value)).strip()


def _text(cell: str) -> str:
    """Return a cell with one kind of line break: spreadsheets write their own."""
    return cell.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")


def _slug(cells: Mapping[str, str]) -> str:
    return cells["slug"].strip()[:200]


def _tick(cell: str) -> int | None:
    text = cell.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
