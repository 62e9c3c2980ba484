"""Adoptions and reports as rows, for tests that are about something else than how they come about."""

from datetime import date
from typing import Any

from sqlmodel import select

from registry.accounts.secrets import new_token
from registry.adoption.enums import FINAL, Step
from registry.adoption.models import Adoption, AdoptionStep, ExperienceReport
from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.moments import now

SOEST = "05974040"
WUPPERTAL = "05124000"
Steps = list[tuple[Step, date, bool]]


def make_adoption(
    database: Database,
    slug: str,
    ags: str,
    steps: Steps,
    *,
    confirmed_on: date | None = None,
    report: dict[str, Any] | None = None,
    reason: str = "",
) -> Adoption:
    """Store an adoption with its steps (step, day, public) and perhaps a report, as if declared by its body."""
    with database.writing() as write:
        session = write.session
        bundle = session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one()
        last = steps[-1][0]
        adoption = Adoption(
            key=new_token()[:22],
            bundle_id=bundle.id or 0,
            municipality=ags,
            step=last,
            confirmed_on=confirmed_on,
            closed_at=now() if last in FINAL else None,
        )
        write.stamp(adoption)
        session.flush()
        for step, day, is_public in steps:
            session.add(
                AdoptionStep(
                    adoption_id=adoption.id or 0,
                    step=step,
                    day=day,
                    is_public=is_public,
                    reason=reason if step in FINAL else "",
                    actor="test",
                )
            )
            session.flush()
        if report is not None:
            write.stamp(ExperienceReport(adoption_id=adoption.id or 0, **{"as_of": steps[-1][1], **report}))
    return adoption
