"""What the work on entries holds of a person, to take along (Art. 15, 20 DSGVO)."""

from typing import Any

from sqlmodel import Session, col, select

from registry.editorial.models import Proposal, ReviewComment


def own_work(session: Session, person_id: int) -> dict[str, Any]:
    """Return the proposed versions and the comments of a person, JSON-ready."""
    proposals = session.exec(select(Proposal).where(Proposal.author_id == person_id).order_by(col(Proposal.id)))
    comments = session.exec(
        select(ReviewComment).where(ReviewComment.author_id == person_id).order_by(col(ReviewComment.id))
    )
    return {
        "proposals": [
            {
                "key": row.key,
                "state": row.state.value,
                "values": row.values,
                "reason": row.reason,
                "created_at": row.created_at.isoformat(),
                "changed_at": row.changed_at.isoformat(),
            }
            for row in proposals
        ],
        "comments": [
            {"at": row.at.isoformat(), "field": row.field, "text": row.text, "proposal": row.proposal_id}
            for row in comments
        ],
    }
