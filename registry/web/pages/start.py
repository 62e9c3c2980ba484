"""The start page."""

from datetime import date

from flask import Blueprint, render_template

from registry.catalogue.queries import figures, topic_fields
from registry.reuse.queries import bundle_cards, bundle_slugs
from registry.web.caching import follows_clock
from registry.web.services import reading

start = Blueprint("start", __name__)
NEWEST = 6


@start.get("/")
@follows_clock
def show() -> str:
    """Show search field, topic fields, figures and the entries that changed last."""
    with reading() as session:
        fields = topic_fields(session)
        numbers = figures(session)
        newest = bundle_cards(session, bundle_slugs(session, newest=NEWEST))
    days = [card.bundle.changed_on for card in newest if card.bundle.changed_on]
    as_of: date | None = max(days, default=None)
    return render_template("start/show.html", fields=fields, figures=numbers, newest=newest, as_of=as_of)
