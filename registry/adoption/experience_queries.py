"""Reads of experience reports."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from registry.adoption.experience_rules import REPORTED_STEPS, Summary, summary
from registry.adoption.models import ExperienceReport
from registry.adoption.queries import PublicAdoption, public_adoptions


@dataclass(frozen=True)
class PublicReport:
    """A published report and the public adoption that it is about."""

    adoption: PublicAdoption
    report: ExperienceReport


def public_reports(
    session: Session, *, today: date, months: int = 12, slugs: Iterable[str] | None = None, body: str | None = None
) -> list[PublicReport]:
    """Return the published reports on public adoptions of public bundles, newest Stand first."""
    return reports_on(session, public_adoptions(session, today=today, months=months, slugs=slugs, body=body))


def reports_on(session: Session, adoptions: Sequence[PublicAdoption]) -> list[PublicReport]:
    """Return the published reports on some public adoptions, newest Stand first.

    Only where the public step is one at which there is something to report: a report must not tell of a step that its
    body keeps to itself.
    """
    known = {one.adoption_id: one for one in adoptions if one.step in REPORTED_STEPS}
    if not known:
        return []
    query = select(ExperienceReport).where(
        col(ExperienceReport.adoption_id).in_(list(known)), col(ExperienceReport.is_public).is_(True)
    )
    found = [PublicReport(known[row.adoption_id], row) for row in session.exec(query)]
    return sorted(found, key=lambda one: (-one.report.as_of.toordinal(), one.adoption.name, one.adoption.adoption_id))


def summary_of(found: Sequence[PublicReport]) -> Summary:
    """Return what published reports say together."""
    return summary([one.report for one in found])


def report_of(session: Session, adoption_id: int) -> ExperienceReport | None:
    """Return the report on an adoption, draft or public, None when nobody has begun one."""
    return session.exec(select(ExperienceReport).where(ExperienceReport.adoption_id == adoption_id)).first()
