"""One of several processes that edit the same entries: `python -m tests.editorial.edits URL PERSON EDITS ENTRY…`.

Prints each accepted edit as a line of JSON: entry, field, value.
"""

import json
import random
import sys

from sqlmodel import select

from registry.accounts.models import Person
from registry.accounts.permissions import Actor
from registry.accounts.sessions import actor_of
from registry.database import Database
from registry.editorial.merging import MergeNeededError
from registry.editorial.proposals import Result, apply, begin, keep
from registry.editorial.resolving import MINE, MovedOnError, disputed, resolve

FIELDS = (
    "title",
    "summary",
    "funding_note",
    "transferability.experiences",
    "transferability.challenges",
    "transferability.timeline",
)
"""Few fields of few entries, so that the processes meet."""


def edit(database: Database, actor: Actor, slug: str, field: str, value: str) -> int:
    """Change one field of an entry and publish it, merging as often as needed; return the number of conflicts."""
    with database.noting() as session:
        proposal = begin(session, actor, slug)
        key = keep(session, actor, proposal.key, proposal.version, {field: value}).key
    conflicts = 0
    while True:
        try:
            with database.writing() as write:
                assert apply(write, actor, key, step="publish").result is Result.PUBLISHED
            return conflicts
        except MergeNeededError:
            conflicts += 1
            _settle(database, actor, key)


def _settle(database: Database, actor: Actor, key: str) -> None:
    """Do what a person does on the page of conflicts: look, choose, and look again when the entry has moved on."""
    while True:
        with database.reading() as session:
            found = disputed(session, actor, key)
        if found is None:
            return
        seen = (found.proposal.version, found.bundle.tick)
        choices = dict.fromkeys(range(len(found.disputes)), MINE)
        try:
            with database.noting() as session:
                resolve(session, actor, key, seen=seen, choices=choices, texts={})
            return
        except MovedOnError:
            continue


def main() -> None:
    """Edit as often as told."""
    url, email, edits, *slugs = sys.argv[1:]
    database = Database(url)
    with database.reading() as session:
        actor = actor_of(session, session.exec(select(Person).where(Person.email == email)).one())
    choose = random.Random(email)
    for number in range(int(edits)):
        slug, field = choose.choice(slugs), choose.choice(FIELDS)
        value = f"Fassung {number} von {actor.name}"
        conflicts = edit(database, actor, slug, field, value)
        line = {"slug": slug, "field": field, "value": value, "conflicts": conflicts}
        print(json.dumps(line), flush=True)  # noqa: T201
    database.dispose()


if __name__ == "__main__":
    main()
