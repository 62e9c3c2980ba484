"""words: what its commands print, what they end with."""

import json

from registry.database import Database

from .conftest import Run


def test_words_are_added_listed_and_removed(run: Run, reference_database: Database) -> None:
    url = reference_database.url
    assert "Keine eigenen Beziehungen" in run("words", "list", database_url=url).stdout
    added = run("words", "add", "Elterntaxi -> Schülerbeförderung", "--note", "aus einer Anfrage", database_url=url)
    assert (added.exit_code, added.stdout) == (0, "Beziehung 1 gilt ab der nächsten Suche.\n")
    listed = json.loads(run("words", "list", "--json", database_url=url).stdout)
    assert listed == [{"id": 1, "line": "Elterntaxi -> Schülerbeförderung", "note": "aus einer Anfrage"}]
    assert "1  Elterntaxi -> Schülerbeförderung  (aus einer Anfrage)" in run("words", "list", database_url=url).stdout
    assert run("words", "remove", "1", database_url=url).exit_code == 0
    assert json.loads(run("words", "list", "--json", database_url=url).stdout) == []


def test_a_bad_line_and_an_unknown_number_are_refused_in_one_line(run: Run, reference_database: Database) -> None:
    bad = run("words", "add", "nur ein Wort", database_url=reference_database.url)
    assert bad.exit_code == 1
    assert bad.stderr.count("\n") == 1
    assert "muss zwischen den Wörtern stehen" in bad.stderr
    gone = run("words", "remove", "4711", database_url=reference_database.url)
    assert gone.exit_code == 1
    assert "4711 gibt es nicht" in gone.stderr
