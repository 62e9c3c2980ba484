"""Commands that fill the catalogue and judge it: init, upgrade, load, check."""

from pathlib import Path

import click

from registry.commands.base import GermanCommand, Room, complain, pass_room, progress, say, say_json
from registry.commands.searching import rebuild_index
from registry.commands.users import has_administrator
from registry.database import Database
from registry.exchange.check import CHECK_STEPS, CheckReport, check_catalogue
from registry.exchange.reference import LoadReport, count_rows, load_reference
from registry.exchange.starter import StarterReport, bundle_files, load_starter

FIGURES = {
    "published_bundles": "veröffentlichte Einträge",
    "draft_bundles": "Entwürfe",
    "other_bundles": "Einträge in anderen Zuständen",
    "mapped_ozg_services": "OZG-Leistungen mit Eintrag",
    "sources": "Quellen",
    "leading_municipalities": "federführende Kommunen",
    "average_completeness_percent": "mittlere Vollständigkeit in Prozent",
    "topic_fields": "Themenfelder",
    "situations": "Lagen",
    "ozg_services": "OZG-Leistungen",
    "leika_services": "LeiKa-Leistungen",
    "districts": "Kreise",
    "municipalities": "Kommunen",
    "providers": "IT-Dienstleister",
    "capabilities": "Bausteine",
    "maturity_levels": "Reifegrade",
    "checklist_items": "Prüfpunkte",
}


@click.command(cls=GermanCommand)
@pass_room
def init(room: Room) -> None:
    """Datenbank, Referenzdaten, Startkatalog und Index einrichten; darf wiederholt werden."""
    room.database.migrate()
    reference = _load(room.database, None, None, quiet=False)
    files = bundle_files()
    with progress("Startkatalog", len(files)) as step:
        starter = load_starter(room.database, files, progress=step)
    _tell_reference(reference)
    _tell_starter(starter)
    with room.database.reading() as session:
        if not has_administrator(session):
            say("Es gibt noch keine Administration. Anlegen: ozg-registry user add E-MAIL --name NAME --admin")
    _follow(room)
    if not (reference.ok and starter.ok):
        raise SystemExit(1)


@click.command(cls=GermanCommand)
@pass_room
def upgrade(room: Room) -> None:
    """Nach einer neuen Version: Datenbank, Referenzdaten und Index auf ihren Stand bringen."""
    room.database.migrate()
    reference = _load(room.database, None, None, quiet=False)
    _tell_reference(reference)
    _follow(room)
    if not reference.ok:
        raise SystemExit(1)


@click.command(cls=GermanCommand)
@click.argument("files", nargs=-1, metavar="[DATEI …]", type=click.Path(path_type=Path))
@click.option(
    "--complete/--partial",
    "complete",
    default=None,
    help="Die Dateien sind vollständige Listen (was fehlt, gilt nicht mehr) oder Teillisten. "
    "Ohne Angabe entscheidet die Größe.",
)
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON.")
@pass_room
def load(room: Room, files: tuple[Path, ...], complete: bool | None, as_json: bool) -> None:
    """Referenzdaten laden: die angegebenen CSV-Dateien, sonst die mitgelieferten."""
    report = _load(room.ready_database, list(files) or None, complete, quiet=as_json)
    if as_json:
        say_json(report.as_json())
    else:
        _tell_reference(report)
    if not report.ok:
        raise SystemExit(1)


@click.command(cls=GermanCommand)
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON.")
@pass_room
def check(room: Room, as_json: bool) -> None:
    """Datenqualität prüfen: Pflichtangaben, Schlüssel, Verweise, Adressen, Daten. Fehler enden mit Code 1."""
    database = room.ready_database
    with progress("Prüfung", CHECK_STEPS, quiet=as_json) as step:
        report = check_catalogue(database, progress=step)
    if as_json:
        say_json(report.as_json())
    else:
        _tell_check(report)
    if not report.ok:
        raise SystemExit(1)


def _follow(room: Room) -> None:
    folder = room.settings.index_dir
    if folder.is_dir() and any(one.is_dir() for one in folder.iterdir()):
        room.search.catch_up()
    else:
        rebuild_index(room)
    say(f"Suchindex auf dem Stand {room.search.tick}.")


def _load(database: Database, files: list[Path] | None, complete: bool | None, *, quiet: bool) -> LoadReport:
    with progress("Referenzdaten", count_rows(files), quiet=quiet) as step:
        return load_reference(database, files, complete=complete, progress=step)


def _tell_reference(report: LoadReport) -> None:
    for kind in report.kinds:
        parts = (
            (kind.added, "neu"),
            (kind.changed, "geändert"),
            (kind.unchanged, "unverändert"),
            (kind.retired, "nicht mehr enthalten"),
            (len(kind.refused), "abgelehnt"),
        )
        say(f"{kind.label}: {', '.join(f'{count} {word}' for count, word in parts if count) or 'nichts'}")
    for kind in report.kinds:
        for warning in kind.warnings:
            complain(f"Hinweis: {warning}")
    for kind in report.kinds:
        for refused in kind.refused:
            complain(f"Abgelehnt: {refused}")
    for file in report.files:
        complain(f"Abgelehnt: {file}")


def _tell_starter(report: StarterReport) -> None:
    parts = (
        (len(report.created), "neu"),
        (len(report.changed), "geändert"),
        (len(report.unchanged), "unverändert"),
        (len(report.kept), "beibehalten, weil von Hand geändert"),
    )
    say(f"Startkatalog: {', '.join(f'{count} {word}' for count, word in parts if count) or 'keine Einträge'}")
    for warning in report.warnings:
        complain(f"Hinweis: {warning}")
    for error in report.errors:
        complain(f"Abgelehnt: {error}")


def _tell_check(report: CheckReport) -> None:
    for name, count in report.figures.items():
        label = FIGURES.get(name) or f"{FIGURES.get(name.removesuffix('_retired'), name)} (nicht mehr im Katalog)"
        say(f"{count:>6} {label}")
    for warning in report.warnings:
        say(f"Hinweis: {warning}")
    for error in report.errors:
        complain(f"Fehler: {error}")
    say(f"{len(report.errors)} Fehler, {len(report.warnings)} Hinweise.")
