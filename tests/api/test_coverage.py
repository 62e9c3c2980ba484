"""GET /coverage and below: the same numbers as the pages, the same rule as the search filter."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

Fetch = Callable[..., Any]


def test_the_numbers_sum_up_to_the_services(get: Fetch) -> None:
    answer = get("/coverage")
    assert answer["total"] == len(answer["services"]) == sum(answer["by_state"].values()) == 557
    assert (answer["official_total"], answer["catalogue_as_of"]) == (575, "2019-10")
    for state, count in answer["by_state"].items():
        assert count == sum(one["state"] == state for one in answer["services"])
        assert count == sum(one["by_state"][state] for one in answer["topic_fields"])


def test_transferable_is_the_rule_of_the_search_filter(get: Fetch) -> None:
    found = {one["slug"] for one in get("/bundles", transferable="yes", per_page=100)["items"]}
    named = {slug for one in get("/coverage")["services"] for slug in one["transferable_bundles"]}
    assert named == found
    assert found


def test_a_service_is_white_when_the_catalogue_has_no_bundle_for_it(get: Fetch) -> None:
    white = {one["ozg_id"] for one in get("/coverage")["services"] if one["state"] == "white"}
    without = get("/ozg-services", has_bundle="no", per_page=1)["total"]
    assert len(white) == without


def test_filters_narrow(get: Fetch) -> None:
    building = get("/coverage", topic_field="bauen-und-wohnen")
    assert {one["topic_field"]["key"] for one in building["services"]} == {"bauen-und-wohnen"}
    regulated = get("/coverage", typing="4")
    assert all("4" in one["typings"] for one in regulated["services"])
    everywhere, arnsberg = get("/coverage"), get("/coverage", admin_region="Arnsberg")
    assert 0 < arnsberg["by_state"]["productive"] < everywhere["by_state"]["productive"]
    assert {user["admin_region"] for one in arnsberg["services"] for user in one["productive_at"]} == {"Arnsberg"}
    assert get("/coverage", typing="99", topic_field="gibt-es-nicht")["total"] == 0


@pytest.mark.parametrize("query", [{"topic_field": "x" * 200}, {"typing": "x" * 30}, {"admin_region": "x" * 100}])
def test_a_value_that_cannot_be_is_refused(client: FlaskClient, query: dict[str, str]) -> None:
    assert client.get("/api/v1/coverage", query_string=query).status_code == 400


def test_the_numbers_by_body_are_those_of_each_body(get: Fetch) -> None:
    answer = get("/coverage/bodies")
    assert len(answer["items"]) == 396 + 31
    assert len(get("/coverage/bodies", admin_region="Detmold")["items"]) == 70 + 6
    wuppertal = next(one for one in answer["items"] if one["key"] == "05124000")
    own = get("/coverage/bodies/05124000")
    assert own["by_state"]["productive"] == wuppertal["productive"] > 0
    assert own["total"] == answer["total"] == sum(own["by_state"].values())


def test_an_unknown_body_is_not_found(get: Fetch) -> None:
    assert "gibt es im Verzeichnis nicht" in get("/coverage/bodies/00000000", status=404)["detail"]
