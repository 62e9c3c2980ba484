"""The page on following: what can be followed, and the one spelling of each search."""

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.following.targets import MAX_TARGET
from registry.web.followed import TooLongError, request_of, search_of
from registry.web.parameters import FACETS
from tests.web.client import PageClient
from tests.web.conftest import Site

pytestmark = pytest.mark.sqlite_only

WORDS = st.text(max_size=40)
VALUES = st.one_of(st.sampled_from(["ja", "nein", "unbekannt", "live", "05974040", "mit", "a,b"]), WORDS)
PAIRS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([*FACETS, "seite", "sortierung", "erklaerung", "fremd"]), VALUES),
        st.tuples(st.just("art"), st.sampled_from(["ozg", "buendel", "anderes"])),
        st.tuples(st.just("q"), WORDS),
    ),
    max_size=12,
)


@given(PAIRS)
def test_the_spelling_of_a_search_is_its_own_spelling(pairs: list[tuple[str, str]]) -> None:
    once = search_of(urlencode(pairs)).target
    assert search_of(once).target == once
    assert request_of(once) == request_of(urlencode(pairs)) or sorted_alike(once, urlencode(pairs))


def sorted_alike(one: str, other: str) -> bool:
    """Tell whether two searches differ at most in the order of the values of a filter."""
    first, second = request_of(one), request_of(other)
    return (first.kind, first.text) == (second.kind, second.text) and {
        name: sorted(values) for name, values in first.filters.items()
    } == {name: sorted(values) for name, values in second.filters.items()}


@given(PAIRS, st.randoms())
def test_the_order_of_parameters_and_values_does_not_matter(pairs: list[tuple[str, str]], random: object) -> None:
    several = [one for one in pairs if one[0] in FACETS and "," not in one[1]][:8]
    turned = several[::-1]
    assert search_of(urlencode(several)).target == search_of(urlencode(turned)).target


def test_order_page_explanation_and_what_is_unknown_are_no_part_of_a_search() -> None:
    long = "seite=7&sortierung=titel&erklaerung=ja&utm=x&q=hund++anmelden&phase=unfug&lizenz=b&lizenz=a"
    assert search_of(long).target == "q=hund+anmelden&lizenz=a&lizenz=b"
    assert search_of("sortierung=passung&q=hund").target == "q=hund"
    assert search_of("").target == ""


def test_a_search_is_never_endlessly_long() -> None:
    for query in ("q=" + "x" * 9000, "&".join(["kommune=05974040"] * 500)):
        with pytest.raises(TooLongError):
            search_of(query)


@pytest.mark.parametrize(
    ("kind", "target", "label"),
    [
        ("bundle", "hundesteuer-soest", "Hundesteuer"),
        ("ozg_service", "10160", "Hundehaltung (10160)"),
        ("municipality", "05974040", "Stadt Soest"),
        ("municipality", "05974", "Soest"),
        ("search", "q=hund+anmelden&seite=3", "Leistungsbündel: „hund anmelden“"),
        ("search", "art=ozg&themenfeld=bauen-und-wohnen", "OZG-Leistungen: Themenfeld: Bauen & Wohnen"),
        ("search", "", "alle Leistungsbündel"),
    ],
)
def test_each_kind_of_thing_can_be_followed(pages: PageClient, kind: str, target: str, label: str) -> None:
    page = pages.get(f"/folgen?art={kind}&ziel={quote(target)}")
    assert label in page.h1
    assert "täglich" in page.main
    assert "wöchentlich" in page.main
    (feed,) = [one for one in page.all(".//main//a") if one.get("type") == "application/atom+xml"]
    assert pages.client.get(feed.get("href", "")).status_code == 200
    assert page.response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "address",
    [
        "/folgen?art=fremd&ziel=x",
        "/folgen?art=bundle&ziel=gibt-es-nicht",
        "/folgen?art=bundle",
        "/folgen?art=ozg_service&ziel=99999",
        "/folgen?art=municipality&ziel=99999",
        "/folgen?art=municipality&ziel=abc",
        "/folgen?art=municipality&ziel=" + quote("０５９７４"),
        "/folgen?art=bundle&ziel=%00",
        "/folgen?art=bundle&ziel=" + "x" * 3000,
    ],
)
def test_what_does_not_exist_cannot_be_followed(pages: PageClient, address: str) -> None:
    pages.get(address, 404)


def test_a_search_that_is_too_long_cannot_be_followed(pages: PageClient) -> None:
    page = pages.get("/folgen?" + urlencode({"art": "search", "ziel": "q=" + quote("ü" * 300)}), 400)
    assert "zu lang" in page.main
    assert len(quote("ü" * 300)) > MAX_TARGET


def test_the_key_of_a_city_without_kreis_means_the_city(pages: PageClient) -> None:
    page = pages.get("/folgen?art=municipality&ziel=05124")
    assert "Wuppertal" in page.h1
    assert page.all(".//input[@name='ziel']")[0].get("value") == "05124000"


@pytest.mark.parametrize(
    "path",
    [
        "/suche?q=hund&sortierung=titel&seite=1",
        "/ozg/10160",
        "/kommunen/05974040",
        "/kommunen/05974",
        "/buendel/hundesteuer-soest",
    ],
)
def test_pages_lead_to_following_and_name_their_feed(pages: PageClient, path: str) -> None:
    page = pages.get(path)
    feeds = [one for one in page.all(".//link[@rel='alternate']") if one.get("type") == "application/atom+xml"]
    own = [one.get("href", "") for one in feeds if one.get("href") != "/feed.atom"]
    assert len(own) == 1
    assert pages.client.get(own[0]).status_code == 200
    (link,) = [one for one in page.all(".//main//a") if one.get("href", "").startswith("/folgen?")]
    pages.get(link.get("href", ""))


def test_the_page_without_a_target_says_what_can_be_followed(own_site: Site) -> None:
    client = PageClient(own_site())
    page = client.get("/folgen")
    assert page.h1 == "Folgen"
    assert "Set-Cookie" not in page.response.headers
    assert not page.all(".//main//form")
