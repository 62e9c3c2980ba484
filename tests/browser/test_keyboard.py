"""Walks with the keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser
FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  return {
    html: one.outerHTML.slice(0, 120),
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    shown: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


def _walk(page: Page) -> list[dict[str, object]]:
    """Press Tab until the focus leaves the page; return what it has met."""
    met = []
    for _ in range(250):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus is None:
            return met
        met.append(focus)
    raise AssertionError("the focus never leaves the page")


def test_the_first_key_reaches_a_link_past_the_navigation(visit: Visit) -> None:
    page = visit("/buendel/hundesteuer-soest")
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Zum Inhalt springen")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("path", ["/", "/suche?phase=operation", "/buendel/hundesteuer-soest", "/kommunen?q=soest"])
def test_the_focus_is_always_visible_and_never_trapped(visit: Visit, path: str, width: int) -> None:
    page = visit(path, width=width, reduced_motion="reduce")  # scrolls at once
    met = _walk(page)
    assert len(met) > 15
    assert [one["html"] for one in met if not one["ring"]] == []
    assert [one["html"] for one in met if not one["shown"]] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_focus_ring_stands_out_from_the_page(visit: Visit, scheme: str) -> None:
    page = visit("/suche", color_scheme=scheme)
    page.keyboard.press("Tab")
    # A canvas turns any notation of a colour into numbers.
    ratio = page.evaluate(
        """() => {
          const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
          const light = (colour) => {
            paint.fillStyle = colour;
            paint.fillRect(0, 0, 1, 1);
            const part = [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3).map((one) => one / 255)
              .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
            return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
          };
          const [a, b] = [getComputedStyle(document.activeElement).outlineColor,
            getComputedStyle(document.body).backgroundColor].map(light);
          return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        }"""
    )
    assert ratio >= 3


def test_suggestions_can_be_walked_left_and_chosen(visit: Visit) -> None:
    page = visit("/")
    field = page.get_by_role("combobox", name="Wonach suchen Sie?")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.focus()
    page.keyboard.type("hund")
    expect(field).to_have_attribute("aria-expanded", "true")
    options = page.get_by_role("option")
    page.keyboard.press("ArrowDown")
    first = options.first
    expect(first).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == first.get_attribute("id")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowUp")  # back in the field
    assert field.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("hund")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    goal = page.locator("[role=option][aria-selected=true]").get_attribute("data-url")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{goal}")


def test_enter_searches_for_what_is_typed_when_nothing_is_marked(visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("combobox").focus()
    page.keyboard.type("hund")
    page.get_by_role("listbox").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/suche?q=hund")


def test_leaving_the_field_closes_the_suggestions(visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("combobox").focus()
    page.keyboard.type("hund")
    page.get_by_role("listbox").wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page.get_by_role("button", name="Suchen")).to_be_focused()


def test_a_filter_is_set_with_the_space_bar_and_keeps_the_focus(visit: Visit) -> None:
    page = visit("/suche")
    box = page.get_by_role("checkbox", name="Bauen & Wohnen")
    box.focus()
    page.keyboard.press("Space")
    page.wait_for_url("**/suche?themenfeld=bauen-und-wohnen")
    expect(box).to_be_focused()
    expect(box).to_be_checked()
    expect(page.locator("#meldung")).to_have_text(re.compile(r"^\d+\sTreffer$"))
    page.keyboard.press("Space")
    page.wait_for_url(re.compile(r"/suche$"))
    expect(box).not_to_be_checked()


def test_a_fold_opens_with_the_keyboard(visit: Visit) -> None:
    page = visit("/suche", width=320)
    page.locator("#filter > summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name="Bauen & Wohnen")).to_be_visible()


def test_turning_the_page_moves_the_focus_to_the_new_hits(visit: Visit) -> None:
    page = visit("/suche")
    page.get_by_role("link", name="Weiter zu Seite 2").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/suche?seite=2")
    heading = page.locator("#treffer")
    expect(heading).to_be_focused()
    expect(heading).to_be_in_viewport()
    expect(page.get_by_role("navigation", name="Ergebnisseiten").locator("[aria-current=page]")).to_have_text("Seite 2")
