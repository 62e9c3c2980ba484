"""The lists: the own adoptions, requests of others, and for administrators all of them."""

from flask import render_template, request

from registry.adoption.office_queries import Listed, adoptions_for, waiting
from registry.web.access import Level, access
from registry.web.formatting import german_today
from registry.web.identity import current_actor
from registry.web.office.adoptions.blueprint import adoptions, months
from registry.web.parameters import page_number
from registry.web.services import reading

TABS = ((Listed.OWN, "Unsere Nachnutzungen"), (Listed.REQUESTS, "Anfragen an uns"), (Listed.ALL, "Alle"))


@adoptions.get("/verwaltung/nachnutzungen")
@access(Level.EDITOR)
def index() -> str:
    """List the adoptions of the own bodies, or those of others for the own entries."""
    actor = current_actor()
    tabs = [(one, label) for one, label in TABS if one is not Listed.ALL or actor.is_admin]
    listed = next((one for one, _ in tabs if one.value == request.args.get("ansicht")), None)
    closed = request.args.get("stand") == "abgeschlossen"
    with reading() as session:
        waits = waiting(session, actor, today=german_today(), months=months())
        if listed is None:
            listed = Listed.OWN if actor.roles or not actor.is_admin else Listed.ALL
        found = adoptions_for(
            session,
            actor,
            listed,
            today=german_today(),
            months=months(),
            closed=closed,
            page=page_number(request.args.get("seite")),
        )
    return render_template(
        "adoptions/index.html",
        found=found,
        tabs=tabs,
        listed=listed,
        closed=closed,
        waits=waits,
        may_declare=actor.coordinates_anywhere,
    )
