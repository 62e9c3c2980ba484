"""Items of the checklist: added, changed, retired, brought back; each with a revision, never deleted."""

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from registry.database import Database
from registry.history import Revision
from registry.reuse.checklist.models import CheckGroup, ChecklistItem, ChecklistItemFields, Obligation
from registry.reuse.checklist.operations import (
    ENTITY,
    SameItemError,
    SlugTakenError,
    UnknownItemError,
    add_item,
    bring_back_item,
    change_item,
    retire_item,
)
from registry.reuse.checklist.queries import active_items, all_items, assessment_of, item_page, uses
from registry.reuse.models import TransferabilityProfile
from registry.reuse.operations import save_bundle
from registry.reuse.queries import find_bundle

from ..conftest import MINIMAL, Build, add_items


def _fields(slug: str, group: CheckGroup = CheckGroup.PAYMENT, **values: object) -> ChecklistItemFields:
    known = {"obligation": Obligation.MUST, "title": f"Anforderung {slug}"}
    return ChecklistItemFields.model_validate({"slug": slug, "group": group, **known, **values})


def _add(database: Database, *items: ChecklistItemFields) -> None:
    for one in items:
        with database.writing() as write:
            add_item(write, one, actor="person:1")


def _history(database: Database) -> list[dict[str, object]]:
    with database.reading() as session:
        rows = session.execute(select(Revision).where(Revision.entity == ENTITY).order_by(Revision.id)).scalars()
        return [dict(row.changes) for row in rows]


def test_items_stand_in_the_order_of_the_groups_and_of_their_addition(database: Database) -> None:
    _add(
        database,
        _fields("zwei", CheckGroup.ORGANISATION),
        _fields("eins"),
        _fields("drei", CheckGroup.INTERFACE_DESIGN),
        _fields("vier"),
    )
    with database.reading() as session:
        assert [row.slug for row in all_items(session)] == ["drei", "eins", "vier", "zwei"]
        assert item_page(session, "nichts") is None


def test_a_change_moves_the_clock_and_leaves_a_revision_and_none_leaves_nothing(database: Database) -> None:
    _add(database, _fields("eins"))
    before = database.tick()
    with database.writing() as write:
        assert not change_item(write, _fields("eins"), actor="person:1")
    assert len(_history(database)) == 1
    with database.writing() as write:
        assert change_item(write, _fields("eins", obligation=Obligation.MAY), actor="person:1")
    assert database.tick() > before
    assert _history(database)[-1] == {"obligation": ["must", "may"]}
    with database.reading() as session:
        row = session.execute(select(ChecklistItem)).scalar_one()
        assert row.tick == database.tick()


def test_a_used_item_is_retired_and_brought_back_and_never_deleted(reference_database: Database, build: Build) -> None:
    database = reference_database
    add_items(database, "eins")
    with database.writing() as write:
        save_bundle(write, build(checks=[{"item": "eins", "verdict": "fulfilled"}]), actor="amt")
        assert retire_item(write, "eins", actor="person:1")
        assert not retire_item(write, "eins", actor="person:1")
    with database.reading() as session:
        assert active_items(session) == []
        page = item_page(session, "eins")
        assert page is not None
        assert (page.row.retired, page.used, uses(session)) == (True, 1, {"eins": 1})
        bundle = find_bundle(session, MINIMAL["slug"])
        assert bundle is not None
        profile = session.get(TransferabilityProfile, bundle.id)
        assert profile is not None
        assert assessment_of(session, bundle.id, profile).ignored == 1
    with database.writing() as write:
        assert bring_back_item(write, "eins", actor="person:1")
        assert not bring_back_item(write, "eins", actor="person:1")
    with database.reading() as session:
        assert [row.slug for row in active_items(session)] == ["eins"]


def test_the_same_item_is_refused_twice(database: Database) -> None:
    _add(database, _fields("eins", title="Bezahlen online"))
    with pytest.raises(SlugTakenError), database.writing() as write:
        add_item(write, _fields("eins", title="Etwas anderes"), actor="person:1")
    with pytest.raises(SameItemError), database.writing() as write:
        add_item(write, _fields("zwei", title="  bezahlen  ONLINE"), actor="person:1")
    _add(database, _fields("drei", CheckGroup.ORGANISATION, title="Bezahlen online"))
    with database.writing() as write:
        retire_item(write, "eins", actor="person:1")
    _add(database, _fields("vier", title="Bezahlen online"))
    with pytest.raises(SameItemError), database.writing() as write:
        bring_back_item(write, "eins", actor="person:1")


def test_an_unknown_item_and_a_wrong_one_are_refused(database: Database) -> None:
    with pytest.raises(UnknownItemError, match="gibt es nicht"), database.writing() as write:
        change_item(write, _fields("eins"), actor="person:1")
    with pytest.raises(UnknownItemError), database.writing() as write:
        retire_item(write, "eins", actor="person:1")
    with pytest.raises(ValidationError):
        _fields("eins", title="ab")
    with pytest.raises(ValidationError):
        _fields("eins", source_url="javascript:alert(1)")
