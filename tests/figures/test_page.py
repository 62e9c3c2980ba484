"""The page of figures and its CSV: with nothing, with one, with several; never a private step."""

import csv
import io
from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import select

from registry.adoption.enums import Step
from registry.catalogue.models import ServiceBundle
from registry.catalogue.reference import Municipality
from registry.reuse.operations import withdraw_bundle
from tests.adoption.making import SOEST, WUPPERTAL, make_adoption
from tests.office.conftest import office, own_office, shared_office  # noqa: F401
from tests.office.world import FOREIGN, OWN, Office

pytestmark = pytest.mark.sqlite_only
Rows = Callable[[Office, str], list[list[str]]]


@pytest.fixture
def rows() -> Rows:
    """Return a function that fetches a row of figures."""

    def fetch(site: Office, name: str) -> list[list[str]]:
        answer = site.client("anonymous").get(f"/zahlen.csv?reihe={name}")
        assert answer.status_code == 200
        assert answer.content_type == "text/csv; charset=utf-8"
        assert f'filename="zahlen-{name}-' in answer.headers["Content-Disposition"]
        return list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))

    return fetch


def test_without_any_adoption_the_page_says_so(shared_office: Office, rows: Rows) -> None:  # noqa: F811
    page = shared_office.pages("anonymous").get("/zahlen")
    assert "Noch hat keine Stelle eine Nachnutzung öffentlich gemacht." in page.main
    assert "Noch ist von keiner Nachnutzung öffentlich" in page.main
    assert "Noch gibt es keine laufende öffentliche Nachnutzung." in page.main
    assert len(page.classed("chart__drawing")) == 1
    for name in ("nachnutzungen", "dauer", "bestaetigungen"):
        assert len(rows(shared_office, name)) == (4 if name == "bestaetigungen" else 1)


def test_the_newest_month_is_the_number_of_entries_that_the_search_shows(
    shared_office: Office,  # noqa: F811
    rows: Rows,
) -> None:
    total = shared_office.client("anonymous").get("/api/v1/bundles?per_page=1").get_json()["total"]
    assert rows(shared_office, "eintraege")[-1] == [f"{date.today():%Y-%m}", str(total)]


def test_a_withdrawn_entry_leaves_the_count_and_moves_the_etag(office: Office, rows: Rows) -> None:  # noqa: F811
    before = rows(office, "eintraege")
    tag = office.client("anonymous").get("/zahlen").headers["ETag"]
    with office.database.writing() as write:
        withdraw_bundle(write, OWN, actor="test", reason="Probe")
    assert int(rows(office, "eintraege")[-1][1]) == int(before[-1][1]) - 1
    assert office.client("anonymous").get("/zahlen").headers["ETag"] != tag


def test_what_several_bodies_made_public_is_counted_and_drawn(office: Office, rows: Rows) -> None:  # noqa: F811
    make_adoption(
        office.database,
        FOREIGN,
        SOEST,
        [(Step.INTEREST, date(2026, 1, 1), True), (Step.PRODUCTIVE, date(2026, 4, 1), True)],
        confirmed_on=date.today(),
    )
    make_adoption(
        office.database,
        OWN,
        WUPPERTAL,
        [(Step.INTEREST, date(2026, 2, 1), True), (Step.PILOT, date(2026, 3, 1), False)],
    )
    page = office.pages("anonymous").get("/zahlen")
    assert "90 Tage: Das sagt eine einzige Nachnutzung" in page.main
    assert "2 laufende Nachnutzungen" in page.main
    table = rows(office, "nachnutzungen")
    assert table[1][:2] == ["2026-01", "1"]
    newest = dict(zip(table[0], table[-1], strict=True))
    assert (newest["produktiv"], newest["Interesse bekundet"], newest["Pilot"]) == ("1", "1", "0")
    assert rows(office, "dauer")[1:] == [[SOEST, "Stadt Soest", FOREIGN, "2026-01-01", "2026-04-01", "90"]]
    assert rows(office, "bestaetigungen")[1:] == [["bestätigt", "1"], ["behauptet", "1"], ["abgelaufen", "0"]]
    for one in page.classed("chart__drawing"):
        assert one.get("role") == "img"
        names = [*one.get("aria-labelledby", "").split(), *one.get("aria-describedby", "").split()]
        assert len(names) == 2
        assert all("".join(page.by_id(name).itertext()).strip() for name in names)


def test_several_journeys_have_median_range_and_number(office: Office) -> None:  # noqa: F811
    for ags, end in ((SOEST, date(2026, 4, 11)), ("05162004", date(2026, 1, 11)), ("05314000", date(2026, 1, 31))):
        steps = [(Step.INTEREST, date(2026, 1, 1), True), (Step.PRODUCTIVE, end, True)]
        make_adoption(office.database, FOREIGN, ags, steps)
    text = office.pages("anonymous").get("/zahlen").main
    assert "Median 30 Tage, von 10 bis 100, bei 3 Nachnutzungen (Stand:" in text


def test_private_steps_are_in_no_figure(office: Office, rows: Rows) -> None:  # noqa: F811
    names = ("nachnutzungen", "dauer", "bestaetigungen")
    before = [rows(office, name) for name in names]
    steps = [(Step.INTEREST, date(2026, 1, 1), False), (Step.PRODUCTIVE, date(2026, 4, 1), False)]
    make_adoption(office.database, FOREIGN, SOEST, steps)
    ended = [(Step.INTEREST, date(2026, 1, 1), True), (Step.ABANDONED, date(2026, 4, 1), False)]
    make_adoption(office.database, OWN, WUPPERTAL, ended)
    assert [rows(office, name) for name in names] == before


def test_an_unknown_row_is_told_which_there_are(shared_office: Office) -> None:  # noqa: F811
    for path in ("/zahlen.csv", "/zahlen.csv?reihe=umsatz", "/zahlen.csv?reihe=%00"):
        answer = shared_office.client("anonymous").get(path)
        assert answer.status_code == 404
        assert "eintraege, nachnutzungen, dauer, bestaetigungen" in answer.get_data(as_text=True)


def test_a_name_that_looks_like_a_formula_is_made_harmless(office: Office, rows: Rows) -> None:  # noqa: F811
    steps = [(Step.INTEREST, date(2026, 1, 1), True), (Step.PRODUCTIVE, date(2026, 4, 1), True)]
    make_adoption(office.database, FOREIGN, SOEST, steps)
    with office.database.writing() as write:
        write.session.get_one(Municipality, SOEST).designation = "=2+3"
    assert rows(office, "dauer")[1][1] == "'=2+3 Soest"


def test_a_first_month_looks_right(office: Office) -> None:  # noqa: F811
    site = office
    with site.database.writing() as write:
        for bundle in write.session.exec(select(ServiceBundle)):
            bundle.published_on = date.today() if bundle.published_on else None
    page = site.pages("anonymous").get("/zahlen")
    (drawing,) = page.classed("chart__drawing")
    curve = next(one for one in drawing.iter() if "chart__curve" in one.get("class", ""))
    assert curve.get("d", "").count("H") == 1
