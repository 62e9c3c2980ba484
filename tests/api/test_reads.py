"""The API answers what docs/api.md promises, on the starter catalogue."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

Fetch = Callable[..., Any]


def test_browsing_lists_every_published_bundle_over_the_pages_once(get: Fetch) -> None:
    first = get("/bundles", per_page=50)
    found = [item["slug"] for item in first["items"]]
    for page in range(2, -(-first["total"] // 50) + 1):
        found += [item["slug"] for item in get("/bundles", per_page=50, page=page)["items"]]
    assert len(found) == len(set(found)) == first["total"] >= 60


def test_each_facet_count_is_what_choosing_the_value_shows(get: Fetch) -> None:
    facets = get("/bundles")["facets"]
    assert {"topic_field", "municipality", "phase", "reuse_model", "audience"} <= facets.keys()
    for name, values in facets.items():
        for value in values[:4]:
            assert get("/bundles", per_page=1, **{name: value["value"]})["total"] == value["count"], (name, value)


def test_counts_stay_right_while_another_filter_is_set(get: Fetch) -> None:
    chosen = get("/bundles")["facets"]["topic_field"][0]
    narrowed = get("/bundles", topic_field=chosen["value"])
    for value in narrowed["facets"]["municipality"][:5]:
        both = get("/bundles", topic_field=chosen["value"], municipality=value["value"])
        assert both["total"] == value["count"]


def test_values_of_one_parameter_are_alternatives(get: Fetch) -> None:
    one, two = get("/bundles")["facets"]["topic_field"][:2]
    either = get("/bundles", topic_field=f"{one['value']},{two['value']}")["total"]
    assert max(one["count"], two["count"]) <= either <= one["count"] + two["count"]


def test_everyday_words_lead_to_the_ozg_service(get: Fetch) -> None:
    assert get("/ozg-services", q="hund anmelden")["items"][0]["ozg_id"] == "10160"


def test_wohngeld_leads_to_a_bundle_with_municipality_and_sources(get: Fetch) -> None:
    items = get("/bundles", q="wohngeld")["items"]
    named = [item for item in items if any(one["kind"] == "municipality" for one in item["participants"])]
    assert named
    assert "10092" in [service["ozg_id"] for service in named[0]["ozg_services"]]
    assert get(f"/bundles/{named[0]['slug']}")["record"]["sources"]


def test_a_bundle_is_given_as_its_record_with_names_and_completeness(get: Fetch) -> None:
    slug = get("/bundles", per_page=1)["items"][0]["slug"]
    bundle = get(f"/bundles/{slug}")
    assert bundle["record"]["slug"] == slug
    assert bundle["services"][0]["leika_services"]
    completeness = bundle["completeness"]
    assert completeness["filled"] == sum(group["filled"] for group in completeness["groups"])
    assert completeness["percent"] == completeness["filled"] * 100 // completeness["total"]
    assert slug not in bundle["similar"]


def test_an_ozg_service_lists_its_leika_services_and_bundles(get: Fetch) -> None:
    service = get("/ozg-services/10160")
    assert service["name"] == "Hundehaltung"
    assert all(one["key"] is None or len(one["key"]) == 14 for one in service["leika_services"])
    assert service["bundles"]


def test_municipalities_are_filtered_as_on_the_page(get: Fetch) -> None:
    region = get("/municipalities", admin_region="Arnsberg", per_page=100)
    assert 50 < region["total"] < 396
    district = get("/municipalities", district="05974", per_page=100)
    assert "05974040" in {one["ags"] for one in district["items"]}
    assert district["total"] == 14
    with_bundle = get("/municipalities", has_bundle="yes", per_page=100)["items"]
    assert with_bundle
    assert all(one["bundle_count"] for one in with_bundle)
    assert get("/municipalities", admin_region="Atlantis")["total"] == 0


def test_a_municipality_lists_the_bundles_that_it_leads(get: Fetch) -> None:
    assert get("/municipalities", q="Soest")["items"][0]["ags"] == "05974040"
    town = get("/municipalities/05974040")
    assert town["population_as_of"] == "2018-12-31"
    assert town["bundles_led"]


def test_suggestions_are_at_most_ten_and_their_addresses_work(get: Fetch, client: FlaskClient) -> None:
    items = get("/suggest", q="hund")["items"]
    assert 0 < len(items) <= 10
    for item in items:
        assert client.get(item["url"]).status_code in (200, 302), item


def test_the_change_feed_can_be_followed_to_its_end(get: Fetch) -> None:
    since, seen = 0, []
    while items := (answer := get("/changes", since=since, per_page=10))["items"]:
        assert answer["next_since"] > since
        since = answer["next_since"]
        seen += [item["slug"] for item in items]
    assert len(seen) == len(set(seen)) == get("/bundles", per_page=1)["total"]


@pytest.mark.parametrize(
    "path", ["/bundles/gibt-es-nicht", "/ozg-services/99999", "/municipalities/00000000", "/gibt-es-nicht"]
)
def test_what_does_not_exist_answers_with_problem_details(client: FlaskClient, path: str) -> None:
    response = client.get(f"/api/v1{path}")
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"
    assert response.get_json(force=True)["status"] == 404


@pytest.mark.parametrize(
    ("path", "parameter", "value"),
    [
        ("/bundles", "page", "-1"),
        ("/bundles", "page", "zwei"),
        ("/bundles", "per_page", "101"),
        ("/bundles", "q", "x" * 10_000),
        ("/bundles", "sort", "zufall"),
        ("/changes", "since", "-5"),
        ("/municipalities", "per_page", "0"),
    ],
)
def test_an_impossible_value_answers_400_and_names_the_parameter(
    get: Fetch, path: str, parameter: str, value: str
) -> None:
    problem = get(path, 400, **{parameter: value})
    assert problem["errors"][0]["parameter"] == parameter


@pytest.mark.parametrize(
    "query", ["*", '"', '""', "a*", "-", "- -", "(((", "AND OR NOT", "\x00", "%", "'; DROP TABLE", "🐕"]
)
def test_odd_queries_get_a_normal_answer(get: Fetch, query: str) -> None:
    for path in ("/bundles", "/ozg-services", "/municipalities", "/suggest"):
        assert "items" in get(path, q=query)


def test_broken_utf8_and_unknown_parameters_get_a_normal_answer(client: FlaskClient) -> None:
    assert client.get("/api/v1/bundles?q=%ff%fe%E4&foo=bar&foo=baz").status_code == 200


def test_a_page_beyond_the_last_is_empty_but_tells_the_total(get: Fetch) -> None:
    answer = get("/bundles", page=5000)
    assert answer["items"] == []
    assert answer["total"] >= 60
