"""CSV files that people made are read, or refused in one clear German sentence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.exchange.tables import FileRefusedError, read_file, read_table

pytestmark = pytest.mark.sqlite_only

COLUMNS = frozenset({"slug", "name"})


def _read(data: bytes) -> list[tuple[int, dict[str, str]]]:
    return [(row.line, row.values) for row in read_table("liste.csv", data, [COLUMNS]).rows]


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_byte_order_mark_and_any_line_ends_are_read(start: bytes, end: bytes) -> None:
    data = start + end.join([b"slug,name", b"a,\xc3\x84pfel", b"", b"b, Birnen "])
    assert _read(data) == [(2, {"slug": "a", "name": "Äpfel"}), (4, {"slug": "b", "name": "Birnen"})]


def test_a_record_is_named_by_the_line_on_which_it_begins() -> None:
    assert _read(b'name,slug\n"zwei\nZeilen",a\neins,b\n') == [
        (2, {"name": "zwei\nZeilen", "slug": "a"}),
        (4, {"name": "eins", "slug": "b"}),
    ]


def test_a_record_with_too_many_or_too_few_fields_is_refused_alone() -> None:
    table = read_table("liste.csv", b"slug,name\na,A\nb\nc,C,c\nd,D\n", [COLUMNS])
    assert [row.values["slug"] for row in table.rows] == ["a", "d"]
    assert [str(one) for one in table.refused] == [
        "liste.csv, Zeile 3: 1 Felder statt 2.",
        "liste.csv, Zeile 4: 3 Felder statt 2.",
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "Die Datei ist leer."),
        (b"slug,name\n", "Die Datei enthält nur die Kopfzeile."),
        (b"slug;name\na;A\n", "Die Spalten sind mit Semikolon getrennt; erwartet wird das Komma."),
        (b"slug\tname\na\tA\n", "Die Spalten sind mit Tabulator getrennt; erwartet wird das Komma."),
        (b"slug,titel\na,A\n", "Die Kopfzeile passt nicht. Spalten fehlen: name; unbekannt: titel."),
        (b"slug,name,slug\na,A,a\n", "Eine Spalte steht doppelt in der Kopfzeile."),
        (b"x,y\n1,2\n", "Die Kopfzeile gehört zu keiner bekannten Liste."),
        (b"slug,name\na,\xc4pfel\n", "Die Datei ist nicht in UTF-8 gespeichert (Zeile 2)."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "Das ist keine Textdatei."),
        (b'slug,name\na,"offen\nb,B\n', "Ein Anführungszeichen ist nicht geschlossen oder steht falsch (Zeile 3)."),
        (b"slug,name\na," + b"x" * 200_000, "Ein Feld ist zu lang (Zeile 2)."),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(FileRefusedError) as caught:
        _read(data)
    assert caught.value.reason == reason


def test_missing_files_folders_and_too_large_files_are_refused(tmp_path: Path) -> None:
    large = tmp_path / "gross.csv"
    large.write_bytes(b"x" * 11)
    for path, word in ((tmp_path / "fehlt.csv", "gibt es nicht"), (tmp_path, "Ordner"), (large, "größer")):
        with pytest.raises(FileRefusedError, match=word):
            read_file(path, limit=10)


@given(st.binary(max_size=300))
def test_whatever_the_bytes_are_there_is_a_table_or_one_german_line(data: bytes) -> None:
    outcome = ""
    try:
        _read(data)
    except FileRefusedError as error:
        outcome = error.reason
    assert outcome == "" or (outcome.endswith(".") and "\n" not in outcome)
