"""What a body has hidden stays hidden: others who claim its use cannot show it again."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from registry.adoption.models import Adoption, AdoptionCorrection
from registry.adoption.sides import Sides
from registry.catalogue.messages import Refusal


def showing_refusals(session: Session, adoption: Adoption, sides: Sides) -> list[Refusal]:
    """Return why who claims this use cannot make it public: the body has hidden or denied it, now or earlier."""
    if not _hidden(_corrections(session, adoption), sides):
        return []
    reason = "Die Stelle hat diese Nutzung verborgen oder verneint: Öffentlich machen kann sie nur sie selbst."
    return [Refusal("is_public", reason)]


def _corrections(session: Session, adoption: Adoption) -> Sequence[tuple[AdoptionCorrection, int | None]]:
    """Return the corrections of all adoptions of the bundle by the body, with who declared the adoption."""
    same = (
        Adoption.municipality == adoption.municipality
        if adoption.municipality is not None
        else Adoption.district == adoption.district
    )
    query = (
        select(AdoptionCorrection, Adoption.declared_by)
        .join(Adoption, col(Adoption.id) == col(AdoptionCorrection.adoption_id))
        .where(Adoption.bundle_id == adoption.bundle_id, same)
        .order_by(col(AdoptionCorrection.id))
    )
    return session.exec(query).all()


def _hidden(corrections: Sequence[tuple[AdoptionCorrection, int | None]], sides: Sides) -> bool:
    """Tell whether the last word of the body about visibility was to hide it; what a claimer corrects is none."""
    hidden = False
    for row, declared_by in corrections:
        by_body = row.organisation_id in sides.adopting or row.organisation_id != declared_by
        change = row.changes.get("is_public")
        if by_body and change is not None and change[1] is not None:
            hidden = change[1] is False
    return hidden
