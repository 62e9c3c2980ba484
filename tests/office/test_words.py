"""Search words: their effect is shown before they are saved, and is the one that they then have."""

from datetime import date

import pytest
from sqlmodel import select

from registry.editorial.failed_queries import Failure, add_counts
from registry.editorial.models import SettledQuery
from registry.history import Revision
from registry.search.contract import Kind, SearchRequest
from registry.search.service import SearchService
from registry.web.services import EXTENSION
from tests.office.world import Office, post
from tests.web.client import check

PATH = "/verwaltung/wortschatz"
LINE = "Quastenflosser -> Hundehaltung"
SHOWN = "Quastenflosser → Hundehaltung"
GUIDED = {"wort": "Quastenflosser", "beziehung": "->", "ziel": "Hundehaltung", "zeile": "", "note": "aus Anfragen"}


def _fail(office: Office, *texts: str) -> None:
    with office.database.noting() as session:
        add_counts(session, {(text, Failure.NOTHING, date.today()): 3 for text in texts})


def _search(office: Office) -> SearchService:
    search: SearchService = office.app.extensions[EXTENSION].search
    return search


def _finds(office: Office, text: str) -> list[str]:
    return [hit.key for hit in _search(office).search(SearchRequest(Kind.OZG_SERVICE, text)).hits]


def _add(office: Office, **values: str) -> int:
    data = GUIDED | {"schritt": "speichern"} | values
    return int(post(office.client("administrator"), f"{PATH}/neu", data).status_code)


def test_a_preview_shows_what_a_word_does_and_saves_nothing(office: Office) -> None:
    _fail(office, "quastenflosser anmelden", "fahrrad codieren")
    tick = office.database.tick()
    page = check(post(office.client("administrator"), f"{PATH}/neu", GUIDED))
    assert SHOWN in page.main
    assert "„quastenflosser anmelden“" in page.main
    assert "Hundehaltung neu" in page.main
    assert "Unverändert bleiben: „fahrrad codieren“" in page.main
    assert office.database.tick() == tick
    assert _finds(office, "quastenflosser") == []


@pytest.mark.parametrize(
    "line", [LINE, "Quastenflosser = Hund", "Quastenflosser ^ Führerschein", "Quastenflosser -> Wohngeld, Hund [0.3]"]
)
def test_what_the_preview_shows_is_what_the_word_then_does(office: Office, line: str) -> None:
    texts = ["quastenflosser", "Quastenflosser anmelden", "hund", "wohngeld antrag"]
    shown = _search(office).preview(texts, added=[line])
    assert _add(office, wort="", ziel="", zeile=line) == 303
    for effect in shown:
        result = _search(office).search(SearchRequest(effect.kind, effect.text, per_page=5))
        assert (result.total, [hit.key for hit in result.hits]) == (
            effect.after.total,
            [key for key, _ in effect.after.hits],
        )
    back = _search(office).preview(texts, withdrawn=[line])
    assert [one.after for one in back] == [one.before for one in shown]


def test_an_added_word_settles_the_searches_that_it_answers(office: Office) -> None:
    _fail(office, "quastenflosser", "quastenflosser anmelden", "fahrrad codieren")
    assert _add(office) == 303
    assert _finds(office, "quastenflosser") == ["10160"]
    with office.database.reading() as session:
        settled = {row.text: row.verdict for row in session.exec(select(SettledQuery))}
        (revision,) = session.exec(select(Revision).where(Revision.entity == "word_relation")).all()
    assert settled == {"quastenflosser": "word_added", "quastenflosser anmelden": "word_added"}
    assert revision.actor.startswith("person:")
    assert revision.reason == "aus Anfragen"


def test_the_form_is_filled_from_the_address(office: Office) -> None:
    page = office.pages("administrator").get(f"{PATH}/neu?wort=fahrrad+%3Cb%3E")
    assert page.by_id("feld-wort").get("value") == "fahrrad <b>"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"wort": ""}, "Das Wort, nach dem gesucht wird, fehlt."),
        ({"ziel": ""}, "Das Wort dahinter fehlt."),
        ({"beziehung": "?"}, "Bitte wählen Sie"),
        ({"wort": "a # b"}, "ein Zeichen, das in einem Wort nicht vorkommen kann"),
        ({"wort": "der"}, "kein Wort, nach dem gesucht werden kann"),
        ({"wort": "eins zwei drei vier fünf sechs"}, "mehr als 5 Wörter"),
        ({"zeile": "x -> y"}, "entweder die Felder oder die Zeile"),
        ({"wort": "", "ziel": "", "zeile": "Hund"}, "Genau eines der Zeichen"),
        ({"wort": "", "ziel": "", "zeile": "a -> b -> c"}, "Nur ein Pfeil"),
        ({"ziel": "x" * 600}, "höchstens 500 Zeichen"),
    ],
)
def test_a_line_that_says_nothing_is_refused_with_a_reason(
    shared_office: Office, values: dict[str, str], reason: str
) -> None:
    tick = shared_office.database.tick()
    answer = post(shared_office.client("administrator"), f"{PATH}/neu", GUIDED | {"schritt": "speichern"} | values)
    assert answer.status_code == 422
    assert reason in check_words(answer)
    assert shared_office.database.tick() == tick


def check_words(answer: object) -> str:
    text: str = answer.get_data(as_text=True)  # type: ignore[attr-defined]
    return text.replace("&quot;", '"')


def test_a_word_is_withdrawn_and_put_in_force_again_with_its_history(office: Office) -> None:
    assert _add(office) == 303
    assert _add(office) == 422  # it is there already
    pages = office.pages("administrator")
    address = pages.get(PATH).links()[SHOWN]
    assert "„Quastenflosser“" in pages.get(address).main
    assert post(pages.client, f"{address}/zuruecknehmen", {"reason": "irreführend"}).status_code == 303
    assert _finds(office, "quastenflosser") == []
    assert "zurückgenommen" in pages.get(PATH).main
    assert SHOWN not in pages.get(PATH).links()
    assert SHOWN in pages.get(f"{PATH}?stand=zurueckgenommen").main
    tick = office.database.tick()
    assert post(pages.client, f"{address}/zuruecknehmen").status_code == 303
    assert office.database.tick() == tick
    assert post(pages.client, f"{address}/wieder").status_code == 303
    assert _finds(office, "quastenflosser") == ["10160"]
    assert post(pages.client, address, {"note": "neu begründet"}).status_code == 303
    history = pages.get(address).main
    for said in ("ergänzt", "zurückgenommen. Grund: irreführend", "wieder in Kraft gesetzt", "Anmerkung geändert"):
        assert said in history
    assert pages.get(f"{PATH}?q=BEGRÜNDET").main.count(SHOWN) == 1
    assert "Kein eigenes Wort passt" in pages.get(f"{PATH}?q=xyz").main


def test_others_have_no_way_in(shared_office: Office) -> None:
    for role in ("coordinator", "editor", "reader"):
        client = shared_office.client(role)
        for path in (PATH, f"{PATH}/neu", f"{PATH}/1"):
            assert client.get(path).status_code == 403
        assert post(client, f"{PATH}/neu", GUIDED | {"schritt": "speichern"}).status_code == 403
    shared_office.pages("administrator").get(f"{PATH}/4711", status=404)
