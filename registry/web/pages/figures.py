"""Figures over time, as charts with their tables and as CSV: what anybody may know, counted when it is asked for."""

import csv
import io
from datetime import date

from flask import Blueprint, Response, render_template, request

from registry.adoption.enums import Step
from registry.exchange.record_rows import guarded
from registry.figures.queries import Figures
from registry.figures.queries import figures as read_figures
from registry.figures.rules import month_name
from registry.web.caching import follows_clock
from registry.web.charts import Chart, Span, column_chart, shares, span_chart, step_chart
from registry.web.pages.errors import PageNotFound
from registry.web.services import reading, services

figures = Blueprint("figures", __name__)

GROUPS: tuple[tuple[str, tuple[Step, ...]], ...] = (
    ("produktiv", (Step.PRODUCTIVE,)),
    ("in Anbindung oder Pilot", (Step.CONNECTING, Step.PILOT)),
    ("Interesse, Prüfung oder Vertrag", (Step.INTEREST, Step.REVIEW, Step.CONTRACT)),
    ("beendet oder verworfen", (Step.ENDED, Step.ABANDONED)),
)
"""Eight steps cannot be told apart in one chart without colours: it shows four groups, the table each step."""

Lines = list[list[str | int]]


@figures.get("/zahlen.csv", defaults={"form": "csv"})
@figures.get("/zahlen", defaults={"form": "html"})
@follows_clock
def show(form: str) -> str | Response:
    """Show the figures; as CSV one row of them, which `reihe` names."""
    if form == "csv":
        return _csv(request.args.get("reihe", ""))
    found = _figures()
    long = shares([count for _, count in found.standings])
    return render_template(
        "figures/show.html",
        found=found,
        steps=tuple(Step),
        month_name=month_name,
        growth_chart=_growth_chart(found),
        steps_chart=_steps_chart(found),
        ways_chart=_ways_chart(found),
        standing_rows=[(one.label, count, share) for (one, count), share in zip(found.standings, long, strict=True)],
    )


def _csv(name: str) -> Response:
    if name not in ROWS:
        known = ", ".join(ROWS)
        raise PageNotFound(f"Diese Reihe gibt es nicht. Es gibt: {known}.")
    found = _figures()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for line in ROWS[name](found):
        writer.writerow([guarded(one) if isinstance(one, str) else one for one in line])
    answer = Response("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="zahlen-{name}-{found.today:%Y-%m-%d}.csv"'
    return answer


def _figures() -> Figures:
    with reading() as session:
        return read_figures(session, date.today(), services().settings.confirmation_months)


def _growth_chart(found: Figures) -> Chart:
    months = [month_name(month) for month, _ in found.growth]
    return step_chart(months, [("veröffentlichte Einträge", [count for _, count in found.growth])], filled=True)


def _steps_chart(found: Figures) -> Chart:
    months = [month_name(month) for month, _ in found.steps]
    places = {step: place for place, step in enumerate(Step)}
    series = [
        (name, [sum(counts[places[step]] for step in group) for _, counts in found.steps]) for name, group in GROUPS
    ]
    return column_chart(months, series)


def _ways_chart(found: Figures) -> Span | None:
    if found.ways_spread is None:
        return None
    return span_chart([way.journey.days for way in found.ways], float(found.ways_spread.median))


def _growth_lines(found: Figures) -> Lines:
    lines: Lines = [[f"{month:%Y-%m}", count] for month, count in found.growth]
    return [["monat", "veroeffentlichte_eintraege"], *lines]


def _steps_lines(found: Figures) -> Lines:
    lines: Lines = [[f"{month:%Y-%m}", *counts] for month, counts in found.steps]
    return [["monat", *(step.label for step in Step)], *lines]


def _ways_lines(found: Figures) -> Lines:
    lines: Lines = [
        [
            way.adoption.body,
            way.adoption.name,
            way.adoption.slug,
            way.journey.interest.isoformat(),
            way.journey.productive.isoformat(),
            way.journey.days,
        ]
        for way in found.ways
    ]
    return [["schluessel", "stelle", "buendel", "interesse", "produktiv", "tage"], *lines]


def _standing_lines(found: Figures) -> Lines:
    lines: Lines = [[one.label, count] for one, count in found.standings]
    return [["kenntnis", "nachnutzungen"], *lines]


ROWS = {
    "eintraege": _growth_lines,
    "nachnutzungen": _steps_lines,
    "dauer": _ways_lines,
    "bestaetigungen": _standing_lines,
}
"""Name of a row of figures in addresses → its lines."""
