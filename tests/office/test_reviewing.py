"""The review pages: queue, side by side, remarks, decisions, conflicts."""

import re
from datetime import timedelta
from typing import Any

import pytest

from registry.editorial.enums import ProposalState
from registry.moments import now
from registry.web.formatting import GERMAN_ZONE
from tests.editorial.conftest import World
from tests.office.world import OWN, Office, post
from tests.web.client import Page, check


@pytest.fixture
def world(office: Office) -> World:
    return World(office.database)


def _posted(office: Office, role: str, path: str, status: int = 303, **data: Any) -> Any:
    client = office.client(role)
    if data.get("entscheidung") and "gesehen" not in data:
        shown = re.search(r'name="gesehen" value="([^"]*)"', client.get(path).get_data(as_text=True))
        data["gesehen"] = shown[1] if shown else ""
    response = post(client, path, data)
    assert response.status_code == status, response.get_data(as_text=True)[-3000:]
    return response


def _page(office: Office, role: str, path: str, status: int, **data: Any) -> Page:
    return check(_posted(office, role, path, status, **data))


def _submitted(world: World, **changes: Any) -> str:
    key = world.typed("editor", **(changes or {"title": "Hundesteuer, neu gefasst"}))
    world.apply("editor", key, "submit", reason="Neuer Name")
    return key


def test_the_queue_shows_to_each_what_concerns_them(office: Office, world: World) -> None:
    _submitted(world)
    assert "Hundesteuer" in office.pages("coordinator").get("/verwaltung/pruefung").main
    editor = office.pages("editor").get("/verwaltung/pruefung")
    assert "Wartet auf Ihre Entscheidung" not in editor.main
    assert "Neuer Name" in editor.main
    for role in ("other", "other coordinator"):
        assert "Hundesteuer" not in office.pages(role).get("/verwaltung/pruefung").main


def test_a_version_stands_beside_the_entry_word_by_word(office: Office, world: World) -> None:
    sources = [*world.content()["sources"], {"url": "https://www.example.org/neu", "title": "Neuer Beleg"}]
    key = _submitted(world, title="Hundesteuer schriftlich (Bürgerportal Soest)", sources=sources)
    page = office.pages("coordinator").get(f"/verwaltung/pruefung/{key}")
    assert [one.text for one in page.all(".//del/span")[:1]] == ["[gestrichen:] "]
    assert "online" in "".join("".join(one.itertext()) for one in page.all(".//del"))
    assert "schriftlich" in "".join("".join(one.itertext()) for one in page.all(".//ins"))
    assert "Neuer Beleg" in page.main
    assert "Kurzbeschreibung" not in page.main, "unchanged fields are left out"
    everything = office.pages("coordinator").get(f"/verwaltung/pruefung/{key}?alles=ja")
    assert "Kurzbeschreibung" in everything.main
    assert "Vollständigkeit" in page.main


def test_a_new_entry_is_shown_as_a_whole(office: Office, world: World) -> None:
    key = world.new("editor")
    world.apply("editor", key, "submit")
    page = office.pages("coordinator").get(f"/verwaltung/pruefung/{key}")
    assert page.h1.startswith("Neuer Eintrag")
    assert "Hunde lassen sich online zur Steuer anmelden." in page.main


@pytest.mark.parametrize("path", ["/verwaltung/pruefung/{}", "/verwaltung/konflikt/{}"])
def test_versions_of_others_do_not_exist_for_strangers(office: Office, world: World, path: str) -> None:
    key = _submitted(world)
    for role in ("other", "other coordinator"):
        office.pages(role).get(path.format(key), 404)
        office.pages(role).get(path.format("x" * 43), 404)


def test_accepting_is_on_the_page_and_in_the_search_at_once(office: Office, world: World) -> None:
    key = _submitted(world, title="Zwergpinscherabgabe anmelden")
    public = office.pages("anonymous")
    assert "Zwergpinscherabgabe" not in public.get(f"/buendel/{OWN}").main
    assert OWN not in str(public.get("/suche?q=zwergpinscherabgabe").links())
    _posted(office, "coordinator", f"/verwaltung/pruefung/{key}", entscheidung="uebernehmen")
    assert "Zwergpinscherabgabe" in public.get(f"/buendel/{OWN}").h1
    assert f"/buendel/{OWN}" in public.get("/suche?q=zwergpinscherabgabe").links().values()
    assert "übernommen" in office.pages("editor").get(f"/verwaltung/pruefung/{key}").h1


def test_a_decision_without_a_reason_is_asked_for_one(office: Office, world: World) -> None:
    key = _submitted(world)
    path = f"/verwaltung/pruefung/{key}"
    page = _page(office, "coordinator", path, 422, entscheidung="zurueckgeben", publish_at="2030-01-01T08:00")
    assert "Bitte begründen Sie" in page.main
    assert page.by_id("feld-publish-at").get("value") == "2030-01-01T08:00"
    _posted(office, "coordinator", path, entscheidung="zurueckgeben", note="Bitte die Quelle nennen.")
    page = office.pages("editor").get(path)
    assert "Bitte die Quelle nennen." in page.main
    assert "Weiter bearbeiten" in page.links()
    assert "Bitte die Quelle nennen." in office.pages("editor").get("/verwaltung/pruefung").main


def test_odd_decisions_are_refused(office: Office, world: World) -> None:
    path = f"/verwaltung/pruefung/{_submitted(world)}"
    _page(office, "coordinator", path, 400, entscheidung="loeschen")
    for when in ("morgen", "2030-13-01T00:00", "9999-12-31T23:59"):
        page = _page(office, "coordinator", path, 422, entscheidung="uebernehmen", publish_at=when)
        assert page.by_id("feld-publish-at").get("aria-invalid") == "true"
    _page(office, "editor", path, 403, entscheidung="uebernehmen")
    _page(office, "other coordinator", path, 404, entscheidung="uebernehmen")
    assert office.client("coordinator").post(path, data={"entscheidung": "uebernehmen"}).status_code == 400


def test_a_publication_is_scheduled_in_german_time(office: Office, world: World) -> None:
    key = _submitted(world)
    at = (now() + timedelta(days=3)).astimezone(GERMAN_ZONE).replace(second=0, microsecond=0)
    path = f"/verwaltung/pruefung/{key}"
    _posted(office, "coordinator", path, entscheidung="uebernehmen", publish_at=at.strftime("%Y-%m-%dT%H:%M"))
    assert world.proposal(key).publish_at == at
    assert "erscheint" in office.pages("editor").get("/verwaltung/pruefung").main


def test_the_second_reviewer_gets_a_clear_answer(office: Office, world: World) -> None:
    path = f"/verwaltung/pruefung/{_submitted(world)}"
    _posted(office, "coordinator", path, entscheidung="uebernehmen")
    page = _page(office, "administrator", path, 409, entscheidung="ablehnen", note="Zu spät")
    assert "schon entschieden: übernommen durch Koordination Soest" in page.main


def test_remarks_stand_at_their_field(office: Office, world: World) -> None:
    key = _submitted(world)
    path = f"/verwaltung/pruefung/{key}"
    page = office.pages("coordinator").get(f"{path}?feld=title")
    assert [one.get("value") for one in page.all(".//select[@id='feld-field']/option[@selected]")] == ["title"]
    _posted(office, "coordinator", f"{path}/anmerken", field="title", text="Stimmt <b>das</b>?")
    row = office.pages("editor").get(path).by_id("feld-title")
    assert "Stimmt <b>das</b>?" in "".join(row.itertext())
    _page(office, "editor", f"{path}/anmerken", 422, text="  ")
    _page(office, "editor", f"{path}/anmerken", 422, text="Text", field="passwort")
    _page(office, "other", f"{path}/anmerken", 404, text="Text")


def test_the_author_takes_a_version_back(office: Office, world: World) -> None:
    key = _submitted(world)
    _page(office, "coordinator", f"/verwaltung/pruefung/{key}/zurueckziehen", 404)
    _posted(office, "editor", f"/verwaltung/pruefung/{key}/zurueckziehen")
    assert world.proposal(key).state is ProposalState.WORKING
    _page(office, "editor", f"/verwaltung/pruefung/{key}/zurueckziehen", 409)


def test_four_eyes_are_kept_and_an_administrator_overrides_with_a_reason(office: Office, world: World) -> None:
    world.four_eyes()
    key = world.typed("administrator", title="Eilige Änderung")
    world.apply("administrator", key, "submit")
    path = f"/verwaltung/pruefung/{key}"
    page = _page(office, "administrator", path, 403, entscheidung="uebernehmen", note="eilig")
    assert "Vier-Augen-Prinzip" in page.main
    _page(office, "administrator", path, 422, entscheidung="uebernehmen", override="ja")
    _posted(office, "administrator", path, entscheidung="uebernehmen", override="ja", note="Frist läuft ab")
    assert world.bundle().title == "Eilige Änderung"


def _in_conflict(world: World) -> str:
    sources = world.content()["sources"]
    mine = [{**sources[0], "title": "Mein Titel der Quelle"}, *sources[1:]]
    theirs = [{**sources[0], "title": "Ihr Titel der Quelle"}, *sources[1:]]
    key = world.typed("editor", title="Mein Titel", summary="Meine neue Kurzbeschreibung.", sources=mine)
    other = world.typed("coordinator", title="Ihr Titel", licence="EUPL-1.2", sources=theirs)
    world.apply("coordinator", other, "publish")
    return key


def test_a_conflict_shows_all_versions_and_who_made_them(office: Office, world: World) -> None:
    page = office.pages("editor").get(f"/verwaltung/konflikt/{_in_conflict(world)}")
    for text in ("Mein Titel", "Ihr Titel", "Hundesteuer online", "Koordination Soest", "Ihr Titel der Quelle"):
        assert text in page.main
    assert len(page.classed("conflict")) == 2
    assert not page.all(".//input[@checked]"), "nobody chooses for the person"


def _form(page: Page) -> dict[str, str]:
    return {
        one.get("name", ""): one.get("value", "")
        for one in page.all(".//main//input[@type='hidden']")
        if one.get("name") != "csrf_token"
    }


def test_conflicts_are_settled_field_by_field(office: Office, world: World) -> None:
    key = _in_conflict(world)
    path = f"/verwaltung/konflikt/{key}"
    form = _form(office.pages("editor").get(path))
    page = _page(office, "editor", path, 422, **form, **{"wahl-0": "own", "text-0": "Unser Titel"})
    assert "Die Wahl fehlt" in page.main
    assert "Unser Titel" in "".join(page.by_id("text-0").itertext()), "what was typed is kept"
    _posted(office, "editor", path, **form, **{"wahl-0": "own", "text-0": "Unser Titel", "wahl-1": "theirs"})
    values = world.proposal(key).values
    assert (values["title"], values["licence"]) == ("Unser Titel", "EUPL-1.2")
    assert values["summary"] == "Meine neue Kurzbeschreibung."
    assert values["sources"][0]["title"] == "Ihr Titel der Quelle"
    assert office.client("editor").get(path).status_code == 303, "there is no conflict any more"
    world.apply("editor", key, "submit")
    assert world.proposal(key).state is ProposalState.SUBMITTED


def test_choices_about_an_older_entry_are_shown_again(office: Office, world: World) -> None:
    key = _in_conflict(world)
    path = f"/verwaltung/konflikt/{key}"
    form = _form(office.pages("editor").get(path))
    world.apply("coordinator", world.typed("coordinator", title="Noch ein Titel"), "publish")
    page = _page(office, "editor", path, 409, **form, **{"wahl-0": "mine", "wahl-1": "mine"})
    assert "Noch ein Titel" in page.main
    assert "noch einmal geändert" in page.main
    _page(office, "editor", path, 400, version="x", tick="1")


def test_a_save_that_meets_a_conflict_answers_with_its_page(office: Office, world: World) -> None:
    key = _submitted(world, title="Mein Titel")
    world.apply("coordinator", world.typed("coordinator", title="Ihr Titel"), "publish")
    path = f"/verwaltung/pruefung/{key}"
    assert "Konflikt" in office.pages("coordinator").get(path).main
    page = _page(office, "coordinator", path, 409, entscheidung="uebernehmen")
    assert "Fassungen zusammenführen" in page.h1
    assert not page.all(".//textarea"), "a reviewer chooses and does not write"
    form = _form(page)
    _posted(office, "coordinator", f"/verwaltung/konflikt/{key}", **form, **{"wahl-0": "mine"})
    _posted(office, "coordinator", path, entscheidung="uebernehmen")
    assert world.bundle().title == "Mein Titel"


def test_nobody_settles_conflicts_in_the_working_copy_of_another(office: Office, world: World) -> None:
    key = _in_conflict(world)
    office.pages("coordinator").get(f"/verwaltung/konflikt/{key}", 403)
    _page(office, "coordinator", f"/verwaltung/konflikt/{key}", 403, version="1", tick="1")


def test_nobody_accepts_what_was_changed_since_the_page_was_shown(office: Office, world: World) -> None:
    key = _submitted(world, title="Was geprüft wird")
    path = f"/verwaltung/pruefung/{key}"
    shown = office.pages("coordinator").get(path).all(".//input[@name='gesehen']")[0].get("value", "")
    _posted(office, "editor", f"{path}/zurueckziehen")
    world.typed("editor", title="Etwas ganz anderes")
    world.apply("editor", key, "submit")
    page = _page(office, "coordinator", path, 409, entscheidung="uebernehmen", gesehen=shown)
    assert "seit Sie diese Seite geöffnet haben" in page.main
    assert "Etwas ganz anderes" in page.main, "the new state can be looked at at once"
    _page(office, "coordinator", path, 409, entscheidung="uebernehmen", gesehen="")
    assert world.bundle().title != "Etwas ganz anderes"
    _posted(office, "coordinator", path, entscheidung="uebernehmen")
    assert world.bundle().title == "Etwas ganz anderes"
