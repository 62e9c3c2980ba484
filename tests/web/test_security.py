"""What every answer carries, and what the server refuses whoever asks (docs/security.md)."""

import hashlib

import pytest
from flask import Flask

from registry.web.identity import client_address
from registry.web.security import FROM_ANYWHERE, csrf
from tests.web.client import PageClient
from tests.web.conftest import Site
from tests.web.site import PAGES

SITE = "https://register.example"
FILE = "/static/img/favicon.svg"


@pytest.mark.parametrize(
    "path", ["/", "/suche?q=hund", "/api/v1/bundles", "/gibt-es-nicht", "/anmelden", "/verwaltung"]
)
def test_no_answer_may_be_embedded_or_bring_foreign_scripts(app: Flask, path: str) -> None:
    headers = app.test_client().get(path).headers
    policy = {part.split()[0]: part.split()[1:] for part in headers["Content-Security-Policy"].split(";")}
    for none in ("default-src", "object-src", "base-uri", "frame-ancestors"):
        assert policy[none] == ["'none'"], none
    for own in ("script-src", "style-src", "form-action"):
        assert policy[own] == ["'self'"], own
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == ("cross-origin" if path.startswith("/api/") else "same-origin")
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_over_https_every_answer_asks_for_https(own_site: Site) -> None:
    client = own_site(base_url=SITE).test_client()
    for path in ("/", "/api/v1/bundles", "/gibt-es-nicht", "/anmelden", FILE):
        with client.get(path, base_url=SITE) as answer:
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", path


def test_files_carry_the_headers_too(app: Flask) -> None:
    with app.test_client().get(FILE) as answer:
        assert answer.status_code == 200
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "script-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_only_the_api_may_be_read_from_other_sites_and_nothing_by_a_foreign_origin(app: Flask) -> None:
    for path in (*PAGES.values(), "/anmelden"):
        answer = app.test_client().get(path, headers={"Origin": "https://boese.example"})
        assert "Access-Control-Allow-Origin" not in answer.headers, path
    answer = app.test_client().get("/api/v1/bundles", headers={"Origin": "https://boese.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/sitemap.xml", "application/xml; charset=utf-8"),
        ("/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/api/v1/bundles", "application/json"),
        ("/api/v1/gibt-es-nicht", "application/problem+json"),
        (FILE, "image/svg+xml"),
        ("/static/js/theme.js", 'text/javascript; charset="utf-8"'),
    ],
)
def test_each_answer_names_its_type_and_its_encoding(app: Flask, path: str, kind: str) -> None:
    with app.test_client().get(path) as answer:
        assert answer.headers["Content-Type"] == kind


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/anmelden", "/api/v1/bundles"])
def test_methods_that_nothing_needs_are_refused(app: Flask, method: str, path: str) -> None:
    assert app.test_client().open(path, method=method).status_code in (400, 405)


@pytest.mark.parametrize(
    "path", ["/static/", "/static/js/", "/static/js", "/static/../pyproject.toml", "/.git/config", "/registry.db"]
)
def test_neither_folders_nor_files_beside_the_static_ones_are_served(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code == 404


def test_production_never_runs_in_debug_mode(own_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert own_site(environment="production").debug is False


def test_the_cookie_is_signed_with_sha_256(app: Flask) -> None:
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    assert serializer.signer_kwargs["digest_method"] is hashlib.sha256


@pytest.mark.parametrize("sender", ["cross-site", "same-site"])
def test_a_form_sent_by_a_page_of_another_site_is_refused(app: Flask, sender: str) -> None:
    form = {"email": "leitung@register.example", "passwort": "x"}
    answer = app.test_client().post("/anmelden", data=form, headers={"Sec-Fetch-Site": sender})
    assert answer.status_code == 400
    assert "kam von einer anderen Website" in answer.get_data(as_text=True)


def test_links_from_other_sites_still_lead_here(app: Flask) -> None:
    assert PageClient(app).get("/suche?q=hund", headers={"Sec-Fetch-Site": "cross-site"}).h1


def test_one_address_alone_takes_forms_without_a_token(app: Flask) -> None:
    exempt = {
        endpoint
        for endpoint, view in app.view_functions.items()
        if f"{view.__module__}.{view.__name__}" in csrf._exempt_views
    }
    assert exempt == FROM_ANYWHERE
    assert not csrf._exempt_blueprints


def _address_seen(app: Flask, forwarded: str) -> str:
    seen: list[str] = []

    @app.before_request
    def look() -> None:
        seen.append(client_address())

    app.test_client().get("/robots.txt", headers={"X-Forwarded-For": forwarded})
    return seen[0]


def test_without_a_proxy_nobody_chooses_the_own_address(own_site: Site) -> None:
    assert _address_seen(own_site(), "203.0.113.7") == "127.0.0.1"


def test_behind_a_proxy_only_what_the_proxy_added_counts(own_site: Site) -> None:
    assert _address_seen(own_site(proxy_hops=1), "198.51.100.1, 203.0.113.7") == "203.0.113.7"
