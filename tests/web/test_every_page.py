"""What holds for every page: correct HTML, nothing forgotten, small, honest about its twin."""

import importlib.util
import re
from pathlib import Path

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import meta

from registry.web.office import BLUEPRINTS
from tests.web.client import PageClient
from tests.web.site import PAGES

pytestmark = pytest.mark.sqlite_only  # what pages look like does not depend on the database
ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
MACHINE = {"feeds", "api", "health", "branding"}
"""Blueprints whose answers are no HTML pages."""
OFFICE = {one.name for one in BLUEPRINTS}
"""Blueprints whose pages tests/office/test_every_office_page.py visits."""
PUBLIC_SCRIPTS = {"theme", "suggest", "filters"}
FORMS = {"suggesting a bundle", "suggesting a correction", "following a bundle"} | {
    "profile of a visitor",
    "profile of a body outside the register",
}
"""Pages that set the cookie of form tokens."""
TEXTS = {"about", "criteria", "Impressum", "Datenschutz", "Barrierefreiheit", "taking part", "following"} | {
    "reuse",
    "picking a body for a profile",
    "profile of a visitor",
    "profile of a body outside the register",
}
FIRST_VISIT = 120 * 1024
NEXT_PAGE = 30 * 1024


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_sound(pages: PageClient, name: str) -> None:
    page = pages.get(PAGES[name])
    assert page.title.endswith("– OZG-Nachnutzungsregister")
    assert page.h1


@pytest.mark.parametrize("name", PAGES)
def test_every_page_speaks_to_people_only(pages: PageClient, name: str) -> None:
    text = pages.get(PAGES[name]).text
    assert not re.search(r"\bNone\b|\bUndefined\b|<built-in|\{\{|\}\}|\bTrue\b|\bFalse\b", text)


def test_every_page_endpoint_is_visited(app: Flask) -> None:
    endpoints = {
        rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] not in MACHINE | OFFICE
    }
    adapter = app.url_map.bind("localhost")
    visited = {adapter.match(path.split("?")[0])[0] for path in PAGES.values()}
    assert {one for one in visited if one.split(".")[0] not in OFFICE} == endpoints


def test_every_template_is_used(app: Flask) -> None:
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "registry" / "web").rglob("*.py")]
    used = {name for source in sources for name in re.findall(r'"([a-z_]+/[a-z_]+\.(?:html|xml))"', source)}
    queue = list(used)
    while queue:
        tree = app.jinja_env.parse((TEMPLATES / queue.pop()).read_text(encoding="utf-8"))
        for name in meta.find_referenced_templates(tree):
            assert name is not None
            if name not in used:
                used.add(name)
                queue.append(name)
    existing = {file.relative_to(TEMPLATES).as_posix() for file in TEMPLATES.rglob("*.*") if file.is_file()}
    assert existing == used


def test_each_endpoint_has_the_template_of_its_name(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        blueprint, _, endpoint = rule.endpoint.partition(".")
        if blueprint not in MACHINE | OFFICE:
            assert (TEMPLATES / blueprint / f"{endpoint}.html").is_file(), rule.endpoint


def _transferred(client: FlaskClient, address: str) -> int:
    with client.get(address, headers={"Accept-Encoding": "br"}) as answer:  # closes the static file
        assert answer.status_code == 200
        return len(answer.data)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_stays_within_its_transfer_budget(app: Flask, name: str) -> None:
    client = app.test_client()
    page = client.get(PAGES[name], headers={"Accept-Encoding": "br"})
    assert page.headers["Content-Encoding"] == "br"
    text = brotli.decompress(page.data).decode()
    loaded = re.findall(r'<(?:link rel="stylesheet"[^>]*href|script[^>]*src|link rel="icon"[^>]*href)="([^"]+)"', text)
    assert len(loaded) >= 4
    assets = sum(_transferred(client, address) for address in loaded)
    assert len(page.data) <= NEXT_PAGE
    assert len(page.data) + assets <= FIRST_VISIT


def test_the_built_style_sheet_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("assets", ROOT / ".ci" / "assets.py")
    assert spec is not None
    assert spec.loader is not None
    assets = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(assets)
    for name, parts in (("site", assets.OWN_STYLES), ("reuse", assets.REUSE_STYLES), ("office", assets.OFFICE_STYLES)):
        built = (ROOT / "static" / "vendor" / f"{name}.css").read_text(encoding="utf-8")
        assert built == assets.joined_styles(parts), "run .ci/assets.py"
    own = {file.stem for file in (ROOT / "static" / "css").glob("*.css")}
    assert own == {*assets.OWN_STYLES, *assets.REUSE_STYLES, *assets.OFFICE_STYLES, "print"}


def test_own_styles_and_scripts_stay_small() -> None:
    styles = {file.stem: file.stat().st_size for file in (ROOT / "static" / "css").glob("*.css")}
    scripts = {file.stem: file.stat().st_size for file in (ROOT / "static" / "js").glob("*.js")}
    office = {"forms", "office", "editing", "comparing"}
    reuse = {"profile", "fit", "adoption", "evidence", "comparison", "charts", "maps"}
    assert sum(size for name, size in styles.items() if name not in office | reuse) <= 29 * 1024
    assert sum(size for name, size in styles.items() if name in reuse) <= 22 * 1024
    assert sum(size for name, size in styles.items() if name in office) <= 20 * 1024
    assert sum(size for name, size in scripts.items() if name in PUBLIC_SCRIPTS) <= 11 * 1024
    assert sum(size for name, size in scripts.items() if name not in PUBLIC_SCRIPTS) <= 14 * 1024


@pytest.mark.parametrize("name", PAGES)
def test_each_class_of_the_design_system_exists(pages: PageClient, name: str) -> None:
    styles = (ROOT / "static" / "vendor" / "kern" / "kern.css").read_text(encoding="utf-8")
    known = set(re.findall(r"\.(kern-[a-zA-Z0-9_-]+)", styles))
    used = {
        word
        for one in pages.get(PAGES[name]).document.iter()
        for word in one.get("class", "").split()
        if "kern-" in word
    }
    assert used <= known


@pytest.mark.parametrize("name", [name for name in PAGES if name not in TEXTS | FORMS])
def test_a_page_of_data_names_its_twin_for_programs(pages: PageClient, name: str) -> None:
    page = pages.get(PAGES[name])
    (twin,) = [one for one in page.all(".//link[@rel='alternate']") if one.get("type") == "application/json"]
    answer = pages.client.get(twin.get("href", ""))
    assert answer.status_code == 200
    assert answer.is_json
    assert twin.get("href") in {one.get("href") for one in page.all(".//footer//a")}


def test_reading_pages_sets_no_cookie(app: Flask) -> None:
    client: FlaskClient = app.test_client()
    for name, path in PAGES.items():
        if name not in FORMS:
            assert "Set-Cookie" not in client.get(path).headers, name


def test_an_unchanged_page_is_not_sent_again(app: Flask) -> None:
    client = app.test_client()
    tag = client.get("/buendel/hundesteuer-soest").headers["ETag"]
    assert client.get("/buendel/hundesteuer-soest", headers={"If-None-Match": tag}).status_code == 304


def test_fonts_are_preloaded_under_the_address_that_the_styles_use(pages: PageClient) -> None:
    styles = (ROOT / "static" / "vendor" / "kern" / "kern.css").read_text(encoding="utf-8")
    preloads = pages.get("/").all(".//link[@rel='preload']")
    assert len(preloads) == 2
    for preload in preloads:
        assert f'url("{preload.get("href", "").rsplit("/", 1)[-1]}")' in styles
