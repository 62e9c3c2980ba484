"""Bulk edits as pages: select, preview, apply, undo, by forms alone."""

import html
import re
from collections.abc import Iterable
from typing import Any

import pytest
from sqlmodel import select

from registry.accounts.models import Organisation
from registry.catalogue.models import ServiceBundle
from registry.editorial.models import RevisionSet
from registry.editorial.stewardship import set_stewards
from registry.history import Author, Revision
from registry.reuse.operations import save_bundle
from registry.reuse.record import BundleRecord
from registry.reuse.records import record_of
from tests.office.world import FOREIGN, OWN, Office, post
from tests.web.client import Page, check

PATH = "/verwaltung/sammelbearbeitung"
MORE = ("hunde-anmeldung-paderborn", "hundesteuer-bottrop", "wohngeld-remscheid")
VALUE = {"feld": "programme", "modus": "set", "programme": "Probeprogramm", "reason": "weil"}


def give(office: Office, slugs: Iterable[str], owner: str = "stadt-soest") -> None:
    with office.database.writing() as write:
        organisation = write.session.exec(select(Organisation).where(Organisation.slug == owner)).one()
        for slug in slugs:
            bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one()
            set_stewards(write, bundle, organisation.id, None, author=Author("system"))


def four_eyes(office: Office) -> None:
    with office.database.noting() as session:
        session.exec(select(Organisation).where(Organisation.slug == "stadt-soest")).one().four_eyes = True


def record(office: Office, slug: str = OWN) -> BundleRecord:
    with office.database.reading() as session:
        return record_of(session, session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one())


def save(office: Office, slug: str = OWN, **values: Any) -> None:
    changed = BundleRecord.model_validate(record(office, slug).model_dump() | values)
    with office.database.writing() as write:
        save_bundle(write, changed, actor="jemand")


def fields(page: Page, action: str) -> dict[str, Any]:
    """Return what a form of a page would send as it stands."""
    (form,) = [one for one in page.all(".//form") if one.get("action") == action]
    found: dict[str, Any] = {}
    for one in form.iter("input"):
        name, kind = one.get("name", ""), one.get("type", "text")
        if name and name != "csrf_token" and (kind not in ("checkbox", "radio") or one.get("checked") is not None):
            found.setdefault(name, []).append(one.get("value", ""))
    return found


def _preview(office: Office, slugs: Iterable[str] = (OWN, *MORE), role: str = "coordinator", **values: str) -> Page:
    selection = " ".join(f"{slug}:0" for slug in slugs)
    return check(post(office.client(role), f"{PATH}/vorschau", VALUE | {"auswahl": selection} | values))


def _programmes(office: Office) -> list[str | None]:
    return [record(office, slug).programme for slug in (OWN, *MORE, FOREIGN)]


def test_from_the_list_to_the_set_and_back(office: Office) -> None:
    give(office, MORE)
    before = _programmes(office)
    pages = office.pages("coordinator")
    page = pages.get(f"{PATH}?q=hund")
    assert "3 Einträge" in page.main
    assert FOREIGN not in page.response.text
    chosen = {"q": "hund", "eintrag": [OWN, MORE[0]], "feld": "programme"}
    page = check(post(pages.client, f"{PATH}/aenderung", chosen))
    assert page.h1 == "Förderprogramm bei 2 Einträgen ändern"
    data = fields(page, f"{PATH}/vorschau") | {"programme": "Probeprogramm", "reason": "weil"}
    page = check(post(pages.client, f"{PATH}/vorschau", data))
    assert "2 Einträge ändern sich" in page.main
    assert "Förderprogramm:" in page.main
    assert "Probeprogramm" in page.main
    assert _programmes(office) == before
    answer = post(pages.client, f"{PATH}/anwenden", fields(page, f"{PATH}/anwenden"))
    assert answer.status_code == 303
    assert _programmes(office) == ["Probeprogramm", "Probeprogramm", *before[2:]]
    page = pages.get(answer.headers["Location"])
    assert page.h1 == "Förderprogramm: Probeprogramm"
    assert "Grund: weil" in page.main
    assert post(pages.client, f"{answer.headers['Location']}/zuruecknehmen").status_code == 303
    assert _programmes(office) == before
    page = pages.get(f"{PATH}/vorgaenge")
    assert "Rücknahme: Förderprogramm: Probeprogramm" in page.main
    assert "zurückgenommen" in page.main


def test_a_changed_entry_is_in_the_search_and_on_its_page_at_once(office: Office) -> None:
    page = _preview(office, [OWN], feld="funding_note", modus="set", funding_note="Quastenflosserförderung")
    assert post(office.client("coordinator"), f"{PATH}/anwenden", fields(page, f"{PATH}/anwenden")).status_code == 303
    assert "Quastenflosserförderung" in office.pages("anonymous").get(f"/buendel/{OWN}").main


def test_all_hits_are_selected_without_ticking_each(office: Office) -> None:
    give(office, MORE)
    page = check(
        post(office.client("coordinator"), f"{PATH}/aenderung", {"q": "hund", "alle": "ja", "feld": "programme"})
    )
    assert "bei 3 Einträgen" in page.h1


def test_an_entry_changed_after_the_preview_is_shown_again_and_nothing_is_written(office: Office) -> None:
    give(office, MORE)
    data = fields(_preview(office), f"{PATH}/anwenden")
    save(office, MORE[0], funding_note="inzwischen ergänzt")
    before, tick = _programmes(office), office.database.tick()
    answer = post(office.client("coordinator"), f"{PATH}/anwenden", data)
    assert answer.status_code == 409
    page = check(answer)
    assert "Es wurde noch nichts geändert" in page.main
    assert page.main.count("inzwischen geändert") == 1
    assert (_programmes(office), office.database.tick()) == (before, tick)
    again = post(office.client("coordinator"), f"{PATH}/anwenden", fields(page, f"{PATH}/anwenden"))
    assert again.status_code == 303
    assert record(office, MORE[0]).programme == "Probeprogramm"
    assert record(office, MORE[0]).funding_note == "inzwischen ergänzt"


def test_foreign_entries_in_the_form_are_refused_and_counted(office: Office) -> None:
    page = _preview(office, [OWN, FOREIGN, "gibt-es-nicht"])
    assert "1 Eintrag ändert sich, 2 werden ausgelassen" in page.main.replace("\xa0", " ")
    assert record(office, FOREIGN).title not in page.main
    data = fields(page, f"{PATH}/anwenden")
    forged = data | {"auswahl": [f"{data['auswahl'][0]} {FOREIGN}:1 {FOREIGN}:{office.database.tick()}"]}
    before = record(office, FOREIGN)
    assert post(office.client("coordinator"), f"{PATH}/anwenden", forged).status_code == 303
    assert record(office, FOREIGN) == before
    assert record(office, OWN).programme == "Probeprogramm"


def test_only_the_chosen_field_changes_whatever_the_form_says(office: Office) -> None:
    before = record(office)
    page = _preview(office, [OWN], title="Übernommen", state="withdrawn", slug="anders")
    data = fields(page, f"{PATH}/anwenden") | {"title": "Übernommen", "state": "withdrawn"}
    assert post(office.client("coordinator"), f"{PATH}/anwenden", data).status_code == 303
    assert record(office) == before.model_copy(update={"programme": "Probeprogramm"})


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"programme": ""}, "Bitte geben Sie einen Wert an, oder wählen Sie „leeren“."),
        ({"programme": "x" * 201}, "Höchstens 200 Zeichen sind erlaubt."),
        ({"modus": "vernichten"}, "was mit dem Feld geschehen soll"),
        ({"feld": "title", "title": "Alle gleich"}, "welches Feld sich ändern soll"),
        ({"feld": "owner", "owner": "stadt-soest"}, "welches Feld sich ändern soll"),
        ({"feld": "contact_email", "contact_email": "niemand"}, "keine gültige E-Mail-Adresse"),
        ({"feld": "audience", "modus": "add", "audience": "aliens"}, "Erlaubt ist nur"),
        ({"feld": "phase", "phase": "operation", "phase_as_of": "irgendwann"}, "JJJJ"),
        ({"feld": "fits_population", "fits_population_from": "-5"}, "mindestens 0"),
        ({"auswahl": ""}, "mindestens einen Eintrag"),
        ({"auswahl": "::: x y:z"}, "mindestens einen Eintrag"),
        ({"auswahl": " ".join(f"e{number}:1" for number in range(501))}, "höchstens 500"),
    ],
)
def test_a_bad_form_is_refused_with_a_reason(shared_office: Office, values: dict[str, str], reason: str) -> None:
    tick = shared_office.database.tick()
    for step in ("vorschau", "anwenden"):
        answer = post(shared_office.client("coordinator"), f"{PATH}/{step}", VALUE | {"auswahl": f"{OWN}:0"} | values)
        assert answer.status_code == 422
        check(answer)
        assert reason in html.unescape(re.sub(r"\s+", " ", answer.text)), step
    assert shared_office.database.tick() == tick


@pytest.mark.parametrize("field", ["requirements", "phase", "audience", "fits_population", "funding_note", "owner"])
def test_each_kind_of_field_has_a_sound_form(shared_office: Office, field: str) -> None:
    data = {"eintrag": OWN, "feld": field}
    page = check(post(shared_office.client("administrator"), f"{PATH}/aenderung", data))
    answer = post(shared_office.client("administrator"), f"{PATH}/vorschau", fields(page, f"{PATH}/vorschau"))
    assert answer.status_code == 422
    check(answer)


def test_a_building_block_and_a_deputy_are_named_in_words(office: Office) -> None:
    values = {
        "feld": "requirements",
        "modus": "add",
        "requirements.capability": "fit-connect",
        "requirements.level": "recommended",
        "requirements.note": "",
    }
    page = _preview(office, [OWN], **values)
    assert "FIT-Connect" in page.h1
    page = _preview(office, [OWN], "administrator", feld="deputy", modus="set", deputy="stadt-wuppertal")
    assert "Vertretende Stelle: keine Angabe → wird Stadt Wuppertal" in page.main
    answer = post(office.client("administrator"), f"{PATH}/anwenden", fields(page, f"{PATH}/anwenden"))
    assert "Stadt Wuppertal" in office.pages("administrator").get(answer.headers["Location"]).main


def test_under_four_eyes_the_preview_says_so_and_the_change_waits(office: Office) -> None:
    four_eyes(office)
    page = _preview(office, [OWN])
    assert "Vier-Augen-Prinzip" in page.main
    answer = post(office.client("coordinator"), f"{PATH}/anwenden", fields(page, f"{PATH}/anwenden"))
    assert answer.status_code == 303
    assert record(office).programme != "Probeprogramm"
    assert "zur Prüfung eingereicht" in office.pages("coordinator").get(answer.headers["Location"]).main


def test_what_changed_since_is_named_when_a_set_is_undone(office: Office) -> None:
    give(office, MORE)
    answer = post(office.client("coordinator"), f"{PATH}/anwenden", fields(_preview(office), f"{PATH}/anwenden"))
    save(office, MORE[0], programme="Inzwischen anders")
    pages = office.pages("coordinator")
    assert pages.get(answer.headers["Location"]).main.count("bleibt: seitdem geändert") == 1
    post(pages.client, f"{answer.headers['Location']}/zuruecknehmen")
    page = pages.get(answer.headers["Location"])
    assert "Zurückgenommen bei 3 Einträgen" in page.main.replace("\xa0", " ")
    assert record(office, MORE[0]).programme == "Inzwischen anders"
    tick = office.database.tick()
    post(pages.client, f"{answer.headers['Location']}/zuruecknehmen")
    assert "schon zurückgenommen" in pages.get(answer.headers["Location"]).main
    assert office.database.tick() == tick


def test_others_have_no_way_in(office: Office) -> None:
    answer = post(office.client("coordinator"), f"{PATH}/anwenden", fields(_preview(office, [OWN]), f"{PATH}/anwenden"))
    address = answer.headers["Location"]
    for role in ("reader", "editor", "other"):
        client = office.client(role)
        for path in (PATH, f"{PATH}/vorgaenge", address, f"{PATH}/tabelle"):
            assert client.get(path).status_code == 403, (role, path)
        for path in (f"{PATH}/vorschau", f"{PATH}/anwenden", f"{address}/zuruecknehmen", f"{PATH}/tabelle/ausgabe"):
            assert post(client, path, VALUE | {"auswahl": f"{OWN}:1"}).status_code == 403, (role, path)
    stranger = office.pages("other coordinator")
    stranger.get(address, status=404)
    assert post(stranger.client, f"{address}/zuruecknehmen").status_code == 404
    assert "noch keinen Vorgang" in stranger.get(f"{PATH}/vorgaenge").main
    assert record(office).programme == "Probeprogramm"


def test_a_post_without_token_changes_nothing(office: Office) -> None:
    client = office.client("coordinator")
    tick = office.database.tick()
    assert client.post(f"{PATH}/anwenden", data=VALUE | {"auswahl": f"{OWN}:1"}).status_code == 400
    assert office.database.tick() == tick
    with office.database.reading() as session:
        assert not session.exec(select(RevisionSet)).all()
        assert not [one for one in session.exec(select(Revision)) if one.set_key]
