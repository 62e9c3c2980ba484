"""The starter catalogue with organisations and people, without pages."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import Session, select

from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor
from registry.accounts.sessions import actor_of
from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.editorial.models import Proposal
from registry.editorial.proposals import Outcome, apply, begin, begin_new, keep
from registry.editorial.values import Values, content_of
from registry.history import Revision
from registry.mail.models import OutboxMail
from registry.reuse.records import record_of
from tests.office.world import OWN, fill, person

NEW: Values = {
    "title": "Hundesteuer anmelden",
    "summary": "Hunde lassen sich online zur Steuer anmelden.",
    "ozg_services": [{"ozg_id": "10160", "basis": "named"}],
    "sources": [{"url": "https://www.example.org/a", "title": "Bericht"}],
}
"""Values of a new entry that can be published."""


@dataclass
class World:
    """A filled database, and who acts in it."""

    database: Database

    def actor(self, role: str) -> Actor:
        with self.database.reading() as session:
            return actor_of(session, person(session, role))

    def organisation(self, slug: str = "stadt-soest") -> int:
        with self.database.reading() as session:
            return _id(session.exec(select(Organisation.id).where(Organisation.slug == slug)).one())

    def four_eyes(self, slug: str = "stadt-soest") -> None:
        with self.database.noting() as session:
            session.exec(select(Organisation).where(Organisation.slug == slug)).one().four_eyes = True

    def person_id(self, role: str) -> int:
        with self.database.reading() as session:
            return _id(person(session, role).id)

    def bundle(self, slug: str = OWN) -> ServiceBundle:
        with self.database.reading() as session:
            return session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one()

    def content(self, slug: str = OWN) -> Values:
        with self.database.reading() as session:
            return content_of(record_of(session, _bundle(session, slug)))

    def revisions(self, slug: str = OWN) -> list[Revision]:
        with self.database.reading() as session:
            query = select(Revision).where(Revision.entity_key == slug).order_by(Revision.id)  # type: ignore[arg-type]
            return list(session.exec(query))

    def mails(self) -> list[OutboxMail]:
        with self.database.reading() as session:
            return list(session.exec(select(OutboxMail)))

    def proposal(self, key: str) -> Proposal:
        with self.database.reading() as session:
            return session.exec(select(Proposal).where(Proposal.key == key)).one()

    def typed(self, role: str, slug: str = OWN, **changes: Any) -> str:
        """Begin a working copy as a role, change fields (`costs__x` for `costs.x`), and return its key."""
        actor = self.actor(role)
        with self.database.noting() as session:
            proposal = begin(session, actor, slug)
            keep(session, actor, proposal.key, proposal.version, dotted(changes))
            return proposal.key

    def new(self, role: str, organisation: int | None = None, **changes: Any) -> str:
        """Begin a new entry of Soest as a role and return the key of the working copy."""
        actor = self.actor(role)
        with self.database.noting() as session:
            owner = organisation or self.organisation()
            return begin_new(session, actor, owner, values=NEW | dotted(changes)).key

    def apply(self, role: str, key: str, step: Any, **more: Any) -> Outcome:
        with self.database.writing() as write:
            return apply(write, self.actor(role), key, step=step, **more)


def dotted(changes: Values) -> Values:
    return {name.replace("__", "."): value for name, value in changes.items()}


def _id(value: int | None) -> int:
    assert value is not None
    return value


def _bundle(session: Session, slug: str) -> ServiceBundle:
    return session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one()


@pytest.fixture
def world(catalogue_database: Database) -> World:
    """Return a world of the test's own."""
    fill(catalogue_database)
    return World(catalogue_database)
