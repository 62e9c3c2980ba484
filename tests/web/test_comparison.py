"""Bundles side by side: page, differences, costs, workbook, odd input."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import load_workbook

from registry.reuse.operations import withdraw_bundle
from registry.web.services import EXTENSION
from tests.comparison.bundles import BARE, FULL, add_adoption, add_bundles
from tests.conftest import Store
from tests.office.world import Office
from tests.web.client import Page, PageClient, words
from tests.web.site import open_site

pytestmark = pytest.mark.sqlite_only  # HTML
BOTH = f"/vergleich?b={FULL}&b={BARE}"


@pytest.fixture(scope="module")
def site(store: Store, office_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder: Path = tmp_path_factory.mktemp("comparison")
    with open_site(store, office_template, folder) as app:
        database = app.extensions[EXTENSION].database
        add_bundles(database)
        add_adoption(database, FULL, "05124000", 2, public=True)
        add_adoption(database, FULL, "05162004", 2, public=False)
        with database.writing() as write:
            withdraw_bundle(write, "hundesteuer-soest", actor="prüfung", reason="abgelöst", successor=FULL)
        yield app


@pytest.fixture
def pages(site: Flask) -> PageClient:
    return PageClient(site)


def rows(page: Page) -> dict[str, list[str]]:
    """Return the words of each row's cells by its heading."""
    found = {}
    for row in page.all(".//table//tbody/tr"):
        heading = words(row.find("th")).replace(" ≠ (verschieden)", "*")
        found[heading] = ["".join(cell.itertext()).replace("\u00a0", " ").strip() for cell in row.findall("td")]
    return found


def test_two_bundles_stand_side_by_side_and_differences_are_marked_in_words(pages: PageClient) -> None:
    found = rows(pages.get(f"{BOTH}&einwohner=49.211"))
    assert found["Lizenz*"] == ["EUPL-1.2", "keine Angabe"]
    assert found["Bezugsweg"] == ["keine Angabe", "keine Angabe"]
    assert found["ePayBL*"] == ["zwingend", "keine Angabe"]
    assert "OZG-Leistungen" in found


def test_the_costs_name_what_they_contain_and_what_not(pages: PageClient) -> None:
    found = rows(pages.get(f"{BOTH}&einwohner=49211"))
    total, unknown = found["Summe der bekannten Blöcke*"]
    assert total.startswith("34.526,60 € bis 37.526,60 €")
    assert "enthält: Anschluss, Betrieb, nutzungsabhängiger Anteil" in total
    assert unknown == "keine Angabe"
    left = found["In der Summe nicht enthalten*"][0]
    assert "Einführung: keine Angabe" in left
    assert "Fachverfahrensschnittstelle (dafür fehlt die Zahl der Vorgänge im Jahr)" in left
    assert "Betrieb, fester Anteil: trägt das Land" in left
    assert "49.211 Einwohner × 0,12 € × 5 Jahre" in found["Betrieb, nutzungsabhängiger Anteil*"][0]
    assert "Preisstand: 03.2025" in found["Anschluss*"][0]
    with_cases = rows(pages.get(f"{BOTH}&einwohner=49211&vorgaenge=100"))
    assert with_cases["Summe der bekannten Blöcke*"][0].startswith("35.526,60 €")


def test_without_a_population_nothing_is_guessed(pages: PageClient) -> None:
    page = pages.get(BOTH)
    assert "eine unbekannte Einwohnerzahl" in page.main
    assert rows(page)["Betrieb, nutzungsabhängiger Anteil*"][0].startswith("nicht berechenbar")


def test_only_differences_on_request(pages: PageClient) -> None:
    page = pages.get(f"{BOTH}&nur=unterschiede")
    assert "Bezugsweg" not in rows(page)
    assert "Lizenz*" in rows(page)
    assert "nur=unterschiede" not in page.links()["Alle Merkmale zeigen"]


def test_only_public_adoptions_count(pages: PageClient) -> None:
    found = rows(pages.get(BOTH))
    assert found["Nachnutzungen und Interesse*"] == ["1 1 bestätigt", "keine bekannt"]
    assert found["davon produktiv*"][0] == "Stadt Wuppertal (bestätigt)"


def test_one_bundle_or_none_leads_to_choosing(pages: PageClient) -> None:
    assert "Noch nichts gewählt" in pages.get("/vergleich").main
    page = pages.get(f"/vergleich?b={FULL}&q=wohngeld+wuppertal")
    assert "fehlt noch ein Bündel" in page.main
    added = next(address for text, address in page.links().items() if text.startswith("Hinzufügen: Wohngeld"))
    assert f"b={FULL}" in added
    assert len(pages.get(added).all(".//table//thead//th")) == 3


def test_six_bundles_are_too_many_and_each_can_be_dropped(pages: PageClient) -> None:
    slugs = (FULL, BARE, "wohngeld-wuppertal", "gewerbeanmeldung-soest", "feuerwerk-paderborn", "briefwahl-aachen")
    page = pages.get("/vergleich?" + "&".join(f"b={slug}" for slug in slugs), status=400)
    assert "höchstens 5" in page.main
    assert sum(text.startswith("Entfernen") for text in page.links()) == 6
    assert not page.all(".//table")


def test_what_cannot_be_compared_is_named_and_doubles_are_merged(pages: PageClient) -> None:
    page = pages.get(f"{BOTH}&b={FULL}&b=gibt-es-nicht&b=hundesteuer-soest&b=")
    assert "gibt-es-nicht: Diesen Eintrag gibt es nicht." in page.main
    assert "hundesteuer-soest: Dieser Eintrag wurde zurückgezogen." in page.main
    assert "Stattdessen den Nachfolger vergleichen" in page.links()
    assert "Gewählt: 2 von höchstens 5" in page.main


def test_a_withdrawn_entry_without_a_title_is_not_told_of_a_draft(pages: PageClient) -> None:
    assert "Diesen Eintrag gibt es nicht." in pages.get("/vergleich?b=%3Cscript%3E&b=" + "x" * 3000).main


@pytest.mark.parametrize(
    "bad", ["einwohner=viele", "einwohner=0", "einwohner=-5", "vorgaenge=99999999999", "vorgaenge=1e5"]
)
def test_impossible_figures_are_explained(pages: PageClient, bad: str) -> None:
    page = pages.get(f"{BOTH}&{bad}", status=400)
    assert "Bitte geben Sie eine ganze Zahl" in page.main
    assert pages.client.get(f"{BOTH}&{bad}".replace("/vergleich", "/vergleich.xlsx")).status_code == 400


def test_the_workbook_has_the_rows_of_the_page_and_no_formula(pages: PageClient) -> None:
    answer = pages.client.get(f"/vergleich.xlsx?b={FULL}&b={BARE}&einwohner=49211")
    assert answer.status_code == 200
    sheet = load_workbook(io.BytesIO(answer.data))["Vergleich"]
    lines = {str(row[0]): row for row in sheet.iter_rows(values_only=True) if row[0]}
    assert lines["Merkmal"][2:] == ("Hundesteuer mit Kostenblöcken", "Hundesteuer ohne Angaben")
    assert lines["Lizenz"][1:] == ("ja", "EUPL-1.2", "keine Angabe")
    assert lines["Kosten für"][2] == "49.211\u00a0Einwohner (Ihre Angabe)".replace("\u00a0", " ")
    page = pages.get(f"{BOTH}&einwohner=49211")
    assert {name.rstrip("*") for name in rows(page) if rows(page)[name]} <= set(lines)
    assert all(cell.data_type in ("s", "n") for row in sheet.iter_rows() for cell in row)
    assert "=1+1" in str(lines["Rechtlich"][2])


def test_the_workbook_needs_two_bundles(pages: PageClient) -> None:
    assert "2 bis 5" in pages.get(f"/vergleich.xlsx?b={FULL}", status=400).main


def test_a_members_comparison_is_kept_by_nobody_and_assessed_for_the_own_body(site: Flask) -> None:
    office = Office(site, Path())
    answer = office.client("coordinator").get(BOTH)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer.headers
    page = office.pages("coordinator").get(BOTH)
    assert "Bewertet für: Stadt Soest" in page.main
    assert rows(page)["ePayBL*"][0] == "zwingend: unbekannt"
    assert "Einwohner (Stadt Soest" in page.main
    assert "ETag" in site.test_client().get(BOTH).headers


def test_the_bundle_and_its_likes_lead_to_the_comparison(pages: PageClient) -> None:
    links = pages.get("/buendel/wohngeld-wuppertal").links()
    assert links["Mit diesen Bündeln vergleichen"].startswith("/vergleich?b=wohngeld-wuppertal&b=")
    assert links["Vergleichen"] == "/vergleich?b=wohngeld-wuppertal"
    hits = pages.get("/suche?q=wohngeld").links()
    assert next(address for text, address in hits.items() if "Treffer vergleichen" in text).startswith("/vergleich?b=")
