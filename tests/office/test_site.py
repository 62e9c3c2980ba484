"""Site texts and announcements: which text is in force, what the public sees and when."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.office.world import Office, post
from tests.web.client import PageClient, words

TEXT = "/verwaltung/texte/impressum"
NOTICES = "/verwaltung/bekanntmachungen"


def _seen(office: Office, path: str = TEXT) -> str:
    page = office.pages("administrator").get(path)
    (field,) = [one for one in page.all(".//form//input[@name='seen']") if "markdown" in _names_beside(page, one)]
    return field.get("value", "")


def _names_beside(page: object, field: object) -> set[str | None]:
    for form in page.all(".//form"):  # type: ignore[attr-defined]
        if field in list(form.iter("input")):
            return {one.get("name") for one in form.iter() if one.get("name")}
    return set()


def _save(office: Office, text: str, **more: str) -> int:
    data = {"markdown": text, "seen": _seen(office), "schritt": "speichern", **more}
    return int(post(office.client("administrator"), TEXT, data).status_code)


def _public(office: Office, path: str = "/impressum") -> str:
    return PageClient(office.app).get(path).text


def test_the_own_text_comes_before_the_operators_file_and_that_before_the_shipped_one(
    own_office: Callable[..., Office], tmp_path: Path
) -> None:
    folder = tmp_path / "texte"
    folder.mkdir()
    office = own_office(site_texts_dir=folder)
    assert "Mustertext" in _public(office)
    (folder / "impressum.md").write_text("# Anbieter\n\nAus der Datei.", encoding="utf-8")
    assert office.pages("administrator").get("/verwaltung/texte").main.count("Datei der betreibenden Stelle") == 1
    assert _save(office, "# Wer wir sind\n\nAus dem **Formular**.") == 303
    page = PageClient(office.app).get("/impressum")
    assert page.h1 == "Wer wir sind"
    assert "Aus dem Formular." in page.main
    assert "Mustertext" not in page.main
    client = office.client("administrator")
    seen = _seen(office)
    assert post(client, f"{TEXT}/zuruecknehmen", {"seen": "1"}).status_code == 303
    assert "Aus dem Formular." in _public(office)
    assert post(client, f"{TEXT}/zuruecknehmen", {"seen": seen}).status_code == 303
    page = PageClient(office.app).get("/impressum")
    assert page.h1 == "Anbieter"
    assert "Aus der Datei." in page.main


def test_a_saved_text_is_on_the_cached_page_with_the_next_request(office: Office) -> None:
    client = office.app.test_client()
    tag = client.get("/impressum").headers["ETag"]
    assert client.get("/impressum", headers={"If-None-Match": tag}).status_code == 304
    assert _save(office, "Frisch gespeichert.") == 303
    answer = client.get("/impressum", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert "Frisch gespeichert." in answer.text


def test_a_preview_saves_nothing(office: Office) -> None:
    answer = post(office.client("administrator"), TEXT, {"markdown": "<script>x</script> **fett**", "seen": "0"})
    assert answer.status_code == 200
    assert "<strong>fett</strong>" in answer.text
    assert "<script>x" not in answer.text
    assert "fett" not in _public(office)


def test_a_text_changed_meanwhile_is_shown_and_not_overwritten(office: Office) -> None:
    seen = _seen(office)
    assert _save(office, "Von der einen Seite.") == 303
    data = {"markdown": "Von der anderen Seite.", "seen": seen, "schritt": "speichern"}
    answer = post(office.client("administrator"), TEXT, data)
    assert answer.status_code == 409
    assert "Von der einen Seite." in answer.text
    assert "Von der anderen Seite." in answer.text
    assert "Von der einen Seite." in _public(office)


def test_the_history_shows_each_change_and_brings_a_text_back(office: Office) -> None:
    _save(office, "Erste Fassung.", reason="Neu")
    _save(office, "Zweite Fassung.")
    pages = office.pages("administrator")
    page = pages.get(f"{TEXT}/verlauf")
    assert page.main.count("Leitung des Registers") == 2
    oldest = page.all(".//main//tbody//a")[-1].get("href", "")
    version = pages.get(oldest)
    assert "neu: Erste Fassung." in version.main
    assert "Grund: Neu" in version.main
    answer = post(pages.client, oldest)
    assert answer.status_code == 200
    assert "Erste Fassung.</textarea>" in answer.text
    assert "Zweite Fassung." in _public(office)
    pages.get(f"{TEXT}/verlauf/999999", status=404)
    pages.get("/verwaltung/texte/geheim", status=404)


@pytest.mark.parametrize("text", ["", "   ", "x" * 100_001, "a\x00b"])
def test_an_unusable_text_is_refused_beside_its_field(office: Office, text: str) -> None:
    answer = post(
        office.client("administrator"), TEXT, {"markdown": text, "seen": _seen(office), "schritt": "speichern"}
    )
    assert answer.status_code == 422
    assert 'id="feld-markdown-fehler"' in answer.text


# -- announcements -------------------------------------------------------------------------------------------------


def _announce(office: Office, **values: str) -> int:
    data = {"kind": "warning", "text": "Wartung am *Samstag*", "starts_on": "", "ends_on": "", "schritt": "speichern"}
    return int(post(office.client("administrator"), f"{NOTICES}/neu", data | values).status_code)


@pytest.mark.parametrize("path", ["/", "/suche?q=hund", "/buendel/hundesteuer-soest", "/impressum", "/ozg"])
def test_an_announcement_stands_on_every_page_also_on_cached_ones(office: Office, path: str) -> None:
    client = office.app.test_client()
    tag = client.get(path).headers["ETag"]
    assert _announce(office) == 303
    answer = client.get(path, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    page = PageClient(office.app).get(path)
    (strip,) = page.classed("announcements")
    assert words(strip) == "Warnung Wartung am Samstag"
    assert "Set-Cookie" not in answer.headers


def test_the_forms_open(shared_office: Office) -> None:
    pages = shared_office.pages("administrator")
    assert pages.get(f"{NOTICES}/neu").by_id("feld-starts-on").get("value") == date.today().isoformat()
    assert pages.get("/verwaltung/texte").links()["Bekanntmachung schreiben"] == f"{NOTICES}/neu"
    pages.get(f"{NOTICES}/4711", status=404)
    pages.get(f"{NOTICES}/{10**20}", status=404)


def test_it_stands_on_error_pages_and_in_the_office_too(office: Office) -> None:
    _announce(office)
    assert "Wartung am Samstag" in office.pages("anonymous").get("/gibt-es-nicht", status=404).text
    assert "Wartung am Samstag" in office.pages("administrator").get("/verwaltung/texte").text


def test_it_comes_and_goes_at_midnight(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    today = date.today()
    tomorrow = today + timedelta(days=1)
    _announce(office, starts_on=tomorrow.isoformat(), ends_on=tomorrow.isoformat())

    def seen_on(day: date) -> bool:
        class Day(date):
            @classmethod
            def today(cls) -> "Day":
                return cls(day.year, day.month, day.day)

        monkeypatch.setattr("registry.web.announcements.date", Day)
        monkeypatch.setattr("registry.web.caching.date", Day)
        return "Wartung am Samstag" in _public(office, "/")

    assert [seen_on(today + timedelta(days=days)) for days in range(3)] == [False, True, False]


def test_an_announcement_is_ended_and_stays_in_the_list(office: Office) -> None:
    _announce(office)
    pages = office.pages("administrator")
    assert "wird gezeigt" in pages.get(NOTICES).main
    address = next(iter(pages.get(NOTICES).links().values()))
    form = next(one for one in pages.get(NOTICES).all(".//main//form") if one.get("action", "").endswith("/beenden"))
    assert post(pages.client, form.get("action", "")).status_code == 303
    assert "Wartung" not in _public(office, "/")
    assert "beendet" in pages.get(NOTICES).main
    assert address


def test_an_announcement_lets_nothing_dangerous_through(office: Office) -> None:
    _announce(office, text="# Groß\n<script>alert(1)</script> [x](javascript:alert(1)) ![b](https://a.example/b.png)")
    page = PageClient(office.app).get("/")
    (strip,) = page.classed("announcements")
    assert {one.tag for one in strip.iter()} <= {"section", "div", "span", "p", "a"}
    assert not strip.findall(".//a[@href]")


def test_a_changed_announcement_keeps_its_place_and_a_stale_form_changes_nothing(office: Office) -> None:
    _announce(office)
    pages = office.pages("administrator")
    path = next(one.get("href", "") for one in pages.get(NOTICES).all(".//main//tbody//a"))
    (seen,) = [one.get("value", "") for one in pages.get(path).all(".//input[@name='seen']")]
    data = {"kind": "info", "text": "Neuer Text", "starts_on": "", "ends_on": "", "seen": seen}
    assert "Vorschau" in post(pages.client, path, data).text
    assert post(pages.client, path, data | {"schritt": "speichern"}).status_code == 303
    assert "Hinweis Neuer Text" in _public(office, "/")
    answer = post(pages.client, path, data | {"text": "Zu spät", "schritt": "speichern"})
    assert answer.status_code == 409
    assert "Zu spät" in answer.text
    assert "Zu spät" not in _public(office, "/")


@pytest.mark.parametrize(
    "values",
    [
        {"text": ""},
        {"text": "x" * 1001},
        {"kind": "alarm"},
        {"starts_on": "2026-05-02", "ends_on": "2026-05-01"},
        {"starts_on": "1700000000"},
        {"ends_on": "31.12.2026"},
    ],
)
def test_an_unusable_announcement_is_refused(office: Office, values: dict[str, str]) -> None:
    assert _announce(office, **values) == 422
    assert office.pages("administrator").get(NOTICES).main.count("Es gibt noch keine Bekanntmachung.") == 1


@pytest.mark.parametrize("role", ["coordinator", "editor", "reader"])
def test_others_have_no_way_in(shared_office: Office, role: str) -> None:
    client = shared_office.client(role)
    for path in ("/verwaltung/texte", TEXT, f"{TEXT}/verlauf", NOTICES, f"{NOTICES}/neu"):
        assert client.get(path).status_code == 403, path
    for path in (TEXT, f"{TEXT}/zuruecknehmen", f"{NOTICES}/neu", f"{NOTICES}/1/beenden"):
        assert post(client, path, {"markdown": "x", "seen": "0", "schritt": "speichern"}).status_code == 403, path
