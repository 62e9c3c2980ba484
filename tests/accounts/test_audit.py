"""The audit log: lines are added and never changed; a change from outside is found; it can be exported."""

import ast
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from registry.accounts import audit as audit_module
from registry.accounts.audit import ACTIONS, audit, line_digest
from registry.accounts.audit_queries import (
    AuditFilter,
    all_lines,
    count_lines,
    holds_digest,
    names_of,
    page_of_lines,
    verify,
)
from registry.accounts.models import Person
from registry.accounts.retention import purge_audit
from registry.database import Database
from registry.exchange.audit_log import exported, note_export
from registry.moments import now

DAY = timedelta(days=1)
ROOT = Path(__file__).parents[2]


def write_lines(database: Database, ages: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a line for each age in days, the oldest first."""
    for age in sorted(ages, reverse=True):
        monkeypatch.setattr(audit_module, "now", lambda age=age: now() - age * DAY)
        with database.noting() as session:
            audit(session, "person:1", "sign_in.succeeded", "person:1", age=age)
    monkeypatch.setattr(audit_module, "now", now)


def unguarded(database: Database, statement: str) -> None:
    """Do what the triggers forbid, as somebody with the database in hand could."""
    with database.engine.begin() as connection:
        if database.is_sqlite:
            connection.execute(text("DROP TRIGGER audit_entry_unchanged"))
            connection.execute(text("DROP TRIGGER audit_entry_kept"))
        else:
            connection.execute(text("DROP TRIGGER audit_entry_guard ON audit_entry"))
        connection.execute(text(statement))


def test_an_action_without_label_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="no label"), database.noting() as session:
        audit(session, "person:1", "something.new")
    assert all(label and label != action for action, label in ACTIONS.items())


def test_every_action_in_the_code_has_a_label() -> None:
    for file in (ROOT / "registry").rglob("*.py"):
        code = file.read_text(encoding="utf-8")
        for call in ast.walk(ast.parse(code)) if "audit(" in code else ():
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "audit"):
                continue
            given = [*call.args[2:3], *(one.value for one in call.keywords if one.arg == "action")]
            for constant in (one for part in given for one in ast.walk(part) if isinstance(one, ast.Constant)):
                if (
                    isinstance(constant.value, str)
                    and "." in constant.value
                    and not isinstance(given[0], ast.JoinedStr)
                ):
                    assert constant.value in ACTIONS, f"{file.name}: {constant.value}"


def test_lines_follow_each_other_and_the_check_says_so(database: Database) -> None:
    with database.noting() as session:
        audit(session, "person:1", "member.removed", "person:2", organisation="stadt", role=["editor", "coordinator"])
        audit(session, "anonymous", "sign_in.failed")
    with database.reading() as session:
        verdict = verify(session)
        lines = page_of_lines(session, AuditFilter(), page=1, per_page=10)
        assert holds_digest(session, lines[0].digest)
        assert not holds_digest(session, "0" * 64)
    assert (verdict.intact, verdict.lines, verdict.last_digest) == (True, 2, lines[0].digest)
    assert lines[0].digest == line_digest(lines[1].digest, lines[0])


def test_an_empty_log_is_intact(database: Database) -> None:
    with database.reading() as session:
        assert verify(session).intact


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"])
def test_the_database_refuses_to_change_or_remove_young_lines(
    database: Database, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    write_lines(database, [0, 89], monkeypatch)
    with pytest.raises(DatabaseError, match="append-only"), database.engine.begin() as connection:
        connection.execute(text(statement))
    with database.reading() as session:
        assert count_lines(session, AuditFilter()) == 2


def test_the_log_cannot_be_emptied_at_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    write_lines(database, [0, 200], monkeypatch)
    statement = "DELETE FROM audit_entry" if database.is_sqlite else "TRUNCATE audit_entry"  # SQLite has no TRUNCATE
    with pytest.raises(DatabaseError, match="append-only"), database.engine.begin() as connection:
        connection.execute(text(statement))
    with database.reading() as session:
        assert count_lines(session, AuditFilter()) == 2


def test_old_lines_may_go_but_never_change(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    write_lines(database, [100], monkeypatch)
    with pytest.raises(DatabaseError, match="append-only"), database.engine.begin() as connection:
        connection.execute(text("UPDATE audit_entry SET subject = 'x'"))
    with database.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_entry"))


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit_entry SET subject = 'person:9' WHERE id = 2", 2),
        ("UPDATE audit_entry SET actor = 'person:9' WHERE id = 1", 1),
        ("DELETE FROM audit_entry WHERE id = 2", 3),
        ("DELETE FROM audit_entry WHERE id = 1", 2),
    ],
)
def test_the_check_finds_what_was_changed_behind_the_triggers(
    database: Database, monkeypatch: pytest.MonkeyPatch, statement: str, broken: int
) -> None:
    write_lines(database, [0, 1, 2, 3], monkeypatch)
    unguarded(database, statement)
    with database.reading() as session:
        verdict = verify(session)
    assert (verdict.intact, verdict.broken_id) == (False, broken)


def test_lines_cut_off_at_the_end_are_found_by_a_digest_noted_before(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lines(database, [0, 1], monkeypatch)
    with database.reading() as session:
        noted = verify(session).last_digest
    unguarded(database, "DELETE FROM audit_entry WHERE id = 2")
    with database.reading() as session:
        assert verify(session).intact
        assert not holds_digest(session, noted)


def test_retention_removes_the_oldest_and_the_chain_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lines(database, [1, 200, 300, 400, 500], monkeypatch)
    with database.noting() as session:
        assert purge_audit(session, now()) == 2
        assert purge_audit(session, now()) == 0
    with database.reading() as session:
        assert verify(session).intact
        lines = list(all_lines(session, AuditFilter()))
    assert [line.details.get("age") for line in lines] == [300, 200, 1, None]
    assert (lines[-1].action, lines[-1].details["removed"]) == ("audit.pruned", 2)
    with database.noting() as session:
        assert purge_audit(session, now(), 90 * DAY) == 2
    with database.reading() as session:
        assert verify(session).intact


def test_retention_of_a_log_in_which_all_is_old_leaves_a_line_that_tells_of_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lines(database, [400, 500], monkeypatch)
    with database.noting() as session:
        assert purge_audit(session, now()) == 2
    with database.reading() as session:
        assert (verify(session).intact, verify(session).lines) == (True, 1)
    unguarded(database, "UPDATE audit_entry SET details = '{}'")
    with database.reading() as session:
        assert not verify(session).intact


def test_lines_are_chosen_by_action_person_and_period(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.noting() as session:
        session.add(Person(email="eins@amt.example", name="Redaktion Eins"))
        session.add(Person(email="zwei_@amt.example", name="Redaktion Zwei"))
    write_lines(database, [0, 5, 10], monkeypatch)
    with database.noting() as session:
        audit(session, "person:2", "member.removed", "person:1")
        audit(session, "ozg-registry user", "person.created", "person:2")
    with database.reading() as session:

        def count(**chosen: object) -> int:
            return count_lines(session, AuditFilter(**chosen))  # type: ignore[arg-type]

        assert count() == 5
        assert count(action="member.removed") == 1
        assert count(who="Redaktion eins") == 4
        assert count(who="ZWEI_@amt") == 2
        assert count(who="_") == 2  # a sign, not a joker
        assert count(who="person:2") == 2
        assert count(who="ozg-registry") == 1
        assert count(who="niemand") == 0
        assert count(since=now() - 6 * DAY) == 4
        assert count(since=now() - 6 * DAY, until=now() - 4 * DAY) == 1
        names = names_of(session, list(all_lines(session, AuditFilter())))
    assert names == {"person:1": "Redaktion Eins", "person:2": "Redaktion Zwei"}


def test_the_export_is_safe_in_spreadsheets_and_holds_all_that_the_digests_are_made_of(database: Database) -> None:
    with database.noting() as session:
        session.add(Person(email="a@amt.example", name="=HYPERLINK(1)"))
    with database.noting() as session:
        audit(session, "person:1", "sign_in.succeeded", "@SUM(1)", note="=1+1")
        note_export(session, "person:1", "csv", AuditFilter(action="sign_in.succeeded"))
    table = "".join(exported(database, "csv", AuditFilter()))
    rows = list(csv.reader(io.StringIO(table.removeprefix("\ufeff"))))
    assert [len(row) for row in rows] == [9, 9, 9]
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)
    assert rows[1][3] == "'=HYPERLINK(1)"
    assert rows[2][4:6] == ["audit.exported", "Protokoll ausgegeben"]
    lines = [json.loads(line) for line in "".join(exported(database, "jsonl", AuditFilter())).splitlines()]
    before = ""
    for line in lines:
        at = datetime.fromisoformat(line["at"])
        entry = audit_module.AuditEntry(
            at=at.astimezone(UTC), **{name: line[name] for name in ("actor", "action", "subject", "details")}, digest=""
        )
        before = line_digest(before, entry)
        assert before == line["digest"]
