"""„Gemeinsam umsetzen“: the office's page, and what of it the public page shows."""

import pytest
from sqlmodel import select

from registry.accounts.models import Organisation
from registry.cooperation.models import SharedInterest
from tests.office.world import Office, post
from tests.web.client import check

pytestmark = pytest.mark.sqlite_only  # HTML

OFFICE, PUBLIC = "/verwaltung/gemeinsam", "/nachnutzung/gemeinsam"


def own(office: Office, slug: str = "stadt-soest") -> str:
    with office.database.reading() as session:
        return str(session.exec(select(Organisation.id).where(Organisation.slug == slug)).one())


def declare(office: Office, role: str = "coordinator", **typed: str) -> tuple[int, str]:
    data = {"organisation": own(office), "ozg_id": "10001", "note": "", **typed}
    answer = post(office.client(role), OFFICE, data)
    return answer.status_code, answer.get_data(as_text=True)


def test_a_private_interest_leaves_no_trace_for_the_public(office: Office) -> None:
    visitor = office.client("anonymous")
    before = visitor.get(PUBLIC)
    assert declare(office, note="nur für Stellen")[0] == 303
    after = visitor.get(PUBLIC)
    assert after.data == before.data
    assert after.headers["ETag"] == before.headers["ETag"]
    assert visitor.get(PUBLIC, headers={"If-None-Match": before.headers["ETag"]}).status_code == 304
    for role in ("anonymous", "reader"):
        page = office.pages(role).get(f"{PUBLIC}?ozg=10001")
        assert "nur für Stellen" not in page.text
        assert "Stadt Soest" not in page.main
        assert "Öffentlich hat noch keine Stelle" in page.main
    seen = office.pages("other").get(PUBLIC)
    assert "nur für Stellen" in seen.main
    assert "nur für angemeldete Stellen sichtbar" in seen.main


def test_a_public_interest_shows_at_once_and_goes_when_it_ends(office: Office) -> None:
    visitor = office.pages("anonymous")
    tag = visitor.get(PUBLIC).response.headers["ETag"]
    assert declare(office, is_public="ja", note="Wir suchen zwei Partner.")[0] == 303
    page = visitor.get(PUBLIC, headers={"If-None-Match": tag})
    assert "Wir suchen zwei Partner." in page.main
    assert page.links()["ozg@soest.example"] == "mailto:ozg@soest.example"
    with office.database.reading() as session:
        number = session.exec(select(SharedInterest.id)).one()
    assert post(office.client("coordinator"), f"{OFFICE}/{number}/beenden").status_code == 303
    assert "Wir suchen zwei Partner." not in visitor.get(PUBLIC).main


def test_one_that_becomes_private_is_no_longer_shown(office: Office) -> None:
    declare(office, is_public="ja", note="vorher öffentlich")
    assert declare(office, note="vorher öffentlich")[0] == 303
    assert "vorher öffentlich" not in office.pages("anonymous").get(PUBLIC).text
    assert "angemeldete Stellen" in office.pages("editor").get(OFFICE).main


def test_what_is_refused_is_explained_and_keeps_what_was_typed(office: Office) -> None:
    for typed, sentence in (
        ({"ozg_id": "12"}, "genau fünf Ziffern"),
        ({"ozg_id": ""}, "genau fünf Ziffern"),
        ({"ozg_id": "99999"}, "gibt es im Katalog nicht"),
        ({"organisation": ""}, "Bitte wählen Sie die Stelle"),
        ({"organisation": "999999"}, "Bitte wählen Sie die Stelle"),
        ({"organisation": "2147483648"}, "Bitte wählen Sie die Stelle"),
        ({"note": "x" * 1001}, "1000 Zeichen"),
    ):
        data = {"organisation": own(office), "ozg_id": "10001", "note": "Unsere Anmerkung", **typed}
        answer = post(office.client("coordinator"), OFFICE, data)
        assert answer.status_code == 422, typed
        page = check(answer)
        assert sentence in page.main, (typed, page.main)
        assert "Unsere Anmerkung" in page.main or "note" in typed
    with office.database.reading() as session:
        assert session.exec(select(SharedInterest)).first() is None


def test_a_second_declaration_changes_the_first(office: Office) -> None:
    declare(office)
    client = office.client("coordinator")
    post(client, OFFICE, {"organisation": own(office), "ozg_id": "10001", "note": "genauer"})
    text = client.get(OFFICE).get_data(as_text=True)
    assert "hatte das Interesse schon bekundet" in text
    assert "genauer" in text


def test_what_changes_nothing_moves_no_clock(office: Office) -> None:
    declare(office, is_public="ja")
    tick = office.database.tick()
    assert declare(office, is_public="ja")[0] == 303
    assert office.database.tick() == tick
    with office.database.reading() as session:
        number = session.exec(select(SharedInterest.id)).one()
    for _ in range(2):
        assert post(office.client("coordinator"), f"{OFFICE}/{number}/beenden").status_code == 303
    assert office.database.tick() == tick + 1


def test_nobody_acts_for_another_organisation(office: Office) -> None:
    assert declare(office, "other coordinator")[0] == 403
    declare(office)
    with office.database.reading() as session:
        number = session.exec(select(SharedInterest.id)).one()
    assert post(office.client("other coordinator"), f"{OFFICE}/{number}/beenden").status_code == 404
    assert post(office.client("coordinator"), f"{OFFICE}/{2**40}/beenden").status_code == 404


def test_the_pages_are_sound_for_every_role(office: Office) -> None:
    declare(office, is_public="ja")
    for role in ("other", "editor", "coordinator", "administrator"):
        office.pages(role).get(OFFICE)
        office.pages(role).get(f"{OFFICE}?ozg=10160")
        office.pages(role).get(PUBLIC)
    page = office.pages("anonymous").get(f"{PUBLIC}?themenfeld=familie-und-kind")
    assert "Stadt Soest" in page.main
    assert "Stadt Soest" not in office.pages("anonymous").get(f"{PUBLIC}?themenfeld=umwelt").main


def test_an_unknown_service_is_404(office: Office) -> None:
    assert "gibt es im Katalog nicht" in office.pages("anonymous").get(f"{PUBLIC}?ozg=99999", status=404).main
    office.pages("anonymous").get(f"{PUBLIC}?ozg=%00%F0%9F", status=404)
    office.pages("anonymous").get(f"{PUBLIC}?themenfeld=gibt-es-nicht")
