"""The public history of an entry: list, permanent links, differences, restoring."""

from typing import Any

import pytest

from registry.editorial.entries import withdraw_entry
from tests.editorial.conftest import World
from tests.office.world import FOREIGN, OWN, Office, post
from tests.web.client import check

PATH = f"/buendel/{OWN}/versionen"


@pytest.fixture
def world(office: Office) -> World:
    return World(office.database)


def _changed(world: World, **changes: Any) -> int:
    key = world.typed("coordinator", **changes)
    world.apply("coordinator", key, "publish", reason="Berichtigt")
    return world.revisions()[-1].tick


def test_the_list_tells_when_who_why_and_how_much(office: Office, world: World) -> None:
    _changed(world, title="Neuer Titel", licence="EUPL-1.2")
    public = office.pages("anonymous").get(PATH)
    assert all(text in public.main.replace("\xa0", " ") for text in ("Stadt Soest", "Berichtigt", "2 Felder", "System"))
    assert "Koordination Soest" not in public.main
    assert public.all(".//meta[@name='robots']")
    insider = office.pages("editor").get(PATH)
    assert "Koordination Soest" in insider.main
    assert "Koordination Soest" not in office.pages("other").get(PATH).main


def test_a_version_has_a_permanent_link(office: Office, world: World) -> None:
    first = _changed(world, title="Zweite Fassung", description="Mit **Nachdruck**.")
    _changed(world, title="Dritte Fassung")
    page = office.pages("anonymous").get(f"{PATH}/{first}")
    assert page.h1.endswith("Zweite Fassung")
    assert "Fassung vom" in page.main
    assert [one.text for one in page.all(".//main//strong")] == ["Nachdruck"]
    assert page.links()["Zum heutigen Eintrag"] == f"/buendel/{OWN}"
    assert "wiederherstellen" not in page.main
    assert "Diese Fassung wiederherstellen" in office.pages("coordinator").get(f"{PATH}/{first}").main


def test_any_two_versions_are_compared(office: Office, world: World) -> None:
    first = world.revisions()[0].tick
    middle = _changed(world, title="Zweite Fassung")
    last = _changed(world, licence="EUPL-1.2")
    page = office.pages("anonymous").get(f"{PATH}?von={last}&bis={first}")
    assert "Zweite Fassung" in page.main
    assert "EUPL-1.2" in page.main
    assert len(page.classed("compared")) == 3, "two sections, and the change of ownership"
    same = office.pages("anonymous").get(f"{PATH}?von={last}&bis={last}")
    assert "sagen dasselbe" in same.main
    assert "EUPL-1.2" not in office.pages("anonymous").get(f"{PATH}?von={first}&bis={middle}").main


def test_a_change_of_ownership_names_the_organisations(office: Office, world: World) -> None:
    first, last = world.revisions()[0].tick, world.revisions()[-1].tick
    page = office.pages("anonymous").get(f"{PATH}?von={first}&bis={last}")
    assert "Zuständige Stelle" in page.main
    assert "Stadt Soest" in page.main


@pytest.mark.parametrize(
    "query", ["?von=1", "?von=a&bis=b", "?von=99999999&bis=1", "?von=²&bis=1", f"?von={'9' * 40}&bis=1"]
)
def test_odd_comparisons_do_not_exist(office: Office, query: str) -> None:
    office.pages("anonymous").get(PATH + query, 404)


@pytest.mark.parametrize("tick", ["0", "99999999", "9" * 30, "-1", "x"])
def test_odd_versions_do_not_exist(office: Office, tick: str) -> None:
    office.pages("anonymous").get(f"{PATH}/{tick}", 404)
    office.pages("anonymous").get(f"/buendel/gibt-es-nicht/versionen/{tick}", 404)


def test_drafts_and_withdrawn_entries_are_for_insiders(office: Office, world: World) -> None:
    slug = world.apply("editor", world.new("editor", title="Geheimer Entwurf"), "draft").slug
    assert slug is not None
    path = f"/buendel/{slug}/versionen"
    office.pages("anonymous").get(path, 404)
    office.pages("other").get(path, 404)
    page = office.pages("editor").get(path)
    assert "nicht öffentlich" in page.main
    draft = world.revisions(slug)[0].tick
    office.pages("editor").get(f"{path}/{draft}")
    world.apply("coordinator", world.typed("coordinator", slug, title="Öffentlicher Titel"), "publish")
    assert "1 Fassung" in office.pages("anonymous").get(path).main.replace("\xa0", " ")
    office.pages("anonymous").get(f"{path}/{draft}", 404)
    last = world.revisions(slug)[-1].tick
    office.pages("anonymous").get(f"{path}?von={draft}&bis={last}", 404)
    with office.database.writing() as write:
        withdraw_entry(write, world.actor("coordinator"), slug, reason="Aus", successor=FOREIGN)
    office.pages("anonymous").get(path, 410)
    office.pages("editor").get(path)


def test_restoring_brings_a_version_back_on_the_page_at_once(office: Office, world: World) -> None:
    before = world.bundle().title
    tick = world.revisions()[0].tick
    _changed(world, title="Falscher Titel")
    assert "Falscher Titel" in office.pages("anonymous").get(f"/buendel/{OWN}").h1
    answer = post(office.client("coordinator"), f"{PATH}/{tick}/wiederherstellen")
    assert answer.status_code == 303
    assert before in office.pages("anonymous").get(f"/buendel/{OWN}").h1
    assert "wiederhergestellt" in office.pages("anonymous").get(PATH).main


def test_an_editor_submits_and_strangers_are_refused(office: Office, world: World) -> None:
    tick = world.revisions()[0].tick
    _changed(world, title="Falscher Titel")
    assert post(office.client("editor"), f"{PATH}/{tick}/wiederherstellen").status_code == 303
    assert world.bundle().title == "Falscher Titel"
    assert "Falscher Titel" in office.pages("coordinator").get("/verwaltung/pruefung").main
    for role in ("other", "other coordinator"):
        check(response := post(office.client(role), f"{PATH}/{tick}/wiederherstellen"))
        assert response.status_code == 403
    assert post(office.client("coordinator"), f"{PATH}/99999999/wiederherstellen").status_code == 404


def test_a_version_against_todays_rules_is_refused_with_the_reason(office: Office, world: World) -> None:
    slug = world.apply("editor", world.new("editor", sources=[]), "draft").slug
    assert slug is not None
    tick = world.revisions(slug)[0].tick
    sources = [{"url": "https://www.example.org/a", "title": "Bericht"}]
    world.apply("coordinator", world.typed("coordinator", slug, sources=sources), "publish")
    answer = post(office.client("coordinator"), f"/buendel/{slug}/versionen/{tick}/wiederherstellen")
    assert answer.status_code == 409
    assert "mindestens eine Quelle" in check(answer).main
