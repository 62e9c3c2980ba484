"""Queries are taken apart tolerantly and within bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.search.query import MAX_WORDS, parse

pytestmark = pytest.mark.sqlite_only


def _words(text: str) -> list[str]:
    return [word.text for word in parse(text).words]


def test_stop_words_are_left_out() -> None:
    assert _words("Wie kann ich für meinen Hund die Steuer zahlen") == ["hund", "steuer", "zahlen"]


def test_quotes_make_a_phrase_even_when_the_last_is_missing() -> None:
    assert parse('"hilfe zum lebensunterhalt" soest').phrases == (("hilfe", "zum", "lebensunterhalt"),)
    assert parse('soest "hilfe zum lebensunterhalt').phrases == (("hilfe", "zum", "lebensunterhalt"),)
    assert parse("„Hilfe zum Lebensunterhalt“").phrases == (("hilfe", "zum", "lebensunterhalt"),)


def test_a_star_marks_a_prefix_and_a_minus_an_exclusion() -> None:
    query = parse("wohn* -geld")
    assert [(word.text, word.prefix) for word in query.words] == [("wohn", True)]
    assert query.excluded == {"geld"}


@pytest.mark.parametrize("text", ["10160", " 10160 ", "99 102 013 000000", "05974040", "059740400040"])
def test_numbers_of_known_lengths_are_keys(text: str) -> None:
    assert parse(text).key == text.replace(" ", "")


@pytest.mark.parametrize("text", ["", "   ", "*", "-", '"', '""', "und", "( ) [ ]", "\x00\x01", "…", "🐕"])
def test_what_says_nothing_is_an_empty_query(text: str) -> None:
    assert parse(text).empty


@given(st.text(max_size=2000))
def test_whatever_is_typed_gives_a_bounded_query(text: str) -> None:
    query = parse(text)
    assert len(query.words) <= MAX_WORDS
    assert len(query.phrases) <= 5
