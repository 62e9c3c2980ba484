"""GET /comparison, /peers/<key> and /shared-interests: the figures of the pages, and nothing that is not public."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask import Flask
from sqlmodel import select

from registry.accounts.models import Organisation
from registry.cooperation.models import SharedInterest
from registry.profiles.models import CapabilityProfile, Visibility
from registry.web.services import EXTENSION
from tests.comparison.bundles import BARE, FULL, add_adoption, add_bundles
from tests.conftest import Store
from tests.web.site import open_site

pytestmark = pytest.mark.sqlite_only  # what a comparison says does not depend on the database
Fetch = Callable[..., Any]
SOEST, LIPPSTADT = "05974040", "05974028"


@pytest.fixture(scope="module")
def site(store: Store, office_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder: Path = tmp_path_factory.mktemp("comparison-api")
    with open_site(store, office_template, folder, base_url="https://registry.test") as app:
        database = app.extensions[EXTENSION].database
        add_bundles(database)
        add_adoption(database, FULL, LIPPSTADT, 1, public=True)
        add_adoption(database, BARE, LIPPSTADT, 1, public=False)
        with database.writing() as write:
            soest, wuppertal = (
                write.session.exec(select(Organisation.id).where(Organisation.slug == slug)).one() or 0
                for slug in ("stadt-soest", "stadt-wuppertal")
            )
            write.session.add(SharedInterest(ozg_id="10001", organisation_id=soest, note="offen", is_public=True))
            write.session.add(SharedInterest(ozg_id="10001", organisation_id=wuppertal, note="geheim"))
            write.session.add(SharedInterest(ozg_id="10002", organisation_id=wuppertal, note="geheim"))
            for ags in (SOEST, LIPPSTADT):
                write.session.add(CapabilityProfile(municipality=ags, served_by="krzn", visibility=Visibility.SHARED))
        yield app


@pytest.fixture
def get(site: Flask) -> Fetch:
    def fetch(path: str, status: int = 200, **parameters: Any) -> Any:
        answer = site.test_client().get(f"/api/v1{path}", query_string=parameters or None)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json(force=True)

    return fetch


def test_the_full_cost_is_that_of_the_page(get: Fetch) -> None:
    found = get("/comparison", bundle=[FULL, BARE], population=49_211)
    full, bare = (one["full_cost"] for one in found["bundles"])
    assert (full["low"], full["high"]) == ("34526.60", "37526.60")
    assert full["contained"] == ["Anschluss", "Betrieb, nutzungsabhängiger Anteil"]
    assert full["paid_by_land"] == ["Betrieb, fester Anteil"]
    assert [one["computable"] for one in full["lines"]] == [True, True, True, False]
    assert (bare["low"], bare["high"], bare["contained"]) == (None, None, [])
    assert "Betrieb" in bare["missing"]


def test_the_municipality_gives_its_population(get: Fetch) -> None:
    found = get("/comparison", bundle=f"{FULL},{BARE}", municipality=SOEST)
    assert found["population"] > 40_000
    assert any(group["note"].startswith("Bewertet für: Stadt Soest") for group in found["groups"])
    assert get("/comparison", bundle=[FULL, BARE], municipality=SOEST, population=10)["population"] == 10


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"bundle": FULL}, 400),
        ({"bundle": [FULL, "gibt-es-nicht"]}, 400),
        ({"bundle": [FULL, BARE], "population": 0}, 400),
        ({"bundle": [FULL, BARE], "cases": "viele"}, 400),
        ({"bundle": [FULL, BARE], "municipality": "05999999"}, 404),
    ],
)
def test_what_cannot_be_compared_is_refused(get: Fetch, query: dict[str, Any], status: int) -> None:
    assert get("/comparison", status, **query)["detail"]


def test_a_bundle_that_does_not_exist_is_named(get: Fetch) -> None:
    found = get("/comparison", bundle=[FULL, BARE, "gibt-es-nicht"])
    assert found["left_out"] == [
        {"slug": "gibt-es-nicht", "reason": "Diesen Eintrag gibt es nicht.", "successor": None}
    ]


def test_peers_tell_why_and_what_they_use_in_public(get: Fetch) -> None:
    found = get(f"/peers/{SOEST}")
    assert found["peers"][0]["name"] == "Stadt Lippstadt"
    slugs = {one["slug"] for one in found["not_here"]}
    assert FULL in slugs
    assert BARE not in slugs
    assert "KRZN" not in str(found)
    get("/peers/05999999", 404)


def test_only_public_interests_are_listed(get: Fetch) -> None:
    found = get("/shared-interests")
    assert [one["ozg_id"] for one in found["items"]] == ["10001"]
    assert [one["organisation"] for one in found["items"][0]["interested"]] == ["Stadt Soest"]
    assert "geheim" not in str(found)
    assert get("/shared-interests", ozg_id="10002")["items"] == []
    assert get("/shared-interests", topic_field="umwelt")["items"] == []
    get("/shared-interests", 404, ozg_id="99999")


@pytest.mark.parametrize(
    ("path", "example"),
    [
        ("/comparison", f"/comparison?bundle={FULL}&bundle={BARE}"),
        ("/peers/{key}", f"/peers/{SOEST}"),
        ("/shared-interests", "/shared-interests"),
    ],
)
def test_answers_have_the_shape_that_the_document_promises(get: Fetch, path: str, example: str) -> None:
    document = get("/openapi.json")
    reference = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(get(example), {**reference, "components": document["components"]})
