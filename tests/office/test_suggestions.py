"""The public forms: what is taken in, what is refused, and that nothing typed is lost."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import col, select
from werkzeug.test import TestResponse

from registry.editorial import spam
from registry.editorial.enums import SuggestionKind
from registry.editorial.models import Suggestion
from registry.editorial.suggestions import HOURLY
from registry.mail.models import OutboxMail
from registry.moments import now
from registry.reuse.operations import archive_bundle, withdraw_bundle
from registry.web.office import suggestions as pages
from tests.office.world import FOREIGN, OWN, PEOPLE, Office
from tests.web.client import Page, PageClient, check

NEW = "/mitmachen/neues-buendel"
CORRECTION = f"/buendel/{OWN}/hinweis"
TYPED = {
    "title": "Kontakt",
    "text": "Der Kontakt im Eintrag ist veraltet.\nRichtig ist die neue Stelle.",
    "source_url": "https://www.example.org/beleg",
    "contact_email": "wer@irgendwo.example",
}
Clock = Callable[[timedelta], None]


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
def sender(office: Office) -> PageClient:
    """Return a browser without an account."""
    return PageClient(office.app)


def _hidden(page: Page) -> dict[str, str]:
    (form,) = [one for one in page.all(".//main//form") if one.get("method") == "post"]
    return {one.get("name", ""): one.get("value", "") for one in form.iter("input") if one.get("type") == "hidden"}


def _fill(client: PageClient, path: str, **changes: str) -> dict[str, str]:
    return {**_hidden(client.get(path)), **TYPED, **changes}


def _send(client: FlaskClient, path: str, fields: dict[str, Any], **options: Any) -> TestResponse:
    return client.post(path, data=fields, **options)


def _kept(response: TestResponse, status: int) -> Page:
    """Check that a refusal answers `status` and shows the form with all that was typed."""
    assert response.status_code == status
    page = check(response)
    assert page.by_id("feld-title").get("value") == TYPED["title"]
    assert "".join(page.by_id("feld-text").itertext()).strip().replace("\r\n", "\n") == TYPED["text"]
    assert page.by_id("feld-source_url".replace("_", "-")).get("value") == TYPED["source_url"]
    assert page.by_id("feld-contact-email").get("value") == TYPED["contact_email"]
    assert page.by_id("homepage").get("value") == ""
    assert page.title.startswith("Fehler: ")
    return page


def _stored(office: Office) -> list[Suggestion]:
    with office.database.reading() as session:
        return list(session.exec(select(Suggestion).order_by(col(Suggestion.id))))


def _mails(office: Office) -> list[OutboxMail]:
    with office.database.reading() as session:
        return list(session.exec(select(OutboxMail).order_by(col(OutboxMail.id))))


def test_a_correction_arrives_and_the_sender_gets_a_number(office: Office, sender: PageClient, clock: Clock) -> None:
    fields = _fill(sender, CORRECTION)
    clock(timedelta(seconds=10))
    answer = _send(sender.client, CORRECTION, fields)
    assert answer.status_code == 303
    (stored,) = _stored(office)
    assert (stored.kind, stored.title, stored.text) == (SuggestionKind.CORRECTION, TYPED["title"], TYPED["text"])
    page = sender.get(answer.headers["Location"])
    assert spam.spoken(stored.key) in page.main
    assert page.links()["Zurück zum Eintrag"] == f"/buendel/{OWN}"
    told = {mail.recipient for mail in _mails(office) if mail.kind == "suggestion"}
    assert told == {PEOPLE["coordinator"][0]}
    receipt = next(mail for mail in _mails(office) if mail.kind == "suggestion_answer")
    assert receipt.recipient == TYPED["contact_email"]


def test_a_new_bundle_is_told_to_the_administrators(office: Office, sender: PageClient, clock: Clock) -> None:
    fields = _fill(sender, NEW, contact_email="", source_url="")
    clock(timedelta(seconds=10))
    assert _send(sender.client, NEW, fields).status_code == 303
    (stored,) = _stored(office)
    assert (stored.kind, stored.bundle_id, stored.contact_email) == (SuggestionKind.NEW_BUNDLE, None, None)
    (mail,) = _mails(office)
    assert mail.recipient == PEOPLE["administrator"][0]
    assert f"/verwaltung/eingang/{stored.key}" in mail.body


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": " \t "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"text": "zu kurz"}, "text"),
        ({"text": "Wort " * 1100}, "text"),
        ({"text": "\x00" * 50}, "text"),
        ({"source_url": "ftp://example.org/"}, "source-url"),
        ({"source_url": "www.example.org"}, "source-url"),
        ({"source_url": "https://a:b@example.org/"}, "source-url"),
        ({"contact_email": "keine Adresse"}, "contact-email"),
        ({"contact_email": "a@b.example\nBcc: c@d.example"}, "contact-email"),
        ({"text": "Siehe " + " ".join(f"https://w.example/{n}" for n in range(6))}, "text"),
    ],
)
def test_a_bad_value_is_named_and_linked(
    office: Office, sender: PageClient, clock: Clock, changes: dict[str, str], field: str
) -> None:
    fields = _fill(sender, CORRECTION, **changes)
    clock(timedelta(seconds=10))
    answer = _send(sender.client, CORRECTION, fields)
    assert answer.status_code == 422
    page = check(answer)
    assert f"#feld-{field}" in [one.get("href") for one in page.all(".//*[@id='fehler']//a")]
    assert page.by_id(f"feld-{field}").get("aria-invalid") == "true"
    assert page.by_id(f"feld-{field}-fehler") is not None
    assert _stored(office) == []
    assert _mails(office) == []
    again = {**fields, **TYPED, **_hidden(page)}
    assert _send(sender.client, CORRECTION, again).status_code == 303


def test_the_trap_is_refused_and_the_second_try_passes(office: Office, sender: PageClient, clock: Clock) -> None:
    fields = _fill(sender, NEW)
    clock(timedelta(seconds=10))
    page = _kept(_send(sender.client, NEW, {**fields, "homepage": "https://w.example"}), 422)
    assert "Prüffeld" in page.main
    assert _stored(office) == []
    assert _send(sender.client, NEW, {**TYPED, **_hidden(page), "homepage": ""}).status_code == 303


def test_the_trap_is_out_of_sight_of_people_and_screen_readers(sender: PageClient) -> None:
    page = sender.get(NEW)
    trap = page.by_id("homepage")
    assert (trap.get("tabindex"), trap.get("autocomplete")) == ("-1", "off")
    (around,) = page.classed("keep-empty")
    assert around.get("aria-hidden") == "true"
    assert "Bitte leer lassen" in "".join(around.itertext())


def test_faster_than_people_type_is_refused_and_the_second_try_passes(
    office: Office, sender: PageClient, clock: Clock
) -> None:
    page = _kept(_send(sender.client, NEW, _fill(sender, NEW)), 422)
    assert "schneller" in page.main
    clock(timedelta(seconds=5))
    assert _send(sender.client, NEW, {**TYPED, **_hidden(page)}).status_code == 303
    assert len(_stored(office)) == 1


def test_an_expired_form_is_shown_again_and_may_be_sent_at_once(
    office: Office, sender: PageClient, clock: Clock
) -> None:
    fields = _fill(sender, NEW)
    clock(timedelta(hours=25))
    page = _kept(_send(sender.client, NEW, fields), 422)
    assert _send(sender.client, NEW, {**TYPED, **_hidden(page)}).status_code == 303
    assert len(_stored(office)) == 1


def test_a_form_sent_again_is_refused_and_may_be_added_to(office: Office, sender: PageClient, clock: Clock) -> None:
    fields = _fill(sender, NEW)
    clock(timedelta(seconds=10))
    assert _send(sender.client, NEW, fields).status_code == 303
    page = _kept(_send(sender.client, NEW, fields), 409)
    assert spam.spoken(_stored(office)[0].key) in page.main
    assert len(_stored(office)) == 1
    clock(timedelta(seconds=10))
    more = {**fields, **_hidden(page), "text": TYPED["text"] + " Und noch etwas."}
    assert _send(sender.client, NEW, more).status_code == 303
    assert len(_stored(office)) == 2


def test_the_same_words_in_another_form_are_refused(office: Office, sender: PageClient, clock: Clock) -> None:
    for status in (303, 409):
        fields = _fill(sender, CORRECTION)
        clock(timedelta(seconds=10))
        assert _send(sender.client, CORRECTION, fields).status_code == status
    assert len(_stored(office)) == 1


@pytest.mark.parametrize("ticket", ["", "x", "x" * 5000])
def test_without_a_valid_ticket_nothing_is_taken_in(
    office: Office, sender: PageClient, clock: Clock, ticket: str
) -> None:
    fields = _fill(sender, NEW, vorgang=ticket)
    clock(timedelta(seconds=10))
    _kept(_send(sender.client, NEW, fields), 400)
    assert _stored(office) == []


def test_a_ticket_of_another_form_is_none(office: Office, sender: PageClient, clock: Clock) -> None:
    ticket = _hidden(sender.get(NEW))["vorgang"]
    fields = _fill(sender, CORRECTION, vorgang=ticket)
    clock(timedelta(seconds=10))
    _kept(_send(sender.client, CORRECTION, fields), 400)
    other = f"/buendel/{FOREIGN}/hinweis"
    _kept(_send(sender.client, other, _fill(sender, CORRECTION)), 400)
    assert _stored(office) == []


def test_without_the_cookie_the_form_comes_back_with_all_that_was_typed(
    office: Office, sender: PageClient, clock: Clock
) -> None:
    fields = _fill(sender, CORRECTION)
    clock(timedelta(seconds=10))
    sender.client.delete_cookie("sitzung")
    page = _kept(_send(sender.client, CORRECTION, fields), 400)
    assert "Cookie" in page.main
    assert _send(sender.client, CORRECTION, {**TYPED, **_hidden(page)}).status_code == 303
    assert len(_stored(office)) == 1


def test_too_many_from_one_connection_have_to_wait_and_keep_their_text(
    office: Office, sender: PageClient, clock: Clock
) -> None:
    for number in range(HOURLY):
        fields = _fill(sender, NEW, text=f"{TYPED['text']} {number}")
        clock(timedelta(seconds=10))
        assert _send(sender.client, NEW, fields).status_code == 303
    fields = _fill(sender, NEW)
    clock(timedelta(seconds=10))
    answer = _send(sender.client, NEW, fields)
    page = _kept(answer, 429)
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert "Minuten" in page.main
    elsewhere = PageClient(office.app)
    other = _fill(elsewhere, NEW)
    clock(timedelta(seconds=10))
    assert _send(elsewhere.client, NEW, other, environ_base={"REMOTE_ADDR": "192.0.2.9"}).status_code == 303
    clock(timedelta(hours=1))
    fields = {**TYPED, **_hidden(page), "text": TYPED["text"] + " Später."}
    assert _send(sender.client, NEW, fields).status_code == 303
    assert len(_stored(office)) == HOURLY + 2


def test_only_public_entries_take_corrections(office: Office, sender: PageClient) -> None:
    with office.database.writing() as write:
        archive_bundle(write, FOREIGN, actor="prüfung", reason="Der Dienst ist eingestellt.")
        withdraw_bundle(write, OWN, actor="prüfung", reason="Der Beleg trägt nicht.")
    sender.get(f"/buendel/{FOREIGN}/hinweis")
    sender.get(f"/buendel/{OWN}/hinweis", status=410)
    sender.get("/buendel/gibt-es-nicht/hinweis", status=404)
    sender.get("/buendel/%00/hinweis", status=404)


def test_an_oversized_form_is_refused(office: Office, sender: PageClient) -> None:
    fields = _fill(sender, NEW, text="x" * 3_000_000)
    answer = _send(sender.client, NEW, fields)
    assert answer.status_code == 413
    check(answer)
    assert _stored(office) == []


def test_fields_that_are_not_in_the_form_change_nothing(office: Office, sender: PageClient, clock: Clock) -> None:
    fields = _fill(sender, NEW)
    clock(timedelta(seconds=10))
    more = {"state": "taken", "decided_by": "1", "key": "A" * 10, "kind": "correction", "bundle_id": "1"}
    assert _send(sender.client, NEW, {**fields, **more}).status_code == 303
    (stored,) = _stored(office)
    assert (stored.state, stored.decided_by, stored.bundle_id) == ("open", None, None)
    assert stored.key != "A" * 10


def test_what_was_typed_is_shown_as_text(office: Office, sender: PageClient, clock: Clock) -> None:
    script = "<script>alert(1)</script>"
    fields = _fill(sender, NEW, title=script, text=f'{script} "><img src=x onerror=alert(1)>', source_url="nichts")
    clock(timedelta(seconds=10))
    answer = _send(sender.client, NEW, fields)
    page = check(answer)
    assert page.by_id("feld-title").get("value") == script
    assert page.all(".//main//script") == []
    assert page.all(".//main//img") == []


def test_forms_are_kept_by_no_cache_and_only_they_set_a_cookie(office: Office, sender: PageClient) -> None:
    client = office.app.test_client()
    for path in ("/mitmachen", "/aufnahmekriterien", f"/buendel/{OWN}"):
        assert "Set-Cookie" not in client.get(path).headers
    for path in (NEW, CORRECTION):
        answer = office.app.test_client().get(path)
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "sitzung=" in answer.headers["Set-Cookie"]


def test_an_unknown_number_is_not_thanked_for(sender: PageClient) -> None:
    for key in ("ABCDE-FGHJK", "x", "A" * 200, "%00"):
        sender.get(f"/mitmachen/danke/{key}", status=404)


def test_the_way_to_the_forms_is_on_every_page(sender: PageClient) -> None:
    page = sender.get(f"/buendel/{OWN}")
    assert page.links()["Angabe berichtigen oder ergänzen"] == CORRECTION
    footer = {one.get("href") for one in page.all(".//footer//a")}
    assert {"/mitmachen", "/aufnahmekriterien"} <= footer
    assert NEW in sender.get("/mitmachen").links().values()
    assert "/aufnahmekriterien" in sender.get(NEW).links().values()


def test_every_field_says_what_it_is_for(sender: PageClient) -> None:
    for path in (NEW, CORRECTION):
        page = sender.get(path)
        hint = page.by_id("feld-contact-email").get("aria-describedby", "")
        assert "90 Tage" in "".join(page.by_id(hint).itertext())
        assert page.by_id("feld-contact-email").get("autocomplete") == "email"
        assert re.search(r"\(freiwillig\)", page.main)
