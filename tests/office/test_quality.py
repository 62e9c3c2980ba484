"""The pages of the quality dashboard."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete
from sqlmodel import select

from registry.accounts.enums import TokenPurpose
from registry.accounts.models import AuditEntry, Organisation
from registry.accounts.tokens import issue
from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.editorial.digest import send_due
from registry.editorial.enums import ProposalState
from registry.editorial.failed_queries import Failure, Verdict, add_counts
from registry.editorial.models import FailedQuery, LinkCheck, NotDuplicate, Proposal, SettledQuery
from registry.editorial.quality.kinds import Kind
from registry.editorial.stewardship import set_stewards
from registry.history import Author
from registry.mail.models import OutboxMail, Undeliverable
from registry.moments import now
from registry.reuse.operations import save_bundle
from registry.reuse.record import BundleRecord
from registry.settings import Settings
from tests.conftest import Store
from tests.office.world import OWN, Office, person, post
from tests.web.client import check
from tests.web.site import open_site

QUALITY = "/verwaltung/qualitaet"
DAY = date(2026, 11, 2)


def saved(database: Database, owner: str | None = "stadt-soest", **changes: Any) -> None:
    values: dict[str, Any] = {
        "slug": "neues-buendel",
        "title": "Neues Bündel",
        "summary": "Ein Bündel, an dem etwas zu tun ist.",
        "state": "published",
        "ozg_services": [{"ozg_id": "10160", "basis": "named"}],
        "participants": [{"role": "lead", "municipality": "05974040"}],
        "sources": [{"url": "https://quelle.example/", "title": "Quelle"}],
    }
    with database.writing() as write:
        save_bundle(write, BundleRecord.model_validate(values | changes), actor="prüfung")
        if owner:
            bundle = write.session.exec(
                select(ServiceBundle).where(ServiceBundle.slug == (changes.get("slug") or "neues-buendel"))
            ).one()
            number = write.session.exec(select(Organisation.id).where(Organisation.slug == owner)).one()
            set_stewards(write, bundle, number, None, author=Author("prüfung"))


def busy(office: Office) -> None:
    """Make something of every kind to do in Soest."""
    database = office.database
    saved(
        database,
        title="Parkausweis online beantragen",
        contact_email="post@amt.example",
        links=[{"kind": "website", "url": "https://umgezogen.example/"}],
    )
    saved(database, slug="zweites", title="Online Parkausweis beantragen")
    saved(database, slug="entwurf", title="Ein Entwurf", state="draft", sources=[])
    at = now()
    with database.writing() as write:
        draft = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == "entwurf")).one()
        draft.changed_on = at.date() - timedelta(days=120)
        write.session.add(draft)
    with database.noting() as session:
        session.add(Undeliverable(address="post@amt.example", reason="550 Das Postfach gibt es nicht."))
        session.add(Undeliverable(address="ozg@soest.example", reason="550 Das Postfach gibt es nicht."))
        session.add(
            LinkCheck(
                url="https://quelle.example/",
                failures=3,
                failing_since=at - timedelta(days=9),
                problem="Seite nicht gefunden (404).",
            )
        )
        session.add(LinkCheck(url="https://umgezogen.example/", moved_to="https://neu.example/", status=200))
        editor = person(session, "editor")
        number = session.exec(select(Organisation.id).where(Organisation.slug == "stadt-soest")).one()
        for state, days in ((ProposalState.WORKING, 100), (ProposalState.SUBMITTED, 20)):
            session.add(
                Proposal(
                    key=f"schluessel-{state.value}",
                    author_id=editor.id,
                    organisation_id=number,
                    state=state,
                    changed_at=at - timedelta(days=days),
                    submitted_at=at - timedelta(days=days) if state is ProposalState.SUBMITTED else None,
                    values={"title": f"Fassung {state.label}"},
                )
            )


# -- dashboard and lists ------------------------------------------------------------------------------------------


def test_the_dashboard_leads_to_each_list(shared_office: Office) -> None:
    page = shared_office.pages("coordinator").get(QUALITY)
    links = page.links()
    for kind in Kind:
        assert links[kind.label] == f"{QUALITY}/{kind.value}"
    assert "1 von 1 veröffentlichten Einträgen" in page.main
    assert "Stand: " in page.main


@pytest.mark.parametrize("role", ["editor", "coordinator", "administrator"])
def test_every_list_opens_full_and_empty(office: Office, role: str) -> None:
    pages = office.pages(role)
    for kind in Kind:
        pages.get(f"{QUALITY}/{kind.value}")
    busy(office)
    for kind in Kind:
        page = pages.get(f"{QUALITY}/{kind.value}")
        if not (role == "administrator" and kind is Kind.CATALOGUE):
            assert page.classed("quality-actions") or kind in (Kind.STEWARD, Kind.CATALOGUE), kind
    assert "Seite nicht gefunden (404)." in pages.get(f"{QUALITY}/links").main
    assert "550 Das Postfach gibt es nicht." in pages.get(f"{QUALITY}/kontakte").main
    assert "Fassung in Prüfung" in pages.get(f"{QUALITY}/pruefungen").main


def test_an_editor_sees_nothing_of_another_organisation(shared_office: Office) -> None:
    page = shared_office.pages("editor").get(f"{QUALITY}/nachweise")
    assert "Wuppertal" not in page.main
    shared_office.pages("editor").get(f"{QUALITY}/nachweise?stelle=stadt-wuppertal", 404)
    shared_office.pages("editor").get(f"{QUALITY}?stelle=ohne", 404)


def test_an_administrator_narrows_to_one_organisation_or_to_none(shared_office: Office) -> None:
    pages = shared_office.pages("administrator")
    assert "Stadt Wuppertal" in pages.get(QUALITY).main
    assert "1 Eintrag" in pages.get(f"{QUALITY}?stelle=stadt-wuppertal").main
    assert "0 von 0 Entwürfen" in pages.get(f"{QUALITY}?stelle=stadt-wuppertal").main
    assert pages.get(f"{QUALITY}/zustaendigkeit?stelle=ohne").classed("quality-actions")
    pages.get(f"{QUALITY}?stelle=gibt-es-nicht", 404)


def test_lists_narrow_and_turn_pages(office: Office) -> None:
    for number in range(60):
        saved(office.database, slug=f"buendel-{number}", title=f"Bündel {number}")
    pages = office.pages("coordinator")
    page = pages.get(f"{QUALITY}/bestaetigung?alter=12")
    assert len(page.classed("quality-actions")) == 50
    assert "Seite 1 von 2" in page.main
    assert len(pages.get(f"{QUALITY}/bestaetigung?alter=12&seite=2").classed("quality-actions")) == 11
    assert pages.client.get(f"{QUALITY}/bestaetigung?alter=12&seite=9").location.endswith("?seite=2&alter=12")
    assert "Nichts zu tun" in pages.get(f"{QUALITY}/bestaetigung?alter=6").main
    assert "von 7 Angaben" in pages.get(f"{QUALITY}/vollstaendigkeit?gruppe=costs").main
    assert "Es fehlen: Kosten der Einführung" in pages.get(f"{QUALITY}/vollstaendigkeit?gruppe=costs").main
    pages.get(f"{QUALITY}/vollstaendigkeit?gruppe=erfunden&seite=abc&stelle=")
    pages.get(f"{QUALITY}/erfunden", 404)


def test_confirming_is_one_click_and_leads_back_to_the_list(office: Office) -> None:
    client = office.client("coordinator")
    done = post(client, f"/verwaltung/eintraege/{OWN}/bestaetigen", {"weiter": f"{QUALITY}/bestaetigung"})
    assert (done.status_code, done.location) == (303, f"{QUALITY}/bestaetigung")
    page = check(client.get(done.location))
    assert "Nichts zu tun" in page.main
    assert "Die Angaben sind bestätigt" in page.main


def test_a_button_begins_a_copy_at_the_step_that_closes_the_gap(office: Office) -> None:
    done = post(office.client("editor"), f"/verwaltung/bearbeiten/eintrag/{OWN}", {"schritt": "nachweise"})
    assert done.status_code == 303
    assert done.location.endswith("/nachweise")


def test_the_list_is_exported_safely_and_the_log_tells_of_it(office: Office) -> None:
    saved(office.database, title="=HYPERLINK(1)")
    done = post(office.client("coordinator"), f"{QUALITY}/nachweise/ausgabe", {"stelle": "stadt-soest"})
    assert done.status_code == 200
    assert done.content_type == "text/csv; charset=utf-8"
    assert "qualitaet-nachweise-" in done.headers["Content-Disposition"]
    lines = done.get_data(as_text=True).split("\r\n")
    assert lines[0] == "\ufeffBefund,Art,Eintrag,Kurzname,Zustand,Stelle,Was,Seit,Bezug"
    assert any(line.startswith("Nachweise fehlen,Mangel,'=HYPERLINK(1),neues-buendel") for line in lines)
    assert all("Wuppertal" not in line for line in lines)
    with office.database.reading() as session:
        line = session.exec(select(AuditEntry).where(AuditEntry.action == "quality.exported")).one()
    assert (line.subject, line.details["organisation"]) == ("nachweise", "stadt-soest")
    foreign = post(office.client("coordinator"), f"{QUALITY}/nachweise/ausgabe", {"stelle": "stadt-wuppertal"})
    assert foreign.status_code == 404


def test_a_coordinator_says_that_two_entries_are_no_duplicate(office: Office) -> None:
    busy(office)
    client = office.client("coordinator")
    assert "Parkausweis" in check(client.get(f"{QUALITY}/dubletten")).main
    values = {"eintrag": "zweites", "anderer": "neues-buendel"}
    assert post(client, f"{QUALITY}/dubletten/urteil", values).status_code == 303
    assert "Nichts zu tun" in check(client.get(f"{QUALITY}/dubletten")).main
    for bad, status in (
        ({"eintrag": "erfunden", "anderer": OWN}, 404),
        ({"eintrag": OWN, "anderer": OWN}, 400),
        ({}, 404),
    ):
        assert post(client, f"{QUALITY}/dubletten/urteil", bad).status_code == status
    assert post(office.client("other coordinator"), f"{QUALITY}/dubletten/urteil", values).status_code == 403
    assert post(office.client("editor"), f"{QUALITY}/dubletten/urteil", values).status_code == 403
    with office.database.reading() as session:
        assert len(session.exec(select(NotDuplicate)).all()) == 1


# -- searches without result --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def searching(store: Store, office_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return a site whose index is built once for all tests of searches."""
    folder = tmp_path_factory.mktemp("searching")
    with open_site(store, office_template, folder) as app:
        yield Office(app, folder)


@pytest.fixture
def searched(searching: Office) -> Office:
    """Return the site without any counted search."""
    with searching.database.noting() as session:
        session.execute(delete(FailedQuery))
        session.execute(delete(SettledQuery))
    return searching


def counts(searched: Office) -> dict[tuple[str, str], int]:
    with searched.database.reading() as session:
        return {(row.text, row.kind): row.count for row in session.exec(select(FailedQuery))}


def test_a_search_that_finds_nothing_is_counted_each_time(searched: Office) -> None:
    visitor = searched.app.test_client()
    for _ in range(3):
        assert visitor.get("/suche?q=qqqxyzzy").status_code == 200
    visitor.get("/api/v1/bundles?q=QQQxyzzy")
    visitor.get("/suche?q=qqqxyzzy&art=ozg")
    assert counts(searched) == {("qqqxyzzy", "nothing"): 5}


@pytest.mark.parametrize(
    "address",
    [
        "/suche?q=hund+anmelden",
        "/suche?q=",
        "/suche",
        "/suche?q=10160",
        "/suche?q=Soest",
        "/suche?q=qqqxyzzy&phase=operation",
        "/api/v1/bundles?q=qqqxyzzy&page=2",
        "/api/v1/bundles?q=qqqxyzzy&phase=operation",
    ],
)
def test_what_is_answered_filtered_or_turned_over_is_not_counted(searched: Office, address: str) -> None:
    searched.app.test_client().get(address)
    assert counts(searched) == {}


def test_searches_of_signed_in_people_do_not_count(searched: Office) -> None:
    searched.client("coordinator").get("/suche?q=qqqxyzzy")
    assert counts(searched) == {}


def test_only_similar_words_count_as_a_failure_of_their_own(searched: Office) -> None:
    searched.app.test_client().get("/suche?q=hundestuer")
    assert set(counts(searched)) == {("hundestuer", "similar")}


def test_personal_data_is_counted_without_text(searched: Office) -> None:
    searched.app.test_client().get("/suche?q=qqqxyzzy+0211+1234567")
    assert counts(searched) == {("", "nothing"): 1}


def test_a_failure_of_counting_never_fails_the_search(searched: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("defekt")

    monkeypatch.setattr("registry.web.unanswered.kept_text", broken)
    assert searched.app.test_client().get("/suche?q=qqqxyzzy").status_code == 200


def failed(searched: Office, text: str, times: int = 3) -> None:
    with searched.database.noting() as session:
        add_counts(session, {(text, Failure.NOTHING, DAY): times})


def test_coordinators_see_what_is_searched_for_in_vain(searched: Office) -> None:
    failed(searched, "qqqxyzzy")
    failed(searched, "hundesteuer")
    failed(searched, "einmalig", 1)
    page = searched.pages("coordinator").get(f"{QUALITY}/suchanfragen")
    assert "qqqxyzzy" in page.main
    assert "einmalig" not in page.main
    assert "1 einzelne Anfrage" in page.main
    assert "offene (1)" in page.main
    solved = searched.pages("coordinator").get(f"{QUALITY}/suchanfragen?stand=geloest").main
    assert "hundesteuer" in solved
    assert "gelöst" in solved
    searched.pages("editor").get(f"{QUALITY}/suchanfragen", 403)
    assert "2 Suchtexte" in searched.pages("coordinator").get(QUALITY).main
    assert "Suchtexte" not in searched.pages("editor").get(QUALITY).main


def test_a_coordinator_proposes_and_the_administrator_sees_it(searched: Office) -> None:
    failed(searched, "qqqxyzzy")
    client = searched.client("coordinator")
    address = f"{QUALITY}/suchanfragen"
    assert post(client, address, {"text": "qqqxyzzy", "schritt": "vorschlagen"}).status_code == 303
    page = searched.pages("administrator").get(address)
    assert "Wort vorgeschlagen von Koordination Soest" in page.main
    assert "/verwaltung/wortschatz/neu?wort=qqqxyzzy" in page.links().values()
    assert post(client, address, {"text": "qqqxyzzy", "schritt": "zuruecknehmen"}).status_code == 303
    with searched.database.reading() as session:
        assert session.exec(select(SettledQuery)).all() == []


def test_a_text_that_is_none_of_ours_leaves_the_list(searched: Office) -> None:
    failed(searched, "qqqxyzzy")
    client = searched.client("coordinator")
    address = f"{QUALITY}/suchanfragen"
    done = post(client, address, {"text": "qqqxyzzy", "schritt": "kein-thema", "stand": "offen"})
    assert done.status_code == 303
    assert "Nichts zu tun" in check(client.get(address)).main
    assert "eingeordnet von Koordination Soest" in check(client.get(f"{address}?stand=kein-thema")).main
    with searched.database.reading() as session:
        assert session.exec(select(SettledQuery)).one().verdict == Verdict.DISMISSED


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, 400),
        ({"schritt": "loeschen", "text": "qqqxyzzy"}, 400),
        ({"schritt": "kein-thema", "text": "erfunden"}, 404),
        ({"schritt": "kein-thema", "text": "x" * 5000}, 404),
        ({"schritt": "kein-thema"}, 404),
    ],
)
def test_odd_decisions_are_refused(searched: Office, values: dict[str, str], status: int) -> None:
    assert post(searched.client("coordinator"), f"{QUALITY}/suchanfragen", values).status_code == status


# -- ending the digest --------------------------------------------------------------------------------------------


def token(office: Office) -> str:
    with office.database.noting() as session:
        one = person(session, "editor")
        return issue(session, TokenPurpose.DIGEST_END, email=one.email, person_id=one.id)


def wants(office: Office) -> bool:
    with office.database.reading() as session:
        return person(session, "editor").wants_digest


def test_opening_the_link_ends_nothing_and_the_button_does(office: Office) -> None:
    address = f"/abbestellen/{token(office)}"
    visitor = office.pages("anonymous")
    page = visitor.get(address)
    assert "Möchten Sie" in page.main
    assert wants(office)
    assert page.response.headers["Cache-Control"] == "private, no-store"
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    assert "ist abbestellt" in check(visitor.client.post(address)).main
    assert not wants(office)
    assert "ist abbestellt" in visitor.get(address).main
    assert visitor.client.post(address).status_code == 200


def test_a_mail_program_ends_it_with_one_request(office: Office) -> None:
    """RFC 8058: a POST without cookies and without form token."""
    answer = office.app.test_client().post(f"/abbestellen/{token(office)}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not wants(office)


def test_a_made_up_link_is_told_as_such(shared_office: Office) -> None:
    visitor = shared_office.pages("anonymous")
    assert "Diesen Link gibt es nicht" in visitor.get(f"/abbestellen/{'x' * 43}", 404).main
    assert visitor.client.post("/abbestellen/x").status_code == 404
    visitor.get(f"/abbestellen/{'x' * 3000}", 404)


def test_other_forms_still_need_their_token(searched: Office) -> None:
    failed(searched, "qqqxyzzy")
    client = searched.client("coordinator")
    values = {"text": "qqqxyzzy", "schritt": "kein-thema"}
    assert client.post(f"{QUALITY}/suchanfragen", data=values).status_code == 400


def test_every_link_of_a_digest_opens(office: Office) -> None:
    busy(office)
    monday = datetime(2026, 11, 2, 6, tzinfo=UTC)
    later = max(now(), monday)
    with office.database.noting() as session:
        for role in ("editor", "coordinator"):
            person(session, role).created_at = later - timedelta(days=30)
    assert send_due(office.database, Settings(base_url="https://register.example", secret_key="k" * 32), later)
    with office.database.reading() as session:
        bodies = {mail.recipient: mail.body for mail in session.exec(select(OutboxMail))}
    for role, address in (("editor", "redaktion@soest.example"), ("coordinator", "koordination@soest.example")):
        pages = office.pages(role)
        links = [line.strip() for line in bodies[address].splitlines() if "https://" in line]
        assert len(links) > 5
        for link in links:
            pages.get(link.removeprefix("https://register.example"))
