"""Names of those who made a change, for the eyes of signed-in people."""

import re
from collections.abc import Iterable

from sqlmodel import Session, col, select

from registry.accounts.models import Person
from registry.history import SYSTEM

_PERSON = re.compile(r"person:(\d{1,18})")


def names_of_actors(session: Session, actors: Iterable[str]) -> dict[str, str]:
    """Return how pages name each actor of revisions: a person by name, the system and programs in words."""
    keys = set(actors)
    numbers = {int(match.group(1)): key for key in keys if (match := _PERSON.fullmatch(key))}
    rows = session.exec(select(Person.id, Person.name).where(col(Person.id).in_(sorted(numbers)))) if numbers else ()
    names = {key: "gelöschtes Konto" if _PERSON.fullmatch(key) else key for key in keys}
    names |= {numbers[number]: name for number, name in rows if number is not None}
    return names | {SYSTEM: "System"}
