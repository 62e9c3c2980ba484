"""Many processes edit the same entries: no edit is lost, and the history tells exactly what happened."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from registry.accounts.enums import Role
from registry.accounts.models import Membership, Person
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.editorial.enums import ProposalState
from registry.editorial.models import Proposal
from registry.editorial.proposals import begin, keep
from registry.editorial.stewardship import set_stewards
from registry.editorial.versions import replay
from registry.history import Author
from tests.conftest import TEST_DATABASE_URL
from tests.office.world import FOREIGN, OWN

from .conftest import World
from .edits import FIELDS, edit

ROOT = Path(__file__).parents[2]
MORE_ENTRIES = 4
PATIENCE = 600  # s: half a minute on a free machine


def _entries(world: World) -> list[str]:
    """Return a few published entries: so few that the processes meet."""
    with world.database.reading() as session:
        others = select(ServiceBundle.slug).where(
            ServiceBundle.state == State.PUBLISHED, col(ServiceBundle.slug).not_in([OWN, FOREIGN])
        )
        found = session.exec(others.order_by(ServiceBundle.slug).limit(MORE_ENTRIES))
        return [OWN, FOREIGN, *found]


def _editors(world: World, entries: list[str], count: int) -> list[str]:
    with world.database.writing() as write:
        people = [Person(email=f"amt{n}@soest.example", name=f"Amt {n}") for n in range(count)]
        write.session.add_all(people)
        write.session.flush()
        soest = world.organisation()
        for one in people:
            write.session.add(Membership(person_id=one.id, organisation_id=soest, role=Role.COORDINATOR))
        for slug in entries:
            set_stewards(write, world.bundle(slug), soest, None, author=Author("system"))
        return [one.email for one in people]


@pytest.mark.parametrize(
    ("processes", "edits"),
    [
        (4, 25),
        pytest.param(8, 200, marks=pytest.mark.skipif(not TEST_DATABASE_URL, reason="the full load is for PostgreSQL")),
    ],
)
def test_processes_that_edit_the_same_entries_lose_nothing(world: World, processes: int, edits: int) -> None:
    entries = _entries(world)
    emails = _editors(world, entries, processes)
    before = {slug: len(world.revisions(slug)) for slug in entries}
    url = world.database.url
    command = [sys.executable, "-W", "error", "-m", "tests.editorial.edits", url]
    running = [
        subprocess.Popen([*command, email, str(edits), *entries], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for email in emails
    ]
    try:
        outputs = [one.communicate(timeout=PATIENCE)[0] for one in running]
    finally:
        for one in running:
            one.kill()
            one.wait()
    assert [one.returncode for one in running] == [0] * processes
    accepted: list[dict[str, Any]] = [json.loads(line) for output in outputs for line in output.splitlines()]
    assert len(accepted) == processes * edits
    if edits > 100:  # a short run may be over before the last process begins
        assert any(one["conflicts"] for one in accepted), "the processes did not meet"
    for slug in entries:
        mine = [one for one in accepted if one["slug"] == slug]
        revisions = world.revisions(slug)[before[slug] :]
        assert len(revisions) == len(mine), "each accepted edit is a revision"
        made = Counter((field, after) for one in revisions for field, (_old, after) in one.changes.items())
        assert made == Counter((one["field"], one["value"]) for one in mine), "nobody changed what they did not type"
        assert [one.tick for one in revisions] == sorted({one.tick for one in revisions})
        with world.database.reading() as session:
            replayed = replay(session, slug)
        stored = world.content(slug)
        assert {name: replayed[name] for name in stored} == stored
        for field in FIELDS:
            last = next((one for one in reversed(revisions) if field in one.changes), None)
            assert last is None or stored[field] == last.changes[field][1]
    with world.database.reading() as session:
        states = Counter(session.exec(select(Proposal.state)))
    assert states == {ProposalState.ACCEPTED: len(accepted)}


def test_a_conflict_between_processes_is_met_and_settled(world: World) -> None:
    _editors(world, [OWN], 0)
    actor = world.actor("coordinator")
    with world.database.noting() as session:
        proposal = begin(session, actor, OWN)
        keep(session, actor, proposal.key, proposal.version, {"title": "Früher begonnen"})
    other = Database(world.database.url)
    assert edit(other, world.actor("administrator"), OWN, "title", "Dazwischen veröffentlicht") == 0
    other.dispose()
    assert edit(world.database, actor, OWN, "summary", "Eine andere Kurzbeschreibung.") == 1
    assert world.bundle().title == "Früher begonnen"
