"""What adoptions hold of a person: to take along (Art. 15, 20 DSGVO), to be forgotten, and for how long it is kept."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, update
from sqlmodel import Session, col, select

from registry.accounts.retention import run
from registry.adoption.models import Adoption, AdoptionMessage, AdoptionStep, AdoptionTask, ExperienceReport
from registry.database import Database
from registry.moments import now

KEPT_MESSAGES = timedelta(days=365)
"""So long after the end of an adoption its messages stay; steps, reasons and report stay as knowledge."""


def own_adoptions(session: Session, person_id: int) -> dict[str, Any]:
    """Return what a person wrote and entered, JSON-ready; of reports and tasks those that the person changed last."""
    messages = session.exec(
        select(AdoptionMessage, Adoption.key)
        .join(Adoption, col(Adoption.id) == col(AdoptionMessage.adoption_id))
        .where(AdoptionMessage.author_id == person_id)
        .order_by(col(AdoptionMessage.id))
    )
    steps = session.exec(
        select(AdoptionStep, Adoption.key)
        .join(Adoption, col(Adoption.id) == col(AdoptionStep.adoption_id))
        .where(AdoptionStep.actor == f"person:{person_id}")
        .order_by(col(AdoptionStep.id))
    )
    actor = f"person:{person_id}"
    reports = session.exec(
        select(ExperienceReport, Adoption.key)
        .join(Adoption, col(Adoption.id) == col(ExperienceReport.adoption_id))
        .where(ExperienceReport.actor == actor)
        .order_by(col(ExperienceReport.id))
    )
    tasks = session.exec(
        select(AdoptionTask, Adoption.key)
        .join(Adoption, col(Adoption.id) == col(AdoptionTask.adoption_id))
        .where(AdoptionTask.changed_by == actor)
        .order_by(col(AdoptionTask.id))
    )
    return {
        "messages": [{"at": row.at.isoformat(), "adoption": key, "text": row.text} for row, key in messages],
        "steps": [
            {"at": row.at.isoformat(), "adoption": key, "step": row.step.value, "day": row.day.isoformat()}
            for row, key in steps
        ],
        "reports": [
            {
                "at": row.changed_at.isoformat(),
                "adoption": key,
                "adaptations": row.adaptations,
                "advice": row.advice,
            }
            for row, key in reports
        ],
        "tasks": [
            {"at": row.changed_at.isoformat(), "adoption": key, "title": row.title, "note": row.note}
            for row, key in tasks
        ],
    }


def forget_author(session: Session, person_id: int) -> None:
    """Take a person's name off the messages that the person wrote for an organisation: they stay as the body's."""
    session.execute(
        update(AdoptionMessage)
        .where(col(AdoptionMessage.author_id) == person_id)
        .values(author_id=None)
        .execution_options(synchronize_session=False)
    )


def forget_messages(session: Session, at: datetime) -> int:
    """Remove the messages of adoptions that ended a year ago, once they are a year old; return their number."""
    over = select(Adoption.id).where(col(Adoption.closed_at) < at - KEPT_MESSAGES)
    statement = (
        delete(AdoptionMessage)
        .where(col(AdoptionMessage.adoption_id).in_(over), col(AdoptionMessage.at) < at - KEPT_MESSAGES)
        .execution_options(synchronize_session=False)
    )
    return int(cast("CursorResult[Any]", session.execute(statement)).rowcount)


def purge(database: Database, at: datetime | None = None) -> dict[str, int]:
    """Remove what is past its time in the tables of this room; return the number of rows by table."""
    return run(database, {"adoption_message": forget_messages}, at or now())
