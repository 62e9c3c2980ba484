"""What figures over time are counted from, on each kind of database."""

from datetime import date

from registry.adoption.enums import Step
from registry.adoption.queries import public_adoptions
from registry.catalogue.enums import State
from registry.database import Database
from registry.figures.queries import entry_lives, public_steps
from registry.figures.rules import growth
from registry.reuse.operations import save_bundle, withdraw_bundle
from registry.reuse.record import BundleRecord
from tests.adoption.making import SOEST, make_adoption

TODAY = date.today()
RECORD = {
    "title": "Hund anmelden",
    "summary": "Hunde lassen sich online anmelden.",
    "ozg_services": [{"ozg_id": "10160", "basis": "named"}],
    "sources": [{"url": "https://example.org/", "title": "Quelle"}],
}


def _save(database: Database, slug: str, state: str) -> None:
    with database.writing() as write:
        save_bundle(write, BundleRecord.model_validate({**RECORD, "slug": slug, "state": state}), actor="test")


def test_only_what_moved_after_the_first_publication_is_read(reference_database: Database) -> None:
    _save(reference_database, "bleibt", "published")
    _save(reference_database, "entwurf", "draft")
    _save(reference_database, "geht", "published")
    with reference_database.writing() as write:
        withdraw_bundle(write, "geht", actor="test", reason="Probe")
    with reference_database.reading() as session:
        lives = entry_lives(session)
    assert sorted([change.after for change in one.changes] for one in lives) == [[], [State.WITHDRAWN.value]]
    assert growth(lives, TODAY) == [(TODAY.replace(day=1), 1)]


def test_only_public_steps_of_public_adoptions_are_read(reference_database: Database) -> None:
    _save(reference_database, "probe", "published")
    steps = [(Step.INTEREST, TODAY, True), (Step.REVIEW, TODAY, False), (Step.PILOT, TODAY, True)]
    make_adoption(reference_database, "probe", SOEST, steps)
    make_adoption(reference_database, "probe", "05124000", [(Step.PRODUCTIVE, TODAY, False)])
    with reference_database.reading() as session:
        found = public_steps(session, public_adoptions(session, today=TODAY))
    assert [one.step for one in found] == [Step.INTEREST, Step.PILOT]
