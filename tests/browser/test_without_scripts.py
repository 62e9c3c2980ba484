"""Everything works without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser


def test_searching_works(visit: Visit) -> None:
    page = visit("/", java_script_enabled=False)
    page.get_by_label("Wonach suchen Sie?").fill("wohngeld")
    page.get_by_role("button", name="Suchen").click()
    page.wait_for_url("**/suche?q=wohngeld**")
    expect(page.locator(".entry__title").first).to_contain_text("Wohngeld")
    page.locator(".entry__title a").first.click()
    page.wait_for_url("**/buendel/**")
    expect(page.locator(".source").first).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_filtering_works(visit: Visit, width: int) -> None:
    page = visit("/suche", width=width, java_script_enabled=False)
    if width == 320:
        page.locator("#filter > summary").click()
    page.get_by_role("checkbox", name="Bauen & Wohnen").check()
    page.get_by_role("button", name="Filter anwenden").click()
    page.wait_for_url("**themenfeld=bauen-und-wohnen**")
    expect(page.get_by_role("list", name="Gewählte Filter")).to_contain_text("Themenfeld: Bauen & Wohnen")
    page.get_by_role("link", name=re.compile("^Filter entfernen")).click()
    page.wait_for_url(re.compile(r"/suche($|\?)"))
    expect(page.get_by_role("list", name="Gewählte Filter")).to_have_count(0)


def test_sorting_and_paging_work(visit: Visit) -> None:
    page = visit("/suche", java_script_enabled=False)
    page.get_by_label("Sortieren nach").select_option(label="Titel")
    page.get_by_role("button", name="Sortieren").click()
    page.wait_for_url("**sortierung=titel**")
    first = page.locator(".entry__title").first.inner_text()
    page.get_by_role("link", name="Weiter zu Seite 2").click()
    page.wait_for_url("**seite=2**")
    assert page.locator(".entry__title").first.inner_text() != first


def test_municipalities_can_be_filtered(visit: Visit) -> None:
    page = visit("/kommunen", java_script_enabled=False)
    page.get_by_label("Name oder AGS").fill("soest")
    page.get_by_label("nur mit Bündel").check()
    page.get_by_role("button", name="Filtern").click()
    page.wait_for_url("**buendel=ja**")
    expect(page.get_by_role("link", name="Soest", exact=True)).to_be_visible()


def test_nothing_is_offered_that_needs_scripts(visit: Visit) -> None:
    page = visit("/", java_script_enabled=False)
    expect(page.locator("#theme-switch")).to_be_hidden()
    expect(page.get_by_role("combobox")).to_have_count(0)
