"""Documents and queries for property tests."""

from hypothesis import strategies as st

from registry.search.contract import Kind
from registry.search.documents import Document
from registry.search.lexicon import Lexicon
from registry.search.vocabulary import Vocabulary

WORDS = ("hund", "steuer", "hundesteuer", "wohnung", "wohngeld", "antrag", "bau", "baum", "urkunde", "kita", "feuer")
TEXTS = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(("hundehalter", "mietzuschuss", "kneipe", "auto anmelden", "hudn", "wohngled", "wohn*", "-baum")),
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=3).map(lambda found: f'"{" ".join(found)}"'),
)
QUERIES = st.lists(PIECES, min_size=1, max_size=4).map(" ".join)


def lexicon() -> Lexicon:
    """Return a lexicon with a small vocabulary over the words above."""
    vocabulary = Vocabulary()
    vocabulary.read(
        [
            "Mietzuschuss, Miete -> Wohngeld",
            "Hundehalter -> Hund, Hundesteuer [0.6]",
            "Kneipe ^ Antrag Bau",
            "Auto anmelden -> Urkunde",
            "Kita = Kindergarten",
        ],
        "test",
    )
    return Lexicon(vocabulary)


def document(number: int, title: str, leika: str, law: str, topic: str, bundles: int) -> Document:
    """Return an OZG service."""
    return Document(
        kind=Kind.OZG_SERVICE,
        key=f"{10000 + number}",
        title=title,
        excerpt="",
        texts={"title": title, "leika": leika, "law": law},
        facets={"topic_field": [topic], "situation": [], "has_bundle": ["yes" if bundles else "no"]},
        labels={
            "topic_field": {topic: topic.upper()},
            "situation": {},
            "has_bundle": {"yes": "ja"} if bundles else {"no": "nein"},
        },
        sorts={"bundles": float(bundles)},
    )


@st.composite
def documents(draw: st.DrawFn, smallest: int = 1, largest: int = 8) -> list[Document]:
    """Return OZG services with different keys."""
    return [
        document(
            number,
            draw(TEXTS) or "ohne",
            draw(TEXTS),
            draw(TEXTS),
            draw(st.sampled_from("abc")),
            draw(st.integers(0, 1)),
        )
        for number in range(draw(st.integers(smallest, largest)))
    ]
