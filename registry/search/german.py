"""German text to terms: folding, words, stems, compounds. Pure; used alike for documents and queries.

- Folding makes ä/ae, ö/oe, ü/ue and ß/ss equal and drops accents, control and direction marks (Unicode NFKD).
- Stems are those of the Snowball algorithm for German (https://snowballstem.org/algorithms/german/stemmer.html).
- Compounds are split by a dictionary of parts with linking elements (Fugenelemente: -s-, -es-, -n-, -en-, -er-, -e-);
  every level of a nested compound counts, so that Bewohnerparkausweis also answers Parkausweis and Ausweis.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import snowballstemmer

MAX_WORD = 60  # longer runs of letters are no words; they cost time and find nothing

_UMLAUTS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("æ", "ae"), ("œ", "oe"), ("ø", "o"))
_GENDERED = re.compile(r"(?<=\w)[*:_](?:in|innen)\b")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_WORD = re.compile(r"[a-z0-9]+")
_HEAD_ELLIPSIS = re.compile(
    r"\b([a-z]{1,40})-(?:\s*,\s*[a-z]{1,40}-)*\s*(?:,|und|oder|bzw\.?|sowie|/|&)\s*([a-z]{4,60})"
)
_TAIL_ELLIPSIS = re.compile(r"\b([a-z]{4,60})\s*(?:,|und|oder|bzw\.?|sowie|/|&)\s*-([a-z]{3,40})")
_LINKS = ("", "s", "es", "n", "en", "e", "er", "ens", "ns")
_stem = snowballstemmer.stemmer("german").stemWord

STOP_WORDS = frozenset(
    word
    for line in (Path(__file__).parent / "words" / "stop.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return text in lower case with umlauts transcribed, without accents, control or direction marks."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    for sign, letters in _UMLAUTS:  # one by one: str.translate takes ten times as long
        plain = plain.replace(sign, letters)
    if any(sign in plain for sign in "*:_"):
        plain = _GENDERED.sub("", plain)
    if plain.isascii():  # nearly all German text by now; the rest costs a look at each sign
        return _CONTROLS.sub(" ", plain)
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(
        " " if unicodedata.category(char) == "Cc" else char
        for char in decomposed
        if unicodedata.category(char) not in ("Mn", "Cf", "Cs", "Co")
    )


def words(text: str) -> list[str]:
    """Return the folded words of a text, in order, with the words that an ellipsis leaves out."""
    folded = fold(text) if len(text) < 2000 else fold.__wrapped__(text)
    found = [word[:MAX_WORD] for word in _WORD.findall(folded)]
    return found + _completed(folded) if "-" in folded else found


def _completed(folded: str) -> list[str]:
    """Complete „Änderungs-, Um- und Abmeldung“ and „Anmeldung und -genehmigung“."""
    added = []
    for match in _HEAD_ELLIPSIS.finditer(folded):
        tail = _shared_tail(match.group(2))
        heads = re.findall(r"([a-z]+)-", match.group(0))
        added += [head + tail for head in heads if tail]
    for match in _TAIL_ELLIPSIS.finditer(folded):
        head = _shared_head(match.group(1))
        if head and match.group(2) not in match.group(1):
            added.append(head + match.group(2))
    return added


_TAILS = re.compile(
    r"(meldung|genehmigung|erlaubnis|bescheinigung|zulassung|steuer|leistungen|leistung|ausweise?|karte|verfahren|recht|"
    r"beihilfe|zuschuss|zuschuesse|pflicht|schutz|dienste?|anlagen?|bildung|geld|gebuehr(?:en)?|abgaben?|bauten?|bau|"
    r"foerderung|untersuchung(?:en)?|pruefung(?:en)?|urkunden?|waffen|stoffe|schulen?|einrichtung(?:en)?|berufe?|plaetze?)$"
)


def _shared_tail(word: str) -> str:
    match = _TAILS.search(word)
    return match.group(1) if match and match.start() > 0 else ""


def _shared_head(word: str) -> str:
    match = re.match(r"(.{3,}(?:ungs|schafts|heits|keits|ions|taets|mens|els|ers|er|en|s))(?=[a-z]{5,}$)", word)
    return match.group(1) if match else ""


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return the Snowball stem of a folded word."""
    return str(_stem(word)) if len(word) > 3 else word


class Splitter:
    """Splits compounds by a dictionary of folded parts; the longest parts win."""

    def __init__(self, parts: Iterable[str]) -> None:
        """Build from folded words; those shorter than three letters are passed over."""
        self._known = {part for part in parts if len(part) >= 3 and part.isalpha()}
        self._cache: dict[str, tuple[str, ...]] = {}

    def __contains__(self, word: str) -> bool:
        return word in self._known

    def direct(self, word: str) -> tuple[str, ...]:
        """Return the parts of a folded word at the first level; empty when it is no known compound."""
        found = self._cache.get(word)
        if found is None:
            found = self._best(word) if 7 <= len(word) <= MAX_WORD and word.isalpha() else ()
            if len(self._cache) > 100_000:
                self._cache.clear()
            self._cache[word] = found
        return found

    def nested(self, word: str) -> tuple[str, ...]:
        """Return the parts of all levels, outer ones first; empty when the word is no known compound."""
        found: list[str] = []
        pending = list(self.direct(word))
        while pending:
            part = pending.pop(0)
            if part not in found:
                found.append(part)
                # A part may carry the linking element: „wohnberechtigungs“ in Wohnberechtigungsschein.
                pending += self.direct(part) or self.direct(part.removesuffix("s"))
        return tuple(found)

    def _best(self, word: str) -> tuple[str, ...]:
        """Return the segmentation with the greatest sum of squared part lengths (dynamic programming)."""
        length = len(word)
        best: list[tuple[int, tuple[str, ...]] | None] = [None] * (length + 1)
        best[0] = (0, ())
        for start in range(length - 2):
            if (before := best[start]) is None:
                continue
            for end in range(start + 3, length + 1):
                part = word[start:end]
                if part not in self._known or part == word:
                    continue
                score, parts = before[0] + len(part) ** 2, (*before[1], part)
                for link in _LINKS:
                    place = end + len(link)
                    if place > length or (link and place == length) or word[end:place] != link:
                        continue
                    held = best[place]
                    if held is None or held[0] < score:
                        best[place] = (score, parts)
        result = best[length]
        return result[1] if result is not None and len(result[1]) > 1 else ()
