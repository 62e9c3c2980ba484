"""A record to start from."""

from collections.abc import Callable
from typing import Any

import pytest

from registry.database import Database
from registry.reuse.checklist.models import CheckGroup, ChecklistItemFields, Obligation
from registry.reuse.checklist.operations import add_item
from registry.reuse.record import BundleRecord

Build = Callable[..., BundleRecord]

MINIMAL: dict[str, Any] = {
    "slug": "hundesteuer-probe",
    "title": "Hundesteuer anmelden",
    "summary": "Hunde lassen sich online zur Steuer anmelden.",
    "state": "published",
    "ozg_services": [{"ozg_id": "10160", "basis": "named"}],
    "sources": [{"url": "https://www.example.org/a", "title": "Bericht"}],
}


@pytest.fixture
def build() -> Build:
    """Return a function that builds a valid record, with other values where given."""
    return lambda **values: BundleRecord.model_validate(MINIMAL | values)


def add_items(database: Database, *slugs: str, obligation: Obligation = Obligation.MUST) -> None:
    """Add items to the checklist, all to its first group."""
    with database.writing() as write:
        for slug in slugs:
            title = f"Anforderung {slug}"
            fields = ChecklistItemFields(
                slug=slug, group=CheckGroup.INTERFACE_DESIGN, obligation=obligation, title=title
            )
            add_item(write, fields, actor="leitung")
