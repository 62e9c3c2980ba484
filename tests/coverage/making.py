"""Adoptions as rows for tests of coverage and map; nothing of it is a real fact."""

from datetime import date, timedelta

from sqlmodel import select

from registry.accounts.secrets import new_token
from registry.adoption.enums import FINAL, Step
from registry.adoption.models import Adoption, AdoptionStep
from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.moments import now

RECENT = date.today() - timedelta(days=30)
LONG_AGO = date.today() - timedelta(days=800)


def adopt(
    database: Database,
    slug: str,
    body: str,
    step: Step = Step.PRODUCTIVE,
    *,
    confirmed_on: date | None = RECENT,
    is_public: bool = True,
) -> None:
    """Store that a municipality (AGS) or Kreis (five digits) has taken a step with a bundle."""
    with database.writing() as write:
        bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one()
        adoption = Adoption(
            key=new_token()[:22],
            bundle_id=bundle.id or 0,
            step=step,
            confirmed_on=confirmed_on,
            closed_at=now() if step in FINAL else None,
            **{"district" if len(body) == 5 else "municipality": body},
        )
        write.stamp(adoption)
        write.session.flush()
        write.session.add(
            AdoptionStep(adoption_id=adoption.id or 0, step=step, day=RECENT, is_public=is_public, actor="test")
        )
