"""The connection checklist on its pages: made, ticked by both sides, printed, refused with a sentence."""

from datetime import date

import pytest

from registry.adoption.enums import Step
from tests.adoption.making import SOEST, make_adoption
from tests.office.world import FOREIGN, Office, post

pytestmark = pytest.mark.sqlite_only
STARTED = [(Step.CONTRACT, date(2026, 1, 1), False)]


@pytest.fixture
def key(office: Office) -> str:
    """Return the key of Soest's adoption of an entry of Wuppertal's."""
    return make_adoption(office.database, FOREIGN, SOEST, STARTED, confirmed_on=date(2026, 1, 1)).key


def _list(key: str) -> str:
    return f"/verwaltung/nachnutzungen/{key}/anschluss"


def _numbers(office: Office, key: str) -> list[int]:
    text = office.client("editor").get(_list(key)).get_data(as_text=True)
    parts = text.split(f"{_list(key)}/")[1:]
    return sorted({int(part.split('"')[0]) for part in parts if part.split('"')[0].isdigit()})


def test_a_coordinator_has_the_list_made_and_both_sides_tick(office: Office, key: str) -> None:
    page = office.pages("coordinator").get(f"/verwaltung/nachnutzungen/{key}")
    assert "Sie können sie auch jetzt schon erstellen." in page.main
    answer = post(office.client("coordinator"), f"{_list(key)}/erstellen")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/verwaltung/nachnutzungen/{key}#anschluss")
    page = office.pages("editor").get(f"/verwaltung/nachnutzungen/{key}")
    assert "0 von 12 erledigt (Stand:" in page.main
    first, second, *_ = _numbers(office, key)
    done = {f"t{first}.state": "done", f"t{first}.day": "2026-01-05", f"t{first}.note": "Akte 7", "zurueck": "liste"}
    answer = post(office.client("editor"), f"{_list(key)}/{first}", done)
    assert answer.headers["Location"].endswith("/anschluss#anschluss")
    assert post(office.client("other"), f"{_list(key)}/{second}", {f"t{second}.state": "not_needed"}).status_code == 303
    page = office.pages("other").get(_list(key))
    assert "1 von 11 erledigt (Stand:" in page.main
    assert "erledigt am 5." in page.main.replace("\xa0", " ")
    assert "Anmerkung: Akte 7" in page.main


def test_the_list_is_not_public(office: Office, key: str) -> None:
    reader = office.client("anonymous")
    before = reader.get(f"/buendel/{FOREIGN}").headers["ETag"]
    post(office.client("coordinator"), f"{_list(key)}/erstellen")
    assert reader.get(f"/buendel/{FOREIGN}").headers["ETag"] == before
    assert reader.get(_list(key)).status_code == 303
    office.pages("reader").get(_list(key), 403)


def test_own_tasks_come_and_go(office: Office, key: str) -> None:
    post(office.client("coordinator"), f"{_list(key)}/erstellen")
    before = _numbers(office, key)
    add = {"neu.title": "Pressetermin abstimmen", "neu.side": "offering"}
    assert post(office.client("other"), f"{_list(key)}/aufgabe", add).status_code == 303
    page = office.pages("editor").get(_list(key))
    assert "Pressetermin abstimmen" in page.main
    assert "anbietende Stelle · eigene Aufgabe" in page.main
    (number,) = set(_numbers(office, key)) - set(before)
    assert post(office.client("editor"), f"{_list(key)}/{before[0]}/entfernen").status_code == 409
    assert post(office.client("editor"), f"{_list(key)}/{number}/entfernen").status_code == 303
    assert "Pressetermin" not in office.pages("editor").get(_list(key)).main


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "Bitte wählen Sie, wo die Aufgabe steht."),
        ({"state": "fertig"}, "Bitte wählen Sie, wo die Aufgabe steht."),
        ({"state": "done", "day": "gestern"}, "Das ist kein Datum"),
        ({"state": "done", "day": "2099-01-01"}, "in der Zukunft"),
        ({"state": "done", "day": "1026-01-01"}, "vor 2000"),
        ({"state": "done", "note": "x" * 501}, "Höchstens 500 Zeichen"),
    ],
)
def test_odd_input_is_refused_beside_its_task_and_kept(
    office: Office, key: str, values: dict[str, str], sentence: str
) -> None:
    post(office.client("coordinator"), f"{_list(key)}/erstellen")
    number = _numbers(office, key)[0]
    typed = {f"t{number}.{name}": value for name, value in values.items()}
    answer = post(office.client("editor"), f"{_list(key)}/{number}", typed)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in text
    assert all(value in text for name, value in values.items() if name != "state")
    assert "0 von 12 erledigt" in office.pages("editor").get(_list(key)).main


@pytest.mark.parametrize(("title", "sentence"), [("", "Bitte nennen Sie die Aufgabe."), ("x" * 201, "Höchstens 200")])
def test_a_task_without_or_with_a_long_title_is_refused(office: Office, key: str, title: str, sentence: str) -> None:
    post(office.client("coordinator"), f"{_list(key)}/erstellen")
    answer = post(office.client("editor"), f"{_list(key)}/aufgabe", {"neu.title": title})
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)


def test_a_stale_form_and_an_unknown_task_are_told_apart(office: Office, key: str) -> None:
    post(office.client("coordinator"), f"{_list(key)}/erstellen")
    number = _numbers(office, key)[0]
    stale = {f"t{number}.state": "done", "seen": "2020-01-01T00:00:00+00:00"}
    assert post(office.client("editor"), f"{_list(key)}/{number}", stale).status_code == 409
    assert post(office.client("editor"), f"{_list(key)}/999999", {"t999999.state": "done"}).status_code == 404
    assert post(office.client("editor"), f"{_list('gibt-es-nicht')}/1", {"t1.state": "done"}).status_code == 404


def test_a_closed_reuse_shows_its_list_without_forms(office: Office) -> None:
    steps = [(Step.CONNECTING, date(2026, 1, 1), False), (Step.ABANDONED, date(2026, 2, 1), False)]
    closed = make_adoption(office.database, FOREIGN, SOEST, steps).key
    page = office.pages("coordinator").get(_list(closed))
    assert page.all(".//main//form") == []
    assert post(office.client("coordinator"), f"{_list(closed)}/erstellen").status_code == 409
