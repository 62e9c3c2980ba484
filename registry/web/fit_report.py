"""The report „Passt das zu uns?“ line by line: each names the fields that it rests on and whose statement it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from registry.catalogue.enums import RequirementLevel
from registry.fit.around import Around, Neighbour
from registry.fit.outcome import Check, Dimension, Fit, RequirementFit, Status, Suits
from registry.profiles.profile import BodyProfile, Statement
from registry.reuse.costs import BundleCost
from registry.reuse.models import TransferabilityProfile
from registry.reuse.queries import BundleView
from registry.web.formatting import euro, number, partial_date, value_range

COSTS = (
    ("Einführung", "costs.introduction_cost", "_eur", euro, ""),
    ("Betrieb", "costs.operation_cost", "_eur", euro, " im Jahr"),
    ("Personalaufwand der Einführung", "costs.introduction_effort_days", "", number, " Personentage"),
    ("Dauer der Einführung", "costs.introduction_duration_months", "", number, " Monate"),
    ("Personalaufwand des Betriebs", "costs.operation_fte", "", number, " VZÄ im Jahr"),
)
"""Costs and effort that an entry states as a range: label, field, its ending, unit."""
NEAR_SHOWN = 6
"""So many bodies that use the bundle stand in the report by name; the others are counted."""
LOW_SCORE = 1
"""A dimension with this score or less is an open point."""


@dataclass(frozen=True)
class Source:
    """Who states something, as of when, and where it can be read."""

    text: str
    as_of: date | str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Line:
    """One line of the report. `fields`: paths in the record of the entry, `profile.…` or `adoption`."""

    label: str
    status: str
    mark: str
    """`met`, `missing`, `unknown`, or empty where nothing is compared."""
    text: str
    fields: tuple[str, ...]
    sources: tuple[Source, ...]
    note: str = ""


@dataclass(frozen=True)
class Report:
    """All lines of a report, by its parts."""

    body: BodyProfile
    fit: Fit
    day: date
    entry: Source
    profile: Source | None
    """The youngest statement of the profile that the report rests on."""
    requirements: tuple[Line, ...]
    suits: tuple[Line, ...]
    dimensions: tuple[Line, ...]
    costs: tuple[Line, ...]
    use: tuple[Line, ...]
    open_points: tuple[Line, ...]
    use_elsewhere: int

    def lines(self) -> Iterator[Line]:
        """Yield every line of the report."""
        for part in (self.requirements, self.suits, self.dimensions, self.costs, self.use, self.open_points):
            yield from part


def report_of(view: BundleView, found: Fit, body: BodyProfile, near: Around, day: date) -> Report:
    """Return the report of a bundle and a body; `day` is its Stand."""
    entry = Source("Eintrag", view.bundle.changed_on)
    costs, unstated = _costs(view, entry)
    newest = max(
        (one.statement for one in found.requirements if one.statement is not None),
        key=lambda one: one.as_of or date.min,
        default=None,
    )
    return Report(
        body=body,
        fit=found,
        day=day,
        entry=entry,
        profile=_by(newest) if newest is not None else None,
        requirements=tuple(_requirement(one, entry) for one in found.requirements),
        suits=(
            _check(
                *("Einwohnerzahl", found.population, entry, _register(body)),
                ("fits_population_from", "fits_population_to", "profile.population"),
            ),
            _check(
                *("Art der Kommune", found.kind, entry, _register(body, "Art", None)), ("fits_kinds", "profile.kind")
            ),
        ),
        dimensions=tuple(_dimension(one, entry) for one in found.dimensions),
        costs=costs,
        use=tuple(_use(near)),
        open_points=tuple(_open_points(found, unstated, entry)),
        use_elsewhere=near.elsewhere + max(0, len(near.neighbours) + len(near.customers) - NEAR_SHOWN),
    )


def _by(statement: Statement) -> Source:
    return Source(statement.by, statement.as_of)


def _register(body: BodyProfile, what: str = "Einwohnerzahl", as_of: str | None = "") -> Source:
    """Return where population and kind of a body come from: the register, or the visitor who named no body."""
    if not body.key:
        return Source("Ihre Auswahl")
    return Source(f"Gemeindeverzeichnis ({what})", body.population_as_of if as_of is not None else None)


def _requirement(one: RequirementFit, entry: Source) -> Line:
    return Line(
        label=one.need.name,
        status=one.status.label,
        mark=one.status.value,
        text=one.reason,
        fields=("requirements", f"profile.statements.{one.need.capability}"),
        sources=(entry, _by(one.statement)) if one.statement is not None else (entry,),
        note=one.need.level.label + (f"; {one.need.note}" if one.need.note else ""),
    )


def _check(label: str, check: Check, entry: Source, register: Source, fields: tuple[str, ...]) -> Line:
    mark = {Suits.MET: "met", Suits.OUTSIDE: "missing", Suits.UNKNOWN: "unknown"}[check.suits]
    return Line(label, check.suits.label, mark, check.reason, fields, (entry, register))


def _dimension(one: Dimension, entry: Source) -> Line:
    fields = tuple(f"dimensions.{one.name}_{part}" for part in ("score", "reason", "source_url", "assessed_on"))
    if one.score is None:
        return Line(one.label, "keine Angabe", "", "Der Eintrag enthält keine Bewertung.", fields, (entry,))
    evidence = Source("Beleg", one.assessed_on, one.source_url) if one.source_url else None
    assessed = Source("Bewertung", one.assessed_on) if one.assessed_on and evidence is None else None
    sources = tuple(source for source in (entry, evidence, assessed) if source is not None)
    return Line(one.label, f"{one.score} von 3", "", one.reason or "", fields, sources)


def _costs(view: BundleView, entry: Source) -> tuple[tuple[Line, ...], list[tuple[str, tuple[str, ...]]]]:
    """Return the stated costs, and label and fields of those that the entry does not state."""
    lines, unstated = [], []
    for label, name, ending, unit, per in COSTS:
        fields = tuple(f"{name}_{end}{ending}" for end in ("from", "to"))
        low, high = (_value(view.profile, field) for field in fields)
        text = value_range(low, high, unit)
        if text is None:
            unstated.append((label, fields))
        else:
            lines.append(Line(label, "", "", text + per, fields, (entry,)))
    lines += [_block(one, entry) for one in view.cost_blocks]
    if view.cost_blocks and view.unstated_costs:
        names = ", ".join(one.label for one in view.unstated_costs)
        lines.append(Line("Nicht enthalten", "", "unknown", names, ("cost_blocks",), (entry,)))
    return tuple(lines), unstated


def _value(profile: TransferabilityProfile, path: str) -> object:
    return getattr(profile, path.removeprefix("costs."))


def _block(one: BundleCost, entry: Source) -> Line:
    parts = [
        value_range(one.amount_from_eur, one.amount_to_eur, euro) or "",
        *(() if one.basis == "flat" else (one.basis.label,)),
        one.rhythm.label,
        *((f"Kostenträger: {one.payer.label}",) if one.payer else ()),
        *((f"Verteilschlüssel: {one.distribution.label}",) if one.distribution else ()),
        *((f"Preisstand: {partial_date(one.price_date)}",) if one.price_date else ()),
    ]
    sources = (entry, Source("Beleg", one.price_date, one.source_url)) if one.source_url else (entry,)
    return Line(one.kind.label, "", "", ", ".join(parts), ("cost_blocks",), sources)


def _use(near: Around) -> Iterator[Line]:
    shown = [(one, "Kunde desselben IT-Dienstleisters") for one in near.customers]
    shown += [(one, "") for one in near.neighbours]
    for one in near.own:
        source = Source("Öffentliche Angabe", one.confirmed_on or one.since)
        text = f"{one.step.label} seit {partial_date(one.since)}"
        yield Line(one.name, one.standing.label, "", text, ("adoption",), (source,), note="wir selbst")
    for neighbour, relation in shown[:NEAR_SHOWN]:
        yield _neighbour(neighbour, relation)


def _neighbour(one: Neighbour, relation: str) -> Line:
    adoption = one.adoption
    near = [
        relation,
        "selber Kreis" if one.same_district else "",
        f"etwa {number(round(one.km))} km entfernt" if one.km is not None else "",
    ]
    confirmed = adoption.confirmed_on
    source = Source("Bestätigung der Stelle", confirmed) if confirmed else Source("Angabe, nicht bestätigt")
    return Line(
        label=adoption.name,
        status=adoption.standing.label,
        mark="",
        text=f"{adoption.step.label} seit {partial_date(adoption.since)}",
        fields=("adoption",),
        sources=(source,),
        note=", ".join(part for part in near if part),
    )


def _open_points(found: Fit, unstated: Sequence[tuple[str, tuple[str, ...]]], entry: Source) -> Iterator[Line]:
    """Yield what is to be settled before a decision; each rests on the line above that leaves it open."""

    def point(text: str, *fields: str) -> Line:
        return Line("Zu klären", "offen", "unknown", text, fields, (entry,))

    def needs(level: RequirementLevel, status: Status) -> tuple[str, tuple[str, ...]]:
        of = found.of_level(level, status)
        return ", ".join(one.need.name for one in of), tuple(f"profile.statements.{one.need.capability}" for one in of)

    if not found.assessable:
        yield point("Der Eintrag nennt keine zwingenden Voraussetzungen: Was muss vorhanden sein?", "requirements")
    names, fields = needs(RequirementLevel.MANDATORY, Status.MISSING)
    if names:
        yield point(f"Es fehlt: {names}. Beschaffen, ersetzen oder ohne möglich?", "requirements", *fields)
    names, fields = needs(RequirementLevel.MANDATORY, Status.UNKNOWN)
    if names:
        yield point(f"Zwingend, bei uns nicht angegeben: {names}. Vorhanden?", "requirements", *fields)
    for status, text in ((Status.MISSING, "Empfohlen und nicht da"), (Status.UNKNOWN, "Empfohlen, nicht angegeben")):
        names, fields = needs(RequirementLevel.RECOMMENDED, status)
        if names:
            yield point(f"{text}: {names}.", "requirements", *fields)
    for check, text, own in (
        (found.population, "Größe der Kommune", ("fits_population_from", "fits_population_to")),
        (found.kind, "Art der Kommune", ("fits_kinds",)),
    ):
        if check.suits is Suits.OUTSIDE:
            yield point(f"{text}: außerhalb der Empfehlung. Was spricht dagegen?", *own)
    silent = [one for one in found.dimensions if one.score is None]
    if silent:
        names = ", ".join(one.label.lower() for one in silent)
        yield point(f"Nicht bewertet: {names}.", *(f"dimensions.{one.name}_score" for one in silent))
    low = [one for one in found.dimensions if one.score is not None and one.score <= LOW_SCORE]
    if low:
        names = ", ".join(f"{one.label.lower()} ({one.score} von 3)" for one in low)
        yield point(f"Niedrig bewertet: {names}.", *(f"dimensions.{one.name}_score" for one in low))
    if unstated:
        names = ", ".join(label for label, _ in unstated)
        yield point(f"Kosten und Aufwand ohne Angabe: {names}.", *(field for _, own in unstated for field in own))
