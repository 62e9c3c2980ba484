"""Every kind of page by the rules of WCAG 2.2 A and AA, in every width and both themes."""

import pytest

from tests.browser.conftest import Visit
from tests.browser.reading import ALL_PAGES, COLOUR_RULES, WIDTHS, clipped, outside, overflow, unfold, violations

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", ALL_PAGES)
def test_no_page_breaks_a_rule_of_wcag_in_any_width_or_theme(visit: Visit, name: str) -> None:
    path, status = ALL_PAGES[name]
    page = visit(path, status=status)
    unfold(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="light")
        assert violations(page) == [], width
        page.emulate_media(color_scheme="dark")
        assert violations(page, COLOUR_RULES) == [], width


@pytest.mark.parametrize("name", ALL_PAGES)
def test_every_page_fits_a_small_screen_wide_spacing_and_large_text(visit: Visit, name: str) -> None:
    path, status = ALL_PAGES[name]
    page = visit(path, width=320, status=status)
    unfold(page)
    assert (overflow(page), outside(page)) == (0, [])
    # WCAG 1.4.12: the reader's own spacing
    page.evaluate(
        """() => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
            word-spacing: 0.16em !important } p { margin-bottom: 2em !important }`);
          document.adoptedStyleSheets = [sheet];
        }"""
    )
    assert (overflow(page), clipped(page)) == (0, [])
    # WCAG 1.4.4: text twice as large
    page.evaluate("document.adoptedStyleSheets = []")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert (overflow(page), outside(page), clipped(page)) == (0, [], [])


def test_open_suggestions_break_no_rule(visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("combobox").press_sequentially("hund")
    page.get_by_role("listbox").wait_for()
    page.keyboard.press("ArrowDown")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme


def test_the_page_breaks_no_rule_after_an_instant_filter(visit: Visit) -> None:
    page = visit("/suche")
    page.get_by_role("checkbox", name="Bauen & Wohnen").check()
    page.get_by_role("list", name="Gewählte Filter").wait_for()
    assert violations(page) == []


def test_the_chosen_theme_breaks_no_rule(visit: Visit) -> None:
    page = visit("/buendel/hundesteuer-soest")
    page.get_by_role("button", name="Dunkle Darstellung").click()
    unfold(page)
    assert violations(page) == []
