"""The map: one tab stop with arrow keys, the list without scripts, and a sensible tree for a screen reader."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.reading import outside, violations

pytestmark = pytest.mark.browser
MAP = "/karte?zeige=abdeckung"


def test_arrow_keys_lead_from_municipality_to_municipality(visit: Visit) -> None:
    page = visit(MAP)
    stops = page.locator("#karte a[tabindex='0']")
    expect(stops).to_have_count(1)
    stops.focus()
    first = page.evaluate("document.activeElement.getAttribute('href')")
    seen = {first}
    for key in ("ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
        expect(stops).to_have_count(1)
        expect(stops).to_be_focused()
        expect(page.locator("#karte-hier")).to_have_text(re.compile(r": \d+ von 557$"))
        seen.add(page.evaluate("document.activeElement.getAttribute('href')"))
    assert len(seen) >= 3
    here = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{here}")


@pytest.mark.parametrize(("region", "count"), [("", 396), ("&bezirk=Arnsberg", 83), ("&bezirk=D%C3%BCsseldorf", 66)])
def test_every_municipality_can_be_reached_by_arrow_keys(visit: Visit, region: str, count: int) -> None:
    page = visit(MAP + region)
    reached = page.evaluate(
        """async () => {
          const links = [...document.querySelectorAll('#karte a')];
          const seen = new Set([links[0]]), queue = [links[0]];
          while (queue.length) {
            const from = queue.shift();
            for (const key of ['ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown']) {
              from.focus();
              from.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
              const to = document.activeElement;
              if (!seen.has(to)) { seen.add(to); queue.push(to); }
            }
          }
          return seen.size;
        }"""
    )
    assert reached == count


def test_the_focus_ring_of_a_municipality_is_seen(visit: Visit) -> None:
    page = visit(MAP)
    page.locator("#karte a[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    ring = page.evaluate(
        """() => {
          const style = getComputedStyle(document.activeElement.querySelector('use'));
          return [style.stroke, parseFloat(style.strokeWidth)];
        }"""
    )
    assert ring[0] not in ("none", "")
    assert ring[1] >= 4


def test_without_scripts_the_list_is_the_way_by_keyboard(visit: Visit) -> None:
    page = visit(MAP, java_script_enabled=False)
    expect(page.locator("#karte a[tabindex='0']")).to_have_count(0)
    expect(page.locator("section[aria-labelledby=liste] tbody a")).to_have_count(396)
    page.get_by_role("link", name="Alle Werte der Karte als Liste").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**#liste")


def test_a_screen_reader_meets_the_map_as_named_groups_and_then_the_list(visit: Visit) -> None:
    page = visit(MAP)
    tree = page.locator("figure.map").aria_snapshot()
    assert 'group "Karte: Produktive OZG-Leistungen je Kommune."' in tree
    assert 'group "Regierungsbezirk Arnsberg"' in tree
    assert re.search(r'link "Soest: \d+ von 557"', tree)
    assert "listitem: 20 und mehr" in tree
    table = page.get_by_role("table", name=re.compile("Produktive OZG-Leistungen je Kommune, Stand"))
    expect(table.get_by_role("rowheader")).to_have_count(396)


def test_a_screen_reader_meets_coverage_as_a_table_with_links(visit: Visit) -> None:
    page = visit("/abdeckung")
    tree = page.locator("section[aria-labelledby=themenfelder]").aria_snapshot()
    assert 'table "OZG-Leistungen nach Themenfeld und Abdeckung"' in tree
    assert "weißer Fleck: Bildung" in tree
    assert "Quadrat" not in tree  # the squares say nothing that the table does not


@pytest.mark.parametrize("path", [MAP, f"{MAP}&bezirk=Arnsberg", "/karte?zeige=buendel&buendel=hundesteuer-soest"])
def test_the_map_is_sound_on_the_narrowest_screen(visit: Visit, path: str) -> None:
    page = visit(path, width=320)
    assert not violations(page)
    assert not outside(page)
