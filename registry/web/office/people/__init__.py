"""Organisations, members, invitations, accounts: below /verwaltung/stellen and /verwaltung/personen."""

from registry.web.office.people import members, organisations, persons
from registry.web.office.people.blueprint import people

__all__ = ["members", "organisations", "people", "persons"]
