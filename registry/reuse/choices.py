"""What forms offer to choose from: building blocks by kind, levels of maturity by model, items of the checklist."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from registry.catalogue.enums import CapabilityKind
from registry.reuse.checklist.models import CheckGroup
from registry.reuse.checklist.queries import active_items
from registry.reuse.models import Capability, MaturityLevel

Choices = Sequence[tuple[str, Sequence[tuple[str, str]]]]
"""Groups of a select field: title, then (value, label) pairs."""


def capability_choices(session: Session) -> Choices:
    """Return the current building blocks by kind."""
    rows = session.exec(select(Capability).where(col(Capability.retired).is_(False)).order_by(Capability.name)).all()
    groups = [(kind.label, [(row.slug, row.name) for row in rows if row.kind == kind]) for kind in CapabilityKind]
    return [(title, choices) for title, choices in groups if choices]


def capability_names(session: Session) -> dict[str, str]:
    """Return the names of all building blocks by slug; those that are no longer kept say so."""
    rows = session.exec(select(Capability))
    return {row.slug: f"{row.name} (nicht mehr geführt)" if row.retired else row.name for row in rows}


def maturity_choices(session: Session) -> Choices:
    """Return the levels by model of the scale, the newest model first; the value is `model|level`."""
    rows = session.exec(
        select(MaturityLevel)
        .where(col(MaturityLevel.retired).is_(False))
        .order_by(col(MaturityLevel.model).desc(), col(MaturityLevel.level))
    ).all()
    models = dict.fromkeys(row.model for row in rows)
    return [
        (
            f"Modell {model}",
            [
                (f"{model}|{row.level}", f"Stufe {row.level}" + (f": {row.name}" if row.name else ""))
                for row in rows
                if row.model == model
            ],
        )
        for model in models
    ]


def checklist_choices(session: Session) -> Choices:
    """Return the items of the checklist that are in force, by group; each with how binding it is."""
    rows = active_items(session)
    groups = [
        (group.label, [(row.slug, f"{row.obligation.label}: {row.title}") for row in rows if row.group is group])
        for group in CheckGroup
    ]
    return [(title, choices) for title, choices in groups if choices]
