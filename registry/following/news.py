"""What is new about one followed thing since a tick, as lines of a mail."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from registry.catalogue.reference import OzgService
from registry.following.adoptions import AdoptionNews, adoption_news
from registry.following.histories import EntryNews, Happening, histories, in_words, news_since
from registry.following.models import FollowedKind
from registry.following.searches import Finder, Found
from registry.following.targets import changed_slugs, mapped_slugs, slugs_behind
from registry.search.contract import Kind


@dataclass(frozen=True)
class Line:
    """A line of a mail, and the path of the page that tells more."""

    text: str
    path: str
    successor: str | None = None
    """Path of the page of what came after it."""


@dataclass(frozen=True)
class Item:
    """A followed thing with what is new about it; `hits`: of a search, how many entries it finds now."""

    number: int
    kind: FollowedKind
    target: str
    label: str
    lines: tuple[Line, ...]
    hits: int | None = None

    @property
    def path(self) -> str:
        """Return the path of the page of what is followed."""
        return path_of(self.kind, self.target)


@dataclass(frozen=True)
class Question:
    """A followed thing about which news are wanted: since which tick, and what the person was told last."""

    number: int
    kind: FollowedKind
    target: str
    label: str
    since: int
    hits: int | None = None


@dataclass
class Newsroom:
    """Looks up news of one state of the database: `tick` is what the clock shows there."""

    session: Session
    finder: Callable[[], Finder]
    """Asked for when a search is followed: opening the index takes a moment."""
    tick: int
    today: date
    months: int
    """For how many months the confirmation of an adoption holds."""

    def item(self, question: Question) -> Item:
        """Return what is new; no lines: nothing is."""
        lines: list[Line]
        hits: int | None = None
        if question.kind is FollowedKind.SEARCH:
            lines, hits = self._search(question)
        else:
            lines = self._entries(
                slugs_behind(self.session, question.kind, question.target, since=question.since), question
            )
            lines += [_adoption_line(one, question) for one in self._adoptions(question)]
        return Item(question.number, question.kind, question.target, question.label, tuple(lines), hits)

    def _entries(self, slugs: Iterable[str], question: Question) -> list[Line]:
        found = histories(self.session, slugs)
        news = [one for history in found.values() if (one := news_since(history, question.since)) is not None]
        return [_entry_line(one, question) for one in sorted(news, key=lambda one: (one.at, one.slug), reverse=True)]

    def _adoptions(self, question: Question) -> list[AdoptionNews]:
        if question.kind is FollowedKind.BUNDLE:
            return adoption_news(
                self.session, today=self.today, months=self.months, since=question.since, slugs=[question.target]
            )
        if question.kind is FollowedKind.MUNICIPALITY:
            return adoption_news(
                self.session, today=self.today, months=self.months, since=question.since, body=question.target
            )
        return []

    def _search(self, question: Question) -> tuple[list[Line], int | None]:
        finder = self.finder()
        bundles = finder.read(question.target).kind is Kind.BUNDLE
        changed = set(changed_slugs(self.session, question.since))
        if bundles and not changed and question.hits != 0:
            return [], question.hits
        found = finder.find(question.target, self.tick)
        hits = len(found.keys)
        if not bundles:
            return self._services(found, question), hits
        lines = self._entries(changed & set(found.keys), question)
        if not lines and hits and question.hits == 0:
            lines = [_first_hits(hits, question)]  # nothing has changed but the words that the search understands
        return lines, hits

    def _services(self, found: Found, question: Question) -> list[Line]:
        keys = set(found.keys)
        changed = self.session.exec(
            select(OzgService).where(OzgService.tick > question.since).order_by(OzgService.name, OzgService.ozg_id)
        )
        lines = [
            Line(
                f"OZG-Leistung {one.ozg_id}, neu oder geändert: {one.name}",
                path_of(FollowedKind.OZG_SERVICE, one.ozg_id),
            )
            for one in changed
            if one.ozg_id in keys and not one.retired
        ]
        lines += self._entries(mapped_slugs(self.session, keys, since=question.since), question)
        if not lines and keys and question.hits == 0:
            lines = [_first_hits(len(keys), question)]
        return lines


def path_of(kind: FollowedKind, target: str) -> str:
    """Return the path of the page of what is followed."""
    if kind is FollowedKind.SEARCH:
        return f"/suche?{target}" if target else "/suche"
    return {
        FollowedKind.BUNDLE: "/buendel/",
        FollowedKind.OZG_SERVICE: "/ozg/",
        FollowedKind.MUNICIPALITY: "/kommunen/",
    }[kind] + target


def _entry_line(news: EntryNews, question: Question) -> Line:
    own = question.kind is FollowedKind.BUNDLE
    path = path_of(FollowedKind.BUNDLE, news.slug)
    text = f"{news.happening.label} am {news.at.astimezone():%d.%m.%Y}"
    if not own:
        text += f": {news.title or 'Eintrag ' + news.slug}"
    if news.fields:
        text += f": {in_words(news.fields)}" if own else f" ({in_words(news.fields)})"
    if news.note:
        text += f". Grund: {news.note}"
    if news.happening is Happening.CHANGED and own:
        path += "/versionen"
    return Line(text, path, path_of(FollowedKind.BUNDLE, news.successor) if news.successor else None)


def _adoption_line(news: AdoptionNews, question: Question) -> Line:
    one = news.adoption
    about = "" if question.kind is FollowedKind.BUNDLE else f" von „{one.title}“"
    return Line(f"Nachnutzung{about}: {news.sentence}", path_of(FollowedKind.BUNDLE, one.slug))


def _first_hits(hits: int, question: Question) -> Line:
    text = "Die Suche findet jetzt etwas: " + ("1 Treffer" if hits == 1 else f"{hits} Treffer")
    return Line(text, path_of(FollowedKind.SEARCH, question.target))
