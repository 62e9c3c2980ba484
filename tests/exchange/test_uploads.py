"""Uploaded workbooks that are made to hurt: refused at once, with a German sentence."""

import io
import time
import zipfile
from collections.abc import Callable

import pytest

from registry.exchange.tables import FileRefusedError
from registry.exchange.uploads import read_upload
from registry.exchange.xlsx_records import workbook

pytestmark = pytest.mark.sqlite_only

SHEET = "xl/worksheets/sheet1.xml"
SECONDS = 20
"""Far more than it takes, far less than a bomb takes."""


def _workbook(change: Callable[[str], str]) -> bytes:
    """Return a workbook with one line, whose sheet was changed by hand."""
    made = zipfile.ZipFile(io.BytesIO(workbook(["slug", "stand"], [("a", {"slug": "a", "stand": "1"})])))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in made.namelist():
            content = made.read(name)
            target.writestr(name, change(content.decode()).encode() if name == SHEET else content)
    return stream.getvalue()


def _marked(data: bytes, start: bytes, place: int, value: int) -> bytes:
    """Set a byte in every header of an archive that begins with `start`."""
    changed, at = bytearray(data), data.find(start)
    while at != -1:
        changed[at + place] |= value
        at = data.find(start, at + 4)
    return bytes(changed)


BOMBS = {
    "a cell far below": _workbook(
        lambda sheet: sheet.replace('r="2"', 'r="1000000000"').replace("A2", "A1000000000").replace("B2", "B1000000000")
    ),
    "rows without end": _workbook(lambda sheet: sheet.replace("</sheetData>", "<row/>" * 200_000 + "</sheetData>")),
    "a row without end": _workbook(
        lambda sheet: sheet.replace("</sheetData>", f"<row>{'<c/>' * 300_000}</row></sheetData>")
    ),
    "UTF-16": _workbook(lambda sheet: sheet.replace("</sheetData>", "\x00</sheetData>")),
    "an encrypted part": _marked(_marked(_workbook(str), b"PK\x01\x02", 8, 1), b"PK\x03\x04", 6, 1),
    "an unknown packing": _marked(_workbook(str), b"PK\x01\x02", 10, 99),
    "an entity": _workbook(lambda sheet: '<!DOCTYPE a [<!ENTITY b "c">]>' + sheet),
}


def test_a_workbook_that_was_not_touched_is_read() -> None:
    assert read_upload("tabelle.xlsx", "", _workbook(str)) == [(1, ["slug", "stand"]), (2, ["a", "1"])]


@pytest.mark.parametrize("kind", BOMBS)
def test_a_workbook_made_to_hurt_is_refused_at_once(kind: str) -> None:
    begun = time.monotonic()
    with pytest.raises(FileRefusedError) as refused:
        read_upload("tabelle.xlsx", "", BOMBS[kind])
    assert time.monotonic() - begun < SECONDS
    assert refused.value.reason.endswith(".")
