"""Fit in a browser: a report on one page of paper, and a chosen profile in the search."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from registry.app import create_app
from registry.database import Database
from registry.profiles.picked import Picked
from registry.settings import Settings
from registry.web.chosen import CHOICE
from tests.browser.reading import overflow, violations
from tests.browser.serving import PATIENCE, listen, serving
from tests.conftest import Store
from tests.fit.world import MEDEBACH, RICH, SILENT, SOEST, UEDEM, WUPPERTAL, fill
from tests.web.site import KEY

pytestmark = pytest.mark.sqlite_only  # what a browser shows does not depend on the kind of database


@pytest.fixture(scope="module")
def fit_server(store: Store, catalogue_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the catalogue with profiles and adoptions."""
    url, remove = store.copy(catalogue_template)
    database = Database(url)
    fill(database)
    database.dispose()
    with serving(url, tmp_path_factory.mktemp("fit-served")) as address:
        yield address
    remove()


@pytest.fixture
def window(browser: Browser, fit_server: str) -> Iterator[BrowserContext]:
    noise: list[str] = []
    context = browser.new_context(base_url=fit_server, bypass_csp=True)
    context.set_default_timeout(PATIENCE)
    listen(context, fit_server, noise)
    yield context
    context.close()
    assert not noise


@pytest.mark.parametrize("key", [SOEST, WUPPERTAL, MEDEBACH, UEDEM, "05974"])
@pytest.mark.parametrize("slug", [RICH, SILENT])
def test_a_report_of_eight_requirements_prints_on_one_page(window: BrowserContext, slug: str, key: str) -> None:
    page = window.new_page()
    page.goto(f"/buendel/{slug}/passung?kommune={key}")
    paper = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize(
    "path",
    [
        f"/buendel/{RICH}/passung",
        f"/buendel/{RICH}",
        "/nachnutzung/uebernehmen",
        "/suche?q=wohnen&sortierung=passung",
    ],
)
def test_pages_with_a_chosen_profile_break_no_rule_and_fit(window: BrowserContext, path: str, width: int) -> None:
    app = create_app(Settings(database_url="sqlite://", secret_key=KEY))
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[CHOICE] = Picked("municipality", SOEST, ("bundid", "epaybl"), ("xta",)).packed()
    held = client.get_cookie("sitzung")
    assert held is not None
    page = window.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/impressum")
    window.add_cookies([{"name": "sitzung", "value": held.value, "url": page.url}])
    page.goto(path)
    assert "zwingenden" in page.inner_text("main")
    assert not violations(page)
    assert overflow(page) <= 0
