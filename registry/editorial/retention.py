"""How long the contact address of somebody without an account is kept, and what was searched for in vain."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, update
from sqlmodel import Session, col

from registry.accounts.retention import run
from registry.database import Database
from registry.editorial.enums import SuggestionState
from registry.editorial.failed_queries import forget_old
from registry.editorial.models import Suggestion
from registry.editorial.pending_imports import forget_old_imports
from registry.moments import now

KEPT_CONTACTS = timedelta(days=90)


def forget_contacts(session: Session, at: datetime) -> int:
    """Remove the mail addresses of suggestions that were decided 90 days ago; return their number."""
    statement = (
        update(Suggestion)
        .where(
            col(Suggestion.contact_email).is_not(None),
            col(Suggestion.state) != SuggestionState.OPEN,
            col(Suggestion.decided_at) < at - KEPT_CONTACTS,
        )
        .values(contact_email=None)
        .execution_options(synchronize_session=False)
    )
    return int(cast("CursorResult[Any]", session.execute(statement)).rowcount)


def purge(database: Database, at: datetime | None = None) -> dict[str, int]:
    """Remove what is past its time in the tables of this room; return the number of rows by table."""
    return run(
        database,
        {"suggestion": forget_contacts, "failed_query": forget_old, "pending_import": forget_old_imports},
        at or now(),
    )
