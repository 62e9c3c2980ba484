"""GET /changes: the change feed, in the order of the clock."""

from pydantic import Field

from registry.reuse import queries
from registry.web.addresses import absolute
from registry.web.api.models import ChangeListOut, ChangeOut
from registry.web.api.operations import Query, operation
from registry.web.security import LARGEST_NUMBER
from registry.web.services import reading


class ChangesQuery(Query):
    """Where to go on, and how many at most."""

    since: int = Field(0, ge=0, le=2**53, description="next_since of the last answer; 0: from the beginning")
    per_page: int = Field(100, ge=1, le=100)


@operation("/changes", "Changed bundles since a tick", query=ChangesQuery, answer=ChangeListOut)
def changes(query: ChangesQuery) -> ChangeListOut:
    """Return public bundles changed after `since`; several of one tick stay together."""
    with reading() as session:
        found = queries.changes(session, min(query.since, LARGEST_NUMBER), query.per_page)
    return ChangeListOut(
        items=[
            ChangeOut(
                slug=one.slug,
                state=one.state,
                title=one.title,
                tick=one.tick,
                url=absolute("bundles.show", slug=one.slug),
            )
            for one in found
        ],
        next_since=found[-1].tick if found else query.since,
    )
