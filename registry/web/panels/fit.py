"""Does the bundle fit the chosen municipality."""

from dataclasses import dataclass

from sqlmodel import Session

from registry.fit.outcome import Fit
from registry.fit.queries import needs_of, product_map
from registry.fit.rules import fit
from registry.profiles.profile import BodyProfile
from registry.reuse.queries import BundleView
from registry.web.chosen import chosen_profile


@dataclass(frozen=True)
class FitPanel:
    """How the bundle fits the chosen profile; without one the panel invites to choose."""

    profile: BodyProfile | None = None
    fit: Fit | None = None


def panel(session: Session, view: BundleView) -> FitPanel:
    """Return what the panel shows."""
    chosen = chosen_profile()
    needs = needs_of(session, [view.bundle.slug]).get(view.bundle.slug) if chosen is not None else None
    if chosen is None or needs is None:
        return FitPanel()
    return FitPanel(chosen.profile, fit(chosen.profile, needs, product_map(session)))
