"""What can be followed, by its key: whether it exists, what it is called, which entries belong to it."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, select

from registry.catalogue.enums import State
from registry.catalogue.models import BundleOzgService, BundleParticipant, ServiceBundle
from registry.catalogue.queries import district, municipality, ozg_service
from registry.following.models import FollowedKind
from registry.reuse.queries import PUBLIC_STATES, find_bundle

MAX_LABEL = 300
MAX_TARGET = 1000


class UnknownTargetError(Exception):
    """There is nothing of this kind and key; the message is a German sentence."""


class WithdrawnTargetError(UnknownTargetError):
    """The entry was withdrawn; `successor` is the slug of what came after it."""

    def __init__(self, successor: str | None) -> None:
        super().__init__("Dieser Eintrag wurde zurückgezogen. Ihm kann niemand mehr folgen.")
        self.successor = successor


@dataclass(frozen=True)
class Target:
    """Something that can be followed: `key` is the one spelling under which it is kept."""

    kind: FollowedKind
    key: str
    label: str


def known_target(session: Session, kind: FollowedKind, key: str) -> Target:
    """Return the bundle, OZG service, municipality or Kreis with this key.

    Raises UnknownTargetError, and WithdrawnTargetError for a withdrawn entry; ValueError for a search, which has no
    row.
    """
    key = key.replace("\x00", "\ufffd")  # PostgreSQL takes no NUL
    if kind is FollowedKind.BUNDLE:
        return _bundle(session, key)
    if kind is FollowedKind.OZG_SERVICE:
        found = ozg_service(session, key)
        if found is None:
            raise UnknownTargetError("Diese OZG-Leistung gibt es im Katalog nicht.")
        return Target(kind, found.service.ozg_id, f"{found.service.name} ({found.service.ozg_id})"[:MAX_LABEL])
    if kind is FollowedKind.MUNICIPALITY:
        return _body(session, key)
    raise ValueError(f"{kind} is not kept as a row")


def _bundle(session: Session, key: str) -> Target:
    bundle = find_bundle(session, key)
    if bundle is not None and bundle.state == State.WITHDRAWN and bundle.published_on is not None:
        raise WithdrawnTargetError(bundle.successor_slug)
    if bundle is None or bundle.state not in PUBLIC_STATES:
        raise UnknownTargetError("Diesen Eintrag gibt es nicht.")
    return Target(FollowedKind.BUNDLE, bundle.slug, bundle.title[:MAX_LABEL])


def _body(session: Session, key: str) -> Target:
    if re.fullmatch(r"[0-9]{5}", key):
        found = district(session, key)
        if found is not None:
            return Target(FollowedKind.MUNICIPALITY, found.key, found.name)
        key += "000"  # the key of a kreisfreie Stadt
    row = municipality(session, key) if re.fullmatch(r"[0-9]{8}", key) else None
    if row is None:
        raise UnknownTargetError("Diese Kommune gibt es im Verzeichnis nicht.")
    return Target(
        FollowedKind.MUNICIPALITY, row.municipality.ags, f"{row.municipality.designation} {row.municipality.name}"
    )


def slugs_behind(
    session: Session, kind: FollowedKind, key: str, *, since: int = 0, newest: int | None = None
) -> list[str]:
    """Return the slugs of entries that were public once and belong to a bundle, an OZG service or a body.

    Only those that have changed after tick `since`, the newest change first, at most `newest` of them.
    """
    query = _once_public(since)
    if kind is FollowedKind.BUNDLE:
        query = query.where(ServiceBundle.slug == key)
    elif kind is FollowedKind.OZG_SERVICE:
        mapped = select(BundleOzgService.bundle_id).where(BundleOzgService.ozg_id == key)
        query = query.where(col(ServiceBundle.id).in_(mapped))
    else:
        part = select(BundleParticipant.bundle_id).where(
            (col(BundleParticipant.municipality) == key) | (col(BundleParticipant.district) == key)
        )
        query = query.where(col(ServiceBundle.id).in_(part))
    return list(session.exec(query.limit(newest) if newest is not None else query))


def changed_slugs(session: Session, since: int) -> list[str]:
    """Return the slugs of all entries that were public once and have changed after a tick, the newest change first."""
    return list(session.exec(_once_public(since)))


def mapped_slugs(
    session: Session, services: Collection[str], *, since: int = 0, newest: int | None = None
) -> list[str]:
    """Return the slugs of entries that were public once and are mapped to one of these OZG services.

    Only those that have changed after tick `since`, the newest change first, at most `newest` of them.
    """
    wanted = set(services)
    mapped: dict[str, None] = {}
    query = _once_public(since).add_columns(col(BundleOzgService.ozg_id))
    query = query.join(BundleOzgService, col(BundleOzgService.bundle_id) == col(ServiceBundle.id))
    for slug, ozg_id in session.execute(query):
        if ozg_id in wanted:
            mapped[slug] = None
    return list(mapped)[:newest]


def _once_public(since: int):  # type: ignore[no-untyped-def]  # the type of a statement has no short name
    return (
        select(ServiceBundle.slug)
        .where(
            ServiceBundle.tick > since,
            col(ServiceBundle.published_on).is_not(None),
            col(ServiceBundle.state).in_((*PUBLIC_STATES, State.WITHDRAWN)),
        )
        .order_by(col(ServiceBundle.tick).desc(), ServiceBundle.slug)
    )
