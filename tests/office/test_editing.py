"""Editing in steps: nothing typed is lost, nothing can be set that a form does not have."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from registry.editorial.models import Proposal
from tests.office.world import FOREIGN, OWN, Office
from tests.web.client import Page, check

BASE = "/verwaltung/bearbeiten"


@pytest.fixture(scope="module")
def office(shared_office: Office) -> Office:
    """Return a site that the tests share: each of them edits a new entry of its own."""
    return shared_office


@pytest.fixture
def fresh(own_office: Callable[..., Office]) -> Office:
    """Return a site of the test's own, for tests that change the catalogue or an existing entry."""
    return own_office()


class Desk:
    """A person who edits: fetches steps, and sends their forms as a browser would."""

    def __init__(self, office: Office, role: str) -> None:
        self.office = office
        self.pages = office.pages(role)
        self.key = ""

    def begin(self, slug: str | None = None) -> "Desk":
        first = self.pages.get(f"{BASE}/neu")
        form = fields(first, "begin") if slug is None else {"csrf_token": _token(first)}
        address = f"{BASE}/neu" if slug is None else f"{BASE}/eintrag/{slug}"
        answer = self.pages.client.post(address, data=form)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        self.key = answer.headers["Location"].split("/")[-2]
        return self

    def get(self, step: str, **options: Any) -> Page:
        return self.pages.get(f"{BASE}/{self.key}/{step}", **options)

    def send(self, page: Page, step: str, changes: dict[str, Any], status: int = 200, suffix: str = "") -> Any:
        form = fields(page, "schritt") | changes
        answer = self.pages.client.post(f"{BASE}/{self.key}/{step}{suffix}", data=form)
        assert answer.status_code == status, (answer.status_code, answer.get_data(as_text=True)[:3000])
        return answer

    def save(self, step: str, changes: dict[str, Any], status: int = 200) -> Page:
        return check(self.send(self.get(step), step, {"tun": "speichern"} | changes, status))

    @property
    def values(self) -> dict[str, Any]:
        return self.proposal.values

    @property
    def proposal(self) -> Proposal:
        with self.office.database.reading() as session:
            return session.exec(select(Proposal).where(Proposal.key == self.key)).one()


def _token(page: Page) -> str:
    return next(one.get("value", "") for one in page.all(".//input[@name='csrf_token']"))


def fields(page: Page, form_id: str) -> dict[str, Any]:
    """Return what a browser would send of a form when no button is pressed."""
    forms = [one for one in page.all(".//main//form") if one.get("id") == form_id or form_id == "begin"]
    found: dict[str, Any] = {}
    patterns = {id(one) for pattern in forms[0].iter("template") for one in pattern.iter()}
    for one in forms[0].iter():
        name = one.get("name")
        if name is None or id(one) in patterns:
            continue
        if one.tag == "textarea":
            found.setdefault(name, []).append("".join(one.itertext()).removeprefix("\n"))
        elif one.tag == "select":
            chosen = [option.get("value", "") for option in one.iter("option") if option.get("selected") is not None]
            found.setdefault(name, []).append(chosen[0] if chosen else "")
        elif one.tag == "input":
            if one.get("type") in ("checkbox", "radio") and one.get("checked") is None:
                continue
            found.setdefault(name, []).append(one.get("value", ""))
    return found


@pytest.mark.parametrize(
    "step",
    ["grunddaten", "ozg-zuordnung", "projekt", "uebertragbarkeit", "voraussetzungen", "kosten", "nachweise", "pruefen"],
)
def test_every_step_of_a_new_entry_is_a_sound_page(office: Office, step: str) -> None:
    desk = Desk(office, "coordinator").begin()
    page = desk.get(step)
    assert page.h1


# -- beginning ----------------------------------------------------------------------------------------------------


def test_a_new_entry_belongs_to_the_organisation_of_its_editor(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    assert desk.proposal.bundle_id is None
    assert desk.proposal.organisation_id is not None


def test_nobody_begins_an_entry_for_an_organisation_of_others(fresh: Office) -> None:
    desk = Desk(fresh, "editor")
    page = desk.pages.get(f"{BASE}/neu")
    for foreign in ("2", "999999", "x", ""):
        answer = desk.pages.client.post(f"{BASE}/neu", data={"csrf_token": _token(page), "organisation": foreign})
        assert answer.status_code == 422, foreign
    with fresh.database.reading() as session:
        assert session.exec(select(Proposal)).all() == []


def test_an_administrator_may_begin_an_entry_that_belongs_to_nobody_yet(office: Office) -> None:
    assert Desk(office, "administrator").begin().proposal.organisation_id is None


def test_an_existing_entry_is_edited_as_a_copy(fresh: Office) -> None:
    desk = Desk(fresh, "editor").begin(OWN)
    page = desk.get("grunddaten")
    assert fields(page, "schritt")["title"] == ["Hundesteuer online (Bürgerportal Soest)"]
    assert "slug" not in fields(page, "schritt")
    again = desk.pages.client.post(f"{BASE}/eintrag/{OWN}", data={"csrf_token": _token(page)})
    assert again.headers["Location"].split("/")[-2] == desk.key


def test_an_entry_of_others_and_an_unknown_one_are_refused(office: Office) -> None:
    desk = Desk(office, "editor")
    token = _token(desk.pages.get(f"{BASE}/neu"))
    assert desk.pages.client.post(f"{BASE}/eintrag/{FOREIGN}", data={"csrf_token": token}).status_code == 403
    assert desk.pages.client.post(f"{BASE}/eintrag/nirgends", data={"csrf_token": token}).status_code == 404


def test_a_working_copy_is_for_its_author_alone(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    page = desk.get("grunddaten")
    form = fields(page, "schritt") | {"title": "Fremder Titel", "tun": "speichern"}
    for role in ("other", "administrator", "coordinator"):
        stranger = office.pages(role)
        form["csrf_token"] = _token(stranger.get(f"{BASE}/neu"))
        for suffix in ("", "/zwischenspeichern"):
            answer = stranger.client.post(f"{BASE}/{desk.key}/grunddaten{suffix}", data=form)
            assert answer.status_code in (403, 404), role
        answer = stranger.client.post(f"{BASE}/{desk.key}/verwerfen", data=form)
        assert answer.status_code in (403, 404), role
    assert desk.values["title"] is None
    assert office.client("other").get(f"{BASE}/{desk.key}/grunddaten").status_code == 404


def test_unknown_keys_and_steps_are_not_found(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    desk.pages.get(f"{BASE}/unbekannt/grunddaten", status=404)
    desk.get("nirgends", status=404)
    desk.get("../etc/passwd", status=404)


# -- saving -------------------------------------------------------------------------------------------------------


def test_wrong_values_are_kept_and_shown_with_the_reason_at_the_field(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    page = desk.save(
        "projekt",
        {
            "funding_amount_eur": "zwölf",
            "phase_as_of": "Herbst",
            "participants.0.role": "lead",
            "participants.0.stelle": "Nirgendwo",
        },
        status=422,
    )
    form = fields(page, "schritt")
    assert form["funding_amount_eur"] == ["zwölf"]
    assert form["participants.0.stelle"] == ["Nirgendwo"]
    links = page.links()
    assert "#feld-funding-amount-eur" in links.values()
    assert "#feld-participants-0-stelle" in links.values()
    assert page.by_id("feld-funding-amount-eur").get("aria-invalid") == "true"
    assert page.title.startswith("Fehler: ")
    again = desk.get("projekt")
    assert "Das ist keine Zahl." in again.main


def test_saving_and_going_on_waits_for_right_values_but_the_list_of_steps_does_not(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    page = desk.get("kosten")
    form = {"costs.operation_fte_from": "viel", "weiter": "naechster"}
    assert desk.send(page, "kosten", form, status=422)
    desk.send(desk.get("kosten"), "kosten", {"costs.operation_fte_from": "viel", "weiter": "projekt"}, status=303)
    answer = desk.send(
        desk.get("kosten"), "kosten", {"costs.operation_fte_from": "1,5", "weiter": "naechster"}, status=303
    )
    assert answer.headers["Location"].endswith("/nachweise")
    assert desk.values["costs.operation_fte_from"] == 1.5


def test_german_amounts_and_dates_are_understood(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    page = desk.save("projekt", {"funding_amount_eur": "12.500,00", "live_since": "08.10.2019"})
    assert fields(page, "schritt")["funding_amount_eur"] == ["12.500"]
    assert (desk.values["funding_amount_eur"], desk.values["live_since"]) == ("12500.00", "2019-10-08")


def test_fields_that_a_form_does_not_have_cannot_be_set(fresh: Office) -> None:
    desk = Desk(fresh, "coordinator").begin(OWN)
    before = desk.values
    desk.save(
        "grunddaten",
        {
            "state": "withdrawn",
            "state_note": "x",
            "slug": "anders",
            "verified_on": "2026-01-01",
            "verified_by": "ich",
            "owner_id": "2",
            "organisation_id": "2",
            "author_id": "1",
            "programme": "falscher Schritt",
            "links.0.bundle_id": "1",
        },
    )
    assert desk.values == before
    assert desk.proposal.organisation_id != 2


def test_a_text_that_is_far_too_long_is_refused_but_stays_in_the_page(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    long = "wort " * 9000
    page = desk.save("grunddaten", {"title": "Titel des Eintrags", "description": long}, status=422)
    assert fields(page, "schritt")["description"] == [long.strip()]
    assert "wurde nicht gespeichert" in page.main
    assert (desk.values["title"], desk.values["description"]) == ("Titel des Eintrags", None)


def test_a_text_that_is_longer_than_the_field_is_kept_as_a_draft_and_marked(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    page = desk.save("grunddaten", {"title": "T" * 201, "summary": "Eine Kurzbeschreibung"}, status=422)
    assert "Höchstens 200 Zeichen sind erlaubt." in page.main
    assert desk.values["title"] == "T" * 201


def test_a_form_that_is_too_large_is_refused(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    form = fields(desk.get("grunddaten"), "schritt") | {"description": "x" * (2 * 1024 * 1024)}
    assert desk.pages.client.post(f"{BASE}/{desk.key}/grunddaten", data=form).status_code == 413
    assert desk.values["description"] is None


def test_control_characters_are_left_out(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    desk.save("grunddaten", {"title": "Ein\x00 Titel\x1b", "summary": "Eine Kurzbeschreibung"})
    assert desk.values["title"] == "Ein Titel"


def test_a_form_without_token_changes_nothing(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    form = fields(desk.get("grunddaten"), "schritt") | {"title": "Titel", "csrf_token": "falsch"}
    assert desk.pages.client.post(f"{BASE}/{desk.key}/grunddaten", data=form).status_code == 400
    assert desk.values["title"] is None


# -- rows ---------------------------------------------------------------------------------------------------------


def test_rows_are_added_and_taken_out_without_scripts(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    page = desk.save(
        "nachweise", {"sources.0.url": "https://amt.example/1", "sources.0.title": "Eins", "tun": "mehr:sources"}
    )
    first = page.by_id("feld-sources-1-url")
    assert first.get("autofocus") is not None
    changes = {"sources.1.url": "https://amt.example/2", "sources.1.title": "Zwei", "tun": "entfernen:sources:0"}
    check(desk.send(page, "nachweise", changes))
    assert [row["title"] for row in desk.values["sources"]] == ["Zwei"]


def test_a_service_is_found_and_added_without_scripts(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    page = desk.save("ozg-zuordnung", {"suche": "hund anmelden", "tun": "suche"})
    offers = [one.get("value") for one in page.all(".//button") if (one.get("value") or "").startswith("leistung:")]
    assert "leistung:10160" in offers
    page = check(desk.send(page, "ozg-zuordnung", {"tun": "leistung:10160"}))
    assert "Hundehaltung" in page.main
    changes = {
        "ozg_services.0.basis": "named",
        "ozg_services.0.leika_keys": ["99102013000000"],
        "ozg_services.0.leika_weitere": "77 102 013 000 000",
        "tun": "speichern",
    }
    check(desk.send(page, "ozg-zuordnung", changes))
    assert desk.values["ozg_services"] == [
        {
            "ozg_id": "10160",
            "coverage": None,
            "basis": "named",
            "note": None,
            "leika_keys": ["99102013000000", "77102013000000"],
        }
    ]


def test_an_unknown_service_cannot_be_added_and_a_foreign_leika_service_is_marked(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    page = desk.get("ozg-zuordnung")
    desk.send(page, "ozg-zuordnung", {"tun": "leistung:99999"}, status=404)
    page = check(desk.send(page, "ozg-zuordnung", {"tun": "leistung:10160"}))
    changes = {"ozg_services.0.basis": "named", "ozg_services.0.leika_weitere": "99041006013000", "tun": "speichern"}
    page = check(desk.send(page, "ozg-zuordnung", changes, status=422))
    assert "gehört nicht zur OZG-Leistung 10160" in page.main


def test_a_participant_is_found_by_name_key_and_choice(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    page = desk.save(
        "projekt",
        {
            "participants.0.role": "lead",
            "participants.0.stelle": "soest",
            "participants.1.role": "partner",
            "participants.1.stelle": "05974",
            "participants.2.role": "partner",
            "participants.2.stelle": "Verein der Beispiele",
        },
        status=422,
    )
    assert desk.values["participants"][0]["municipality"] == "05974040"
    assert desk.values["participants"][1]["district"] == "05974"
    assert "AGS 05974040" in page.main
    page = check(desk.send(page, "projekt", {"participants.2.frei": "ja", "tun": "speichern"}))
    assert desk.values["participants"][2]["name"] == "Verein der Beispiele"
    assert fields(page, "schritt")["participants.2.stelle"] == ["Verein der Beispiele"]
    check(desk.send(page, "projekt", {"tun": "speichern"}))
    assert desk.values["participants"][2]["name"] == "Verein der Beispiele"


def test_a_name_that_is_not_exact_leads_to_a_choice(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    page = desk.save("projekt", {"participants.0.role": "lead", "participants.0.stelle": "Gemeinde Soest"}, status=422)
    options = [one.get("value") for one in page.by_id("feld-participants-0-auswahl").iter("option")]
    assert "municipality:05974040" in options
    check(desk.send(page, "projekt", {"participants.0.auswahl": "municipality:05974040", "tun": "speichern"}))
    assert desk.values["participants"][0]["municipality"] == "05974040"


# -- preview ------------------------------------------------------------------------------------------------------

EVIL = "**fett** <script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"


def test_scripts_in_markdown_are_harmless_in_every_preview(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    page = desk.save("grunddaten", {"description": EVIL, "tun": "vorschau:description"})
    assert "<strong>fett</strong>" in page.response.get_data(as_text=True)
    answer = desk.pages.client.post(
        f"{BASE}/vorschau", data={"text": EVIL}, headers={"X-CSRFToken": fields(page, "schritt")["csrf_token"][0]}
    )
    html = answer.get_data(as_text=True)
    assert "<strong>fett</strong>" in html
    for text in (html, page.response.get_data(as_text=True).split("preview__text", 1)[1]):
        assert not re.search(r"<script>alert|<img|href=.javascript", text)


def test_the_preview_needs_an_account_a_token_and_a_text_of_sensible_length(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    token = fields(desk.get("grunddaten"), "schritt")["csrf_token"][0]
    assert desk.pages.client.post(f"{BASE}/vorschau", data={"text": "x"}).status_code == 400
    long = {"text": "x" * 40_001, "csrf_token": token}
    assert desk.pages.client.post(f"{BASE}/vorschau", data=long).status_code == 413
    assert office.client("reader").get(f"{BASE}/leistungen?q=hund").status_code == 403


# -- autosave -----------------------------------------------------------------------------------------------------


def test_autosave_answers_what_the_page_shows_beside_the_form(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    page = desk.get("grunddaten")
    answer = desk.send(
        page, "grunddaten", {"title": "Titel", "summary": "kurz"}, suffix="/zwischenspeichern"
    ).get_json()
    assert answer["version"] == 1
    assert re.fullmatch(r"\d\d:\d\d", answer["saved"])
    assert answer["problems"] == 1
    assert answer["states"]["grunddaten"] == "Fehler"
    assert answer["groups"][0] == {"key": "basics", "filled": 1}
    assert desk.values["summary"] == "kurz"


def test_autosave_refuses_what_it_cannot_keep(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    page = desk.get("grunddaten")
    answer = desk.send(page, "grunddaten", {"description": "x" * 40_001}, suffix="/zwischenspeichern").get_json()
    assert "wurde nicht gespeichert" in answer["message"]
    assert desk.values["description"] is None


# -- two windows --------------------------------------------------------------------------------------------------


def test_two_windows_on_different_fields_lose_nothing(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    first, second = desk.get("grunddaten"), desk.get("grunddaten")
    check(desk.send(first, "grunddaten", {"title": "Titel", "summary": "Eine Kurzbeschreibung", "tun": "speichern"}))
    check(desk.send(second, "grunddaten", {"description": "Beschreibung", "tun": "speichern"}))
    values = desk.values
    assert (values["title"], values["summary"], values["description"]) == (
        "Titel",
        "Eine Kurzbeschreibung",
        "Beschreibung",
    )


@pytest.mark.parametrize(("choice", "kept"), [("mine", "Meiner"), ("theirs", "Anderer")])
def test_two_windows_on_one_field_lead_to_a_choice(office: Office, choice: str, kept: str) -> None:
    desk = Desk(office, "editor").begin()
    first, second = desk.get("grunddaten"), desk.get("grunddaten")
    other = {"title": "Anderer", "summary": "Eine Kurzbeschreibung", "tun": "speichern"}
    check(desk.send(first, "grunddaten", other))
    mine = {"title": "Meiner", "description": "Meine Beschreibung", "tun": "weiter"}
    page = check(desk.send(second, "grunddaten", mine, status=409))
    assert "Meiner" in page.main
    assert "Anderer" in page.main
    assert "Eine Kurzbeschreibung" not in page.main  # only one window has changed it
    form = fields(page, "begin") | {"wahl.title": choice, "tun": "speichern"}
    answer = desk.pages.client.post(f"{BASE}/{desk.key}/grunddaten", data=form)
    assert answer.status_code == 200
    values = desk.values
    assert (values["title"], values["summary"], values["description"]) == (
        kept,
        "Eine Kurzbeschreibung",
        "Meine Beschreibung",
    )


def test_autosave_in_two_windows_stops_and_tells(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    first, second = desk.get("grunddaten"), desk.get("grunddaten")
    desk.send(first, "grunddaten", {"title": "Anderer"}, suffix="/zwischenspeichern")
    answer = desk.send(second, "grunddaten", {"title": "Meiner"}, status=409, suffix="/zwischenspeichern")
    assert "anderen Fenster" in answer.get_json()["message"]
    assert desk.values["title"] == "Anderer"


def test_a_list_in_two_windows_leads_to_a_choice(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    first, second = desk.get("nachweise"), desk.get("nachweise")
    one = {"sources.0.url": "https://amt.example/1", "sources.0.title": "Eins"}
    check(desk.send(first, "nachweise", one | {"tun": "speichern"}))
    other = {"sources.0.url": "https://amt.example/2", "sources.0.title": "Zwei", "tun": "speichern"}
    page = check(desk.send(second, "nachweise", other, status=409))
    answer = desk.pages.client.post(
        f"{BASE}/{desk.key}/nachweise", data=fields(page, "begin") | {"wahl.sources": "mine", "tun": "speichern"}
    )
    assert answer.status_code == 200
    assert [row["title"] for row in desk.values["sources"]] == ["Zwei"]


def test_what_is_typed_into_a_closed_version_is_shown_to_be_copied(fresh: Office) -> None:
    desk = _complete(Desk(fresh, "editor").begin())
    page = desk.get("grunddaten")
    desk.send(desk.get("pruefen"), "pruefen", {"tun": "pruefung"}, status=303)
    answer = desk.send(page, "grunddaten", {"title": "Noch ein Titel", "tun": "speichern"}, status=403)
    assert "Noch ein Titel" in check(answer).main


# -- finishing ----------------------------------------------------------------------------------------------------


def _complete(desk: Desk) -> Desk:
    """Fill in what a published entry needs."""
    desk.save("grunddaten", {"title": "Hund anmelden", "summary": "Online einen Hund anmelden."})
    page = check(desk.send(desk.get("ozg-zuordnung"), "ozg-zuordnung", {"tun": "leistung:10160"}))
    desk.send(page, "ozg-zuordnung", {"ozg_services.0.basis": "named", "tun": "speichern"})
    desk.save("projekt", {"participants.0.role": "lead", "participants.0.stelle": "Stadt Soest"})
    desk.save("nachweise", {"sources.0.url": "https://amt.example/hund", "sources.0.title": "Hund anmelden"})
    return desk


def test_the_last_step_links_to_what_is_missing_and_publishes_nothing(office: Office) -> None:
    desk = Desk(office, "coordinator").begin()
    page = desk.get("pruefen")
    assert any("grunddaten?pruefen=ja#feld-title" in address for address in page.links().values())
    page = check(desk.send(page, "pruefen", {"tun": "veroeffentlichen"}, status=422))
    assert "Titel: Die Angabe fehlt." in page.main
    marked = desk.pages.get(f"{BASE}/{desk.key}/grunddaten?pruefen=ja")
    assert marked.by_id("feld-title").get("aria-invalid") == "true"
    assert desk.get("grunddaten").by_id("feld-title").get("aria-invalid") is None


def test_a_coordinator_publishes_and_sees_the_page_at_once(fresh: Office) -> None:
    desk = _complete(Desk(fresh, "coordinator").begin())
    page = desk.get("pruefen")
    assert "/buendel/hund-anmelden-soest" in page.main
    answer = desk.send(page, "pruefen", {"tun": "veroeffentlichen", "begruendung": "neu"}, status=303)
    assert answer.headers["Location"] == "/buendel/hund-anmelden-soest"
    page = desk.pages.get("/buendel/hund-anmelden-soest")
    assert "Der Eintrag ist veröffentlicht." in page.main
    assert "Der Eintrag ist veröffentlicht." not in desk.pages.get("/buendel/hund-anmelden-soest").main
    assert "Hund anmelden" in fresh.pages("anonymous").get("/suche?q=hund+anmelden").main


def test_an_editor_gives_to_review_and_cannot_publish(fresh: Office) -> None:
    desk = _complete(Desk(fresh, "editor").begin())
    page = desk.get("pruefen")
    assert "veroeffentlichen" not in [one.get("value") for one in page.all(".//button")]
    page = check(desk.send(page, "pruefen", {"tun": "veroeffentlichen", "begruendung": "trotzdem"}, status=403))
    assert fields(page, "schritt")["begruendung"] == ["trotzdem"]
    desk.send(page, "pruefen", {"tun": "pruefung"}, status=303)
    assert desk.proposal.state == "submitted"


def test_a_draft_is_stored_and_edited_further(fresh: Office) -> None:
    desk = _complete(Desk(fresh, "editor").begin())
    answer = desk.send(desk.get("pruefen"), "pruefen", {"tun": "entwurf"}, status=303)
    assert answer.headers["Location"].endswith("/pruefen")
    assert "Der Entwurf ist gespeichert." in desk.get("pruefen").main
    assert "slug" not in fields(desk.get("grunddaten"), "schritt")
    fresh.pages("anonymous").get("/buendel/hund-anmelden-soest", status=404)


def test_a_name_in_the_address_that_is_taken_is_refused(office: Office) -> None:
    desk = _complete(Desk(office, "coordinator").begin())
    desk.save("grunddaten", {"slug": OWN})
    page = check(desk.send(desk.get("pruefen"), "pruefen", {"tun": "veroeffentlichen"}, status=422))
    assert "Diesen Kurznamen hat schon ein anderer Eintrag." in page.main


def test_two_entries_of_one_title_get_different_addresses(fresh: Office) -> None:
    for expected in ("hund-anmelden-soest", "hund-anmelden-soest-2"):
        desk = _complete(Desk(fresh, "coordinator").begin())
        answer = desk.send(desk.get("pruefen"), "pruefen", {"tun": "veroeffentlichen"}, status=303)
        assert answer.headers["Location"] == f"/buendel/{expected}"


@pytest.mark.parametrize(
    ("day", "reason"), [("gestern", "kein Datum"), ("01.01.2020", "nicht in der Zukunft"), ("2999-01-01", "ein Jahr")]
)
def test_a_bad_day_of_publication_is_refused(office: Office, day: str, reason: str) -> None:
    desk = _complete(Desk(office, "coordinator").begin())
    form = {"tun": "veroeffentlichen", "veroeffentlichen_am": day}
    page = check(desk.send(desk.get("pruefen"), "pruefen", form, status=422))
    assert reason in page.main
    assert fields(page, "schritt")["veroeffentlichen_am"] == [day]


def test_changes_of_an_entry_are_shown_before_and_after(fresh: Office) -> None:
    desk = Desk(fresh, "coordinator").begin(OWN)
    desk.save("projekt", {"programme": "Neues Programm", "funding_amount_eur": "1.000"})
    page = desk.get("pruefen")
    rows = [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in page.all(".//tbody/tr")]
    assert ["Förderprogramm ändern", "Digitale Modellregionen NRW", "Neues Programm"] in rows
    assert ["Fördersumme in Euro ändern", "keine Angabe", "1.000 Euro"] in rows
    assert len(rows) == 2


def test_a_stale_last_step_publishes_nothing_unseen(office: Office) -> None:
    desk = _complete(Desk(office, "coordinator").begin())
    page = desk.get("pruefen")
    desk.save("grunddaten", {"title": "Ganz anderer Titel"})
    page = check(desk.send(page, "pruefen", {"tun": "veroeffentlichen", "begruendung": "g"}, status=409))
    assert "Ganz anderer Titel" in page.main
    assert fields(page, "schritt")["begruendung"] == ["g"]


def test_a_working_copy_can_be_discarded(fresh: Office) -> None:
    desk = Desk(fresh, "editor").begin(OWN)
    token = _token(desk.get("pruefen"))
    answer = desk.pages.client.post(f"{BASE}/{desk.key}/verwerfen", data={"csrf_token": token})
    assert answer.status_code == 303
    desk.get("grunddaten", status=404)


def test_unknown_buttons_save_and_do_nothing_else(office: Office) -> None:
    desk = Desk(office, "editor").begin()
    for value in ("mehr:owner", "entfernen:sources:-1", "entfernen:x:1", "leistung:../x", "löschen", "vorschau:a.b"):
        desk.send(desk.get("nachweise"), "nachweise", {"tun": value})
    desk.send(desk.get("nachweise"), "nachweise", {"weiter": "https://boese.example"}, status=200)
    desk.send(desk.get("pruefen"), "pruefen", {"tun": "loeschen"}, status=400)


def test_a_field_that_others_changed_meanwhile_leads_to_the_choice_between_both(fresh: Office) -> None:
    mine, other = Desk(fresh, "coordinator").begin(OWN), Desk(fresh, "administrator").begin(OWN)
    other.save("grunddaten", {"title": "Titel der anderen Person"})
    other.send(other.get("pruefen"), "pruefen", {"tun": "veroeffentlichen"}, status=303)
    mine.save("grunddaten", {"title": "Mein Titel"})
    answer = mine.send(mine.get("pruefen"), "pruefen", {"tun": "veroeffentlichen"}, status=303)
    assert answer.headers["Location"] == f"/verwaltung/konflikt/{mine.key}"
    assert "Mein Titel" in mine.pages.get(answer.headers["Location"]).main
    assert mine.values["title"] == "Mein Titel"
