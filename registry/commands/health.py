"""What `ozg-registry doctor` looks at."""

import os
import platform
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import func, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from registry import __version__
from registry.catalogue.models import ServiceBundle
from registry.catalogue.reference import OzgService
from registry.commands.base import SET_UP_HINT, Room
from registry.mail.queries import outbox_state
from registry.mail.transport import SmtpTransport
from registry.moments import now

LOW_BYTES = 500 * 1024 * 1024
FULL_BYTES = 50 * 1024 * 1024
LATE_MAIL = timedelta(hours=1)


@dataclass(frozen=True)
class Examined:
    """One examined part; `fail` means that the registry does not work as it is."""

    name: str
    label: str
    status: Literal["ok", "warn", "fail"]
    detail: str


def examine(room: Room) -> list[Examined]:
    """Examine everything that the server needs. Raises SettingsError for bad settings."""
    settings = room.settings
    findings = [
        Examined("version", "Version", "ok", f"{__version__}, Python {platform.python_version()}"),
        Examined("settings", "Einstellungen", "ok", f"gültig, Umgebung {settings.environment}"),
    ]
    address = make_url(settings.database_url)
    folders = {"index_dir": settings.index_dir}
    if room.database_file is not None:
        folders["database_dir"] = room.database_file.parent
    findings += _database(room, address.render_as_string())
    if all(one.status != "fail" for one in findings):
        findings += [_contents(room), _index(room), _mail(room)]
    findings += [_writable(name, folder) for name, folder in folders.items()]
    disks = {_nearest(folder).stat().st_dev: _nearest(folder) for folder in folders.values()}
    findings += [_space(folder) for folder in disks.values()]
    return findings


def _database(room: Room, address: str) -> list[Examined]:
    if room.database_file is not None and not room.database_file.exists():
        return [Examined("database", "Datenbank", "fail", f"{address} gibt es nicht. {SET_UP_HINT}")]
    try:
        with room.database.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return [Examined("database", "Datenbank", "fail", f"{address} ist nicht erreichbar: {reason}")]
    kind = f"SQLite {sqlite3.sqlite_version}" if room.database.is_sqlite else "PostgreSQL"
    found = [Examined("database", "Datenbank", "ok", f"{address} ({kind})")]
    if room.database.schema_is_current():
        return [*found, Examined("schema", "Tabellen", "ok", "auf dem Stand dieser Version")]
    return [*found, Examined("schema", "Tabellen", "fail", f"fehlen oder sind veraltet. {SET_UP_HINT}")]


def _contents(room: Room) -> Examined:
    with room.database.reading() as session:
        services = session.execute(select(func.count(col(OzgService.ozg_id)))).scalar_one()
        bundles = session.execute(select(func.count(col(ServiceBundle.id)))).scalar_one()
    detail = f"{services} OZG-Leistungen, {bundles} Einträge"
    return Examined("contents", "Inhalt", "ok" if services else "warn", detail if services else f"leer. {SET_UP_HINT}")


def _index(room: Room) -> Examined:
    try:
        room.search.catch_up()
        behind = room.database.tick() - room.search.tick
    except OSError as error:
        return Examined("index", "Suchindex", "fail", f"nicht benutzbar ({error.strerror or error})")
    if behind > 0:
        return Examined("index", "Suchindex", "warn", f"liegt {behind} Änderungen zurück")
    return Examined("index", "Suchindex", "ok", f"auf dem Stand {room.search.tick}")


def _mail(room: Room) -> Examined:
    with room.database.reading() as session:
        state = outbox_state(session)
    transport = SmtpTransport.of(room.settings)
    detail = f"{state.waiting} warten, {state.given_up} aufgegeben"
    late = state.oldest is not None and now() - state.oldest > LATE_MAIL
    if transport is None:
        detail += "; OZG_REGISTRY_MAIL_URL ist nicht gesetzt, Mail wird nicht verschickt"
    elif transport.tells_password_openly:
        detail += "; das Passwort geht unverschlüsselt an den Mailserver, besser smtps:// oder smtp+starttls://"
    elif late and state.last_error:
        detail += f"; zuletzt: {state.last_error}"
    elif state.given_up:
        detail += "; Näheres mit „ozg-registry mail list“"
    fine = transport is not None and not transport.tells_password_openly and not late and not state.given_up
    return Examined("mail", "Mail", "ok" if fine else "warn", detail)


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    folder = folder.absolute()
    while not folder.exists():
        folder = folder.parent
    return folder


def _writable(name: str, folder: Path) -> Examined:
    label = "Ordner des Index" if name == "index_dir" else "Ordner der Datenbank"
    if _nearest(folder).is_dir() and os.access(_nearest(folder), os.W_OK):
        return Examined(name, label, "ok", f"{folder.absolute()} ist beschreibbar")
    return Examined(name, label, "fail", f"{folder.absolute()} ist nicht beschreibbar")


def _space(folder: Path) -> Examined:
    free = shutil.disk_usage(folder).free
    status: Literal["ok", "warn", "fail"] = "fail" if free < FULL_BYTES else "warn" if free < LOW_BYTES else "ok"
    return Examined("disk", "Freier Platz", status, f"{free / 1024 / 1024 / 1024:.1f} GB in {folder}")
