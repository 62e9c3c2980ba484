"""The search page: what is found, facets, every state in the address, odd input."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.web.client import Page, PageClient, words


def _count(page: Page) -> int:
    return int(words(page.by_id("treffer")).split()[0])


def _entries(page: Page) -> list[str]:
    return [words(one) for one in page.classed("entry__title")]


def test_hund_anmelden_leads_to_the_ozg_service(pages: PageClient) -> None:
    page = pages.get("/suche?q=hund+anmelden&art=ozg")
    assert next(iter(one.get("href") for one in page.all(".//li[@class='entry']//a"))) == "/ozg/10160"


def test_wohngeld_leads_to_a_bundle_that_names_municipality_and_sources(pages: PageClient) -> None:
    page = pages.get("/suche?q=wohngeld")
    first = page.all(".//li[@class='entry']//a")[0].get("href", "")
    bundle = pages.get(first)
    assert "Wohngeld" in bundle.h1
    assert [one for one in bundle.all(".//dd//a") if one.get("href", "").startswith("/kommunen/")]
    assert list(bundle.classed("source"))


def test_a_visitor_without_bundle_sees_the_matching_ozg_services(pages: PageClient) -> None:
    page = pages.get("/suche?q=jagdschein")
    tabs = {words(one): one.get("href", "") for one in page.classed("tabs")[0].iter("a")}
    ozg = next(address for label, address in tabs.items() if label.startswith("OZG-Leistungen"))
    assert _count(pages.get(ozg)) > 0


def test_both_tabs_show_the_counts_that_their_pages_have(pages: PageClient) -> None:
    page = pages.get("/suche?q=antrag&themenfeld=bauen-und-wohnen&phase=operation")
    for tab in page.classed("tabs")[0].iter("a"):
        assert _count(pages.get(tab.get("href", ""))) == int(words(tab).rsplit(" ", 1)[-1])


def test_a_facet_count_is_what_choosing_it_gives(pages: PageClient) -> None:
    page = pages.get("/suche?themenfeld=bauen-und-wohnen")
    values = [one for one in page.classed("facet__value") if one[0].get("name") == "phase"]
    assert values
    for value in values:
        count = int(words(value.find(".//span[@class='facet__count']")).split()[1])
        chosen = pages.get(f"/suche?themenfeld=bauen-und-wohnen&phase={value[0].get('value')}")
        assert _count(chosen) == count


def test_a_chosen_filter_can_be_removed(pages: PageClient) -> None:
    page = pages.get("/suche?q=antrag&themenfeld=bauen-und-wohnen&phase=operation")
    chips = {words(one): one.get("href", "") for one in page.classed("chip")}
    assert list(chips) == [
        "Filter entfernen: Themenfeld: Bauen & Wohnen",
        "Filter entfernen: Phase: Betrieb",
        "Alle Filter entfernen",
    ]
    assert chips["Filter entfernen: Phase: Betrieb"] == "/suche?q=antrag&themenfeld=bauen-und-wohnen"
    assert chips["Alle Filter entfernen"] == "/suche?q=antrag"


def test_every_state_stands_in_the_links_of_the_pages(pages: PageClient) -> None:
    page = pages.get("/suche?zielgruppe=citizens&sortierung=titel&seite=2")
    first = next(one for one in page.all(".//nav[@class='pagination']//a") if one.get("rel") == "prev")
    assert parse_qs(urlsplit(first.get("href", "")).query) == {"zielgruppe": ["citizens"], "sortierung": ["titel"]}
    assert set(_entries(page)).isdisjoint(_entries(pages.get(first.get("href", ""))))


def test_sorting_by_title_sorts(pages: PageClient) -> None:
    titles = _entries(pages.get("/suche?sortierung=titel"))
    assert titles[0] < titles[-1]


def test_the_search_form_keeps_the_chosen_filters(pages: PageClient) -> None:
    page = pages.get("/suche?themenfeld=bauen-und-wohnen")
    (checked,) = [one for one in page.classed("facet__box") if one.get("checked") is not None]
    assert (checked.get("name"), checked.get("value"), checked.get("form")) == (
        "themenfeld",
        "bauen-und-wohnen",
        "suchformular",
    )


def test_a_search_for_bundles_names_the_matching_ozg_services(pages: PageClient) -> None:
    page = pages.get("/suche?q=hund+anmelden")
    (line,) = page.classed("matching")
    assert "Hundehaltung (10160)" in words(line)
    assert line[0].get("href") == "/ozg/10160"
    assert pages.get("/suche?q=online").classed("matching")
    assert not pages.get("/suche?q=online&seite=2").classed("matching")


@pytest.mark.parametrize(
    ("query", "address"), [("soest", "/kommunen/05974040"), ("Kreis Soest", "/kommunen/05974"), ("soester", None)]
)
def test_the_name_of_a_municipality_leads_to_its_page(pages: PageClient, query: str, address: str | None) -> None:
    page = pages.get(f"/suche?q={query}")
    assert ("Genau gefunden" in page.main) == (address is not None)
    assert address is None or address in page.links().values()


def test_a_key_is_named_in_full(pages: PageClient) -> None:
    assert "OZG-Leistung 10160: Hundehaltung" in pages.get("/suche?q=10160").links()
    leika = pages.get("/suche?q=99110009104000").links()
    assert "LeiKa-Leistung 99 110 009 104 000: Hundehaltung Anmeldung" in leika


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("10160", "/ozg/10160"),
        ("99 102 013 000 000", "/leika/99102013000000"),
        ("05974040", "/kommunen/05974040"),
        ("05974", "/kommunen/05974"),
    ],
)
def test_a_key_leads_directly_to_its_page(pages: PageClient, query: str, address: str) -> None:
    page = pages.get(f"/suche?q={query}")
    assert address in page.links().values()
    assert "Genau gefunden" in page.main


def test_a_misspelt_word_gets_a_suggestion(pages: PageClient) -> None:
    page = pages.get("/suche?q=wongeld")
    assert "Meinten Sie wohngeld?" in page.main or "Meinten Sie Wohngeld?" in page.main


def test_a_search_without_hits_says_what_to_do(pages: PageClient) -> None:
    page = pages.get("/suche?q=qqqxyzzy")
    assert "Noch kein Leistungsbündel zu dieser Suche" in page.main
    assert "/ozg" in page.links().values()


def test_filters_without_hits_offer_to_drop_them(pages: PageClient) -> None:
    page = pages.get("/suche?q=wohngeld&themenfeld=steuern-und-zoll")
    assert page.links()["Ohne Filter suchen"] == "/suche?q=wohngeld"


def test_the_hits_are_marked(pages: PageClient) -> None:
    page = pages.get("/suche?q=wohngeld")
    assert "Wohngeld" in {words(one) for one in page.all(".//mark")}


def test_a_page_behind_the_last_leads_to_the_last(pages: PageClient) -> None:
    answer = pages.client.get("/suche?zielgruppe=citizens&seite=999")
    assert answer.status_code == 302
    assert _entries(pages.get(answer.headers["Location"]))


def test_a_text_that_is_too_long_is_cut_and_says_so(pages: PageClient) -> None:
    page = pages.get("/suche?q=" + "hund+" * 2000)
    assert "Gesucht wurde nach den ersten 300 Zeichen." in page.main


@pytest.mark.parametrize(
    "query",
    [
        "seite=-1",
        "seite=abc",
        "seite=99999999999999999999",
        "q=*",
        "q=%22offen",
        "q=%FF%FE",
        "q=%00",
        "q=AND OR NOT (",
        "q=a:b^2~",
        "phase=unsinn&themenfeld=%27;--&lizenz=%FF",
        "themenfeld[]=x&q[]=y",
        "art=unsinn&sortierung=unsinn",
        "reifegrad=" + ",".join(str(number) for number in range(500)),
        "&".join(["kommune=05974040"] * 300),
        "unbekannt=1&utm_source=x",
    ],
)
def test_odd_input_gives_a_normal_page(pages: PageClient, query: str) -> None:
    pages.get(f"/suche?{query}")


def test_the_page_explains_its_order_when_asked(pages: PageClient) -> None:
    plain = pages.get("/suche?q=kneipe+eröffnen&art=ozg")
    assert not plain.classed("reasons")
    (link,) = [one for one in plain.classed("why-link") if "Warum diese Reihenfolge?" in words(one)]
    page = pages.get(link[0].get("href", ""))
    reasons = [words(one) for one in page.classed("reasons")]
    assert len(reasons) == len(_entries(page))
    assert "über den Wortschatz gefunden" in reasons[0]
    assert "Gesamtwert" in reasons[0]
    assert not pages.get("/suche?erklaerung=ja").classed("reasons")


def test_unknown_values_are_ignored(pages: PageClient) -> None:
    assert _count(pages.get("/suche?phase=unsinn&themenfeld=gibt-es-nicht")) == _count(pages.get("/suche"))


def test_markup_in_a_query_stays_text(pages: PageClient) -> None:
    page = pages.get("/suche?q=<script>alert(1)</script>")
    assert page.by_id("suche").get("value") == "<script>alert(1)</script>"
    assert [one for one in page.all(".//script") if not one.get("src")] == []


def test_an_answer_is_kept_until_the_clock_moves(pages: PageClient) -> None:
    first = pages.get("/suche?q=wohngeld")
    again = pages.get("/suche?q=wohngeld")
    assert again.response.data == first.response.data
    assert again.response.headers["ETag"] == first.response.headers["ETag"]
    assert again.response.headers["Content-Security-Policy"] == first.response.headers["Content-Security-Policy"]
    assert pages.get("/suche?q=hundesteuer").response.data != first.response.data


def test_only_services_that_fit_about_as_well_as_the_best_are_named(pages: PageClient) -> None:
    (named,) = pages.get("/suche?q=kita+platz").classed("matching")
    assert [one.get("href") for one in named.iter() if one.get("href")] == ["/ozg/10019"]
