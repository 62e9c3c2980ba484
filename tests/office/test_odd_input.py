"""Hostile and senseless input at every route of the office: never a 500, and a German answer to what is refused.

Sent as the mightiest role that a route lets in, and as an editor of another organisation.
"""

import io
import random
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

import html5lib
import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.contracts.samples import address, body
from tests.contracts.test_permissions import BLUEPRINTS, ROWS
from tests.office.world import ROLES, Office

ODD = (
    "",
    "\x00",
    "a\x00b:5",
    "hundesteuer-soest\x00:1",
    "-1",
    "9" * 25,
    "9" * 5000,
    "1e309",
    "²",
    "٣",
    "\u202eabc\u2028",
    "e\u0301💩\ufffe\U0010ffff",
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "' OR 1=1 --",
    "{{7*7}}",
    "../../../etc/passwd",
    "http://[::1",
    "javascript:alert(1)",
    "0001-01-01",
    "0001-01-01T00:00+23:59",
    "9999-12-31T23:59",
    "a\r\nBcc: x@y.example",
    "a" * 300 + "@b.example",
    "[" * 3000,
    "> " * 1000 + "a",
    "x" * 40_001,
)
"""Values that no page asks for."""
PLACES = (
    "%00",
    "a%00b",
    "%2e%2e",
    "..%2f..%2fetc%2fpasswd",
    "-1",
    "2147483648",
    "9" * 25,
    "%ED%A0%80%ff",
    "%0D%0ASet-Cookie:x=y",
    "%5c..",
    "a" * 3000,
)
"""Parts of addresses that name nothing."""
BODIES: tuple[tuple[bytes, str], ...] = (
    (b"", ""),
    (b'{"title": ["a", {"b": 1}], "version": -1}', "application/json"),
    (b"[" * 5000, "application/json"),
    (b"null", "application/json"),
    (b"title=%ED%A0%80%ff&title=%00&%00=1&=&&==", "application/x-www-form-urlencoded"),
    (b"no parts at all", "multipart/form-data; boundary=x"),
    (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n", "multipart/form-data; boundary=x"),
    (b"a=1", "multipart/form-data"),
    (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "application/xml"),
)
"""Bodies that are no form, or a broken one."""
FILES = (
    (b"", "leer.csv"),
    (b"PK\x03\x04 and nothing more", "tabelle.xlsx"),
    (b"slug;stand\nhundesteuer-soest;9999999999999999999\n", "../../tabelle.csv"),
    (b"\x00\xff" * 50, "tabelle.csv"),
    (b"GIF89a", "bild.xlsx"),
)
NAMES = (
    *("title", "summary", "version", "tick", "gesehen", "auswahl", "eintrag", "entries", "alle", "feld", "modus"),
    *("weiter", "tun", "schritt", "organisation", "stelle", "note", "text", "publish_at", "markdown", "seen", "email"),
    *("passwort", "neues_passwort", "code", "role", "kind", "key", "name", "mailbox", "reason", "pruefsumme", "format"),
    *(
        "wort",
        "beziehung",
        "ziel",
        "zeile",
        "urteil",
        "anderer",
        "q",
        "seite",
        "suche",
        "wahl-0",
        "text-0",
        "wahl.title",
    ),
    *("offer.organisation", "deputy.organisation", "assign.owner", "assign.deputy", "withdraw.reason", "von", "bis"),
    *("sources.0.url", "sources.9999.url", "participants.0.stelle", "maturity.0.level", "costs.operation_fte_from"),
    *("starts_on", "ends_on", "vorgang", "homepage", "source_url", "contact_email", "person", "is_admin", "nummer"),
)
"""Names of fields in all forms, and some that no form has."""
ENGLISH = re.compile(r"\b(Bad Request|Not Found|Forbidden|Unprocessable|Method Not Allowed|Internal Server)\b")
ENDING = {"account.delete", "people.deactivate"}
"""What would take the people of this world away when it is done."""


class Sender:
    """Sends as a role, with the form token of its session, and judges each answer."""

    def __init__(self, office: Office, role: str) -> None:
        self.client: FlaskClient = office.client(role)
        page = self.client.get("/anmelden" if role == "anonymous" else "/verwaltung/konto").get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        self.headers = {"X-CSRFToken": found[1] if found else ""}
        self.role = role

    def send(self, path: str, method: str = "POST", **options: Any) -> TestResponse:
        response = self.client.open(path, method=method, headers=self.headers, **options)
        where = f"{self.role}: {method} {path[:100]} {str(options)[:300]}"
        assert response.status_code < 500, where
        assert "\n" not in response.headers.get("Location", ""), where
        if response.status_code >= 400 and method != "HEAD":
            said = response.get_data(as_text=True)
            german = '<html lang="de"' in said or response.mimetype == "application/problem+json"
            assert german, f"{where}: {said[:300]}"
            assert not ENGLISH.search(said), f"{where}: {said[:300]}"
        return response


def _mightiest(marks: str) -> str:
    return next((role for role, mark in reversed(list(zip(ROLES, marks, strict=True))) if mark == "+"), "anonymous")


def _arguments(office: Office) -> dict[str, set[str]]:
    return {rule.endpoint: set(rule.arguments) for rule in office.app.url_map.iter_rules()}


def _posts(office: Office, blueprint: str) -> Iterator[tuple[Sender, str, str]]:
    arguments = _arguments(office)
    for endpoint, method, marks in BLUEPRINTS[blueprint]:
        if method == "POST":
            for role in (_mightiest(marks), "other"):
                yield Sender(office, role), endpoint, address(office, endpoint, arguments[endpoint])


def _encoded(fields: list[tuple[str, str]]) -> bytes:
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in fields).encode()


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_no_field_of_a_form_brings_an_error(shared_office: Office, blueprint: str) -> None:
    chance = random.Random(blueprint)
    for sender, endpoint, path in _posts(shared_office, blueprint):
        needed = list(body(shared_office, endpoint).items())
        for _ in range(3):
            fields = [(name, chance.choice(ODD)) for name in NAMES if chance.random() < 0.7]
            fields += chance.sample(fields, 3)  # some twice
            sender.send(path, data=_encoded(needed + fields), content_type="application/x-www-form-urlencoded")


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_no_body_that_is_no_form_brings_an_error(shared_office: Office, blueprint: str) -> None:
    chance = random.Random(blueprint)
    for sender, _endpoint, path in _posts(shared_office, blueprint):
        for content, kind in chance.sample(BODIES, 4):
            sender.send(path, data=content, content_type=kind)
        content, name = chance.choice(FILES)
        files = {one: (io.BytesIO(content), name) for one in ("datei", "title", "text", "passwort")}
        sender.send(path, data=files)


def test_no_address_brings_an_error(shared_office: Office) -> None:
    senders = [Sender(shared_office, role) for role in ("administrator", "other", "anonymous")]
    methods = {(endpoint, method) for endpoint, method, _ in ROWS}
    for rule in shared_office.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            if rule.arguments and (rule.endpoint, method) in methods:
                for number, place in enumerate(PLACES):
                    path = re.sub(r"<[^>]+>", lambda _match, place=place: place, rule.rule)  # type: ignore[misc]
                    senders[number % 3].send(path, method)


def test_no_parameter_and_no_method_brings_an_error(shared_office: Office) -> None:
    chance, arguments = random.Random("parameters"), _arguments(shared_office)
    names = ("q", "seite", "zustand", "stelle", "nur", "stand", "art", "nummer", "von", "bis", "weiter", "schluessel")
    names += ("wort", "alles", "feld", "leistung", "gruppe", "alter", "state", "iss", "person", "aktion", "pruefen")
    senders: dict[str, Sender] = {}
    for endpoint, method, marks in ROWS:
        role = _mightiest(marks)
        sender = senders.setdefault(role, Sender(shared_office, role))
        path = address(shared_office, endpoint, arguments[endpoint])
        for verb in ("OPTIONS", "DELETE", "TRACE"):
            sender.send(path, verb)
        if method == "GET":
            for verb in ("GET", "HEAD"):
                query = _encoded([(name, chance.choice(ODD)[:4500]) for name in chance.sample(names, 12)]).decode()
                sender.send(f"{path}?{query}&q=%ED%A0%80%ff", verb)


def test_no_value_in_a_form_as_it_was_shown_brings_an_error(shared_office: Office) -> None:
    """Take the forms that pages really show and put odd values into one or two of their fields."""
    chance, arguments = random.Random("forms"), _arguments(shared_office)
    for endpoint, method, marks in ROWS:
        if method != "GET" or endpoint in ENDING or _mightiest(marks) == "anonymous":
            continue
        sender = Sender(shared_office, _mightiest(marks))
        path = address(shared_office, endpoint, arguments[endpoint])
        shown = sender.client.get(path)
        if shown.status_code != 200 or shown.mimetype != "text/html":
            continue
        for target, form in _forms(shown.get_data(as_text=True), path):
            if any(part in target for part in ("loeschen", "stilllegen", "abmelden", "sperren", "beenden")):
                continue
            for _ in range(2):
                fields = MultiDict(form)
                for name in chance.sample(sorted(fields), min(2, len(fields))):
                    fields.setlist(name, [chance.choice(ODD)])
                sender.send(target, data=fields)


def _forms(page: str, path: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield address and fields of the forms that a page posts, each with one of its buttons."""
    for form in html5lib.parse(page, namespaceHTMLElements=False).iter("form"):
        if form.get("method", "get").lower() != "post":
            continue
        fields = []
        for one in form.iter():
            name = one.get("name", "")
            if not name or name == "csrf_token" or one.get("type") in ("file", "checkbox", "submit"):
                continue
            if one.tag in ("input", "textarea", "select", "button"):
                chosen = next((part.get("value", "") for part in one.iter("option") if part.get("value")), "")
                fields.append((name, one.get("value") or "".join(one.itertext()) * (one.tag == "textarea") or chosen))
        yield form.get("action") or path, fields


@pytest.mark.parametrize(
    "path", ["/verwaltung/pruefung/x", "/verwaltung/sammelbearbeitung/tabelle/hochladen", "/anmelden"]
)
def test_a_body_beyond_all_measure_is_refused(shared_office: Office, path: str) -> None:
    sender = Sender(shared_office, "coordinator")
    content = b"title=" + b"x" * 3_000_000
    assert sender.send(path, data=content, content_type="application/x-www-form-urlencoded").status_code == 413
