"""One change for many entries: planned, made as one set or not at all, undone where nobody has changed it since."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from registry.catalogue.enums import Audience, FitsKind, Phase, ProcurementPath, State
from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.editorial.bulk import (
    FIELDS,
    Edit,
    EditRefusedError,
    apply_edit,
    changed,
    checked,
    edit_from,
    fields_for,
    plan_edit,
)
from registry.editorial.bulk_list import NOBODY, BulkFilters, bulk_rows
from registry.editorial.models import Proposal, RevisionSet
from registry.editorial.sets import NothingToChangeError, Planned, SetDone, StalePlanError
from registry.editorial.stewardship import set_stewards, stewards_of
from registry.editorial.undoing import UndoneAlreadyError, UnknownSetError, set_view, sets_of, undo_set
from registry.history import Author, Revision
from registry.reuse.operations import archive_bundle, save_bundle
from registry.reuse.record import BundleRecord
from registry.reuse.records import record_of
from tests.editorial.conftest import World
from tests.office.world import FOREIGN, OWN

MORE = ("hunde-anmeldung-paderborn", "hundesteuer-bottrop", "wohngeld-remscheid")
MINE = (OWN, *MORE)


@pytest.fixture
def mine(world: World) -> World:
    """Return a world in which Soest owns four entries."""
    _give(world, MORE)
    return world


def _give(world: World, slugs: Iterable[str], owner: str = "stadt-soest", deputy: str | None = None) -> None:
    with world.database.writing() as write:
        for slug in slugs:
            bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one()
            set_stewards(
                write,
                bundle,
                world.organisation(owner),
                world.organisation(deputy) if deputy else None,
                author=Author("system"),
            )


def _edit(world: World, name: str, mode: str, role: str = "coordinator", **values: Any) -> Edit:
    dotted = {path.replace("__", "."): value for path, value in values.items()}
    with world.database.reading() as session:
        return checked(session, edit_from(world.actor(role), name, mode, dotted))


def _plan(world: World, edit: Edit, slugs: Iterable[str] = MINE, role: str = "coordinator") -> dict[str, Planned]:
    with world.database.reading() as session:
        return {one.slug: one for one in plan_edit(session, world.actor(role), edit, list(slugs))}


def _apply(
    world: World,
    edit: Edit,
    slugs: Iterable[str] = MINE,
    role: str = "coordinator",
    seen: Mapping[str, int] | None = None,
) -> SetDone:
    seen = seen or {slug: one.seen for slug, one in _plan(world, edit, slugs, role).items()}
    with world.database.writing() as write:
        return apply_edit(write, world.actor(role), edit, seen, title="Probe", reason="weil")


def _undo(world: World, key: str, role: str = "coordinator") -> SetDone:
    with world.database.writing() as write:
        return undo_set(write, world.actor(role), key)[0]


def _save(world: World, slug: str, **values: Any) -> None:
    with world.database.writing() as write:
        bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one()
        record = record_of(write.session, bundle)
        save_bundle(write, BundleRecord.model_validate(record.model_dump() | values), actor="jemand")


def _contents(world: World, slugs: Iterable[str] = MINE) -> dict[str, Any]:
    return {slug: world.content(slug) for slug in slugs}


def test_a_change_is_one_set_with_one_tick_and_a_reason(mine: World) -> None:
    before = mine.database.tick()
    done = _apply(mine, _edit(mine, "programme", "set", programme="Probeprogramm"))
    assert (done.entries, done.proposals) == (4, 0)
    assert mine.database.tick() == before + 1
    for slug in MINE:
        revision = mine.revisions(slug)[-1]
        assert (revision.set_key, revision.tick, revision.reason) == (done.key, before + 1, "weil")
        assert revision.organisation == "stadt-soest"
        assert revision.actor == mine.actor("coordinator").key
        assert list(revision.changes) == ["programme"]
        assert mine.content(slug)["programme"] == "Probeprogramm"
    with mine.database.reading() as session:
        (row,) = session.exec(select(RevisionSet)).all()
    assert (row.key, row.tick, row.entries, row.title) == (done.key, before + 1, 4, "Probe")


def test_what_the_preview_shows_is_what_happens(mine: World) -> None:
    edit = _edit(mine, "audience", "add", audience=["businesses", "administration"])
    plan = _plan(mine, edit)
    before = _contents(mine)
    _apply(mine, edit)
    assert _contents(mine) == {slug: before[slug] | plan[slug].after for slug in MINE}
    assert not any(one.changes for one in _plan(mine, edit).values())


def test_entries_of_others_and_unknown_ones_are_refused_and_left_alone(mine: World) -> None:
    edit = _edit(mine, "programme", "set", programme="Probeprogramm")
    slugs = (OWN, FOREIGN, "gibt-es-nicht")
    plan = _plan(mine, edit, slugs)
    assert plan[OWN].changes
    assert plan[FOREIGN].refused == plan["gibt-es-nicht"].refused != ""
    assert plan[FOREIGN].title == ""  # nothing is told about drafts of others
    before = mine.content(FOREIGN)
    assert _apply(mine, edit, slugs).entries == 1
    assert mine.content(FOREIGN) == before


def test_nothing_to_change_leaves_no_trace(mine: World) -> None:
    edit = _edit(mine, "programme", "set", programme="Probeprogramm")
    _apply(mine, edit)
    tick = mine.database.tick()
    with pytest.raises(NothingToChangeError):
        _apply(mine, edit)
    with pytest.raises(NothingToChangeError):
        _apply(mine, edit, [FOREIGN])
    assert mine.database.tick() == tick


def test_an_entry_that_changed_after_the_preview_stops_the_whole(mine: World) -> None:
    edit = _edit(mine, "programme", "set", programme="Probeprogramm")
    seen = {slug: one.seen for slug, one in _plan(mine, edit).items()}
    _save(mine, MORE[0], funding_note="inzwischen ergänzt")
    before, tick = _contents(mine), mine.database.tick()
    with pytest.raises(StalePlanError) as caught:
        _apply(mine, edit, seen=seen)
    assert caught.value.slugs == (MORE[0],)
    assert (_contents(mine), mine.database.tick()) == (before, tick)


def test_a_change_of_owner_after_the_preview_stops_the_whole(mine: World) -> None:
    edit = _edit(mine, "programme", "set", programme="Probeprogramm")
    seen = {slug: one.seen for slug, one in _plan(mine, edit).items()}
    _give(mine, [MORE[0]], deputy="stadt-wuppertal")
    with pytest.raises(StalePlanError):
        _apply(mine, edit, seen=seen)


def test_a_value_that_an_entry_cannot_have_is_told_and_the_others_change(mine: World) -> None:
    _save(mine, OWN, fits_population_from=None, fits_population_to=None)
    edit = _edit(mine, "phase", "set", phase="operation", phase_as_of="2026-03")
    with mine.database.writing() as write:
        archive_bundle(write, MORE[1], actor="jemand", reason="abgelöst")
    plan = _plan(mine, edit)
    assert "archiviert" in plan[MORE[1]].refused
    assert _apply(mine, edit).entries == 3
    assert mine.content(OWN)["phase_as_of"] == "2026-03"


@pytest.mark.parametrize(
    ("name", "mode", "values", "field"),
    [
        ("licence", "set", {"licence": "x" * 81}, "licence"),
        ("contact_email", "set", {"contact_email": "niemand"}, "contact_email"),
        ("contact_url", "set", {"contact_url": "javascript:alert(1)"}, "contact_url"),
        ("phase", "set", {"phase": "beendet", "phase_as_of": ""}, "phase"),
        ("phase", "set", {"phase": "operation", "phase_as_of": "morgen"}, "phase_as_of"),
        ("programme", "set", {"programme": "  "}, "programme"),
        ("programme", "set", {"programme": "x" * 201}, "programme"),
        ("audience", "add", {"audience": ["aliens"]}, "audience.0"),
        ("audience", "add", {"audience": []}, "audience"),
        ("programme", "add", {"programme": "x"}, "mode"),
        ("title", "set", {"title": "Alle gleich"}, "field"),
        ("state", "set", {"state": "published"}, "field"),
        ("owner", "set", {"owner": "stadt-soest"}, "field"),
        (
            "fits_population",
            "set",
            {"fits_population_from": "500", "fits_population_to": "100"},
            "fits_population_to",
        ),
        ("requirements", "add", {"requirements__capability": "warp", "requirements__level": "mandatory"}, None),
        ("requirements", "add", {"requirements__capability": "dms-e-akte", "requirements__level": "egal"}, None),
    ],
)
def test_a_bad_change_is_refused_beside_its_field(
    world: World, name: str, mode: str, values: dict[str, Any], field: str | None
) -> None:
    with pytest.raises(EditRefusedError) as caught:
        _edit(world, name, mode, **values)
    assert caught.value.refusals
    if field:
        assert caught.value.refusals[0].field == field


def test_values_of_other_fields_are_left_out(mine: World) -> None:
    edit = _edit(mine, "programme", "set", programme="Probeprogramm", title="Alle gleich", state="withdrawn")
    assert dict(edit.values) == {"programme": "Probeprogramm"}


def test_a_building_block_is_added_changed_and_removed(mine: World) -> None:
    values = {"requirements__capability": "dms-e-akte", "requirements__level": "recommended", "requirements__note": ""}
    _apply(mine, _edit(mine, "requirements", "add", **values), [OWN])
    added = [row for row in mine.content()["requirements"] if row["capability"] == "dms-e-akte"]
    assert added == [{"capability": "dms-e-akte", "level": "recommended", "note": None}]
    _apply(mine, _edit(mine, "requirements", "add", **values | {"requirements__level": "mandatory"}), [OWN])
    assert [row["level"] for row in mine.content()["requirements"] if row["capability"] == "dms-e-akte"] == [
        "mandatory"
    ]
    _apply(mine, _edit(mine, "requirements", "remove", requirements__capability="dms-e-akte"), [OWN])
    assert not [row for row in mine.content()["requirements"] if row["capability"] == "dms-e-akte"]


# -- four eyes -----------------------------------------------------------------------------------------------------


def test_under_four_eyes_the_changes_wait_for_review(mine: World) -> None:
    mine.four_eyes()
    before = _contents(mine)
    done = _apply(mine, _edit(mine, "programme", "set", programme="Probeprogramm"))
    assert (done.entries, done.proposals) == (0, 4)
    assert _contents(mine) == before
    with mine.database.reading() as session:
        proposals = session.exec(select(Proposal)).all()
    assert {one.state for one in proposals} == {"submitted"}
    assert {one.values["programme"] for one in proposals} == {"Probeprogramm"}
    assert {one.reason for one in proposals} == {"weil"}
    assert len(mine.mails()) == 1  # one for all, not one each


def test_under_four_eyes_an_own_version_in_work_is_not_swept_along(mine: World) -> None:
    mine.four_eyes()
    key = mine.typed("coordinator", OWN, title="Noch nicht fertig")
    edit = _edit(mine, "programme", "set", programme="Probeprogramm")
    plan = _plan(mine, edit)
    assert "schon eine Fassung" in plan[OWN].refused
    assert _apply(mine, edit).proposals == 3
    assert mine.proposal(key).state == "working"


def test_a_draft_is_changed_at_once_also_under_four_eyes(mine: World) -> None:
    mine.four_eyes()
    slug = mine.apply("coordinator", mine.new("coordinator"), "draft").slug
    assert slug is not None
    done = _apply(mine, _edit(mine, "programme", "set", programme="Probeprogramm"), [slug])
    assert (done.entries, done.proposals) == (1, 0)
    assert mine.bundle(slug).state is State.DRAFT


# -- owner and deputy ----------------------------------------------------------------------------------------------


def test_an_administrator_hands_many_entries_over(mine: World) -> None:
    edit = _edit(mine, "deputy", "set", "administrator", deputy="stadt-wuppertal")
    slugs = (*MINE, FOREIGN)
    plan = _plan(mine, edit, slugs, "administrator")
    assert "nicht zugleich" in plan[FOREIGN].refused
    done = _apply(mine, edit, slugs, "administrator")
    assert done.entries == 4
    with mine.database.reading() as session:
        assert stewards_of(session, mine.bundle(OWN).id).deputy_id == mine.organisation("stadt-wuppertal")
    assert _undo(mine, done.key, "administrator").entries == 4
    with mine.database.reading() as session:
        assert stewards_of(session, mine.bundle(OWN).id).deputy_id is None


def test_owner_and_deputy_are_offered_to_administrators_alone(world: World) -> None:
    assert {one.name for one in fields_for(world.actor("administrator"))} == set(FIELDS)
    assert {one.name for one in fields_for(world.actor("coordinator"))} == set(FIELDS) - {"owner", "deputy"}


# -- undoing -------------------------------------------------------------------------------------------------------


def test_undoing_restores_what_nobody_changed_since_and_lists_the_rest(mine: World) -> None:
    before = _contents(mine)
    done = _apply(mine, _edit(mine, "phase", "set", phase="discontinued", phase_as_of="2031"))
    _save(mine, MORE[0], phase=Phase.COMPLETED)
    _save(mine, MORE[1], funding_note="anderes Feld")
    undone = _undo(mine, done.key)
    now = _contents(mine)
    assert now[OWN] == before[OWN]
    assert now[MORE[0]]["phase"] == "completed"
    assert now[MORE[0]]["phase_as_of"] == before[MORE[0]]["phase_as_of"]
    assert now[MORE[1]] == before[MORE[1]] | {"funding_note": "anderes Feld"}
    assert undone.entries == 4
    with pytest.raises(UndoneAlreadyError):
        _undo(mine, done.key)
    with mine.database.reading() as session:
        view = set_view(session, mine.actor("coordinator"), undone.key)
    assert view.row.title == "Rücknahme: Probe"
    assert _undo(mine, undone.key).entries == 4  # an undo can be undone
    assert mine.content(OWN)["phase_as_of"] == "2031"


def test_a_set_is_seen_and_undone_by_those_who_coordinate_its_entries(mine: World) -> None:
    done = _apply(mine, _edit(mine, "programme", "set", "administrator", programme="P"), MINE, "administrator")
    for role, seen in (("coordinator", True), ("administrator", True), ("other coordinator", False), ("editor", False)):
        with mine.database.reading() as session:
            found = [row.key for row in sets_of(session, mine.actor(role))]
            assert (found == [done.key]) is seen, role
            if not seen:
                with pytest.raises(UnknownSetError):
                    set_view(session, mine.actor(role), done.key)
    assert _undo(mine, done.key).entries == 4


def test_an_entry_that_went_to_others_is_not_undone(mine: World) -> None:
    done = _apply(mine, _edit(mine, "programme", "set", programme="Probeprogramm"))
    _give(mine, [MORE[0]], "stadt-wuppertal")
    assert _undo(mine, done.key).entries == 3
    assert mine.content(MORE[0])["programme"] == "Probeprogramm"


def test_what_four_eyes_now_guard_is_not_undone_alone(mine: World) -> None:
    done = _apply(mine, _edit(mine, "programme", "set", programme="Probeprogramm"))
    mine.four_eyes()
    with pytest.raises(NothingToChangeError):
        _undo(mine, done.key)
    with mine.database.reading() as session:
        view = set_view(session, mine.actor("coordinator"), done.key)
    assert not view.undoable
    assert "Vier-Augen" in view.entries[0].kept["programme"]


def _lists(members: Any) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from([one.value for one in members]), min_size=1, unique=True)


EDITS = st.one_of(
    st.tuples(st.just("programme"), st.just("set"), st.fixed_dictionaries({"programme": st.sampled_from("AB")})),
    st.tuples(st.sampled_from(["programme", "phase", "audience", "contact_url"]), st.just("empty"), st.just({})),
    st.tuples(
        st.just("phase"),
        st.just("set"),
        st.fixed_dictionaries(
            {
                "phase": st.sampled_from([one.value for one in Phase]),
                "phase_as_of": st.sampled_from(["", "2026", "2026-02"]),
            }
        ),
    ),
    st.tuples(
        st.just("audience"),
        st.sampled_from(["add", "remove", "set"]),
        st.fixed_dictionaries({"audience": _lists(Audience)}),
    ),
    st.tuples(
        st.just("procurement_paths"),
        st.sampled_from(["add", "remove", "set"]),
        st.fixed_dictionaries({"procurement_paths": _lists(ProcurementPath)}),
    ),
    st.tuples(
        st.just("fits_kinds"),
        st.sampled_from(["add", "remove"]),
        st.fixed_dictionaries({"fits_kinds": _lists(FitsKind)}),
    ),
    st.tuples(
        st.just("requirements"),
        st.sampled_from(["add", "remove"]),
        st.fixed_dictionaries(
            {
                "requirements.capability": st.sampled_from(["dms-e-akte", "fit-connect"]),
                "requirements.level": st.sampled_from(["mandatory", "recommended"]),
                "requirements.note": st.sampled_from(["", "Hinweis"]),
            }
        ),
    ),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edit=EDITS, slugs=st.lists(st.sampled_from([*MINE, FOREIGN]), min_size=1, unique=True))
def test_undoing_at_once_brings_everything_back(
    mine: World, edit: tuple[str, str, dict[str, Any]], slugs: list[str]
) -> None:
    before = _contents(mine, [*MINE, FOREIGN])
    with mine.database.reading() as session:
        change = checked(session, edit_from(mine.actor("coordinator"), *edit))
    try:
        done = _apply(mine, change, slugs)
    except NothingToChangeError:
        assert all(changed(change, before[slug]) == before[slug] for slug in slugs if slug != FOREIGN)
    else:
        assert _contents(mine, [FOREIGN])[FOREIGN] == before[FOREIGN]
        assert _contents(mine, MINE) != {slug: before[slug] for slug in MINE}
        _undo(mine, done.key)
    assert _contents(mine, [*MINE, FOREIGN]) == before


# -- the list ------------------------------------------------------------------------------------------------------


def test_the_list_holds_the_own_entries_and_narrows_them(mine: World) -> None:
    def found(role: str = "coordinator", **filters: Any) -> set[str]:
        with mine.database.reading() as session:
            return {row.slug for row in bulk_rows(session, mine.actor(role), BulkFilters(**filters))}

    assert found() == set(MINE)
    assert found("editor") == set()
    assert FOREIGN not in found()
    assert found(text="HUND") == set(MINE) - {"wohngeld-remscheid"}
    assert found(text="100%") == set()
    assert found(state=State.DRAFT) == set()
    assert found(organisation="stadt-wuppertal") == set()
    assert found("administrator", organisation="stadt-wuppertal") == {FOREIGN}
    assert not found("administrator", organisation=NOBODY) & {*MINE, FOREIGN}
    assert OWN in found(ozg_id="10160")
    assert "wohngeld-remscheid" not in found(ozg_id="10160")


def test_all_or_none_also_when_a_row_fails_late(mine: World, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = _edit(mine, "programme", "set", programme="Probeprogramm")
    before, tick = _contents(mine), mine.database.tick()
    calls = iter(range(10))

    def failing(*args: Any, **more: Any) -> Any:
        if next(calls) == 2:
            raise RuntimeError("the connection went away")
        return save_bundle(*args, **more)

    monkeypatch.setattr("registry.editorial.sets.save_bundle", failing)
    with pytest.raises(RuntimeError):
        _apply(mine, edit)
    assert (_contents(mine), mine.database.tick()) == (before, tick)
    with mine.database.reading() as session:
        assert session.exec(select(RevisionSet)).all() == []
        assert not [one for one in session.exec(select(Revision)) if one.set_key]


def test_many_entries_change_in_a_moment(catalogue_database: Database) -> None:
    """A set may hold the clock for a moment only; the figure is generous for a busy machine."""
    import time

    from tests.office.world import fill

    fill(catalogue_database)
    world = World(catalogue_database)
    with catalogue_database.reading() as session:
        slugs = [row.slug for row in bulk_rows(session, world.actor("administrator"), BulkFilters())]
    edit = _edit(world, "programme", "set", "administrator", programme="Probeprogramm")
    start = time.perf_counter()
    done = _apply(world, edit, slugs, "administrator")
    assert done.entries >= len(slugs) - 1
    assert time.perf_counter() - start < 0.1 * len(slugs) + 5
