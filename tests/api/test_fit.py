"""Fit over the API: by public profiles and by what the request adds."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Store
from tests.fit.world import MEDEBACH, RICH, SILENT, SOEST, UEDEM, fill
from tests.web.site import open_site

pytestmark = pytest.mark.sqlite_only  # pages and answers do not depend on the kind of database

Fetch = Callable[..., Any]


@pytest.fixture(scope="module")
def fit_api(store: Store, catalogue_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return a site with profiles and adoptions: for reading only."""
    template = store.template("fit-api", fill, base=catalogue_template)
    with open_site(store, template, tmp_path_factory.mktemp("fit-api")) as site:
        yield site


@pytest.fixture
def get(fit_api: Flask) -> Fetch:
    client = fit_api.test_client()

    def fetch(path: str, status: int = 200, **parameters: Any) -> Any:
        response = client.get(f"/api/v1{path}", query_string=parameters or None)
        assert response.status_code == status, response.get_data(as_text=True)
        return response.get_json(force=True)

    return fetch


def test_bundles_come_by_fit_over_the_pages_once(get: Fetch) -> None:
    first = get("/fit", municipality=SOEST, per_page=60)
    items = first["items"] + get("/fit", municipality=SOEST, per_page=60, page=2)["items"]
    assert len({one["slug"] for one in items}) == len(items) == first["total"]
    assert (first["body"], first["population_as_of"]) == ("Stadt Soest", "2018-12-31")
    assessable = [one["assessable"] for one in items]
    assert assessable == sorted(assessable, reverse=True)
    for one in items:
        assert one["mandatory_met"] + len(one["missing"]) + len(one["unknown"]) == one["mandatory_total"]
        assert one["assessable"] is (one["mandatory_total"] > 0)


def test_one_bundle_tells_requirement_by_requirement_whose_statement_it_is(get: Fetch) -> None:
    found = get(f"/bundles/{RICH}/fit", municipality=SOEST)
    assert found["sentence"] == "4 von 6 zwingenden Voraussetzungen erfüllt; es fehlt: ePayBL; unbekannt: XTA"
    by_slug = {one["capability"]: one for one in found["requirements"]}
    assert by_slug["fit-connect"]["stated_by"] == "Südwestfalen-IT (SIT)"
    assert by_slug["xta"]["status"] == "unknown"
    assert by_slug["xta"]["stated_by"] is None
    assert by_slug["epaybl"]["reason"] == "vorhanden ist pmPayment"
    assert found["population"]["suits"] == "met"
    assert [one["score"] for one in found["dimensions"]] == [3, None, 1, None]


def test_the_request_adds_to_the_public_profile(get: Fetch) -> None:
    before = get(f"/bundles/{RICH}/fit", municipality=MEDEBACH)
    after = get(f"/bundles/{RICH}/fit", municipality=MEDEBACH, has="epaybl,xta", lacks="dms-e-akte")
    assert after["mandatory_met"] == before["mandatory_met"] + 2
    assert "Dokumentenmanagement oder E-Akte (Produkt offen)" in after["missing"]


def test_without_a_municipality_only_the_request_counts(get: Fetch) -> None:
    found = get(f"/bundles/{RICH}/fit", has="bundid")
    assert (found["body"], found["mandatory_met"], found["population"]["suits"]) == ("", 1, "unknown")


def test_a_private_profile_counts_for_nothing(get: Fetch) -> None:
    assert get(f"/bundles/{RICH}/fit", municipality=UEDEM)["mandatory_met"] == 0
    uedem, other = (get("/fit", municipality=key, per_page=100)["items"] for key in (UEDEM, "05154060"))
    assert uedem == other


def test_an_entry_without_requirements_is_not_assessable(get: Fetch) -> None:
    found = get(f"/bundles/{SILENT}/fit", municipality=SOEST)
    assert found["assessable"] is False
    assert found["sentence"].startswith("nicht bewertbar")


def test_the_two_operations_agree(get: Fetch) -> None:
    for one in get("/fit", municipality=SOEST, per_page=5)["items"]:
        alone = get(f"/bundles/{one['slug']}/fit", municipality=SOEST)
        assert {name: alone[name] for name in one} == one


@pytest.mark.parametrize(
    ("parameters", "status", "named"),
    [
        ({"municipality": "99999999"}, 404, None),
        ({"municipality": "abc"}, 404, None),
        ({"municipality": "0" * 20}, 400, "municipality"),
        ({"has": "gibt-es-nicht"}, 400, "has"),
        ({"lacks": "x\x00y"}, 400, "lacks"),
        ({"has": "bundid", "lacks": "bundid"}, 400, "lacks"),
        ({"has": ",".join(["bundid"] * 1000)}, 400, "has"),
        ({"page": "0"}, 400, "page"),
    ],
)
def test_bad_parameters_are_refused_by_name(
    get: Fetch, parameters: dict[str, str], status: int, named: str | None
) -> None:
    problem = get("/fit", status, **parameters)
    if named:
        assert named in {one["parameter"] for one in problem["errors"]}
    get("/bundles/gibt-es-nicht/fit", 404)


def test_the_orders_of_the_bundle_list_know_no_fit(get: Fetch) -> None:
    assert get("/bundles", 400, sort="fit")["errors"][0]["parameter"] == "sort"


def test_topic_fields_narrow_the_list(get: Fetch) -> None:
    narrowed = get("/fit", municipality=SOEST, topic_field="bauen-und-wohnen", per_page=100)
    assert narrowed["total"] == get("/bundles", topic_field="bauen-und-wohnen")["total"] > 0
