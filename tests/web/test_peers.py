"""„Kommunen wie wir“: choosing, reasons, and only what is public."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from registry.profiles.models import CapabilityProfile, Visibility
from registry.web.services import EXTENSION
from tests.comparison.bundles import FULL, add_adoption, add_bundles
from tests.conftest import Store
from tests.office.world import Office
from tests.web.client import PageClient
from tests.web.site import open_site

pytestmark = pytest.mark.sqlite_only  # HTML
PATH = "/nachnutzung/kommunen-wie-wir"
SOEST, LIPPSTADT, SCHWERTE = "05974040", "05974028", "05978028"


@pytest.fixture(scope="module")
def site(store: Store, office_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder: Path = tmp_path_factory.mktemp("peers")
    with open_site(store, office_template, folder) as app:
        database = app.extensions[EXTENSION].database
        add_bundles(database)
        add_adoption(database, FULL, LIPPSTADT, 1, public=True)
        add_adoption(database, FULL, SCHWERTE, 1, public=False)
        with database.writing() as write:
            for ags, visibility in ((SOEST, Visibility.PUBLIC), (LIPPSTADT, Visibility.SHARED)):
                write.session.add(
                    CapabilityProfile(municipality=ags, served_by="suedwestfalen-it", visibility=visibility)
                )
        yield app


@pytest.fixture
def pages(site: Flask) -> PageClient:
    return PageClient(site)


def test_each_row_says_why_it_is_alike(pages: PageClient) -> None:
    page = pages.get(f"{PATH}?kommune={SOEST}")
    assert page.h1 == "Kommunen wie Soest"
    assert (
        "ähnliche Größe (höchstens 50 % Unterschied), kreisangehörig, Kreis Soest, Regierungsbezirk Arnsberg"
        in page.main
    )


def test_what_peers_use_and_the_body_does_not_is_listed_with_who(pages: PageClient) -> None:
    page = pages.get(f"{PATH}?kommune={SOEST}")
    assert "Was Kommunen wie Soest nutzen und Soest nicht" in page.main
    assert "Hundesteuer mit Kostenblöcken Stadt Lippstadt (produktiv, bestätigt)" in page.main
    assert page.links()["Hundesteuer mit Kostenblöcken"] == f"/buendel/{FULL}"


def test_what_is_not_public_does_not_count(pages: PageClient) -> None:
    page = pages.get(f"{PATH}?kommune={SOEST}")
    assert "Stadt Schwerte (produktiv" not in page.main


def test_a_provider_shows_only_to_who_may_see_the_profile(site: Flask, pages: PageClient) -> None:
    assert "kreisangehörig, IT-Dienstleister" not in pages.get(f"{PATH}?kommune={SOEST}").main
    page = Office(site, Path()).pages("other").get(f"{PATH}?kommune={SOEST}")
    assert "kreisangehörig, IT-Dienstleister Südwestfalen-IT (SIT)" in page.main
    assert page.response.headers["Cache-Control"] == "private, no-store"


def test_a_name_leads_to_the_body_or_to_a_choice(pages: PageClient) -> None:
    assert pages.client.get(f"{PATH}?kommune=Lippstadt").headers["Location"].endswith(f"?kommune={LIPPSTADT}")
    assert pages.client.get(f"{PATH}?kommune=soest").headers["Location"].endswith(f"?kommune={SOEST}")
    assert "Kreis Soest" in pages.get(f"{PATH}?kommune=kreis").links()
    assert "steht nicht im Verzeichnis" in pages.get(f"{PATH}?kommune=Nirgendwo").main
    assert "gibt es im Verzeichnis nicht" in pages.get(f"{PATH}?kommune=05999999", status=404).main
    assert "Welche ist gemeint?" in pages.get(f"{PATH}?kommune=a").main


def test_a_kreis_has_peers_too(pages: PageClient) -> None:
    page = pages.get(f"{PATH}?kommune=05974")
    assert page.h1 == "Kommunen wie Kreis Soest"
    assert "Kreis" in page.main


def test_a_member_begins_with_the_own_body(site: Flask) -> None:
    assert Office(site, Path()).pages("editor").get(PATH).h1 == "Kommunen wie Soest"
