"""What of the adoptions waits for a person, as the desk shows it."""

from datetime import date

from sqlmodel import Session

from registry.accounts.permissions import Actor
from registry.adoption.office_queries import Listed, waiting
from registry.editorial.quality.summary import WorkItem

PAGE = "/verwaltung/nachnutzungen"


def adoption_work(session: Session, actor: Actor, *, today: date, months: int) -> tuple[WorkItem, ...]:
    """Return the items, also those that are zero. `months`: how long a confirmation holds."""
    found = waiting(session, actor, today=today, months=months)
    own = f"{PAGE}?ansicht={Listed.OWN.value}"
    return (
        WorkItem(
            found.requests,
            "Anfrage zur Nachnutzung",
            "Anfragen zur Nachnutzung",
            f"{PAGE}?ansicht={Listed.REQUESTS.value}",
            "andere Stellen möchten Ihre Bündel nutzen",
        ),
        WorkItem(
            found.claims,
            "behauptete Nachnutzung",
            "behauptete Nachnutzungen",
            own,
            "andere geben an, dass Ihre Stelle ein Bündel nutzt",
        ),
        WorkItem(
            found.expired,
            "abgelaufene Bestätigung",
            "abgelaufene Bestätigungen",
            own,
            "Nachnutzungen, deren Angaben zu erneuern sind",
        ),
        WorkItem(
            found.expiring,
            "Bestätigung läuft ab",
            "Bestätigungen laufen ab",
            own,
            "in den nächsten 30 Tagen",
        ),
    )
