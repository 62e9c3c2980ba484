"""Transferability with evidence: points, class and gaps of an entry. Pure.

Each of the four dimensions is a MUSS; the items of the EfA minimum requirements stand beside them. What is not
evidenced is unchecked, whatever somebody claims: a dimension needs its reason, a source and the day, a verdict its
source and the day. A MUSS is worth 3 points, a SOLL 2, a KANN 1; partly fulfilled is worth half of that.

The class follows from the share of points and is never typed in. A MUSS that is open (not fulfilled or unchecked)
keeps the class at C or below, a MUSS that is partly fulfilled at B or below. An entry of which nothing is evidenced has
no class, which ranks below D. The four names, the shares and the caps are this registry's own; the weights follow from
the three obligations.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from registry.labels import Labelled
from registry.reuse.checklist.models import CheckGroup, Obligation, Verdict
from registry.reuse.models import DimensionFields

POINTS = {Obligation.MUST: 3, Obligation.SHOULD: 2, Obligation.MAY: 1}
"""What an item is worth when it is fulfilled."""
_SHARE = {Verdict.FULFILLED: 1.0, Verdict.PARTLY: 0.5, Verdict.NOT_FULFILLED: 0.0, Verdict.UNCHECKED: 0.0}
_OPEN = (Verdict.NOT_FULFILLED, Verdict.UNCHECKED)
DIMENSION_ITEMS = (
    ("legal", "Rechtlich übertragbar"),
    ("organisational", "Organisatorisch übertragbar"),
    ("technical", "Technisch übertragbar"),
    ("financial", "Finanziell übertragbar"),
)
"""The dimensions as items: name in the record, requirement."""
DIMENSIONS = "Vier Dimensionen"
"""Title of their group."""


class TransferClass(Labelled):
    """The computed class, best first."""

    A = "A", "A – mit Nachweisen übertragbar"
    B = "B", "B – weitgehend übertragbar"
    C = "C", "C – mit Lücken übertragbar"
    D = "D", "D – Übertragbarkeit kaum belegt"


FROM_PERCENT = {TransferClass.A: 90, TransferClass.B: 70, TransferClass.C: 40, TransferClass.D: 0}
"""Percent of the points from which an entry is of a class."""
OPEN_MUST_CAP, PARTLY_MUST_CAP = TransferClass.C, TransferClass.B


@dataclass(frozen=True)
class Judgement:
    """What an entry says about an item; `place` is the number of the row in the record."""

    place: int
    verdict: Verdict
    checked_on: date | None = None
    source_url: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class CheckedItem:
    """An item of the checklist, and what the entry says about it (None: nothing). A retired one does not count."""

    slug: str
    group: CheckGroup
    obligation: Obligation
    title: str
    source_url: str | None = None
    """Where the requirement stands."""
    retired: bool = False
    judgement: Judgement | None = None


@dataclass(frozen=True)
class Line:
    """One item as it counts: `verdict` after the look at the evidence, `claimed` before it (None: nothing claimed)."""

    key: str
    group: str
    title: str
    obligation: Obligation
    verdict: Verdict
    claimed: Verdict | None
    checked_on: date | None
    source_url: str | None
    note: str | None
    field: str
    """Path of the field that would win the points that are lost: of what is missing first, else of the verdict."""
    missing: tuple[str, ...] = ()
    """What the evidence lacks, in German words."""
    rule_url: str | None = None

    @property
    def worth(self) -> int:
        """Return the points of the item."""
        return POINTS[self.obligation]

    @property
    def points(self) -> float:
        """Return the points that the entry has."""
        return self.worth * _SHARE[self.verdict]

    @property
    def lost(self) -> float:
        """Return the points that the entry lacks."""
        return self.worth - self.points

    @property
    def evidenced(self) -> bool:
        """Tell whether the verdict counts."""
        return self.verdict is not Verdict.UNCHECKED


@dataclass(frozen=True)
class Assessment:
    """Class, points and gaps of an entry. `ignored`: how many of its verdicts concern items that are out of force."""

    lines: tuple[Line, ...]
    ignored: int = 0

    @property
    def points(self) -> float:
        """Return the numerator: the points that are evidenced."""
        return sum(line.points for line in self.lines)

    @property
    def total(self) -> int:
        """Return the denominator: the points of all items in force."""
        return sum(line.worth for line in self.lines)

    @property
    def percent(self) -> int:
        """Return the share of points in percent, rounded down."""
        return int(100 * self.points // self.total)

    @property
    def evidenced(self) -> int:
        """Return of how many items the verdict counts."""
        return sum(line.evidenced for line in self.lines)

    @property
    def first_day(self) -> date | None:
        """Return the day of the oldest evidence that counts."""
        return min(self._days, default=None)

    @property
    def last_day(self) -> date | None:
        """Return the day of the newest evidence that counts: the Stand of the share."""
        return max(self._days, default=None)

    @property
    def open_musts(self) -> tuple[Line, ...]:
        """Return each MUSS that is not fulfilled or unchecked."""
        return tuple(line for line in self.lines if line.obligation is Obligation.MUST and line.verdict in _OPEN)

    @property
    def partly_musts(self) -> tuple[Line, ...]:
        """Return each MUSS that is partly fulfilled."""
        return tuple(
            line for line in self.lines if line.obligation is Obligation.MUST and line.verdict is Verdict.PARTLY
        )

    @property
    def by_points(self) -> TransferClass | None:
        """Return the class that the points alone would give, None when nothing is evidenced."""
        if not self.evidenced:
            return None
        return next(one for one, percent in FROM_PERCENT.items() if 100 * self.points >= percent * self.total)

    @property
    def cap(self) -> TransferClass:
        """Return the best class that the MUSS items allow."""
        if self.open_musts:
            return OPEN_MUST_CAP
        return PARTLY_MUST_CAP if self.partly_musts else TransferClass.A

    @property
    def transfer_class(self) -> TransferClass | None:
        """Return the class, None: not assessed, because nothing is evidenced."""
        found = self.by_points
        return None if found is None else max(found, self.cap, key=_rank)

    @property
    def capped(self) -> bool:
        """Tell whether the points alone would give a better class."""
        return self.transfer_class is not self.by_points

    @property
    def sentence(self) -> str:
        """Return how the class comes about, in German."""
        share = f"{_german(self.points)} von {self.total} Punkten sind mit Quelle und Datum belegt ({self.percent} %)."
        if not self.evidenced:
            return share
        if self.open_musts:
            return f"{share} {_musts(self.open_musts, 'ist offen', 'sind offen')}: höchstens {OPEN_MUST_CAP.value}."
        if self.partly_musts:
            words = ("ist nur teilweise erfüllt", "sind nur teilweise erfüllt")
            return f"{share} {_musts(self.partly_musts, *words)}: höchstens {PARTLY_MUST_CAP.value}."
        return f"{share} Alle MUSS-Anforderungen sind erfüllt."

    @property
    def gaps(self) -> tuple[Line, ...]:
        """Return the items that lose points, those that cost most first."""
        lost = [line for line in self.lines if line.lost]
        return tuple(sorted(lost, key=lambda line: (line.obligation is not Obligation.MUST, -line.lost)))

    @property
    def _days(self) -> list[date]:
        return [line.checked_on for line in self.lines if line.evidenced and line.checked_on is not None]


def assess(dimensions: DimensionFields, items: Iterable[CheckedItem]) -> Assessment:
    """Assess an entry by its four dimensions and what it shows for the items of the checklist."""
    items = list(items)
    lines = [_dimension(dimensions, name, title) for name, title in DIMENSION_ITEMS]
    lines += [_item(one) for one in items if not one.retired]
    return Assessment(tuple(lines), sum(one.retired and one.judgement is not None for one in items))


def _dimension(dimensions: DimensionFields, name: str, title: str) -> Line:
    path = f"dimensions.{name}"
    score = getattr(dimensions, f"{name}_score")
    reason = getattr(dimensions, f"{name}_reason")
    source, day = getattr(dimensions, f"{name}_source_url"), getattr(dimensions, f"{name}_assessed_on")
    claimed = None if score is None else _verdict_of(score)
    gaps = [
        (f"{path}_score", "Bewertung", score is None),
        (f"{path}_reason", "Begründung", not reason),
        (f"{path}_source_url", "Beleg", not source),
        (f"{path}_assessed_on", "Datum", day is None),
    ]
    open_gaps = [(field, word) for field, word, missing in gaps if missing]
    return Line(
        key=name,
        group=DIMENSIONS,
        title=title,
        obligation=Obligation.MUST,
        verdict=Verdict.UNCHECKED if open_gaps or claimed is None else claimed,
        claimed=claimed,
        checked_on=day,
        source_url=source,
        note=reason,
        field=open_gaps[0][0] if open_gaps else f"{path}_score",
        missing=tuple(word for _field, word in open_gaps),
    )


def _verdict_of(score: int) -> Verdict:
    if score == 0:
        return Verdict.NOT_FULFILLED
    return Verdict.FULFILLED if score == 3 else Verdict.PARTLY


def _item(one: CheckedItem) -> Line:
    said = one.judgement
    claimed = None if said is None or said.verdict is Verdict.UNCHECKED else said.verdict
    path = "checks" if said is None else f"checks.{said.place}"
    source, day = (None, None) if said is None else (said.source_url, said.checked_on)
    gaps = [("verdict", "Ergebnis", claimed is None), ("source_url", "Beleg", not source)]
    gaps.append(("checked_on", "Datum", day is None))
    open_gaps = [(field, word) for field, word, missing in gaps if missing]
    return Line(
        key=one.slug,
        group=one.group.label,
        title=one.title,
        obligation=one.obligation,
        verdict=Verdict.UNCHECKED if open_gaps or claimed is None else claimed,
        claimed=claimed,
        checked_on=day,
        source_url=source,
        note=None if said is None else said.note,
        field=path if said is None else f"{path}.{open_gaps[0][0] if open_gaps else 'verdict'}",
        missing=tuple(word for _field, word in open_gaps),
        rule_url=one.source_url,
    )


def _rank(one: TransferClass) -> int:
    return list(TransferClass).index(one)


def _musts(lines: tuple[Line, ...], one: str, many: str) -> str:
    count = len(lines)
    return f"Eine MUSS-Anforderung {one}" if count == 1 else f"{count} MUSS-Anforderungen {many}"


def _german(points: float) -> str:
    return f"{points:g}".replace(".", ",")
