"""Two people edit one entry at the same time: no field of either is lost."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from registry.catalogue.models import ServiceBundle
from registry.reuse.records import flattened, record_of
from tests.browser.office import OfficeServer, OfficeVisit
from tests.browser.reading import overflow, violations
from tests.office.world import OWN

pytestmark = pytest.mark.browser


def _edit(page: Page) -> str:
    """Begin a version of the entry from its public page; return the address of its steps."""
    page.goto(f"/buendel/{OWN}")
    page.get_by_role("button", name=re.compile("Bearbeiten")).click()
    page.wait_for_url("**/grunddaten")
    return page.url.rsplit("/", 1)[0]


def _publish(page: Page, steps: str, reason: str) -> None:
    page.goto(f"{steps}/pruefen")
    page.get_by_label(re.compile("^Grund der Änderung")).fill(reason)
    page.get_by_role("button", name="Veröffentlichen").click()


def _save(page: Page) -> None:
    page.get_by_role("button", name="Speichern", exact=True).click()
    page.wait_for_load_state()


def test_two_browsers_edit_one_entry_and_no_field_is_lost(
    office_server: OfficeServer, office_visit: OfficeVisit
) -> None:
    first = office_visit("coordinator", "/verwaltung", expected=(409,))
    second = office_visit("administrator", "/verwaltung", expected=(409,))
    first_steps, second_steps = _edit(first), _edit(second)

    first.get_by_label("Titel (erforderlich)").fill("Titel der ersten Person")
    first.get_by_label("Funktionspostfach").fill("erste@soest.example")
    _save(first)
    second.get_by_label("Titel (erforderlich)").fill("Titel der zweiten Person")
    second.get_by_label("Kurzbeschreibung (erforderlich)").fill("Die Kurzbeschreibung der zweiten Person.")
    _save(second)
    second.goto(f"{second_steps}/projekt")
    second.get_by_label("Förderprogramm").fill("Programm der zweiten Person")
    _save(second)

    _publish(first, first_steps, "Erste Änderung")
    first.wait_for_url(f"**/buendel/{OWN}")
    expect(first.get_by_role("heading", level=1)).to_contain_text("Titel der ersten Person")

    _publish(second, second_steps, "Zweite Änderung")
    second.wait_for_url("**/konflikt/**")
    expect(second.locator("#konflikt-0")).to_contain_text("Titel der ersten Person")
    expect(second.locator("#konflikt-0")).to_contain_text("Titel der zweiten Person")
    expect(second.locator(".conflict")).to_have_count(1)  # all other fields have merged
    assert violations(second) == []
    second.set_viewport_size({"width": 320, "height": 800})
    assert overflow(second) == 0
    second.get_by_role("radio", name="Eigener Text").check()
    second.get_by_role("textbox", name=re.compile("^Eigener Text")).fill("Titel beider Personen")
    second.get_by_role("button", name="Zusammenführen").click()
    _publish(second, second_steps, "Zweite Änderung")
    second.wait_for_url(f"**/buendel/{OWN}")

    with office_server.database.reading() as session:
        bundle = session.exec(select(ServiceBundle).where(ServiceBundle.slug == OWN)).one()
        values = flattened(record_of(session, bundle))
    assert values["title"] == "Titel beider Personen"
    assert values["contact_email"] == "erste@soest.example"
    assert values["summary"] == "Die Kurzbeschreibung der zweiten Person."
    assert values["programme"] == "Programm der zweiten Person"
