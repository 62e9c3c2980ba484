"""Fit on the pages: the panel, the report for the council, all bundles by fit, the order of the search."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask

from registry.accounts.permissions import ANONYMOUS
from registry.database import Database
from registry.fit.around import around
from registry.fit.outcome import Status
from registry.fit.queries import needs_of, product_map
from registry.fit.rules import fit
from registry.profiles.picked import Picked
from registry.profiles.profile import BodyProfile
from registry.profiles.queries import body_profile, picked_profile
from registry.reuse.queries import bundle_view, find_bundle
from registry.reuse.record import BundleRecord
from registry.reuse.records import record_of
from registry.web.chosen import CHOICE
from registry.web.fit_report import Report, report_of
from registry.web.services import EXTENSION
from tests.conftest import Store
from tests.fit.world import MEDEBACH, RICH, SILENT, SOEST, UEDEM, WERL, WUPPERTAL, fill
from tests.web.client import Page, PageClient, words
from tests.web.site import open_site

pytestmark = pytest.mark.sqlite_only  # what pages show does not depend on the kind of database

REPORT = f"/buendel/{RICH}/passung"
OVERVIEW = "/nachnutzung/uebernehmen"


@pytest.fixture(scope="module")
def fit_site(store: Store, catalogue_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return a site with profiles and adoptions: for reading only."""
    template = store.template("fit", fill, base=catalogue_template)
    with open_site(store, template, tmp_path_factory.mktemp("fit")) as site:
        yield site


@pytest.fixture
def visitor(fit_site: Flask) -> PageClient:
    return PageClient(fit_site)


@pytest.fixture
def chooser(fit_site: Flask) -> PageClient:
    """Return a visitor who has picked Soest and ticked three things."""
    return choosing(fit_site, Picked("municipality", SOEST, ("bundid", "epaybl"), ("xta",), made_on=date(2026, 11, 1)))


def choosing(site: Flask, picked: Picked) -> PageClient:
    client = PageClient(site)
    with client.client.session_transaction() as cookie:
        cookie[CHOICE] = picked.packed()
    return client


def database_of(site: Flask) -> Database:
    database: Database = site.extensions[EXTENSION].database
    return database


def report_for(site: Flask, key: str) -> tuple[Report, BodyProfile, BundleRecord]:
    with database_of(site).reading() as session:
        bundle = find_bundle(session, RICH)
        assert bundle is not None
        profile = body_profile(session, ANONYMOUS, "municipality", key)
        assert profile is not None
        found = fit(profile, needs_of(session, [RICH])[RICH], product_map(session))
        near = around(session, profile, RICH, today=date.today(), months=12)
        report = report_of(bundle_view(session, bundle), found, profile, near, date.today())
        return report, profile, record_of(session, bundle)


def value_at(thing: object, path: str) -> object:
    for name in path.split("."):
        assert hasattr(thing, name), path
        thing = getattr(thing, name)
    return thing


@pytest.mark.parametrize("key", [SOEST, WUPPERTAL, MEDEBACH])
def test_every_line_of_a_report_can_be_traced_to_a_field_and_a_source(
    fit_site: Flask, visitor: PageClient, key: str
) -> None:
    report, profile, record = report_for(fit_site, key)
    page = visitor.get(f"{REPORT}?kommune={key}")
    shown = page.main
    lines = list(report.lines())
    assert len(report.requirements) == 8
    assert len(report.dimensions) == 4
    for line in lines:
        assert line.fields, line
        assert line.sources, line
        assert " ".join(line.text.split()) in shown, line
        assert line.label in shown or line in report.open_points, line
        for field in line.fields:
            of_profile = field.removeprefix("profile.")
            if field.startswith("profile.statements."):
                slug = field.rsplit(".", 1)[1]
                assert slug in {one.capability for one in record.requirements}
            elif field.startswith("profile."):
                assert hasattr(profile, {"kind": "fits_kind"}.get(of_profile, of_profile))
            elif field != "adoption":
                value_at(record, field)
        for source in line.sources:
            assert source.text in shown or line in report.open_points, line
            if source.url:
                assert any(one.get("href") == source.url for one in page.all(".//main//a[@href]"))


@pytest.mark.parametrize("key", [SOEST, WUPPERTAL, MEDEBACH])
def test_each_status_of_a_report_rests_on_a_statement_of_the_profile(fit_site: Flask, key: str) -> None:
    report, profile, _ = report_for(fit_site, key)
    for line, one in zip(report.requirements, report.fit.requirements, strict=True):
        assert line.status == one.status.label
        if one.status is Status.UNKNOWN:
            assert one.statement is None or one.statement.has
        else:
            assert one.statement in profile.statements.values()
            assert line.sources[1].text == one.statement.by  # type: ignore[union-attr]


def test_the_reports_of_three_municipalities_say_what_their_profiles_say(visitor: PageClient) -> None:
    figures = {
        key: words(visitor.get(f"{REPORT}?kommune={key}").classed("fit-figure")[0])
        for key in (SOEST, WUPPERTAL, MEDEBACH)
    }
    assert figures[SOEST].startswith(
        "4 von 6 zwingenden Voraussetzungen erfüllt; es fehlt: ePayBL; unbekannt: XTA (Stand: "
    )
    assert figures[WUPPERTAL].startswith("3 von 6 zwingenden Voraussetzungen erfüllt; es fehlt: XTA; unbekannt: ")
    assert figures[MEDEBACH].startswith("1 von 6 zwingenden Voraussetzungen erfüllt; unbekannt: ")
    assert "ePayBL" in figures[MEDEBACH]
    assert "0 von 2 empfohlenen Bausteinen vorhanden" in figures[SOEST]


def test_what_a_municipality_inherits_is_named_as_its_providers_statement(visitor: PageClient) -> None:
    row = row_of(visitor.get(f"{REPORT}?kommune={SOEST}"), "FIT-Connect")
    assert "erfüllt" in row
    assert "Südwestfalen-IT (SIT)" in row


def row_of(page: Page, label: str) -> str:
    return next(words(one) for one in page.all(".//main//tr") if words(one.find("th")).startswith(label))


def test_the_report_names_neighbours_and_customers_of_the_same_provider_with_standing(visitor: PageClient) -> None:
    soest = visitor.get(f"{REPORT}?kommune={SOEST}")
    werl = row_of(soest, "Stadt Werl")
    assert "selber Kreis" in werl
    assert "bestätigt" in werl
    assert "produktiv seit 15." in werl
    medebach = row_of(soest, "Stadt Medebach")
    assert "Kunde desselben IT-Dienstleisters" in medebach
    assert "behauptet" in medebach
    wuppertal = visitor.get(f"{REPORT}?kommune={WUPPERTAL}").main
    assert "keine öffentliche Nachnutzung in der Nähe" in wuppertal
    assert "1 weitere Stelle nutzt das Bündel" in wuppertal.replace("\xa0", " ")


def test_population_and_kind_outside_the_range_are_said_with_the_reason(visitor: PageClient) -> None:
    page = visitor.get(f"{REPORT}?kommune={MEDEBACH}")
    row = row_of(page, "Einwohnerzahl")
    assert "passt nicht" in row
    assert "geeignet ab 20.000 Einwohnern; Stadt Medebach hat 8.055 Einwohner." in row
    assert "passt nicht" in row_of(visitor.get(f"{REPORT}?kommune={WUPPERTAL}"), "Art der Kommune")


def test_a_private_profile_counts_for_nothing_on_a_public_page(visitor: PageClient) -> None:
    page = visitor.get(f"{REPORT}?kommune={UEDEM}")
    assert "0 von 6 zwingenden Voraussetzungen erfüllt" in page.main
    assert "Kein öffentliches Profil" in page.main
    overview = visitor.get(f"{OVERVIEW}?kommune={UEDEM}").main
    bare = visitor.get(f"{OVERVIEW}?kommune=05154060").main
    assert overview.replace("Gemeinde Uedem", "X") == bare.replace("Gemeinde Wachtendonk", "X")
    for key in (SOEST, WUPPERTAL, MEDEBACH, WERL):
        assert "Uedem" not in visitor.get(f"{REPORT}?kommune={key}").main


def test_an_entry_without_requirements_has_a_report_without_a_figure(visitor: PageClient) -> None:
    page = visitor.get(f"/buendel/{SILENT}/passung?kommune={SOEST}")
    assert "nicht bewertbar: keine Voraussetzungen angegeben" in page.main
    assert "0 von" not in words(page.classed("fit-figure")[0])


def test_without_a_profile_the_report_offers_a_form(visitor: PageClient) -> None:
    page = visitor.get(REPORT)
    options = [one.get("value") for one in page.by_id("feld-kommune").iter("option")]
    assert {SOEST, "05974"} <= set(options)


def test_the_report_is_for_the_chosen_profile_and_nobody_keeps_it(chooser: PageClient) -> None:
    page = chooser.get(REPORT)
    assert "2 von 6 zwingenden Voraussetzungen erfüllt; es fehlt: XTA" in page.main
    assert "Ihre Auswahl" in page.main
    assert page.response.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in page.response.headers


@pytest.mark.parametrize("key", ["99999999", "abc", "0597404", "05974040x", "' OR 1=1", "99999"])
def test_a_municipality_that_does_not_exist_is_not_found(visitor: PageClient, key: str) -> None:
    for path in (REPORT, OVERVIEW):
        assert "Diese Kommune gibt es im Verzeichnis nicht." in visitor.get(f"{path}?kommune={key}", 404).text


def test_reports_of_unknown_entries_are_not_found(visitor: PageClient) -> None:
    visitor.get("/buendel/gibt-es-nicht/passung", 404)


def test_a_kreis_and_the_key_of_a_kreisfreie_stadt_are_bodies_too(visitor: PageClient) -> None:
    assert "Kreis Soest" in visitor.get(f"{REPORT}?kommune=05974").main
    assert "Stadt Wuppertal" in visitor.get(f"{REPORT}?kommune=05124").main


def test_the_panel_invites_without_a_profile_and_answers_with_one(visitor: PageClient, chooser: PageClient) -> None:
    invited = section(visitor.get(f"/buendel/{RICH}"), "passung")
    assert "Profil Ihrer Kommune wählen" in invited
    assert "von 6" not in invited
    answered = section(chooser.get(f"/buendel/{RICH}"), "passung")
    assert "2 von 6 zwingenden Voraussetzungen erfüllt; es fehlt: XTA" in answered
    assert "ePayBL (zwingend): vorhanden – Ihre Auswahl" in answered


def section(page: Page, name: str) -> str:
    return next(words(one) for one in page.all(".//section") if one.get("aria-labelledby") == name)


def test_all_bundles_are_listed_by_fit_with_those_that_cannot_be_assessed_at_the_end(visitor: PageClient) -> None:
    slugs, lines = [], []
    path: str | None = f"{OVERVIEW}?kommune={SOEST}"
    while path:
        page = visitor.get(path)
        for entry in page.classed("entry"):
            slugs.append((entry.find(".//h3/a").get("href") or "").rsplit("/", 1)[1])  # type: ignore[union-attr]
            lines.append(words(next(one for one in entry.iter("p") if "entry-fit" in one.get("class", ""))))
        path = next((one.get("href") for one in page.all(".//a[@rel='next']")), None)
    assert len(slugs) == len(set(slugs)) > 100
    cannot = ["nicht bewertbar" in line for line in lines]
    assert cannot == sorted(cannot)
    assert any(cannot)
    met = ["erfüllt" in line and "fehlt" not in line and "unbekannt" not in line for line in lines]
    assert met[0]


def test_the_list_by_fit_is_in_the_order_of_the_single_fits(fit_site: Flask, visitor: PageClient) -> None:
    page = visitor.get(f"{OVERVIEW}?kommune={WUPPERTAL}")
    slugs = [(one.find(".//h3/a").get("href") or "").rsplit("/", 1)[1] for one in page.classed("entry")]  # type: ignore[union-attr]
    with database_of(fit_site).reading() as session:
        profile = body_profile(session, ANONYMOUS, "municipality", WUPPERTAL)
        assert profile is not None
        worths = [fit(profile, needs, product_map(session)).worth for needs in needs_of(session, slugs).values()]
    assert worths == sorted(worths, reverse=True)


def test_what_would_open_most_bundles_is_named_with_the_bundles(visitor: PageClient) -> None:
    page = visitor.get(f"{OVERVIEW}?kommune={MEDEBACH}")
    gaps = section(page, "luecken")
    assert "Servicekonto.NRW" in gaps
    opened = visitor.get(f"{OVERVIEW}?kommune={MEDEBACH}&baustein=servicekonto-nrw")
    lines = [words(one) for one in opened.classed("entry-fit")]
    assert lines
    assert all("unbekannt: Servicekonto.NRW" in line or "fehlt: Servicekonto.NRW" in line for line in lines)


def test_odd_parameters_of_the_overview_are_ignored(visitor: PageClient) -> None:
    plain = visitor.get(f"{OVERVIEW}?kommune={SOEST}").main
    odd = visitor.get(f"{OVERVIEW}?kommune={SOEST}&themenfeld=gibtsnicht&baustein=x%00y&seite=abc").main
    assert odd == plain
    answer = visitor.client.get(f"{OVERVIEW}?kommune={SOEST}&seite=999")
    assert answer.status_code == 302


def test_the_topic_field_narrows_the_list(visitor: PageClient) -> None:
    page = visitor.get(f"{OVERVIEW}?kommune={SOEST}&themenfeld=bauen-und-wohnen")
    assert 0 < len(page.classed("entry")) <= 20
    assert "Alle Bündel" not in page.main


# -- the order of the search ----------------------------------------------------------------------------------


def orders(page: Page) -> list[str]:
    return [one.get("value", "") for one in page.by_id("sortierung").iter("option")]


def found(page: Page) -> list[str]:
    return [(one.find(".//h3/a").get("href") or "").rsplit("/", 1)[1] for one in page.classed("entry")]  # type: ignore[union-attr]


def test_without_a_profile_the_order_by_fit_is_not_offered_and_falls_back_with_a_notice(visitor: PageClient) -> None:
    plain = visitor.get("/suche?q=wohnen")
    assert "passung" not in orders(plain)
    asked = visitor.get("/suche?q=wohnen&sortierung=passung&_external=1&_scheme=javascript")
    assert "braucht es ein Profil" in asked.main
    assert asked.links()["Profil Ihrer Kommune wählen"].startswith("/nachnutzung/profil?zurueck=/suche")
    assert found(asked) == found(plain)


def test_with_a_profile_each_hit_shows_its_fit_and_the_order_is_offered(chooser: PageClient) -> None:
    page = chooser.get("/suche?q=hund")
    assert "passung" in orders(page)
    assert len(page.classed("entry-fit")) == len(page.classed("entry"))
    assert any("fehlt: XTA" in words(one) for one in page.classed("entry-fit"))
    assert page.response.headers["Cache-Control"] == "private, no-store"


def test_the_order_by_fit_keeps_text_and_filters_and_pages_consistently(chooser: PageClient) -> None:
    for query in ("", "q=wohnen", "zielgruppe=citizens", "q=antrag&zielgruppe=citizens"):
        by_fit, plain = (every(chooser, f"/suche?{query}&sortierung={order}") for order in ("passung", "relevanz"))
        assert len(by_fit) == len(set(by_fit)), query
        assert set(by_fit) == set(plain), query
        assert by_fit == every(chooser, f"/suche?{query}&sortierung=passung"), query


def every(client: PageClient, path: str) -> list[str]:
    slugs: list[str] = []
    following: str | None = path
    while following:
        page = client.get(following)
        slugs += found(page)
        following = next((one.get("href") for one in page.all(".//a[@rel='next']")), None)
    return slugs


def test_the_search_by_fit_is_in_the_order_of_the_single_fits(fit_site: Flask, chooser: PageClient) -> None:
    slugs = every(chooser, "/suche?sortierung=passung")
    with database_of(fit_site).reading() as session:
        profile = picked_profile(
            session, ANONYMOUS, Picked("municipality", SOEST, ("bundid", "epaybl"), ("xta",), made_on=date(2026, 11, 1))
        )
        assert profile is not None
        worths = [fit(profile, one, product_map(session)).worth for one in needs_of(session, slugs).values()]
    assert len(worths) > 100
    assert worths == sorted(worths, reverse=True)


def test_ozg_services_have_no_order_by_fit(chooser: PageClient) -> None:
    page = chooser.get("/suche?art=ozg&q=hund&sortierung=passung")
    assert "passung" not in orders(page)
    assert not page.classed("entry-fit")
