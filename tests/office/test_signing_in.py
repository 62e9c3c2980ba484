"""Signing in and out, the second factor, forgotten passwords (OWASP ASVS 5.0, chapters 6 and 7)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from registry.accounts import passwords
from registry.accounts.models import AuditEntry, OneTimeToken, Person, Throttle, WebSession
from registry.accounts.sessions import IDLE, LONGEST
from registry.moments import now
from tests.office.signing import (
    OTHER_PASSWORD,
    PASSWORD,
    actions,
    code_of,
    give_password,
    is_signed_in,
    link_of,
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
from tests.web.client import PageClient, check

EDITOR = PEOPLE["editor"][0]


@pytest.fixture(autouse=True)
def _one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock_of_codes(monkeypatch)


@pytest.fixture
def browser(office: Office) -> FlaskClient:
    give_password(office, "editor")
    return office.app.test_client()


def test_the_right_password_opens_the_office_and_goes_on_to_where_one_wanted(
    office: Office, browser: FlaskClient
) -> None:
    wanted = browser.get("/verwaltung/konto?x=1")
    assert wanted.status_code == 303
    page = check(browser.get(wanted.location))
    assert page.h1 == "Anmelden"
    token = token_of(page.response)
    (field,) = [one for one in page.all(".//input") if one.get("name") == "weiter"]
    form = {"csrf_token": token, "email": f" {EDITOR.upper()} ", "passwort": PASSWORD, "weiter": field.get("value")}
    done = browser.post("/anmelden", data=form)
    assert (done.status_code, done.location) == (303, "/verwaltung/konto?x=1")
    assert is_signed_in(browser)
    assert actions(office) == ["sign_in.succeeded"]
    assert row_of(office, "editor").last_sign_in_at is not None
    assert browser.get("/anmelden").location == "/verwaltung"


def test_the_fields_help_password_managers_and_can_be_pasted_into(office: Office) -> None:
    page = PageClient(office.app).get("/anmelden")
    kinds = {one.get("name"): (one.get("type"), one.get("autocomplete")) for one in page.all(".//main//input")}
    assert kinds["email"] == ("email", "username")
    assert kinds["passwort"] == ("password", "current-password")
    text = page.response.get_data(as_text=True)
    assert "onpaste" not in text
    assert all(one.get("maxlength") is None for one in page.all(".//input[@type='password']"))


def test_the_session_cookie_is_new_after_signing_in_and_holds_nothing_of_before(browser: FlaskClient) -> None:
    with browser.session_transaction() as cookie:
        cookie["token"] = "a token of the attacker's choice"
        cookie["planted"] = "yes"
    before = browser.get_cookie("sitzung")
    sign_in(browser, "editor")
    after = browser.get_cookie("sitzung")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    with browser.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie["token"] != "a token of the attacker's choice"
        assert len(cookie["token"]) == 43


def test_signing_in_again_ends_the_session_that_the_browser_had(office: Office, browser: FlaskClient) -> None:
    old = office.client("editor")
    token = token_of(old.get("/verwaltung/konto"))
    with old.session_transaction() as cookie:
        kept = cookie["token"]
    old.post("/abmelden", data={"csrf_token": token})
    with old.session_transaction() as cookie:
        cookie["token"] = kept  # a copy of the cookie from before
    assert not is_signed_in(old)
    assert actions(office)[-1] == "sign_out"


def test_the_cookie_is_for_the_browser_alone(office: Office, browser: FlaskClient) -> None:
    answer = sign_in(browser, "editor")
    header = answer.headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Path=/" in header
    assert "Domain" not in header


def test_over_https_the_cookie_is_bound_to_the_host(own_office: Callable[..., Office]) -> None:
    office = own_office(base_url="https://register.example")
    give_password(office, "editor")
    client = office.app.test_client()
    page = client.get("/anmelden", base_url="https://register.example")
    header = page.headers["Set-Cookie"]
    assert header.startswith("__Host-sitzung=")
    assert "Secure" in header
    form = {"csrf_token": token_of(page), "email": EDITOR, "passwort": PASSWORD}
    referer = {"Referer": "https://register.example/anmelden"}
    done = client.post("/anmelden", data=form, base_url="https://register.example", headers=referer)
    assert done.status_code == 303


def _refused(office: Office, client: FlaskClient, email: str, password: str) -> tuple[int, str, list[str]]:
    page = check(submit(client, "/anmelden", {"email": email, "passwort": password}))
    shown = page.main.replace(email, "")
    return page.response.status_code, shown, sorted(page.response.headers.keys())


def test_a_wrong_password_an_unknown_name_and_a_locked_account_look_the_same(
    office: Office, browser: FlaskClient
) -> None:
    with office.database.noting() as session:
        person(session, "other").active = False
        person(session, "other").password_hash = row_of(office, "editor").password_hash
    answers = [
        _refused(office, browser, EDITOR, "falsch und lang genug"),
        _refused(office, browser, "niemand@konto.example", PASSWORD),
        _refused(office, browser, PEOPLE["other"][0], PASSWORD),
        _refused(office, browser, PEOPLE["coordinator"][0], PASSWORD),  # has no password
        _refused(office, browser, "kein name\x00'; --", PASSWORD),
        _refused(office, browser, "x" * 5000 + "@konto.example", PASSWORD),
    ]
    statuses = {answer[0] for answer in answers}
    assert statuses == {422}
    assert len({answer[1] for answer in answers[:5]}) == 1
    assert len({tuple(answer[2]) for answer in answers}) == 1
    assert "E-Mail-Adresse oder Passwort stimmen nicht" in answers[0][1]
    assert not is_signed_in(browser)
    assert set(actions(office)) == {"sign_in.failed"}


def test_an_unknown_name_costs_as_much_work_as_a_known_one(
    browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []
    verify = passwords._hasher.verify

    class Counting:
        def __getattr__(self, name: str) -> Any:
            return getattr(hasher, name)

        def verify(self, kept: str, text: str) -> bool:
            work.append("verify")
            return verify(kept, text)

    hasher = passwords._hasher
    monkeypatch.setattr(passwords, "_hasher", Counting())
    for email in (EDITOR, "niemand@konto.example", PEOPLE["coordinator"][0]):
        work.clear()
        submit(browser, "/anmelden", {"email": email, "passwort": "falsch und lang genug"})
        assert work == ["verify"], email


def test_what_was_typed_as_a_name_is_not_kept_in_the_log(office: Office, browser: FlaskClient) -> None:
    submit(browser, "/anmelden", {"email": "mein-passwort-im-falschen-feld", "passwort": "x"})
    with office.database.reading() as session:
        (line,) = session.exec(select(AuditEntry)).all()
        counted = session.exec(select(Throttle)).all()
    assert "falschen-feld" not in str(line.model_dump())
    assert len(counted) == 2
    assert all(len(row.key) == 64 and "127.0.0.1" not in row.key for row in counted)


def test_missing_fields_are_named_and_not_counted(office: Office, browser: FlaskClient) -> None:
    page = send(browser, "/anmelden", {"email": "", "passwort": ""})
    assert page.response.status_code == 422
    assert page.text.count("Die Angabe fehlt.") == 4
    assert page.links()["E-Mail-Adresse: Die Angabe fehlt."] == "#feld-email"
    assert page.title.startswith("Fehler: ")
    with office.database.reading() as session:
        assert session.exec(select(Throttle)).all() == []


def _guess(client: FlaskClient, email: str, times: int) -> list[int]:
    form = {"email": email, "passwort": "falsch und lang genug"}
    return [submit(client, "/anmelden", form).status_code for _ in range(times)]


@pytest.mark.parametrize("email", [EDITOR, "niemand@konto.example"])
def test_who_guesses_has_to_wait_whether_the_name_exists_or_not(
    office: Office, browser: FlaskClient, email: str
) -> None:
    assert _guess(browser, email, 6) == [422] * 5 + [429]
    answer = submit(browser, "/anmelden", {"email": email, "passwort": PASSWORD})
    page = check(answer)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 30
    assert "Bitte warten Sie" in page.main
    assert actions(office) == ["sign_in.failed"] * 5 + ["sign_in.locked"]


def test_after_the_wait_the_right_password_works_and_clears_the_count(office: Office, browser: FlaskClient) -> None:
    _guess(browser, EDITOR, 6)
    with office.database.noting() as session:
        for row in session.exec(select(Throttle)):
            row.blocked_until = now() - timedelta(seconds=1) if row.blocked_until else None
    assert sign_in(browser, "editor").status_code == 303
    stranger = office.app.test_client()
    assert _guess(stranger, EDITOR, 5) == [422] * 5


def test_the_address_is_limited_too_and_other_names_from_elsewhere_are_not(
    office: Office, browser: FlaskClient
) -> None:
    token = token_of(browser.get("/anmelden"))
    statuses = []
    for number in range(31):
        form = {"csrf_token": token, "email": f"{number}@konto.example", "passwort": "x"}
        statuses.append(browser.post("/anmelden", data=form).status_code)
    assert statuses == [422] * 30 + [429]
    form = {"csrf_token": token, "email": EDITOR, "passwort": PASSWORD}
    assert browser.post("/anmelden", data=form, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 303


def test_one_network_of_ipv6_counts_as_one_address(browser: FlaskClient) -> None:
    token = token_of(browser.get("/anmelden"))
    statuses = []
    for number in range(31):
        form = {"csrf_token": token, "email": f"{number}@konto.example", "passwort": "x"}
        source = {"REMOTE_ADDR": f"2001:db8:1:2::{number:x}"}
        statuses.append(browser.post("/anmelden", data=form, environ_base=source).status_code)
    assert statuses[-1] == 429


def test_a_person_with_a_session_is_not_disturbed_by_guesses(office: Office, browser: FlaskClient) -> None:
    sign_in(browser, "editor")
    _guess(office.app.test_client(), EDITOR, 6)
    assert is_signed_in(browser)
    done = submit(browser, "/verwaltung/konto/bestaetigen", {"passwort": PASSWORD})
    assert done.status_code == 303


def test_a_browser_known_by_its_ended_session_signs_in_while_others_guess(office: Office, browser: FlaskClient) -> None:
    sign_in(browser, "editor")
    _age(office, seen=IDLE + timedelta(minutes=1))
    stranger = office.app.test_client()
    _guess(stranger, EDITOR, 6)
    assert sign_in(stranger, "editor").status_code == 429
    assert sign_in(browser, "editor").status_code == 303


def test_a_form_without_token_is_refused_in_german(browser: FlaskClient) -> None:
    browser.get("/anmelden")
    for token in ({}, {"csrf_token": "quatsch"}):
        answer = browser.post("/anmelden", data={"email": EDITOR, "passwort": PASSWORD, **token})
        assert answer.status_code == 400
        assert "laden Sie die Seite neu" in check(answer).main
    assert browser.post("/abmelden").status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "https://boese.example/",
        "//boese.example/",
        "/\\boese.example",
        "/\t/boese.example",
        "javascript:alert(1)",
        "boese.example",
        "/anmelden",
        "/anmelden/faktor",
        "",
    ],
)
def test_nobody_is_sent_to_another_site_or_round_in_circles(browser: FlaskClient, target: str) -> None:
    assert sign_in(browser, "editor", weiter=target).location == "/verwaltung"


def test_an_outdated_hash_is_renewed(office: Office, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with office.database.noting() as session:
        person(session, "editor").password_hash = weak.hash(PASSWORD)
    assert sign_in(browser, "editor").status_code == 303
    assert "m=19456,t=2,p=1" in str(row_of(office, "editor").password_hash)


def test_signing_out_ends_the_session_on_the_server(office: Office, browser: FlaskClient) -> None:
    sign_in(browser, "editor")
    copy = browser.get_cookie("sitzung")
    assert copy is not None
    page = browser.get("/verwaltung/konto")
    assert "no-store" in page.headers["Cache-Control"]
    done = browser.post("/abmelden", data={"csrf_token": token_of(page)})
    assert (done.status_code, done.location) == (303, "/")
    thief = office.app.test_client()
    thief.set_cookie("sitzung", copy.value)
    assert not is_signed_in(thief)
    assert not is_signed_in(browser)
    assert actions(office) == ["sign_in.succeeded", "sign_out"]


def _age(office: Office, *, seen: timedelta = timedelta(0), created: timedelta = timedelta(0)) -> None:
    with office.database.noting() as session:
        for row in session.exec(select(WebSession)):
            row.seen_at = now() - seen
            row.created_at = now() - created


@pytest.mark.parametrize("age", [{"seen": IDLE}, {"created": LONGEST}])
def test_a_session_ends_when_idle_and_when_old(office: Office, browser: FlaskClient, age: dict[str, timedelta]) -> None:
    sign_in(browser, "editor")
    _age(office, **{name: value - timedelta(minutes=1) for name, value in age.items()})
    assert is_signed_in(browser)
    _age(office, **{name: value + timedelta(minutes=1) for name, value in age.items()})
    assert not is_signed_in(browser)


def test_a_session_of_a_person_who_was_locked_ends_at_once(office: Office, browser: FlaskClient) -> None:
    sign_in(browser, "editor")
    with office.database.noting() as session:
        person(session, "editor").active = False
    assert not is_signed_in(browser)


def test_only_the_digest_of_a_session_is_kept(office: Office, browser: FlaskClient) -> None:
    sign_in(browser, "editor")
    with browser.session_transaction() as cookie:
        token = cookie["token"]
    with office.database.reading() as session:
        (row,) = session.exec(select(WebSession)).all()
    assert token not in str(row.model_dump())
    assert len(row.digest) == 64


# The second factor


@pytest.fixture
def totp(office: Office) -> pyotp.TOTP:
    return with_factor(office, "editor")


def test_the_password_alone_opens_nothing_when_there_is_a_second_factor(office: Office, totp: pyotp.TOTP) -> None:
    client = office.app.test_client()
    done = sign_in(client, "editor", weiter="/verwaltung/konto")
    assert done.location == "/anmelden/faktor"
    assert not is_signed_in(client)
    page = check(client.get("/anmelden/faktor"))
    (field,) = [one for one in page.all(".//input") if one.get("name") == "code"]
    assert field.get("autocomplete") == "one-time-code"
    done = submit(client, "/anmelden/faktor", {"code": code_of(totp)})
    assert done.location == "/verwaltung/konto"
    assert is_signed_in(client)
    assert actions(office) == ["sign_in.succeeded"]
    with office.database.reading() as session:
        assert session.exec(select(WebSession)).one().second_factor


def test_a_code_works_once(office: Office, totp: pyotp.TOTP) -> None:
    code = code_of(totp)
    first, second = office.app.test_client(), office.app.test_client()
    for client in (first, second):
        sign_in(client, "editor")
    assert submit(first, "/anmelden/faktor", {"code": code}).status_code == 303
    page = send(second, "/anmelden/faktor", {"code": code})
    assert page.response.status_code == 422
    assert "schon verwendet" in page.main
    assert not is_signed_in(second)
    assert actions(office)[-1] == "factor.failed"


def test_a_recovery_code_stands_in_once_and_the_person_is_told(office: Office, totp: pyotp.TOTP) -> None:
    from registry.accounts.second_factor import renew_recovery_codes

    with office.database.noting() as session:
        codes = renew_recovery_codes(session, person(session, "editor").id or 0)
    client = office.app.test_client()
    sign_in(client, "editor")
    assert submit(client, "/anmelden/faktor", {"code": codes[0].upper()}).status_code == 303
    assert "factor.recovery_used" in actions(office)
    assert [mail.recipient for mail in mails(office)] == [EDITOR]
    assert "unverbraucht sind noch 9" in mails(office)[0].body
    again = office.app.test_client()
    sign_in(again, "editor")
    assert submit(again, "/anmelden/faktor", {"code": codes[0]}).status_code == 422


def test_codes_cannot_be_guessed(office: Office, totp: pyotp.TOTP) -> None:
    client = office.app.test_client()
    sign_in(client, "editor")
    statuses = [submit(client, "/anmelden/faktor", {"code": "000000x"}).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    answer = submit(client, "/anmelden/faktor", {"code": code_of(totp)})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    check(answer)


def test_the_second_page_is_for_those_whose_password_was_right_a_moment_ago(office: Office, totp: pyotp.TOTP) -> None:
    client = office.app.test_client()
    assert client.get("/anmelden/faktor").location == "/anmelden"
    sign_in(client, "editor")
    with client.session_transaction() as cookie:
        person_id, since, stamp, target = cookie["factor"]
        cookie["factor"] = [person_id, since - 301, stamp, target]
    assert client.get("/anmelden/faktor").location == "/anmelden"
    page = check(client.get("/anmelden"))
    assert "noch einmal" in page.main


def test_a_changed_password_makes_a_half_sign_in_void(office: Office, totp: pyotp.TOTP) -> None:
    client = office.app.test_client()
    sign_in(client, "editor")
    token = token_of(client.get("/anmelden/faktor"))
    with office.database.noting() as session:
        person(session, "editor").password_hash = passwords.hash_password(OTHER_PASSWORD)
    done = client.post("/anmelden/faktor", data={"csrf_token": token, "code": code_of(totp)})
    assert done.location == "/anmelden"
    assert not is_signed_in(client)


@pytest.mark.parametrize("state", ["x", [], [1], [1, 2, 3], [99999, 9e9, "", ""], {"a": 1}])
def test_a_strange_half_sign_in_is_none(office: Office, state: object) -> None:
    client = office.app.test_client()
    with client.session_transaction() as cookie:
        cookie["factor"] = state
    assert client.get("/anmelden/faktor").location == "/anmelden"


# Forgotten passwords


def _ask(client: FlaskClient, email: str) -> Any:
    return submit(client, "/passwort-vergessen", {"email": email})


def test_the_answer_is_the_same_whether_there_is_an_account_or_not(office: Office, browser: FlaskClient) -> None:
    with office.database.noting() as session:
        person(session, "other").active = False
    shown = set()
    for email in (EDITOR, "niemand@konto.example", PEOPLE["other"][0]):
        page = check(_ask(browser, email))
        assert page.response.status_code == 200
        shown.add(page.main.replace(email, "…"))
    assert len(shown) == 1
    assert [mail.recipient for mail in mails(office)] == [EDITOR]
    assert actions(office) == ["password.reset_requested"] * 3


def test_a_reset_link_sets_a_new_password_once_and_ends_all_sessions(office: Office, browser: FlaskClient) -> None:
    sign_in(browser, "editor")
    client = office.app.test_client()
    _ask(client, EDITOR)
    path = link_of(mails(office)[0], "/passwort/")
    for _ in range(3):  # a mail scanner opens the link first
        page = check(client.get(path))
    assert page.response.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in page.response.headers["Cache-Control"]
    done = submit(client, path, {"neues_passwort": OTHER_PASSWORD})
    assert done.location == "/anmelden"
    assert not is_signed_in(client)
    assert not is_signed_in(browser)
    assert sign_in(client, "editor").status_code == 422
    assert sign_in(client, "editor", OTHER_PASSWORD).status_code == 303
    again = check(client.get(path))
    assert again.response.status_code == 410
    assert "/passwort-vergessen" in again.links().values()
    assert [mail.subject.split(":")[0] for mail in mails(office)] == ["Neues Passwort", "Passwort geändert"]
    assert "password.reset" in actions(office)


def test_a_reset_does_not_get_around_the_second_factor(office: Office, totp: pyotp.TOTP) -> None:
    client = office.app.test_client()
    _ask(client, EDITOR)
    submit(client, link_of(mails(office)[0], "/passwort/"), {"neues_passwort": OTHER_PASSWORD})
    assert sign_in(client, "editor", OTHER_PASSWORD).location == "/anmelden/faktor"
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "Die Angabe fehlt"),
        ("kurz", "zu kurz"),
        ("x" * 200, "länger als 128"),
        ("Finalfantasy2024", "bekannter Passwörter"),
        (EDITOR, "Ihrer Adresse"),
        ("OZG-Nachnutzungsregister", "dieser Website"),
    ],
)
def test_a_bad_new_password_is_refused_and_leaves_the_link_usable(
    office: Office, browser: FlaskClient, password: str, reason: str
) -> None:
    _ask(browser, EDITOR)
    path = link_of(mails(office)[0], "/passwort/")
    page = send(browser, path, {"neues_passwort": password})
    assert page.response.status_code == 422
    assert reason in page.main
    assert submit(browser, path, {"neues_passwort": OTHER_PASSWORD}).status_code == 303


def test_a_newer_link_replaces_the_older_one(office: Office, browser: FlaskClient) -> None:
    _ask(browser, EDITOR)
    _ask(browser, EDITOR)
    older, newer = (link_of(mail, "/passwort/") for mail in mails(office))
    assert check(browser.get(older)).response.status_code == 410
    assert browser.get(newer).status_code == 200


def test_an_expired_link_and_none_at_all(office: Office, browser: FlaskClient) -> None:
    _ask(browser, EDITOR)
    with office.database.noting() as session:
        session.exec(select(OneTimeToken)).one().expires_at = now()
    path = link_of(mails(office)[0], "/passwort/")
    page = check(browser.get(path))
    assert (page.response.status_code, "abgelaufen" in page.main) == (410, True)
    for unknown in ("/passwort/quatsch", "/passwort/" + "x" * 500, "/einladung/quatsch"):
        page = check(browser.get(unknown))
        assert (page.response.status_code, "Diesen Link gibt es nicht" in page.main) == (404, True)


def test_nobody_floods_a_mailbox_and_nobody_asks_for_very_many(office: Office, browser: FlaskClient) -> None:
    statuses = [_ask(browser, EDITOR).status_code for _ in range(5)]
    assert statuses == [200] * 5
    assert len(mails(office)) == 3
    statuses = [_ask(browser, f"{number}@konto.example").status_code for number in range(7)]
    assert statuses == [200] * 5 + [429] * 2
    answer = _ask(browser, EDITOR)
    assert int(answer.headers["Retry-After"]) > 0
    check(answer)


def test_who_signs_in_elsewhere_is_told_so_and_gets_no_password(office: Office, browser: FlaskClient) -> None:
    with office.database.noting() as session:
        row = person(session, "coordinator")
        row.oidc_issuer, row.oidc_subject = "https://anmeldung.example", "7"
    _ask(browser, PEOPLE["coordinator"][0])
    (mail,) = mails(office)
    assert "hat hier kein Passwort" in mail.body
    with office.database.reading() as session:
        assert session.exec(select(OneTimeToken)).all() == []


@pytest.mark.parametrize("email", ["", "kein name", "x" * 300 + "@konto.example"])
def test_what_is_no_address_is_refused(browser: FlaskClient, email: str) -> None:
    page = send(browser, "/passwort-vergessen", {"email": email})
    assert page.response.status_code == 422


def test_single_sign_on_is_offered_only_where_it_is_set_up(office: Office) -> None:
    assert "oder mit Passwort" not in PageClient(office.app).get("/anmelden").main


def test_no_person_is_known_by_a_secret_question_or_an_initial_password() -> None:
    assert {"question", "hint", "initial_password"} & set(Person.model_fields) == set()
