"""The history of an entry: every version rebuilt from its revisions, and which of them the public may see.

A version stands for the tick of its change. It is public when the entry was public after it: what was a draft, in
review or withdrawn is for those who answer for the entry.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor
from registry.catalogue.models import ServiceBundle
from registry.database import Write
from registry.editorial.applying import UNPUBLISHED, four_eyes
from registry.editorial.naming import STEWARD_FIELDS
from registry.editorial.notices import Link, no_link
from registry.editorial.proposals import Outcome, Result, Step, apply, start_version
from registry.editorial.stewardship import Stewards, stewards_of
from registry.editorial.values import EMPTY, Values, is_stated
from registry.editorial.who import names_of_actors
from registry.history import SYSTEM, Revision
from registry.reuse.operations import ENTITY
from registry.reuse.queries import PUBLIC_STATES

STATE_FIELDS = ("state", "state_note", "successor_slug")
ALL_FIELDS = (*EMPTY, *STATE_FIELDS, *STEWARD_FIELDS)


class UnknownVersionError(Exception):
    """The entry has no version of this tick, or none that this reader may see."""

    def __init__(self) -> None:
        super().__init__("Diese Fassung gibt es nicht.")


@dataclass(frozen=True)
class Version:
    """An entry after a change: `values` with state and owner. `by` is for everyone, `person` for insiders."""

    tick: int
    at: datetime
    by: str
    person: str | None
    reason: str
    values: Values
    changed: tuple[str, ...]
    """Fields that differ from the version before it that the same reader sees."""
    public: bool


def revisions_of(session: Session, slug: str, tick: int | None = None, *, after: int | None = None) -> list[Revision]:
    """Return the revisions of an entry in their order, up to and with `tick`, and only those later than `after`.

    A discarded draft leaves its slug free for an entry of somebody else, whose history begins after it.
    """
    query = select(Revision).where(Revision.entity == ENTITY, Revision.entity_key == slug)
    if after is not None:
        query = query.where(Revision.tick > after)
    found = list(session.exec(query.order_by(col(Revision.tick), col(Revision.id))))
    ends = [place for place, one in enumerate(found, 1) if one.changes.get("slug", ("", ""))[1] is None]
    return [one for one in found[ends[-1] if ends else 0 :] if tick is None or one.tick <= tick]


def replay(session: Session, slug: str, tick: int | None = None) -> Values:
    """Return the entry as of a tick (None: now), rebuilt from its revisions; all fields None when there are none."""
    values: Values = dict.fromkeys(ALL_FIELDS)
    for revision in revisions_of(session, slug, tick):
        values |= _after(revision.changes)
    return values


def versions_of(session: Session, bundle: ServiceBundle, actor: Actor) -> list[Version]:
    """Return the versions that the reader may see, oldest first; changes of one transaction are one version."""
    insider = is_insider(session, bundle, actor)
    revisions = revisions_of(session, bundle.slug)
    organisations = _organisation_names(session, revisions)
    people = names_of_actors(session, {one.actor for one in revisions}) if insider else {}
    seen: list[Version] = []
    values: Values = dict.fromkeys(ALL_FIELDS)
    before: Values = dict(values)
    for place, revision in enumerate(revisions):
        values = values | _after(revision.changes)
        following = revisions[place + 1] if place + 1 < len(revisions) else None
        if following is not None and following.tick == revision.tick:
            continue
        public = values["state"] in PUBLIC_STATES
        if not (public or insider):
            continue
        changed = tuple(
            name
            for name, value in values.items()
            if value != before[name] and (is_stated(value) or is_stated(before[name]))
        )
        if not changed and not insider:
            continue
        seen.append(
            Version(
                tick=revision.tick,
                at=revision.at,
                by=_by(revision, organisations),
                person=people.get(revision.actor) if revision.actor.startswith("person:") else None,
                reason=revision.reason,
                values=values,
                changed=changed,
                public=public,
            )
        )
        before = values
    return seen


def is_insider(session: Session, bundle: ServiceBundle, actor: Actor) -> bool:
    """Tell whether the reader belongs to those who answer for the entry."""
    return actor.signed_in and stewards_of(session, bundle.id).edited_by(actor)


def version_at(versions: Iterable[Version], tick: int) -> Version:
    """Return the version of a tick. Raises UnknownVersionError."""
    found = next((one for one in versions if one.tick == tick), None)
    if found is None:
        raise UnknownVersionError
    return found


def restore(write: Write, actor: Actor, slug: str, tick: int, moment: str, *, link: Link = no_link) -> Outcome:
    """Make the entry what it was as of a tick: published at once by who may decide, else submitted for review.

    `moment` is the time of that version in words, for the reason. An unpublished entry stays a draft. Raises
    UnknownEntryError, UnknownVersionError, NotAllowedError, EntryClosedError, ValidationError when the version does
    not follow the present rules, DanglingReferenceError.
    """
    session = write.session
    if not any(one.tick == tick for one in revisions_of(session, slug, tick)):
        raise UnknownVersionError
    wanted = replay(session, slug, tick)
    values = {name: wanted[name] for name in EMPTY if name != "slug"}
    proposal = start_version(session, actor, slug, values)
    bundle = session.get(ServiceBundle, proposal.bundle_id)
    stewards = stewards_of(session, proposal.bundle_id)
    reason = f"Fassung vom {moment} wiederhergestellt"
    outcome = apply(write, actor, proposal.key, step=_step(session, actor, bundle, stewards), reason=reason, link=link)
    if outcome.result is Result.UNCHANGED:  # nothing to go on with
        session.delete(proposal)
    return outcome


def _step(session: Session, actor: Actor, bundle: ServiceBundle | None, stewards: Stewards) -> Step:
    if bundle is not None and bundle.state in UNPUBLISHED:
        return "draft"
    return "publish" if stewards.decided_by(actor) and not four_eyes(session, stewards) else "submit"


def _after(changes: Mapping[str, list[Any]]) -> Values:
    return {name: after for name, (_before, after) in changes.items()}


def _organisation_names(session: Session, revisions: Iterable[Revision]) -> dict[str, str]:
    slugs = {one.organisation for one in revisions} - {""}
    if not slugs:
        return {}
    query = select(Organisation.slug, Organisation.name).where(col(Organisation.slug).in_(slugs))
    return dict(session.exec(query).all())


def _by(revision: Revision, organisations: Mapping[str, str]) -> str:
    """Return who made a change as everyone may know it."""
    if revision.organisation:
        return organisations.get(revision.organisation, revision.organisation)
    if revision.actor == SYSTEM:
        return "System"
    return "Administration des Registers" if revision.actor.startswith("person:") else "Import"
