"""The facts of coverage, read once a tick and day: coverage pages, map and API share them."""

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from flask import current_app

from registry.coverage.queries import completeness_of, coverage_facts
from registry.coverage.rules import CoverageFacts
from registry.web.services import catalogue_tick, reading, services

_EXTENSION = "registry-coverage"
_LOCK = threading.Lock()

CATALOGUE_AS_OF = "2019-10"
"""State of the OZG catalogue that ships (registry/data/reference/ozg_services.provenance.md)."""
OFFICIAL_SERVICES = 575
"""OZG services that the official catalogue counts; the list that ships has fewer (docs/data.md)."""


@dataclass
class _Held:
    tick: int
    day: date
    facts: CoverageFacts
    complete: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of entries that were asked for."""


def current_facts() -> CoverageFacts:
    """Return what coverage is computed from, as of the present tick and day."""
    return _held().facts


def completeness(slugs: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return for entries (by slug) how many fields are stated, and how many count, as of the present tick."""
    held = _held()
    missing = [slug for slug in slugs if slug not in held.complete]
    if missing:
        with reading() as session:
            held.complete.update(completeness_of(session, missing))
    return {slug: held.complete[slug] for slug in slugs if slug in held.complete}


def _held() -> _Held:
    tick, day = catalogue_tick(), date.today()
    with _LOCK:
        held = current_app.extensions.get(_EXTENSION)
    if isinstance(held, _Held) and (held.tick, held.day) == (tick, day):
        return held
    with reading() as session:
        facts = coverage_facts(session, today=day, months=services().settings.confirmation_months)
    held = _Held(tick, day, facts)
    with _LOCK:
        current_app.extensions[_EXTENSION] = held
    return held


def admin_regions(facts: CoverageFacts) -> list[str]:
    """Return the names of the Regierungsbezirke."""
    return sorted({one.admin_region for one in facts.bodies.values()})


def typings(facts: CoverageFacts) -> list[str]:
    """Return the typings that the catalogue's LeiKa services have."""
    return sorted({typing for one in facts.services for typing in one.typings}, key=lambda one: (len(one), one))
