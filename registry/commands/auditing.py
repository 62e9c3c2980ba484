"""Commands of the audit log: exporting it, checking its chain of digests."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from registry.accounts.audit_queries import AuditFilter, holds_digest, verify
from registry.commands.base import CommandFailedError, GermanCommand, GermanGroup, Room, pass_room, say, say_json
from registry.exchange.audit_log import exported, format_of, note_export

ACTOR = "ozg-registry audit"


@click.group("audit", cls=GermanGroup)
def audit_command() -> None:
    """Protokoll der Anmeldungen, Aufgaben und Ausgaben: ausgeben und prüfen."""


@audit_command.command("export", cls=GermanCommand)
@click.argument("file", metavar="DATEI", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="TAG", help="Ab diesem Tag (UTC).")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="TAG", help="Bis einschließlich diesem Tag (UTC).")
@click.option("--force", is_flag=True, help="Eine vorhandene Datei ersetzen.")
@pass_room
def export_log(room: Room, file: Path, since: datetime | None, until: datetime | None, force: bool) -> None:
    """Das Protokoll in eine Datei schreiben: .csv für Tabellen, .jsonl mit allem, woraus die Prüfsummen entstehen."""
    format_ = format_of(file)
    if format_ is None:
        raise CommandFailedError("Der Name der Datei muss auf .csv oder .jsonl enden.")
    if file.exists() and not force:
        raise CommandFailedError(f"{file} gibt es schon. Mit --force wird die Datei ersetzt.")
    database = room.ready_database
    chosen = AuditFilter(
        since=since.replace(tzinfo=UTC) if since else None,
        until=until.replace(tzinfo=UTC) + timedelta(days=1) if until else None,
    )
    with database.noting() as session:
        note_export(session, ACTOR, format_, chosen)
    part = file.with_name(file.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            stream.writelines(exported(database, format_, chosen))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    say(f"Protokoll in {file}.")


@audit_command.command("verify", cls=GermanCommand)
@click.option("--expect", metavar="PRÜFSUMME", help="Eine früher notierte Prüfsumme, die noch enthalten sein muss.")
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON.")
@pass_room
def verify_log(room: Room, expect: str | None, as_json: bool) -> None:
    """Prüfen, ob die Kette der Zeilen unversehrt ist; sonst endet der Befehl mit Code 1."""
    with room.ready_database.reading() as session:
        verdict = verify(session)
        missing = expect is not None and not holds_digest(session, expect)
    if as_json:
        told = {
            "intact": verdict.intact and not missing,
            "lines": verdict.lines,
            "last_id": verdict.last_id,
            "last_at": verdict.last_at,
            "last_digest": verdict.last_digest,
            "broken_id": verdict.broken_id,
        }
        say_json(told | ({"expected_found": not missing} if expect is not None else {}))
        if not verdict.intact or missing:
            raise SystemExit(1)
        return
    if not verdict.intact:
        raise CommandFailedError(
            f"Die Kette ist ab Zeile {verdict.broken_id} unterbrochen: Dort wurde außerhalb des Programms geändert."
        )
    if missing:
        raise CommandFailedError("Die erwartete Prüfsumme fehlt: Zeilen am Ende wurden entfernt, oder sie ist zu alt.")
    if verdict.last_at is None:
        say("Das Protokoll ist leer.")
        return
    say(
        f"Kette unversehrt: {verdict.lines} Zeilen, bis Zeile {verdict.last_id} ({verdict.last_at:%d.%m.%Y %H:%M} UTC)."
    )
    say(f"Letzte Prüfsumme: {verdict.last_digest}")
