"""German analysis: what is written differently but means the same becomes the same terms."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.search.german import MAX_WORD, Splitter, fold, stem, words
from registry.search.lexicon import Lexicon
from registry.search.vocabulary import Vocabulary

pytestmark = pytest.mark.sqlite_only

LEXICON = Lexicon(Vocabulary())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Führerschein", "Fuehrerschein"),
        ("Straße", "Strasse"),
        ("GRÖSSE", "größe"),
        ("Café", "Cafe"),
        ("Bürger*innen", "Bürger"),
        ("Antragsteller:innen", "Antragsteller"),
        (unicodedata.normalize("NFD", "Gebühren"), "Gebühren"),
        ("\u200fHund\u200e", "hund"),
        ("\uff28\uff55\uff4e\uff44", "hund"),
    ],
)
def test_spellings_of_the_same_word_fold_alike(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Anmeldungen", "Anmeldung"), ("anmelden", "Anmeldung"), ("Häuser", "Hauser"), ("Hunde", "Hundes")],
)
def test_inflected_forms_share_a_stem(one: str, other: str) -> None:
    assert stem(fold(one)) == stem(fold(other))


@pytest.mark.parametrize(
    ("compound", "parts"),
    [
        ("Bewohnerparkausweis", {"bewohner", "park", "ausweis"}),
        ("Gewerbeummeldung", {"gewerbe", "ummeldung"}),
        ("Wohnberechtigungsschein", {"wohn", "berechtigung", "schein"}),
        ("Straßensondernutzungserlaubnis", {"strassen", "sondernutzung", "erlaubnis"}),
        ("Meldebescheinigung", {"melde", "bescheinigung"}),
        ("Handwerkerparkausweis", {"handwerker", "park", "ausweis"}),
        ("Unterhaltsvorschuss", {"unterhalts", "vorschuss"}),
        ("Wohngeldantrag", {"wohngeld", "wohn", "geld", "antrag"}),
    ],
)
def test_administrative_compounds_are_split_at_every_level(compound: str, parts: set[str]) -> None:
    assert parts <= set(LEXICON.parts(fold(compound)))


@pytest.mark.parametrize("word", ["Meldung", "Verein", "Ausweis", "Rathaus", "Xylophon", "Genehmigung"])
def test_simple_words_are_left_whole(word: str) -> None:
    assert LEXICON.splitter.direct(fold(word)) == () or "rat" in LEXICON.parts(fold(word))


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("Änderungs-, Um- und Abmeldung", {"aenderungsmeldung", "ummeldung", "abmeldung"}),
        ("Unternehmensanmeldung und -genehmigung", {"unternehmensgenehmigung"}),
        ("Fahrzeugregistereintragung und -auskunft", {"fahrzeugregisterauskunft"}),
        ("Grund- und Gewerbesteuer", {"grundsteuer"}),
    ],
)
def test_words_that_an_ellipsis_leaves_out_are_completed(text: str, completed: set[str]) -> None:
    assert completed <= set(words(text))


@given(st.text(max_size=300))
def test_folding_is_stable_and_words_are_plain_and_bounded(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert all(word.isascii() and word.isalnum() and len(word) <= 2 * MAX_WORD for word in words(text))


@given(
    st.lists(st.sampled_from(["haus", "bau", "geld", "antrag", "wohn"]), min_size=2, max_size=4),
    st.sampled_from(["", "s", "en"]),
)
def test_a_compound_of_known_parts_is_split_into_them(parts: list[str], link: str) -> None:
    compound = link.join(parts)
    found = Splitter([*parts, "unbekannt"]).nested(compound)
    assert len(compound) < 7 or set(found) == set(parts)


@given(st.text(alphabet="abcdefghinrstu", min_size=1, max_size=MAX_WORD))
def test_parts_always_stand_in_the_word_in_their_order(word: str) -> None:
    place = 0
    for part in LEXICON.splitter.direct(word):
        found = word.find(part, place)
        assert found >= place
        place = found + len(part)
