"""Which tasks a connection takes, and how a list follows a newer one."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.adoption.enums import TaskState
from registry.adoption.task_rules import (
    LONGEST_HINT,
    MAKER,
    OWN,
    Block,
    Side,
    Task,
    plan,
    progress,
    tasks_for,
)
from registry.catalogue.enums import CapabilityKind, ReuseModel
from registry.profiles.profile import BodyProfile, Origin, Statement
from registry.reuse.record import BundleRecord

pytestmark = pytest.mark.sqlite_only
BLOCKS = {
    "fit-connect": Block("FIT-Connect", CapabilityKind.TRANSPORT),
    "e-payment": Block("E-Payment", CapabilityKind.PAYMENT),
    "epaybl": Block("ePayBL", CapabilityKind.PAYMENT, "e-payment"),
    "bundid": Block("BundID", CapabilityKind.USER_ACCOUNT),
    "akdn-sozial": Block("AKDN-sozial", CapabilityKind.SPECIALIST_APPLICATION),
}
STEPS = [
    "contract",
    "transport",
    "specialist",
    "pvog",
    "certificates",
    "postbox",
    "dvdv",
    "questionnaire",
    "mailbox",
    "support",
    "test",
    "announcement",
]
"""The checklist of the domain, in its order."""


def _entry(**values: Any) -> BundleRecord:
    return BundleRecord.model_validate({"slug": "probe", "title": "Probe", "summary": "Ein Eintrag.", **values})


def _body(**statements: bool) -> BodyProfile:
    said = {slug.replace("_", "-"): Statement(has, Origin.OWN, "Stadt") for slug, has in statements.items()}
    return BodyProfile("municipality", "05974040", "Stadt", None, None, None, None, None, statements=said)


def _tasks(
    entry: BundleRecord, body: BodyProfile | None = None, offering: BodyProfile | None = None
) -> dict[str, Task]:
    return {one.code: one for one in tasks_for(entry, body or _body(), offering, BLOCKS)}


def _needs(*slugs: str) -> BundleRecord:
    return _entry(requirements=[{"capability": slug, "level": "mandatory"} for slug in slugs])


def test_an_entry_that_says_nothing_gets_the_whole_list_and_is_told_what_to_ask() -> None:
    found = _tasks(_entry())
    assert list(found) == STEPS
    for code in ("transport", "specialist", "certificates", "postbox", "dvdv", "questionnaire"):
        assert "prüfen, ob" in found[code].hint
    assert "keinen Bezugsweg" in found["contract"].hint


@given(
    st.sampled_from([None, *ReuseModel]),
    st.lists(st.sampled_from(sorted(BLOCKS)), unique=True),
    st.dictionaries(st.sampled_from([one.replace("-", "_") for one in BLOCKS]), st.booleans()),
)
def test_each_task_has_a_hint_and_a_side_and_comes_once(
    model: ReuseModel | None, slugs: list[str], statements: dict[str, bool]
) -> None:
    entry = _entry(reuse_model=model, requirements=[{"capability": one, "level": "recommended"} for one in slugs])
    found = tasks_for(entry, _body(**statements), None, BLOCKS)
    assert len({one.code for one in found}) == len(found)
    assert all(one.title and 0 < len(one.hint) <= LONGEST_HINT and one.side in Side for one in found)
    assert ("payment" in {one.code for one in found}) == bool({"e-payment", "epaybl"} & set(slugs))


@given(st.lists(st.sampled_from(sorted(BLOCKS)), unique=True), st.sampled_from(sorted(BLOCKS)))
def test_a_further_requirement_never_takes_a_task_away(slugs: list[str], more: str) -> None:
    before = set(_tasks(_needs(*slugs)))
    after = set(_tasks(_needs(*dict.fromkeys([*slugs, more]))))
    assert before <= after


def test_a_concept_needs_no_connection() -> None:
    found = _tasks(_entry(reuse_model="blueprint"))
    assert list(found) == ["contract", "pvog", "mailbox", "support", "test", "announcement"]
    assert "Konzept" in found["contract"].hint


def test_own_operation_needs_no_questionnaire_but_a_contract_for_it() -> None:
    found = _tasks(_entry(reuse_model="self_hosted_open", licence="EUPL-1.2"))
    assert "questionnaire" not in found
    assert "Lizenz: EUPL-1.2." in found["contract"].hint
    assert "AVV" in found["contract"].hint


def test_a_contract_of_the_fit_store_is_one_of_the_land() -> None:
    assert "schließt das Land" in _tasks(_entry(procurement_paths=["fit_store"]))["contract"].hint


def test_hints_say_what_is_required_and_what_the_profile_says_about_it() -> None:
    entry = _needs("fit-connect", "e-payment", "bundid")
    found = _tasks(entry, _body(epaybl=True, bundid=False))
    assert "FIT-Connect (zwingend)" in found["transport"].hint
    assert "sagt das Profil nicht" in found["transport"].hint
    assert "Laut Profil vorhanden: ePayBL." in found["payment"].hint
    assert "Laut Profil nicht vorhanden: BundID." in found["postbox"].hint
    assert "Zertifikate für FIT-Connect" in found["certificates"].hint
    assert "FIT-Connect, E-Payment, BundID" in found["test"].hint


def test_the_offering_side_s_products_are_named_where_the_entry_asks_for_their_kind() -> None:
    offering = _body(fit_connect=True, epaybl=True)
    found = _tasks(_needs("fit-connect"), offering=offering)
    assert "Im Profil der anbietenden Stelle stehen: FIT-Connect." in found["transport"].hint
    assert "ePayBL" not in " ".join(one.hint for one in found.values())


def test_leika_keys_provider_and_contact_of_the_entry_are_at_hand() -> None:
    entry = _entry(
        contact_email="ozg@wuppertal.example",
        ozg_services=[{"ozg_id": "10160", "basis": "named", "leika_keys": ["99102013000000"]}],
    )
    found = _tasks(entry)
    assert "99102013000000" in found["pvog"].hint
    assert "ozg@wuppertal.example" in found["support"].hint


def test_a_capability_that_the_vocabulary_no_longer_has_does_not_disturb() -> None:
    assert list(_tasks(_needs("gibt-es-nicht"))) == STEPS


@dataclass
class Row:
    """A stored task."""

    code: str
    state: TaskState
    changed_by: str = "person:1"


rows = st.lists(
    st.builds(
        Row, st.sampled_from([*STEPS, OWN]), st.sampled_from(list(TaskState)), st.sampled_from([MAKER, "person:1"])
    ),
    unique_by=lambda row: row.code,
)
wanted = st.lists(st.sampled_from(STEPS), unique=True).map(lambda codes: [Task(c, c, c, Side.BOTH) for c in codes])


@given(rows, wanted)
def test_a_newer_list_loses_nothing_that_people_have_done(stored: list[Row], tasks: list[Task]) -> None:
    found = plan(stored, tasks)
    touched = [*found.gone, *found.back]
    assert all(row.state is not TaskState.DONE and row.code != OWN for row in touched)
    assert all(row.changed_by == MAKER for row in found.back)
    codes = {row.code for row in stored}
    assert {task.code for task in found.new} == {task.code for task in tasks} - codes
    assert {row.code for row, _ in found.kept} == {task.code for task in tasks} & codes


@given(rows, wanted)
def test_following_the_same_list_twice_changes_nothing_more(stored: list[Row], tasks: list[Task]) -> None:
    first = plan(stored, tasks)
    for row in first.gone:
        row.state, row.changed_by = TaskState.NOT_NEEDED, MAKER
    for row in first.back:
        row.state = TaskState.OPEN
    again = plan([*stored, *(Row(task.code, TaskState.OPEN, MAKER) for task in first.new)], tasks)
    assert (again.new, again.gone, again.back) == ((), (), ())


@given(st.lists(st.sampled_from(list(TaskState))))
def test_progress_leaves_out_what_is_not_needed(states: list[TaskState]) -> None:
    found = progress(states)
    assert 0 <= found.done <= found.total == len(states) - states.count(TaskState.NOT_NEEDED)
