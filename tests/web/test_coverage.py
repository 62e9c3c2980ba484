"""The pages of coverage: numbers, filters, lists, CSV; of the catalogue and of one body."""

import csv
import io
import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlmodel import select

from registry.adoption.enums import Step
from registry.catalogue.enums import RequirementLevel
from registry.catalogue.models import ServiceBundle
from registry.coverage.rules import BundleFacts, CoveredService, ServiceFacts, ServiceState
from registry.exchange.coverage_csv import COLUMNS, coverage_csv
from registry.profiles.models import CapabilityProfile, ProfileStatement, Visibility
from registry.reuse.models import BundleRequirement
from registry.web.services import EXTENSION
from tests.conftest import Store
from tests.coverage.making import adopt
from tests.fit.world import SOEST
from tests.web.client import PageClient, words
from tests.web.site import open_site

pytestmark = pytest.mark.sqlite_only  # the reads themselves: tests/coverage

WERL, MEDEBACH, LENNESTADT = "05974052", "05958028", "05966020"
LAST = "hundehaltung-govchain"
"""A transferable entry that comes late by completeness; the tests say that it needs BundID."""
SLUG = "hundesteuer-soest"


@pytest.fixture(scope="module")
def used(store: Store, catalogue_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return a site on which Werl and the Kreis Olpe use an entry, and others do not show what they do."""
    with open_site(store, catalogue_template, tmp_path_factory.mktemp("used")) as site:
        database = site.extensions[EXTENSION].database
        adopt(database, SLUG, WERL)
        adopt(database, SLUG, "05966")
        adopt(database, SLUG, "05966020", is_public=False)
        adopt(database, SLUG, "05958004", Step.PILOT)
        with database.writing() as write:
            for body, visibility in ((MEDEBACH, Visibility.PUBLIC), (LENNESTADT, Visibility.PRIVATE)):
                profile = CapabilityProfile(municipality=body, visibility=visibility)
                write.session.add(profile)
                write.session.flush()
                write.session.add(ProfileStatement(profile_id=profile.id or 0, capability="bundid", has=True))
            wanted = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == LAST)).one()
            write.session.add(
                BundleRequirement(
                    bundle_id=wanted.id, position=0, capability="bundid", level=RequirementLevel.MANDATORY
                )
            )
        yield site


def _cells(client: PageClient, path: str, row: str = "Zusammen") -> list[str]:
    page = client.get(path)
    for one in page.all(".//tr"):
        found = [words(cell) for cell in one]
        if found[0] == row:
            return found
    raise AssertionError(row)


def _first_number(cell: str) -> int:
    return int(re.sub(r"\D.*", "", cell.replace(".", "")) or 0)


def test_numbers_stand_with_their_denominator_and_their_day(pages: PageClient) -> None:
    text = pages.get("/abdeckung").main
    assert "557 OZG-Leistungen, amtlich sind es 575" in text
    assert "Stand des Katalogs: Oktober 2019" in text
    assert "Stand der Einträge und Nachnutzungen:" in text
    for share in re.findall(r".{30}\d %", text):
        assert "von 557" in share


def test_the_table_sums_up_and_equals_the_figures_and_the_list(pages: PageClient) -> None:
    page = pages.get("/abdeckung")
    figures = [int(words(one)) for one in page.all(".//dl//dd")]
    cells = [_first_number(one) for one in _cells(pages, "/abdeckung")[1:]]
    assert sum(figures[:4]) == 557
    assert cells == [*figures[:4], 557]
    columns = [
        [_first_number(words(cell)) for cell in row][1:]
        for row in page.all(".//table")[0].iter("tr")
        if row.get("class") != "coverage-table__sum"
    ][1:]
    assert [sum(column) for column in zip(*columns, strict=True)] == cells


def test_every_number_of_the_table_leads_to_a_list_of_that_many(pages: PageClient) -> None:
    page = pages.get("/abdeckung")
    links = [
        one
        for one in page.all(".//table")[0].iter("a")
        if "zustand=" in one.get("href", "") and "bauen-und-wohnen" in one.get("href", "")
    ]
    assert len(links) >= 2
    for link in links:
        address = link.get("href", "")
        tab = next(
            one
            for one in pages.get(address).all(".//nav[@aria-label='Abdeckung']//a")
            if one.get("aria-current") == "true"
        )
        assert _first_number(words(link)) == int(words(tab).split()[-1])


def test_white_spots_lead_to_realising_together_and_others_to_their_bundles(pages: PageClient) -> None:
    white = pages.get("/abdeckung")
    assert white.h1 == "Abdeckung des OZG-Katalogs"
    together = [one for one in white.all(".//main//a") if "/nachnutzung/gemeinsam?ozg=" in one.get("href", "")]
    assert len(together) == 50
    assert words(together[0]).startswith("Gemeinsam umsetzen: ")
    productive = pages.get("/abdeckung?zustand=produktiv").links().values()
    assert [one for one in productive if one.startswith("/buendel/")]
    ready = pages.get("/abdeckung?zustand=jetzt").main
    assert "(jetzt übertragbar)" in ready


def test_pages_of_a_list_go_on_and_end(pages: PageClient) -> None:
    second = pages.get("/abdeckung?seite=2")
    assert "Seite 2" in second.title
    answer = pages.client.get("/abdeckung?seite=999&themenfeld=bildung")
    assert answer.status_code == 302
    assert "seite" not in answer.headers["Location"]


def test_filters_narrow_and_unknown_values_are_ignored(pages: PageClient) -> None:
    total = _first_number(_cells(pages, "/abdeckung?typ=4")[-1])
    assert 0 < total < 557
    building = pages.get("/abdeckung?themenfeld=bauen-und-wohnen")
    assert "58 OZG-Leistungen im Themenfeld Bauen & Wohnen" in building.main
    assert _cells(pages, "/abdeckung?themenfeld=%00&typ=x'&bezirk=Bayern&zustand=?&seite=-1")[-1] == "557"
    assert pages.get("/abdeckung?themenfeld=" + "x" * 5000).h1
    none = pages.get("/abdeckung?themenfeld=umwelt&typ=6").main
    assert "Keine OZG-Leistung passt" in none


def test_a_region_counts_use_there_only(used: Flask, pages: PageClient) -> None:
    client = PageClient(used)
    everywhere = _first_number(_cells(client, "/abdeckung")[1])
    arnsberg = _first_number(_cells(client, "/abdeckung?bezirk=Arnsberg")[1])
    assert 0 < arnsberg < everywhere
    assert "Stadt Werl" in client.get("/abdeckung?bezirk=Arnsberg&zustand=produktiv").main
    cologne = client.get("/abdeckung?bezirk=K%C3%B6ln&zustand=produktiv").main
    assert "Stadt Werl" not in cologne
    assert "im Regierungsbezirk Köln" in cologne
    # the shared site has no adoption
    assert "Stadt Werl" not in pages.get("/abdeckung?zustand=produktiv").main


def test_what_is_not_public_is_nowhere(used: Flask) -> None:
    client = used.test_client()
    for path in ("/abdeckung?zustand=produktiv", "/abdeckung.csv", "/api/v1/coverage", "/kommunen/05966020/abdeckung"):
        text = client.get(path).get_data(as_text=True)
        assert "hier produktiv</span>" not in text
        if "kommunen" not in path:
            assert "Lennestadt" not in text


def test_the_csv_has_the_rows_of_the_list_and_no_formulas(used: Flask) -> None:
    client = used.test_client()
    answer = client.get("/abdeckung.csv")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert len(rows) == 557
    assert tuple(rows[0]) == COLUMNS
    dogs = next(row for row in rows if row["OZG-ID"] == "10160")
    assert dogs["Abdeckung"] == "produktiv im Einsatz"
    assert "Stadt Werl (05974052)" in dogs["Produktiv bei"]
    listed = client.get("/abdeckung.csv?themenfeld=bildung&zustand=weiss").get_data(as_text=True)
    assert len(listed.strip().splitlines()) == 25 + 1
    assert "abdeckung.csv" in PageClient(used).get("/abdeckung?themenfeld=bildung").response.get_data(as_text=True)


def test_a_cell_that_would_be_a_formula_is_made_harmless() -> None:
    service = ServiceFacts("10000", "=HYPERLINK(1)", "a", "+Feld", "@Lage")
    bundle = BundleFacts("-x", "=Titel", ("10000",))
    text = coverage_csv([CoveredService(service, ServiceState.BUNDLE, (bundle,), ())])
    cells = next(csv.reader(io.StringIO(text.splitlines()[1])))
    assert not [one for one in cells if one.startswith(("=", "+", "-", "@"))]


def test_a_body_shows_its_own_coverage(used: Flask) -> None:
    client = PageClient(used)
    page = client.get(f"/kommunen/{WERL}/abdeckung")
    assert page.h1 == "Stadt Werl Abdeckung des OZG-Katalogs"
    assert "1 von 557 OZG-Leistungen" in page.main
    assert "Was es hier schon gibt" in page.main
    soest = client.get(f"/kommunen/{SOEST}/abdeckung")
    assert "hier in Arbeit" in soest.main
    district = client.get("/kommunen/05966/abdeckung").main
    assert "1 von 557 OZG-Leistungen" in district
    assert "Nicht jede ist Aufgabe eines Kreises" in district
    pilot = client.get("/kommunen/05958004/abdeckung").main
    assert "0 von 557 OZG-Leistungen" in pilot
    assert "hier in Arbeit" in pilot


def test_the_quickest_gains_name_their_reasons(used: Flask) -> None:
    page = PageClient(used).get(f"/kommunen/{WERL}/abdeckung")
    gains = [one for one in page.all(".//ol") if "gains" in one.get("class", "")]
    assert gains
    first = words(gains[0][0])
    assert "Neu abgedeckt" in first
    assert "In der Nähe produktiv" in first
    assert re.search(r"Vollständigkeit der Angaben ?\d+ von \d+ Feldern", first)
    assert "kein Profil" in page.main


def test_with_a_public_profile_gains_are_ordered_by_fit(used: Flask) -> None:
    client = PageClient(used)
    page = client.get(f"/kommunen/{MEDEBACH}/abdeckung")
    gains = next(one for one in page.all(".//ol") if "gains" in one.get("class", ""))
    assert f"/buendel/{LAST}" == next(gains[0].iter("a")).get("href")
    assert "1 von 1 zwingenden erfüllt" in words(gains[0])
    assert "nicht bewertbar" in words(gains[-1])
    plain = client.get(f"/kommunen/{WERL}/abdeckung")
    assert f"/buendel/{LAST}" != plain.all(".//ol//h3/a")[0].get("href")


def test_a_private_profile_orders_nothing(used: Flask) -> None:
    text = PageClient(used).get(f"/kommunen/{LENNESTADT}/abdeckung").main
    assert "Passung" not in text.replace("nach Passung zu ordnen", "")
    assert "kein Profil dieser Stelle" in text


def test_the_page_of_a_body_is_linked_and_unknown_bodies_are_not_found(pages: PageClient) -> None:
    assert f"/kommunen/{SOEST}/abdeckung" in pages.get(f"/kommunen/{SOEST}").links().values()
    assert "/kommunen/05974/abdeckung" in pages.get("/kommunen/05974").links().values()
    for key in ("00000000", "x", "99999", "05974040x"):
        assert pages.client.get(f"/kommunen/{key}/abdeckung").status_code == 404
    moved = pages.client.get("/kommunen/05124/abdeckung")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/kommunen/05124000/abdeckung")


def test_the_pages_are_made_within_their_time(used: Flask) -> None:
    client = used.test_client()
    client.get("/abdeckung")
    for path in ("/abdeckung", f"/kommunen/{WERL}/abdeckung"):
        took = []
        for number in range(20):
            start = time.thread_time()
            assert client.get(f"{path}?nr={number}").status_code == 200  # each address is made anew
            took.append(time.thread_time() - start)
        assert statistics.median(took) < 0.1  # seconds of this thread: it does not depend on what else runs


def test_the_template_folder_holds_no_percentage_of_its_own() -> None:
    folder = Path(__file__).parents[2] / "templates" / "coverage"
    for file in folder.glob("*.html"):
        assert "%)" not in file.read_text(encoding="utf-8").replace("%}", "")
