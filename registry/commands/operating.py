"""Commands for operating the registry: serve, doctor, backup, restore."""

import signal
from pathlib import Path
from typing import Any

import click

from registry.commands.base import CommandFailedError, GermanCommand, Room, pass_room, say, say_json
from registry.commands.health import examine
from registry.database import Database
from registry.exchange.backup import BackupError, back_up, restore_from
from registry.logs import set_up_logging


@click.command(cls=GermanCommand)
@pass_room
def serve(room: Room) -> None:
    """Den Server starten (HOST, PORT und THREADS aus den Einstellungen)."""
    settings = room.settings
    set_up_logging(settings.log_format, "DEBUG" if room.debug else settings.log_level)
    room.ready_database.dispose()  # the application opens its own connections

    from waitress import create_server  # imported late: no other command needs Flask

    from registry.app import create_app
    from registry.background import Background
    from registry.web.services import EXTENSION

    app = create_app(settings)
    try:
        server: Any = create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            ident="",
            # Else Waitress takes the headers away before the application can count the hops (`web/security.py`).
            clear_untrusted_proxy_headers=not settings.proxy_hops,
        )
    except OSError as error:
        raise CommandFailedError(
            f"{settings.host}:{settings.port} ist nicht frei oder nicht erlaubt ({error.strerror}). "
            "Mit OZG_REGISTRY_HOST und OZG_REGISTRY_PORT lässt sich die Adresse ändern."
        ) from None
    signal.signal(signal.SIGTERM, _stop)
    background = Background(app.extensions[EXTENSION].database, settings)
    background.start()
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    say(f"{settings.site_name}: http://{host}:{settings.port}/ (Ende mit Strg+C)")
    server.run()  # returns after _stop or Ctrl+C, when the running requests are answered
    background.stop()
    server.close()
    say("Server beendet.")


def _stop(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


@click.command(cls=GermanCommand)
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON.")
@pass_room
def doctor(room: Room, as_json: bool) -> None:
    """Die Einrichtung untersuchen: Einstellungen, Datenbank, Index, Ordner, Platz. Mängel enden mit Code 1."""
    findings = examine(room)
    ok = all(one.status != "fail" for one in findings)
    if as_json:
        say_json({"ok": ok, "checks": [vars(one) for one in findings]})
    else:
        words = {"ok": "in Ordnung", "warn": "Hinweis", "fail": "MANGEL"}
        for one in findings:
            say(f"{words[one.status]:<11} {one.label}: {one.detail}")
    if not ok:
        raise SystemExit(1)


@click.command(cls=GermanCommand)
@click.argument("file", metavar="DATEI", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Eine vorhandene Datei ersetzen.")
@pass_room
def backup(room: Room, file: Path, force: bool) -> None:
    """Die SQLite-Datenbank im laufenden Betrieb in eine einzige Datei sichern."""
    database = room.ready_database
    _only_sqlite(database, f"pg_dump --format=custom --file={file}")
    try:
        size = back_up(database, file, force=force)
    except BackupError as error:
        raise CommandFailedError(str(error)) from None
    say(f"Gesichert: {file} ({size / 1024 / 1024:.1f} MB).")


@click.command(cls=GermanCommand)
@click.argument("file", metavar="DATEI", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Eine vorhandene Datenbank ersetzen.")
@pass_room
def restore(room: Room, file: Path, force: bool) -> None:
    """Eine Sicherung zurückspielen und den Index neu bauen; der Server muss dabei stehen."""
    database = room.database
    _only_sqlite(database, f"pg_restore --clean --if-exists --dbname=… {file}")
    try:
        restore_from(database, file, force=force)
    except BackupError as error:
        raise CommandFailedError(str(error)) from None
    room.search.rebuild()
    say(f"Zurückgespielt aus {file}; Stand {database.tick()}.")


def _only_sqlite(database: Database, command: str) -> None:
    if not database.is_sqlite:
        raise CommandFailedError(
            f"Das geht hier nur mit SQLite. Für PostgreSQL: {command} (Adresse wie in OZG_REGISTRY_DATABASE_URL)."
        )
