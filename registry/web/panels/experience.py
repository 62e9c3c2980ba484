"""What reuse really took, beside what was promised."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from registry.adoption.experience_queries import PublicReport, public_reports, summary_of
from registry.adoption.experience_rules import Spread, Summary
from registry.reuse.models import TransferabilityProfile
from registry.reuse.queries import BundleView
from registry.web.formatting import euro, number, value_range
from registry.web.services import services


@dataclass(frozen=True)
class Row:
    """A measure: what the entry promises, and what those who did it report."""

    label: str
    promised: str | None
    real: Spread | None
    unit: Callable[[Decimal], str]
    after: str
    """What stands behind a number: „ im Jahr“."""

    @property
    def median(self) -> str:
        """Return the middle of what was reported."""
        if self.real is None:
            return ""
        after = self.after.removesuffix("e") if self.real.median == 1 else self.after  # 1 Monat, 1 Personentag
        return self.unit(self.real.median) + after

    @property
    def span(self) -> str:
        """Return lowest to highest, where there are several."""
        return (value_range(self.real.low, self.real.high, self.unit) or "") + self.after if self.real else ""


@dataclass(frozen=True)
class ExperiencePanel:
    """The reports on an entry, and the table that sets them beside its promises."""

    reports: tuple[PublicReport, ...]
    summary: Summary
    rows: tuple[Row, ...]
    as_of: date | None
    """Of the newest report."""


MEASURES: tuple[tuple[str, str, str, Callable[[Any], str], str], ...] = (
    ("introduction_cost_eur", "introduction_cost_{}_eur", "Kosten der Einführung", euro, ""),
    ("operation_cost_eur", "operation_cost_{}_eur", "Kosten des Betriebs", euro, " im Jahr"),
    ("effort_days", "introduction_effort_days_{}", "Aufwand der Einführung", number, " Personentage"),
    ("duration_months", "introduction_duration_months_{}", "Dauer der Einführung", number, " Monate"),
)
"""Field of a report, field of the entry's costs (from, to), label, how a number looks, what follows it."""


def panel(session: Session, view: BundleView) -> ExperiencePanel:
    """Return what the panel shows; without reports only its hint."""
    found = public_reports(
        session,
        today=date.today(),
        months=services().settings.confirmation_months,
        slugs=[view.bundle.slug],
    )
    together = summary_of(found)
    rows = tuple(
        Row(label, _promised(view.profile, pattern, unit, after), together.measures[name], unit, after)
        for name, pattern, label, unit, after in MEASURES
    )
    return ExperiencePanel(tuple(found), together, rows, max((one.report.as_of for one in found), default=None))


def _promised(profile: TransferabilityProfile, pattern: str, unit: Callable[[Any], str], after: str) -> str | None:
    text = value_range(getattr(profile, pattern.format("from")), getattr(profile, pattern.format("to")), unit)
    return None if text is None else text + after
