"""Who may do what: pure functions over an actor and the organisations that answer for an entry.

An editor changes the entries of the own organisation by proposed versions; a coordinator decides on them and
publishes; the members of a deputy organisation may do the same as those of the owner. An administrator may do
everything, for every organisation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from registry.accounts.enums import Role


class NotAllowedError(Exception):
    """The actor may not do this; the message is a German sentence."""


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in person with the roles by organisation, or nobody (`ANONYMOUS`)."""

    person_id: int | None
    name: str = ""
    email: str = ""
    is_admin: bool = False
    roles: Mapping[int, Role] = field(default_factory=dict)
    """Organisation id → role; inactive organisations are left out."""

    @property
    def signed_in(self) -> bool:
        """Tell whether this is a person with an account."""
        return self.person_id is not None

    @property
    def key(self) -> str:
        """Return how revisions and audit log name the actor."""
        return f"person:{self.person_id}" if self.person_id is not None else "anonymous"

    @property
    def coordinated(self) -> list[int]:
        """Return the organisations (ids) for which the actor decides by role; an administrator's are not counted in."""
        return [number for number, role in self.roles.items() if role is Role.COORDINATOR]

    @property
    def edits_anywhere(self) -> bool:
        """Tell whether the actor may edit for some organisation."""
        return self.is_admin or bool(self.roles)

    @property
    def coordinates_anywhere(self) -> bool:
        """Tell whether the actor may decide for some organisation."""
        return self.is_admin or Role.COORDINATOR in self.roles.values()

    def edits_for(self, organisations: Iterable[int | None]) -> bool:
        """Tell whether the actor may propose versions for one of these organisations."""
        return self.is_admin or any(one in self.roles for one in organisations if one is not None)

    def coordinates_for(self, organisations: Iterable[int | None]) -> bool:
        """Tell whether the actor may decide and publish for one of these organisations."""
        return self.is_admin or any(self.roles.get(one) is Role.COORDINATOR for one in organisations if one is not None)


ANONYMOUS = Actor(None)


def require(allowed: bool, sentence: str) -> None:
    """Raise NotAllowedError with the German sentence unless `allowed`."""
    if not allowed:
        raise NotAllowedError(sentence)
