"""Refused requests leave a line in the log: what, where, by whom; never what is secret in an address."""

import logging

import pytest
from flask import Flask

from registry.accounts.enums import TokenPurpose
from registry.accounts.tokens import issue
from tests.office.signing import row_of, submit
from tests.office.world import FOREIGN, PEOPLE, Office, post

LOGGER = "registry.web.security_log"


@pytest.fixture(autouse=True)
def _hear_all(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def _lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.name == LOGGER]


def test_a_page_that_is_not_for_a_person_is_logged_with_who_asked(
    shared_office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    key = f"person:{row_of(shared_office, 'editor').id}"
    assert shared_office.client("editor").get("/verwaltung/protokoll").status_code == 403
    assert _lines(caplog) == [f"refused 403 GET /verwaltung/protokoll: {key}"]
    assert caplog.records[-1].levelno == logging.WARNING


def test_an_entry_that_is_not_for_a_person_is_logged(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    key = f"person:{row_of(office, 'editor').id}"
    path = f"/verwaltung/bearbeiten/eintrag/{FOREIGN}"
    assert post(office.client("editor"), path).status_code == 403
    assert _lines(caplog)[-1] == f"refused 403 POST {path}: {key}"


def test_what_is_said_not_to_exist_is_logged_for_signed_in_people(
    shared_office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    key = f"person:{row_of(shared_office, 'editor').id}"
    assert shared_office.client("editor").get("/verwaltung/bearbeiten/fremder-schluessel/name").status_code == 404
    assert _lines(caplog) == [f"refused 404 GET /verwaltung/bearbeiten/<key>/name: {key}"]
    assert shared_office.client("anonymous").get("/verwaltung/gibt-es-nicht").status_code == 404
    assert len(_lines(caplog)) == 1


def test_who_is_not_signed_in_is_logged(shared_office: Office, caplog: pytest.LogCaptureFixture) -> None:
    shared_office.client("anonymous").get("/verwaltung/protokoll")
    assert _lines(caplog) == ["refused 303 GET /verwaltung/protokoll: anonymous (not signed in)"]


def test_forms_without_token_and_forms_of_other_sites_are_logged(
    shared_office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    client = shared_office.client("anonymous")
    client.post("/anmelden", data={"email": "x@y.example", "passwort": "p"})
    client.post("/anmelden", data={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert [line.partition("(")[2] for line in _lines(caplog)] == ["form token)", "sent by a page of another site)"]


def test_values_that_are_not_accepted_are_logged_without_the_values(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    client = office.app.test_client()
    for _ in range(6):
        submit(client, "/anmelden", {"email": PEOPLE["editor"][0], "passwort": "falsches Passwort"})
    assert [line.split()[1] for line in _lines(caplog)] == ["422"] * 5 + ["429"]
    assert "falsches Passwort" not in caplog.text
    assert PEOPLE["editor"][0] not in caplog.text


def test_the_secret_part_of_a_link_is_never_logged(
    office: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office.database.noting() as session:
        token = issue(
            session,
            TokenPurpose.PASSWORD_RESET,
            email=PEOPLE["editor"][0],
            person_id=row_of(office, "editor").id,
        )
    submit(office.app.test_client(), f"/passwort/{token}", {"neues_passwort": "kurz"})
    assert _lines(caplog) == ["refused 422 POST /passwort/<token>: anonymous"]
    monkeypatch.setattr("registry.web.office.sign_in.peek", _fails)
    _keep_going(office.app)
    assert office.app.test_client().get(f"/passwort/{token}").status_code == 500
    assert "unexpected error at GET /passwort/<token>" in caplog.text
    assert token not in caplog.text


def _fails(*_: object) -> None:
    raise RuntimeError("ein Fehler zur Probe")


def _keep_going(app: Flask) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
