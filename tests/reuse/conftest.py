"""A record to start from."""

from collections.abc import Callable
from typing import Any

import pytest

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
