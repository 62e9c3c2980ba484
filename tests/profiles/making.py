"""Profiles for tests, written as they are stored."""

from collections.abc import Mapping

from sqlmodel import select

from registry.accounts.enums import OrganisationKind, Role
from registry.accounts.models import Membership, Organisation, Person
from registry.database import Database
from registry.profiles.models import CapabilityProfile, ProfileStatement, Visibility

SOEST = ("municipality", "05974040")
WUPPERTAL = ("municipality", "05124000")
SIT = ("provider", "suedwestfalen-it")


def give_profile(
    database: Database,
    body: tuple[str, str],
    has: Mapping[str, bool],
    *,
    visibility: Visibility = Visibility.PRIVATE,
    served_by: str | None = None,
) -> None:
    """Store a profile of a body."""
    with database.writing() as write:
        profile = CapabilityProfile(visibility=visibility, served_by=served_by, version=1, changed_by="prüfung")
        setattr(profile, *body)
        write.session.add(profile)
        write.session.flush()
        write.session.add_all(
            ProfileStatement(profile_id=profile.id or 0, capability=slug, has=one) for slug, one in has.items()
        )


def add_provider_office(database: Database, slug: str = "suedwestfalen-it", role: Role = Role.EDITOR) -> None:
    """Found an organisation of an IT provider, whose member is „Konto ohne Rolle“."""
    with database.writing() as write:
        session = write.session
        office = Organisation(slug=slug, name=f"IT {slug}", kind=OrganisationKind.PROVIDER, provider=slug)
        session.add(office)
        session.flush()
        person = session.exec(select(Person).where(Person.email == "lesen@konto.example")).one()
        session.add(Membership(person_id=person.id or 0, organisation_id=office.id or 0, role=role))
