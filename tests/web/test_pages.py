"""Bundle, catalogue, municipality and text pages; errors; what programs read."""

import re
from collections.abc import Callable
from pathlib import Path

import defusedxml.ElementTree
import pytest
from flask import Flask

from registry.reuse.operations import archive_bundle, withdraw_bundle
from registry.web.services import EXTENSION
from tests.web.client import Page, PageClient, check, words

Site = Callable[..., Flask]
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def _facts(page: Page) -> dict[str, str]:
    return {words(one.find("dt")): words(one.find("dd")) for one in page.classed("fact")}


def test_a_bundle_page_says_what_is_unknown(pages: PageClient) -> None:
    facts = _facts(pages.get("/buendel/hundesteuer-soest"))
    assert facts["Federführung"] == "Stadt Soest"
    assert facts["Lizenz"] == "keine Angabe"


def test_a_bundle_page_shows_the_profile_in_the_order_of_the_programme(pages: PageClient) -> None:
    page = pages.get("/buendel/hundesteuer-soest")
    titles = [words(one.find("h3")) for one in page.classed("profile-group")]
    assert titles == [
        "1. Zielgruppe",
        "2. Praktische Übertragbarkeit",
        "3. Voraussetzungen",
        "4. Kosten und Aufwand",
        "5. Nutzen",
        "6. Recht",
        "7. Erfahrungen und Projekt",
    ]


def test_a_bundle_page_counts_its_completeness_openly(pages: PageClient) -> None:
    page = pages.get("/buendel/hundesteuer-soest")
    record = pages.client.get("/api/v1/bundles/hundesteuer-soest").get_json()["completeness"]
    assert f"{record['filled']} von {record['total']} Angaben sind belegt" in page.main


def test_a_mapping_by_meaning_is_badged(pages: PageClient) -> None:
    slugs = [one["slug"] for one in pages.client.get("/api/v1/bundles?per_page=100").get_json()["items"]]
    services = {slug: pages.client.get(f"/api/v1/bundles/{slug}").get_json()["services"] for slug in slugs}
    slug = next(slug for slug in slugs if any(one["basis"] == "by_meaning" for one in services[slug]))
    assert "sinngemäß zugeordnet" in {words(one) for one in pages.get(f"/buendel/{slug}").classed("tag--caution")}


def test_every_published_bundle_has_a_sound_page(pages: PageClient) -> None:
    items = pages.client.get("/api/v1/bundles?per_page=100").get_json()["items"]
    assert len(items) >= 60
    for item in items:
        page = pages.get(f"/buendel/{item['slug']}")
        assert page.classed("source"), item["slug"]
        assert page.classed("mapping"), item["slug"]


def test_a_withdrawn_bundle_answers_410_and_names_its_successor(own_site: Site) -> None:
    app = own_site()
    with app.extensions[EXTENSION].database.writing() as write:
        withdraw_bundle(
            write,
            "hundesteuer-soest",
            actor="prüfung",
            reason="Der Dienst ist abgelöst.",
            successor="abfallbehaelter-soest",
        )
    page = PageClient(app).get("/buendel/hundesteuer-soest", 410)
    assert "Der Dienst ist abgelöst." in page.main
    assert "/buendel/abfallbehaelter-soest" in page.links().values()
    assert "hundesteuer-soest" not in app.test_client().get("/kommunen/05974040").get_data(as_text=True)


def test_an_archived_bundle_stays_readable_and_says_so(own_site: Site) -> None:
    app = own_site()
    with app.extensions[EXTENSION].database.writing() as write:
        archive_bundle(write, "hundesteuer-soest", actor="prüfung", reason="Kein Betrieb mehr.")
    assert "archiviert" in PageClient(app).get("/buendel/hundesteuer-soest").main


def test_a_draft_is_not_public(pages: PageClient, app: Flask) -> None:
    from sqlmodel import select

    from registry.catalogue.enums import State
    from registry.catalogue.models import ServiceBundle

    with app.extensions[EXTENSION].database.reading() as session:
        slug = session.exec(select(ServiceBundle.slug).where(ServiceBundle.state == State.DRAFT)).first()
    assert slug
    pages.get(f"/buendel/{slug}", 404)


@pytest.mark.parametrize(
    "path",
    [
        "/buendel/gibt-es-nicht",
        "/ozg/99999",
        "/leika/99000000000000",
        "/themenfelder/nichts",
        "/kommunen/05999999",
        "/kommunen/0",
        "/nirgends",
        "/buendel/%FF",
    ],
)
def test_what_does_not_exist_answers_404_with_a_way_on(pages: PageClient, path: str) -> None:
    page = pages.get(path, 404)
    assert "/suche" in page.links().values()


def test_writing_methods_are_refused_with_a_page(pages: PageClient) -> None:
    answer = pages.client.put("/suche")
    assert answer.status_code in (400, 405)
    check(answer)


def test_an_unexpected_error_answers_with_a_page_and_no_details(own_site: Site) -> None:
    app = own_site()
    app.config["TESTING"] = False

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    app.extensions[EXTENSION].search.search = broken
    page = PageClient(app).get("/suche", 500)
    assert "secret detail" not in page.text
    assert "Interner Fehler" in page.h1


def test_an_ozg_service_without_bundle_says_so_and_what_to_do(pages: PageClient) -> None:
    page = pages.get("/ozg/10001")
    assert "Noch kein Leistungsbündel" in page.main
    assert page.links()["Bündel derselben Lage ansehen"] == "/suche?lage=geburt"


def test_the_catalogue_counts_as_its_pages_do(pages: PageClient) -> None:
    page = pages.get("/themenfelder/familie-und-kind")
    listed = len(page.classed("service-list__item"))
    assert f"{listed} OZG-Leistungen" in page.main
    assert f"{listed} OZG-Leistungen" in words(pages.get("/ozg").by_id("feld-familie-und-kind")) or (
        f", {listed} OZG-Leistungen" in pages.get("/ozg").main.replace("\u00a0", " ")
    )


def test_the_catalogue_says_for_each_situation_how_many_bundles_there_are(pages: PageClient) -> None:
    situations = pages.get("/ozg").classed("catalogue__situation")
    assert len(situations) == 55
    assert all(re.search(r"\b\d+ Bündel$", words(one)) for one in situations)


def test_a_leika_key_with_spaces_leads_to_its_page(pages: PageClient) -> None:
    answer = pages.client.get("/leika/99 110 009 104 000")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/leika/99110009104000")


def test_the_key_of_a_kreisfreie_stadt_leads_to_the_city(pages: PageClient) -> None:
    answer = pages.client.get("/kommunen/05124")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/kommunen/05124000")


def test_a_municipality_page_shows_its_facts_with_their_date(pages: PageClient) -> None:
    facts = _facts(pages.get("/kommunen/05974040"))
    assert facts["Einwohner"] == "47.460 (Stand: 31. Dezember 2018)"
    assert facts["Kreis"] == "Kreis Soest"


def test_a_municipality_without_bundle_says_so_and_what_to_do(pages: PageClient) -> None:
    page = pages.get("/kommunen/05162004")
    assert "Das Register kennt noch kein Bündel, das Dormagen federführend umgesetzt hat." in page.main


def test_municipalities_can_be_filtered(pages: PageClient) -> None:
    page = pages.get("/kommunen?q=soest&bezirk=Arnsberg&kreis=05974&buendel=ja")
    assert [words(one.find("a")) for one in page.classed("place-list__item")] == ["Bad Sassendorf", "Soest"][1:]
    pages.get("/kommunen?q=%25&bezirk=nirgends&kreis=x&seite=-3")
    assert pages.client.get("/kommunen?seite=99").status_code == 302


def test_a_kreis_lists_its_municipalities(pages: PageClient) -> None:
    page = pages.get("/kommunen/05974")
    assert len(page.classed("place-list__item")) == 14
    assert _facts(page)["Kommunen"] == "14"


def test_the_operators_texts_replace_the_shipped_ones(own_site: Site, tmp_path: Path) -> None:
    (tmp_path / "impressum.md").write_text("# Wer wir sind\n\n## Anschrift\n\nRathaus", encoding="utf-8")
    client = PageClient(own_site(site_texts_dir=tmp_path))
    page = client.get("/impressum")
    assert page.h1 == "Wer wir sind"
    assert "Mustertext" not in page.main
    assert "Mustertext" in client.get("/datenschutz").main


def test_the_operators_look_is_applied(own_site: Site, tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    app = own_site(
        site_name="Nachnutzung Musterland",
        site_owner="Land Musterland",
        official_banner="Offizielle Website des Landes",
        accent_colour="#7a1fa2",
        logo=logo,
        feedback_url="mailto:hinweise@musterland.example",
        data_licence="dl-de/by-2-0",
    )
    client = PageClient(app)
    page = client.get("/")
    assert page.title.endswith("– Nachnutzung Musterland")
    for text in ("Offizielle Website des Landes", "Betrieben von: Land Musterland", "Datenlizenz Deutschland"):
        assert text in page.text
    addresses = [one.get("href", "") for one in page.all(".//link")] + [
        one.get("src", "") for one in page.all(".//img")
    ]
    styles = next(one for one in addresses if one.startswith("/gestaltung.css"))
    assert "--kern-color-action-default:#7a1fa2" in app.test_client().get(styles).get_data(as_text=True)
    assert app.test_client().get(next(one for one in addresses if one.startswith("/logo"))).mimetype == "image/svg+xml"


def test_without_settings_there_is_neither_colour_nor_logo_nor_security_contact(pages: PageClient) -> None:
    for path in ("/gestaltung.css", "/logo", "/.well-known/security.txt"):
        pages.get(path, 404)


def test_the_sitemap_lists_pages_that_exist(app: Flask) -> None:
    client = app.test_client()
    tree = defusedxml.ElementTree.fromstring(client.get("/sitemap.xml").data)
    addresses = [one.text.removeprefix("http://localhost") for one in tree.iter(f"{SITEMAP}loc")]
    assert len(addresses) > 1000
    for address in addresses[::60]:
        assert client.get(address).status_code == 200, address


def test_the_feed_lists_the_newest_entries(app: Flask) -> None:
    tree = defusedxml.ElementTree.fromstring(app.test_client().get("/feed.atom").data)
    entries = tree.findall(f"{ATOM}entry")
    assert len(entries) == 50
    assert all(one.find(f"{ATOM}title").text and one.find(f"{ATOM}updated").text for one in entries)


def test_the_opensearch_description_leads_to_the_search(app: Flask) -> None:
    tree = defusedxml.ElementTree.fromstring(app.test_client().get("/opensearch.xml").data)
    url = next(one for one in tree if one.tag.endswith("Url") and one.get("type") == "text/html")
    assert url.get("template") == "http://localhost/suche?q={searchTerms}"


def test_robots_and_security_contact(own_site: Site) -> None:
    app = own_site(security_contact="mailto:sicherheit@musterland.example", base_url="https://register.example")
    client = app.test_client()
    assert "Sitemap: https://register.example/sitemap.xml" in client.get("/robots.txt").get_data(as_text=True)
    text = client.get("/.well-known/security.txt").get_data(as_text=True)
    assert "Contact: mailto:sicherheit@musterland.example" in text
    assert "Expires: " in text
