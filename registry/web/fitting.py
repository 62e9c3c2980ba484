"""Fit for pages and API: the matrix of requirements of this application, and the fit of single entries."""

import re
import threading
from collections.abc import Sequence

from flask import current_app
from sqlmodel import Session

from registry.accounts.permissions import Actor
from registry.fit.bulk import Matrix
from registry.fit.catalogue import FitCatalogue
from registry.fit.outcome import Fit
from registry.profiles.profile import BodyProfile
from registry.profiles.queries import body_profile
from registry.search.contract import Worth
from registry.web.services import catalogue_tick, services

_EXTENSION = "registry-fit"
_LOCK = threading.Lock()


def requirement_matrix() -> Matrix:
    """Return the requirements of all published bundles as of the present tick."""
    with _LOCK:
        held = current_app.extensions.setdefault(_EXTENSION, FitCatalogue(services().database))
    matrix: Matrix = held.matrix(catalogue_tick())
    return matrix


def body_of(session: Session, viewer: Actor, key: str) -> BodyProfile | None:
    """Return the profile of a municipality (AGS) or Kreis (key) as far as the viewer may know it, None for no such key.

    The five digits of a kreisfreie Stadt name the city.
    """
    if re.fullmatch(r"[0-9]{8}", key):
        return body_profile(session, viewer, "municipality", key)
    if re.fullmatch(r"[0-9]{5}", key):
        district = body_profile(session, viewer, "district", key)
        return district or body_profile(session, viewer, "municipality", f"{key}000")
    return None


def worth_for(profile: BodyProfile) -> Worth:
    """Return by what the search puts bundles in order of their fit."""
    ratings = requirement_matrix().rate(profile)
    return Worth(ratings.slugs, ratings.worth.tolist())


def fits_of(profile: BodyProfile, slugs: Sequence[str]) -> dict[str, Fit]:
    """Return how some published bundles fit a body, by slug, without notes and dimensions."""
    matrix = requirement_matrix()
    return {slug: found for slug in slugs if (found := matrix.fit(profile, slug)) is not None}
