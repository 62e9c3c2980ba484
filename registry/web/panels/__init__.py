"""What the page of a bundle shows beside the entry itself: one module a panel, one macro file in templates/panels/.

Each module has `panel(session, view)`, which returns what its macro needs, or None when there is nothing to show.
"""

from sqlmodel import Session

from registry.reuse.queries import BundleView
from registry.web.panels import adopters, evidence, experience, fit, reuse_links

PANELS = {
    "fit": fit.panel,
    "adopters": adopters.panel,
    "experience": experience.panel,
    "evidence": evidence.panel,
    "reuse_links": reuse_links.panel,
}


def panels(session: Session, view: BundleView) -> dict[str, object]:
    """Return what each panel shows for an entry, by its name."""
    return {name: make(session, view) for name, make in PANELS.items()}
