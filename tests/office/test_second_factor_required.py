"""Who works on entries needs a second factor, where the installation asks for one (`require_second_factor`)."""

from collections.abc import Callable

import pyotp
import pytest
from flask.testing import FlaskClient

from registry.accounts.second_factor import offered
from registry.accounts.sessions import open_session
from registry.web.identity import TOKEN
from tests.office.signing import PASSWORD, code_of, give_password, row_of, send, stop_the_clock_of_codes, submit
from tests.office.signing import sign_in as sign_in_by_password
from tests.office.world import Office, person, post
from tests.web.client import check

ACCOUNT = "/verwaltung/konto"
FACTOR = f"{ACCOUNT}/zweiter-faktor"
PAGES = {
    "editor": "/verwaltung/eintraege",
    "coordinator": "/verwaltung/eingang",
    "administrator": "/verwaltung/protokoll",
}
"""A page above the level of a mere account, by role."""


@pytest.fixture(autouse=True)
def _one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock_of_codes(monkeypatch)


def _client(office: Office, role: str, *, by_oidc: bool = False) -> FlaskClient:
    """Return a client signed in by password alone, or by single sign-on."""
    with office.database.noting() as session:
        token = open_session(session, person(session, role), by_oidc=by_oidc)
    client = office.app.test_client()
    with client.session_transaction() as cookie:
        cookie[TOKEN] = token
    return client


@pytest.fixture
def client(office: Office) -> FlaskClient:
    give_password(office, "editor")
    return _client(office, "editor")


def _opens(client: FlaskClient, path: str = PAGES["editor"]) -> bool:
    answer = client.get(path)
    assert answer.status_code == 200 or answer.location == FACTOR, (answer.status_code, answer.location)
    return bool(answer.status_code == 200)


def _switch_on(office: Office, client: FlaskClient) -> pyotp.TOTP:
    submit(client, f"{FACTOR}/beginnen", page=ACCOUNT)
    secret = offered("k" * 32, row_of(office, "editor"))
    assert secret is not None
    totp = pyotp.TOTP(secret)
    page = send(client, f"{FACTOR}/einschalten", {"code": code_of(totp)}, page=FACTOR)
    assert page.response.status_code == 200
    return totp


@pytest.mark.parametrize("role", PAGES)
def test_a_person_without_a_factor_is_led_to_set_one_up(shared_office: Office, role: str) -> None:
    client = _client(shared_office, role)
    answer = client.get(PAGES[role])
    assert (answer.status_code, answer.location) == (303, FACTOR)
    page = check(client.get(FACTOR))
    assert "Wer Einträge pflegt, braucht einen zweiten Faktor." in page.text


def test_nothing_is_written_before_the_factor_is_there(office: Office) -> None:
    client = _client(office, "editor")
    before = office.database.tick()
    answer = post(client, "/verwaltung/bearbeiten/eintrag/hundesteuer-soest")
    assert (answer.status_code, answer.location) == (303, FACTOR)
    assert office.database.tick() == before


def test_a_program_without_a_factor_gets_403_as_problem_details(shared_office: Office) -> None:
    answer = _client(shared_office, "editor").get(PAGES["editor"], headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    assert "zweiten Faktor" in answer.get_json()["detail"]


def test_setting_up_a_factor_opens_the_way_and_switching_it_off_closes_it(office: Office, client: FlaskClient) -> None:
    assert not _opens(client)
    _switch_on(office, client)
    assert _opens(client)
    assert submit(client, f"{FACTOR}/abschalten", {"passwort": PASSWORD}, page=FACTOR).status_code == 303
    assert not _opens(client)


def test_signing_in_with_password_and_code_opens_the_way(office: Office, client: FlaskClient) -> None:
    totp = _switch_on(office, client)
    new = office.app.test_client()
    assert sign_in_by_password(new, "editor").location == "/anmelden/faktor"
    assert new.get(PAGES["editor"]).location.startswith("/anmelden?")
    assert submit(new, "/anmelden/faktor", {"code": code_of(totp, 1)}).status_code == 303
    assert _opens(new)


def test_who_comes_by_single_sign_on_passes(shared_office: Office) -> None:
    assert _opens(_client(shared_office, "editor", by_oidc=True))


def test_an_installation_may_do_without(own_office: Callable[..., Office]) -> None:
    office = own_office(require_second_factor=False)
    for role, path in PAGES.items():
        assert _client(office, role).get(path).status_code == 200


def test_a_mere_account_and_the_own_account_need_no_factor(shared_office: Office) -> None:
    for path in ("/verwaltung", ACCOUNT, f"{ACCOUNT}/passwort", FACTOR):
        for role in ("reader", "editor"):
            assert _client(shared_office, role).get(path).status_code == 200


def test_public_pages_stay_open_to_who_has_no_factor(shared_office: Office) -> None:
    client = _client(shared_office, "editor")
    assert all(client.get(path).status_code == 200 for path in ("/", "/suche?q=wohngeld", "/buendel/hundesteuer-soest"))
