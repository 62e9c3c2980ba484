"""The own account: password, second factor, sessions, mail, own data, its end."""

import json
import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from registry.accounts.models import AuditEntry, Membership, OneTimeToken, Person, RecoveryCode, Throttle, WebSession
from registry.accounts.own_data import DELETED
from registry.accounts.passwords import verify
from registry.accounts.second_factor import offered
from registry.accounts.sessions import FRESH
from registry.moments import now
from tests.office.signing import (
    OTHER_PASSWORD,
    PASSWORD,
    actions,
    code_of,
    give_password,
    is_signed_in,
    mails,
    row_of,
    send,
    sign_in,
    stop_the_clock_of_codes,
    submit,
    token_of,
    with_factor,
)
from tests.office.world import PEOPLE, Office, person
from tests.web.client import check
from tests.web.site import KEY

ACCOUNT = "/verwaltung/konto"
CONFIRM = f"{ACCOUNT}/bestaetigen"
SENSITIVE = (f"{ACCOUNT}/zweiter-faktor", f"{ACCOUNT}/daten", f"{ACCOUNT}/loeschen")
SENSITIVE_POSTS = (
    f"{ACCOUNT}/zweiter-faktor/beginnen",
    f"{ACCOUNT}/zweiter-faktor/einschalten",
    f"{ACCOUNT}/zweiter-faktor/abschalten",
    f"{ACCOUNT}/zweiter-faktor/ersatzcodes",
    f"{ACCOUNT}/sitzungen/1/beenden",
    f"{ACCOUNT}/sitzungen/beenden",
    f"{ACCOUNT}/loeschen",
)


@pytest.fixture(autouse=True)
def _one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock_of_codes(monkeypatch)


@pytest.fixture
def client(office: Office) -> FlaskClient:
    give_password(office, "editor")
    return office.client("editor")


def _post(client: FlaskClient, path: str, data: dict[str, Any] | None = None) -> Any:
    return submit(client, ACCOUNT + path, data, page=ACCOUNT)


def _grow_stale(office: Office) -> None:
    with office.database.noting() as session:
        for row in session.exec(select(WebSession)):
            row.confirmed_at = now() - FRESH - timedelta(seconds=1)


@pytest.mark.parametrize("role", ["reader", "editor", "coordinator", "administrator"])
def test_everybody_with_an_account_sees_the_own_one(shared_office: Office, role: str) -> None:
    page = shared_office.pages(role).get(ACCOUNT)
    assert PEOPLE[role][0] in page.main
    assert "diese Sitzung" in page.main
    assert "Abmelden" in page.text


def test_the_name_can_be_changed_and_the_address_cannot(office: Office, client: FlaskClient) -> None:
    form = {"name": " Redaktion  Nord ", "email": "andere@konto.example", "is_admin": "1", "id": "1"}
    assert _post(client, "/name", form).status_code == 303
    row = row_of(office, "editor")
    assert (row.name, row.email, row.is_admin) == ("Redaktion Nord", PEOPLE["editor"][0], False)
    page = check(_post(client, "/name", {"name": "x"}))
    assert page.response.status_code == 422
    assert page.links()["Name: Mindestens 2 Zeichen sind nötig."] == "#feld-name"


def test_summaries_by_mail_are_switched_on_and_off(office: Office, client: FlaskClient) -> None:
    _post(client, "/nachrichten")
    assert row_of(office, "editor").wants_digest is False
    _post(client, "/nachrichten", {"zusammenfassung": "ja"})
    assert row_of(office, "editor").wants_digest is True


# Password


def test_changing_the_password_needs_the_present_one_and_ends_the_other_sessions(
    office: Office, client: FlaskClient
) -> None:
    elsewhere = office.client("editor")
    before = client.get_cookie("sitzung")
    form = {"passwort": PASSWORD, "neues_passwort": OTHER_PASSWORD}
    assert submit(client, f"{ACCOUNT}/passwort", form).location == ACCOUNT
    after = client.get_cookie("sitzung")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert verify(row_of(office, "editor").password_hash, OTHER_PASSWORD)
    assert actions(office) == ["password.changed"]
    assert [mail.subject.split(":")[0] for mail in mails(office)] == ["Passwort geändert"]


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({}, "Die Angabe fehlt"),
        ({"passwort": "falsch", "neues_passwort": OTHER_PASSWORD}, "Das Passwort stimmt nicht"),
        ({"passwort": PASSWORD, "neues_passwort": "kurz"}, "zu kurz"),
        ({"passwort": PASSWORD, "neues_passwort": "finalfantasy"}, "bekannter Passwörter"),
        ({"passwort": PASSWORD}, "Die Angabe fehlt"),
    ],
)
def test_a_password_is_not_changed_when_something_is_wrong(
    office: Office, client: FlaskClient, form: dict[str, str], reason: str
) -> None:
    page = send(client, f"{ACCOUNT}/passwort", form)
    assert page.response.status_code == 422
    assert reason in page.main
    assert verify(row_of(office, "editor").password_hash, PASSWORD)
    text = page.response.get_data(as_text=True)
    assert PASSWORD not in text
    assert OTHER_PASSWORD not in text


def test_the_present_password_cannot_be_guessed_in_a_stolen_session(office: Office, client: FlaskClient) -> None:
    form = {"passwort": "falsch", "neues_passwort": OTHER_PASSWORD}
    statuses = [submit(client, f"{ACCOUNT}/passwort", form).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_an_account_of_single_sign_on_has_no_password_to_change(office: Office) -> None:
    client = office.client("coordinator")
    assert "hat hier kein Passwort" in check(client.get(f"{ACCOUNT}/passwort")).main
    submit(client, f"{ACCOUNT}/passwort", {"neues_passwort": OTHER_PASSWORD}, page=ACCOUNT)
    assert row_of(office, "coordinator").password_hash is None


# A fresh proof


@pytest.mark.parametrize("path", SENSITIVE)
def test_what_may_change_the_sign_in_asks_for_a_fresh_proof(office: Office, client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200
    _grow_stale(office)
    asked = client.get(path)
    assert asked.status_code == 303
    assert asked.location == f"{CONFIRM}?weiter={path}"
    page = check(client.get(asked.location))
    assert page.h1 == "Sind Sie es noch?"
    before = client.get_cookie("sitzung")
    done = submit(client, CONFIRM, {"passwort": PASSWORD, "weiter": path}, page=asked.location)
    assert done.location == path
    after = client.get_cookie("sitzung")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert client.get(path).status_code == 200
    assert "session.confirmed" in actions(office)
    thief = office.app.test_client()
    thief.set_cookie("sitzung", before.value)
    assert not is_signed_in(thief)


@pytest.mark.parametrize("path", SENSITIVE_POSTS)
def test_no_sensitive_step_is_done_without_a_fresh_proof(office: Office, client: FlaskClient, path: str) -> None:
    _grow_stale(office)
    done = submit(client, path, {"endgueltig": "ja"}, page=ACCOUNT)
    assert done.location == f"{CONFIRM}?weiter={ACCOUNT}"
    assert actions(office) == []
    assert row_of(office, "editor").active


@pytest.mark.parametrize("form", [{}, {"passwort": "falsch"}, {"code": "123456"}])
def test_a_wrong_proof_confirms_nothing(office: Office, client: FlaskClient, form: dict[str, str]) -> None:
    _grow_stale(office)
    page = send(client, CONFIRM, {"weiter": "//boese.example", **form})
    assert page.response.status_code == 422
    assert client.get(f"{ACCOUNT}/daten").status_code == 303


def test_a_code_is_a_proof_too_and_nobody_is_sent_elsewhere(office: Office) -> None:
    totp = with_factor(office, "editor")
    client = office.client("editor")
    _grow_stale(office)
    done = submit(client, CONFIRM, {"code": code_of(totp), "weiter": "//boese.example"})
    assert done.location == ACCOUNT
    assert client.get(f"{ACCOUNT}/daten").status_code == 200


def test_proofs_are_counted_by_session(office: Office, client: FlaskClient) -> None:
    statuses = [submit(client, CONFIRM, {"passwort": "falsch"}).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert sign_in(office.app.test_client(), "editor").status_code == 303


# Second factor


def _begin(office: Office, client: FlaskClient) -> pyotp.TOTP:
    _post(client, "/zweiter-faktor/beginnen")
    secret = offered(KEY, row_of(office, "editor"))
    assert secret is not None
    return pyotp.TOTP(secret)


def _switch_on(office: Office, client: FlaskClient) -> tuple[pyotp.TOTP, list[str]]:
    totp = _begin(office, client)
    code = code_of(totp, -1)  # so that the present one is still good
    page = send(client, f"{ACCOUNT}/zweiter-faktor/einschalten", {"code": code}, page=f"{ACCOUNT}/zweiter-faktor")
    codes = [one.text or "" for one in page.all(".//code")]
    return totp, codes


def test_a_second_factor_is_set_up_with_picture_key_and_a_code(office: Office, client: FlaskClient) -> None:
    elsewhere = office.client("editor")
    assert "nicht eingerichtet" in check(client.get(ACCOUNT)).main
    check(client.get(f"{ACCOUNT}/zweiter-faktor"))
    totp = _begin(office, client)
    page = check(client.get(f"{ACCOUNT}/zweiter-faktor"))
    assert "style=" not in page.response.get_data(as_text=True)
    assert "<svg" in page.response.get_data(as_text=True)
    assert totp.secret in page.main.replace(" ", "")
    wrong = send(client, f"{ACCOUNT}/zweiter-faktor/einschalten", {"code": "x"}, page=f"{ACCOUNT}/zweiter-faktor")
    assert wrong.response.status_code == 422
    assert row_of(office, "editor").totp_secret is None
    page = send(
        client, f"{ACCOUNT}/zweiter-faktor/einschalten", {"code": code_of(totp)}, page=f"{ACCOUNT}/zweiter-faktor"
    )
    assert len(page.all(".//code")) == 10
    assert totp.secret not in str(row_of(office, "editor").model_dump())
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert actions(office) == ["factor.added"]
    assert [mail.subject.split(":")[0] for mail in mails(office)] == ["Zweiter Faktor eingerichtet"]
    assert "10 von 10" in check(client.get(ACCOUNT)).main


def test_after_the_set_up_signing_in_needs_the_code(office: Office, client: FlaskClient) -> None:
    totp, _ = _switch_on(office, client)
    new = office.app.test_client()
    assert sign_in(new, "editor").location == "/anmelden/faktor"
    assert submit(new, "/anmelden/faktor", {"code": code_of(totp)}).status_code == 303


def test_the_recovery_codes_are_shown_once_and_can_be_saved(office: Office, client: FlaskClient) -> None:
    _, codes = _switch_on(office, client)
    assert len(codes) == 10
    again = check(client.get(f"{ACCOUNT}/zweiter-faktor"))
    assert not any(code in again.response.get_data(as_text=True) for code in codes)
    answer = _post(client, "/zweiter-faktor/ersatzcodes.txt", {"codes": " ".join(codes)})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ersatzcodes.txt"'
    assert all(code in answer.get_data(as_text=True) for code in codes)
    for forged in ("", "<script>", f"{codes[0]} abcd-efgh"):
        assert _post(client, "/zweiter-faktor/ersatzcodes.txt", {"codes": forged}).status_code == 303


def test_new_recovery_codes_void_the_old_ones(office: Office, client: FlaskClient) -> None:
    _, old = _switch_on(office, client)
    page = check(_post(client, "/zweiter-faktor/ersatzcodes"))
    assert not {one.text for one in page.all(".//code")} & set(old)
    new = office.app.test_client()
    sign_in(new, "editor")
    assert submit(new, "/anmelden/faktor", {"code": old[0]}).status_code == 422
    assert "factor.recovery_renewed" in actions(office)


def test_switching_the_factor_off_needs_the_password_and_is_told(office: Office, client: FlaskClient) -> None:
    _switch_on(office, client)
    elsewhere = office.client("editor")
    for form in ({}, {"passwort": "falsch"}):
        page = check(_post(client, "/zweiter-faktor/abschalten", form))
        assert page.response.status_code == 422
        assert row_of(office, "editor").totp_secret is not None
    assert _post(client, "/zweiter-faktor/abschalten", {"passwort": PASSWORD}).status_code == 303
    row = row_of(office, "editor")
    assert (row.totp_secret, row.totp_pending, row.totp_last_step) == (None, None, None)
    with office.database.reading() as session:
        assert session.exec(select(RecoveryCode)).all() == []
    assert not is_signed_in(elsewhere)
    assert actions(office)[-1] == "factor.removed"
    assert mails(office)[-1].subject.startswith("Zweiter Faktor abgeschaltet")


def test_a_second_factor_that_is_on_cannot_be_replaced_in_passing(office: Office, client: FlaskClient) -> None:
    _switch_on(office, client)
    kept = row_of(office, "editor").totp_secret
    _post(client, "/zweiter-faktor/beginnen")
    assert row_of(office, "editor").totp_pending is None
    assert _post(client, "/zweiter-faktor/einschalten", {"code": "123456"}).status_code == 303
    assert row_of(office, "editor").totp_secret == kept


# Sessions


def test_sessions_are_listed_and_one_can_be_ended(office: Office, client: FlaskClient) -> None:
    phone = office.app.test_client()
    agent = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
    form = {"email": PEOPLE["editor"][0], "passwort": PASSWORD, "csrf_token": token_of(phone.get("/anmelden"))}
    phone.post("/anmelden", data=form, headers={"User-Agent": agent})
    page = check(client.get(ACCOUNT))
    assert "Firefox, Android" in page.main
    assert page.main.count("diese Sitzung") == 1
    with office.database.reading() as session:
        number = session.exec(select(WebSession.id).where(WebSession.agent == "Firefox, Android")).one()
    assert _post(client, f"/sitzungen/{number}/beenden").status_code == 303
    assert not is_signed_in(phone)
    assert is_signed_in(client)
    assert "Firefox, Android" not in check(client.get(ACCOUNT)).main
    assert actions(office)[-1] == "session.ended"


def test_all_other_sessions_can_be_ended_at_once(office: Office, client: FlaskClient) -> None:
    others = [office.client("editor") for _ in range(3)]
    stranger = office.client("other")
    assert _post(client, "/sitzungen/beenden").status_code == 303
    assert [is_signed_in(one) for one in others] == [False] * 3
    assert is_signed_in(client)
    assert is_signed_in(stranger)


def test_ending_the_own_session_signs_out(office: Office, client: FlaskClient) -> None:
    with office.database.reading() as session:
        number = session.exec(select(WebSession.id)).one()
    assert _post(client, f"/sitzungen/{number}/beenden").location == "/anmelden"
    assert not is_signed_in(client)


def test_nobody_ends_the_session_of_somebody_else(office: Office, client: FlaskClient) -> None:
    stranger = office.client("other")
    with office.database.reading() as session:
        other = person(session, "other").id
        number = session.exec(select(WebSession.id).where(WebSession.person_id == other)).one()
    _post(client, f"/sitzungen/{number}/beenden")
    assert is_signed_in(stranger)
    assert actions(office) == []


# Own data and the end of an account


def test_all_that_is_known_comes_as_a_file_without_secrets(office: Office, client: FlaskClient) -> None:
    totp, _ = _switch_on(office, client)
    answer = client.get(f"{ACCOUNT}/daten")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="meine-daten.json"'
    assert "no-store" in answer.headers["Cache-Control"]
    text = answer.get_data(as_text=True)
    content = json.loads(text)
    assert content["account"]["email"] == PEOPLE["editor"][0]
    assert content["account"]["second_factor"] is True
    assert content["memberships"] == [{"organisation": "Stadt Soest", "role": "editor", "from_single_sign_on": False}]
    assert len(content["sessions"]) == 1
    assert [line["action"] for line in content["log"]] == ["factor.added", "person.exported"]
    assert content["mails"][0]["subject"].startswith("Zweiter Faktor eingerichtet")
    assert {"changes", "kept_forms", "links", "work"} <= content.keys()
    assert totp.secret not in text
    assert not re.search(r"argon2|\$v=|[0-9a-f]{64}", text)


def test_a_deleted_account_leaves_no_name_and_no_address(office: Office, client: FlaskClient) -> None:
    _switch_on(office, client)
    number = row_of(office, "editor").id
    page = send(client, f"{ACCOUNT}/loeschen", {})
    assert page.response.status_code == 422
    done = submit(client, f"{ACCOUNT}/loeschen", {"endgueltig": "ja"})
    assert done.location == "/anmelden"
    assert "Ihr Konto ist gelöscht" in check(client.get("/anmelden")).main
    assert not is_signed_in(client)
    with office.database.reading() as session:
        row = session.get_one(Person, number)
        assert (row.name, row.active, row.password_hash, row.totp_secret) == (DELETED, False, None, None)
        assert row.email.endswith(".invalid")
        for table in (Membership, WebSession, RecoveryCode, OneTimeToken):
            owner = table.person_id  # type: ignore[attr-defined]
            assert session.exec(select(table).where(owner == number)).all() == []
        lines = session.exec(select(AuditEntry)).all()
        everything = [*lines, *session.exec(select(Person)), *session.exec(select(Throttle)), *mails(office)]
    assert PEOPLE["editor"][0] not in str([one.model_dump() for one in everything])
    assert PEOPLE["editor"][1] not in str([one.model_dump() for one in everything])
    assert lines[-1].action == "person.deleted"
    assert sign_in(office.app.test_client(), "editor").status_code == 422


def test_the_last_administrator_stays(office: Office) -> None:
    client = office.client("administrator")
    answer = submit(client, f"{ACCOUNT}/loeschen", {"endgueltig": "ja"})
    assert answer.status_code == 409
    assert "letzte Person mit Administration" in check(answer).main
    assert row_of(office, "administrator").active
    with office.database.noting() as session:
        person(session, "coordinator").is_admin = True
    assert submit(client, f"{ACCOUNT}/loeschen", {"endgueltig": "ja"}).status_code == 303
    assert is_signed_in(office.client("coordinator"))
