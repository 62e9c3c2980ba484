"""Nothing typed is lost when a session ends."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from registry.accounts.models import StashedForm, WebSession
from registry.accounts.sessions import IDLE, REMEMBERED
from registry.moments import now
from tests.office.signing import PASSWORD, give_password, row_of, send, sign_in, submit, token_of
from tests.office.world import PEOPLE, Office
from tests.web.client import check

FORM = {"name": "Ein neuer\r\nName <b>", "passwort": "geheim", "leer": ""}


@pytest.fixture
def client(office: Office) -> FlaskClient:
    give_password(office, "editor")
    give_password(office, "other")
    return office.client("editor")


def _expire(office: Office, since: timedelta = timedelta(minutes=1)) -> None:
    with office.database.noting() as session:
        for row in session.exec(select(WebSession)):
            row.seen_at = now() - IDLE - since


def _kept(office: Office) -> list[StashedForm]:
    with office.database.reading() as session:
        return list(session.exec(select(StashedForm)))


def test_what_was_typed_comes_back_after_signing_in(office: Office, client: FlaskClient) -> None:
    token = token_of(client.get("/verwaltung/konto"))
    _expire(office)
    sent = client.post("/verwaltung/konto/name", data={"csrf_token": token, **FORM})
    assert sent.status_code == 303
    assert "geheim" not in str(_kept(office)[0].model_dump())
    assert "csrf" not in str(_kept(office)[0].model_dump())
    asked = check(client.get(sent.location))
    (target,) = [one.get("value") or "" for one in asked.all(".//input") if one.get("name") == "weiter"]
    assert target.startswith("/anmelden/eingaben/")
    done = sign_in(client, "editor", weiter=target)
    assert done.location == target
    page = check(client.get(target))
    assert page.h1 == "Ihre Eingaben wurden aufbewahrt"
    assert "Ein neuer Name <b>" in page.main
    (form,) = [one for one in page.all(".//form") if one.get("action") == "/verwaltung/konto/name"]
    again = {one.get("name"): one.get("value") for one in form.iter("input")}
    assert again["name"] == "Ein neuer\nName <b>"
    assert again["csrf_token"] != token
    assert client.post("/verwaltung/konto/name", data=again).status_code == 303
    assert row_of(office, "editor").name == "Ein neuer Name <b>"


def test_what_is_not_wanted_can_be_thrown_away(office: Office, client: FlaskClient) -> None:
    token = token_of(client.get("/verwaltung/konto"))
    _expire(office)
    client.post("/verwaltung/konto/name", data={"csrf_token": token, **FORM})
    sign_in(client, "editor")
    path = f"/anmelden/eingaben/{_kept(office)[0].key}"
    assert submit(client, f"{path}/verwerfen", page=path).status_code == 303
    assert _kept(office) == []
    assert check(client.get(path)).response.status_code == 404


def test_nobody_else_sees_it(office: Office, client: FlaskClient) -> None:
    token = token_of(client.get("/verwaltung/konto"))
    _expire(office)
    client.post("/verwaltung/konto/name", data={"csrf_token": token, **FORM})
    path = f"/anmelden/eingaben/{_kept(office)[0].key}"
    stranger = office.client("other")
    assert stranger.get(path).status_code == 404
    assert submit(stranger, f"{path}/verwerfen", page="/verwaltung/konto").status_code == 303
    assert len(_kept(office)) == 1
    assert office.app.test_client().get(path).status_code == 303
    assert stranger.get("/anmelden/eingaben/%00").status_code == 404


def test_a_browser_that_is_not_known_has_nothing_kept(office: Office, client: FlaskClient) -> None:
    token = token_of(client.get("/verwaltung/konto"))
    _expire(office, REMEMBERED)
    sent = client.post("/verwaltung/konto/name", data={"csrf_token": token, **FORM})
    assert sent.location == "/anmelden?weiter=/verwaltung"
    stranger = office.app.test_client()
    token = token_of(stranger.get("/anmelden"))
    sent = stranger.post("/verwaltung/konto/name", data={"csrf_token": token, **FORM})
    assert sent.location == "/anmelden?weiter=/verwaltung"
    assert _kept(office) == []


def test_a_session_that_was_ended_elsewhere_keeps_too_and_a_forged_form_does_not(
    office: Office, client: FlaskClient
) -> None:
    token = token_of(client.get("/verwaltung/konto"))
    with office.database.noting() as session:
        session.exec(select(WebSession)).one().ended_at = now()
    assert client.post("/verwaltung/konto/name", data=FORM).status_code == 400
    assert _kept(office) == []
    client.post("/verwaltung/konto/name", data={"csrf_token": token, **FORM})
    assert len(_kept(office)) == 1


def test_a_program_gets_401_as_json(office: Office, client: FlaskClient) -> None:
    token = token_of(client.get("/verwaltung/konto"))
    _expire(office)
    for options in (
        {"json": {"a": 1}, "headers": {"X-CSRFToken": token}},
        {"data": {"csrf_token": token, "name": "x"}, "headers": {"Accept": "application/json"}},
    ):
        answer = client.post("/verwaltung/konto/name", **options)  # type: ignore[arg-type]
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
        assert answer.get_json()["sign_in"] == "/anmelden"
    assert client.get("/verwaltung", headers={"Accept": "application/json"}).status_code == 401
    assert _kept(office) == []
    answer = client.post("/verwaltung/konto/name", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.is_json) == (400, True)


def test_a_form_opened_before_another_sign_in_is_kept_too(office: Office, client: FlaskClient) -> None:
    token = token_of(client.get("/verwaltung/konto"))
    _expire(office)
    sign_in(client, "editor")  # in another window
    answer = client.post("/verwaltung/konto/name", data={"csrf_token": token, **FORM})
    page = check(answer)
    assert answer.status_code == 400
    path = page.links()["Eingaben ansehen und noch einmal senden"]
    assert "Ein neuer Name <b>" in check(client.get(path)).main


def test_the_password_of_a_kept_form_is_asked_again(office: Office, client: FlaskClient) -> None:
    token = token_of(client.get("/verwaltung/konto/passwort"))
    _expire(office)
    form = {"csrf_token": token, "passwort": PASSWORD, "neues_passwort": "x" * 30}
    sent = client.post("/verwaltung/konto/passwort", data=form)
    assert sent.location == "/anmelden?weiter=/verwaltung"
    assert _kept(office) == []
    page = send(client, "/anmelden", {"email": PEOPLE["editor"][0], "passwort": ""})
    assert page.response.status_code == 422
