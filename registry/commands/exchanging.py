"""Commands that carry entries in and out: import, export."""

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from registry.commands.base import CommandFailedError, GermanCommand, Room, complain, pass_room, say, say_json
from registry.database import Database
from registry.exchange.csv_records import export_csv, import_csv
from registry.exchange.json_records import export_records, import_records
from registry.exchange.publiccode import export_publiccode
from registry.exchange.saving import ImportReport
from registry.exchange.tables import FileRefusedError
from registry.exchange.xlsx_records import export_xlsx, import_xlsx

ACTOR = "ozg-registry import"  # who is named in the revisions until people have accounts
Export = Callable[[Database], tuple[str | bytes, int]]


def _export_json(database: Database) -> tuple[str, int]:
    content = export_records(database)
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n", len(content["bundles"])


EXPORTS: dict[str, Export] = {
    "json": _export_json,
    "csv": export_csv,
    "xlsx": export_xlsx,
    "publiccode": export_publiccode,
}
IMPORTS: dict[str, Callable[..., ImportReport]] = {"json": import_records, "csv": import_csv, "xlsx": import_xlsx}


@click.command("export", cls=GermanCommand)
@click.argument("format_", metavar="FORMAT", type=click.Choice(list(EXPORTS)))
@click.argument("file", metavar="[DATEI]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Eine vorhandene Datei ersetzen.")
@pass_room
def export_command(room: Room, format_: str, file: Path | None, force: bool) -> None:
    """Veröffentlichte Einträge ausgeben (json, csv, xlsx, publiccode), in eine Datei oder auf die Standardausgabe."""
    if file is not None and file.exists() and not force:
        raise CommandFailedError(f"{file} gibt es schon. Mit --force wird die Datei ersetzt.")
    try:
        export = EXPORTS[format_]
        if export is export_publiccode:
            export = partial(export_publiccode, months=room.settings.confirmation_months)
        content, count = export(room.ready_database)
    except ValueError as error:  # an entry that the format cannot hold
        raise CommandFailedError(str(error)) from None
    data = content.encode("utf-8") if isinstance(content, str) else content
    if file is None:
        sys.stdout.buffer.write(data)
        return
    file.write_bytes(data)
    say(f"{count} Einträge in {file}.")


@click.command("import", cls=GermanCommand)
@click.argument("format_", metavar="FORMAT", type=click.Choice(list(IMPORTS)))
@click.argument("file", metavar="DATEI", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Nur zeigen, was geschähe.")
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON.")
@pass_room
def import_command(room: Room, format_: str, file: Path, dry_run: bool, as_json: bool) -> None:
    """Einträge aus einem Export (json, csv, xlsx) übernehmen: neue anlegen, vorhandene ändern."""
    try:
        report = IMPORTS[format_](room.ready_database, file, actor=ACTOR, dry_run=dry_run)
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
