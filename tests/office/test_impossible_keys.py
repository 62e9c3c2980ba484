"""What no row can have: NUL signs and numbers beyond those of the database, in addresses and forms of reuse."""

import pytest

from tests.office.world import OWN, Office, post
from tests.web.client import check


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/karte?buendel=a%00b", 200),
        ("/vergleich?b=a%00b", 200),
        ("/folgen?art=bundle&ziel=a%00b", 404),
        ("/folgen?art=ozg_service&ziel=%00", 404),
        ("/folgen?art=municipality&ziel=%00", 404),
        ("/nachnutzung/gemeinsam?ozg=%00", 200),
        ("/nachnutzung/profil?stelle=municipality:%00", 404),
        ("/verwaltung/nachnutzungen/neu?buendel=a%00b", 404),
    ],
)
def test_a_page_says_that_there_is_no_such_thing(shared_office: Office, address: str, status: int) -> None:
    role = "coordinator" if address.startswith("/verwaltung") else "anonymous"
    shared_office.pages(role).get(address, status)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/comparison?bundle=a%00b", 400),
        ("/api/v1/shared-interests?ozg_id=%00", 404),
        ("/api/v1/adoptions?bundle=%00&body=%00", 200),
        ("/api/v1/bundles?q=qqxyzzy%00", 200),
        ("/api/v1/changes?since=2147483648", 200),
    ],
)
def test_the_api_answers_too(
    shared_office: Office, address: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert shared_office.client("anonymous").get(address).status_code == status
    assert "could not be counted" not in caplog.text


def test_a_form_is_refused_with_a_sentence(shared_office: Office) -> None:
    coordinator = shared_office.client("coordinator")
    answer = post(coordinator, "/verwaltung/gemeinsam", {"organisation": "2147483648", "ozg_id": "10001"})
    assert answer.status_code == 422
    assert "Bitte wählen Sie die Stelle" in check(answer).main
    answer = post(coordinator, f"/verwaltung/nachnutzungen/neu?buendel={OWN}", {"body": "\x00", "step": "\x00"})
    assert answer.status_code == 422
    assert post(shared_office.client("anonymous"), "/folgen", {"art": "bundle", "ziel": "a\x00b"}).status_code == 404
