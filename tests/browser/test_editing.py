"""Editing in a real browser: few pages, by keyboard, without scripts, saved while typing."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from registry.catalogue.models import ServiceBundle
from registry.editorial.models import Proposal
from registry.reuse.records import record_of
from tests.browser.office import OfficeServer, OfficeVisit
from tests.browser.reading import COLOUR_RULES, WIDTHS, clipped, outside, overflow, unfold, violations
from tests.browser.serving import OFFLINE, PATIENCE

pytestmark = pytest.mark.browser
STEPS = (
    "grunddaten",
    "ozg-zuordnung",
    "projekt",
    "uebertragbarkeit",
    "voraussetzungen",
    "kosten",
    "nachweise",
    "pruefen",
)
MOST_PAGES = 12
LONG = "Text mit **Hervorhebung** und mehreren Wörtern."


@contextmanager
def counted(page: Page) -> Iterator[list[str]]:
    """Count the pages that a window shows."""
    shown: list[str] = []
    page.on("framenavigated", lambda frame: shown.append(frame.url) if frame == page.main_frame else None)
    yield shown


def _next(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Speichern und weiter")).click()


def _begin(page: Page) -> str:
    page.goto("/verwaltung/bearbeiten/neu")
    page.get_by_role("button", name="Eintrag beginnen").click()
    page.wait_for_url("**/grunddaten")
    return page.url.rsplit("/", 1)[0]


def _row(page: Page, name: str, number: int) -> str:
    return f"#feld-{name}-{number}-"


def _fill_in(page: Page, *, scripts: bool) -> None:
    """Fill in all steps of a new entry, from the first one on, as a person who never saw the system would."""
    page.get_by_label("Titel (erforderlich)").fill("Musterdienst für die Prüfung")
    page.get_by_label("Kurzbeschreibung (erforderlich)").fill("Ein Dienst, den es nur in dieser Prüfung gibt.")
    page.get_by_role("textbox", name="Beschreibung (Markdown)").fill(LONG)
    page.get_by_label("Bürgerinnen und Bürger").check()
    page.get_by_label("Funktionspostfach").fill("ozg@soest.example")
    page.get_by_role("button", name="Link hinzufügen").click()
    page.get_by_label("Art (erforderlich)").select_option(label="Website")
    page.locator("#feld-links-0-url").fill("https://amt.example/dienst")
    _next(page)

    page.wait_for_url("**/ozg-zuordnung")
    search = page.get_by_label("OZG-Leistung suchen")
    search.press_sequentially("hund anmelden")
    if not scripts:
        page.get_by_role("button", name="Suchen").click()
    page.get_by_role("button", name="Hinzufügen: Hundehaltung").click()
    page.get_by_label("Abdeckung").select_option(label="vollständig")
    page.get_by_label("Grundlage der Zuordnung (erforderlich)").select_option(label="in einer Quelle genannt")
    page.get_by_text(re.compile("LeiKa-Leistungen zur Auswahl")).click()
    page.get_by_label("Hundehaltung Meldung 99").check()
    page.get_by_role("button", name="Reifegrad hinzufügen").click()
    page.get_by_label("Modell und Stufe (erforderlich)").select_option(label="Stufe 3: Online-Leistung")
    page.get_by_label("Bewertet am (erforderlich)").fill("01.03.2024")
    page.get_by_label("Grund der Bewertung (erforderlich)").fill("Der Antrag ist online möglich.")
    _next(page)

    page.wait_for_url("**/projekt")
    page.locator("#feld-participants-0-role").select_option(label="Federführung")
    page.locator("#feld-participants-0-stelle").fill("Soest")
    page.get_by_role("button", name="Beteiligte Stelle hinzufügen").click()
    page.locator("#feld-participants-1-role").select_option(label="IT-Dienstleister")
    page.locator("#feld-participants-1-stelle").fill("Südwestfalen-IT (SIT)")
    page.get_by_label("Förderprogramm").fill("Digitale Modellregionen NRW")
    page.get_by_label("Projektphase").select_option(label="Betrieb")
    page.get_by_label("Stand der Phase").fill("03.2024")
    page.get_by_label("Projektbeginn").fill("2020")
    page.get_by_label("Online seit").fill("2023-05")
    page.get_by_label("Fördersumme in Euro").fill("12.500,00")
    _next(page)

    page.wait_for_url("**/uebertragbarkeit")
    page.get_by_label("Nachnutzungsmodell").select_option(label="Eigenbetrieb, quelloffen")
    page.get_by_label("Open-Source-Lizenz").check()
    page.get_by_label(re.compile("^Lizenz")).fill("EUPL-1.2")
    page.get_by_label("Übertragbar seit").fill("01.2024")
    page.get_by_label("Einwohner ab").fill("10.000")
    page.get_by_label("Kreise", exact=True).check()
    for area in page.locator("textarea[name^='transferability.'], textarea[name^='dimensions.']").all():
        area.fill(LONG)
    for choice in page.locator("select[name^='dimensions.']").all():
        choice.select_option(value="2")
    _next(page)

    page.wait_for_url("**/voraussetzungen")
    page.get_by_role("button", name="Baustein hinzufügen").click()
    page.get_by_label("Baustein (erforderlich)").select_option(label="BundID")
    page.get_by_label("Verbindlichkeit (erforderlich)").select_option(label="zwingend")
    for area in page.locator("textarea[name^='transferability.']").all():
        area.fill(LONG)
    _next(page)

    page.wait_for_url("**/kosten")
    for field in page.locator("input[name^='costs.']").all():
        field.fill("1.250,5")
    page.locator("#feld-costs-introduction-duration-months-from").fill("3")
    page.locator("#feld-costs-introduction-duration-months-to").fill("6")
    page.locator("#feld-costs-operation-fte-from").fill("0,5")
    page.locator("#feld-costs-operation-fte-to").fill("1")
    page.get_by_role("textbox", name="Finanzierungsquellen").fill(LONG)
    _next(page)

    page.wait_for_url("**/nachweise")
    page.locator("#feld-sources-0-url").fill("https://amt.example/bericht")
    page.get_by_label("Titel der Quelle (erforderlich)").fill("Bericht der Prüfung")
    page.get_by_label("Datum der Quelle").fill("08.10.2023")
    page.get_by_label("Was die Quelle belegt").fill("Alle Angaben dieser Prüfung")
    _next(page)

    page.wait_for_url("**/pruefen")
    expect(page.get_by_text("Der Eintrag kann veröffentlicht werden.")).to_be_visible()
    page.get_by_label(re.compile("^Grund ")).fill("Erste Fassung")
    page.get_by_role("button", name="Veröffentlichen").click()


def test_a_coordinator_who_never_saw_the_system_publishes_a_complete_entry_in_few_pages(
    office_visit: OfficeVisit, office_server: OfficeServer
) -> None:
    page = office_visit("coordinator", "/verwaltung/konto")
    with counted(page) as shown:
        page.goto("/verwaltung")
        page.get_by_role("link", name="Neuen Eintrag anlegen").click()
        page.get_by_role("button", name="Eintrag beginnen").click()
        page.wait_for_url("**/grunddaten")
        _fill_in(page, scripts=True)
        page.wait_for_url("**/buendel/musterdienst-fuer-die-pruefung-soest")
    expect(page.locator(".flash")).to_contain_text("Der Eintrag ist veröffentlicht.")
    assert len(shown) <= MOST_PAGES, shown
    with office_server.database.reading() as session:
        slug = "musterdienst-fuer-die-pruefung-soest"
        bundle = session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one()
        record = record_of(session, bundle)
    assert record.ozg_services[0].leika_keys == ["99110009014000"]
    assert record.participants[0].municipality == "05974040"
    assert record.funding_amount_eur == 12500
    assert record.maturity[0].assessed_on.isoformat() == "2024-03-01"
    page.goto("/suche?q=musterdienst")
    expect(page.locator(".entry__title").first).to_contain_text("Musterdienst")


def test_the_same_works_without_scripts(office_visit: OfficeVisit) -> None:
    page = office_visit("coordinator", "/verwaltung/bearbeiten/neu", java_script_enabled=False)
    page.get_by_role("button", name="Eintrag beginnen").click()
    page.wait_for_url("**/grunddaten")
    _fill_in(page, scripts=False)
    page.wait_for_url("**/buendel/musterdienst-fuer-die-pruefung-soest*")
    expect(page.get_by_text("Der Eintrag ist veröffentlicht.")).to_be_visible()


def test_without_scripts_a_step_is_left_by_a_button_that_saves(office_visit: OfficeVisit) -> None:
    page = office_visit("editor", "/verwaltung/bearbeiten/neu", java_script_enabled=False)
    page.get_by_role("button", name="Eintrag beginnen").click()
    page.get_by_label("Titel (erforderlich)").fill("Bleibt erhalten")
    page.get_by_role("navigation", name="Schritte").get_by_role("button", name="Kosten").click()
    page.wait_for_url("**/kosten")
    page.get_by_role("navigation", name="Schritte").get_by_role("button", name="Grunddaten").click()
    expect(page.get_by_label("Titel (erforderlich)")).to_have_value("Bleibt erhalten")
    page.get_by_role("textbox", name="Beschreibung (Markdown)").fill("**fett** <script>alert(1)</script>")
    page.get_by_role("button", name="Vorschau: Beschreibung").click()
    expect(page.locator(".preview__text strong")).to_have_text("fett")


def test_what_is_typed_survives_a_closed_browser(office_visit: OfficeVisit, office_server: OfficeServer) -> None:
    page = office_visit("editor", "/verwaltung/bearbeiten/neu")
    address = _begin(page)
    page.get_by_label("Titel (erforderlich)").fill("Vor dem Absturz")
    page.get_by_label("Kurzbeschreibung (erforderlich)").fill("kurz")
    expect(page.locator("#zwischenstand")).to_have_text(
        re.compile(r"^Zwischengespeichert um \d\d:\d\d, 1 Angabe ist falsch$")
    )
    expect(page.locator("[data-state=grunddaten]")).to_have_text("Fehler")
    expect(page.locator("[data-filled=basics]")).to_have_text("1")
    expect(page.locator("#belegt")).to_have_text("1")
    page.context.close()
    again = office_visit("editor", "/verwaltung", expected=(422,))
    again.get_by_role("link", name=re.compile("Vor dem Absturz|Weiter")).first.click()
    again.wait_for_url(f"{address}/**")
    expect(again.get_by_label("Titel (erforderlich)")).to_have_value("Vor dem Absturz")
    # The fields go on saving under the new version.
    again.get_by_label("Titel (erforderlich)").fill("Nach dem Absturz")
    expect(again.locator("#zwischenstand")).to_contain_text("Zwischengespeichert um")
    again.get_by_label("Titel (erforderlich)").fill("Noch einmal")
    again.get_by_role("button", name="Speichern", exact=True).click()
    with office_server.database.reading() as session:
        key = address.rsplit("/", 1)[1]
        assert session.exec(select(Proposal).where(Proposal.key == key)).one().values["title"] == "Noch einmal"


def test_a_lost_connection_is_told_and_made_up_for(office_visit: OfficeVisit) -> None:
    page = office_visit("editor", "/verwaltung/bearbeiten/neu", expected=(OFFLINE,))
    _begin(page)
    status = page.locator("#zwischenstand")
    page.context.set_offline(True)
    page.get_by_label("Titel (erforderlich)").fill("Ohne Netz")
    expect(status).to_have_text("Nicht gespeichert, es wird erneut versucht")
    page.context.set_offline(False)
    expect(status).to_contain_text("Zwischengespeichert um", timeout=2 * PATIENCE)


def test_rows_come_and_go_in_place(office_visit: OfficeVisit) -> None:
    page = office_visit("editor", "/verwaltung/bearbeiten/neu")
    address = _begin(page)
    page.goto(f"{address}/nachweise")
    page.locator("#feld-sources-0-url").fill("https://amt.example/1")
    page.get_by_role("button", name="Quelle hinzufügen").click()
    expect(page.locator("#feld-sources-1-url")).to_be_focused()
    page.keyboard.type("https://amt.example/2")
    page.get_by_role("button", name="Entfernen: Quelle 1").click()
    expect(page.locator(".edit-row")).to_have_count(1)
    expect(page.locator("#feld-sources-1")).to_be_focused()
    expect(page.locator("#zwischenstand")).to_contain_text("Zwischengespeichert")
    page.reload()
    expect(page.locator("#feld-sources-0-url")).to_have_value("https://amt.example/2")
    assert violations(page) == []


def test_a_preview_follows_the_typing(office_visit: OfficeVisit) -> None:
    page = office_visit("editor", "/verwaltung/bearbeiten/neu")
    _begin(page)
    page.get_by_role("textbox", name="Beschreibung (Markdown)").fill("**fett** <img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Vorschau: Beschreibung").click()
    expect(page.locator(".preview__text strong")).to_have_text("fett")
    assert page.locator(".preview__text img").count() == 0
    page.get_by_role("textbox", name="Beschreibung (Markdown)").fill("*kursiv*")
    expect(page.locator(".preview__text em")).to_have_text("kursiv")


def test_a_step_can_be_walked_and_saved_by_keyboard_alone(office_visit: OfficeVisit) -> None:
    page = office_visit("editor", "/verwaltung/bearbeiten/neu")
    address = _begin(page)
    page.goto(f"{address}/ozg-zuordnung")
    page.get_by_label("OZG-Leistung suchen").focus()
    page.keyboard.type("hund")
    expect(page.locator("#picker-meldung")).to_contain_text("gefunden")
    page.keyboard.press("Tab")  # the button beside the field
    page.keyboard.press("Tab")
    expect(page.locator(".offer__add").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#feld-ozg-services-0-coverage")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Anmerkung")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # opens the LeiKa services
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("[name='ozg_services.0.leika_keys']").first).to_be_checked()
    save = page.get_by_role("button", name=re.compile("^Speichern und weiter"))
    for _ in range(40):
        page.keyboard.press("Tab")
        if save.evaluate("(one) => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/projekt")


def test_enter_in_a_field_saves_and_leaves_the_rows_alone(office_visit: OfficeVisit) -> None:
    page = office_visit("editor", "/verwaltung/bearbeiten/neu", expected=(422,))
    address = _begin(page)
    page.goto(f"{address}/nachweise")
    page.locator("#feld-sources-0-url").fill("https://amt.example/1")
    page.keyboard.press("Enter")
    page.locator("#fehler").wait_for()
    expect(page.locator("#fehler")).to_be_focused()
    expect(page.locator("#feld-sources-0-url")).to_have_value("https://amt.example/1")


@pytest.mark.parametrize("step", STEPS)
def test_no_step_breaks_a_rule_in_any_width_or_theme(
    office_visit: OfficeVisit, office_server: OfficeServer, step: str
) -> None:
    page = office_visit("coordinator", "/verwaltung/bearbeiten/neu")
    address = _begin(page)
    page.goto(f"{address}/{step}")
    if step not in ("pruefen", "ozg-zuordnung"):
        for button in page.locator("[data-more]").all():
            button.click()
    page.evaluate("window.onbeforeunload = null")
    unfold(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="light")
        assert violations(page) == [], width
        page.emulate_media(color_scheme="dark")
        assert violations(page, COLOUR_RULES) == [], width
    page.set_viewport_size({"width": 320, "height": 800})
    assert (overflow(page), outside(page)) == (0, [])
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert (overflow(page), outside(page), clipped(page)) == (0, [], [])
