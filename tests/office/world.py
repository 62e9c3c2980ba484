"""Organisations and accounts on top of the starter catalogue, one person for each role."""

from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.accounts.enums import OrganisationKind, Role
from registry.accounts.models import Membership, Organisation, Person
from registry.accounts.sessions import open_session
from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.editorial.stewardship import set_stewards
from registry.history import Author
from registry.web.identity import TOKEN
from registry.web.services import EXTENSION
from tests.web.client import PageClient

OWN = "hundesteuer-soest"
"""An entry whose owner is Soest."""
FOREIGN = "wohngeld-wuppertal"
"""An entry whose owner is Wuppertal."""
ROLES = ("anonymous", "reader", "other", "editor", "coordinator", "administrator")
"""Nobody; an account without role; an editor of Wuppertal; an editor and a coordinator of Soest; an administrator."""
PEOPLE = {
    "reader": ("lesen@konto.example", "Konto ohne Rolle"),
    "other": ("redaktion@wuppertal.example", "Redaktion Wuppertal"),
    "other coordinator": ("koordination@wuppertal.example", "Koordination Wuppertal"),
    "editor": ("redaktion@soest.example", "Redaktion Soest"),
    "coordinator": ("koordination@soest.example", "Koordination Soest"),
    "administrator": ("leitung@register.example", "Leitung des Registers"),
}


def fill(database: Database) -> None:
    """Add two organisations, the people, and the owners of two entries."""
    with database.writing() as write:
        session = write.session
        soest = Organisation(
            slug="stadt-soest",
            name="Stadt Soest",
            kind=OrganisationKind.MUNICIPALITY,
            municipality="05974040",
            mailbox="ozg@soest.example",
        )
        wuppertal = Organisation(
            slug="stadt-wuppertal",
            name="Stadt Wuppertal",
            kind=OrganisationKind.MUNICIPALITY,
            municipality="05124000",
        )
        session.add_all([soest, wuppertal])
        people = {
            role: Person(email=email, name=name, is_admin=role == "administrator")
            for role, (email, name) in PEOPLE.items()
        }
        session.add_all(people.values())
        session.flush()
        for role, organisation, kind in (
            ("other", wuppertal, Role.EDITOR),
            ("other coordinator", wuppertal, Role.COORDINATOR),
            ("editor", soest, Role.EDITOR),
            ("coordinator", soest, Role.COORDINATOR),
        ):
            session.add(Membership(person_id=people[role].id, organisation_id=organisation.id, role=kind))
        for slug, owner in ((OWN, soest), (FOREIGN, wuppertal)):
            bundle = session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one()
            set_stewards(write, bundle, owner.id, None, author=Author("system"))


def person(session: Session, role: str) -> Person:
    """Return the person of a role."""
    return session.exec(select(Person).where(Person.email == PEOPLE[role][0])).one()


class Office:
    """A site with accounts, and clients signed in by role."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app = app
        self.folder = folder
        self.database: Database = app.extensions[EXTENSION].database

    def pages(self, role: str) -> PageClient:
        """Return a page-checking client signed in as a role."""
        client = PageClient(self.app)
        sign_in(self.app, client.client, role)
        return client

    def client(self, role: str) -> FlaskClient:
        """Return a bare client signed in as a role."""
        return self.pages(role).client


def sign_in(app: Flask, client: FlaskClient, role: str) -> None:
    """Sign a client in as a role, without the sign-in page."""
    if role == "anonymous":
        return
    database: Database = app.extensions[EXTENSION].database
    with database.noting() as session:
        token = open_session(session, person(session, role), agent="Prüfung", second_factor=True)
    with client.session_transaction() as cookie:
        cookie[TOKEN] = token


def post(client: FlaskClient, path: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
    """Post a form with the token that a page of the session carries."""
    marker = 'name="csrf_token" value="'
    pages = (client.get(one).get_data(as_text=True) for one in ("/verwaltung/konto", "/anmelden"))
    token = next((text.split(marker, 1)[1].split('"', 1)[0] for text in pages if marker in text), "")
    return client.post(path, data={"csrf_token": token, **(data or {})}, **options)
