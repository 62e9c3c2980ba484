"""Items of the checklist in the office, and the evidence of an entry on its page, in the form and in the API."""

from typing import Any

import pytest
from sqlmodel import select

from registry.history import Revision
from registry.reuse.checklist.models import CheckGroup, ChecklistItem, ChecklistItemFields, Obligation
from registry.reuse.checklist.operations import add_item, retire_item
from registry.reuse.operations import save_bundle
from registry.reuse.queries import find_bundle
from registry.reuse.record import BundleRecord
from registry.reuse.records import record_of
from tests.office.test_editing import Desk
from tests.office.world import OWN, Office, post
from tests.web.client import Page, check

pytestmark = pytest.mark.sqlite_only
PATH = "/verwaltung/pruefpunkte"
ITEM = {
    "title": "Der Antrag lässt sich online bezahlen",
    "group": "payment",
    "obligation": "must",
    "help": "",
    "source_url": "https://anforderungen.example/payment",
    "slug": "",
}
SLUG = "der-antrag-laesst-sich-online-bezahlen"
EVIDENCE = {"checked_on": "2025-05-05", "source_url": "https://pruefung.example/bericht"}


def _send(office: Office, path: str, data: dict[str, str] | None = None) -> Any:
    return post(office.client("administrator"), path, data)


def _refused(answer: Any, status: int) -> Page:
    assert answer.status_code == status
    return check(answer)


def _items(office: Office) -> list[ChecklistItem]:
    with office.database.reading() as session:
        return list(session.exec(select(ChecklistItem).order_by(ChecklistItem.id)))  # type: ignore[arg-type]


def _add(office: Office, slug: str, obligation: Obligation = Obligation.MUST) -> None:
    title = f"Anforderung {slug}"
    with office.database.writing() as write:
        fields = ChecklistItemFields(slug=slug, group=CheckGroup.PAYMENT, obligation=obligation, title=title)
        add_item(write, fields, actor="prüfung")


def _change(office: Office, **values: Any) -> None:
    """Change the public entry of Soest."""
    with office.database.writing() as write:
        bundle = find_bundle(write.session, OWN)
        assert bundle is not None
        record = record_of(write.session, bundle).model_dump() | values
        save_bundle(write, BundleRecord.model_validate(record), actor="prüfung")


def _dimensions(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in ("legal", "organisational", "technical", "financial"):
        values |= {f"{name}_score": 3, f"{name}_reason": "Ohne Anpassung übernommen."}
        values |= {f"{name}_source_url": "https://bewertung.example/a", f"{name}_assessed_on": "2025-03-01"}
    return values | changes


# -- the list --------------------------------------------------------------------------------------------------------


def test_no_list_ships_and_the_page_says_how_items_come_in(office: Office) -> None:
    page = office.pages("administrator").get(PATH)
    assert "Es gibt noch keine Prüfpunkte." in page.main
    assert "aus der amtlichen Fassung" in page.main


def test_an_item_is_added_changed_retired_and_brought_back(office: Office) -> None:
    before = office.database.tick()
    assert _send(office, f"{PATH}/neu", ITEM).status_code == 303
    assert office.database.tick() == before + 1
    page = office.pages("administrator").get(PATH)
    assert ITEM["title"] in page.main
    assert "Noch ohne Prüfpunkt" in page.main
    assert _send(office, f"{PATH}/{SLUG}", ITEM | {"obligation": "should"}).status_code == 303
    assert _send(office, f"{PATH}/{SLUG}/ausser-kraft").status_code == 303
    assert "Nicht mehr gültig" in office.pages("administrator").get(PATH).main
    assert _send(office, f"{PATH}/{SLUG}/wieder").status_code == 303
    page = office.pages("administrator").get(f"{PATH}/{SLUG}")
    for words in ("ergänzt", "Verbindlichkeit geändert", "außer Kraft gesetzt", "wieder in Kraft gesetzt"):
        assert words in page.main
    assert [row.obligation for row in _items(office)] == [Obligation.SHOULD]
    with office.database.reading() as session:
        assert len(session.exec(select(Revision).where(Revision.entity == "checklist_item")).all()) == 4


def test_what_changes_nothing_leaves_the_clock_alone(office: Office) -> None:
    _send(office, f"{PATH}/neu", ITEM)
    before = office.database.tick()
    for action in ("", "/wieder"):
        assert _send(office, f"{PATH}/{SLUG}{action}", ITEM).status_code == 303
    assert office.database.tick() == before


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"title": ""}, "Die Angabe fehlt."),
        ({"title": "x" * 400}, "Höchstens 300 Zeichen"),
        ({"title": "§ §§"}, "Kurzname"),
        ({"group": "alles"}, "Erlaubt ist nur"),
        ({"obligation": ""}, "Die Angabe fehlt."),
        ({"source_url": "ftp://anforderungen.example"}, "https://"),
        ({"slug": "Groß Geschrieben"}, "Kleinbuchstaben"),
        ({"slug": "neu"}, "vergeben"),
    ],
)
def test_a_wrong_item_is_shown_again_with_the_reason(
    shared_office: Office, changes: dict[str, str], reason: str
) -> None:
    page = _refused(_send(shared_office, f"{PATH}/neu", ITEM | changes), 422)
    assert reason in page.main
    assert _items(shared_office) == []


def test_the_same_item_twice_is_a_conflict(office: Office) -> None:
    _send(office, f"{PATH}/neu", ITEM)
    assert "gibt es in der Gruppe schon" in _refused(_send(office, f"{PATH}/neu", ITEM), 409).main
    taken = ITEM | {"title": "Etwas anderes", "slug": SLUG}
    assert "schon ein anderer Prüfpunkt" in _refused(_send(office, f"{PATH}/neu", taken), 409).main
    assert _send(office, f"{PATH}/neu", ITEM | {"group": "organisation"}).status_code == 303
    assert [row.slug for row in _items(office)] == [SLUG, f"{SLUG}-2"]


def test_unknown_items_are_not_found(shared_office: Office) -> None:
    client = shared_office.client("administrator")
    assert client.get(f"{PATH}/nirgends").status_code == 404
    for action in ("", "/ausser-kraft", "/wieder"):
        assert post(client, f"{PATH}/nirgends{action}", ITEM).status_code == 404


# -- the form --------------------------------------------------------------------------------------------------------


def test_without_items_the_form_says_so_and_offers_no_row(shared_office: Office) -> None:
    page = Desk(shared_office, "editor").begin().get("nachweise")
    assert "noch keine Prüfpunkte hinterlegt" in page.main
    assert "Prüfpunkt hinzufügen" not in page.main


def test_verdicts_are_typed_in_rows_without_scripts(office: Office) -> None:
    _add(office, "eins")
    desk = Desk(office, "coordinator").begin(OWN)
    page = check(desk.send(desk.get("nachweise"), "nachweise", {"tun": "mehr:checks"}))
    assert "MUSS: Anforderung eins" in page.main
    row = {"item": "eins", "verdict": "partly", "checked_on": "05.05.2025", "source_url": EVIDENCE["source_url"]}
    typed = {f"checks.0.{name}": text for name, text in row.items()}
    desk.send(page, "nachweise", typed | {"tun": "speichern"})
    assert desk.values["checks"] == [row | {"checked_on": "2025-05-05", "note": None}]
    page = desk.save("nachweise", {"checks.0.checked_on": "2099-01-01"}, 422)
    assert "Das Datum liegt in der Zukunft." in page.main


def test_a_retired_item_stays_named_in_the_form(office: Office) -> None:
    _add(office, "eins")
    _add(office, "zwei")
    _change(office, checks=[{"item": "eins", "verdict": "partly"}])
    with office.database.writing() as write:
        retire_item(write, "eins", actor="prüfung")
    page = Desk(office, "coordinator").begin(OWN).get("nachweise")
    assert "Anforderung eins" in page.main
    assert page.all(".//optgroup[@label='Nicht mehr in der Liste']")


def test_cost_blocks_are_typed_in_rows_and_refused_at_their_field(shared_office: Office) -> None:
    desk = Desk(shared_office, "editor").begin()
    page = check(desk.send(desk.get("kosten"), "kosten", {"tun": "mehr:cost_blocks"}))
    row = {"kind": "connection", "rhythm": "once", "amount_from_eur": "12.500", "payer": "land"}
    typed = {f"cost_blocks.0.{name}": text for name, text in row.items()}
    desk.send(page, "kosten", typed | {"tun": "speichern"})
    assert desk.values["cost_blocks"][0]["amount_from_eur"] == "12500.00"
    assert desk.values["cost_blocks"][0]["basis"] == "flat"
    page = desk.save("kosten", {"cost_blocks.0.amount_from_eur": ""}, 422)
    assert page.by_id("feld-cost-blocks-0-amount-from-eur").get("aria-invalid") == "true"
    page = desk.save("kosten", {"cost_blocks.0.amount_from_eur": "5", "cost_blocks.0.amount_to_eur": "-3"}, 422)
    assert "mindestens 0" in page.main


def test_a_row_in_which_only_the_default_stands_is_no_row(shared_office: Office) -> None:
    desk = Desk(shared_office, "editor").begin()
    page = check(desk.send(desk.get("kosten"), "kosten", {"tun": "mehr:cost_blocks"}))
    desk.send(page, "kosten", {"tun": "speichern"})
    assert desk.values["cost_blocks"] == []


def test_a_double_cost_block_is_told_of_at_the_list(office: Office) -> None:
    desk = Desk(office, "editor").begin(OWN)
    row = {"kind": "connection", "rhythm": "once", "amount_from_eur": "1"}
    typed = {f"cost_blocks.{number}.{name}": text for number in (0, 1) for name, text in row.items()}
    page = desk.save("kosten", typed, 422)
    assert "Fassen Sie die Beträge zu einer Spanne zusammen." in page.main


# -- the page and the API --------------------------------------------------------------------------------------------


def test_an_entry_without_evidence_is_not_assessed_and_says_what_is_missing(shared_office: Office) -> None:
    page = shared_office.pages("anonymous").get(f"/buendel/{OWN}")
    assert "Nicht bewertet 0 von 12 Punkten sind mit Quelle und Datum belegt (0 %)." in page.main
    assert "Was Punkte kostet (4)" in page.main
    assert "Prüfpunkte zu den EfA-Mindestanforderungen sind in diesem Register noch nicht hinterlegt" in page.main
    assert "keine Angabe: Welche Kosten einzeln anfallen" in page.main
    links = [one.get("href", "") for one in page.all(".//a") if "angabe=" in one.get("href", "")]
    assert len(links) == 4
    form = shared_office.pages("anonymous").get(links[0])
    assert any(one.get("value") == "Rechtlich übertragbar" for one in form.all(".//input"))


def test_class_points_and_evidence_stand_on_the_page_and_in_the_api(office: Office) -> None:
    for slug, obligation in (("eins", Obligation.MUST), ("zwei", Obligation.SHOULD), ("alt", Obligation.MAY)):
        _add(office, slug, obligation)
    verdicts = {"eins": "partly", "alt": "fulfilled"}
    checks = [{"item": slug, "verdict": verdict, **EVIDENCE} for slug, verdict in verdicts.items()]
    checks.append({"item": "zwei", "verdict": "fulfilled"})
    _change(office, dimensions=_dimensions(), checks=checks)
    with office.database.writing() as write:
        retire_item(write, "alt", actor="prüfung")
    page = office.pages("anonymous").get(f"/buendel/{OWN}")
    assert "Klasse B" in page.main
    assert "13,5 von 17 Punkten sind mit Quelle und Datum belegt (79 %)." in page.main
    assert "Eine MUSS-Anforderung ist nur teilweise erfüllt: höchstens B." in page.main
    assert "ungeprüft (angegeben: erfüllt)" in page.main
    assert "1 Ergebnis zählt nicht, weil der Prüfpunkt nicht mehr gilt." in page.main
    answer = office.client("anonymous").get(f"/api/v1/bundles/{OWN}").get_json()
    found = answer["transferability"]
    assert (found["transfer_class"], found["points"], found["total"], found["percent"]) == ("B", 13.5, 17, 79)
    assert (found["open_musts"], found["partly_musts"]) == ([], ["eins"])
    assert (found["first_evidence"], found["last_evidence"]) == ("2025-03-01", "2025-05-05")
    lines = {line["key"]: line for line in found["lines"]}
    assert (lines["zwei"]["verdict"], lines["zwei"]["claimed"]) == ("unchecked", "fulfilled")
    assert lines["zwei"]["field"] == "checks.2.source_url"
    assert len(answer["record"]["checks"]) == 3


def test_cost_blocks_stand_on_the_page_and_unknown_ones_are_named(office: Office) -> None:
    block = {"kind": "own_staff", "rhythm": "yearly", "basis": "per_inhabitant", "amount_to_eur": "0.50"}
    _change(office, cost_blocks=[block | {"payer": "municipality", "price_date": "2025-07"}])
    page = office.pages("anonymous").get(f"/buendel/{OWN}")
    assert "bis 0,50 € je Einwohner, jährlich" in page.main.replace("\u00a0", " ")
    assert "Nicht enthalten, weil unbekannt: Erstentwicklung" in page.main


def test_a_lost_point_leads_who_may_edit_to_the_field_that_closes_it(office: Office) -> None:
    _change(office, dimensions=_dimensions(technical_source_url=None))
    pages = office.pages("coordinator")
    page = pages.get(f"/buendel/{OWN}")
    buttons = [one.get("value") for one in page.all(".//button[@name='feld']")]
    assert buttons == ["dimensions.technical_source_url"]
    address = f"/verwaltung/bearbeiten/eintrag/{OWN}"
    answer = post(pages.client, address, {"feld": str(buttons[0])})
    assert answer.headers["Location"].endswith("/uebertragbarkeit#feld-dimensions-technical-source-url")
    step = pages.get(answer.headers["Location"].partition("#")[0])
    assert step.by_id("feld-dimensions-technical-source-url").get("name") == buttons[0]
    odd = post(pages.client, address, {"feld": "//example.org\r\n"}).headers["Location"]
    assert odd.endswith("/grunddaten")
    assert not office.pages("other").get(f"/buendel/{OWN}").all(".//button[@name='feld']")


def test_a_review_names_the_item_and_its_verdict(office: Office) -> None:
    _add(office, "eins")
    desk = Desk(office, "editor").begin(OWN)
    page = check(desk.send(desk.get("nachweise"), "nachweise", {"tun": "mehr:checks"}))
    typed = {"checks.0.item": "eins", "checks.0.verdict": "partly"}
    desk.send(page, "nachweise", typed | {"tun": "speichern"})
    last = desk.get("pruefen")
    assert "Anforderung eins; Ergebnis: teilweise" in last.main
