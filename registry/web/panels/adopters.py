"""Who reuses the bundle; and which bundles a municipality or a Kreis reuses."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from registry.adoption.bodies import all_providers
from registry.adoption.queries import public_adoptions
from registry.adoption.tally import Tally, tally
from registry.reuse.queries import BundleView
from registry.web.services import services


@dataclass(frozen=True)
class AdoptersPanel:
    """The public adoptions of a bundle, counted as of a day; `months`: how long a confirmation holds."""

    tally: Tally
    providers: dict[str, str]
    """Slug → name, of providers that occur."""
    as_of: date
    months: int


def panel(session: Session, view: BundleView) -> AdoptersPanel | None:
    """Return what the panel shows."""
    return _panel(session, slugs=[view.bundle.slug])


def adopted_by(session: Session, body: str) -> AdoptersPanel:
    """Return the public adoptions of a municipality (AGS) or a Kreis (its key)."""
    return _panel(session, body=body)


def _panel(session: Session, *, slugs: list[str] | None = None, body: str | None = None) -> AdoptersPanel:
    today, months = date.today(), services().settings.confirmation_months
    found = public_adoptions(session, today=today, months=months, slugs=slugs, body=body)
    named = any(one.provider for one in found)
    return AdoptersPanel(tally(found), dict(all_providers(session)) if named else {}, today, months)
