"""Commands of accounts and organisations: for the first administrator, and when nobody can sign in."""

import sys
from dataclasses import dataclass
from datetime import timedelta

import click
from pydantic import ValidationError
from sqlmodel import Session, select

from registry.accounts.enums import OrganisationKind, Role
from registry.accounts.members import MemberRefusedError
from registry.accounts.models import Person
from registry.accounts.organisations import (
    KEYED,
    OrganisationRefusedError,
    UnknownOrganisationError,
    create_organisation,
    find_organisation,
)
from registry.accounts.passwords import PasswordRefusedError, accept, hash_password
from registry.accounts.people_queries import PersonRow, organisations_page, people_page
from registry.accounts.permissions import Actor
from registry.accounts.persons import (
    PersonFields,
    create_person,
    disable,
    enable,
    reset_second_factor,
    reset_token,
)
from registry.accounts.queries import normal_email, person_by_email
from registry.catalogue.messages import first_line
from registry.commands.base import CommandFailedError, GermanCommand, GermanGroup, Room, pass_room, say, say_json
from registry.editorial.holdings import holdings
from registry.moments import now
from registry.settings import Settings

NEW_LINK = timedelta(days=7)
RESET_LINK = timedelta(days=1)
LINK_PATH = "/passwort/{}"
"""Page on which the token of a link sets a password."""
ALL = 1_000_000  # rows: a list on the command line has no pages


@dataclass(frozen=True)
class Program(Actor):
    """The command line: whoever may start it has the database in hand, so it acts as an administrator."""

    @property
    def key(self) -> str:
        """Return how the audit log names it."""
        return self.name


PROGRAM = Program(None, name="ozg-registry user", is_admin=True)


@click.group(cls=GermanGroup)
def user() -> None:
    """Konten: anlegen, zeigen, sperren, wieder zugänglich machen."""


@user.command("add", cls=GermanCommand)
@click.argument("email", metavar="E-MAIL")
@click.option("--name", required=True, metavar="NAME", help="Name der Person.")
@click.option("--admin", is_flag=True, help="Zur Administration des Registers.")
@click.option("--organisation", "slug", metavar="KURZNAME", help="Stelle, für die die Person arbeitet.")
@click.option("--role", type=click.Choice([one.value for one in Role]), help="Aufgabe in der Stelle.")
@click.option("--password", "typed", is_flag=True, help="Passwort eingeben (oder von der Standardeingabe) statt Link.")
@pass_room
def add_user(room: Room, email: str, name: str, admin: bool, slug: str | None, role: str | None, typed: bool) -> None:
    """Ein Konto anlegen; ohne --password zeigt der Befehl einen Link, mit dem die Person ihr Passwort setzt."""
    if (slug is None) != (role is None):
        raise CommandFailedError("--organisation und --role gehören zusammen.")
    try:
        fields = PersonFields.model_validate({"email": email, "name": name})
    except ValidationError as error:
        raise CommandFailedError(first_line(error)) from None
    database = room.ready_database
    password = _read_password(fields, room.settings) if typed else None
    wanted = next((one for one in Role if one.value == role), None)
    try:
        with database.noting() as session:
            organisation = find_organisation(session, slug) if slug else None
            if organisation is not None and not organisation.active:
                raise CommandFailedError("Die Stelle ist stillgelegt.")
            there = person_by_email(session, fields.email) is not None
            if there and password is not None:
                raise CommandFailedError("Dieses Konto gibt es schon. Ein neues Passwort gibt es mit: user reset")
            person = create_person(session, PROGRAM, fields, as_admin=admin, organisation=organisation, role=wanted)
            if password is not None:
                person.password_hash, person.password_changed_at = hash_password(password), now()
                session.add(person)
            link = None if there or password is not None else _link(session, room.settings, person, NEW_LINK)
    except (UnknownOrganisationError, MemberRefusedError) as error:
        raise CommandFailedError(str(error)) from None
    say(f"Aufgaben ergänzt: {person.email}." if there else f"Konto angelegt: {person.email}.")
    if link:
        say(f"Link zum Setzen des Passworts (gilt einmal, {NEW_LINK.days} Tage): {link}")


@user.command("list", cls=GermanCommand)
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON.")
@pass_room
def list_users(room: Room, as_json: bool) -> None:
    """Alle Konten mit ihren Aufgaben zeigen."""
    with room.ready_database.reading() as session:
        rows, _ = people_page(session, per_page=ALL)
    if as_json:
        say_json([_person_json(row) for row in rows])
        return
    for row in rows:
        roles = ["Administration"] if row.person.is_admin else []
        roles += [f"{role.label} {organisation.name}" for organisation, role in row.roles]
        locked = "" if row.person.active else "  [gesperrt]"
        say(f"{row.person.email}  {row.person.name}  {', '.join(roles) or 'ohne Aufgabe'}{locked}")
    if not rows:
        say("Noch keine Konten. Anlegen: ozg-registry user add E-MAIL --name NAME --admin")


@user.command("disable", cls=GermanCommand)
@click.argument("email", metavar="E-MAIL")
@pass_room
def disable_user(room: Room, email: str) -> None:
    """Ein Konto sperren; alle Sitzungen enden."""
    try:
        with room.ready_database.noting() as session:
            done = disable(session, PROGRAM, _id_of(session, email))
    except MemberRefusedError as error:
        raise CommandFailedError(str(error)) from None
    say("Das Konto ist gesperrt." if done else "Das Konto war schon gesperrt.")


@user.command("enable", cls=GermanCommand)
@click.argument("email", metavar="E-MAIL")
@pass_room
def enable_user(room: Room, email: str) -> None:
    """Ein gesperrtes Konto wieder öffnen."""
    with room.ready_database.noting() as session:
        done = enable(session, PROGRAM, _id_of(session, email))
    say("Das Konto ist entsperrt." if done else "Das Konto war nicht gesperrt.")


@user.command("reset", cls=GermanCommand)
@click.argument("email", metavar="E-MAIL")
@click.option("--second-factor", "factor", is_flag=True, help="Auch den zweiten Faktor zurücksetzen.")
@pass_room
def reset_user(room: Room, email: str, factor: bool) -> None:
    """Einen neuen Link zeigen, mit dem die Person ein Passwort setzt; frühere Links gelten nicht mehr."""
    try:
        with room.ready_database.noting() as session:
            number = _id_of(session, email)
            removed = factor and reset_second_factor(session, PROGRAM, room.settings.site_name, number)
            person = session.get_one(Person, number)
            link = _link(session, room.settings, person, RESET_LINK)
    except MemberRefusedError as error:
        raise CommandFailedError(str(error)) from None
    if factor:
        say("Der zweite Faktor ist zurückgesetzt." if removed else "Es war kein zweiter Faktor eingerichtet.")
    say(f"Link zum Setzen des Passworts (gilt einmal, {RESET_LINK.days * 24} Stunden): {link}")


@click.group(cls=GermanGroup)
def organisation() -> None:
    """Stellen, die Einträge verantworten: anlegen und zeigen."""


@organisation.command("add", cls=GermanCommand)
@click.argument("kind", metavar="ART", type=click.Choice([one.value for one in OrganisationKind]))
@click.argument("key", metavar="SCHLÜSSEL|NAME")
@click.option("--name", metavar="NAME", help="Anderer Name als im Verzeichnis.")
@click.option("--mailbox", metavar="E-MAIL", help="Funktionspostfach.")
@click.option("--four-eyes", is_flag=True, help="Vier-Augen-Prinzip einschalten.")
@pass_room
def add_organisation(room: Room, kind: str, key: str, name: str | None, mailbox: str | None, four_eyes: bool) -> None:
    """Eine Stelle anlegen: Kommune (AGS), Kreis (Schlüssel), IT-Dienstleister (Kurzname), sonst mit ihrem Namen."""
    chosen = next(one for one in OrganisationKind if one.value == kind)
    keyed = chosen in KEYED
    try:
        with room.ready_database.writing() as write:
            row = create_organisation(
                write,
                PROGRAM,
                kind=chosen,
                key=key if keyed else None,
                name=name if keyed else name or key,
                mailbox=mailbox,
                four_eyes=four_eyes,
            )
    except OrganisationRefusedError as error:
        hint = f" Kurzname: {error.existing}" if error.existing else ""
        raise CommandFailedError(f"{error}{hint}") from None
    except ValidationError as error:
        raise CommandFailedError(first_line(error)) from None
    say(f"Stelle angelegt: {row.name}, Kurzname {row.slug}.")


@organisation.command("list", cls=GermanCommand)
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON.")
@pass_room
def list_organisations(room: Room, as_json: bool) -> None:
    """Alle Stellen zeigen, mit der Zahl ihrer Mitglieder und Einträge."""
    with room.ready_database.reading() as session:
        rows, _ = organisations_page(session, per_page=ALL)
        numbers = [row.organisation.id for row in rows if row.organisation.id is not None]
        figures = holdings(session, numbers)
    told = [
        {
            "slug": row.organisation.slug,
            "name": row.organisation.name,
            "kind": row.organisation.kind.value,
            "active": row.organisation.active,
            "members": row.members,
            "entries": figures[number].entries,
            "open_proposals": figures[number].open_proposals,
        }
        for row, number in zip(rows, numbers, strict=True)
    ]
    if as_json:
        say_json(told)
        return
    for one in told:
        locked = "" if one["active"] else "  [stillgelegt]"
        say(f"{one['slug']}  {one['name']}  Mitglieder: {one['members']}, Einträge: {one['entries']}{locked}")
    if not told:
        say("Noch keine Stellen. Anlegen: ozg-registry organisation add municipality AGS")


def has_administrator(session: Session) -> bool:
    """Tell whether there is an active administrator."""
    return session.exec(select(Person.id).where(Person.is_admin, Person.active).limit(1)).first() is not None


def _id_of(session: Session, email: str) -> int:
    person = person_by_email(session, email)
    if person is None or person.id is None:
        raise CommandFailedError(f"Ein Konto {normal_email(email)} gibt es nicht. Alle zeigt: user list")
    return person.id


def _link(session: Session, settings: Settings, person: Person, lifetime: timedelta) -> str:
    if person.id is None:
        raise ValueError("the person is not stored")
    token = reset_token(session, PROGRAM, person.id, lifetime=lifetime)
    base = settings.base_url or f"http://{settings.host}:{settings.port}"
    return base + LINK_PATH.format(token)


def _read_password(fields: PersonFields, settings: Settings) -> str:
    if sys.stdin.isatty():
        password = str(click.prompt("Passwort", hide_input=True, confirmation_prompt="Passwort wiederholen"))
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    try:
        accept(password, email=fields.email, name=fields.name, site=settings.site_name)
    except PasswordRefusedError as error:
        raise CommandFailedError(str(error)) from None
    return password


def _person_json(row: PersonRow) -> dict[str, object]:
    person = row.person
    return {
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "admin": person.is_admin,
        "active": person.active,
        "roles": {one.slug: role.value for one, role in row.roles},
        "second_factor": person.totp_secret is not None,
        "last_sign_in_at": person.last_sign_in_at.isoformat() if person.last_sign_in_at else None,
    }
