"""Single sign-on, walked through with a real provider; and with one that answers what no honest one would."""

import base64
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import OctKey, RSAKey
from sqlmodel import select

from registry.accounts.claims import role_mapping
from registry.accounts.enums import Role
from registry.accounts.models import AuditEntry, Membership, Organisation, Person, WebSession
from registry.accounts.single_sign_on import Rules, admit
from registry.database import Database
from registry.settings import Settings
from registry.web import provider
from registry.web.services import EXTENSION
from tests.conftest import Store
from tests.mail.server import free_port
from tests.office.providers import OddProvider, RealProvider, real_provider
from tests.office.world import Office, person, post
from tests.web.client import Page, PageClient, check
from tests.web.site import open_site

START = "/anmelden/oidc"
BACK = "/anmelden/oidc/zurueck"
ROLES = {
    "leitung": "admin",
    "soest-redaktion": "stadt-soest:editor",
    "soest-koordination": "stadt-soest:coordinator",
    "wuppertal-redaktion": "stadt-wuppertal:editor",
    "nirgendwo": "gibt-es-nicht:editor",
}


@pytest.fixture(scope="module")
def real() -> Iterator[RealProvider]:
    with real_provider() as running:
        yield running


@pytest.fixture
def odd() -> Iterator[OddProvider]:
    with OddProvider() as running:
        yield running


Opened = Callable[..., Office]


@pytest.fixture(scope="module")
def app(store: Store, office_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with open_site(store, office_template, tmp_path_factory.mktemp("site")) as app:
        yield app


@pytest.fixture
def with_provider(app: Flask, store: Store, office_template: str, tmp_path: Path) -> Iterator[Opened]:
    """Return a function that gives the site a provider, other settings, and a database of the test's own.

    Making a site takes a second, most of it for the search, which these pages do not use.
    """
    before = app.extensions[EXTENSION]
    with ExitStack() as stack:

        def opened(issuer: str, roles: dict[str, Any] | None = None, **settings: Any) -> Office:
            given = {"oidc_client_id": "register", "oidc_client_secret": "geheim", **settings}
            given |= {"oidc_issuer": issuer, "oidc_roles": json.dumps(ROLES if roles is None else roles)}
            url, remove = store.copy(office_template)
            stack.callback(remove)
            database = Database(url)
            stack.callback(database.dispose)
            app.extensions[EXTENSION] = replace(
                before, settings=Settings(**{**before.settings.model_dump(), **given}), database=database
            )
            app.extensions.pop(provider.EXTENSION, None)
            return Office(app, tmp_path)

        yield opened
    app.extensions[EXTENSION] = before


def go(client: FlaskClient, target: str = "/verwaltung") -> str:
    """Begin to sign in; return the provider's address that the browser is sent to."""
    answer = client.get(f"{START}?weiter={quote(target)}")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.location


def come_back(client: FlaskClient, address: str) -> Any:
    """Open the address to which the provider sends the browser."""
    assert address.startswith(f"http://localhost{BACK}?")
    return client.get(address.removeprefix("http://localhost"))


def sign_in(office: Office, real: RealProvider, subject: str, client: FlaskClient | None = None) -> Any:
    client = client or PageClient(office.app).client
    return come_back(client, real.log_in(go(client), subject))


def refused(answer: Any, status: int, words: str) -> Page:
    assert answer.status_code == status, answer.get_data(as_text=True)
    page = check(answer)
    assert words in page.main
    assert "Mit Passwort anmelden" in page.links()
    assert answer.headers["Cache-Control"] == "private, no-store"
    return page


def people(office: Office) -> dict[str, Person]:
    with office.database.reading() as session:
        return {one.email: one for one in session.exec(select(Person))}


def roles(office: Office, email: str) -> dict[str, tuple[Role, bool]]:
    query = (
        select(Organisation.slug, Membership.role, Membership.from_claims)
        .join(Membership, Membership.organisation_id == Organisation.id)  # type: ignore[arg-type]
        .join(Person, Person.id == Membership.person_id)  # type: ignore[arg-type]
        .where(Person.email == email)
    )
    with office.database.reading() as session:
        return {slug: (role, claimed) for slug, role, claimed in session.exec(query)}


def audited(office: Office) -> list[AuditEntry]:
    with office.database.reading() as session:
        return list(session.exec(select(AuditEntry).order_by(AuditEntry.id)))  # type: ignore[arg-type]


# With a real provider.


def test_a_person_with_a_role_gets_an_account_and_comes_to_where_she_wanted(
    with_provider: Opened, real: RealProvider
) -> None:
    office = with_provider(real.issuer)
    real.set_user(
        "neu-1",
        email="Neu@Amt.example",
        email_verified=True,
        name="Konto der Prüfung",
        groups=["soest-redaktion", "unbekannt"],
        amr=["pwd", "otp"],
        acr="hoch",
    )
    client = PageClient(office.app).client
    address = go(client, "/verwaltung/eintraege?art=eigene")
    asked = parse_qs(urlsplit(address).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"http://localhost{BACK}"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert asked["scope"] == ["openid email profile"]
    answer = come_back(client, real.log_in(address, "neu-1"))
    assert (answer.status_code, answer.location) == (303, "/verwaltung/eintraege?art=eigene")
    assert client.get("/verwaltung/konto").status_code == 200
    found = people(office)["neu@amt.example"]
    assert (found.name, found.oidc_issuer, found.oidc_subject) == ("Konto der Prüfung", real.issuer, "neu-1")
    assert found.password_hash is None
    assert found.last_sign_in_at is not None
    assert roles(office, "neu@amt.example") == {"stadt-soest": (Role.EDITOR, True)}
    with office.database.reading() as session:
        row = session.exec(select(WebSession).where(WebSession.person_id == found.id)).one()
    assert (row.by_oidc, row.second_factor) == (True, True)
    lines = audited(office)
    assert [one.action for one in lines] == ["person.created", "person.roles_followed", "sign_in.oidc"]
    assert lines[1].details == {"roles": {"stadt-soest": [None, "editor"]}}
    assert lines[2].details == {"second_factor": True, "methods": ["pwd", "otp", "acr:hoch"]}
    assert "amt.example" not in str([one.details for one in lines])


def test_roles_follow_the_claims_at_each_sign_in_and_those_given_by_hand_stay(
    with_provider: Opened, real: RealProvider
) -> None:
    office = with_provider(real.issuer)
    email = "wechsel@amt.example"
    real.set_user("wechsel", email=email, email_verified=True, groups=["soest-redaktion", "leitung"])
    assert sign_in(office, real, "wechsel").status_code == 303
    assert people(office)[email].is_admin
    assert roles(office, email) == {"stadt-soest": (Role.EDITOR, True)}

    real.set_user("wechsel", email=email, email_verified=True, groups=["soest-koordination", "wuppertal-redaktion"])
    assert sign_in(office, real, "wechsel").status_code == 303
    assert not people(office)[email].is_admin
    assert roles(office, email) == {
        "stadt-soest": (Role.COORDINATOR, True),
        "stadt-wuppertal": (Role.EDITOR, True),
    }
    assert audited(office)[-2].details == {
        "roles": {"stadt-soest": ["editor", "coordinator"], "stadt-wuppertal": [None, "editor"]},
        "admin": False,
    }
    with office.database.noting() as session:
        row = session.exec(select(Membership).where(Membership.person_id == people(office)[email].id)).first()
        assert row is not None
        row.from_claims = False  # taken over by hand
        kept = session.get_one(Organisation, row.organisation_id).slug
        session.add(row)

    real.set_user("wechsel", email=email, email_verified=True)
    assert sign_in(office, real, "wechsel").status_code == 303, "an account without role may read"
    assert list(roles(office, email)) == [kept]
    assert roles(office, email)[kept][1] is False
    before = len(audited(office))
    assert sign_in(office, real, "wechsel").status_code == 303
    assert [one.action for one in audited(office)[before:]] == ["sign_in.oidc"]


def test_a_mapping_that_names_no_administration_leaves_administrators_alone(
    with_provider: Opened, real: RealProvider
) -> None:
    office = with_provider(real.issuer, {"soest-redaktion": "stadt-soest:editor"})
    real.set_user("chefin", email="leitung@register.example", email_verified=True, groups=[])
    assert sign_in(office, real, "chefin").status_code == 303
    assert people(office)["leitung@register.example"].is_admin


def test_the_last_administrator_stays_one_against_the_claims(with_provider: Opened, real: RealProvider) -> None:
    office = with_provider(real.issuer)
    real.set_user("chefin", email="leitung@register.example", email_verified=True, groups=[])
    assert sign_in(office, real, "chefin").status_code == 303
    assert people(office)["leitung@register.example"].is_admin


def test_a_verified_address_links_an_account_that_is_there(with_provider: Opened, real: RealProvider) -> None:
    office = with_provider(real.issuer)
    real.set_user("soest-1", email="Redaktion@Soest.example", email_verified=True, groups=["soest-koordination"])
    assert sign_in(office, real, "soest-1").status_code == 303
    found = people(office)["redaktion@soest.example"]
    assert (found.name, found.oidc_subject) == ("Redaktion Soest", "soest-1")
    assert roles(office, found.email) == {"stadt-soest": (Role.EDITOR, False)}, "given by hand, so it stays"
    assert "person.linked" in [one.action for one in audited(office)]
    real.set_user("soest-1", email="anders@amt.example", email_verified=True)
    assert sign_in(office, real, "soest-1").status_code == 303, "found by its subject, whatever the address is now"
    assert len(people(office)) == 6


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_is_not_verified_links_nothing(
    with_provider: Opened, real: RealProvider, verified: Any
) -> None:
    office = with_provider(real.issuer)
    before = people(office)
    claims = {"email": "leitung@register.example", "groups": ["soest-redaktion"]}
    real.set_user("angreifer", **claims, **({} if verified is None else {"email_verified": verified}))
    answer = sign_in(office, real, "angreifer")
    refused(answer, 403, "nicht bestätigt" if verified is False else "lässt sich hier nicht zuordnen")
    assert people(office) == before
    assert [one.action for one in audited(office)] == ["sign_in.oidc_refused"]


def test_an_account_with_another_subject_is_not_linked(with_provider: Opened, real: RealProvider) -> None:
    office = with_provider(real.issuer)
    with office.database.noting() as session:
        row = person(session, "editor")
        row.oidc_issuer, row.oidc_subject = real.issuer, "der-erste"
        session.add(row)
    real.set_user("der-zweite", email="redaktion@soest.example", email_verified=True, groups=["soest-redaktion"])
    refused(sign_in(office, real, "der-zweite"), 403, "lässt sich hier nicht zuordnen")
    assert people(office)["redaktion@soest.example"].oidc_subject == "der-erste"


@pytest.mark.parametrize("groups", [[], ["unbekannt"], ["nirgendwo"], None])
def test_without_a_role_there_is_no_account(with_provider: Opened, real: RealProvider, groups: Any) -> None:
    office = with_provider(real.issuer)
    real.set_user("fremd", email="fremd@amt.example", email_verified=True, **({"groups": groups} if groups else {}))
    refused(sign_in(office, real, "fremd"), 403, "Ihr Konto hat hier noch keine Aufgabe")
    assert "fremd@amt.example" not in people(office)


@pytest.mark.parametrize(
    "email", [None, "", "kein Postfach", 7, "a@b.example\nBcc: c@d.example", "x" * 300 + "@a.example"]
)
def test_without_a_usable_address_there_is_no_account(with_provider: Opened, real: RealProvider, email: Any) -> None:
    office = with_provider(real.issuer)
    real.set_user("ohne", groups=["leitung"], **({} if email is None else {"email": email}))
    refused(sign_in(office, real, "ohne"), 403, "keine gültige E-Mail-Adresse")
    assert len(people(office)) == 6


def test_a_disabled_account_stays_out(with_provider: Opened, real: RealProvider) -> None:
    office = with_provider(real.issuer)
    with office.database.noting() as session:
        row = person(session, "editor")
        row.active = False
        session.add(row)
    real.set_user("gesperrt", email="redaktion@soest.example", email_verified=True, groups=["leitung"])
    client = PageClient(office.app).client
    refused(sign_in(office, real, "gesperrt", client), 403, "gesperrt")
    found = people(office)["redaktion@soest.example"]
    assert (found.is_admin, found.oidc_subject) == (False, None)
    assert client.get("/verwaltung").status_code == 303


def test_an_inactive_organisation_gives_no_role(with_provider: Opened, real: RealProvider) -> None:
    office = with_provider(real.issuer)
    with office.database.noting() as session:
        session.exec(select(Organisation).where(Organisation.slug == "stadt-soest")).one().active = False
    real.set_user("still", email="still@amt.example", email_verified=True, groups=["soest-redaktion"])
    refused(sign_in(office, real, "still"), 403, "noch keine Aufgabe")


def test_signing_out_ends_the_session_here(with_provider: Opened, real: RealProvider) -> None:
    office = with_provider(real.issuer)
    real.set_user("geht", email="geht@amt.example", email_verified=True, groups=["soest-redaktion"])
    client = PageClient(office.app).client
    sign_in(office, real, "geht", client)
    assert post(client, "/abmelden").status_code == 303
    assert client.get("/verwaltung").status_code == 303


def test_a_new_session_takes_nothing_from_the_old_cookie(with_provider: Opened, real: RealProvider) -> None:
    office = with_provider(real.issuer)
    real.set_user("frisch", email="frisch@amt.example", email_verified=True, groups=["soest-redaktion"])
    client = PageClient(office.app).client
    with client.session_transaction() as cookie:
        cookie["token"] = "untergeschoben"
        cookie["anderes"] = "bleibt nicht"
    sign_in(office, real, "frisch", client)
    with client.session_transaction() as cookie:
        assert set(cookie) - {"csrf_token"} == {"token"}
        assert cookie["token"] != "untergeschoben"


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(with_provider: Opened, real: RealProvider) -> None:
    office = with_provider(real.issuer)
    real.set_user("opfer", email="opfer@amt.example", email_verified=True, groups=["leitung"])
    attacker, victim = PageClient(office.app).client, PageClient(office.app).client
    answer = real.log_in(go(attacker), "opfer")
    refused(come_back(victim, answer), 400, "abgelaufen oder wurde schon benutzt")
    go(victim)
    refused(come_back(victim, answer), 400, "abgelaufen oder wurde schon benutzt")
    assert victim.get("/verwaltung").status_code == 303
    refused(come_back(attacker, answer.replace("state=", "state=x")), 400, "abgelaufen")
    for query in ("", "?state=", "?code=x", "?state=x&code=y", "?error=server_error"):
        refused(victim.get(BACK + query), 400, "abgelaufen")
    assert "opfer@amt.example" not in people(office)


def test_an_answer_works_once(with_provider: Opened, real: RealProvider) -> None:
    office = with_provider(real.issuer)
    real.set_user("einmal", email="einmal@amt.example", email_verified=True, groups=["soest-redaktion"])
    client = PageClient(office.app).client
    answer = real.log_in(go(client), "einmal")
    assert come_back(client, answer).status_code == 303
    refused(come_back(client, answer), 400, "schon benutzt")
    code = parse_qs(urlsplit(answer).query)["code"][0]
    state = parse_qs(urlsplit(go(client)).query)["state"][0]
    refused(client.get(f"{BACK}?code={code}&state={state}"), 400, "schon benutzt")


def test_an_identity_token_of_another_attempt_is_refused(with_provider: Opened, real: RealProvider) -> None:
    office = with_provider(real.issuer)
    real.set_user("nonce", email="nonce@amt.example", email_verified=True, groups=["leitung"])
    client = PageClient(office.app).client
    answer = real.log_in(go(client), "nonce")
    with client.session_transaction() as cookie:
        [name] = [one for one in cookie if one.startswith("_state_oidc_")]
        attempt = cookie[name]
        attempt["data"]["nonce"] = "eine andere"
        cookie[name] = attempt
    refused(come_back(client, answer), 400, "abgelaufen")
    assert "nonce@amt.example" not in people(office)


def test_who_refuses_at_the_provider_is_told_so(with_provider: Opened, real: RealProvider) -> None:
    office = with_provider(real.issuer)
    client = PageClient(office.app).client
    address = go(client)
    state = parse_qs(urlsplit(address).query)["state"][0]
    answer = real.deny(address)
    assert "error=access_denied" in answer
    refused(client.get(f"{BACK}?error=access_denied&state={state}"), 403, "abgebrochen oder abgelehnt")


@pytest.mark.parametrize(
    "target",
    ["//boese.example", "https://boese.example", "/\\boese.example", "/anmelden/oidc", "/x\nSet-Cookie: a", "/" * 501],
)
def test_nobody_is_sent_to_another_site(with_provider: Opened, real: RealProvider, target: str) -> None:
    office = with_provider(real.issuer)
    real.set_user("weiter", email="weiter@amt.example", email_verified=True, groups=["soest-redaktion"])
    client = PageClient(office.app).client
    answer = come_back(client, real.log_in(go(client, target), "weiter"))
    assert (answer.status_code, answer.location) == (303, "/verwaltung")


def test_somebody_who_is_signed_in_proves_it_anew(with_provider: Opened, real: RealProvider) -> None:
    office = with_provider(real.issuer)
    assert "prompt" not in parse_qs(urlsplit(go(PageClient(office.app).client)).query)
    assert parse_qs(urlsplit(go(office.client("editor"))).query)["prompt"] == ["login"]


def test_many_begun_attempts_do_not_burst_the_cookie(with_provider: Opened, real: RealProvider) -> None:
    office = with_provider(real.issuer)
    real.set_user("viele", email="viele@amt.example", email_verified=True, groups=["soest-redaktion"])
    client = PageClient(office.app).client
    addresses = [go(client, "/verwaltung?x=" + "y" * 450) for _ in range(8)]
    cookie = client.get_cookie("sitzung")
    assert cookie is not None
    assert len(cookie.value) < 4000
    refused(come_back(client, real.log_in(addresses[0], "viele")), 400, "abgelaufen")
    assert come_back(client, real.log_in(addresses[-2], "viele")).status_code == 303


def test_the_public_address_is_the_one_that_the_provider_sends_to(with_provider: Opened, real: RealProvider) -> None:
    office = with_provider(real.issuer, base_url="https://register.example")
    address = go(PageClient(office.app).client)
    assert parse_qs(urlsplit(address).query)["redirect_uri"] == [f"https://register.example{BACK}"]


def test_the_sign_in_page_offers_it(own_office: Opened, real: RealProvider) -> None:
    office = own_office(oidc_issuer=real.issuer, oidc_client_id="register", oidc_label="Anmelden mit dem Amtskonto")
    page = office.pages("anonymous").get("/anmelden?weiter=/verwaltung/konto")
    assert page.links()["Anmelden mit dem Amtskonto"] == f"{START}?weiter=/verwaltung/konto"


# Without a provider, and with one that is away.


def test_without_a_provider_there_is_no_such_page(office: Office) -> None:
    pages = office.pages("anonymous")
    for path in (START, BACK):
        assert "nicht eingerichtet" in pages.get(path, 404).main
    assert START not in str(pages.get("/anmelden").links())


def test_a_provider_that_is_away_leaves_the_password(with_provider: Opened) -> None:
    office = with_provider(f"http://127.0.0.1:{free_port()}")
    client = PageClient(office.app).client
    answer = client.get(f"{START}?weiter=/verwaltung/konto")
    page = refused(answer, 503, "nicht erreichbar")
    assert answer.headers["Retry-After"] == "60"
    assert page.links()["Mit Passwort anmelden"] == "/anmelden?weiter=/verwaltung/konto"
    assert client.get("/anmelden").status_code == 200


def test_a_provider_that_comes_back_is_asked_again(
    with_provider: Opened, odd: OddProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.web.provider.FAILURE_KEPT", 0.2)
    office = with_provider(odd.issuer)
    honest = odd.answers["/.well-known/openid-configuration"]
    odd.answers["/.well-known/openid-configuration"] = lambda _: (503, {})
    client = PageClient(office.app).client
    refused(client.get(START), 503, "nicht erreichbar")
    odd.answers["/.well-known/openid-configuration"] = honest
    refused(client.get(START), 503, "nicht erreichbar")
    assert len(odd.asked) == 1, "it is left alone for a moment"
    time.sleep(0.25)
    assert client.get(START).status_code == 303


def test_a_provider_that_hangs_is_not_waited_for(
    with_provider: Opened, odd: OddProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.web.provider.TIMEOUT", (0.2, 0.2))
    odd.answers["/.well-known/openid-configuration"] = lambda _: (time.sleep(0.6), (200, {}))[1]  # type: ignore[func-returns-value]
    office = with_provider(odd.issuer)
    refused(PageClient(office.app).client.get(START), 503, "nicht erreichbar")


# With a provider that answers at will.


def attempt(office: Office, odd: OddProvider, **claims: Any) -> tuple[FlaskClient, str]:
    """Begin to sign in and set honest claims for it; return the client and the address of the answer."""
    client = PageClient(office.app).client
    asked = parse_qs(urlsplit(go(client)).query)
    moment = int(time.time())
    odd.claims = {
        "iss": odd.issuer,
        "aud": "register",
        "sub": "person-1",
        "iat": moment,
        "exp": moment + 60,
        "nonce": asked["nonce"][0],
        "email": "neu@amt.example",
        "email_verified": True,
        "groups": ["soest-redaktion"],
        **claims,
    }
    odd.claims = {name: value for name, value in odd.claims.items() if value is not None}
    return client, f"{BACK}?code=abc&state={asked['state'][0]}"


def test_the_code_is_redeemed_with_the_secrets_of_this_attempt(with_provider: Opened, odd: OddProvider) -> None:
    office = with_provider(odd.issuer)
    client = PageClient(office.app).client
    asked = parse_qs(urlsplit(go(client)).query)
    client.get(f"{BACK}?code=abc&state={asked['state'][0]}")
    [fields] = [fields for path, fields in odd.asked if path == "/token"]
    assert fields["grant_type"] == "authorization_code"
    assert fields["code"] == "abc"
    assert fields["redirect_uri"] == f"http://localhost{BACK}"
    digest = hashlib.sha256(fields["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"][0]
    assert fields["authorization"] == "Basic " + base64.b64encode(b"register:geheim").decode()


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "anderes-programm"},
        {"aud": ["anderes-programm"], "azp": "register"},
        {"aud": None},
        {"iss": "https://anderer.example"},
        {"iss": None},
        {"nonce": "falsch"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
    ],
)
def test_an_identity_token_with_wrong_claims_is_refused(
    with_provider: Opened, odd: OddProvider, claims: dict[str, Any]
) -> None:
    office = with_provider(odd.issuer)
    client, answer = attempt(office, odd, **claims)
    found = client.get(answer)
    assert found.status_code in (400, 403, 502)
    refused(found, found.status_code, "")
    assert client.get("/verwaltung").status_code == 303
    assert len(people(office)) == 6


@pytest.mark.parametrize("kind", ["another key", "shared key", "none", "cut", "no token", "rubbish"])
def test_a_token_that_the_provider_did_not_sign_is_refused(with_provider: Opened, odd: OddProvider, kind: str) -> None:
    # Even a provider that says so may not sign with „none“ or with what both know.
    odd.metadata["id_token_signing_alg_values_supported"] = ["none", "HS256", "RS256"]
    office = with_provider(odd.issuer)
    client, answer = attempt(office, odd)

    def forged() -> str | None:
        if kind == "another key":
            return odd.signed(RSAKey.generate_key(2048, {"kid": odd.key.kid}))
        if kind == "shared key":
            return odd.signed(OctKey.import_key("geheim" * 8), "HS256")
        if kind == "none":
            parts = [{"alg": "none"}, odd.claims]
            return (
                ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts) + "."
            )
        if kind == "cut":
            return odd.signed()[:-20]
        return None if kind == "no token" else "a.b.c"

    odd.answers["/token"] = lambda _: (200, odd.token(forged()))
    found = client.get(answer)
    assert found.status_code in (400, 502)
    refused(found, found.status_code, "")
    assert len(people(office)) == 6


def test_keys_that_were_changed_are_fetched_anew(with_provider: Opened, odd: OddProvider) -> None:
    office = with_provider(odd.issuer)
    client, answer = attempt(office, odd)
    assert client.get(answer).status_code == 303
    odd.key = RSAKey.generate_key(2048, auto_kid=True)
    client, answer = attempt(office, odd)
    assert client.get(answer).status_code == 303
    assert [path for path, _ in odd.asked].count("/keys") == 2


def test_what_the_token_does_not_tell_is_asked_for(with_provider: Opened, odd: OddProvider) -> None:
    office = with_provider(odd.issuer)
    odd.answers["/userinfo"] = lambda _: (
        200,
        {"sub": "person-1", "email": "info@amt.example", "email_verified": True, "groups": ["soest-redaktion"]},
    )
    client, answer = attempt(office, odd, email=None, email_verified=None, groups=None)
    assert client.get(answer).status_code == 303
    assert roles(office, "info@amt.example") == {"stadt-soest": (Role.EDITOR, True)}
    # Of another person, or not to be had: then roles must not vanish.
    for info in ((200, {"sub": "person-2", "groups": ["leitung"]}), (500, {}), (200, b"<html>")):
        odd.answers["/userinfo"] = lambda _, info=info: info  # type: ignore[misc]
        client, answer = attempt(office, odd, groups=None)
        refused(client.get(answer), 502, "nichts anfangen")
    assert roles(office, "info@amt.example") == {"stadt-soest": (Role.EDITOR, True)}


def test_too_many_groups_for_a_token_do_not_take_all_roles_away(with_provider: Opened, odd: OddProvider) -> None:
    office = with_provider(odd.issuer)
    client, answer = attempt(office, odd)
    assert client.get(answer).status_code == 303
    client, answer = attempt(office, odd, groups=None, _claim_names={"groups": "src1"})
    refused(client.get(answer), 502, "nichts anfangen")
    assert roles(office, "neu@amt.example") == {"stadt-soest": (Role.EDITOR, True)}


def test_an_answer_that_names_another_issuer_is_refused(with_provider: Opened, odd: OddProvider) -> None:
    office = with_provider(odd.issuer)
    client, answer = attempt(office, odd)
    refused(client.get(f"{answer}&iss=https://anderer.example"), 400, "abgelaufen")
    refused(client.get(answer), 400, "schon benutzt")
    client, answer = attempt(office, odd)
    assert client.get(f"{answer}&iss={odd.issuer}").status_code == 303


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"issuer": "https://anderer.example"}, "another issuer"),
        ({"issuer": None}, "another issuer"),
        ({"token_endpoint": "http://127.0.0.1:9/token"}, "token_endpoint"),
        ({"token_endpoint": "http://169.254.169.254/latest"}, "token_endpoint"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri"),
        ({"userinfo_endpoint": "http://intern.example/"}, "userinfo_endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint"),
        ({"jwks_uri": None}, "jwks_uri"),
    ],
)
def test_a_discovery_document_that_leads_elsewhere_is_not_followed(
    with_provider: Opened,
    odd: OddProvider,
    metadata: dict[str, Any],
    reason: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    odd.metadata = metadata
    office = with_provider(odd.issuer)
    refused(PageClient(office.app).client.get(START), 502, "nichts anfangen")
    assert reason in caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>"),
        (200, b"[]"),
        (404, {}),
        (302, b"http://169.254.169.254/"),
        (200, b"[" * 600_000),
        (200, b"\xff"),
    ],
)
def test_an_answer_that_is_no_discovery_document_is_refused(
    with_provider: Opened, odd: OddProvider, answer: tuple[int, Any]
) -> None:
    odd.answers["/.well-known/openid-configuration"] = lambda _: answer
    office = with_provider(odd.issuer)
    refused(PageClient(office.app).client.get(START), 502, "nichts anfangen")
    assert len(odd.asked) == 1


@pytest.mark.parametrize(
    "answer", [(302, b"http://127.0.0.1:9/"), (500, {}), (400, {"error": "invalid_client"}), (200, b"x")]
)
def test_an_odd_answer_to_the_code_signs_nobody_in(
    with_provider: Opened, odd: OddProvider, answer: tuple[int, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    office = with_provider(odd.issuer)
    client, address = attempt(office, odd)
    odd.answers["/token"] = lambda _: answer
    refused(client.get(address), 502, "nichts anfangen")
    assert client.get("/verwaltung").status_code == 303
    [fields] = [fields for path, fields in odd.asked if path == "/token"]
    assert fields["code_verifier"] not in caplog.text, "no secret is logged"


def test_a_code_that_the_provider_refuses_begins_anew(with_provider: Opened, odd: OddProvider) -> None:
    office = with_provider(odd.issuer)
    client, address = attempt(office, odd)
    odd.answers["/token"] = lambda _: (400, {"error": "invalid_grant"})
    refused(client.get(address), 400, "schon benutzt")


def test_a_provider_that_goes_in_between_is_told(with_provider: Opened, odd: OddProvider) -> None:
    office = with_provider(odd.issuer)
    client, address = attempt(office, odd)
    odd.__exit__()
    refused(client.get(address), 503, "nicht erreichbar")


def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(with_provider: Opened, odd: OddProvider) -> None:
    odd.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    office = with_provider(odd.issuer)
    client, address = attempt(office, odd)
    assert client.get(address).status_code == 303
    [fields] = [fields for path, fields in odd.asked if path == "/token"]
    assert fields["client_secret"] == "geheim"


def test_a_client_without_secret_names_itself(with_provider: Opened, odd: OddProvider) -> None:
    office = with_provider(odd.issuer, oidc_client_secret="")
    client, address = attempt(office, odd)
    assert client.get(address).status_code == 303
    [fields] = [fields for path, fields in odd.asked if path == "/token"]
    assert fields["client_id"] == "register"
    assert "client_secret" not in fields
    assert fields["authorization"] == ""


def test_two_browsers_of_a_new_person_make_one_account(with_provider: Opened, odd: OddProvider) -> None:
    office = with_provider(odd.issuer)
    begin = threading.Barrier(4)
    claims = {"sub": "neu", "email": "neu@amt.example", "email_verified": True, "groups": ["soest-redaktion"]}
    found: list[int | None] = []

    def one() -> None:
        begin.wait()
        rules = Rules("groups", role_mapping(json.dumps(ROLES)))
        found.append(admit(office.database, odd.issuer, claims, rules).id)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert roles(office, "neu@amt.example") == {"stadt-soest": (Role.EDITOR, True)}
