"""What exports begin with: the records of all published entries."""

from sqlalchemy import select
from sqlmodel import col

from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.database import Clock, Database
from registry.reuse.record import BundleRecord
from registry.reuse.records import records_of


def published_records(database: Database) -> tuple[int, list[BundleRecord]]:
    """Return the clock's tick and all published entries by slug."""
    with database.reading() as session:
        # Read first: a later change then has a higher tick, and a follower of the feed misses none.
        tick = session.execute(select(col(Clock.tick))).scalar_one()
        query = (
            select(ServiceBundle).where(col(ServiceBundle.state) == State.PUBLISHED).order_by(col(ServiceBundle.slug))
        )
        return tick, records_of(session, session.execute(query).scalars().all())
