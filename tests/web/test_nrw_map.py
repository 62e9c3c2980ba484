"""The map: what it shows, its list twin, what it never shows, odd input, size and speed."""

import re
import statistics
import time
from collections.abc import Iterator

import brotli
import pytest
from flask import Flask

from registry.adoption.enums import Step
from registry.web.services import EXTENSION
from tests.conftest import Store
from tests.coverage.making import LONG_AGO, adopt
from tests.web.client import Page, PageClient, words
from tests.web.site import open_site

pytestmark = pytest.mark.sqlite_only  # the reads themselves: tests/coverage

WERL, LENNESTADT, UEDEM, ALTENA = "05974052", "05966020", "05154056", "05962004"
SLUG = "hundesteuer-soest"
SVG = "{http://www.w3.org/2000/svg}"
BUNDLE = f"/karte?zeige=buendel&buendel={SLUG}"


@pytest.fixture(scope="module")
def used(store: Store, catalogue_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return a site with adoptions of one entry at every kind of step, one of them not public."""
    with open_site(store, catalogue_template, tmp_path_factory.mktemp("map")) as site:
        database = site.extensions[EXTENSION].database
        adopt(database, SLUG, WERL)
        adopt(database, "wohngeld-wuppertal", WERL, confirmed_on=None)
        adopt(database, SLUG, LENNESTADT, Step.PILOT, confirmed_on=LONG_AGO)
        adopt(database, SLUG, ALTENA, Step.ABANDONED)
        adopt(database, SLUG, UEDEM, is_public=False)
        adopt(database, SLUG, "05966")
        yield site


def _on_map(page: Page) -> dict[str, str]:
    """Return what the map says of each municipality, by its address."""
    return {one.get("href", ""): words(one.find(f"{SVG}title")) for one in page.by_id("karte").iter(f"{SVG}a")}


def _symbols(page: Page) -> dict[str, str]:
    return {
        one.get("href", ""): next(one.iter(f"{SVG}use")).get("href", "") for one in page.by_id("karte").iter(f"{SVG}a")
    }


def _listed(page: Page) -> list[tuple[str, str]]:
    """Return name and value of each row of the list of municipalities."""
    return [
        (words(row.find("th/a")), words(row.find("td")))
        for row in page.all(".//table")[-1].iter("tr")
        if row.find("td") is not None
    ]


def test_map_and_list_say_the_same_of_all_municipalities(used: Flask) -> None:
    client = PageClient(used)
    for path in ("/karte", "/karte?zeige=abdeckung", BUNDLE, f"{BUNDLE}&bezirk=Arnsberg"):
        page = client.get(path)
        drawn = sorted(_on_map(page).values())
        assert drawn == sorted(f"{name}: {value}" for name, value in _listed(page))
        assert len(drawn) == (83 if "bezirk" in path else 396)


def test_the_number_of_adoptions_keeps_confirmed_and_claimed_apart(used: Flask) -> None:
    page = PageClient(used).get("/karte")
    shown = _on_map(page)
    assert shown[f"/kommunen/{WERL}"] == "Werl: 2 (1 bestätigt, 1 behauptet)"
    assert shown[f"/kommunen/{LENNESTADT}"] == "Lennestadt: 1 (1 abgelaufen)"
    assert shown[f"/kommunen/{ALTENA}"] == "Altena: 0"  # given up
    assert "Von 396 Kommunen haben 2 mindestens eine Nachnutzung" in page.main
    assert "Kreis Olpe" in page.main


def test_the_map_of_a_bundle_shows_steps_with_symbols_of_their_own(used: Flask) -> None:
    page = PageClient(used).get(BUNDLE)
    symbols, shown = _symbols(page), _on_map(page)
    assert symbols[f"/kommunen/{WERL}"] == "#k4"
    assert symbols[f"/kommunen/{LENNESTADT}"] == "#k2"
    assert symbols[f"/kommunen/{ALTENA}"] == "#kx"
    assert symbols["/kommunen/05974040"] == "#kl"
    assert symbols["/kommunen/05124000"] == "#k0"
    assert shown[f"/kommunen/{WERL}"].startswith("Werl: produktiv seit ")
    assert shown[f"/kommunen/{WERL}"].endswith(", bestätigt")
    assert "Kreis Olpe" in page.main


def test_what_is_not_public_is_not_on_the_map(used: Flask) -> None:
    client = PageClient(used)
    for path, nothing in (
        ("/karte", "Uedem: 0"),
        ("/karte?zeige=abdeckung", "Uedem: 0 von 557"),
        (BUNDLE, "Uedem: keine bekannt"),
    ):
        assert _on_map(client.get(path))[f"/kommunen/{UEDEM}"] == nothing


def test_coverage_counts_services_out_of_all(used: Flask) -> None:
    page = PageClient(used).get("/karte?zeige=abdeckung")
    assert _on_map(page)[f"/kommunen/{WERL}"] == "Werl: 1 von 557"
    assert "amtlich sind es 575" in page.main


def test_the_list_can_be_sorted_by_name_and_by_value(used: Flask) -> None:
    client = PageClient(used)
    names = [name for name, _ in _listed(client.get("/karte"))]
    assert names[:3] == ["Aachen", "Ahaus", "Ahlen"]
    page = client.get("/karte?sortierung=wert")
    assert [name for name, _ in _listed(page)][:3] == ["Werl", "Lennestadt", "Aachen"]
    assert [one.get("aria-sort") for one in page.all(".//th[@aria-sort]")] == ["descending"]
    assert "/karte?zeige=anzahl#liste" in page.links().values()


def test_the_map_is_one_group_without_396_tab_stops_and_with_a_way_around(pages: PageClient) -> None:
    page = pages.get("/karte")
    drawing = page.by_id("karte")
    assert {one.get("tabindex") for one in drawing.iter(f"{SVG}a")} == {"-1"}
    groups = [one.get("aria-label") for one in drawing.iter(f"{SVG}g") if one.get("role") == "group"]
    assert groups == [f"Regierungsbezirk {name}" for name in ("Arnsberg", "Detmold", "Düsseldorf", "Köln", "Münster")]
    assert page.links()["Alle Werte der Karte als Liste"] == "#liste"
    assert {"Aachen", "Gelsenkirchen", "Paderborn", "Soest", "Wuppertal"} == {
        words(one) for one in drawing.iter(f"{SVG}text")
    }


def test_an_empty_register_says_what_to_do(pages: PageClient) -> None:
    text = pages.get("/karte").main
    assert "Noch hat keine der 396 Kommunen eine Nachnutzung veröffentlicht." in text
    assert "Noch ist kein Bündel gewählt." in pages.get("/karte?zeige=buendel").main


def test_odd_input_is_as_none(pages: PageClient) -> None:
    for query in (
        "zeige=x&bezirk=Bayern&sortierung=%00",
        "zeige=buendel&buendel=%00",
        "zeige=buendel&buendel=" + "x" * 3000,
        "zeige=buendel&buendel=../../etc",
        "bezirk=%3Cscript%3E",
    ):
        assert len(_on_map(pages.get(f"/karte?{query}"))) == 396
    assert "Dieses Bündel gibt es nicht" in pages.get("/karte?zeige=buendel&buendel=gibt-es-nicht").main


def test_a_draft_is_as_little_known_as_what_does_not_exist(pages: PageClient) -> None:
    page = pages.get("/karte?zeige=buendel&buendel=kindergeld-paderborn")
    assert page.h1 == "Karte Wer nutzt ein Bündel?"


def test_the_page_of_a_bundle_leads_to_its_map(pages: PageClient) -> None:
    assert pages.get(f"/buendel/{SLUG}").links()["Auf der Karte"] == BUNDLE


def test_a_full_map_is_still_small_and_quick(used: Flask) -> None:
    client = used.test_client()
    client.get("/karte")
    for path in ("/karte?zeige=anzahl", "/karte?zeige=abdeckung", BUNDLE):
        took = []
        for number in range(15):
            start = time.thread_time()
            answer = client.get(f"{path}&nr={number}", headers={"Accept-Encoding": "br"})  # each address is made anew
            took.append(time.thread_time() - start)
        assert statistics.median(took) < 0.1  # seconds of this thread: it does not depend on what else runs
        assert len(answer.data) < 30 * 1024
        text = brotli.decompress(answer.data).decode()
        assert not re.search(r'\sstyle="', text)
