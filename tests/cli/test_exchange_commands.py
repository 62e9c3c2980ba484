"""import, export: the formats that carry entries."""

import json
from pathlib import Path

from registry.database import Database

from .conftest import Run


def test_export_writes_json_to_the_standard_output_or_a_file(run: Run, shared_catalogue: Database) -> None:
    printed = run("export", "json", database_url=shared_catalogue.url)
    assert printed.exit_code == 0
    assert json.loads(printed.stdout)["format"] == "ozg-registry"
    assert run("export", "json", "alle.json", database_url=shared_catalogue.url).exit_code == 0
    assert Path("alle.json").read_text(encoding="utf-8") == printed.stdout
    again = run("export", "json", "alle.json", database_url=shared_catalogue.url)
    assert (again.exit_code, again.stderr) == (1, "alle.json gibt es schon. Mit --force wird die Datei ersetzt.\n")


def test_import_takes_an_export_over_after_a_dry_run(
    run: Run, shared_catalogue: Database, reference_database: Database
) -> None:
    run("export", "json", "alle.json", database_url=shared_catalogue.url)
    tried = run("import", "json", "alle.json", "--dry-run", database_url=reference_database.url)
    assert tried.exit_code == 0, tried.output
    assert tried.stdout.startswith("Probelauf, nichts gespeichert:")
    done = run("import", "json", "alle.json", "--json", database_url=reference_database.url)
    assert len(json.loads(done.stdout)["created"]) > 20
    again = run("import", "json", "alle.json", database_url=reference_database.url)
    assert "unverändert" in again.stdout


def test_import_names_what_it_refuses(run: Run, database: Database) -> None:
    Path("x.json").write_text("{}", encoding="utf-8")
    result = run("import", "json", "x.json", database_url=database.url)
    assert (result.exit_code, result.stderr) == (1, "x.json: Das ist kein Export dieses Registers.\n")
    other = run("import", "xml", "x.json", database_url=database.url)
    assert (other.exit_code, other.stderr.split(".")[0]) == (2, "Ungültiger Wert für FORMAT")
