"""About, Impressum, Datenschutz, Barrierefreiheit: Markdown that ships, or the operator's own."""

from pathlib import Path

from flask import Blueprint, render_template

from registry.web.caching import follows_clock
from registry.web.markdown import title_and_rest
from registry.web.services import services

texts = Blueprint("texts", __name__)

NAMES = ("ueber", "impressum", "datenschutz", "barrierefreiheit")
SHIPPED = Path(__file__).resolve().parent.parent / "texts"
NOTE = "Diese Angaben ergänzt die betreibende Stelle."
"""Marks a gap in the shipped texts."""


def site_text(name: str) -> tuple[str, str, bool]:
    """Return title, Markdown and whether it is the operator's own text.

    The operator's file `<site_texts_dir>/<name>.md` comes first; its first line may be a
    level-one heading, which becomes the page's title.
    """
    folder = services().settings.site_texts_dir
    own = folder / f"{name}.md" if folder else None
    is_own = own is not None and own.is_file()
    file = own if is_own and own is not None else SHIPPED / f"{name}.md"
    shipped_title, _ = title_and_rest((SHIPPED / f"{name}.md").read_text(encoding="utf-8"))
    title, rest = title_and_rest(file.read_text(encoding="utf-8"))
    return title or shipped_title or name, rest, is_own


@texts.get(f"/<any({', '.join(NAMES)}):name>")
@follows_clock
def show(name: str) -> str:
    """Show one of the site's texts."""
    title, text, is_own = site_text(name)
    return render_template("texts/show.html", title=title, text=text, name=name, is_own=is_own)
