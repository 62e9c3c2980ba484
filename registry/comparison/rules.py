"""The full cost of reusing a bundle over five years, for one municipality. Pure.

What nobody has stated is unknown and named, never zero; a range that is open stays open. The blocks are those of the
cost structure of the EfA services (IT-Planungsrat, „EfA-Wegweiser“) and of the KDN's „Konzeptabfrage“.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from registry.comparison.wording import euro, number, value_range
from registry.labels import Labelled
from registry.reuse.costs import CostBasis, CostBlockFields, CostKind, CostRhythm, DistributionKey, Payer
from registry.reuse.models import CostFields

YEARS = 5
MOST_CASES = 10_000_000
"""Most cases a year that a reader may enter."""
MOST_INHABITANTS = 20_000_000


class Block(Labelled):
    """A block of the full cost, in the order in which it is shown."""

    INTRODUCTION = "introduction", "Einführung"
    CONNECTION = "connection", "Anschluss"
    OPERATION = "operation", "Betrieb"
    OPERATION_FIXED = "operation_fixed", "Betrieb, fester Anteil"
    OPERATION_VARIABLE = "operation_variable", "Betrieb, nutzungsabhängiger Anteil"
    SPECIALIST_INTERFACE = "specialist_interface", "Fachverfahrensschnittstelle"
    OWN_STAFF = "own_staff", "eigenes Personal"
    FURTHER_DEVELOPMENT = "further_development", "Weiterentwicklung"
    DEVELOPMENT = "development", "Erstentwicklung"


_ORDER = list(Block)
BLOCKS: Mapping[str, Block] = {one.value: one for one in Block if one.value in set(CostKind)}
"""Kind of a cost block of an entry → block of the full cost."""
_KEYS: Mapping[str, str] = {one.value: one.label for one in DistributionKey}
_OPERATION = (Block.OPERATION_FIXED, Block.OPERATION_VARIABLE)


@dataclass(frozen=True)
class Range:
    """Euros from `low` to `high`; an end that is None is not stated."""

    low: Decimal | None
    high: Decimal | None

    def times(self, factor: int) -> "Range":
        """Return the range of `factor` such amounts."""
        return Range(None if self.low is None else self.low * factor, None if self.high is None else self.high * factor)

    def __add__(self, other: "Range") -> "Range":
        """Return the sum: a lower end that is not stated adds nothing to it, an upper one leaves it open."""
        lows = [one for one in (self.low, other.low) if one is not None]
        return Range(
            sum(lows, Decimal(0)) if lows else None,
            None if self.high is None or other.high is None else self.high + other.high,
        )

    @property
    def text(self) -> str:
        """Return „1.000 € bis 2.000 €“, „ab 1.000 €“; „keine Angabe“ when neither end is stated."""
        return value_range(self.low, self.high, euro) or "keine Angabe"


@dataclass(frozen=True)
class Terms:
    """For whom the full cost is asked; None: not known."""

    population: int | None = None
    cases: int | None = None
    """Cases (Vorgänge) a year."""


@dataclass(frozen=True)
class CostLine:
    """One stated block: `amount` is what it comes to over five years, None where a figure is missing for that."""

    block: Block
    amount: Range | None
    formula: str
    counted: bool
    remarks: tuple[str, ...] = ()
    """Who pays, how it is shared, why it does not count."""
    price_date: str | None = None
    source_url: str | None = None


@dataclass(frozen=True)
class FullCost:
    """The full cost over five years: its lines, and what the sum contains and what it does not."""

    lines: tuple[CostLine, ...]
    total: Range | None
    """None: no block counts, so there is no sum."""
    contained: tuple[str, ...]
    missing: tuple[str, ...]
    """Blocks that the entry does not state."""
    uncomputable: tuple[str, ...]
    """Stated blocks without a result, each with the figure that is missing."""
    by_land: tuple[str, ...]
    staff: str | None
    """Own staff as days and full-time equivalents; never turned into euros."""

    @property
    def price_dates(self) -> tuple[str, ...]:
        """Return the price dates of what is counted, the oldest first."""
        return tuple(sorted({one.price_date for one in self.lines if one.counted and one.price_date}))

    @property
    def undated(self) -> bool:
        """Tell whether something is counted whose price date nobody states."""
        return any(one.counted and not one.price_date for one in self.lines)


def full_cost(blocks: Iterable[CostBlockFields], costs: CostFields, terms: Terms) -> FullCost:
    """Return the full cost over five years, from the cost blocks of an entry and its ranges.

    The ranges (introduction, operation) stand in only where no block says the same. The order of the blocks does not
    matter.
    """
    lines = [_line(block, terms) for block in blocks]
    stated = {line.block for line in lines}
    introduction = Range(costs.introduction_cost_from_eur, costs.introduction_cost_to_eur)
    if introduction != Range(None, None):
        remarks = ("kann den Anschluss enthalten",) if Block.CONNECTION in stated else ()
        lines.append(
            CostLine(Block.INTRODUCTION, introduction, f"einmalig {introduction.text}", True, (*_UNSTATED, *remarks))
        )
    operation = Range(costs.operation_cost_from_eur, costs.operation_cost_to_eur)
    if operation != Range(None, None) and not stated & set(_OPERATION):
        formula = f"{YEARS} Jahre × {operation.text} je Jahr"
        lines.append(CostLine(Block.OPERATION, operation.times(YEARS), formula, True, _UNSTATED))
    lines.sort(key=_place)
    counted = [line for line in lines if line.counted]
    amounts = [line.amount for line in counted if line.amount is not None]
    staff = _staff(costs)
    return FullCost(
        lines=tuple(lines),
        total=reduce(Range.__add__, amounts) if amounts else None,
        contained=_names(line.block for line in counted),
        missing=_missing({line.block for line in lines}, staff),
        uncomputable=tuple(
            dict.fromkeys(
                f"{line.block.label} ({line.remarks[0]})"
                for line in lines
                if line.amount is None and _LAND not in line.remarks
            )
        ),
        by_land=_names(line.block for line in lines if _LAND in line.remarks),
        staff=staff,
    )


_UNSTATED = ("Kostenträger nicht genannt, als eigene Kosten gezählt",)
_LAND = "trägt das Land, hier nicht gezählt"


def _line(block: CostBlockFields, terms: Terms) -> CostLine:
    kind = BLOCKS[block.kind]
    amount = Range(block.amount_from_eur, block.amount_to_eur)
    factor, formula, lacking = _count(block, amount, terms)
    counted, remarks = True, []
    if lacking:
        counted = False
        remarks.append(lacking)
    if block.payer == Payer.LAND:
        counted = False
        remarks.append(_LAND)
    elif kind is Block.DEVELOPMENT and block.payer is None:
        counted = False
        remarks.append("fällt bei der Nachnutzung nicht an, solange der Eintrag nichts anderes sagt; nicht gezählt")
    else:
        remarks.append("trägt die Kommune" if block.payer == Payer.MUNICIPALITY else _UNSTATED[0])
    if block.distribution is not None:
        remarks.append(f"Verteilschlüssel: {_KEYS[block.distribution]}")
    if block.note:
        remarks.append(block.note)
    return CostLine(
        block=kind,
        amount=None if factor is None else amount.times(factor),
        formula=formula,
        counted=counted,
        remarks=tuple(remarks),
        price_date=block.price_date,
        source_url=block.source_url,
    )


def _count(block: CostBlockFields, amount: Range, terms: Terms) -> tuple[int | None, str, str]:
    """Return how often an amount falls due in five years, the formula in words, and the figure that is missing."""
    yearly = block.rhythm == CostRhythm.YEARLY
    years = f" × {YEARS} Jahre" if yearly else ""
    if block.basis == CostBasis.PER_INHABITANT:
        if terms.population is None:
            return None, f"Einwohner × {amount.text}{years}", "dafür fehlt die Einwohnerzahl"
        formula = f"{number(terms.population)} Einwohner × {amount.text}{years}"
        return terms.population * (YEARS if yearly else 1), formula, ""
    if block.basis == CostBasis.PER_CASE:  # falls due with each case, whatever the rhythm says
        years = f" × {YEARS} Jahre"
        if terms.cases is None:
            return None, f"Vorgänge je Jahr × {amount.text}{years}", "dafür fehlt die Zahl der Vorgänge im Jahr"
        return terms.cases * YEARS, f"{number(terms.cases)} Vorgänge je Jahr × {amount.text}{years}", ""
    if yearly:
        return YEARS, f"{YEARS} Jahre × {amount.text} je Jahr", ""
    return 1, f"einmalig {amount.text}", ""


def _place(line: CostLine) -> tuple[object, ...]:
    """Return a sort key over all that a line says, so that the order of the blocks does not show."""
    return (_ORDER.index(line.block), line.formula, line.remarks, line.price_date or "", line.source_url or "")


def _names(blocks: Iterable[Block]) -> tuple[str, ...]:
    return tuple(block.label for block in sorted(set(blocks), key=_ORDER.index))


def _missing(stated: set[Block], staff: str | None) -> tuple[str, ...]:
    """Return the names of the blocks that are not stated. First development is no cost of reuse: nobody misses it."""
    wanted = [Block.INTRODUCTION, Block.CONNECTION]
    if stated & set(_OPERATION):
        wanted += _OPERATION
    else:
        wanted.append(Block.OPERATION)
    wanted += [Block.SPECIALIST_INTERFACE, Block.OWN_STAFF, Block.FURTHER_DEVELOPMENT]
    return tuple(
        f"{block.label} (nur als Aufwand genannt)" if block is Block.OWN_STAFF and staff else block.label
        for block in wanted
        if block not in stated
    )


def _staff(costs: CostFields) -> str | None:
    days = value_range(costs.introduction_effort_days_from, costs.introduction_effort_days_to)
    fte = value_range(costs.operation_fte_from, costs.operation_fte_to)
    low, high = costs.operation_fte_from, costs.operation_fte_to
    over = value_range(None if low is None else low * YEARS, None if high is None else high * YEARS)
    parts = [
        f"{days} Personentage einmalig" if days else "",
        f"{YEARS} Jahre × {fte} VZÄ = {over} VZÄ-Jahre" if fte else "",
    ]
    return "; ".join(part for part in parts if part) or None
