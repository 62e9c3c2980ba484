"""The office pages of entries: list, ownership, closing, confirming."""

from typing import Any

import pytest

from registry.catalogue.enums import State
from registry.editorial.models import Stewardship
from tests.editorial.conftest import World
from tests.office.world import FOREIGN, OWN, Office, post
from tests.web.client import Page, check

PATH = f"/verwaltung/eintraege/{OWN}"


@pytest.fixture
def world(office: Office) -> World:
    return World(office.database)


def _posted(office: Office, role: str, path: str, status: int = 303, **data: Any) -> Any:
    response = post(office.client(role), path, {name.replace("__", "."): value for name, value in data.items()})
    assert response.status_code == status, response.get_data(as_text=True)[-3000:]
    return response


def _page(office: Office, role: str, path: str, status: int, **data: Any) -> Page:
    return check(_posted(office, role, path, status, **data))


def test_the_list_holds_the_own_entries_and_narrows(office: Office, world: World) -> None:
    world.typed("editor", title="In Arbeit")
    page = office.pages("editor").get("/verwaltung/eintraege")
    assert "1 Eintrag" in page.main.replace("\xa0", " ")
    assert "weiter bearbeiten" in page.main
    assert "Wuppertal" not in page.main
    everything = office.pages("administrator").get("/verwaltung/eintraege")
    assert len(everything.all(".//tbody/tr")) > 10
    for query, count in (("q=hundesteuer-soest", 1), ("q=100%25_", 0), ("zustand=withdrawn", 0), ("nur=in-arbeit", 0)):
        found = office.pages("administrator").get(f"/verwaltung/eintraege?{query}")
        assert len(found.all(".//tbody/tr")) == count, query
        assert "Filter aufheben" in found.links()
    assert OWN not in str(office.pages("administrator").get("/verwaltung/eintraege?nur=ohne-stelle").links())
    own = f"/verwaltung/eintraege?stelle={world.organisation()}"
    assert len(office.pages("administrator").get(own).all(".//tbody/tr")) == 1
    for odd in ("zustand=quatsch&seite=-1&nur=x", "seite=99999"):
        assert office.pages("administrator").get(f"/verwaltung/eintraege?{odd}").all(".//tbody/tr")
    office.pages("administrator").get("/verwaltung/eintraege?stelle=abc", 400)


def test_an_entry_is_shown_with_what_the_person_may_do(office: Office, world: World) -> None:
    editor = office.pages("editor").get(PATH)
    assert "Stadt Soest" in editor.main
    assert _buttons(editor) == {"Bearbeiten"}
    assert {"Angaben bestätigen", "Archivieren", "Zurückziehen"} <= _buttons(office.pages("coordinator").get(PATH))
    assert "Festlegen" in _buttons(office.pages("administrator").get(PATH))
    for role in ("other", "other coordinator"):
        office.pages(role).get(PATH, 403)
    office.pages("administrator").get("/verwaltung/eintraege/gibt-es-nicht", 404)


def _buttons(page: Page) -> set[str]:
    return {"".join(one.itertext()).strip() for one in page.all(".//main//button")}


def test_confirming_takes_one_click(office: Office, world: World) -> None:
    answer = _posted(office, "coordinator", f"{PATH}/bestaetigen")
    assert answer.headers["Location"] == PATH
    assert "durch Stadt Soest" in office.pages("anonymous").get(f"/buendel/{OWN}").main
    answer = _posted(office, "coordinator", f"{PATH}/bestaetigen", weiter="/verwaltung/qualitaet")
    assert answer.headers["Location"] == "/verwaltung/qualitaet"
    answer = _posted(office, "coordinator", f"{PATH}/bestaetigen", weiter="https://fremd.example/")
    assert answer.headers["Location"] == PATH
    _page(office, "editor", f"{PATH}/bestaetigen", 403)
    _page(office, "other coordinator", f"{PATH}/bestaetigen", 403)


def test_withdrawing_asks_for_a_reason_and_leaves_a_trace(office: Office, world: World) -> None:
    page = _page(office, "coordinator", f"{PATH}/zurueckziehen", 422, withdraw__successor="gibt-es-nicht")
    assert "Bitte nennen Sie den Grund" in page.main
    page = _page(
        office,
        "coordinator",
        f"{PATH}/zurueckziehen",
        422,
        withdraw__reason="Abgelöst durch den Kreis",
        withdraw__successor="gibt-es-nicht",
    )
    assert "Abgelöst durch den Kreis" in page.main, "what was typed is kept"
    _posted(office, "coordinator", f"{PATH}/zurueckziehen", withdraw__reason="Abgelöst", withdraw__successor=FOREIGN)
    gone = office.pages("anonymous").get(f"/buendel/{OWN}", 410)
    assert "Abgelöst" in gone.main
    assert office.client("anonymous").get("/suche?q=hundesteuer-soest").get_data(as_text=True).count(f"/{OWN}") == 0
    _page(office, "coordinator", f"{PATH}/archivieren", 422)
    _posted(office, "coordinator", f"{PATH}/zurueckholen")
    office.pages("anonymous").get(f"/buendel/{OWN}")


def test_an_archived_entry_stays_readable(office: Office, world: World) -> None:
    _posted(office, "coordinator", f"{PATH}/archivieren", archive__reason="Projekt beendet")
    assert "archiviert" in office.pages("anonymous").get(f"/buendel/{OWN}").main
    assert "Bearbeiten" not in _buttons(office.pages("coordinator").get(PATH))


def test_a_hand_over_takes_both_sides(office: Office, world: World) -> None:
    wuppertal = str(world.organisation("stadt-wuppertal"))
    _page(office, "coordinator", f"{PATH}/anbieten", 422)
    _page(office, "coordinator", f"{PATH}/anbieten", 400, offer__organisation="x")
    _page(office, "coordinator", f"{PATH}/anbieten", 422, offer__organisation="999999")
    _page(office, "editor", f"{PATH}/anbieten", 403, offer__organisation=wuppertal)
    _posted(office, "coordinator", f"{PATH}/anbieten", offer__organisation=wuppertal)
    assert PATH in world.mails()[0].body
    assert {"Übernehmen", "Ablehnen"} <= _buttons(office.pages("other coordinator").get(PATH))
    _posted(office, "other coordinator", f"{PATH}/uebernahme-ablehnen")
    _page(office, "other coordinator", f"{PATH}/uebernehmen", 409)
    _posted(office, "coordinator", f"{PATH}/anbieten", offer__organisation=wuppertal)
    _posted(office, "coordinator", f"{PATH}/angebot-zuruecknehmen")
    _posted(office, "coordinator", f"{PATH}/anbieten", offer__organisation=wuppertal)
    _posted(office, "other coordinator", f"{PATH}/uebernehmen")
    assert "Stadt Wuppertal" in office.pages("other coordinator").get(PATH).main
    office.pages("coordinator").get(PATH, 403)


def test_deputy_and_direct_assignment(office: Office, world: World) -> None:
    soest, wuppertal = str(world.organisation()), str(world.organisation("stadt-wuppertal"))
    _posted(office, "coordinator", f"{PATH}/vertretung", deputy__organisation=wuppertal)
    assert "Bearbeiten" in _buttons(office.pages("other").get(PATH))
    page = _page(office, "coordinator", f"{PATH}/vertretung", 422, deputy__organisation=soest)
    assert "vertritt sich nicht selbst" in page.main
    _posted(office, "coordinator", f"{PATH}/vertretung", deputy__organisation="")
    office.pages("other").get(PATH, 403)
    _page(office, "coordinator", f"{PATH}/zustaendigkeit", 403, assign__owner=wuppertal)
    _posted(office, "administrator", f"{PATH}/zustaendigkeit", assign__owner=wuppertal, assign__deputy=soest)
    with office.database.reading() as session:
        row = session.get(Stewardship, world.bundle().id)
        assert row is not None
        assert (str(row.owner_id), str(row.deputy_id)) == (wuppertal, soest)


def test_a_draft_is_discarded_and_a_published_entry_is_not(office: Office, world: World) -> None:
    slug = world.apply("editor", world.new("editor"), "draft").slug
    path = f"/verwaltung/eintraege/{slug}"
    assert "Entwurf verwerfen" in _buttons(office.pages("editor").get(path))
    _posted(office, "editor", f"{path}/verwerfen")
    office.pages("editor").get(path, 404)
    _page(office, "coordinator", f"{PATH}/verwerfen", 403)
    assert world.bundle().state is State.PUBLISHED


def test_the_public_page_leads_to_history_and_editing(office: Office, world: World) -> None:
    public = office.pages("anonymous").get(f"/buendel/{OWN}")
    assert public.links()["Verlauf"] == f"/buendel/{OWN}/versionen"
    assert not public.all(".//main//form[@method='post']")
    assert "Bearbeiten" in _buttons(office.pages("editor").get(f"/buendel/{OWN}"))
    for role in ("reader", "other"):
        assert "Bearbeiten" not in _buttons(office.pages(role).get(f"/buendel/{OWN}"))
