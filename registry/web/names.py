"""Names of what can be chosen in filters: read once a tick, because every search page needs them."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app

from registry.catalogue.enums import Audience, Phase, ReuseModel
from registry.catalogue.queries import districts, municipalities, providers, situations, topic_fields
from registry.search.contract import UNKNOWN
from registry.web.services import catalogue_tick, reading

_EXTENSION = "registry-names"
_LOCK = threading.Lock()

FACET_TITLES = {
    "topic_field": "Themenfeld",
    "situation": "Lage",
    "municipality": "Kommune",
    "provider": "IT-Dienstleister",
    "phase": "Phase",
    "maturity": "Reifegrad",
    "reuse_model": "Nachnutzungsmodell",
    "licence": "Lizenz",
    "audience": "Zielgruppe",
    "transferable": "Jetzt übertragbar",
    "has_bundle": "Bündel vorhanden",
}
"""German headings of the facets. „Lage“: Lebenslage or Unternehmenslage."""

_YES_NO = {"yes": "ja", "no": "nein"}
_FIXED: dict[str, Mapping[str, str]] = {
    "phase": {str(one): one.label for one in Phase},
    "reuse_model": {str(one): one.label for one in ReuseModel},
    "audience": {str(one): one.label for one in Audience},
    "transferable": _YES_NO,
    "has_bundle": _YES_NO,
}


@dataclass(frozen=True)
class Names:
    """Names by facet and value, as of a tick."""

    tick: int
    by_facet: Mapping[str, Mapping[str, str]]

    def of(self, facet: str, value: str) -> str:
        """Return the name of a facet's value; the value itself where none is known."""
        if value == UNKNOWN:
            return "keine Angabe"
        return self.by_facet.get(facet, {}).get(value, value)


def names() -> Names:
    """Return the names as of the present tick."""
    tick = catalogue_tick()
    with _LOCK:
        found = current_app.extensions.get(_EXTENSION)
    if isinstance(found, Names) and found.tick == tick:
        return found
    fresh = Names(tick, _read())
    with _LOCK:
        current_app.extensions[_EXTENSION] = fresh
    return fresh


def _read() -> dict[str, Mapping[str, str]]:
    with reading() as session:
        places = {one.key: one.name for one in districts(session)}
        places |= {row.municipality.ags: row.municipality.name for row in municipalities(session)}
        return {
            **_FIXED,
            "topic_field": {one.slug: one.name for one in topic_fields(session)},
            "situation": {one.slug: one.name for one in situations(session)},
            "municipality": places,
            "provider": {one.slug: one.name for one in providers(session)},
        }
