"""The API about adoptions and experience reports: what bodies have made public, as open data."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from registry.adoption.enums import Again, Step
from tests.adoption.making import SOEST, WUPPERTAL, make_adoption
from tests.office.conftest import office, own_office, shared_office  # noqa: F401
from tests.office.world import FOREIGN, OWN, Office

pytestmark = pytest.mark.sqlite_only
TODAY = date.today()
DAY = TODAY - timedelta(days=100)
Fetch = Callable[..., Any]


@pytest.fixture(scope="module")
def fetch(shared_office: Office) -> Fetch:  # noqa: F811
    """Return a function that reads the API of a site with adoptions; what is private is beside what is public."""
    database = shared_office.database
    make_adoption(
        database,
        FOREIGN,
        SOEST,
        [(Step.INTEREST, DAY, True), (Step.PRODUCTIVE, DAY, True)],
        confirmed_on=TODAY,
        report={"is_public": True, "effort_days": 12, "introduction_cost_eur": Decimal("8500"), "again": Again.YES},
    )
    make_adoption(
        database,
        FOREIGN,
        "05162004",
        [(Step.PILOT, DAY, True)],
        confirmed_on=TODAY - timedelta(days=500),
        report={"is_public": False, "effort_days": 999},
    )
    make_adoption(
        database, FOREIGN, "05314000", [(Step.INTEREST, DAY, True), (Step.ABANDONED, DAY, True)], reason="Zu teuer."
    )
    make_adoption(database, OWN, WUPPERTAL, [(Step.REVIEW, TODAY, True), (Step.CONTRACT, TODAY, False)])
    make_adoption(database, OWN, "05162004", [(Step.PRODUCTIVE, DAY, False)], confirmed_on=TODAY)
    client = shared_office.client("anonymous")

    def get(path: str, status: int = 200, **query: Any) -> Any:
        answer = client.get(f"/api/v1{path}", query_string=query)
        assert answer.status_code == status
        return answer.get_json(force=True)

    return get


def test_a_bundle_tells_who_reuses_it_and_counts_by_standing(fetch: Fetch) -> None:
    found = fetch(f"/bundles/{FOREIGN}")["adoptions"]
    assert (found["confirmed"], found["claimed"], found["expired"]) == (1, 0, 1)
    assert found["by_step"] == {"pilot": 1, "productive": 1, "abandoned": 1}
    by_body = {one["body"]: one for one in found["items"]}
    assert by_body[SOEST]["body_name"] == "Stadt Soest"
    assert by_body[SOEST]["standing"] == "confirmed"
    assert by_body["05314000"]["reason"] == "Zu teuer."
    assert by_body["05162004"]["reason"] is None


def test_a_bundle_tells_what_reuse_took_from_public_reports_only(fetch: Fetch) -> None:
    found = fetch(f"/bundles/{FOREIGN}")["experience"]
    assert found["reports"] == 1
    assert found["effort_days"] == {"n": 1, "median": "12.0", "low": "12.0", "high": "12.0"}
    assert found["operation_cost_eur"] is None
    assert found["again"] == {"yes": 1, "with_reservations": 0, "no": 0}
    assert [one["body"] for one in found["items"]] == [SOEST]
    assert Decimal(found["items"][0]["introduction_cost_eur"]) == 8500


def test_a_bundle_that_nobody_reuses_says_so_with_zeros_and_nulls(fetch: Fetch) -> None:
    slug = next(one["slug"] for one in fetch("/bundles")["items"] if one["slug"] not in (OWN, FOREIGN))
    answer = fetch(f"/bundles/{slug}")
    assert answer["adoptions"] == {"confirmed": 0, "claimed": 0, "expired": 0, "by_step": {}, "items": []}
    assert answer["experience"]["reports"] == 0
    assert answer["experience"]["effort_days"] is None


def test_a_municipality_tells_what_it_has_adopted_at_its_public_step(fetch: Fetch) -> None:
    (one,) = fetch(f"/municipalities/{WUPPERTAL}")["adopted"]
    assert (one["bundle"], one["step"]) == (OWN, "review")
    assert [one["bundle"] for one in fetch("/municipalities/05162004")["adopted"]] == [FOREIGN]
    assert fetch("/municipalities/05911000")["adopted"] == []


def test_the_list_holds_all_public_adoptions_newest_step_first(fetch: Fetch) -> None:
    found = fetch("/adoptions")
    assert found["total"] == 4
    assert found["items"][0]["body"] == WUPPERTAL
    assert [one["since"] for one in found["items"]] == sorted((one["since"] for one in found["items"]), reverse=True)
    assert found["as_of"] == TODAY.isoformat()


@pytest.mark.parametrize(
    ("query", "bodies"),
    [
        ({"bundle": FOREIGN}, {SOEST, "05162004", "05314000"}),
        ({"body": SOEST}, {SOEST}),
        ({"body": "05162004"}, {"05162004"}),
        ({"step": "productive"}, {SOEST}),
        ({"step": "contract"}, set()),
        ({"standing": "expired"}, {"05162004"}),
        ({"since": TODAY.isoformat()}, {WUPPERTAL}),
        ({"bundle": "gibt-es-nicht"}, set()),
        ({"bundle": "\x00"}, set()),
    ],
)
def test_the_list_is_filtered(fetch: Fetch, query: dict[str, str], bodies: set[str]) -> None:
    assert {one["body"] for one in fetch("/adoptions", **query)["items"]} == bodies


def test_the_list_comes_in_pages(fetch: Fetch) -> None:
    pages = [fetch("/adoptions", page=number, per_page=3)["items"] for number in (1, 2, 3)]
    assert [len(one) for one in pages] == [3, 1, 0]


@pytest.mark.parametrize("query", [{"since": "gestern"}, {"step": "irgendwo"}, {"page": "0"}, {"standing": "wahr"}])
def test_an_impossible_parameter_answers_400(fetch: Fetch, query: dict[str, str]) -> None:
    assert fetch("/adoptions", 400, **query)["errors"][0]["parameter"] in query


def test_nothing_private_is_anywhere_in_the_answers(fetch: Fetch) -> None:
    answers = str([fetch("/adoptions"), fetch(f"/bundles/{FOREIGN}"), fetch(f"/bundles/{OWN}")])
    assert "999" not in str(fetch(f"/bundles/{FOREIGN}")["experience"])
    assert "'contract'" not in answers
    assert [one["body"] for one in fetch("/adoptions", bundle=OWN)["items"]] == [WUPPERTAL]


def test_figures_over_time_are_those_of_the_page(fetch: Fetch) -> None:
    found = fetch("/figures")
    assert found["as_of"] == TODAY.isoformat()
    assert found["entries"][-1] == {"month": f"{TODAY:%Y-%m}", "entries": fetch("/bundles")["total"]}
    assert sum(found["adoptions"][-1]["by_step"].values()) == fetch("/adoptions")["total"]
    assert found["by_standing"] == {"confirmed": 1, "claimed": 1, "expired": 1}
    assert found["days_to_productive"]["n"] == len(found["journeys"]) == 1
