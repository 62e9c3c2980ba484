"""`ozg-registry mail`, `housekeeping`, and what `doctor` says of mail."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from registry.accounts.models import AuditEntry, Person
from registry.database import Database
from registry.mail.models import OutboxMail, Undeliverable
from registry.mail.operations import enqueue
from tests.cli.conftest import Run
from tests.mail.server import MailServer
from tests.mail.test_bounces import REPORT


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


class Shell:
    """Runs commands on a database, with or without a mail server."""

    def __init__(self, run: Run, database: Database, tmp_path: Path, server: MailServer | None = None) -> None:
        self.database = database
        self._run = run
        self._settings = {"database_url": database.url, "index_dir": str(tmp_path / "index")}
        if server is not None:
            self._settings |= {"mail_url": server.url, "mail_from": "register@amt.example"}

    def put(self, recipient: str, body: str = "Text", kind: str = "review") -> int:
        with self.database.noting() as session:
            mail = enqueue(session, kind=kind, recipient=recipient, subject="Prüfung", body=body)
        return mail.id or 0

    def mails(self) -> list[OutboxMail]:
        with self.database.reading() as session:
            return list(session.exec(select(OutboxMail).order_by(OutboxMail.id)))  # type: ignore[arg-type]

    def __call__(self, *arguments: str, code: int = 0, stdin: bytes | None = None) -> str:
        result = self._run(*arguments, stdin=stdin, **self._settings)
        assert result.exit_code == code, result.output
        if code:
            assert result.stderr.splitlines()[-1]
            assert "Traceback" not in result.stderr
        return result.output


@pytest.fixture
def shell(run: Run, database: Database, tmp_path: Path, server: MailServer) -> Shell:
    return Shell(run, database, tmp_path, server)


@pytest.fixture
def shell_without_server(run: Run, database: Database, tmp_path: Path) -> Shell:
    return Shell(run, database, tmp_path)


def test_the_list_tells_what_waits_without_its_text(shell: Shell, server: MailServer) -> None:
    assert shell("mail", "list") == "Der Postausgang ist leer.\n"
    server.refusals["weg@amt.example"] = "550 5.1.1 unknown"
    shell.put("weg@amt.example", "https://register.example/einladung/GEHEIM", "invitation")
    shell.put("da@amt.example")
    assert "1 gesendet, 0 zurückgestellt, 1 aufgegeben.\n" in shell("mail", "send")
    shell.put("spaeter@amt.example")
    text = shell("mail", "list")
    assert "weg@amt.example" in text
    assert "aufgegeben" in text
    assert "550 5.1.1 unknown" in text
    assert "spaeter@amt.example" in text
    assert "da@amt.example  " not in text
    assert "GEHEIM" not in text + shell("mail", "list", "--json") + shell("mail", "list", "--all", "--json")
    found = {one["recipient"]: one["state"] for one in json.loads(shell("mail", "list", "--all", "--json"))}
    assert found == {"weg@amt.example": "given_up", "da@amt.example": "sent", "spaeter@amt.example": "waiting"}


def test_a_mail_that_was_given_up_is_audited_and_can_be_sent_again(shell: Shell, server: MailServer) -> None:
    server.refusals["weg@amt.example"] = "550 5.1.1 unknown"
    number = str(shell.put("weg@amt.example"))
    shell("mail", "send")
    with shell.database.reading() as session:
        [line] = session.exec(select(AuditEntry)).all()
    assert (line.action, line.subject) == ("mail.given_up", f"mail:{number}")
    assert "weg@amt.example" not in str(line.details)
    server.refusals.clear()
    assert shell("mail", "send") == "0 gesendet, 0 zurückgestellt, 0 aufgegeben.\n"
    assert shell("mail", "retry", number) == f"Mail {number} ist wieder an der Reihe.\n"
    assert shell("mail", "send").startswith("1 gesendet")
    assert "schon gesendet" in shell("mail", "retry", number, code=1)
    assert "gibt es nicht" in shell("mail", "retry", "999", code=1)
    shell("mail", "retry", "eins", code=2)


def test_sending_now_also_takes_what_was_put_off(shell: Shell, server: MailServer) -> None:
    server.stop()
    shell.put("a@amt.example")
    text = shell("mail", "send", code=1)
    assert "0 gesendet, 1 zurückgestellt" in text
    assert "nicht erreichbar" in text
    server.start()
    assert shell("mail", "send").startswith("1 gesendet")


def test_without_a_server_mail_waits_and_the_commands_say_so(shell_without_server: Shell) -> None:
    shell = shell_without_server
    shell.put("a@amt.example")
    for arguments in (["mail", "send"], ["mail", "test", "a@amt.example"]):
        assert "OZG_REGISTRY_MAIL_URL ist nicht gesetzt" in shell(*arguments, code=1)
    assert "Mail: erledigt" in shell("housekeeping")
    assert shell.mails()[0].sent_at is None


def test_a_test_mail_goes_straight_to_the_server(shell: Shell, server: MailServer) -> None:
    assert "angenommen" in shell("mail", "test", "a@amt.example")
    assert server.messages[0].subject == "Probemail: OZG-Nachnutzungsregister"
    assert shell.mails() == []
    server.refusals["weg@amt.example"] = "550 5.1.1 unknown"
    assert "550 5.1.1 unknown" in shell("mail", "test", "weg@amt.example", code=1)
    assert "keine" in shell("mail", "test", "a@b.example, c@d.example", code=1)
    server.stop()
    assert "nicht erreichbar" in shell("mail", "test", "a@amt.example", code=1)


def test_a_bounce_marks_the_address_if_mail_went_to_it(shell: Shell, server: MailServer) -> None:
    assert "hat das Register nicht geschrieben" in shell("mail", "bounce", stdin=REPORT)
    with shell.database.noting() as session:
        session.add(Person(email="redaktion@soest.example", name="Redaktion Soest"))
    shell.put("redaktion@soest.example")
    shell("mail", "send")
    text = shell("mail", "bounce", stdin=REPORT)
    assert "Vermerkt: redaktion@soest.example ist unzustellbar." in text
    assert "spaet@amt.example ist noch unterwegs" in text
    with shell.database.reading() as session:
        [mark] = session.exec(select(Undeliverable)).all()
        [line] = session.exec(select(AuditEntry)).all()
        [person] = session.exec(select(Person)).all()
    assert mark.address == "redaktion@soest.example"
    assert mark.reason.startswith("550 5.1.1")
    assert (line.action, line.subject) == ("mail.bounced", f"person:{person.id}")
    shell("mail", "bounce", stdin=REPORT)
    shell.put("Redaktion@Soest.example")
    shell("mail", "send")
    with shell.database.reading() as session:
        assert session.exec(select(Undeliverable)).all() == []


def test_a_bounce_of_nobody_we_wrote_to_fails(shell: Shell) -> None:
    assert "Keine der Adressen ist bekannt." in shell(
        "mail", "bounce", code=1, stdin=REPORT.replace(b"Action: delayed", b"Action: failed")
    )


@pytest.mark.parametrize("garbage", [b"", b"\xff\x00\n" * 50, b"Subject: Urlaub\n\nIch bin weg.\n"])
def test_what_is_no_bounce_is_refused_in_one_line(shell: Shell, garbage: bytes) -> None:
    assert shell("mail", "bounce", code=1, stdin=garbage).count("\n") == 1


def test_the_doctor_tells_how_mail_stands(shell: Shell, shell_without_server: Shell, server: MailServer) -> None:
    def line(which: Shell, code: int = 0) -> str:
        return next(one for one in which("doctor", code=code).splitlines() if " Mail:" in one)

    assert line(shell) == "in Ordnung  Mail: 0 warten, 0 aufgegeben"
    server.refusals["weg@amt.example"] = "550 5.1.1 unknown"
    shell.put("weg@amt.example")
    shell("mail", "send")
    shell.put("a@amt.example")
    assert line(shell).startswith("Hinweis     Mail: 1 warten, 1 aufgegeben")
    assert "MAIL_URL ist nicht gesetzt" in line(shell_without_server)


def test_a_sender_is_needed_with_a_server(run: Run) -> None:
    result = run("mail", "list", mail_url="smtp://localhost")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "OZG_REGISTRY_MAIL_FROM fehlt" in result.stderr
