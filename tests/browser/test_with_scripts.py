"""What the scripts add: suggestions, instant filters, the theme; and that nothing moves or calls home."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.reading import ALL_PAGES, layout_shift

pytestmark = pytest.mark.browser


def _stays(page: Page) -> bool:
    """Return whether the document is still the one that `_mark` has marked."""
    return bool(page.evaluate("window.marked === true"))


def _mark(page: Page) -> None:
    page.evaluate("window.marked = true")


@pytest.mark.parametrize("name", ALL_PAGES)
def test_no_page_moves_while_it_loads(visit: Visit, name: str) -> None:
    path, status = ALL_PAGES[name]
    for width in (320, 1280) if name in ("start", "search", "bundle") else (320,):
        assert layout_shift(visit(path, width=width, status=status)) < 0.01, width


def test_suggestions_are_few_and_grouped_by_kind(visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("combobox").press_sequentially("wohn")
    page.get_by_role("listbox", name="Vorschläge").wait_for()
    groups = page.get_by_role("listbox").get_by_role("group")
    names = [groups.nth(place).locator(".suggestions__kind").inner_text() for place in range(groups.count())]
    assert len(names) >= 2
    assert set(names) <= {"OZG-Leistungen", "Leistungsbündel", "Kommunen", "Suchwörter"}
    for name in names:
        assert page.get_by_role("group", name=name).get_by_role("option").count() >= 1
    assert 1 < page.get_by_role("option").count() <= 10


@pytest.mark.parametrize("path", ["/", "/ozg", "/suche"])
def test_nothing_covers_the_suggestions(visit: Visit, path: str) -> None:
    page = visit(path)
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.locator("[data-suggest]").press_sequentially("wohn")
    page.get_by_role("listbox").wait_for()
    covered = page.evaluate(
        """() => [...document.querySelectorAll('[role=option]')].filter((one) => {
          one.scrollIntoView({ block: 'nearest', behavior: 'instant' });
          const box = one.getBoundingClientRect();
          return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) !== one;
        }).map((one) => one.textContent)"""
    )
    assert covered == []


def test_a_suggestion_can_be_clicked(visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("combobox").press_sequentially("soest")
    page.get_by_role("group", name="Kommunen").get_by_role("option").first.click()
    page.wait_for_url("**/kommunen/*")


def test_suggestions_outdated_by_the_next_key_are_not_shown(visit: Visit) -> None:
    page = visit("/")
    field = page.get_by_role("combobox")
    field.press_sequentially("hund")
    page.get_by_role("listbox").wait_for()
    field.fill("")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_attribute("aria-expanded", "false")


def test_filters_act_at_once_and_the_address_follows(visit: Visit) -> None:
    page = visit("/suche")
    _mark(page)
    label = page.locator("label", has_text="Bauen & Wohnen")
    promised = re.sub(r"\D", "", label.locator(".facet__count").inner_text())
    page.get_by_role("checkbox", name="Bauen & Wohnen").check()
    page.wait_for_url("**/suche?themenfeld=bauen-und-wohnen")
    expect(page.locator("#treffer")).to_have_text(re.compile(rf"^{promised}\sTreffer$"))
    expect(page.get_by_role("link", name="Daten dieser Seite")).to_have_attribute(
        "href", "/api/v1/bundles?topic_field=bauen-und-wohnen"
    )
    page.get_by_role("checkbox", name="Wohnen & Umzug").check()
    page.wait_for_url("**/suche?themenfeld=bauen-und-wohnen&**")
    page.go_back()
    page.wait_for_url("**/suche?themenfeld=bauen-und-wohnen")
    expect(page.locator("#treffer")).to_have_text(re.compile(rf"^{promised}\sTreffer$"))
    page.get_by_role("link", name="Filter entfernen: Themenfeld: Bauen & Wohnen").click()
    page.wait_for_url(re.compile(r"/suche$"))
    expect(page.get_by_role("list", name="Gewählte Filter")).to_have_count(0)
    assert _stays(page)


def test_sorting_and_a_new_text_keep_the_filters(visit: Visit) -> None:
    page = visit("/suche?zielgruppe=citizens")
    _mark(page)
    page.get_by_label("Sortieren nach").select_option(label="Titel")
    page.wait_for_url("**/suche?zielgruppe=citizens&sortierung=titel")
    page.get_by_label("Wonach suchen Sie?").fill("antrag")
    page.get_by_role("button", name="Suchen").click()
    page.wait_for_url(re.compile(r"q=antrag&zielgruppe=citizens&sortierung=titel"))
    expect(page).to_have_title(re.compile("^„antrag“"))
    assert _stays(page)


def test_an_address_shows_the_same_list_as_the_filters_that_led_to_it(visit: Visit) -> None:
    page = visit("/suche")
    page.get_by_role("checkbox", name="Familie & Kind").check()
    page.wait_for_url("**/suche?themenfeld=familie-und-kind")
    expect(page.get_by_role("list", name="Gewählte Filter")).to_be_visible()
    titles = page.locator(".entry__title").all_inner_texts()
    page.reload()
    assert page.locator(".entry__title").all_inner_texts() == titles


def test_the_chosen_theme_is_remembered(visit: Visit) -> None:
    page = visit("/")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.get_by_role("button", name="Dunkle Darstellung").click()
    dark = page.evaluate(colour)
    assert dark != light
    page.goto("/ozg")
    assert page.evaluate(colour) == dark
    page.get_by_role("button", name="Helle Darstellung").click()
    page.reload()
    assert page.evaluate(colour) == light
    assert page.evaluate("localStorage.length") == 0  # the system's theme needs no memory


def test_the_theme_follows_the_system_without_a_choice(visit: Visit) -> None:
    page = visit("/", color_scheme="dark")
    expect(page.get_by_role("button", name="Helle Darstellung")).to_be_visible()
    page.emulate_media(color_scheme="light")
    expect(page.get_by_role("button", name="Dunkle Darstellung")).to_be_visible()
