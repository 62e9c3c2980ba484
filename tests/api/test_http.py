"""Headers of the API: caching, links, cross-origin reading; and the OpenAPI document."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

Fetch = Callable[..., Any]


def test_an_unchanged_answer_is_304_without_a_body(client: FlaskClient) -> None:
    first = client.get("/api/v1/bundles?q=wohngeld")
    again = client.get("/api/v1/bundles?q=wohngeld", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    other = client.get("/api/v1/bundles?q=wohngeld", headers={"If-None-Match": 'W/"other"'})
    assert other.status_code == 200


def test_link_headers_lead_through_the_pages_and_keep_the_query(client: FlaskClient) -> None:
    response = client.get("/api/v1/bundles?audience=citizens&per_page=5&page=2")
    links = {relation: url for url, relation in re.findall(r'<([^>]+)>; rel="(\w+)"', response.headers["Link"])}
    assert {"first", "last", "prev", "next"} <= links.keys()
    assert links["next"].startswith("https://registry.test/api/v1/bundles?")
    assert "audience=citizens" in links["next"]
    assert "page=3" in links["next"]


def test_other_sites_may_read_the_api(client: FlaskClient) -> None:
    for path in ("/api/v1/bundles", "/api/v1/bundles/gibt-es-nicht", "/api/v1/openapi.json"):
        assert client.get(path).headers["Access-Control-Allow-Origin"] == "*"


def test_writing_methods_are_refused_with_problem_details(client: FlaskClient) -> None:
    response = client.post("/api/v1/bundles", json={})
    assert response.status_code in (400, 405)
    assert response.mimetype == "application/problem+json"


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    for path in ("/", "/api/v1/bundles", "/gibt-es-nicht", "/healthz"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert "Referrer-Policy" in headers
        assert "Permissions-Policy" in headers


def test_the_openapi_document_is_valid_and_describes_each_get_route(get: Fetch, client: FlaskClient) -> None:
    document = get("/openapi.json")
    validate(document)
    assert document["openapi"].startswith("3.1")
    rules = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1"))
        for rule in client.application.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.openapi"
    }
    assert set(document["paths"]) == rules


@pytest.mark.parametrize(
    ("path", "example"),
    [
        ("/bundles", "/bundles"),
        ("/bundles/{slug}", None),
        ("/ozg-services", "/ozg-services"),
        ("/ozg-services/{ozg_id}", "/ozg-services/10160"),
        ("/municipalities", "/municipalities"),
        ("/municipalities/{ags}", "/municipalities/05974040"),
        ("/suggest", "/suggest?q=hund"),
        ("/changes", "/changes"),
    ],
)
def test_answers_have_the_shape_that_the_document_promises(get: Fetch, path: str, example: str | None) -> None:
    import jsonschema

    document = get("/openapi.json")
    reference = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    example = example or "/bundles/" + get("/bundles", per_page=1)["items"][0]["slug"]
    jsonschema.validate(get(example), {**reference, "components": document["components"]})


def test_health_tells_clock_and_index(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.get_json()["tick"] == ready.get_json()["index_tick"] > 0


def test_metrics_are_off_unless_configured(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize("path", ["/buendel/%00", "/api/v1/bundles/%00", "/ozg/%00", "/kommunen/%00", "/leika/%00"])
def test_an_address_with_a_nul_sign_leads_nowhere(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
