"""Formatting, Markdown and parameters: pure functions."""

import re
from datetime import date
from decimal import Decimal

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.search.contract import Fragment
from registry.web.formatting import (
    euro,
    host,
    leika_key,
    marked,
    number,
    partial_date,
    percent,
    plural,
    typing_meaning,
    value_range,
)
from registry.web.markdown import markdown, title_and_rest
from registry.web.pages.branding import accent_styles, contrast_with_white
from registry.web.parameters import MAX_PAGE, MAX_TEXT, clean_text, page_number

pytestmark = pytest.mark.sqlite_only


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1234, "1.234"), (85.81, "85,81"), (0.5, "0,5"), (1000.0, "1.000")]
)
def test_numbers_have_german_signs(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [("0", "0\u00a0€"), ("1234.50", "1.234,50\u00a0€"), ("123000", "123.000\u00a0€")]
)
def test_euros_show_cents_only_where_there_are_some(value: str, text: str) -> None:
    assert euro(Decimal(value).quantize(Decimal("0.01"))) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2019", "2019"),
        ("2019-10", "Oktober 2019"),
        ("2019-10-08", "8.\u00a0Oktober 2019"),
        (date(2020, 3, 1), "1.\u00a0März 2020"),
    ],
)
def test_a_date_is_as_exact_as_it_is_known(value: str | date, text: str) -> None:
    assert partial_date(value) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(None, None, None), (1, None, "ab 1"), (None, 2, "bis 2"), (1, 2, "1 bis 2"), (3, 3, "3"), (0, 0, "0")],
)
def test_a_range_names_the_ends_that_are_known(low: int | None, high: int | None, text: str | None) -> None:
    assert value_range(low, high) == text


def test_a_share_is_rounded_down() -> None:
    assert percent(199, 200) == "99\u00a0%"
    assert percent(0, 0) == "0\u00a0%"


def test_small_helpers() -> None:
    assert plural(1, "Kommune", "Kommunen") == "1\u00a0Kommune"
    assert plural(2, "Kommune", "Kommunen") == "2\u00a0Kommunen"
    assert leika_key("99041006013000").split("\u00a0") == ["99", "041", "006", "013", "000"]
    assert host("https://www.soest.de/a") == "soest.de"
    assert typing_meaning("3a") == "Regelung: Bund, Vollzug: Kommune"
    assert typing_meaning("9") is None


def test_marks_escape_every_text() -> None:
    assert marked((Fragment("<b>", True), Fragment("&", False)), "") == "<mark>&lt;b&gt;</mark>&amp;"
    assert marked((), "<i>") == "&lt;i&gt;"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "![a](https://example.org/a.png)",
        "[a](data:text/html,x)",
        '<a href="x" onclick="y">z</a>',
    ],
)
def test_markdown_lets_nothing_dangerous_through(text: str) -> None:
    fragment = html5lib.parseFragment(markdown(text), treebuilder="etree", namespaceHTMLElements=False)
    for element in fragment.iter():
        assert element.tag not in ("script", "img", "iframe")
        assert set(element.attrib) <= {"href", "rel"}
        assert not element.get("href", "").startswith(("javascript:", "data:"))


@given(st.text(max_size=200))
def test_markdown_never_emits_scripts_or_handlers(text: str) -> None:
    html = markdown(text).lower()
    assert "<script" not in html
    assert "<iframe" not in html


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("# A\n\n## B", [3, 4]),
        ("## A\n\n## B", [3, 3]),
        ("# A\n\n###### B", [3, 4]),
        ("### A\n\n# B\n\n### C", [3, 3, 4]),
        ("\n\n".join(f"{'#' * level} A" for level in range(1, 7)), [3, 4, 5, 6, 6, 6]),
    ],
)
def test_markdown_headings_fit_into_the_page(text: str, levels: list[int]) -> None:
    assert [int(level) for level in re.findall(r"<h(\d)", markdown(text, top=3))] == levels


def test_a_level_one_heading_becomes_the_title() -> None:
    assert title_and_rest("\n# Titel\n\nText") == ("Titel", "\nText")
    assert title_and_rest("Text") == (None, "Text")


@given(st.text(max_size=5000))
def test_a_cleaned_text_is_short_and_printable(raw: str) -> None:
    text, was_cut = clean_text(raw)
    assert len(text) <= MAX_TEXT
    assert text.isprintable()
    assert was_cut or clean_text(text) == (text, False)


@given(st.text(max_size=30))
def test_a_page_number_is_always_possible(raw: str) -> None:
    assert 1 <= page_number(raw) <= MAX_PAGE


def test_an_accent_colour_without_contrast_colours_no_text() -> None:
    assert contrast_with_white("#ffffff") == pytest.approx(1)
    assert contrast_with_white("#000000") == pytest.approx(21)
    assert "--kern-color-action-default" not in accent_styles("#ffe600")
    assert "--kern-color-action-default:#003366" in accent_styles("#003366")
