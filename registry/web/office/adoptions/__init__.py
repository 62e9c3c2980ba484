"""Adoptions of the own organisation, and requests of others for the own entries: below /verwaltung/nachnutzungen."""

from registry.web.office.adoptions import declaring, lists, showing, speaking, stepping
from registry.web.office.adoptions.blueprint import adoptions

__all__ = ["adoptions", "declaring", "lists", "showing", "speaking", "stepping"]
