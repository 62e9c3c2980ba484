"""Following by mail: asking, confirming, being told, ending, with a real mail server; and the page of the account."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import col, select
from werkzeug.test import TestResponse

from registry import background
from registry.background import TASKS, Work, deliver, run_task
from registry.following.models import FollowedKind, Following, Rhythm
from registry.following.operations import HOURLY
from registry.mail.models import OutboxMail
from registry.mail.transport import SmtpTransport
from registry.moments import now
from registry.reuse.operations import withdraw_bundle
from registry.settings import Settings
from registry.web.office import followings as pages
from tests.following.making import BUNDLE, HUND, READER, change_entry, follow, new_entry
from tests.mail.server import MailServer
from tests.office.world import PEOPLE, Office, post
from tests.web.client import Page, PageClient, check

Clock = Callable[[timedelta], None]
ASKED = {"art": "bundle", "ziel": BUNDLE, "rhythm": "daily", "email": READER}
ACCOUNT = "/verwaltung/konto/folgen"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return a function that moves the time of the forms on."""
    passed = timedelta()

    def later() -> datetime:
        return now() + passed

    def move(step: timedelta) -> None:
        nonlocal passed
        passed += step

    monkeypatch.setattr(pages, "now", later)
    return move


@pytest.fixture
def visitor(office: Office) -> PageClient:
    """Return a browser without an account."""
    return PageClient(office.app)


def fill(visitor: PageClient, **changes: str) -> dict[str, str]:
    asked = ASKED | changes
    page = visitor.get(f"/folgen?art={asked['art']}&ziel={asked['ziel']}")
    (form,) = [one for one in page.all(".//main//form") if one.get("method") == "post"]
    hidden = {one.get("name", ""): one.get("value", "") for one in form.iter("input") if one.get("type") == "hidden"}
    return hidden | {"rhythm": asked["rhythm"], "email": asked["email"]} | changes


def ask(visitor: PageClient, clock: Clock, **changes: str) -> TestResponse:
    fields = fill(visitor, **changes)
    clock(timedelta(seconds=5))
    return visitor.client.post("/folgen", data=fields)


def rows(office: Office) -> list[Following]:
    with office.database.reading() as session:
        return list(session.exec(select(Following).order_by(col(Following.id))))


def mails(office: Office) -> list[OutboxMail]:
    with office.database.reading() as session:
        return list(session.exec(select(OutboxMail).order_by(col(OutboxMail.id))))


def link(text: str) -> str:
    """Return the path of the last link of a mail."""
    return str(re.findall(r"https://register\.example(/folgen/\S+)", text)[-1])


def token(page: Page) -> dict[str, str]:
    return {"csrf_token": page.all(".//main//input[@name='csrf_token']")[0].get("value", "")}


@pytest.fixture
def server() -> Iterator[MailServer]:
    """Return a mail server."""
    with MailServer() as running:
        yield running


def test_from_asking_to_the_end_with_a_real_mail_server(
    own_office: Callable[..., Office], server: MailServer, clock: Clock
) -> None:
    office = own_office(base_url="https://register.example", mail_url=server.url, mail_from="register@register.example")
    settings = Settings(
        database_url=str(office.database.engine.url.render_as_string(hide_password=False)),
        index_dir=office.folder / "index",
        secret_key="k" * 32,
        base_url="https://register.example",
        mail_url=server.url,
        mail_from="register@register.example",
    )
    transport = SmtpTransport.of(settings)
    assert transport is not None
    visitor = PageClient(office.app)

    answer = ask(visitor, clock)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/folgen/unterwegs")
    assert "Postfach" in visitor.get("/folgen/unterwegs").h1

    deliver(Work(office.database, settings, now() + timedelta(seconds=2)), transport)
    (confirmation,) = server.wait_for(1)
    assert confirmation.recipients == [READER]
    assert "List-Unsubscribe" not in confirmation.message
    path = link(confirmation.text)
    page = visitor.get(path)
    visitor.get(path)  # a scanner that opens links confirms nothing
    assert rows(office)[0].confirmed_at is None
    assert page.response.headers["Referrer-Policy"] == "same-origin"
    assert "Sie bekommen eine E-Mail" in check(visitor.client.post(path, data=token(page))).main
    assert rows(office)[0].confirmed_at is not None
    assert "Bestätigt" in visitor.get(path).h1

    change_entry(office.database, BUNDLE, title="Hundesteuer, neu gedacht")
    task = next(one for one in TASKS if one.name == "followings")
    tomorrow = now() + timedelta(days=1)
    assert run_task(task, Work(office.database, settings, tomorrow))
    assert not run_task(task, Work(office.database, settings, tomorrow))
    deliver(Work(office.database, settings, tomorrow + timedelta(seconds=2)), transport)
    told = server.wait_for(2)[1]
    assert "geändert am" in told.text
    assert ": Titel" in told.text
    assert told.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    end = str(told.message["List-Unsubscribe"]).strip("<>").removeprefix("https://register.example")
    assert end == link(told.text)

    assert "Sie folgen einem Thema" in visitor.get(end).main
    mailbox = office.app.test_client()  # the mail program: no cookie, no form token
    assert mailbox.post(end, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert rows(office) == []
    assert "Abbestellt" in visitor.get(end).h1


def test_the_answer_is_the_same_whether_the_address_follows_or_not(
    office: Office, visitor: PageClient, clock: Clock
) -> None:
    follow(office.database)
    first = ask(visitor, clock)
    second = ask(visitor, clock, email="niemand@post.example")
    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    assert len(mails(office)) == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": "keine adresse"}, "Das ist keine gültige E-Mail-Adresse."),
        ({"email": ""}, "E-Mail-Adresse"),
        ({"email": "a@b.example, c@d.example"}, "Das ist keine gültige E-Mail-Adresse."),
        ({"email": "x" * 280 + "@post.example"}, "E-Mail-Adresse"),
        ({"rhythm": "stündlich"}, "Wie oft höchstens?"),
        ({"homepage": "https://werbung.example"}, "verborgenes Prüffeld"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    office: Office, visitor: PageClient, clock: Clock, changes: dict[str, str], sentence: str
) -> None:
    answer = ask(visitor, clock, **changes)
    assert answer.status_code == 422
    page = check(answer)
    assert sentence in page.main
    assert page.title.startswith("Fehler: ")
    assert rows(office) == []
    assert mails(office) == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"vorgang": "gefälscht"}, 400),
        ({"csrf_token": "gefälscht"}, 400),
        ({"art": ""}, 400),
        ({"art": "fremd"}, 404),
        ({"ziel": "gibt-es-nicht"}, 404),
        ({"art": "search", "ziel": "q=" + "%C3%BC" * 300}, 400),
    ],
)
def test_forged_forms_are_refused(
    office: Office, visitor: PageClient, clock: Clock, changes: dict[str, str], status: int
) -> None:
    fields = fill(visitor) | changes
    clock(timedelta(seconds=5))
    assert visitor.client.post("/folgen", data=fields).status_code == status
    assert rows(office) == []


def test_a_form_that_comes_too_fast_or_too_late_is_shown_again(
    office: Office, visitor: PageClient, clock: Clock
) -> None:
    fields = fill(visitor)
    assert "schneller" in check(visitor.client.post("/folgen", data=fields)).main
    clock(timedelta(hours=25))
    page = check(visitor.client.post("/folgen", data=fields))
    assert "länger als einen Tag" in page.main
    assert page.by_id("feld-email").get("value") == READER
    again = fields | {"vorgang": page.all(".//main//input[@name='vorgang']")[0].get("value", "")}
    assert visitor.client.post("/folgen", data=again).status_code == 303
    assert len(rows(office)) == 1


def test_many_requests_have_to_wait(visitor: PageClient, clock: Clock) -> None:
    for number in range(HOURLY):
        assert ask(visitor, clock, email=f"konto{number}@post.example").status_code == 303
    answer = ask(visitor, clock)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Bitte versuchen Sie es in etwa" in check(answer).main


def test_a_withdrawn_entry_cannot_be_followed(office: Office, visitor: PageClient) -> None:
    new_entry(office.database, "alt")
    with office.database.writing() as write:
        withdraw_bundle(write, "alt", actor="test", reason="Ersetzt.", successor=BUNDLE)
    page = visitor.get("/folgen?art=bundle&ziel=alt", 410)
    assert f"/buendel/{BUNDLE}" in {one.get("href") for one in page.all(".//main//a")}


def test_links_that_do_not_work_say_so(visitor: PageClient) -> None:
    for path in ("bestaetigen", "abbestellen"):
        for odd in ("x", "x" * 43, "x" * 3000):
            assert "Diesen Link gibt es nicht" in visitor.get(f"/folgen/{path}/{odd}", 404).main
            assert visitor.client.post(f"/folgen/{path}/{odd}").status_code in (400, 404)


def test_single_things_are_ended_by_the_link(office: Office, visitor: PageClient) -> None:
    from registry.following.operations import Owner, new_end_token

    first, second = follow(office.database), follow(office.database, FollowedKind.OZG_SERVICE, HUND)
    foreign = follow(office.database, email="andere@post.example")
    with office.database.noting() as session:
        path = f"/folgen/abbestellen/{new_end_token(session, Owner(READER))}"
    assert "2 Themen" in visitor.get(path).main
    page = check(visitor.client.post(path, data={"nummer": str(first)}))
    assert "Beendet" in page.main
    check(visitor.client.post(path, data={"nummer": str(foreign)}))
    assert [row.id for row in rows(office)] == [second, foreign]
    for odd in ("x", "-1", "9" * 30, "１"):
        assert visitor.client.post(path, data={"nummer": odd}).status_code == 400
    assert "Abbestellt" in check(visitor.client.post(path)).h1
    assert [row.id for row in rows(office)] == [foreign]


# -- with an account ---------------------------------------------------------------------------------------------


def send(client: FlaskClient, path: str, **data: str) -> Any:
    return post(client, path, data)


def test_who_is_signed_in_follows_at_once(office: Office) -> None:
    reader = office.pages("reader")
    page = reader.get(f"/folgen?art=bundle&ziel={BUNDLE}")
    assert PEOPLE["reader"][0] in page.main
    assert not page.all(".//main//input[@name='email']")
    answer = send(reader.client, "/folgen", art="bundle", ziel=BUNDLE, rhythm="weekly")
    assert (answer.status_code, answer.headers["Location"]) == (303, ACCOUNT)
    (row,) = rows(office)
    assert (row.email, row.confirmed_at is not None) == (PEOPLE["reader"][0], True)
    assert row.told_tick == office.database.tick()
    assert mails(office) == []
    assert "Hundesteuer" in reader.get(ACCOUNT).main
    assert "Sie folgen dem schon" in reader.get(f"/folgen?art=bundle&ziel={BUNDLE}").main
    assert send(reader.client, "/folgen", art="bundle", ziel=BUNDLE, rhythm="daily").status_code == 303
    assert [one.rhythm for one in rows(office)] == [Rhythm.DAILY]
    assert send(reader.client, "/folgen", art="bundle", ziel=BUNDLE, rhythm="nie").status_code == 422


def test_a_followed_search_keeps_its_one_spelling_and_its_number_of_hits(office: Office) -> None:
    reader = office.client("reader")
    for query in ("q=hundesteuer&seite=2", "seite=1&sortierung=titel&q=hundesteuer", "utm=x&q=+hundesteuer+"):
        assert send(reader, "/folgen", art="search", ziel=query, rhythm="weekly").status_code == 303
    (row,) = rows(office)
    assert row.target == "q=hundesteuer"
    assert row.told_hits
    assert send(reader, "/folgen", art="search", ziel="q=qqqxyzzy", rhythm="weekly").status_code == 303
    assert rows(office)[1].told_hits == 0


def test_the_own_page_changes_and_ends(office: Office) -> None:
    reader, other = office.client("reader"), office.client("other")
    for target in (BUNDLE, "wohngeld-wuppertal"):
        send(reader, "/folgen", art="bundle", ziel=target, rhythm="weekly")
    first, second = rows(office)
    assert send(other, f"{ACCOUNT}/{first.id}/rhythmus", rhythm="daily").status_code == 404
    assert send(other, f"{ACCOUNT}/{first.id}/beenden").status_code == 404
    assert send(other, f"{ACCOUNT}/beenden").status_code == 409
    assert send(reader, f"{ACCOUNT}/{first.id}/rhythmus", rhythm="nie").status_code == 400
    assert send(reader, f"{ACCOUNT}/{first.id}/rhythmus", rhythm="daily").status_code == 303
    assert [one.rhythm for one in rows(office)] == [Rhythm.DAILY, Rhythm.WEEKLY]
    assert send(reader, f"{ACCOUNT}/{first.id}/beenden").status_code == 303
    assert [one.id for one in rows(office)] == [second.id]
    assert send(reader, f"{ACCOUNT}/beenden").status_code == 303
    assert rows(office) == []
    assert "noch keinem Thema" in office.pages("reader").get(ACCOUNT).main


def test_the_own_data_hold_what_is_followed_and_go_with_the_account(office: Office) -> None:
    reader = office.client("reader")
    send(reader, "/folgen", art="bundle", ziel=BUNDLE, rhythm="weekly")
    follow(office.database, FollowedKind.OZG_SERVICE, HUND, email=PEOPLE["reader"][0], confirmed=False)
    follow(office.database)
    data = json.loads(reader.get("/verwaltung/konto/daten").data)
    assert [(one["kind"], one["target"]) for one in data["following"]] == [("bundle", BUNDLE), ("ozg_service", HUND)]
    assert send(reader, "/verwaltung/konto/loeschen", endgueltig="ja").status_code == 303
    assert [row.email for row in rows(office)] == [READER]


def test_the_account_leads_to_what_is_followed(shared_office: Office) -> None:
    page = shared_office.pages("reader").get("/verwaltung/konto")
    assert ACCOUNT in {one.get("href") for one in page.all(".//main//a")}


def test_the_regular_work_tells_and_forgets(office: Office) -> None:
    assert {"followings", "retention"} <= {task.name for task in background.TASKS}
    with office.database.noting() as session:
        session.add(
            Following(
                email=READER,
                kind=FollowedKind.BUNDLE,
                target=BUNDLE,
                label="x",
                created_at=now() - timedelta(days=8),
            )
        )
    settings = Settings(database_url="sqlite://", index_dir=office.folder / "index", secret_key="k" * 32)
    task = next(one for one in TASKS if one.name == "retention")
    assert run_task(task, Work(office.database, settings, now()))
    assert rows(office) == []
