"""Commands that carry entries in and out: import, export."""

import json
import sys
from pathlib import Path

import click

from registry.commands.base import CommandFailedError, GermanCommand, Room, complain, pass_room, say, say_json
from registry.exchange.json_records import export_records, import_records
from registry.exchange.tables import FileRefusedError

FORMATS = click.Choice(["json"])
ACTOR = "ozg-registry import"  # who is named in the revisions until people have accounts


@click.command("export", cls=GermanCommand)
@click.argument("format_", metavar="FORMAT", type=FORMATS)
@click.argument("file", metavar="[DATEI]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Eine vorhandene Datei ersetzen.")
@pass_room
def export_command(room: Room, format_: str, file: Path | None, force: bool) -> None:
    """Alle veröffentlichten Einträge ausgeben, in eine Datei oder auf die Standardausgabe."""
    content = export_records(room.ready_database)
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    if file is None:
        sys.stdout.write(text)
        return
    if file.exists() and not force:
        raise CommandFailedError(f"{file} gibt es schon. Mit --force wird die Datei ersetzt.")
    file.write_text(text, encoding="utf-8")
    say(f"{len(content['bundles'])} Einträge in {file}.")


@click.command("import", cls=GermanCommand)
@click.argument("format_", metavar="FORMAT", type=FORMATS)
@click.argument("file", metavar="DATEI", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Nur zeigen, was geschähe.")
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON.")
@pass_room
def import_command(room: Room, format_: str, file: Path, dry_run: bool, as_json: bool) -> None:
    """Einträge aus einem Export übernehmen: neue anlegen, vorhandene ändern."""
    try:
        report = import_records(room.ready_database, file, actor=ACTOR, dry_run=dry_run)
    except FileRefusedError as error:
        raise CommandFailedError(str(error)) from None
    if as_json:
        say_json(report.as_json())
    else:
        parts = ((report.created, "neu"), (report.changed, "geändert"), (report.unchanged, "unverändert"))
        done = ", ".join(f"{len(slugs)} {word}" for slugs, word in parts if slugs) or "nichts"
        say(f"Probelauf, nichts gespeichert: {done}" if dry_run else f"Einträge: {done}")
        for error_line in report.errors:
            complain(f"Abgelehnt: {error_line}")
    if not report.ok:
        raise SystemExit(1)
