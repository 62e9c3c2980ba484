"""What a visitor typed, taken apart: words, phrases, prefixes, exclusions, keys. Of bounded size."""

import re
from dataclasses import dataclass

from registry.search.german import STOP_WORDS, stem, words

MAX_CHARACTERS = 500
MAX_WORDS = 24
_PIECE = re.compile(r'(?<!\S)-?["„“”»«][^"„“”»«]*["„“”»«]?|\S+')
_QUOTES = '"„“”»«'
_KEY = re.compile(r"\d{5}|\d{8}|\d{12}|\d{14}")


@dataclass(frozen=True)
class QueryWord:
    """A folded word of the query and its stem; `prefix` when a star follows it."""

    text: str
    term: str
    prefix: bool = False


@dataclass(frozen=True)
class Query:
    """A parsed query. `key` is set when the whole query is a number of one of the known lengths."""

    words: tuple[QueryWord, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: frozenset[str] = frozenset()
    key: str | None = None

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to look for: the search then browses."""
        return not self.words and not self.phrases and not self.excluded


def parse(text: str) -> Query:
    """Take a query apart; never fails, whatever is typed."""
    text = text[:MAX_CHARACTERS]
    condensed = re.sub(r"\s+", "", text)
    if _KEY.fullmatch(condensed) and condensed.isascii():
        return Query(words=(QueryWord(condensed, condensed),), key=condensed)
    found: list[QueryWord] = []
    phrases: list[tuple[str, ...]] = []
    excluded: set[str] = set()
    for piece in _PIECE.findall(text):
        without = len(piece) > 1 and piece[0] == "-"
        body = piece[1:] if without else piece
        quoted = body[:1] in _QUOTES and body != ""
        parts = words(body)
        if not parts:
            continue
        if without:
            excluded.update(stem(part) for part in parts)
        elif quoted and len(parts) > 1:
            phrases.append(tuple(parts[:MAX_WORDS]))
            found += [QueryWord(part, stem(part)) for part in parts]
        else:
            star = body.rstrip(".,;:").endswith("*") and len(parts[-1]) >= 2
            found += [QueryWord(part, stem(part)) for part in parts[:-1]]
            found.append(QueryWord(parts[-1], stem(parts[-1]), prefix=star))
    telling = [word for word in found if word.text not in STOP_WORDS or word.prefix]
    if not found and not excluded and any(sign.isalpha() for sign in text):
        # Letters of another script are words too, which no entry has: everything would be the wrong answer.
        telling = [QueryWord(word, word) for word in text.split()]
    return Query(tuple(telling[:MAX_WORDS]), tuple(phrases[:5]), frozenset(excluded))
