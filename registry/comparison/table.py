"""The rows of a comparison as plain values: page and spreadsheet show the same. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from registry.adoption.enums import FINAL, Standing
from registry.adoption.rules import is_productive
from registry.catalogue.enums import (
    Audience,
    Coverage,
    FitsKind,
    MappingBasis,
    ParticipantRole,
    Phase,
    ProcurementPath,
    ReuseModel,
)
from registry.comparison.queries import Side
from registry.comparison.rules import YEARS, Block, CostLine
from registry.comparison.wording import day, number, value_range
from registry.fit.outcome import Check, Status
from registry.labels import Labelled

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Part:
    """One line of a cell; `kind` and `key` say what it leads to (ozg, place, provider, web, mail), none: plain text."""

    text: str
    kind: str = ""
    key: str = ""
    quiet: bool = False
    """Explains the line before it."""


Cell = tuple[Part, ...]
"""Lines of a cell; an empty one is „keine Angabe“."""


@dataclass(frozen=True)
class Row:
    """One feature of all bundles."""

    label: str
    cells: tuple[Cell, ...]
    strong: bool = False
    """The row that the group comes to."""

    @property
    def differs(self) -> bool:
        """Tell whether the bundles differ in what the row says."""
        return len({tuple(part.text for part in cell) for cell in self.cells}) > 1


@dataclass(frozen=True)
class Group:
    """Rows that belong together, with what holds for all of them."""

    key: str
    title: str
    rows: tuple[Row, ...]
    note: str = ""

    @property
    def differing(self) -> tuple[Row, ...]:
        """Return the rows in which the bundles differ."""
        return tuple(row for row in self.rows if row.differs)


def comparison(sides: Sequence[Side], profile_name: str | None) -> tuple[Group, ...]:
    """Return the rows by group. `profile_name`: whose profile the fit is of, None: no profile is chosen."""
    fit_note = (
        f"Bewertet für: {profile_name}. Was niemand angegeben hat, gilt nie als erfüllt."
        if profile_name
        else "Ohne Profil sind nur die Voraussetzungen zu sehen, nicht, ob sie erfüllt sind."
    )
    return (
        Group("ueberblick", "Überblick", _rows(sides, _OVERVIEW)),
        Group("zuordnung", "OZG-Zuordnung", _rows(sides, _MAPPING)),
        Group("voraussetzungen", "Voraussetzungen und Passung", _fit_rows(sides), fit_note),
        Group(
            "kosten",
            f"Kosten über {YEARS} Jahre",
            _cost_rows(sides),
            "Unbekannte Blöcke sind genannt und nie als 0 gerechnet. Was das Land trägt, zählt nicht mit.",
        ),
        Group("bezug", "Bezug und Recht", _rows(sides, _SOURCING)),
        Group(
            "nachnutzung", "Nachnutzung", _rows(sides, _ADOPTION), "Gezählt ist nur, was Kommunen öffentlich machen."
        ),
        Group(
            "bewertung",
            "Übertragbarkeit",
            _dimension_rows(sides),
            "Die Klasse zählt nur, was belegt ist. In den Dimensionen heißt 0 nicht, 3 ohne Anpassung übertragbar.",
        ),
        Group("angaben", "Angaben und Kontakt", _rows(sides, _ENTRY)),
    )


Read = Callable[[Side], Cell]


def _rows(sides: Sequence[Side], reads: Iterable[tuple[str, Read]]) -> tuple[Row, ...]:
    return tuple(Row(label, tuple(read(side) for side in sides)) for label, read in reads)


def _labels(members: type[Labelled]) -> Labels:
    return {one.value: one.label for one in members}


_PHASES, _MODELS, _PATHS = _labels(Phase), _labels(ReuseModel), _labels(ProcurementPath)
_AUDIENCES, _KINDS, _COVERAGES, _BASES = (
    _labels(Audience),
    _labels(FitsKind),
    _labels(Coverage),
    _labels(MappingBasis),
)


def _text(value: object, as_of: object = None) -> Cell:
    if value in (None, ""):
        return ()
    return (Part(str(value)), Part(f"Stand: {day(str(as_of))}", quiet=True)) if as_of else (Part(str(value)),)


def _label(labels: Labels, value: str | None) -> str | None:
    return None if value is None else labels[value]


def _each(labels: Labels, values: Sequence[str]) -> Cell:
    return tuple(Part(labels[name]) for name in labels if name in values)


def _people(role: ParticipantRole) -> Read:
    def read(side: Side) -> Cell:
        kinds = {"municipality": "place", "district": "place", "provider": "provider"}
        return tuple(Part(one.name, kinds.get(one.kind, ""), one.key or "") for one in side.view.by_role(role))

    return read


def _maturity(side: Side) -> Cell:
    parts: list[Part] = []
    for one in side.view.maturity:
        row = one.assessment
        level = f"Stufe {row.level}" + (f" ({one.level_name})" if one.level_name else "") + f", Modell {row.model}"
        narrowed = f"LeiKa {row.leika_key}, " if row.leika_key else ""
        parts += [Part(level), Part(f"{narrowed}Stand: {day(row.assessed_on)}", quiet=True)]
    return tuple(parts)


def _services(side: Side) -> Cell:
    parts: list[Part] = []
    for one in sorted(side.view.services, key=lambda one: one.service.ozg_id):
        coverage = _label(_COVERAGES, one.mapping.coverage) or "Abdeckung: keine Angabe"
        parts += [
            Part(f"{one.service.ozg_id} {one.service.name}", "ozg", one.service.ozg_id),
            Part(f"{coverage}, {_BASES[one.mapping.basis]}", quiet=True),
        ]
    return tuple(parts)


def _leika(side: Side) -> Cell:
    parts: list[Part] = []
    for one in sorted(side.view.services, key=lambda one: one.service.ozg_id):
        if one.narrowed:
            parts += [Part(f"{row.name} ({row.key})", "leika", row.key or "") for row in one.leika_services if row.key]
        elif one.leika_services:
            count = len(one.leika_services)
            parts.append(Part(f"nicht eingegrenzt: {number(count)} zu OZG {one.service.ozg_id}"))
    return tuple(parts)


_OVERVIEW: tuple[tuple[str, Read], ...] = (
    ("Federführung", _people(ParticipantRole.LEAD)),
    ("IT-Dienstleister", _people(ParticipantRole.PROVIDER)),
    ("Zielgruppe", lambda side: _each(_AUDIENCES, side.record.audience)),
    ("Phase", lambda side: _text(_label(_PHASES, side.record.phase), side.record.phase_as_of)),
    ("Online seit", lambda side: _text(side.record.live_since and day(side.record.live_since))),
    ("Reifegrad", _maturity),
)
_MAPPING: tuple[tuple[str, Read], ...] = (("OZG-Leistungen", _services), ("LeiKa-Leistungen", _leika))


def _fit_rows(sides: Sequence[Side]) -> tuple[Row, ...]:
    rows = []
    if any(side.fit is not None for side in sides):
        rows.append(
            Row("Ergebnis", tuple(_text(side.fit.sentence if side.fit else None) for side in sides), strong=True)
        )
    names = {need.capability: need.name for side in sides for need in side.needs.needs}
    for capability in sorted(names, key=lambda one: names[one].casefold()):
        rows.append(Row(names[capability], tuple(_requirement(side, capability) for side in sides)))
    if not names:
        rows.append(Row("Benötigte Bausteine", tuple(() for _ in sides)))
    rows.append(Row("Geeignete Einwohnerzahl", tuple(_population(side) for side in sides)))
    rows.append(Row("Geeignet für", tuple(_kind(side) for side in sides)))
    return tuple(rows)


def _requirement(side: Side, capability: str) -> Cell:
    need = next((one for one in side.needs.needs if one.capability == capability), None)
    if need is None:
        return (Part("nicht gefordert"),) if side.needs.needs else ()
    note = (Part(need.note, quiet=True),) if need.note else ()
    found = (
        next((one for one in side.fit.requirements if one.need.capability == capability), None) if side.fit else None
    )
    if found is None:
        return (Part(need.level.label), *note)
    reason = () if found.status is Status.UNKNOWN else (Part(found.reason, quiet=True),)
    return (Part(f"{need.level.label}: {found.status.label}"), *reason, *note)


def _population(side: Side) -> Cell:
    stated = value_range(side.record.fits_population_from, side.record.fits_population_to)
    return () if stated is None else (Part(f"{stated} Einwohner"), *_checked(side.fit.population if side.fit else None))


def _kind(side: Side) -> Cell:
    cell = _each(_KINDS, side.record.fits_kinds)
    return (*cell, *_checked(side.fit.kind if side.fit else None)) if cell else ()


def _checked(check: Check | None) -> Cell:
    return () if check is None else (Part(f"{check.suits.label}: {check.reason}", quiet=True),)


def _cost_rows(sides: Sequence[Side]) -> tuple[Row, ...]:
    blocks = [block for block in Block if any(line.block is block for side in sides for line in side.cost.lines)]
    return (
        Row("Summe der bekannten Blöcke", tuple(_total(side) for side in sides), strong=True),
        Row("In der Summe nicht enthalten", tuple(_not_contained(side) for side in sides)),
        *(Row(block.label, tuple(_block(side, block) for side in sides)) for block in blocks),
        Row("Eigenes Personal (Aufwand)", tuple(_text(side.cost.staff) for side in sides)),
        Row("Preisstand", tuple(_price_dates(side) for side in sides)),
    )


def _total(side: Side) -> Cell:
    cost = side.cost
    if cost.total is None:
        return ()
    return (Part(cost.total.text), Part(f"enthält: {', '.join(cost.contained)}", quiet=True))


def _block(side: Side, block: Block) -> Cell:
    lines = [line for line in side.cost.lines if line.block is block]
    return tuple(part for line in lines for part in _line(line)) or _absent(side, block)


def _absent(side: Side, block: Block) -> Cell:
    """Return what stands where an entry does not state a block: its operation may be stated as a whole, or in parts."""
    stated = {line.block for line in side.cost.lines}
    parts = {Block.OPERATION_FIXED, Block.OPERATION_VARIABLE}
    if block in parts and Block.OPERATION in stated:
        return (Part(f"in „{Block.OPERATION.label}“ enthalten"),)
    if block is Block.OPERATION and stated & parts:
        return (Part("einzeln genannt"),)
    return (Part("nicht enthalten"),)


def _line(line: CostLine) -> Cell:
    parts = [Part(line.amount.text if line.amount is not None else "nicht berechenbar")]
    parts.append(Part(line.formula, quiet=True))
    parts += [Part(remark, quiet=True) for remark in line.remarks]
    if line.price_date:
        parts.append(Part(f"Preisstand: {day(line.price_date)}", quiet=True))
    if line.source_url:
        parts.append(Part("Quelle", "web", line.source_url, quiet=True))
    return tuple(parts)


def _not_contained(side: Side) -> Cell:
    cost = side.cost
    parts = [
        *(f"{name}: keine Angabe" for name in cost.missing),
        *cost.uncomputable,
        *(f"{name}: trägt das Land" for name in cost.by_land),
    ]
    return tuple(Part(text) for text in parts) or (Part("kein Block fehlt"),)


def _price_dates(side: Side) -> Cell:
    dates = side.cost.price_dates
    parts = []
    if dates:
        parts.append(Part(value_range(day(dates[0]), day(dates[-1]), str) or ""))
    if side.cost.undated and dates:
        parts.append(Part("zum Teil keine Angabe", quiet=True))
    return tuple(parts)


_SOURCING: tuple[tuple[str, Read], ...] = (
    ("Nachnutzungsmodell", lambda side: _text(_label(_MODELS, side.record.reuse_model))),
    ("Bezugsweg", lambda side: _each(_PATHS, side.record.procurement_paths)),
    ("Lizenz", lambda side: _text("proprietär" if side.record.licence == "proprietary" else side.record.licence)),
    ("Übertragbar seit", lambda side: _text(side.record.transferable_since and day(side.record.transferable_since))),
)


def _adopters(side: Side) -> Cell:
    going_on = [one for one in side.adoptions if one.step not in FINAL]
    if not going_on:
        return (Part("keine bekannt"),)
    counts = [(standing, sum(one.standing is standing for one in going_on)) for standing in Standing]
    return (
        Part(number(len(going_on))),
        Part(", ".join(f"{count} {standing.label}" for standing, count in counts if count), quiet=True),
    )


def _productive(side: Side) -> Cell:
    using = [one for one in side.adoptions if is_productive(one.step)]
    return tuple(Part(f"{one.name} ({one.standing.label})", "place", one.body) for one in using) or (
        Part("keine bekannt"),
    )


def _over(side: Side) -> Cell:
    return (Part(number(sum(one.step in FINAL for one in side.adoptions))),)


_ADOPTION: tuple[tuple[str, Read], ...] = (
    ("Nachnutzungen und Interesse", _adopters),
    ("davon produktiv", _productive),
    ("beendet oder verworfen", _over),
)


def _class(side: Side) -> Cell:
    found, as_of = side.assessment.transfer_class, side.assessment.last_day
    if found is None:
        return ()
    stand = (Part(f"Stand: {day(as_of)}", quiet=True),) if as_of else ()
    return (Part(found.label), Part(side.assessment.sentence, quiet=True), *stand)


def _dimension_rows(sides: Sequence[Side]) -> tuple[Row, ...]:
    rows = [Row("Klasse", tuple(_class(side) for side in sides), strong=True)]
    for place, dimension in enumerate(sides[0].needs.dimensions):
        cells = []
        for side in sides:
            one = side.needs.dimensions[place]
            parts = [] if one.score is None else [Part(f"{one.score} von 3"), Part(one.reason or "", quiet=True)]
            if one.score is not None and one.assessed_on:
                parts.append(Part(f"Stand: {day(one.assessed_on)}", quiet=True))
            if one.score is not None and one.source_url:
                parts.append(Part("Beleg", "web", one.source_url, quiet=True))
            cells.append(tuple(part for part in parts if part.text))
        rows.append(Row(dimension.label, tuple(cells)))
    return tuple(rows)


def _completeness(side: Side) -> Cell:
    score = side.completeness
    text = f"{score.filled} von {score.total} Angaben belegt ({score.percent}\u00a0%)"
    return _text(text, side.view.bundle.changed_on)


def _contact(side: Side) -> Cell:
    parts = []
    if side.record.contact_email:
        parts.append(Part(side.record.contact_email, "mail", side.record.contact_email))
    if side.record.contact_url:
        parts.append(Part("Kontaktseite", "web", side.record.contact_url))
    return tuple(parts)


def _verified(side: Side) -> Cell:
    if side.record.verified_on is None:
        return (Part("von keiner Stelle bestätigt"),)
    by = f" durch {side.record.verified_by}" if side.record.verified_by else ""
    return _text(f"{day(side.record.verified_on)}{by}")


_ENTRY: tuple[tuple[str, Read], ...] = (
    ("Vollständigkeit", _completeness),
    ("Kontakt", _contact),
    ("Stand des Eintrags", lambda side: _text(side.view.bundle.changed_on and day(side.view.bundle.changed_on))),
    ("Bestätigt", _verified),
)
