"""The page of an experience report, and what everybody reads of it on the page of the bundle."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from registry.adoption.enums import Again, Step
from tests.adoption.making import SOEST, make_adoption
from tests.office.world import FOREIGN, Office, post

pytestmark = pytest.mark.sqlite_only
BEGUN = [(Step.INTEREST, date(2025, 3, 1), True), (Step.PILOT, date(2026, 2, 1), True)]
FORM = {
    "introduction_cost_eur": "8.500,50 €",
    "effort_days": "12,5",
    "adaptations": "## Formulare\n\n<script>alert(1)</script> **drei**",
    "again": "yes",
    "as_of": "2026-02-01",
}


def _address(key: str) -> str:
    return f"/verwaltung/nachnutzungen/{key}/bericht"


def test_an_editor_writes_a_coordinator_publishes_and_everybody_reads(office: Office) -> None:
    key = make_adoption(office.database, FOREIGN, SOEST, BEGUN).key
    assert "Noch keine nachnutzende Stelle" in office.pages("anonymous").get(f"/buendel/{FOREIGN}").main
    editor = office.pages("editor")
    assert "Veröffentlichen kann den Bericht die OZG-Koordination" in editor.get(_address(key)).main
    assert post(editor.client, _address(key), FORM).status_code == 303
    page = editor.get(_address(key))
    assert page.by_id("feld-introduction-cost-eur").get("value") == "8.500,50"
    assert "8.500,50" not in office.pages("anonymous").get(f"/buendel/{FOREIGN}").main
    coordinator = office.pages("coordinator")
    seen = coordinator.get(_address(key)).all(".//input[@name='seen']")[0].get("value")
    answer = post(coordinator.client, _address(key), {**FORM, "seen": seen, "absicht": "veroeffentlichen"})
    assert answer.status_code == 303
    public = office.pages("anonymous").get(f"/buendel/{FOREIGN}")
    assert "1 Erfahrungsbericht" in public.main
    assert "8.500,50 € (ein Bericht)" in public.main
    assert "Ein einzelner Bericht sagt noch nicht" in public.main
    assert "12,5 Personentage" in public.main
    assert public.all(".//section[@class='experience']//script") == []
    assert "alert(1)" in public.main  # shown as text


def test_promised_stands_beside_real_with_median_range_and_number(office: Office) -> None:
    reports = (
        (SOEST, Decimal(8000), 12, Again.YES),
        ("05162004", Decimal(9000), 20, Again.YES),
        ("05314000", Decimal(20000), None, Again.NO),
    )
    for ags, cost, days, again in reports:
        report = {"is_public": True, "introduction_cost_eur": cost, "effort_days": days, "again": again}
        make_adoption(office.database, FOREIGN, ags, BEGUN, report=report)
    text = office.pages("anonymous").get(f"/buendel/{FOREIGN}").main
    assert "3 Erfahrungsberichte" in text
    assert "Median 9.000 € 8.000 € bis 20.000 €; 3 Berichte" in text
    assert "Median 16 Personentage 12 bis 20 Personentage; 2 Berichte" in text
    assert "ja 2 · mit Einschränkungen 0 · nein 1 (von 3, die antworten)" in text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("introduction_cost_eur", "-5", "mindestens 0"),
        ("introduction_cost_eur", "viel", "Das ist keine Zahl."),
        ("operation_cost_eur", "999999999999999", "Höchstens"),
        ("introduction_cost_eur", "1000000000,01", "Mehr als 1.000.000.000 Euro sind nicht plausibel."),
        ("effort_days", "1e9", "höchstens 100000"),
        ("effort_days", "100001", "höchstens 100000"),
        ("duration_months", "500", "höchstens 240"),
        ("advice", "x" * 10_001, "Höchstens 10000 Zeichen"),
        ("again", "vielleicht", "Erlaubt ist nur"),
        ("as_of", "", "Bitte nennen Sie den Tag"),
        ("as_of", "31.02.2026", "Bitte nennen Sie den Tag"),
        ("as_of", (date.today() + timedelta(days=2)).isoformat(), "Zukunft"),
        ("as_of", "0206-02-01", "vor 2000"),
    ],
)
def test_what_is_absurd_is_refused_and_the_form_keeps_it(
    shared_office: Office, made: str, field: str, value: str, sentence: str
) -> None:
    answer = post(shared_office.client("editor"), _address(made), {**FORM, field: value})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in text
    assert value[:200] in text or field == "again"
    assert "noch nicht begonnen" in text


@pytest.fixture(scope="module")
def made(shared_office: Office) -> str:
    """Return the key of an adoption without a report."""
    return make_adoption(shared_office.database, FOREIGN, SOEST, BEGUN).key


def test_an_empty_report_is_refused(shared_office: Office, made: str) -> None:
    answer = post(shared_office.client("editor"), _address(made), {"as_of": "2026-02-01"})
    assert answer.status_code == 422
    assert "Der Bericht enthält noch keine Angabe." in answer.get_data(as_text=True)


def test_nobody_learns_of_a_report_that_is_none_of_their_business(shared_office: Office, made: str) -> None:
    shared_office.pages("other").get(_address(made), 403)
    shared_office.pages("editor").get(_address("gibt-es-nicht"), 404)
    foreign = make_adoption(shared_office.database, "hundesteuer-soest", "05124000", BEGUN).key
    shared_office.pages("editor").get(_address(foreign), 403)
    shared_office.pages("reader").get(_address(made), 403)


def test_before_the_pilot_the_page_says_why_there_is_no_form(office: Office) -> None:
    key = make_adoption(office.database, FOREIGN, SOEST, BEGUN[:1]).key
    page = office.pages("coordinator").get(_address(key))
    assert "ab dem Schritt „Pilot“" in page.main
    assert page.all(".//main//textarea") == []
    assert post(office.client("coordinator"), _address(key), FORM).status_code == 409


def test_a_report_is_not_published_before_its_step_is(office: Office) -> None:
    key = make_adoption(office.database, FOREIGN, SOEST, [BEGUN[0], (Step.PRODUCTIVE, BEGUN[1][1], False)]).key
    client = office.pages("coordinator")
    assert "Veröffentlichen geht noch nicht" in client.get(_address(key)).main
    answer = post(client.client, _address(key), {**FORM, "absicht": "veroeffentlichen"})
    assert answer.status_code == 409
    assert "Machen Sie zuerst den Schritt öffentlich" in answer.get_data(as_text=True)


def test_a_stale_form_keeps_what_was_typed(office: Office) -> None:
    key = make_adoption(office.database, FOREIGN, SOEST, BEGUN).key
    post(office.client("editor"), _address(key), {**FORM, "seen": ""})
    answer = post(office.client("coordinator"), _address(key), {**FORM, "effort_days": "77", "seen": ""})
    assert answer.status_code == 409
    assert 'value="77"' in answer.get_data(as_text=True)


def test_a_public_report_is_taken_down_again(office: Office) -> None:
    key = make_adoption(office.database, FOREIGN, SOEST, BEGUN, report={"is_public": True, "effort_days": 3}).key
    reader = office.client("anonymous")
    before = reader.get(f"/buendel/{FOREIGN}")
    assert "Erfahrungsbericht" in before.get_data(as_text=True)
    assert "ändern kann ihn jetzt die OZG-Koordination" in office.pages("editor").get(_address(key)).main
    assert "3" in office.pages("administrator").get(_address(key)).main
    assert post(office.client("coordinator"), _address(key) + "/verbergen").status_code == 303
    assert post(office.client("coordinator"), _address(key) + "/verbergen").status_code == 409
    after = reader.get(f"/buendel/{FOREIGN}", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert "Noch keine nachnutzende Stelle" in after.get_data(as_text=True)


def test_a_draft_changes_no_etag(office: Office) -> None:
    key = make_adoption(office.database, FOREIGN, SOEST, BEGUN).key
    paths = (f"/buendel/{FOREIGN}", "/zahlen", f"/api/v1/bundles/{FOREIGN}")
    reader = office.client("anonymous")
    before = [reader.get(path).headers["ETag"] for path in paths]
    assert post(office.client("editor"), _address(key), FORM).status_code == 303
    assert [reader.get(path).headers["ETag"] for path in paths] == before
