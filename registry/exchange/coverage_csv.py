"""Coverage of the OZG catalogue as CSV, one line an OZG service, safe in spreadsheets."""

import csv
import io
from collections.abc import Iterable

from registry.coverage.rules import CoveredService
from registry.exchange.record_rows import guarded

COLUMNS = (
    *("OZG-ID", "OZG-Leistung", "Themenfeld", "Lage", "Typisierung der LeiKa-Leistungen"),
    *("Abdeckung", "Jetzt übertragbar", "Bündel", "Jetzt übertragbare Bündel", "Produktiv bei"),
)


def coverage_csv(services: Iterable[CoveredService]) -> str:
    """Return the services as CSV: UTF-8 with byte order mark, comma, RFC 4180; several values of a cell with „; “.

    Bundles are named by their slugs, bodies by name and key.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in services:
        cells = (
            one.service.ozg_id,
            one.service.name,
            one.service.topic_field_name,
            one.service.situation,
            "; ".join(sorted(one.service.typings)),
            one.state.label,
            "ja" if one.transferable else "nein",
            "; ".join(bundle.slug for bundle in one.bundles),
            "; ".join(bundle.slug for bundle in one.bundles if bundle.transferable),
            "; ".join(f"{use.body.name} ({use.body.key})" for use in one.uses),
        )
        writer.writerow([guarded(cell) for cell in cells])
    return "\ufeff" + stream.getvalue()
