"""Atom feeds (RFC 4287) of searches, bundles, OZG services and municipalities."""

import re
from datetime import date
from xml.etree.ElementTree import Element

import defusedxml.ElementTree
import pytest
from flask import Flask
from flask.testing import FlaskClient

from registry.adoption.enums import Step
from registry.catalogue.enums import State
from registry.database import Database
from registry.reuse.operations import publish_bundle, withdraw_bundle
from registry.web.services import EXTENSION
from tests.adoption.making import WUPPERTAL, make_adoption
from tests.following.making import BUNDLE, SOEST, change_entry, new_entry
from tests.web.conftest import Site

pytestmark = pytest.mark.sqlite_only
ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = (
    "/suche/feed.atom",
    "/suche/feed.atom?q=hundesteuer",
    "/suche/feed.atom?q=qqqxyzzy",
    "/suche/feed.atom?art=ozg&q=hundesteuer",
    f"/buendel/{BUNDLE}/feed.atom",
    "/ozg/10160/feed.atom",
    "/ozg/10001/feed.atom",
    "/kommunen/05974040/feed.atom",
    "/kommunen/05974/feed.atom",
    "/kommunen/05162004/feed.atom",
)


@pytest.fixture
def site(own_site: Site) -> Flask:
    """Return a site of the test's own."""
    return own_site(base_url="https://register.example")


def database(site: Flask) -> Database:
    found: Database = site.extensions[EXTENSION].database
    return found


def read(client: FlaskClient, address: str) -> Element:
    """Fetch a feed and check it by the rules of RFC 4287, 4.1."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    feed: Element = defusedxml.ElementTree.fromstring(answer.data)
    assert feed.tag == f"{ATOM}feed"
    for holder in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(holder.findall(ATOM + name)) == 1, name
        assert re.fullmatch(r"https?://\S+", text(holder, "id"))
        assert text(holder, "title").strip()
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text(holder, "updated"))
        alternates = [one for one in holder.findall(f"{ATOM}link") if one.get("rel") == "alternate"]
        assert len(alternates) == 1
        assert re.fullmatch(r"https?://\S+", alternates[0].get("href", ""))
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    (own,) = [one for one in feed.findall(f"{ATOM}link") if one.get("rel") == "self"]
    assert own.get("href", "").endswith(address)
    ids = [text(one, "id") for one in feed.findall(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)
    updated = [text(one, "updated") for one in feed.findall(f"{ATOM}entry")]
    assert updated == sorted(updated, reverse=True)
    assert not updated or text(feed, "updated") == updated[0]
    return feed


def text(holder: Element, name: str) -> str:
    return holder.findtext(ATOM + name) or ""


def titles(feed: Element) -> list[str]:
    return [text(one, "title") for one in feed.findall(f"{ATOM}entry")]


@pytest.mark.parametrize("address", FEEDS)
def test_every_feed_is_valid(app: Flask, address: str) -> None:
    read(app.test_client(), address)


@pytest.mark.parametrize("address", FEEDS)
def test_an_unchanged_feed_is_not_sent_again(app: Flask, address: str) -> None:
    client = app.test_client()
    tag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_a_bundle_s_feed_lists_its_public_versions(site: Flask) -> None:
    client = site.test_client()
    before = read(client, f"/buendel/{BUNDLE}/feed.atom")
    change_entry(database(site), BUNDLE, title="Ein <neuer> Titel & mehr")
    feed = read(client, f"/buendel/{BUNDLE}/feed.atom")
    newest = feed.findall(f"{ATOM}entry")[0]
    assert text(newest, "title") == "Geändert: Ein <neuer> Titel & mehr"
    assert text(newest, "summary") == "Geändert: Titel."
    address = text(newest, "id").removeprefix("https://register.example")
    assert client.get(address).status_code == 200
    old = {text(one, "id") for one in before.findall(f"{ATOM}entry")}
    assert old < {text(one, "id") for one in feed.findall(f"{ATOM}entry")}


def test_public_steps_are_listed_and_private_ones_are_not(site: Flask) -> None:
    client = site.test_client()
    make_adoption(
        database(site),
        BUNDLE,
        WUPPERTAL,
        [(Step.PILOT, date(2026, 9, 1), True), (Step.PRODUCTIVE, date(2026, 9, 21), False)],
    )
    for address in (f"/buendel/{BUNDLE}/feed.atom", f"/kommunen/{WUPPERTAL}/feed.atom"):
        raw = client.get(address).get_data(as_text=True)
        feed = read(client, address)
        (entry,) = [one for one in feed.findall(f"{ATOM}entry") if text(one, "title").startswith("Nachnutzung: ")]
        assert "Wuppertal: Pilot (01.09.2026), behauptet" in text(entry, "summary")
        assert text(entry, "id").endswith(f"#nachnutzung-{WUPPERTAL}-pilot-2026-09-01")
        assert "21.09.2026" not in raw
        assert "2026-09-21" not in raw


def test_private_steps_leave_feeds_as_they_are(site: Flask) -> None:
    client = site.test_client()
    address = f"/buendel/{BUNDLE}/feed.atom"
    before = client.get(address).data
    make_adoption(database(site), BUNDLE, WUPPERTAL, [(Step.INTEREST, date(2026, 9, 1), False)])
    assert client.get(address).data == before


def test_a_withdrawn_bundle_s_feed_tells_only_that(site: Flask) -> None:
    client = site.test_client()
    new_entry(database(site), "alt", title="Ein Titel, den niemand mehr lesen soll")
    with database(site).writing() as write:
        withdraw_bundle(write, "alt", actor="test", reason="Doppelt erfasst.")
    for address in ("/buendel/alt/feed.atom", "/ozg/10160/feed.atom", f"/kommunen/{SOEST}/feed.atom"):
        raw = client.get(address).get_data(as_text=True)
        assert "niemand mehr lesen" not in raw
        assert "Zurückgezogen: alt" in titles(read(client, address))
        assert "Grund: Doppelt erfasst." in raw
    with database(site).writing() as write:
        publish_bundle(write, "alt", actor="test")
    assert titles(read(client, "/buendel/alt/feed.atom"))[0].startswith("Wieder veröffentlicht: ")


def test_drafts_have_no_feed_and_stand_in_none(site: Flask) -> None:
    client = site.test_client()
    new_entry(database(site), "entwurf", State.DRAFT, title="Ein geheimer Entwurf")
    new_entry(database(site), "nie", State.DRAFT, title="Ein geheimer Entwurf")
    for slug in ("entwurf", "nie", "gibt-es-nicht"):
        assert client.get(f"/buendel/{slug}/feed.atom").status_code == 404
    for address in ("/ozg/10160/feed.atom", f"/kommunen/{SOEST}/feed.atom", "/suche/feed.atom"):
        assert "geheim" not in client.get(address).get_data(as_text=True)


def test_a_search_has_one_feed(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/suche/feed.atom?seite=2&q=hund++anmelden&sortierung=titel")
    assert answer.status_code == 301
    assert answer.headers["Location"] == "/suche/feed.atom?q=hund+anmelden"
    assert client.get("/kommunen/05124/feed.atom").headers["Location"] == "/kommunen/05124000/feed.atom"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/ozg/99999/feed.atom", 404),
        ("/kommunen/99999/feed.atom", 404),
        ("/kommunen/x/feed.atom", 404),
        ("/suche/feed.atom?q=" + "x" * 9000, 400),
        ("/suche/feed.atom?q=%ff%fe&kommune=%00", 301),
    ],
)
def test_odd_addresses_are_refused(app: Flask, address: str, status: int) -> None:
    assert app.test_client().get(address).status_code == status


def test_a_feed_holds_a_limited_number_of_entries(site: Flask) -> None:
    for number in range(60):
        new_entry(database(site), f"serie-{number}")
    assert len(titles(read(site.test_client(), "/ozg/10160/feed.atom"))) == 50
