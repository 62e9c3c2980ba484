"""How long addresses are kept that nobody confirmed, or that cannot be reached."""

from datetime import datetime

from registry.accounts.retention import Purge, run
from registry.database import Database
from registry.following.operations import forget_unconfirmed, forget_unreachable
from registry.moments import now


def purge(database: Database, at: datetime | None = None) -> dict[str, int]:
    """Remove what is past its time; return the number of rows by what they were."""
    steps: dict[str, Purge] = {
        "following (unconfirmed)": forget_unconfirmed,
        "following (unreachable)": forget_unreachable,
    }
    return run(database, steps, at or now())
