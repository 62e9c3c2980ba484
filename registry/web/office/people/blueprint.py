"""The blueprint of these pages, and what its modules share."""

from flask import Blueprint, url_for
from sqlmodel import Session

from registry.accounts.members import Sender
from registry.accounts.models import Organisation
from registry.accounts.organisations import UnknownOrganisationError, find_organisation
from registry.accounts.permissions import require
from registry.web.addresses import absolute
from registry.web.identity import current_actor
from registry.web.pages.errors import PageNotFound
from registry.web.services import services

people = Blueprint("people", __name__)

PER_PAGE = 50
NOT_YOURS = "Diese Stelle verwaltet nur ihre eigene OZG-Koordination."


def own_organisation(session: Session, slug: str) -> Organisation:
    """Return an organisation that the person at the keyboard may manage; 404 for an unknown one, 403 for another's."""
    try:
        organisation = find_organisation(session, slug)
    except UnknownOrganisationError as error:
        raise PageNotFound(str(error)) from None
    require(current_actor().coordinates_for([organisation.id]), NOT_YOURS)
    return organisation


def invitations() -> Sender:
    """Return how invitations are written here."""
    return Sender(services().settings.site_name, lambda token: absolute("sign_in.invitation", token=token))


def resets() -> Sender:
    """Return how links for a new password are written here."""
    return Sender(services().settings.site_name, lambda token: absolute("sign_in.new_password", token=token))


def home_of(slug: str) -> str:
    """Return the address of an organisation's page."""
    return url_for("people.organisation", slug=slug)
