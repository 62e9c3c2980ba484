"""The office world, and what happens between Soest, which adopts, and Wuppertal, which offers."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from registry.accounts.enums import OrganisationKind, Role
from registry.accounts.models import Membership, Organisation, Person
from registry.accounts.permissions import Actor
from registry.adoption.changes import carry_out
from registry.adoption.declaring import DeclarationFields, claim, declare
from registry.adoption.enums import Step
from registry.adoption.models import Adoption, AdoptionCorrection, AdoptionMessage, AdoptionStep
from registry.adoption.operations import StepFields, advance
from registry.adoption.queries import PublicAdoption, public_adoptions
from registry.database import Database
from registry.mail.models import OutboxMail
from registry.profiles.models import CapabilityProfile
from tests.editorial.conftest import World
from tests.office.world import FOREIGN, fill

SOEST = "05974040"
WUPPERTAL = "05124000"
TODAY = date(2026, 3, 31)
PROVIDER = "suedwestfalen-it"


@dataclass
class Reuse(World):
    """The office world with short ways to declare, to step and to look."""

    def declare(self, role: str = "coordinator", slug: str = FOREIGN, **values: Any) -> str:
        """Declare as a role that a body (Soest) reuses an entry; return the key."""
        fields = DeclarationFields(**{"body": SOEST, "step": Step.INTEREST, "day": TODAY, **values})
        actor = self.actor(role)
        return carry_out(
            self.database, lambda change: declare(change, actor, slug, fields, today=TODAY, link=_link)
        ).key

    def claim(self, role: str = "other coordinator", slug: str = FOREIGN, **values: Any) -> str:
        """Say as a role that a body (Soest) uses an entry; return the key."""
        given = {"body": SOEST, "step": Step.PRODUCTIVE, "day": TODAY, "note": "Der Dienst ist online.", **values}
        fields, actor = DeclarationFields(**given), self.actor(role)
        return carry_out(self.database, lambda change: claim(change, actor, slug, fields, today=TODAY, link=_link)).key

    def advance(self, key: str, step: Step, role: str = "coordinator", today: date = TODAY, **values: Any) -> None:
        """Take the next step as a role."""
        fields = StepFields(**{"step": step, "day": today, **values})
        actor, version = self.actor(role), self.adoption(key).version
        carry_out(
            self.database,
            lambda change: advance(change, actor, key, version, fields, today=today, link=_link),
        )

    def run(self, operation: Any, role: str, *arguments: Any, **options: Any) -> Any:
        """Run an operation as a role."""
        actor = self.actor(role)
        return carry_out(self.database, lambda change: operation(change, actor, *arguments, link=_link, **options))

    def adoption(self, key: str) -> Adoption:
        """Return an adoption."""
        with self.database.reading() as session:
            return session.exec(select(Adoption).where(Adoption.key == key)).one()

    def steps(self, key: str) -> list[AdoptionStep]:
        """Return its steps."""
        number = self.adoption(key).id
        with self.database.reading() as session:
            query = select(AdoptionStep).where(AdoptionStep.adoption_id == number)
            return list(session.exec(query.order_by(col(AdoptionStep.id))))

    def corrections(self, key: str) -> list[AdoptionCorrection]:
        """Return what was corrected."""
        number = self.adoption(key).id
        with self.database.reading() as session:
            return list(session.exec(select(AdoptionCorrection).where(AdoptionCorrection.adoption_id == number)))

    def messages(self, key: str) -> list[AdoptionMessage]:
        """Return its messages."""
        number = self.adoption(key).id
        with self.database.reading() as session:
            return list(session.exec(select(AdoptionMessage).where(AdoptionMessage.adoption_id == number)))

    def public(self, slug: str = FOREIGN, today: date = TODAY) -> list[PublicAdoption]:
        """Return what everybody sees."""
        with self.database.reading() as session:
            return public_adoptions(session, today=today, slugs=[slug])

    def told(self) -> dict[str, list[OutboxMail]]:
        """Return the mails by recipient, and forget them."""
        found: dict[str, list[OutboxMail]] = {}
        for mail in self.mails():
            found.setdefault(mail.recipient, []).append(mail)
        with self.database.noting() as session:
            for row in session.exec(select(OutboxMail)):
                session.delete(row)
        return found

    def provider(self, serves: str | None = SOEST, slug: str = PROVIDER) -> Actor:
        """Make the organisation of an IT provider that serves Soest; return its coordinator."""
        with self.database.noting() as session:
            organisation = Organisation(
                slug=slug, name="IT-Dienstleister", kind=OrganisationKind.PROVIDER, provider=slug
            )
            one = Person(email="koordination@it.example", name="Koordination IT")
            session.add_all([organisation, one])
            session.flush()
            session.add(Membership(person_id=one.id or 0, organisation_id=organisation.id or 0, role=Role.COORDINATOR))
            if serves:
                session.add(CapabilityProfile(municipality=serves, served_by=slug))
            return Actor(one.id, one.name, one.email, roles={organisation.id or 0: Role.COORDINATOR})


def _link(key: str) -> str:
    return f"https://register.example/verwaltung/nachnutzungen/{key}"


def days(count: int) -> timedelta:
    """Return a number of days."""
    return timedelta(days=count)


@pytest.fixture
def world(catalogue_database: Database) -> Reuse:
    """Return a world of the test's own."""
    fill(catalogue_database)
    return Reuse(catalogue_database)
