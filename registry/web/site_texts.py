"""Which text of the site is in force: the administrator's own, the operator's file, or the one that ships."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from registry.editorial.site_texts import own_text
from registry.web.markdown import title_and_rest
from registry.web.services import reading, services

NAMES = ("ueber", "aufnahmekriterien", "impressum", "datenschutz", "barrierefreiheit")
"""Of each there is a page `/<name>` and a file that ships."""
SHIPPED = Path(__file__).resolve().parent / "texts"
NOTE = "Diese Angaben ergänzt die betreibende Stelle."
"""Marks a gap in the shipped texts."""


class Source(Enum):
    """Where a text in force comes from, with the words that pages use for it."""

    OWN = "hier geschriebener Text"
    FILE = "Datei der betreibenden Stelle"
    SHIPPED = "mitgelieferter Text"


@dataclass(frozen=True)
class TextInForce:
    """A text of the site as the public reads it; `tick` is that of the administrator's text, 0 when there is none."""

    name: str
    markdown: str
    source: Source
    tick: int = 0

    @property
    def title(self) -> str:
        """Return the page's title: a level-one heading in the first line, else that of the shipped text."""
        return title_and_rest(self.markdown)[0] or title_and_rest(_shipped(self.name))[0] or self.name

    @property
    def body(self) -> str:
        """Return the text without its title."""
        return title_and_rest(self.markdown)[1]

    @property
    def has_gaps(self) -> bool:
        """Tell whether this is a shipped pattern whose gaps the operator has to fill."""
        return self.source is Source.SHIPPED and NOTE in self.markdown


def text_in_force(name: str) -> TextInForce:
    """Return the text of one of NAMES: an administrator's comes before the operator's file, and that before ours."""
    with reading() as session:
        row = own_text(session, name)
    if row is not None:
        return TextInForce(name, row.markdown, Source.OWN, row.tick)
    return text_without_own(name)


def text_without_own(name: str) -> TextInForce:
    """Return the text that is in force when no administrator has written one."""
    folder = services().settings.site_texts_dir
    file = folder / f"{name}.md" if folder else None
    if file is not None and file.is_file():
        return TextInForce(name, file.read_text(encoding="utf-8"), Source.FILE)
    return TextInForce(name, _shipped(name), Source.SHIPPED)


def _shipped(name: str) -> str:
    return (SHIPPED / f"{name}.md").read_text(encoding="utf-8")
