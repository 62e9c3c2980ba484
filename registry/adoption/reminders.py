"""Reminders that a confirmation expires, and that it has expired: each once, to the coordinators of the body.

They are service mails of a task that somebody has taken on, so there is no way to end them but the task itself.
"""

import logging
from datetime import date, datetime

from sqlmodel import Session, col, select

from registry.adoption import letters
from registry.adoption.bodies import body_of
from registry.adoption.letters import Occasion, adopters, tell
from registry.adoption.models import Adoption
from registry.adoption.office_queries import SOON
from registry.adoption.rules import expires_on
from registry.adoption.sides import sides_of
from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.settings import Settings

log = logging.getLogger(__name__)

PAGE = "/verwaltung/nachnutzungen"


def remind_due(database: Database, settings: Settings, at: datetime) -> int:
    """Write the reminders that are due; return for how many adoptions.

    Each in a transaction of its own, with the note that it was written: two nodes do not send two. Without BASE_URL no
    link could be written, so nothing is sent.
    """
    months, today = settings.confirmation_months, at.date()
    with database.reading() as session:
        query = select(Adoption).where(col(Adoption.closed_at).is_(None), col(Adoption.confirmed_on).is_not(None))
        due = [one.id for one in session.exec(query.order_by(col(Adoption.id))) if is_due(one, today, months)]
    if due and not settings.base_url:
        log.warning("reminders of adoptions wait: BASE_URL is not set, so that they could carry no links")
        return 0
    sent = 0
    for number in due:
        try:
            with database.noting() as session:
                sent += _remind(session, number, settings, at)
        except Exception:  # one adoption must not keep the others from their reminders
            log.exception("the reminder of adoption %s could not be written", number)
    return sent


def is_due(adoption: Adoption, today: date, months: int) -> bool:
    """Tell whether the body has to be reminded today: 30 days before the end, and once it has come. Pure."""
    if adoption.confirmed_on is None or adoption.closed_at is not None:
        return False
    end = expires_on(adoption.confirmed_on, months)
    if adoption.reminded_at is None:
        return today >= end - SOON
    return adoption.reminded_at.date() < end <= today


def _remind(session: Session, number: int | None, settings: Settings, at: datetime) -> int:
    adoption = session.exec(select(Adoption).where(Adoption.id == number).with_for_update()).first()
    if adoption is None or not is_due(adoption, at.date(), settings.confirmation_months):
        return 0  # meanwhile another node was faster, or the body has confirmed
    end = expires_on(adoption.confirmed_on or at.date(), settings.confirmation_months)
    body = body_of(session, adoption).name
    sides = sides_of(session, adoption)
    title = session.get_one(ServiceBundle, adoption.bundle_id).title
    about = Occasion(adoption, sides, title, body, lambda key: f"{settings.base_url}{PAGE}/{key}")
    letter = letters.expired(body, end) if at.date() >= end else letters.expiring(body, end)
    tell(session, adopters(session, sides), about, *letter)
    adoption.reminded_at = at
    session.add(adoption)
    return 1
