"""The vocabulary: its format is checked line by line, and what ships leads somewhere."""

import pytest

from registry.database import Database
from registry.search.contract import Kind, SearchRequest
from registry.search.service import SearchService
from registry.search.vocabulary import FOLDER, Vocabulary, VocabularyError, phrase

_OPERATORS = (" -> ", " = ", " ~ ", " ^ ", " := ")


def _vocabulary(*lines: str) -> Vocabulary:
    vocabulary = Vocabulary()
    vocabulary.read(lines, "test.txt")
    return vocabulary


def _targets(vocabulary: Vocabulary, text: str) -> dict[str, float]:
    return {one.text: one.weight for one in vocabulary.expansions(phrase(text))}


def test_an_arrow_leads_one_way() -> None:
    vocabulary = _vocabulary("Kneipe, Lokal -> Gaststätte")
    assert _targets(vocabulary, "kneipe") == {"Gaststätte": 0.8}
    assert _targets(vocabulary, "lokal") == {"Gaststätte": 0.8}
    assert _targets(vocabulary, "gaststätte") == {}


def test_equal_and_former_names_lead_both_ways() -> None:
    vocabulary = _vocabulary("Hartz IV ~ Arbeitslosengeld II ~ Bürgergeld")
    assert set(_targets(vocabulary, "Bürgergeld")) == {"Hartz IV", "Arbeitslosengeld II"}
    assert set(_targets(vocabulary, "hartz iv")) == {"Arbeitslosengeld II", "Bürgergeld"}


def test_a_broader_term_weighs_less_and_a_given_weight_wins() -> None:
    assert _targets(_vocabulary("Pudel ^ Hund"), "pudel") == {"Hund": 0.4}
    assert _targets(_vocabulary("Pudel -> Hund [0.25]"), "pudel") == {"Hund": 0.25}


def test_a_phrase_is_found_in_whatever_order_and_inflection() -> None:
    assert _targets(_vocabulary("Auto anmelden -> Zulassung"), "Anmeldung Auto") == {"Zulassung": 0.8}


def test_comments_and_blank_lines_say_nothing() -> None:
    assert len(_vocabulary("", "# nur ein Kommentar", "   ")) == 0


@pytest.mark.parametrize("line", ["nur Wörter", "-> Ziel", "Wort ->", "a -> b -> c", "a = b -> c", "a, , -> "])
def test_a_bad_line_is_refused_with_file_and_line(line: str) -> None:
    with pytest.raises(VocabularyError, match=r"test\.txt, Zeile 2"):
        _vocabulary("Hund = Köter", line)


def test_every_shipped_term_that_people_type_leads_to_something(
    shared_catalogue: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    search = SearchService(shared_catalogue, tmp_path_factory.mktemp("vocabulary"))
    lost = [
        term
        for term in dict.fromkeys(search.vocabulary.terms)
        if not search.search(SearchRequest(Kind.OZG_SERVICE, term, per_page=1)).total
    ]
    search.close()
    assert lost == []


@pytest.mark.sqlite_only
def test_no_shipped_line_stands_twice() -> None:
    lines = [
        line.strip()
        for file in FOLDER.glob("*.txt")
        for line in file.read_text(encoding="utf-8").splitlines()
        if any(operator in line for operator in _OPERATORS) and not line.startswith("#")
    ]
    assert len(lines) == len(set(lines))
