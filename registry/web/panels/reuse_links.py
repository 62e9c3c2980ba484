"""What a reader can do with the bundle: compare, follow, declare a reuse."""

from dataclasses import dataclass

from flask import url_for
from sqlmodel import Session

from registry.catalogue.enums import State
from registry.reuse.queries import BundleView


@dataclass(frozen=True)
class ReuseLinks:
    """Addresses on this site; what an archived entry can no longer be used for is None."""

    fit: str
    compare: str
    follow: str
    declare: str | None


def panel(session: Session, view: BundleView) -> ReuseLinks | None:
    """Return where the links of the panel lead."""
    slug = view.bundle.slug
    published = view.bundle.state is State.PUBLISHED
    return ReuseLinks(
        fit=url_for("fit.report", slug=slug),
        compare=url_for("comparison.show", b=slug),
        follow=url_for("follow.show", art="bundle", ziel=slug),
        declare=url_for("adoptions.new", buendel=slug) if published else None,
    )
