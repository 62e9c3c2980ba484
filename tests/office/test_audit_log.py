"""The page of the audit log: filters, pages, export, check of the chain."""

import csv
import io
import json

import pytest
from sqlalchemy import text

from registry.accounts import audit as audit_module
from registry.accounts.audit import audit
from registry.accounts.audit_queries import AuditFilter, page_of_lines
from registry.moments import now
from tests.accounts.test_audit import DAY
from tests.office.world import Office, person, post

LOG = "/verwaltung/protokoll"


def write_lines(office: Office) -> Office:
    """Write 60 sign-ins of an editor of ten days ago, and a change of today."""
    with pytest.MonkeyPatch.context() as patch, office.database.noting() as session:
        key = f"person:{person(session, 'editor').id}"
        patch.setattr(audit_module, "now", lambda: now() - 10 * DAY)
        for _ in range(60):
            audit(session, key, "sign_in.succeeded", key)
        patch.setattr(audit_module, "now", now)
        admin = f"person:{person(session, 'administrator').id}"
        change = {"organisation": "stadt-soest", "role": ["editor", "coordinator"]}
        audit(session, admin, "member.role_changed", key, **change)
    return office


@pytest.fixture(scope="module")
def shared_log(shared_office: Office) -> Office:
    """Return an office with a log: for reading only."""
    return write_lines(shared_office)


@pytest.fixture
def logged(office: Office) -> Office:
    """Return an office with a log of its own."""
    return write_lines(office)


def test_only_administrators_read_the_log(shared_office: Office) -> None:
    for role in ("reader", "editor", "coordinator"):
        shared_office.pages(role).get(LOG, status=403)
        assert post(shared_office.client(role), f"{LOG}/ausgabe", {"format": "csv"}).status_code == 403
    assert shared_office.client("anonymous").get(LOG).status_code == 303


def test_the_newest_line_is_first_and_names_people_and_organisations(shared_log: Office) -> None:
    page = shared_log.pages("administrator").get(LOG)
    assert "61 Zeilen" in page.main
    first = " ".join("".join(page.all(".//tbody/tr")[0].itertext()).split())
    assert "Aufgabe geändert Leitung des Registers Redaktion Soest" in first
    assert "Stelle: Stadt Soest" in first
    assert "Redaktion, OZG-Koordination" in first
    assert len(page.all(".//tbody/tr")) == 50
    assert len(shared_log.pages("administrator").get(f"{LOG}?seite=2").all(".//tbody/tr")) == 11


def test_lines_are_filtered_by_action_person_and_period(shared_log: Office) -> None:
    pages = shared_log.pages("administrator")
    today = f"{now():%Y-%m-%d}"
    assert "1 Zeile" in pages.get(f"{LOG}?aktion=member.role_changed").main
    assert "61 Zeilen" in pages.get(f"{LOG}?wer=Redaktion+Soest").main
    assert "Keine Zeile gefunden" in pages.get(f"{LOG}?wer=Wuppertal").main
    assert "60 Zeilen" in pages.get(f"{LOG}?bis={now() - 5 * DAY:%Y-%m-%d}").main
    assert "1 Zeile" in pages.get(f"{LOG}?von={now() - 5 * DAY:%Y-%m-%d}").main
    assert "endet, bevor er beginnt" in pages.get(f"{LOG}?von={today}&bis=2020-01-01").main
    assert "seite=2" in pages.client.get(f"{LOG}?aktion=sign_in.succeeded&seite=9").headers["Location"]


@pytest.mark.parametrize("query", ["von=gestern", "bis=2026-13-45", "von=0001-01-01", "bis=9999-12-31", "aktion=unfug"])
def test_odd_filters_are_told_or_ignored(shared_log: Office, query: str) -> None:
    page = shared_log.pages("administrator").get(f"{LOG}?{query}")
    assert "61 Zeilen" in page.main
    assert ("braucht gültige Tage" in page.main) is not query.startswith("aktion")


def test_the_chain_is_checked_on_demand(logged: Office) -> None:
    pages = logged.pages("administrator")
    assert "Kette" not in pages.get(LOG).main.replace("Kette prüfen", "")
    assert "Alle 61 Zeilen folgen lückenlos" in pages.get(f"{LOG}?pruefen=ja").main
    with logged.database.engine.begin() as connection:
        if logged.database.is_sqlite:
            connection.execute(text("DROP TRIGGER audit_entry_unchanged"))
        else:
            connection.execute(text("DROP TRIGGER audit_entry_guard ON audit_entry"))
        connection.execute(text("UPDATE audit_entry SET actor = 'person:1' WHERE id = 7"))
    assert "Kette unterbrochen ab Zeile 7" in pages.get(f"{LOG}?pruefen=ja").main


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
def test_the_export_holds_the_filtered_lines_and_stands_in_the_log(logged: Office, format_: str) -> None:
    answer = post(
        logged.client("administrator"), f"{LOG}/ausgabe", {"format": format_, "aktion": "member.role_changed"}
    )
    assert answer.status_code == 200
    assert f'filename="protokoll-{now():%Y-%m}' in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    body = answer.get_data(as_text=True)
    if format_ == "csv":
        rows = list(csv.reader(io.StringIO(body.removeprefix("\ufeff"))))
        assert [row[4] for row in rows[1:]] == ["member.role_changed"]
        assert rows[1][3] == "Leitung des Registers"
    else:
        (line,) = map(json.loads, body.splitlines())
        assert line["details"] == {"organisation": "stadt-soest", "role": ["editor", "coordinator"]}
    with logged.database.reading() as session:
        newest = page_of_lines(session, AuditFilter(), page=1, per_page=1)[0]
        assert newest.actor == f"person:{person(session, 'administrator').id}"
    assert newest.details == {"format": format_, "filter": {"action": "member.role_changed"}}


def test_an_unknown_format_is_refused_and_nothing_is_logged(shared_log: Office) -> None:
    for data in ({"format": "exe"}, {}):
        assert post(shared_log.client("administrator"), f"{LOG}/ausgabe", data).status_code == 400
    assert "61 Zeilen" in shared_log.pages("administrator").get(LOG).main
