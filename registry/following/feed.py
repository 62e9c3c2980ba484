"""What feeds (RFC 4287) tell of followed things: each public version of an entry, each public step of an adoption.

Each entry of a feed is one happening with a link that stays, so that a reader's program shows it once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from registry.following.adoptions import AdoptionNews, adoption_news
from registry.following.histories import Edition, Happening, History, histories, in_words, told_fields
from registry.following.models import FollowedKind
from registry.following.searches import Finder
from registry.following.targets import mapped_slugs, slugs_behind
from registry.search.contract import Kind

ENTRIES = 50


@dataclass(frozen=True)
class FeedEntry:
    """One happening. Its page is a version of the entry (`version`, a tick), or a place on the entry's page."""

    at: datetime
    title: str
    summary: str
    slug: str
    version: int | None = None
    fragment: str = ""


def feed_of(
    session: Session, finder: Finder, kind: FollowedKind, key: str, *, tick: int, today: date, months: int
) -> list[FeedEntry]:
    """Return the newest happenings around what is followed, at most `ENTRIES`, the newest first.

    `months` is how long the confirmation of an adoption holds.
    """
    if kind is FollowedKind.SEARCH:
        found = finder.find(key, tick, None if finder.read(key).kind is Kind.OZG_SERVICE else ENTRIES)
        slugs = list(found.keys)
        if found.kind is Kind.OZG_SERVICE:
            slugs = mapped_slugs(session, found.keys, newest=ENTRIES)
    else:
        slugs = slugs_behind(session, kind, key, newest=ENTRIES)
    entries = [entry for history in histories(session, slugs).values() for entry in _happenings(history)]
    adoptions: Iterable[AdoptionNews] = ()
    if kind is FollowedKind.BUNDLE:
        adoptions = adoption_news(session, today=today, months=months, slugs=[key])
    elif kind is FollowedKind.MUNICIPALITY:
        adoptions = adoption_news(session, today=today, months=months, body=key)
    entries += [_adoption(one) for one in adoptions]
    return sorted(entries, key=lambda one: (one.at, one.slug, one.title, one.fragment), reverse=True)[:ENTRIES]


def _happenings(history: History) -> list[FeedEntry]:
    """Return what is public of an entry's history: of a withdrawn one, only that it was withdrawn."""
    if not history.is_public:
        gone = history.withdrawn_at
        if gone is None:
            return []
        text = f"Grund: {history.note}" if history.note else "Der Eintrag ist nicht mehr öffentlich."
        fragment = f"zurueckgezogen-{gone[0]}"
        return [FeedEntry(gone[1], f"Zurückgezogen: {history.slug}", text, history.slug, fragment=fragment)]
    back = dict(history.reinstated)
    editions = {one.tick for one in history.editions}
    title = str(history.editions[-1].values["title"])
    entries = [_edition(history.slug, one, back=one.tick in back) for one in history.editions]
    entries += [
        FeedEntry(
            at,
            f"Wieder veröffentlicht: {title}",
            "Der Eintrag war zurückgezogen.",
            history.slug,
            fragment=f"wieder-{tick}",
        )
        for tick, at in back.items()
        if tick not in editions
    ]
    return entries


def _edition(slug: str, edition: Edition, *, back: bool) -> FeedEntry:
    title, happening = str(edition.values["title"]), _happening(edition, back)
    if happening is Happening.NEW:
        summary = str(edition.values["summary"] or "")
    else:
        fields = told_fields(edition)
        parts = [f"Geändert: {in_words(fields)}."] if fields else []
        note = edition.values["state_note"] if happening is Happening.ARCHIVED else edition.reason
        parts += [f"Grund: {note}"] if note else []
        summary = " ".join(parts)
    word = happening.label
    return FeedEntry(edition.at, f"{word[0].upper()}{word[1:]}: {title}", summary, slug, version=edition.tick)


def _happening(edition: Edition, back: bool) -> Happening:
    if edition.first:
        return Happening.NEW
    if back:
        return Happening.BACK
    if "state" in edition.changed:
        return Happening.ARCHIVED if edition.values["state"] == "archived" else Happening.BACK
    return Happening.CHANGED


def _adoption(news: AdoptionNews) -> FeedEntry:
    return FeedEntry(
        news.at, f"Nachnutzung: {news.adoption.title}", news.sentence, news.adoption.slug, fragment=news.key
    )
