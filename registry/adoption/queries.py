"""Reads of adoptions that everybody may see: what a body has made public, nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from registry.adoption.enums import Standing, Step
from registry.adoption.models import Adoption, AdoptionStep
from registry.adoption.rules import public_step, standing_at
from registry.catalogue.models import ServiceBundle
from registry.catalogue.reference import District, Municipality
from registry.reuse.queries import PUBLIC_STATES


@dataclass(frozen=True)
class PublicAdoption:
    """An adoption as far as it is public. `kind`: municipality or district; `body` is AGS or Kreis key."""

    adoption_id: int
    slug: str
    title: str
    kind: str
    body: str
    name: str
    step: Step
    since: date
    """Day of the public step."""
    standing: Standing
    confirmed_on: date | None
    provider: str | None
    reason: str
    """Why it ended or was abandoned; empty while it goes on."""


def public_adoptions(
    session: Session,
    *,
    today: date,
    months: int = 12,
    slugs: Iterable[str] | None = None,
    body: str | None = None,
) -> list[PublicAdoption]:
    """Return the public adoptions of public bundles, newest step first; of some bundles, or of one body (AGS or key).

    `months` is how long a confirmation holds (`Settings.confirmation_months`).
    """
    query = (
        select(Adoption, ServiceBundle, Municipality, District)
        .join(ServiceBundle, col(ServiceBundle.id) == col(Adoption.bundle_id))
        .outerjoin(Municipality, col(Municipality.ags) == col(Adoption.municipality))
        .outerjoin(District, col(District.key) == col(Adoption.district))
        .where(col(ServiceBundle.state).in_(PUBLIC_STATES))
    )
    if slugs is not None:
        query = query.where(col(ServiceBundle.slug).in_(list(slugs)))
    if body is not None:
        query = query.where((col(Adoption.municipality) == body) | (col(Adoption.district) == body))
    rows = session.exec(query).all()
    steps = _steps(session, [row[0].id for row in rows])
    found = []
    for adoption, bundle, municipality, district in rows:
        step = public_step(steps.get(adoption.id or 0, []))
        if step is None:
            continue
        kind, key, name = (
            ("municipality", municipality.ags, f"{municipality.designation} {municipality.name}")
            if municipality is not None
            else ("district", district.key, district.name)
        )
        found.append(
            PublicAdoption(
                adoption_id=adoption.id or 0,
                slug=bundle.slug,
                title=bundle.title,
                kind=kind,
                body=key,
                name=name,
                step=step.step,
                since=step.day,
                standing=standing_at(step.step, adoption.confirmed_on, today, months),
                confirmed_on=adoption.confirmed_on,
                provider=adoption.provider,
                reason=step.reason,
            )
        )
    return sorted(found, key=lambda one: (-one.since.toordinal(), one.name, one.slug))


def _steps(session: Session, ids: list[int | None]) -> dict[int, list[AdoptionStep]]:
    found: dict[int, list[AdoptionStep]] = {}
    query = select(AdoptionStep).where(col(AdoptionStep.adoption_id).in_(ids)).order_by(col(AdoptionStep.id))
    for step in session.exec(query):
        found.setdefault(step.adoption_id, []).append(step)
    return found
