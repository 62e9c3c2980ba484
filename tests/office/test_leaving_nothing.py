"""What stays in a browser that somebody else may use next: nothing."""

import pytest

from tests.contracts.permissions import TABLE
from tests.contracts.samples import address
from tests.office.signing import give_password, submit
from tests.office.world import ROLES, Office

OFFICE_PAGES = sorted(
    (endpoint, ROLES[marks.rindex("+")])
    for endpoint, method, marks in (line.split() for line in TABLE.strip().splitlines())
    if method == "GET" and "+" in marks and marks[0] == ">"
)
"""Every page for signed-in people, and the mightiest role that may open it."""


@pytest.mark.parametrize(("endpoint", "role"), OFFICE_PAGES)
def test_every_page_for_signed_in_people_can_be_left_and_is_kept_by_no_cache(
    shared_office: Office, endpoint: str, role: str
) -> None:
    rules = {rule.endpoint: set(rule.arguments) for rule in shared_office.app.url_map.iter_rules()}
    answer = shared_office.client(role).get(address(shared_office, endpoint, rules[endpoint]))
    assert answer.headers["Cache-Control"] == "private, no-store"
    text = answer.get_data(as_text=True)
    if answer.status_code == 200 and answer.mimetype == "text/html" and "<html" in text:
        assert 'action="/abmelden"' in text


@pytest.mark.parametrize("path", ["/", "/suche", "/buendel/hundesteuer-soest", "/buendel/hundesteuer-soest/versionen"])
def test_public_pages_are_kept_by_no_cache_for_signed_in_people(shared_office: Office, path: str) -> None:
    assert "no-store" in shared_office.client("editor").get(path).headers["Cache-Control"]


def test_signing_out_lets_the_browser_forget_what_it_kept(office: Office) -> None:
    client = office.client("editor")
    answer = submit(client, "/abmelden", page="/verwaltung/konto")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    cookie = client.get_cookie("sitzung")
    assert cookie is None or not cookie.value


def test_the_end_of_the_own_session_and_account_does_so_too(office: Office) -> None:
    give_password(office, "reader")
    answer = submit(office.client("reader"), "/verwaltung/konto/loeschen", {"endgueltig": "ja"})
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache"'


def test_addresses_name_no_session_and_no_person(shared_office: Office) -> None:
    for endpoint in ("sitzung", "token=", "passwort="):
        assert f"?{endpoint}" not in shared_office.client("editor").get("/verwaltung/konto").get_data(as_text=True)
