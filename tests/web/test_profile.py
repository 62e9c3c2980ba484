"""A visitor's profile lives in the browser's cookie alone, and no answer for it is shared."""

import hashlib
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from registry.database import Database
from registry.profiles.models import Visibility
from registry.reuse.models import Capability
from registry.web.chosen import CHOICE
from registry.web.office.choosing import LARGEST_COOKIE
from registry.web.services import EXTENSION
from tests.profiles.making import SIT, SOEST, give_profile
from tests.web.client import PageClient

pytestmark = pytest.mark.sqlite_only

PAGE = "/nachnutzung/profil"
OF_SOEST = f"{PAGE}?stelle=municipality:05974040"
SHARED_PAGES = ("/", "/nachnutzung", "/ozg", "/buendel/hundesteuer-soest")


def _token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"{PAGE}?stelle=other").text)
    assert found is not None
    return found.group(1)


def _save(client: FlaskClient, fields: dict[str, Any], stelle: str = "municipality:05974040", **options: Any) -> Any:
    return client.post(PAGE, data={"csrf_token": _token(client), "stelle": stelle, **fields}, **options)


def _database(app: Flask) -> Database:
    found: Database = app.extensions[EXTENSION].database
    return found


def _chosen(client: FlaskClient) -> Any:
    with client.session_transaction() as cookie:
        return cookie.get(CHOICE)


def test_picking_sets_no_cookie_and_offers_all_bodies_without_a_script(pages: PageClient, app: Flask) -> None:
    page = pages.get(PAGE)
    assert len(page.all(".//datalist/option")) == 396 + 31
    for address in (PAGE, "/nachnutzung", "/"):
        assert "Set-Cookie" not in app.test_client().get(address).headers


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("Stadt Soest", "municipality:05974040"),
        ("soest", "municipality:05974040"),
        ("05974040", "municipality:05974040"),
        ("Kreis Soest", "district:05974"),
        ("05974", "district:05974"),
    ],
)
def test_a_name_or_key_leads_to_the_body(app: Flask, text: str, token: str) -> None:
    answer = app.test_client().get(PAGE, query_string={"kommune": text, "zurueck": "/nachnutzung"})
    assert answer.status_code == 302
    assert f"stelle={token}" in answer.location.replace("%3A", ":")
    assert "zurueck=" in answer.location


@pytest.mark.parametrize(
    ("text", "words"),
    [("Soes", "Welche meinen Sie?"), ("Atlantis", "gibt es keine Kommune"), ("\x00<b>", "gibt es keine Kommune")],
)
def test_a_text_that_names_no_body_for_certain_is_answered_with_a_choice(
    pages: PageClient, text: str, words: str
) -> None:
    assert words in pages.get(f"{PAGE}?kommune={quote(text)}").text


@pytest.mark.parametrize("token", ["municipality:99999999", "provider:citeq", "xx", "municipality:", "district:\x00"])
def test_an_unknown_body_is_not_found(app: Flask, token: str) -> None:
    assert app.test_client().get(PAGE, query_string={"stelle": token}).status_code == 404
    assert _save(app.test_client(), {}, stelle=token).status_code == 404


def test_what_is_ticked_stays_in_the_cookie_and_the_bar_names_it(app: Flask) -> None:
    client = app.test_client()
    before = _database(app).tick()
    answer = _save(client, {"b.bundid": "ja", "b.osci": "nein", "b.xta": "", "zurueck": "/nachnutzung"})
    assert (answer.status_code, answer.location) == (303, "/nachnutzung")
    assert "Expires" not in answer.headers["Set-Cookie"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    hub = client.get("/nachnutzung").text
    assert "<strong>Stadt Soest</strong>, 2 Angaben" in hub
    assert re.search(r'name="b.bundid" value="ja" checked', client.get(PAGE).text)
    assert _database(app).tick() == before
    token = _token(client)
    client.post(f"{PAGE}/verwerfen", data={"csrf_token": token, "zurueck": "/nachnutzung"})
    assert "Noch kein Profil gewählt" in client.get("/nachnutzung").text
    assert _chosen(client) is None


def test_a_body_outside_the_register_says_its_kind_and_population(app: Flask) -> None:
    client = app.test_client()
    fields = {"fits_kind": "district_municipality", "population": "8.000", "b.bundid": "ja"}
    assert _save(client, fields, stelle="other").status_code == 303
    assert "<strong>Andere Kommune</strong>, 1 Angabe" in client.get("/nachnutzung").text
    assert 'value="8000"' in client.get(PAGE).text


@pytest.mark.parametrize(
    ("stelle", "fields", "status", "words"),
    [
        ("municipality:05974040", {"b.epaybl": "ja", "b.e-payment": "nein"}, 422, "passt nicht zusammen"),
        ("municipality:05974040", {"b.gibt-es-nicht": "ja"}, 422, "nicht bekannt"),
        ("municipality:05974040", {"served_by": "gibt-es-nicht"}, 422, "Diesen IT-Dienstleister gibt es nicht"),
        ("municipality:05974040", {f"b.x{number}": "ja" for number in range(1000)}, 413, "höchstens 300 Angaben"),
        ("other", {"population": "-5"}, 422, "ganze Zahl"),
        ("other", {"population": "viele"}, 422, "ganze Zahl"),
        ("other", {"population": "9" * 15}, 422, "ganze Zahl"),
        ("other", {"fits_kind": "raumschiff"}, 422, "angebotenen Arten"),
    ],
)
def test_odd_input_is_explained_and_nothing_is_chosen(
    app: Flask, stelle: str, fields: dict[str, str], status: int, words: str
) -> None:
    client = app.test_client()
    answer = _save(client, {"b.bundid": "ja", **fields}, stelle=stelle)
    assert answer.status_code == status
    assert words in answer.text
    assert _chosen(client) is None
    if status == 422:
        assert re.search(r'name="b.bundid" value="ja" checked', answer.text)


def test_without_the_cookie_the_form_comes_back_with_what_was_ticked(app: Flask) -> None:
    client = app.test_client()
    answer = client.post(PAGE, data={"stelle": "municipality:05974040", "b.bundid": "ja"})
    assert answer.status_code == 400
    assert "Bitte senden Sie das Formular noch einmal ab." in answer.text
    assert re.search(r'name="b.bundid" value="ja" checked', answer.text)
    assert client.post(f"{PAGE}/verwerfen").status_code == 400


def test_the_cookie_stays_small_with_every_capability_that_ships(app: Flask) -> None:
    client = app.test_client()
    with _database(app).reading() as session:
        slugs = session.exec(select(Capability.slug)).all()
    answer = _save(client, {f"b.{slug}": "ja" for slug in slugs})
    assert answer.status_code == 303
    assert len(answer.headers["Set-Cookie"].encode()) <= LARGEST_COOKIE


def test_more_than_the_cookie_holds_is_refused(own_site: Callable[..., Flask]) -> None:
    site = own_site()
    slugs = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(200)]
    with _database(site).writing() as write:
        for slug in slugs:
            write.stamp(Capability(slug=slug, name=slug, kind="other"))
    client = site.test_client()
    answer = _save(client, {f"b.{slug}": "ja" for slug in slugs})
    assert answer.status_code == 413
    assert "fasst das Cookie" in answer.text
    assert _chosen(client) is None


@pytest.mark.parametrize(
    "content",
    [
        "text",
        17,
        [],
        {},
        {"k": "municipality"},
        {"k": "municipality", "b": "99999999"},
        {"k": "municipality", "b": "\x00"},
        {"k": "planet", "b": "1"},
        {"k": "other", "h": " ".join(f"x{number}" for number in range(1000))},
    ],
)
def test_an_old_or_damaged_choice_counts_for_nothing(app: Flask, content: Any) -> None:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[CHOICE] = content
    for address in ("/nachnutzung", PAGE):
        assert client.get(address).status_code == 200
    assert "Noch kein Profil gewählt" in client.get("/nachnutzung").text


def test_a_tampered_cookie_counts_for_nothing(app: Flask) -> None:
    client = app.test_client()
    client.set_cookie("sitzung", "eyJwcm9maWwiOnsiayI6Im90aGVyIn19.aaaaaa.bbbbbbbb")
    answer = client.get("/nachnutzung")
    assert "Noch kein Profil gewählt" in answer.text


@pytest.mark.parametrize("path", SHARED_PAGES)
def test_no_answer_for_a_chosen_profile_is_shared(app: Flask, path: str) -> None:
    visitor = app.test_client()
    shared = visitor.get(path)
    tag = shared.headers["ETag"]
    assert visitor.get(path, headers={"If-None-Match": tag}).status_code == 304
    _save(visitor, {"b.bundid": "ja"})
    own = visitor.get(path, headers={"If-None-Match": tag})
    assert own.status_code == 200
    assert own.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in own.headers
    assert "Stadt Soest</strong>, 1 Angabe" not in app.test_client().get(path).text
    again = app.test_client().get(path)
    assert again.headers["ETag"] == tag
    assert again.headers["Cache-Control"] == "no-cache"
    visitor.post(f"{PAGE}/verwerfen", data={"csrf_token": _token(visitor)})
    assert visitor.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_a_public_profile_is_the_beginning_and_stays_the_source(own_site: Callable[..., Flask]) -> None:
    site = own_site()
    give_profile(_database(site), SIT, {"epaybl": True}, visibility=Visibility.PUBLIC)
    give_profile(_database(site), SOEST, {"bundid": True}, visibility=Visibility.PUBLIC, served_by="suedwestfalen-it")
    client = site.test_client()
    page = client.get(OF_SOEST).text
    assert re.search(r'name="b.bundid" value="ja" checked', page)
    assert "Geerbt von Südwestfalen-IT (SIT): vorhanden" in page
    assert "1 Angabe" in page.replace("\xa0", " ")
    _save(client, {"b.bundid": "ja", "served_by": "suedwestfalen-it"})
    assert "<strong>Stadt Soest</strong>, 2 Angaben" in client.get("/nachnutzung").text


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.SHARED])
def test_a_visitor_learns_nothing_of_a_profile_that_is_not_public(
    own_site: Callable[..., Flask], visibility: Visibility
) -> None:
    site = own_site()
    before = site.test_client().get(OF_SOEST).text
    give_profile(_database(site), SIT, {"epaybl": True}, visibility=visibility)
    give_profile(_database(site), SOEST, {"bundid": True}, visibility=visibility, served_by="suedwestfalen-it")
    without_token = re.compile(r'name="csrf_token" value="[^"]+"')
    after = site.test_client().get(OF_SOEST).text
    assert without_token.sub("", after) == without_token.sub("", before)


def test_the_hub_leads_everywhere_and_says_when_its_figures_are_of(pages: PageClient) -> None:
    page = pages.get("/nachnutzung")
    targets = {link.get("href") for link in page.all(".//main//a")}
    assert {"/nachnutzung/profil", "/nachnutzung/uebernehmen", "/vergleich", "/abdeckung", "/karte"} <= targets
    assert {"/nachnutzung/kommunen-wie-wir", "/nachnutzung/gemeinsam", "/zahlen", "/folgen"} <= targets
    assert "Stand: " in page.main
