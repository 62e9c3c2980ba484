"""The bundle page on paper: the Steckbrief."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser
HIDDEN = (".site-nav", ".theme-switch", ".search", ".breadcrumb", ".page-contents", ".site-footer nav", "#aehnlich")
SHOWN = ("h1", "#steckbrief", "#ozg-zuordnung", "#uebertragbarkeit", "#kosten", "#nachweise")


def _pages(page: Page) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True)))


def test_a_printed_bundle_is_short_and_without_navigation(visit: Visit) -> None:
    page = visit("/buendel/hundesteuer-soest")
    assert 1 <= _pages(page) <= 3
    page.emulate_media(media="print")
    for selector in HIDDEN:
        expect(page.locator(selector).first).to_be_hidden()
    for selector in SHOWN:
        expect(page.locator(selector)).to_be_visible()


def test_paper_is_white_in_the_dark_theme_too(visit: Visit) -> None:
    page = visit("/buendel/hundesteuer-soest", color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    colours = page.evaluate(
        "[...new Set([...document.querySelectorAll('main *')].filter((one) => one.checkVisibility())"
        ".map((one) => getComputedStyle(one).color))]"
    )
    assert set(colours) <= {"rgb(0, 0, 0)", "rgb(51, 51, 51)"}


def test_printed_sources_show_their_address(visit: Visit) -> None:
    page = visit("/buendel/hundesteuer-soest")
    page.emulate_media(media="print")
    text = page.evaluate("getComputedStyle(document.querySelector('.source__title a'), '::after').content")
    assert "http" in text
