"""The shapes of API answers about adoptions and experience reports: what the adopting bodies have made public."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Field


class AdoptionOut(BaseModel):
    """A body that reuses a bundle, at its newest public step."""

    bundle: str = Field(description="slug")
    bundle_title: str
    bundle_url: str
    body_kind: Literal["municipality", "district"]
    body: str = Field(description="AGS of a municipality, key of a Kreis")
    body_name: str
    step: str = Field(description="interest, review, contract, connecting, pilot, productive, ended, abandoned")
    since: date = Field(description="day of the step")
    standing: str = Field(description="confirmed (by the body or its provider), claimed, expired")
    confirmed_on: date | None
    provider: str | None = Field(description="slug of the IT provider that connects or runs it")
    reason: str | None = Field(description="why it ended or was abandoned")


class AdoptionCountsOut(BaseModel):
    """Who reuses a bundle. What has ended or was abandoned counts in `by_step` alone, never as use."""

    confirmed: int
    claimed: int
    expired: int
    by_step: dict[str, int] = Field(description="only steps at which somebody is")
    items: list[AdoptionOut]


class AdoptionListOut(BaseModel):
    """Public adoptions, newest step first."""

    items: list[AdoptionOut]
    total: int
    page: int
    per_page: int
    as_of: date = Field(description="standing is that of this day")


class SpreadOut(BaseModel):
    """What several reports state: of one report all three are its value."""

    n: int
    median: Decimal
    low: Decimal
    high: Decimal


class ReportOut(BaseModel):
    """What a reuse really took, as its body reports; null: not stated. Texts are Markdown."""

    body: str
    body_name: str
    step: str
    as_of: date
    introduction_cost_eur: Decimal | None
    operation_cost_eur: Decimal | None
    effort_days: float | None
    duration_months: float | None
    adaptations: str | None
    advice: str | None
    again: str | None = Field(description="yes, with_reservations, no")


class ExperienceOut(BaseModel):
    """Experience reports on a bundle and what they say together; a measure that no report states is null."""

    reports: int
    introduction_cost_eur: SpreadOut | None
    operation_cost_eur: SpreadOut | None
    effort_days: SpreadOut | None
    duration_months: SpreadOut | None
    again: dict[str, int] = Field(description="yes, with_reservations, no: how many reports say so")
    items: list[ReportOut]
