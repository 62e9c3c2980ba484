"""A work list of the quality dashboard as CSV, safe in spreadsheets."""

import csv
import io
from collections.abc import Callable, Iterable

from registry.editorial.quality.kinds import Finding
from registry.exchange.record_rows import guarded

COLUMNS = ("Befund", "Art", "Eintrag", "Kurzname", "Zustand", "Stelle", "Was", "Seit", "Bezug")


def findings_csv(findings: Iterable[Finding], name_of: Callable[[int | None], str]) -> str:
    """Return the lines as CSV: UTF-8 with byte order mark, comma, RFC 4180. `name_of` names an organisation."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in findings:
        cells = (
            one.kind.label,
            "Hinweis" if one.hint else "Mangel",
            one.title,
            one.entry.slug if one.entry else "",
            one.entry.state.label if one.entry else "",
            name_of(one.owner_id),
            one.text,
            one.since.isoformat() if one.since else "",
            one.target,
        )
        writer.writerow([guarded(cell) for cell in cells])
    return "\ufeff" + stream.getvalue()
