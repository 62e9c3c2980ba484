"""Searches that found nothing: counted by day, without anything that could belong to a person.

A text is kept in lower case with single spaces. What looks like personal data is counted without its text; a text
that was asked only once is never shown. Rows go after 180 days.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Date, bindparam, delete, func, text
from sqlmodel import Session, col, select

from registry.accounts.permissions import Actor, require
from registry.database import Database
from registry.editorial.models import FailedQuery, SettledQuery
from registry.labels import Labelled
from registry.moments import now

KEPT = timedelta(days=180)
MAX_CHARACTERS = 60
MAX_WORDS = 6
MAX_TEXTS_A_DAY = 5000
"""Distinct texts that a day may add: nobody fills the database with made-up searches."""
BUSY_TIMEOUT_MS = 15_000  # as `registry.database` sets it
SHOWN_FROM = 2
"""How often a text must have been asked to be shown."""


class Failure(Labelled):
    """How a search failed."""

    NOTHING = "nothing", "nichts gefunden"
    SIMILAR = "similar", "nur Ähnliches gefunden"


class Verdict(Labelled):
    """What was decided about a text that finds nothing."""

    WORD_ADDED = "word_added", "Wort ergänzt"
    PROPOSED = "proposed", "Wort vorgeschlagen"
    DISMISSED = "dismissed", "kein Thema dieses Registers"


_VERDICTS = {one.value: one for one in Verdict}
_SEPARATED_DIGITS = re.compile(r"\+?\d(?:[\s()/.\-–]*\d){6,}")
_DIGITS = re.compile(r"\d{5,}")
# OZG and LeiKa services. Of eight digits the search knows each AGS there is; what it does not find may be a date of
# birth or a phone number.
_KEYS = re.compile(r"\d{5}|99\d{12}")
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_PERSONAL = (
    re.compile(r"@|\bat\b.+\bdot\b"),
    re.compile(rf"(?<!\d){_DAY}\s*[./\-]\s*{_MONTH}\s*[./\-]\s*(?:19|20)?\d\d(?!\d)"),
    re.compile(rf"(?<!\d)(?:19|20)\d\d\s*[./\-]\s*{_MONTH}\s*[./\-]\s*{_DAY}(?!\d)"),
    re.compile(
        rf"(?<!\d){_DAY}\.?\s*(?:jan|feb|märz|maerz|apr|mai|jun|jul|aug|sep|okt|nov|dez)[a-zä]*\.?\s*(?:19|20)?\d\d(?!\d)"
    ),
    re.compile(r"\b(?:herrn?|frau|fräulein|dr\.|prof\.)\s+(?!und\b|oder\b|in\b|im\b|als\b)[a-zäöüß]{2,}"),
    re.compile(r"(?:str\.|stra(?:ß|ss)e|weg|platz|allee|gasse|ring|ufer|damm)\s*\d"),
    re.compile(r"\b[a-zäöü]{1,3}-[a-z]{1,2}\s?\d{1,4}\b"),
    re.compile(r"\b[a-z]{2}\d{2}(?:\s?[a-z0-9]{4}){3,}"),
)


def kept_text(raw: str) -> str | None:
    """Return the text under which a search is counted, None when it might be personal data. Pure.

    Not kept are mail addresses, phone numbers, dates, forms of address with a name, streets with a house number,
    registration marks, account numbers, runs of five or more digits that are no key of the catalogue, and texts of
    more than 60 characters or six words.
    """
    normal = " ".join(raw.lower().split())
    if not normal or len(normal) > MAX_CHARACTERS or len(normal.split()) > MAX_WORDS:
        return None
    condensed = re.sub(r"\s", "", normal)
    if condensed.isdigit():
        return condensed if condensed.isascii() and (_is_key(condensed) or len(condensed) < 5) else None
    numbers = [re.sub(r"\D", "", found) for found in _SEPARATED_DIGITS.findall(normal)]
    if any(pattern.search(normal) for pattern in _PERSONAL) or any(not _is_key(number) for number in numbers):
        return None
    return None if any(not _is_key(run) for run in _DIGITS.findall(normal)) else normal


def _is_key(digits: str) -> bool:
    return bool(_KEYS.fullmatch(digits))


_ADD = text(
    "INSERT INTO failed_query (text, kind, day, count) VALUES (:text, :kind, :day, :count) "
    "ON CONFLICT (text, kind, day) DO UPDATE SET count = failed_query.count + excluded.count"
).bindparams(bindparam("day", type_=Date()))


def add_counts(session: Session, counts: Mapping[tuple[str, Failure, date], int]) -> None:
    """Add how often each text failed on a day; the empty text stands for those that are not kept."""
    for day in {one[2] for one in counts}:
        full = int(session.exec(select(func.count()).where(FailedQuery.day == day)).one()) >= MAX_TEXTS_A_DAY
        for (words, failure, when), count in counts.items():
            if when == day:
                kept = "" if full else words
                session.execute(_ADD, {"text": kept, "kind": failure.value, "day": day, "count": count})


def add_quickly(database: Database, counts: Mapping[tuple[str, Failure, date], int], patience_ms: int) -> None:
    """Add counts in a transaction of their own that waits only so long for another writer.

    Raises sqlalchemy.exc.SQLAlchemyError when the database cannot be written now; nothing was counted then.
    """
    with Session(database.engine) as session:
        if database.is_sqlite:
            session.execute(text(f"PRAGMA busy_timeout = {int(patience_ms)}"))
        else:  # a count that is lost when the server's power fails is no loss
            session.execute(text(f"SET LOCAL lock_timeout = '{int(patience_ms)}ms'"))
            session.execute(text("SET LOCAL synchronous_commit = off"))
        try:
            add_counts(session, counts)
            session.commit()
        finally:
            session.rollback()
            if database.is_sqlite:
                session.execute(text(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}"))


def forget_old(session: Session, at: datetime) -> int:
    """Remove counts older than 180 days; return their number."""
    statement = delete(FailedQuery).where(col(FailedQuery.day) < (at - KEPT).date())
    result = session.execute(statement.execution_options(synchronize_session=False))
    return int(cast("CursorResult[Any]", result).rowcount)


@dataclass(frozen=True)
class FailedText:
    """A text that finds nothing: how often and when it was asked, and what was decided about it."""

    text: str
    count: int
    last_day: date
    only_similar: bool
    verdict: Verdict | None = None
    by: str = ""


@dataclass(frozen=True)
class FailedTexts:
    """The texts asked more than once, most asked first, and how many searches are told only as numbers."""

    texts: tuple[FailedText, ...]
    distinct: int
    """Texts asked more than once in all; `texts` may hold the first of them only."""
    searches: int
    """All searches that failed."""
    single: int
    """Searches whose text was asked only once."""
    unkept: int
    """Searches counted without their text."""
    since: date | None


def failed_texts(session: Session, *, limit: int = 500) -> FailedTexts:
    """Return what was searched for in vain, in three queries."""
    asked = func.sum(FailedQuery.count)
    rows = session.execute(
        select(
            FailedQuery.text,
            asked,
            func.max(FailedQuery.day),
            func.min(FailedQuery.kind),
        )
        .group_by(FailedQuery.text)
        .order_by(asked.desc(), func.max(FailedQuery.day).desc(), col(FailedQuery.text))
    ).all()
    since = session.exec(select(func.min(FailedQuery.day))).one()
    settled = {row.text: row for row in session.exec(select(SettledQuery))}
    often = [row for row in rows if row[0] and row[1] >= SHOWN_FROM]
    return FailedTexts(
        texts=tuple(
            FailedText(
                words,
                int(count),
                last,
                kind != Failure.NOTHING,
                _VERDICTS.get(settled[words].verdict) if words in settled else None,
                settled[words].by if words in settled else "",
            )
            for words, count, last, kind in often[:limit]
        ),
        distinct=len(often),
        searches=sum(int(row[1]) for row in rows),
        single=sum(1 for row in rows if row[0] and row[1] < SHOWN_FROM),
        unkept=sum(int(row[1]) for row in rows if not row[0]),
        since=since,
    )


class UnknownTextError(Exception):
    """No search with this text failed; the message is a German sentence."""


def settle(session: Session, actor: Actor, words: str, verdict: Verdict | None) -> None:
    """Keep what was decided about a text; None takes the decision back.

    Raises NotAllowedError unless the actor coordinates somewhere, UnknownTextError for a text that nobody asked.
    """
    require(actor.coordinates_anywhere, "Darüber entscheidet die OZG-Koordination.")
    asked = session.exec(select(func.sum(FailedQuery.count)).where(FailedQuery.text == words)).one()
    row = session.get(SettledQuery, words)
    if row is None and (not words or (asked or 0) < SHOWN_FROM):
        raise UnknownTextError("Diese Anfrage steht nicht in der Liste.")
    if verdict is None:
        if row is not None:
            session.delete(row)
        return
    row = row or SettledQuery(text=words, verdict=verdict.value, by=actor.key)
    row.verdict, row.by, row.at = verdict.value, actor.key, now()
    session.add(row)
