"""Interest, productive, experience report: two organisations in two windows, and the mails that they get.

The mails come from a real server by SMTP; their links lead on. In the end the page of the bundle, the map and the
coverage tell what has happened, and nothing of what the two sides wrote to each other.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from registry.app import create_app
from registry.settings import Settings
from registry.web.formatting import partial_date
from registry.web.services import EXTENSION
from tests.browser.office import OfficeServer
from tests.browser.reading import overflow, violations
from tests.browser.serving import PATIENCE, listen, serving
from tests.conftest import Store
from tests.mail.server import MailServer, until
from tests.office.world import FOREIGN, PEOPLE
from tests.web.site import KEY

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]

SOEST = "05974040"
SOEST_MAIL = PEOPLE["coordinator"][0]
WUPPERTAL_MAIL = PEOPLE["other coordinator"][0]
TODAY = date.today()
QUESTION = "Wann können wir mit der Anbindung beginnen?"
ANSWER = "Ab nächstem Monat. Bitte schicken Sie uns Ihr Funktionspostfach."
ADVICE = "Das Fachverfahren früh einbeziehen."
PLACES = {
    "bundle": f"/buendel/{FOREIGN}",
    "map": f"/karte?zeige=buendel&buendel={FOREIGN}",
    "numbers": "/karte",
    "coverage": "/abdeckung?bezirk=Arnsberg&zustand=produktiv",
    "own coverage": f"/kommunen/{SOEST}/abdeckung",
    "place": f"/kommunen/{SOEST}",
}
Window = Callable[[str], Page]


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """Run a mail server."""
    with MailServer() as server:
        yield server


@pytest.fixture
def server(store: Store, office_template: str, tmp_path: Path, mail: MailServer) -> Iterator[OfficeServer]:
    """Run a registry on an office world of the test's own, which delivers its mail."""
    url, remove = store.copy(office_template)
    app: Flask = create_app(Settings(database_url=url, index_dir=tmp_path / "own-index", secret_key=KEY))
    with serving(url, tmp_path, mail_url=mail.url, mail_from="register@register.example") as address:
        yield OfficeServer(address, app)
    app.extensions[EXTENSION].search.close()
    app.extensions[EXTENSION].database.dispose()
    remove()


@pytest.fixture
def window(browser: Browser, server: OfficeServer) -> Iterator[Window]:
    """Return a function that opens a window of a role; scripts must run without a message on the console."""
    noise: list[str] = []
    with ExitStack() as stack:

        def opened(role: str) -> Page:
            context = browser.new_context(base_url=server.address, viewport={"width": 1280, "height": 800})
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE)
            server.sign_in(context, role)
            listen(context, server.address, noise, 422)
            return context.new_page()

        yield opened
    assert not noise


def _newest(mail: MailServer, address: str, subject: str) -> str:
    """Return the path of the link in the newest mail to an address whose subject has these words."""

    def arrived() -> list[str]:
        return [one.text for one in mail.to(address) if subject in one.subject]

    until(lambda: arrived(), 30)
    found = re.search(r"https?://\S+", arrived()[-1])
    assert found is not None, arrived()[-1]
    return urlsplit(found.group()).path


def _step(page: Page, step: str, day: date, *, public: bool) -> None:
    page.get_by_label("Schritt", exact=True).select_option(label=step)
    form = page.locator("form[action$='/schritt']")
    form.get_by_label("Seit wann").fill(day.isoformat())
    if public:
        form.get_by_label("Öffentlich zeigen").check()
    form.get_by_role("button", name="Schritt eintragen").click()
    expect(page.get_by_role("status")).to_contain_text(f"Der Schritt „{step}“ ist eingetragen.")


def _sound(page: Page) -> None:
    """Check a page for accessibility and for its width on a phone."""
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert overflow(page) == 0
    page.set_viewport_size({"width": 1280, "height": 800})


def _shown(page: Page) -> dict[str, str]:
    """Return what a visitor reads at each place."""
    found = {}
    for name, path in PLACES.items():
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        found[name] = " ".join((page.locator("main").text_content() or "").split())
    return found


def test_from_interest_to_an_experience_report_with_two_organisations(window: Window, mail: MailServer) -> None:
    visitor, soest, wuppertal = window("anonymous"), window("coordinator"), window("other coordinator")
    before = _shown(visitor)
    assert "Noch keine öffentliche Nachnutzung bekannt" in before["bundle"]
    assert "Stadt Soest" not in before["bundle"]

    # Soest is interested, and shows it to nobody but Wuppertal.
    soest.goto(PLACES["bundle"])
    soest.get_by_role("link", name="Nachnutzung anmelden").click()
    _sound(soest)
    soest.get_by_label("Seit wann").fill((TODAY + timedelta(days=1)).isoformat())
    soest.get_by_label(re.compile("^Nachricht an")).fill(QUESTION)
    soest.get_by_role("button", name="Anmelden", exact=True).click()
    expect(soest.get_by_role("alert")).to_contain_text("liegt in der Zukunft")
    soest.get_by_label("Seit wann").fill((TODAY - timedelta(days=300)).isoformat())
    soest.get_by_role("button", name="Anmelden", exact=True).click()
    expect(soest.get_by_role("status")).to_contain_text("Die Nachnutzung ist angemeldet.")
    assert _shown(visitor) == before

    # Both sides get mail; Wuppertal follows the link and answers.
    own_link = _newest(mail, SOEST_MAIL, "Interesse bekundet")
    wuppertal.goto("/verwaltung")
    expect(wuppertal.get_by_role("link", name="Anfrage zur Nachnutzung")).to_be_visible()
    wuppertal.goto(_newest(mail, WUPPERTAL_MAIL, "Interesse bekundet"))
    expect(wuppertal.get_by_text(QUESTION)).to_be_visible()
    expect(wuppertal.get_by_role("heading", name="Nächster Schritt")).to_have_count(0)
    wuppertal.get_by_label("Nachricht", exact=True).fill(ANSWER)
    wuppertal.get_by_role("button", name="Senden").click()
    expect(wuppertal.get_by_role("status")).to_contain_text("Ihre Nachricht ist eingetragen.")

    # Soest reads the answer, and moves on.
    assert _newest(mail, SOEST_MAIL, "Nachricht von Stadt Wuppertal") == own_link
    soest.goto(own_link)
    expect(soest.get_by_text(ANSWER)).to_be_visible()
    _step(soest, "in Anbindung", TODAY - timedelta(days=200), public=False)
    expect(soest.get_by_role("heading", name="Anschlussliste")).to_be_visible()
    assert soest.locator(".connection__task").count() > 5
    soest.locator(".connection__task").first.get_by_role("button", name=re.compile("^Als erledigt")).click()
    expect(soest.locator(".connection__task--done")).to_have_count(1)
    assert _shown(visitor) == before

    soest.goto(own_link)
    _step(soest, "produktiv", TODAY - timedelta(days=30), public=True)
    _sound(soest)
    wuppertal.goto(_newest(mail, WUPPERTAL_MAIL, "Stadt Soest: produktiv"))
    expect(wuppertal.locator(".adoption-step--now")).to_contain_text("produktiv")

    # What it really took.
    soest.get_by_role("link", name="Erfahrungsbericht").click()
    soest.get_by_label(re.compile("^Aufwand der Einführung")).fill("12,5")
    soest.get_by_label(re.compile("^Kosten der Einführung")).fill("4.800")
    soest.get_by_label(re.compile("^Was Sie anderen raten")).fill(ADVICE)
    soest.get_by_role("radio", name="ja", exact=True).check()
    soest.get_by_role("button", name="Veröffentlichen").click()
    expect(soest.get_by_role("status").first).to_be_visible()

    after = _shown(visitor)
    assert "1 öffentliche Nachnutzung: 1 bestätigt, 0 behauptet, 0 abgelaufen" in after["bundle"].replace("\xa0", " ")
    assert "produktiv: 1 (1 bestätigt)" in after["bundle"]
    assert ADVICE in after["bundle"]
    assert "4.800" in after["bundle"]
    for name in PLACES:
        assert after[name] != before[name], f"{name} has not changed"
    assert "Wohngeld" not in before["coverage"]
    assert "Wohngeld" in after["coverage"]
    hidden = [QUESTION, ANSWER, *(partial_date(TODAY - timedelta(days=ago)) for ago in (300, 200))]
    for name, text in after.items():
        assert [one for one in hidden if one in text] == [], name
    visitor.goto(PLACES["map"])
    spot = visitor.locator(f"#karte a[href='/kommunen/{SOEST}'] title")
    assert "produktiv" in (spot.text_content() or "")
    visitor.goto(PLACES["bundle"])
    _sound(visitor)
