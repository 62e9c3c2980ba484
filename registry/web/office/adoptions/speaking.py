"""Messages between the two sides, and requests that are declined."""

from registry.adoption import requests
from registry.adoption.changes import Change
from registry.adoption.requests import DeclineFields, MessageFields
from registry.web.access import Level, access
from registry.web.identity import current_actor
from registry.web.office.adoptions.blueprint import adoptions, link, typed
from registry.web.office.adoptions.stepping import Answer, act


@adoptions.post("/verwaltung/nachnutzungen/<key>/nachricht")
@access(Level.COORDINATOR)
def write(key: str) -> Answer:
    """Write to the other side."""

    def operation(change: Change) -> str:
        fields = MessageFields.model_validate({"text": typed("message.text", lines=True)})
        requests.write_message(change, current_actor(), key, fields, link=link)
        return "Ihre Nachricht ist eingetragen. Beide Seiten erhalten eine E-Mail."

    return act(key, operation, part="message", may=lambda found: found.rights.write, refusal=requests.WRITERS)


@adoptions.post("/verwaltung/nachnutzungen/<key>/ablehnen")
@access(Level.COORDINATOR)
def decline(key: str) -> Answer:
    """Decline a request with a reason."""

    def operation(change: Change) -> str:
        fields = DeclineFields.model_validate({"reason": typed("decline.reason", lines=True)})
        requests.decline(change, current_actor(), key, fields, link=link)
        return "Die Anfrage ist abgelehnt. Beide Seiten erhalten eine E-Mail."

    actor = current_actor()
    return act(key, operation, part="decline", may=lambda found: found.sides.offers(actor), refusal=requests.OFFERING)


@adoptions.post("/verwaltung/nachnutzungen/<key>/wieder-aufnehmen")
@access(Level.COORDINATOR)
def take_up(key: str) -> Answer:
    """Take the refusal of a request back."""

    def operation(change: Change) -> str:
        requests.take_up(change, current_actor(), key, link=link)
        return "Die Ablehnung ist zurückgenommen."

    return act(key, operation)
