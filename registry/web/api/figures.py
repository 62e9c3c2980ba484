"""GET /figures: the figures over time of the page /zahlen."""

from datetime import date

from pydantic import BaseModel, Field

from registry.adoption.enums import Step
from registry.figures.queries import figures
from registry.web.api.adoption_models import SpreadOut
from registry.web.api.operations import Query, operation
from registry.web.services import reading, services


class MonthOut(BaseModel):
    """Published entries at the end of a month, of the present one as of today."""

    month: str = Field(description="2026-11")
    entries: int


class MonthOfStepsOut(BaseModel):
    """Public adoptions at the end of a month by their newest public step; all steps are there."""

    month: str
    by_step: dict[str, int]


class JourneyOut(BaseModel):
    """From the public day of interest to the public productive day."""

    bundle: str
    body: str
    interest: date
    productive: date
    days: int


class FiguresOut(BaseModel):
    """Figures over time, counted from what is public."""

    as_of: date
    entries: list[MonthOut]
    adoptions: list[MonthOfStepsOut]
    days_to_productive: SpreadOut | None
    journeys: list[JourneyOut]
    by_standing: dict[str, int] = Field(description="adoptions that go on: confirmed, claimed, expired")


@operation("/figures", "Figures over time", answer=FiguresOut)
def show_figures(_query: Query) -> FiguresOut:
    """Return growth of the catalogue, adoptions by month, days from interest to productive use, confirmations."""
    with reading() as session:
        found = figures(session, date.today(), services().settings.confirmation_months)
    spread = found.ways_spread
    return FiguresOut(
        as_of=found.today,
        entries=[MonthOut(month=f"{month:%Y-%m}", entries=count) for month, count in found.growth],
        adoptions=[
            MonthOfStepsOut(
                month=f"{month:%Y-%m}",
                by_step={step.value: count for step, count in zip(Step, counts, strict=True)},
            )
            for month, counts in found.steps
        ],
        days_to_productive=None if spread is None else SpreadOut.model_validate(spread, from_attributes=True),
        journeys=[
            JourneyOut(
                bundle=way.adoption.slug,
                body=way.adoption.body,
                interest=way.journey.interest,
                productive=way.journey.productive,
                days=way.journey.days,
            )
            for way in found.ways
        ],
        by_standing={standing.value: count for standing, count in found.standings},
    )
