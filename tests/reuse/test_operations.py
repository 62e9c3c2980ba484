"""Saving an entry: stamps, revisions, replaced lists, references, states."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import event, select

from registry.catalogue.enums import State
from registry.catalogue.models import BundleSource, ServiceBundle
from registry.catalogue.rules import StateConflictError
from registry.database import Database
from registry.history import Revision
from registry.reuse.checklist.operations import retire_item
from registry.reuse.operations import (
    DanglingReferenceError,
    Saved,
    UnknownEntryError,
    archive_bundle,
    publish_bundle,
    save_bundle,
    withdraw_bundle,
)
from registry.reuse.record import BundleRecord
from registry.reuse.records import LISTS, flattened, record_of, records_of
from registry.reuse.references import doubtful, known_keys

from .conftest import MINIMAL, Build, add_items
from .test_completeness import CHECKS, FULL


def _save(database: Database, record: BundleRecord, actor: str = "koordination", reason: str = "") -> Saved:
    with database.writing() as write:
        return save_bundle(write, record, actor=actor, reason=reason)


def _bundle(database: Database, slug: str = MINIMAL["slug"]) -> ServiceBundle:
    with database.reading() as session:
        return session.execute(select(ServiceBundle).where(ServiceBundle.slug == slug)).scalar_one()


def _stored(database: Database, slug: str = MINIMAL["slug"]) -> BundleRecord:
    with database.reading() as session:
        return record_of(session, session.execute(select(ServiceBundle).where(ServiceBundle.slug == slug)).scalar_one())


def _revisions(database: Database) -> list[Revision]:
    with database.reading() as session:
        return list(session.execute(select(Revision).order_by(Revision.id)).scalars())


def test_what_is_saved_is_read_again_field_by_field(reference_database: Database, build: Build) -> None:
    record = build(**FULL)
    assert _save(reference_database, record) is Saved.CREATED
    stored = _stored(reference_database)
    assert flattened(stored) == flattened(record)
    assert BundleRecord.model_validate(stored.model_dump()) == record


def test_verdicts_on_the_checklist_are_saved_and_read_again(reference_database: Database, build: Build) -> None:
    add_items(reference_database, *(one["item"] for one in CHECKS))
    record = build(checks=CHECKS)
    _save(reference_database, record)
    assert flattened(_stored(reference_database)) == flattened(record)
    assert _save(reference_database, build(checks=CHECKS[:1])) is Saved.CHANGED
    assert [one.item for one in _stored(reference_database).checks] == [CHECKS[0]["item"]]


def test_a_verdict_on_a_retired_item_is_kept_and_told_of(reference_database: Database, build: Build) -> None:
    add_items(reference_database, *(one["item"] for one in CHECKS))
    with reference_database.writing() as write:
        retire_item(write, CHECKS[0]["item"], actor="leitung")
    record = build(checks=CHECKS)
    assert _save(reference_database, record) is Saved.CREATED
    with reference_database.reading() as session:
        assert [one.field for one in doubtful(record, known_keys(session, [record]))] == ["checks.0.item"]


def test_saving_the_same_again_changes_nothing(reference_database: Database, build: Build) -> None:
    _save(reference_database, build(**FULL))
    before = _bundle(reference_database)
    assert _save(reference_database, build(**FULL)) is Saved.UNCHANGED
    assert _bundle(reference_database).tick == before.tick
    assert len(_revisions(reference_database)) == 1


def test_a_change_is_stamped_and_leaves_a_revision_with_the_fields(reference_database: Database, build: Build) -> None:
    _save(reference_database, build())
    changed = build(title="Hund anmelden", costs={"introduction_cost_from_eur": "12.5"})
    assert _save(reference_database, changed, actor="amt", reason="Korrektur") is Saved.CHANGED
    revision = _revisions(reference_database)[-1]
    assert revision.changes == {
        "title": ["Hundesteuer anmelden", "Hund anmelden"],
        "costs.introduction_cost_from_eur": [None, "12.50"],
    }
    assert (revision.actor, revision.reason, revision.entity_key) == ("amt", "Korrektur", MINIMAL["slug"])
    assert _bundle(reference_database).tick == revision.tick == reference_database.tick()


def test_rows_of_a_list_are_replaced_only_where_it_differs(reference_database: Database, build: Build) -> None:
    _save(reference_database, build(**FULL))

    def ids() -> list[int | None]:
        with reference_database.reading() as session:
            return list(session.execute(select(BundleSource.id)).scalars())

    before = ids()
    _save(reference_database, build(**FULL | {"title": "Anderer Titel"}))
    assert ids() == before
    more = [*FULL["sources"], {"url": "https://www.example.org/b", "title": "B"}]
    _save(reference_database, build(**FULL | {"sources": more}))
    assert [source.title for source in _stored(reference_database).sources] == ["A", "B"]


def test_the_order_of_a_list_is_kept_and_its_change_is_a_change(reference_database: Database, build: Build) -> None:
    parts: list[dict[str, Any]] = [
        {"role": "partner", "municipality": ags} for ags in ("05974040", "05111000", "05315000")
    ]
    _save(reference_database, build(participants=parts))
    assert [one.municipality for one in _stored(reference_database).participants] == [
        "05974040",
        "05111000",
        "05315000",
    ]
    assert _save(reference_database, build(participants=parts[::-1])) is Saved.CHANGED
    assert [one.municipality for one in _stored(reference_database).participants] == [
        "05315000",
        "05111000",
        "05974040",
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ozg_services": [{"ozg_id": "99999", "basis": "named"}]}, "ozg_services.0.ozg_id"),
        (
            {"ozg_services": [{"ozg_id": "10160", "basis": "named", "leika_keys": ["99041006000000"]}]},
            "ozg_services.0.leika_keys",
        ),
        ({"participants": [{"role": "lead", "municipality": "05999999"}]}, "participants.0.municipality"),
        ({"participants": [{"role": "lead", "district": "05999"}]}, "participants.0.district"),
        ({"participants": [{"role": "provider", "provider": "niemand"}]}, "participants.0.provider"),
        ({"requirements": [{"capability": "nichts", "level": "mandatory"}]}, "requirements.0.capability"),
        ({"checks": [{"item": "nichts", "verdict": "fulfilled"}]}, "checks.0.item"),
        (
            {"maturity": [{"model": "1.1", "level": 9, "assessed_on": "2021-01-01", "ground": "Test"}]},
            "maturity.0.level",
        ),
    ],
)
def test_a_reference_to_something_unknown_is_refused_and_nothing_is_written(
    reference_database: Database, build: Build, values: dict[str, Any], field: str
) -> None:
    before = reference_database.tick()
    with pytest.raises(DanglingReferenceError) as caught:
        _save(reference_database, build(**values))
    assert [one.field for one in caught.value.refusals] == [field]
    assert reference_database.tick() == before
    assert _revisions(reference_database) == []


def test_a_key_of_a_land_is_accepted_but_doubtful(reference_database: Database, build: Build) -> None:
    record = build(ozg_services=[{"ozg_id": "10160", "basis": "named", "leika_keys": ["77123456789012"]}])
    assert _save(reference_database, record) is Saved.CREATED
    with reference_database.reading() as session:
        assert [one.field for one in doubtful(record, known_keys(session, [record]))] == ["ozg_services.0.leika_keys"]


def test_an_entry_goes_from_draft_to_public_to_withdrawn_and_back(reference_database: Database, build: Build) -> None:
    _save(reference_database, build(state="draft", state_note="Beleg fehlt"))
    assert _bundle(reference_database).published_on is None
    with reference_database.writing() as write:
        publish_bundle(write, MINIMAL["slug"], actor="amt")
    published = _bundle(reference_database)
    assert (published.state, published.state_note) == (State.PUBLISHED, None)
    assert published.published_on is not None
    _save(reference_database, build(slug="nachfolger"))
    with reference_database.writing() as write:
        withdraw_bundle(write, MINIMAL["slug"], actor="amt", reason="Abgelöst", successor="nachfolger")
    gone = _bundle(reference_database)
    assert (gone.state, gone.state_note, gone.successor_slug) == (State.WITHDRAWN, "Abgelöst", "nachfolger")
    assert gone.tick == reference_database.tick()
    with reference_database.writing() as write:
        publish_bundle(write, MINIMAL["slug"], actor="amt", reason="Irrtum")
    assert _bundle(reference_database).successor_slug is None
    assert _revisions(reference_database)[-1].changes == {
        "state": ["withdrawn", "published"],
        "state_note": ["Abgelöst", None],
        "successor_slug": ["nachfolger", None],
    }


def test_an_archived_entry_stays_readable_and_says_why(reference_database: Database, build: Build) -> None:
    _save(reference_database, build())
    with reference_database.writing() as write:
        archive_bundle(write, MINIMAL["slug"], actor="amt", reason="Nicht mehr gepflegt")
    assert _bundle(reference_database).state_note == "Nicht mehr gepflegt"


def test_a_draft_without_source_cannot_be_published(reference_database: Database, build: Build) -> None:
    _save(reference_database, build(state="draft", sources=[]))
    with pytest.raises(ValidationError, match="mindestens eine Quelle"), reference_database.writing() as write:
        publish_bundle(write, MINIMAL["slug"], actor="amt")
    assert _bundle(reference_database).state is State.DRAFT


def test_a_state_that_cannot_follow_is_refused(reference_database: Database, build: Build) -> None:
    _save(reference_database, build())
    with pytest.raises(StateConflictError, match="veröffentlicht"):
        _save(reference_database, build(state="draft"))


@pytest.mark.parametrize("change", [publish_bundle, withdraw_bundle, archive_bundle])
def test_an_unknown_entry_is_named(reference_database: Database, change: Callable[..., None]) -> None:
    with pytest.raises(UnknownEntryError, match="nirgends"), reference_database.writing() as write:
        change(write, "nirgends", actor="amt", reason="Test")


def test_an_unknown_successor_is_refused(reference_database: Database, build: Build) -> None:
    _save(reference_database, build())
    with pytest.raises(UnknownEntryError, match="niemand"), reference_database.writing() as write:
        withdraw_bundle(write, MINIMAL["slug"], actor="amt", reason="Ende", successor="niemand")
    assert _bundle(reference_database).state is State.PUBLISHED


def test_reading_many_records_takes_as_many_queries_as_reading_one(catalogue_database: Database) -> None:
    statements: list[str] = []

    @event.listens_for(catalogue_database.engine, "before_cursor_execute")
    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    with catalogue_database.reading() as session:
        bundles = session.execute(select(ServiceBundle).order_by(ServiceBundle.slug)).scalars().all()
        assert len(bundles) > 20
        statements.clear()
        records = records_of(session, bundles)
        assert len(statements) == len(LISTS) + 1
        assert [record.slug for record in records] == [bundle.slug for bundle in bundles]
        assert flattened(records[3]) == flattened(record_of(session, bundles[3]))


_texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=3, max_size=40).filter(
    lambda text: text.strip()
)
_values = st.fixed_dictionaries(
    {"title": _texts},
    optional={
        "description": _texts,
        "audience": st.lists(st.sampled_from(["citizens", "businesses", "administration"]), unique=True),
        "phase": st.sampled_from(["operation", "conception"]),
        "project_start": st.dates().filter(lambda day: 1949 <= day.year <= 2100).map(lambda day: day.isoformat()[:7]),
        "funding_amount_eur": st.decimals(0, 10**9, places=2).map(str),
        "links": st.lists(
            st.builds(lambda title: {"kind": "demo", "url": "https://x.example", "title": title}, _texts)
        ),
        "participants": st.lists(
            st.sampled_from(["05974040", "05111000", "05315000"]).map(
                lambda ags: {"role": "lead", "municipality": ags}
            ),
            unique_by=lambda part: part["municipality"],
        ),
        "costs": st.fixed_dictionaries({"operation_fte_from": st.floats(0, 1000)}),
        "transferability": st.fixed_dictionaries({}, optional={"provision": _texts, "experiences": _texts}),
    },
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(_values, min_size=1, max_size=3))
def test_an_entry_reads_as_it_was_saved_last_and_its_revisions_replay_to_it(
    reference_database: Database, history: list[dict[str, Any]]
) -> None:
    for values in history:
        record = BundleRecord.model_validate(MINIMAL | values)
        _save(reference_database, record)
    assert flattened(_stored(reference_database)) == flattened(record)
    replayed: dict[str, Any] = {}
    for revision in _revisions(reference_database):
        for name, (before, after) in revision.changes.items():
            assert replayed.get(name) == before
            replayed[name] = after
    assert {name: value for name, value in flattened(record).items() if value is not None} == {
        name: value for name, value in replayed.items() if value is not None
    }
