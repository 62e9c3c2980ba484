"""What is answered to somebody who is signed in is kept by nobody."""

import pytest

from registry.web.caching import _EXTENSION
from tests.office.world import OWN, Office
from tests.web.site import PAGES

ERRORS = ("/buendel/gibt-es-nicht", "/verwaltung/gibt-es-nicht", "/gibt-es-nicht", "/kommunen/00000000", "/suche/x")
PROGRAMS = ("/sitemap.xml", "/feed.atom", "/opensearch.xml", "/api/v1/bundles", f"/buendel/{OWN}/versionen")


@pytest.mark.parametrize("path", [*PAGES.values(), *PROGRAMS, *ERRORS])
def test_no_answer_to_somebody_signed_in_is_kept(shared_office: Office, path: str) -> None:
    answer = shared_office.client("coordinator").get(path)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer.headers
    assert _EXTENSION not in shared_office.app.extensions, "and none waits for the next one who asks"
