"""Reads of what people follow."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from registry.following.models import Following
from registry.following.operations import Owner, owned
from registry.following.targets import Target


def followings_of(session: Session, owner: Owner) -> Sequence[Following]:
    """Return the confirmed followings of an address or account, by kind and label."""
    query = select(Following).where(owned(owner), col(Following.confirmed_at).is_not(None))
    return session.exec(query.order_by(col(Following.kind), Following.label, col(Following.id))).all()


def own_followings(session: Session, owner: Owner) -> list[dict[str, Any]]:
    """Return all that is kept of a person for following, JSON-ready (Art. 15, 20 DSGVO)."""
    query = select(Following).where(owned(owner)).order_by(col(Following.id))
    return [
        {
            "kind": row.kind.value,
            "target": row.target,
            "label": row.label,
            "rhythm": row.rhythm.value,
            "asked_at": row.created_at.isoformat(),
            "confirmed_at": row.confirmed_at.isoformat() if row.confirmed_at else None,
            "told_at": row.told_at.isoformat() if row.told_at else None,
        }
        for row in session.exec(query)
    ]


def is_followed(session: Session, owner: Owner, target: Target) -> bool:
    """Tell whether an address or account follows something already."""
    query = select(Following.id).where(
        owned(owner),
        Following.kind == target.kind,
        Following.target == target.key,
        col(Following.confirmed_at).is_not(None),
    )
    return session.exec(query.limit(1)).first() is not None
