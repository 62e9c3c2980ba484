"""Reuse: what it is, and the ways into it."""

from datetime import date

from flask import Blueprint, render_template

from registry.adoption.queries import public_adoptions
from registry.adoption.tally import tally
from registry.profiles.vocabulary import vocabulary_size
from registry.reuse.queries import bundle_slugs
from registry.web.caching import follows_clock
from registry.web.chosen import chosen_profile
from registry.web.services import reading, services

reuse = Blueprint("reuse", __name__)


@reuse.get("/nachnutzung")
@follows_clock
def show() -> str:
    """Show the ways into reuse, with figures from what is public."""
    today = date.today()
    with reading() as session:
        adoptions = public_adoptions(session, today=today, months=services().settings.confirmation_months)
        bundles = len(bundle_slugs(session))
        capabilities = vocabulary_size(session)
    return render_template(
        "reuse/show.html",
        chosen=chosen_profile(),
        bundles=bundles,
        capabilities=capabilities,
        standings=dict(tally(adoptions).by_standing),
        today=today,
    )
