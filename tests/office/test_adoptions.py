"""The pages of adoptions: forms, refusals, and what each role sees."""

import json
import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlmodel import select

from registry.adoption.models import Adoption, AdoptionMessage, AdoptionStep
from registry.catalogue.models import ServiceBundle
from registry.editorial.stewardship import set_stewards
from registry.history import Author
from registry.reuse.operations import archive_bundle, withdraw_bundle
from tests.office.world import FOREIGN, OWN, Office, post
from tests.web.client import Page, PageClient, check

HOME = "/verwaltung/nachnutzungen"
NEW = f"{HOME}/neu?buendel={FOREIGN}"
CLAIM = f"{HOME}/angeben?buendel={FOREIGN}"
TODAY = date.today()
YESTERDAY = TODAY - timedelta(days=1)
SOEST = "05974040"
SECRET = "Streng vertraulich zwischen beiden Seiten"
PUBLIC = (
    *("/", f"/buendel/{FOREIGN}", f"/kommunen/{SOEST}", "/suche", f"/api/v1/bundles/{FOREIGN}", "/sitemap.xml"),
    *("/feed.atom", f"/buendel/{FOREIGN}/feed.atom", "/abdeckung", "/karte", "/zahlen", f"/vergleich?b={FOREIGN}"),
)


def _declare(office: Office, role: str = "coordinator", path: str = NEW, **values: Any) -> str:
    """Declare as a role and return the key."""
    data = {"body": SOEST, "step": "interest", "day": YESTERDAY.isoformat(), "note": SECRET, **values}
    answer = post(office.client(role), path, data)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"]).rpartition("/")[2]


def _send(office: Office, key: str, action: str, status: int, role: str = "coordinator", **values: Any) -> Page | None:
    """Send a form of an adoption's page; return the page of a refused one."""
    data = {"version": str(_stored(office, key).version)} | {
        name.replace("__", "."): value for name, value in values.items()
    }
    answer = post(office.client(role), f"{HOME}/{key}/{action}", data)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return check(answer) if status != 303 else None


def _advance(office: Office, key: str, step: str, status: int = 303, **values: Any) -> Page | None:
    day = values.pop("day", TODAY.isoformat())
    return _send(office, key, "schritt", status, next__step=step, next__day=day, **values)


def _stored(office: Office, key: str) -> Adoption:
    with office.database.reading() as session:
        return session.exec(select(Adoption).where(Adoption.key == key)).one()


def _count(office: Office, table: Any) -> int:
    with office.database.reading() as session:
        return len(session.exec(select(table)).all())


def test_the_form_is_filled_as_far_as_it_can_be(office: Office) -> None:
    page = office.pages("coordinator").get(NEW)
    assert page.by_id("feld-day").get("value") == TODAY.isoformat()
    (option,) = page.all(".//select[@name='body']/option")
    assert option.text == "Stadt Soest"
    assert office.pages("coordinator").get(f"{HOME}/neu").by_id("feld-q") is not None
    address = f"{HOME}/neu?buendel=https://register.example/buendel/{FOREIGN}"
    assert office.pages("coordinator").get(address).by_id("feld-step") is not None
    office.pages("coordinator").get(f"{HOME}/neu?buendel=gibt-es-nicht", status=404)
    assert "koordinieren für keine Kommune" in office.pages("administrator").get(NEW).main


def test_the_bundle_is_found_by_words_and_by_the_address_of_its_page(office: Office) -> None:
    pages = office.pages("coordinator")
    for asked in ("wohngeld wuppertal", f"https://register.example/buendel/{FOREIGN}", FOREIGN):
        page = pages.get(f"{HOME}/neu?{urlencode({'q': asked})}")
        assert f"{HOME}/neu?buendel={FOREIGN}" in [one.get("href") for one in page.all(".//a")], asked
    assert "Kein Bündel gefunden" in pages.get(f"{HOME}/neu?q=qqqxyzzy").text


def test_a_declaration_is_shown_to_both_sides_and_to_nobody_else(office: Office) -> None:
    key = _declare(office)
    for role in ("coordinator", "editor", "other", "other coordinator"):
        assert SECRET in office.pages(role).get(f"{HOME}/{key}").main
    page = office.pages("administrator").get(f"{HOME}/{key}")
    assert SECRET not in page.main
    office.pages("reader").get(f"{HOME}/{key}", status=403)
    assert "1 offen" in office.pages("other coordinator").get(f"{HOME}?ansicht=anfragen").main
    desk = office.pages("other coordinator").get("/verwaltung").main
    assert "1 Anfrage zur Nachnutzung" in desk
    with office.database.writing() as write:
        bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == FOREIGN)).one()
        owner = _stored(office, key).declared_by
        set_stewards(write, bundle, owner, None, author=Author("prüfung"))
    office.pages("other").get(f"{HOME}/{key}", status=404)
    office.pages("other").get(f"{HOME}/{'x' * 22}", status=404)
    office.pages("other").get(f"{HOME}/%00", status=404)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"day": (TODAY + timedelta(days=2)).isoformat()}, "liegt in der Zukunft"),
        ({"day": "2026-02-31"}, "kein Datum"),
        ({"day": ""}, "kein Datum"),
        ({"day": "01.01.0204"}, "liegt vor 2000"),
        ({"day": "1901-01-01"}, "liegt vor 2000"),
        ({"step": "ended"}, "kann nicht der erste sein"),
        ({"step": "gibt-es-nicht"}, "Erlaubt ist nur"),
        ({"provider": "gibt-es-nicht"}, "Diesen IT-Dienstleister gibt es nicht"),
        ({"body": "99999999"}, "Bitte wählen Sie eine Kommune"),
        ({"body": "0" * 500}, "Höchstens 8 Zeichen"),
        ({"note": "x" * 5001}, "Höchstens 5000 Zeichen"),
    ],
)
def test_a_bad_declaration_is_explained_and_keeps_what_was_typed(
    shared_office: Office, values: dict[str, str], sentence: str
) -> None:
    data = {"body": SOEST, "step": "interest", "day": YESTERDAY.isoformat(), "note": "Mein Text"} | values
    answer = post(shared_office.client("coordinator"), NEW, data)
    assert answer.status_code == 422
    page = check(answer)
    assert sentence in page.main
    assert data["note"] in page.main
    assert _count(shared_office, Adoption) == 0


def test_a_german_date_is_understood(office: Office) -> None:
    key = _declare(office, day=f"{YESTERDAY:%d.%m.%Y}")
    with office.database.reading() as session:
        assert session.exec(select(AdoptionStep)).one().day == YESTERDAY
    assert _stored(office, key).step.value == "interest"


def test_a_second_declaration_leads_to_the_first(office: Office) -> None:
    key = _declare(office)
    answer = post(office.client("coordinator"), NEW, {"body": SOEST, "step": "pilot", "day": TODAY.isoformat()})
    assert answer.status_code == 409
    page = check(answer)
    assert page.links()["Zur vorhandenen Nachnutzung"] == f"{HOME}/{key}"
    assert _count(office, Adoption) == 1


def test_a_bundle_that_is_gone_is_not_declared(office: Office) -> None:
    with office.database.writing() as write:
        archive_bundle(write, FOREIGN, actor="prüfung", reason="abgelöst")
    page = office.pages("coordinator").get(NEW)
    assert "archiviert" in page.main
    assert page.all(".//main//form") == []
    answer = post(office.client("coordinator"), NEW, {"body": SOEST, "step": "pilot", "day": TODAY.isoformat()})
    assert answer.status_code == 422
    assert "archiviert" in check(answer).main
    with office.database.writing() as write:
        withdraw_bundle(write, FOREIGN, actor="prüfung", reason="Der Dienst ist abgeschaltet.")
    assert "Der Dienst ist abgeschaltet." in office.pages("coordinator").get(NEW).main


def test_one_s_own_bundle_is_not_declared(office: Office) -> None:
    data = {"body": SOEST, "step": "pilot", "day": TODAY.isoformat()}
    answer = post(office.client("coordinator"), f"{HOME}/neu?buendel={OWN}", data)
    assert answer.status_code == 422
    assert "selbst umgesetzt" in check(answer).main


def test_steps_and_dates_that_contradict_each_other_are_explained(office: Office) -> None:
    key = _declare(office)
    early = (YESTERDAY - timedelta(days=1)).isoformat()
    page = _advance(office, key, "pilot", 422, day=early)
    assert page is not None
    assert f"{YESTERDAY:%d.%m.%Y}" in page.main
    assert page.by_id("feld-next-day").get("value") == early
    page = _advance(office, key, "abandoned", 422)
    assert page is not None
    assert "Bitte nennen Sie den Grund" in page.main
    _advance(office, key, "abandoned", next__reason="Keine Mittel", next__is_public="ja")
    office.pages("coordinator").get(f"{HOME}/{key}")
    assert "Keine Mittel" in office.pages("anonymous").get(f"/buendel/{FOREIGN}").main
    assert key in str(office.pages("coordinator").get(f"{HOME}?stand=abgeschlossen").links())


def test_a_form_that_somebody_has_overtaken_keeps_what_was_typed(office: Office) -> None:
    key = _declare(office)
    page = _send(
        office, key, "schritt", 409, version="7", next__step="ended", next__day="2024-05-06", next__reason="Text"
    )
    assert page is not None
    assert "Jemand anderes war schneller" in page.main
    assert page.by_id("feld-next-day").get("value") == "2024-05-06"
    assert "Text" in page.main
    _send(office, key, "schritt", 409, version="keine Zahl", next__step="pilot", next__day=TODAY.isoformat())


def test_a_step_is_corrected_and_taken_back_and_the_page_tells_of_it(office: Office) -> None:
    key = _declare(office)
    with office.database.reading() as session:
        number = session.exec(select(AdoptionStep.id)).one()
    path = f"schritte/{number}"
    _send(office, key, path, 303, **{f"step__{number}__day": TODAY.isoformat(), f"step__{number}__is_public": "ja"})
    main = office.pages("coordinator").get(f"{HOME}/{key}").main
    assert "berichtigt" in main
    assert "war nicht öffentlich" in main
    bad = _send(office, key, path, 422, **{f"step__{number}__day": "morgen"})
    assert bad is not None
    assert bad.by_id(f"feld-step-{number}-day").get("value") == "morgen"
    _advance(office, key, "pilot")
    _send(office, key, "zuruecknehmen", 303)
    assert "„Pilot“ zurückgenommen" in office.pages("coordinator").get(f"{HOME}/{key}").main
    refused = _send(office, key, "zuruecknehmen", 422)
    assert refused is not None
    assert "Der erste Schritt bleibt" in refused.main


def test_a_claim_is_confirmed_by_one_click_of_the_body_alone(office: Office) -> None:
    key = _declare(office, "other coordinator", CLAIM, step="productive", note="Der Dienst ist online.", is_public="ja")
    public = office.pages("anonymous").get(f"/buendel/{FOREIGN}").main
    assert "0 bestätigt, 1 behauptet, 0 abgelaufen" in public
    assert "1 behauptete Nachnutzung" in office.pages("coordinator").get("/verwaltung").main
    _send(office, key, "bestaetigen", 403, "other coordinator")
    _send(office, key, "bestaetigen", 403, "administrator")
    assert "Das stimmt" in office.pages("coordinator").get(f"{HOME}/{key}").main
    _send(office, key, "bestaetigen", 303)
    assert "1 bestätigt, 0 behauptet, 0 abgelaufen" in office.pages("anonymous").get(f"/buendel/{FOREIGN}").main
    assert "Angaben gelten weiterhin" in office.pages("coordinator").get(f"{HOME}/{key}").main


def test_a_denied_claim_disappears(office: Office) -> None:
    key = _declare(office, "other coordinator", CLAIM, step="productive", note="Der Dienst ist online.", is_public="ja")
    _send(office, key, "verneinen", 303, deny__reason="Wir nutzen etwas anderes.")
    assert "Noch keine öffentliche Nachnutzung bekannt" in office.pages("anonymous").get(f"/buendel/{FOREIGN}").main
    assert "verneint" in office.pages("other coordinator").get(f"{HOME}/{key}").main


def test_the_form_of_a_claim_opens_for_who_offers_the_bundle(office: Office) -> None:
    page = office.pages("other coordinator").get(CLAIM)
    assert [one.get("value") for one in page.all(".//select[@name='step']/option[@selected]")] == ["productive"]
    assert len(page.all(".//select[@name='body']/option")) > 396


def test_a_claim_by_others_is_for_who_offers_the_bundle(office: Office) -> None:
    page = office.pages("coordinator").get(CLAIM)
    assert "bietet eine andere Stelle an" in page.main
    data = {"body": "05124000", "step": "pilot", "day": TODAY.isoformat(), "note": "Steht im Netz, sagt man."}
    assert post(office.client("coordinator"), CLAIM, data).status_code == 403


def test_a_request_is_answered_or_declined(office: Office) -> None:
    key = _declare(office)
    page = _send(office, key, "nachricht", 422, "other coordinator", message__text="   ")
    assert page is not None
    assert "fehlt" in page.main
    _send(office, key, "nachricht", 303, "other coordinator", message__text="<b>Gern</b>")
    html = office.client("coordinator").get(f"{HOME}/{key}").get_data(as_text=True)
    assert "&lt;b&gt;Gern&lt;/b&gt;" in html
    _send(office, key, "nachricht", 422, message__text="x" * 5001)
    assert _count(office, AdoptionMessage) == 2
    _send(office, key, "ablehnen", 422, "other coordinator", decline__reason="")
    _send(office, key, "ablehnen", 303, "other coordinator", decline__reason="Der Vertrag erlaubt es nicht.")
    main = office.pages("coordinator").get(f"{HOME}/{key}").main
    assert "Die Anfrage ist abgelehnt" in main
    assert "Der Vertrag erlaubt es nicht." in main
    _send(office, key, "wieder-aufnehmen", 303, "other coordinator")
    assert "abgelehnt" not in office.pages("coordinator").get(f"{HOME}/{key}").main


def test_who_may_not_answer_learns_who_may_and_what_is_over_is_said_to_be(office: Office) -> None:
    key = _declare(office)
    page = _send(office, key, "ablehnen", 403, decline__reason="")
    assert page is not None
    assert "Darüber entscheidet, wer das Bündel anbietet." in page.main
    _advance(office, key, "abandoned", next__reason="Kein Bedarf mehr")
    page = _send(office, key, "ablehnen", 422, "other coordinator", decline__reason="Zu spät")
    assert page is not None
    assert "Hier ist keine Anfrage offen." in page.main


def _everything(office: Office, role: str) -> dict[str, tuple[str, str | None]]:
    """Return each public page as a role sees it, with its ETag; dates of feeds and tokens left out."""
    client = office.client(role)
    found = {}
    for path in PUBLIC:
        answer = client.get(path)
        text = re.sub(r'name="csrf_token" value="[^"]*"', "", answer.get_data(as_text=True))
        found[path] = (text, answer.headers.get("ETag"))
    return found


@pytest.mark.parametrize("role", ["anonymous", "reader", "other", "coordinator"])
def test_what_is_not_public_changes_no_page_and_no_etag(office: Office, role: str) -> None:
    before = _everything(office, role)
    key = _declare(office)
    _advance(office, key, "productive")
    _send(office, key, "nachricht", 303, message__text=SECRET)
    assert _everything(office, role) == before


def test_a_later_private_step_leaves_the_public_one(office: Office) -> None:
    key = _declare(office, is_public="ja")
    before = _everything(office, "anonymous")
    assert "Interesse bekundet: 1" in before[f"/buendel/{FOREIGN}"][0]
    _advance(office, key, "contract")
    assert _everything(office, "anonymous") == before
    _advance(office, key, "pilot", next__is_public="ja")
    after = _everything(office, "anonymous")
    assert after[f"/buendel/{FOREIGN}"][1] != before[f"/buendel/{FOREIGN}"][1]
    assert SECRET not in json.dumps(list(after.values()))


def test_the_page_of_a_bundle_and_of_a_municipality_show_who_uses_what(office: Office) -> None:
    visitor: PageClient = office.pages("anonymous")
    assert "Noch keine öffentliche Nachnutzung bekannt" in visitor.get(f"/buendel/{FOREIGN}").main
    assert "keine Nachnutzung durch Soest" in visitor.get(f"/kommunen/{SOEST}").main
    _declare(office, step="productive", is_public="ja", provider="suedwestfalen-it")
    page = visitor.get(f"/buendel/{FOREIGN}")
    assert page.links()["Stadt Soest"] == f"/kommunen/{SOEST}"
    assert "Südwestfalen-IT" in page.main
    assert "produktiv: 1 (1 bestätigt)" in page.main
    place = visitor.get(f"/kommunen/{SOEST}")
    with office.database.reading() as session:
        title = session.exec(select(ServiceBundle.title).where(ServiceBundle.slug == FOREIGN)).one()
    assert place.links()[title] == f"/buendel/{FOREIGN}"


def test_the_page_of_a_bundle_leads_on_to_its_reuse(shared_office: Office) -> None:
    page = shared_office.pages("anonymous").get(f"/buendel/{FOREIGN}")
    links, addresses = page.links(), [one.get("href") for one in page.all(".//a")]
    assert links["Nachnutzung anmelden"] == NEW
    assert links["Vergleichen"] == f"/vergleich?b={FOREIGN}"
    assert f"/buendel/{FOREIGN}/passung" in addresses
    assert links["Folgen"] == f"/folgen?art=bundle&ziel={FOREIGN}"


def test_own_data_name_messages_and_steps(office: Office) -> None:
    key = _declare(office)
    found = json.loads(office.client("coordinator").get("/verwaltung/konto/daten").get_data(as_text=True))
    assert [one["adoption"] for one in found["adoptions"]["messages"]] == [key]
