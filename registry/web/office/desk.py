"""The desk: where a signed-in person begins."""

from datetime import date

from flask import Blueprint, render_template

from registry.accounts.models import Person
from registry.adoption.desk import adoption_work
from registry.editorial.desk import desk_of
from registry.editorial.quality.summary import upkeep_of
from registry.moments import now
from registry.web.access import Level, access
from registry.web.identity import current_actor, identity
from registry.web.services import reading, services

desk = Blueprint("desk", __name__)


@desk.get("/verwaltung")
@access(Level.SIGNED_IN)
def show() -> str:
    """Show what waits for this person."""
    with reading() as session:
        found = desk_of(session, current_actor())
        months = services().settings.confirmation_months
        adopted = adoption_work(session, current_actor(), today=date.today(), months=months)
        upkeep = [item for item in (*adopted, *upkeep_of(session, current_actor(), now())) if item.count]
        person = session.get_one(Person, current_actor().person_id)
    row = identity().web_session
    by_password_alone = bool(person.password_hash) and not person.totp_secret and not (row and row.by_oidc)
    return render_template("desk/show.html", desk=found, upkeep=upkeep, by_password_alone=by_password_alone)
