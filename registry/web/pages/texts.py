"""About, Impressum, Datenschutz, Barrierefreiheit: the administrator's text, the operator's file, or what ships."""

from flask import Blueprint, render_template

from registry.web.caching import follows_clock
from registry.web.site_texts import NAMES, text_in_force

texts = Blueprint("texts", __name__)


@texts.get(f"/<any({', '.join(NAMES)}):name>")
@follows_clock
def show(name: str) -> str:
    """Show one of the site's texts."""
    return render_template("texts/show.html", text=text_in_force(name))
