"""Markdown of entries and site texts → clean HTML."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
_TAGS = {
    *("p", "br", "hr", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto", "tel"}


@lru_cache(maxsize=2048)
def markdown(text: str, top: int = 3) -> Markup:
    """Return Markdown as HTML whose highest heading is `h<top>`, without a gap between levels.

    An author may begin with any level, or skip one: the page's outline stays in order. Raw HTML is shown
    as text by the parser; the cleaner (ammonia) then lets only harmless elements, attributes
    and link schemes pass, so the result is safe to include.
    """
    tokens = _PARSER.parse(text)
    _order_headings(tokens, top)
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    clean = nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="noopener noreferrer nofollow"
    )
    return Markup(clean)  # noqa: S704  (cleaned in the line above)


def _order_headings(tokens: list[Token], top: int) -> None:
    opening = [token for token in tokens if token.type == "heading_open"]
    closing = [token for token in tokens if token.type == "heading_close"]
    used = sorted({token.tag for token in opening})
    before = top - 1
    for start, end in zip(opening, closing, strict=True):
        before = min(top + used.index(start.tag), before + 1, 6)
        start.tag = end.tag = f"h{before}"


def title_and_rest(text: str) -> tuple[str | None, str]:
    """Split off a first line that is a level-one heading: `(title or None, the rest)`."""
    first, _, rest = text.lstrip("\ufeff\n ").partition("\n")
    return (first[2:].strip(), rest) if first.startswith("# ") else (None, text)


_SHORT_TAGS = {"p", "br", "strong", "em", "a", "ul", "ol", "li"}


@lru_cache(maxsize=256)
def short_markdown(text: str) -> Markup:
    """Return the Markdown of a notice as HTML: paragraphs, lists, emphasis and links; of anything else the text."""
    html = _PARSER.render(text)
    clean = nh3.clean(
        html,
        tags=_SHORT_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)  # noqa: S704  (cleaned in the line above)
