"""What the public has seen of entries, told from their revisions, which are the only record of it.

An entry is public while it is published or archived. Of a withdrawn one its texts are nobody's business any more, only
that it was withdrawn, why, and what comes after it. Drafts and versions in review never appear.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from registry.catalogue.enums import State
from registry.editorial.values import EMPTY, Values, is_stated, label_of
from registry.editorial.versions import ALL_FIELDS
from registry.history import Revision
from registry.labels import Labelled
from registry.reuse.operations import ENTITY
from registry.reuse.queries import PUBLIC_STATES

NAMED_FIELDS = 6
"""Changed fields that a line names; the rest is counted."""
_CHUNK = 500
_SUCCESSOR = "successor_slug"
_TOLD = (*(name for name in EMPTY if name != "slug"), _SUCCESSOR)
"""Fields whose change is worth a word: not who looks after the entry, not the state, which has words of its own."""


class Happening(Labelled):
    """What has happened to an entry, seen from outside."""

    NEW = "new", "neu"
    CHANGED = "changed", "geändert"
    ARCHIVED = "archived", "archiviert"
    WITHDRAWN = "withdrawn", "zurückgezogen"
    BACK = "back", "wieder veröffentlicht"


@dataclass(frozen=True)
class Edition:
    """A version of an entry that is public: its page is `/buendel/<slug>/versionen/<tick>`."""

    tick: int
    at: datetime
    values: Values
    changed: tuple[str, ...]
    """Fields that differ from the public version before it."""
    reason: str
    first: bool
    """Nobody could see the entry before."""


@dataclass(frozen=True)
class History:
    """An entry's public versions, oldest first, and how it stands now."""

    slug: str
    editions: tuple[Edition, ...]
    state: str | None
    note: str
    """Why it stands so: the reason of a withdrawal or of archiving."""
    successor: str | None
    states: tuple[tuple[int, datetime, str | None], ...]
    """Tick and time of each revision with the state after it."""

    @property
    def is_public(self) -> bool:
        """Tell whether everybody may read the entry now."""
        return self.state in PUBLIC_STATES

    @property
    def withdrawn_at(self) -> tuple[int, datetime] | None:
        """Return tick and time at which a public entry was withdrawn that still is; None when it is not."""
        if self.state != State.WITHDRAWN or not self.editions:
            return None
        last = self.editions[-1].tick
        return next(((tick, at) for tick, at, state in self.states if tick > last and state == State.WITHDRAWN), None)

    @property
    def reinstated(self) -> tuple[tuple[int, datetime], ...]:
        """Return tick and time of each change that made an entry public again which once was."""
        if not self.editions:
            return ()
        first = self.editions[0].tick
        return tuple(
            (tick, at)
            for (_, _, before), (tick, at, state) in itertools.pairwise(self.states)
            if tick > first and state in PUBLIC_STATES and before not in PUBLIC_STATES
        )

    def state_at(self, tick: int) -> str | None:
        """Return the state as of a tick, None when the entry did not exist."""
        return next((state for moment, _at, state in reversed(self.states) if moment <= tick), None)


@dataclass(frozen=True)
class EntryNews:
    """What has happened to an entry since a tick, all in all; `at` is when the last of it happened."""

    slug: str
    title: str
    """Empty when the entry is withdrawn."""
    happening: Happening
    at: datetime
    fields: tuple[str, ...] = ()
    """Labels of the changed fields."""
    note: str = ""
    successor: str | None = None


def history_of(slug: str, revisions: Sequence[Revision]) -> History:
    """Return the history that the revisions of an entry tell, in their order. Pure.

    A discarded draft leaves its slug free for another entry, whose history begins after it.
    """
    ends = [place for place, one in enumerate(revisions, 1) if one.changes.get("slug", ("", ""))[1] is None]
    living = revisions[ends[-1] if ends else 0 :]
    values: Values = dict.fromkeys(ALL_FIELDS)
    seen: Values = dict(values)
    editions: list[Edition] = []
    states = []
    for place, revision in enumerate(living):
        values = values | {name: after for name, (_before, after) in revision.changes.items()}
        if place + 1 < len(living) and living[place + 1].tick == revision.tick:
            continue  # the changes of one transaction are one version
        states.append((revision.tick, revision.at, values["state"]))
        if values["state"] not in PUBLIC_STATES:
            continue
        changed = _changed(seen, values, values)
        if changed:
            editions.append(Edition(revision.tick, revision.at, values, changed, revision.reason, first=not editions))
            seen = values
    return History(
        slug, tuple(editions), values["state"], values["state_note"] or "", values[_SUCCESSOR], tuple(states)
    )


def news_since(history: History, tick: int) -> EntryNews | None:
    """Return what has happened since a tick, None: nothing that the public sees. Pure.

    What was changed and changed back is no news, nor is what was published and withdrawn in between.
    """
    was_public = history.state_at(tick) in PUBLIC_STATES
    later = [at for moment, at, _ in history.states if moment > tick]
    if not later or not (was_public or history.is_public):
        return None
    before = next((one for one in reversed(history.editions) if one.tick <= tick), None)
    if not history.is_public:
        if history.state != State.WITHDRAWN:
            return None
        return EntryNews(
            history.slug, "", Happening.WITHDRAWN, later[-1], note=history.note, successor=history.successor
        )
    newest = history.editions[-1]
    title = str(newest.values["title"])
    if before is None:
        return EntryNews(history.slug, title, Happening.NEW, newest.at)
    fields = tuple(label(name) for name in _changed(before.values, newest.values, _TOLD))
    happening = _change_of_state(before.values["state"], newest.values["state"], was_public)
    if happening is None and not fields:
        return None
    archived = happening is Happening.ARCHIVED
    return EntryNews(
        history.slug,
        title,
        happening or Happening.CHANGED,
        later[-1],
        fields=tuple(one for one in fields if not (archived and one == label(_SUCCESSOR))),
        note=history.note if archived else "",
        successor=history.successor if archived else None,
    )


def _change_of_state(before: str, now: str, was_public: bool) -> Happening | None:
    if not was_public:
        return Happening.BACK
    if before == now:
        return None
    return Happening.ARCHIVED if now == State.ARCHIVED else Happening.BACK


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], names: Iterable[str]) -> tuple[str, ...]:
    """Return the fields that differ in what they state."""
    return tuple(
        name
        for name in names
        if after.get(name) != before.get(name) and (is_stated(after.get(name)) or is_stated(before.get(name)))
    )


def told_fields(edition: Edition) -> tuple[str, ...]:
    """Return the labels of the fields that an edition has changed and that are worth a word."""
    return tuple(label(name) for name in edition.changed if name in _TOLD)


def label(name: str) -> str:
    """Return the German label of a field."""
    return "Nachfolger" if name == _SUCCESSOR else label_of(name)


def in_words(fields: Sequence[str]) -> str:
    """Return labels as a list in words, at most `NAMED_FIELDS` of them: „Titel, Quellen und 3 weitere Angaben“."""
    named, more = fields[:NAMED_FIELDS], len(fields) - NAMED_FIELDS
    text = ", ".join(named)
    if more > 0:
        text += f" und {more} weitere Angabe{'n' if more > 1 else ''}"
    return text


def histories(session: Session, slugs: Iterable[str]) -> dict[str, History]:
    """Return the histories of entries by slug."""
    wanted = sorted(set(slugs))
    found: dict[str, list[Revision]] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = select(Revision).where(
            Revision.entity == ENTITY, col(Revision.entity_key).in_(wanted[start : start + _CHUNK])
        )
        for revision in session.exec(query.order_by(col(Revision.tick), col(Revision.id))):
            found.setdefault(revision.entity_key, []).append(revision)
    return {slug: history_of(slug, revisions) for slug, revisions in found.items()}
