"""GET /adoptions; and how adoptions and experience reports stand in the answers about bundles and municipalities."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from registry.adoption.enums import Standing, Step
from registry.adoption.experience_queries import reports_on, summary_of
from registry.adoption.models import ExperienceFields
from registry.adoption.queries import PublicAdoption, public_adoptions
from registry.adoption.tally import tally
from registry.web.addresses import absolute
from registry.web.api.adoption_models import (
    AdoptionCountsOut,
    AdoptionListOut,
    AdoptionOut,
    ExperienceOut,
    ReportOut,
    SpreadOut,
)
from registry.web.api.operations import Query, answer_json, operation, page_links
from registry.web.services import reading, services


class AdoptionQuery(Query):
    """Parameters of the list of adoptions; all given ones must hold."""

    bundle: str = Field("", max_length=100, description="slug of a bundle")
    body: str = Field("", max_length=8, description="AGS (8 digits) or Kreis key (5 digits)")
    step: Literal["", "interest", "review", "contract", "connecting", "pilot", "productive", "ended", "abandoned"] = (
        Field("", description="newest public step")
    )
    standing: Literal["", "confirmed", "claimed", "expired"] = Field("", description="how well it is known")
    since: date | None = Field(None, description="day: only adoptions whose newest public step was then or later")
    page: int = Field(1, ge=1, le=100_000)
    per_page: int = Field(100, ge=1, le=100)


@operation("/adoptions", "Public adoptions", query=AdoptionQuery, answer=AdoptionListOut)
def list_adoptions(query: AdoptionQuery) -> Response:
    """List what adopting bodies have made public, newest step first."""
    with reading() as session:
        found = visible(session, slug=query.bundle or None, body=query.body or None)
    rows = [
        one
        for one in found
        if (not query.step or one.step.value == query.step)
        and (not query.standing or one.standing.value == query.standing)
        and (query.since is None or one.since >= query.since)
    ]
    start = (query.page - 1) * query.per_page
    answer = AdoptionListOut(
        items=[adoption_out(one) for one in rows[start : start + query.per_page]],
        total=len(rows),
        page=query.page,
        per_page=query.per_page,
        as_of=date.today(),
    )
    return page_links(answer_json(answer), query.page, max(1, -(-len(rows) // query.per_page)))


def visible(session: Session, *, slug: str | None = None, body: str | None = None) -> list[PublicAdoption]:
    """Return the public adoptions of a bundle, of a body, or all."""
    return public_adoptions(
        session,
        today=date.today(),
        months=services().settings.confirmation_months,
        slugs=None if slug is None else [slug],
        body=body,
    )


def adoption_out(one: PublicAdoption) -> AdoptionOut:
    """Return an adoption."""
    return AdoptionOut.model_validate(
        {
            "bundle": one.slug,
            "bundle_title": one.title,
            "bundle_url": absolute("bundles.show", slug=one.slug),
            "body_kind": one.kind,
            "body": one.body,
            "body_name": one.name,
            "step": one.step.value,
            "since": one.since,
            "standing": one.standing.value,
            "confirmed_on": one.confirmed_on,
            "provider": one.provider,
            "reason": one.reason or None,
        }
    )


def counts_out(found: Sequence[PublicAdoption]) -> AdoptionCountsOut:
    """Return the adoptions of a bundle with their counts."""
    standings = dict(tally(found).by_standing)
    steps = Counter(one.step for one in found)
    return AdoptionCountsOut(
        confirmed=standings[Standing.CONFIRMED],
        claimed=standings[Standing.CLAIMED],
        expired=standings[Standing.EXPIRED],
        by_step={step.value: steps[step] for step in Step if steps[step]},
        items=[adoption_out(one) for one in found],
    )


def experience_out(session: Session, found: Sequence[PublicAdoption]) -> ExperienceOut:
    """Return the experience reports on the adoptions of a bundle."""
    reports = reports_on(session, found)
    together = summary_of(reports)
    spreads = {
        name: None if one is None else SpreadOut.model_validate(one, from_attributes=True)
        for name, one in together.measures.items()
    }
    return ExperienceOut.model_validate(
        {
            "reports": together.n,
            **spreads,
            "again": {answer.value: count for answer, count in together.again.items()},
            "items": [
                ReportOut.model_validate(
                    {
                        "body": one.adoption.body,
                        "body_name": one.adoption.name,
                        "step": one.adoption.step.value,
                        "as_of": one.report.as_of,
                        **{name: getattr(one.report, name) for name in ExperienceFields.model_fields},
                    }
                )
                for one in reports
            ],
        }
    )
