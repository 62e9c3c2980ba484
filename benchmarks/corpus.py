"""Documents for engine benchmarks: German administrative words in Zipf's proportions, with facets, repeatable."""

import csv
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REFERENCE = Path(__file__).resolve().parent.parent / "registry" / "data" / "reference"
SEED = 20191005
WORDS_A_DOCUMENT = 120
TITLE_WORDS = 6
PHASES = ("preparation", "conception", "implementation", "operation", "completed", "discontinued")


@dataclass(frozen=True)
class Entry:
    """A document as every compared engine gets it."""

    key: str
    title: str
    text: str
    topic_field: str
    situation: str
    municipality: str
    phase: str


def _column(name: str, column: str) -> list[str]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        return [row[column] for row in csv.DictReader(lines)]


def vocabulary() -> list[str]:
    """Return the distinct words of the catalogue's names in a fixed, shuffled order."""
    names = _column("ozg_services", "name") + _column("leika_services", "name") + _column("municipalities", "name")
    found = sorted({word for name in names for word in re.findall(r"[A-Za-zÄÖÜäöüß]{3,}", name)})
    random.Random(SEED).shuffle(found)
    return found


def entries(count: int) -> Iterator[Entry]:
    """Yield `count` documents of 120 words; the same ones each time."""
    chance = random.Random(SEED)
    words = vocabulary()
    weights = [1 / (place + 8) for place in range(len(words))]
    cumulated, total = [], 0.0
    for weight in weights:
        total += weight
        cumulated.append(total)
    topics, situations, towns = (
        _column("topic_fields", "slug"),
        _column("situations", "slug"),
        _column("municipalities", "ags"),
    )
    for number in range(count):
        drawn = chance.choices(words, cum_weights=cumulated, k=WORDS_A_DOCUMENT)
        yield Entry(
            key=f"entry-{number}",
            title=" ".join(drawn[:TITLE_WORDS]),
            text=" ".join(drawn[TITLE_WORDS:]),
            topic_field=chance.choice(topics),
            situation=chance.choice(situations),
            municipality=chance.choice(towns),
            phase=chance.choice(PHASES),
        )


def queries(count: int) -> list[str]:
    """Return queries of one to three words of the vocabulary, frequent and rare ones alike."""
    chance = random.Random(SEED + 1)
    words = vocabulary()[:4000]
    return [" ".join(chance.sample(words, chance.choice((1, 2, 2, 3)))) for _ in range(count)]
