"""A comparison of bundles as a workbook: the same rows as the page, all cells as text (ECMA-376)."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from registry.comparison.table import Cell, Group
from registry.exchange.record_rows import guarded
from registry.exchange.xlsx_records import LONGEST_CELL

SHEET = "Vergleich"
_UNKNOWN = "keine Angabe"
_WIDTHS = (30, 12, 46)
"""Of the columns feature, difference, and each bundle; in characters."""


def comparison_workbook(
    titles: Sequence[str], addresses: Sequence[str], groups: Sequence[Group], facts: Sequence[tuple[str, str]]
) -> bytes:
    """Return the workbook. `facts`: for whom and as of when the comparison holds, above the table."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    widths = (*_WIDTHS[:2], *(_WIDTHS[2] for _ in titles))
    for number, width in enumerate(widths):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    sheet.freeze_panes = f"C{len(facts) + 3}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = "9"  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True

    def line(texts: Sequence[str], *, bold: bool = False) -> None:
        cells = []
        for text in texts:
            cell = WriteOnlyCell(sheet, value=_fitting(text) or None)
            cell.data_type = "s" if text else "n"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=bold)
            cells.append(cell)
        sheet.append(cells)

    for name, text in facts:
        line((name, "", text))
    line(())
    line(("Merkmal", "Unterschied", *titles), bold=True)
    line(("Adresse", "", *addresses))
    for group in groups:
        line((group.title, "", *([group.note] if group.note else [])), bold=True)
        for row in group.rows:
            line((row.label, "ja" if row.differs else "nein", *(_text(cell) for cell in row.cells)))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _text(cell: Cell) -> str:
    """Return the lines of a cell one below the other; an address stands behind what leads to it."""
    lines = [f"{part.text}: {part.key}" if part.kind == "web" else part.text for part in cell]
    return "\n".join(lines) or _UNKNOWN


def _fitting(text: str) -> str:
    safe = guarded(text)
    return safe if len(safe) <= LONGEST_CELL else safe[: LONGEST_CELL - 1] + "…"
