"""Mail leaves the outbox when a real server has taken it, once, and not before."""

import logging
import threading
from datetime import timedelta

import pytest

from registry.mail.delivery import LONGEST, MAX_ATTEMPTS, Delivery, deliver_due, pause_after
from registry.mail.operations import hurry, retry
from registry.mail.queries import outbox_state
from registry.mail.transport import SmtpTransport
from tests.mail.conftest import Outbox, transport_to
from tests.mail.server import MailServer


def test_a_mail_arrives_with_its_headers_and_its_umlauts(
    outbox: Outbox, server: MailServer, transport: SmtpTransport
) -> None:
    number = outbox.put("redaktion@soest.example", "Neuer Vorschlag: Hundesteuer für Soest – prüfen", "Grüße\n€ 5\n")
    done = deliver_due(outbox.database, transport, outbox.start)
    assert done == Delivery(sent=1)
    [mail] = server.messages
    assert (mail.sender, mail.recipients) == ("register@amt.example", ["redaktion@soest.example"])
    assert mail.subject == "Neuer Vorschlag: Hundesteuer für Soest – prüfen"
    assert mail.text == "Grüße\n€ 5\n"
    headers = mail.message
    assert headers["From"].addresses[0].display_name == "Register „Nachnutzung“"
    assert headers["From"].addresses[0].addr_spec == "register@amt.example"
    assert headers["To"] == "redaktion@soest.example"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Content-Type"].startswith('text/plain; charset="utf-8"')
    assert headers["Date"].datetime == outbox.start.replace(microsecond=0)
    assert str(headers["Message-ID"]).startswith(f"<outbox-{number}-")
    assert str(headers["Message-ID"]).endswith("@amt.example>")
    assert "List-Unsubscribe" not in headers
    assert all(line.isascii() and len(line) < 999 for line in mail.raw.splitlines())


def test_a_digest_names_the_address_on_which_it_ends(
    outbox: Outbox, server: MailServer, transport: SmtpTransport
) -> None:
    link = "https://register.example/digest/abbestellen/abc-def"
    outbox.put("a@amt.example", "Übersicht", f"Neu: https://register.example/x\n\nAbbestellen: {link}.\n", "digest")
    outbox.put("b@amt.example", "Übersicht", "Neu: https://register.example/x\n", "digest")
    deliver_due(outbox.database, transport, outbox.start)
    first, second = server.messages
    assert first.message["List-Unsubscribe"] == f"<{link}>"
    assert first.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "List-Unsubscribe" not in second.message


def test_a_sent_mail_keeps_neither_body_nor_secret(
    outbox: Outbox, transport: SmtpTransport, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    number = outbox.put("a@amt.example", "Einladung", "https://register.example/einladung/GEHEIM", "invitation")
    deliver_due(outbox.database, transport, outbox.start)
    mail = outbox.mail(number)
    assert (mail.body, mail.subject, mail.kind) == ("", "Einladung", "invitation")
    assert mail.sent_at == outbox.start
    assert not [one for one in caplog.records if one.name.startswith("registry") and "GEHEIM" in one.getMessage()]


def test_one_connection_serves_a_batch(outbox: Outbox, server: MailServer, transport: SmtpTransport) -> None:
    for number in range(45):
        outbox.put(f"person{number}@amt.example")
    assert deliver_due(outbox.database, transport, outbox.start).sent == 45
    assert len(server.messages) == 45
    assert server.connections == 3


def test_with_the_server_down_nothing_is_lost_and_afterwards_each_mail_comes_once(outbox: Outbox) -> None:
    server = MailServer()
    transport = transport_to(server.url)
    numbers = [outbox.put(f"person{number}@amt.example") for number in range(25)]
    at = outbox.start
    for _ in range(2):  # two batches
        done = deliver_due(outbox.database, transport, at)
        assert done.sent == 0
        assert done.given_up == []
        assert done.server_error is not None
        assert "nicht erreichbar" in done.server_error
        at += timedelta(seconds=1)
    assert deliver_due(outbox.database, transport, at).server_error is None, "nothing is due, the server is not asked"
    waiting = [outbox.mail(number) for number in numbers]
    assert all(mail.sent_at is None and mail.given_up_at is None and mail.body for mail in waiting)
    assert {mail.attempts for mail in waiting} == {1}, "back-off: not tried again within a second"
    assert outbox.undeliverable() == {}
    with server:
        assert deliver_due(outbox.database, transport, at).sent == 0, "not due yet"
        at += timedelta(minutes=2)
        assert deliver_due(outbox.database, transport, at).sent == 25
        assert deliver_due(outbox.database, transport, at + timedelta(days=1)).sent == 0
        assert sorted(mail.recipients[0] for mail in server.messages) == sorted(
            f"person{number}@amt.example" for number in range(25)
        )


def test_a_server_that_goes_in_the_middle_of_a_batch_gets_the_rest_later(
    outbox: Outbox, server: MailServer, transport: SmtpTransport
) -> None:
    for name in ("a", "b", "c"):
        outbox.put(f"{name}@amt.example")
    server.refusals["b@amt.example"] = "421 4.3.2 shutting down"
    done = deliver_due(outbox.database, transport, outbox.start)
    assert (done.sent, done.deferred) == (1, 1)
    assert done.server_error is not None
    server.refusals.clear()
    assert deliver_due(outbox.database, transport, outbox.start).sent == 1, "the untried mail is due at once"
    assert deliver_due(outbox.database, transport, outbox.start + timedelta(minutes=2)).sent == 1
    assert [mail.recipients[0][0] for mail in server.messages] == ["a", "c", "b"]


def test_a_refused_address_is_given_up_at_once_and_marked_until_a_mail_gets_through(
    outbox: Outbox, server: MailServer, transport: SmtpTransport
) -> None:
    told: list[str] = []
    server.refusals["weg@amt.example"] = "550 5.1.1 no such user"
    number = outbox.put("weg@amt.example", body="https://register.example/einladung/GEHEIM")
    outbox.put("da@amt.example")
    done = deliver_due(
        outbox.database, transport, outbox.start, given_up=lambda _session, mail: told.append(mail.recipient)
    )
    assert (done.sent, done.given_up, told) == (1, [number], ["weg@amt.example"])
    assert outbox.mail(number).given_up_at == outbox.start
    assert outbox.mail(number).last_error == "550 5.1.1 no such user"
    assert outbox.undeliverable() == {"weg@amt.example": "550 5.1.1 no such user"}

    assert deliver_due(outbox.database, transport, outbox.start + timedelta(days=9)).given_up == []
    second = outbox.put("weg@amt.example")
    deliver_due(outbox.database, transport, outbox.start)
    assert outbox.mail(second).given_up_at is not None
    server.refusals.clear()
    with outbox.database.noting() as session:
        retry(session, number, outbox.start)
    assert deliver_due(outbox.database, transport, outbox.start).sent == 1
    assert outbox.undeliverable() == {}


def test_a_refusal_for_now_defers_this_mail_alone(outbox: Outbox, server: MailServer, transport: SmtpTransport) -> None:
    server.refusals["spaeter@amt.example"] = "451 4.7.1 greylisted"
    server.refusals["fremd@amt.example"] = "554 5.7.1 relay access denied"
    later, foreign = outbox.put("spaeter@amt.example"), outbox.put("fremd@amt.example")
    outbox.put("da@amt.example")
    done = deliver_due(outbox.database, transport, outbox.start)
    assert (done.sent, done.deferred, done.given_up, done.server_error) == (1, 2, [], None)
    assert outbox.undeliverable() == {}
    server.refusals.clear()
    assert deliver_due(outbox.database, transport, outbox.start + timedelta(minutes=2)).sent == 2
    assert outbox.mail(later).sent_at is not None
    assert outbox.mail(foreign).sent_at is not None


def test_a_refused_text_is_given_up_without_blaming_the_address(
    outbox: Outbox, server: MailServer, transport: SmtpTransport
) -> None:
    server.after_data["a@amt.example"] = "554 5.6.0 no"
    number = outbox.put("a@amt.example")
    assert deliver_due(outbox.database, transport, outbox.start).given_up == [number]
    assert outbox.undeliverable() == {}


def test_pauses_grow_to_four_hours_and_end_after_five_days() -> None:
    minutes = [pause_after(attempts, 21).total_seconds() / 60 for attempts in range(1, 8)]
    assert minutes == pytest.approx([1, 5, 15, 60, 240, 240, 240])
    assert all(pause_after(1, number) <= timedelta(minutes=1.2) for number in range(100))
    assert len({pause_after(1, number) for number in range(100)}) == 21
    whole = sum((pause_after(attempts, 21) for attempts in range(1, MAX_ATTEMPTS)), timedelta())
    assert LONGEST - timedelta(hours=8) < whole <= LONGEST


def test_after_the_last_attempt_the_mail_is_given_up_and_stays(outbox: Outbox) -> None:
    transport = transport_to(MailServer().url)
    number = outbox.put("a@amt.example")
    at = outbox.start
    attempts = 0
    while outbox.mail(number).given_up_at is None:
        deliver_due(outbox.database, transport, at)
        attempts += 1
        at = max(outbox.mail(number).due_at, at)
        assert attempts <= MAX_ATTEMPTS
    assert attempts == MAX_ATTEMPTS
    assert outbox.mail(number).body
    with outbox.database.reading() as session:
        state = outbox_state(session)
    assert (state.waiting, state.given_up) == (0, 1)


@pytest.mark.parametrize("deliverers", [2, 6])
def test_several_deliverers_send_each_mail_once(
    outbox: Outbox, server: MailServer, transport: SmtpTransport, deliverers: int
) -> None:
    for number in range(80):
        outbox.put(f"person{number}@amt.example")
    begin = threading.Barrier(deliverers)
    done: list[Delivery] = []

    def deliver() -> None:
        begin.wait()
        done.append(deliver_due(outbox.database, transport, outbox.start))

    threads = [threading.Thread(target=deliver) for _ in range(deliverers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A deliverer may have passed over what another one was claiming; what is due is due to the next run.
    done.append(deliver_due(outbox.database, transport, outbox.start))
    assert sum(one.sent for one in done) == 80
    assert len({mail.recipients[0] for mail in server.messages}) == len(server.messages) == 80


def test_a_claim_of_a_deliverer_that_died_runs_out(
    outbox: Outbox, server: MailServer, transport: SmtpTransport
) -> None:
    class Died(BaseException):
        pass

    class Dying:
        def connect(self) -> object:
            raise Died

    number = outbox.put("a@amt.example")
    with pytest.raises(Died):
        deliver_due(outbox.database, Dying(), outbox.start)  # type: ignore[arg-type]
    # Even the clean-up may have been cut off.
    with outbox.database.noting() as session:
        mail = session.get(type(outbox.mail(number)), number)
        assert mail is not None
        mail.due_at, mail.attempts = outbox.start + timedelta(minutes=15), 1
    assert deliver_due(outbox.database, transport, outbox.start + timedelta(minutes=1)).sent == 0
    assert deliver_due(outbox.database, transport, outbox.start + timedelta(minutes=16)).sent == 1
    assert len(server.messages) == 1


def test_the_message_id_is_the_same_at_each_attempt(
    outbox: Outbox, server: MailServer, transport: SmtpTransport
) -> None:
    number = outbox.put("a@amt.example")
    with transport.connect() as connection:
        connection.send(outbox.mail(number), outbox.start)
        connection.send(outbox.mail(number), outbox.start + timedelta(hours=1))
    assert len({str(mail.message["Message-ID"]) for mail in server.messages}) == 1


def test_a_delivery_that_is_told_to_stop_leaves_the_rest_due(
    outbox: Outbox, server: MailServer, transport: SmtpTransport
) -> None:
    for name in ("a", "b", "c"):
        outbox.put(f"{name}@amt.example")
    done = deliver_due(outbox.database, transport, outbox.start, stop=lambda: len(server.messages) >= 1)
    assert done.sent == 1
    assert deliver_due(outbox.database, transport, outbox.start).sent == 2


def test_mails_that_wait_after_a_failure_can_be_hurried(outbox: Outbox) -> None:
    server = MailServer()
    transport = transport_to(server.url)
    outbox.put("a@amt.example")
    deliver_due(outbox.database, transport, outbox.start)
    with server:
        assert deliver_due(outbox.database, transport, outbox.start).sent == 0
        with outbox.database.noting() as session:
            hurry(session, outbox.start)
        assert deliver_due(outbox.database, transport, outbox.start).sent == 1


@pytest.mark.parametrize(
    "recipient",
    [
        "a@amt.example\r\nBcc: opfer@fremd.example",
        "a@amt.example, b@fremd.example",
        "a@amt.example;b@fremd.example",
        "Name <a@amt.example>",
        "ohne-klammeraffe",
        "@amt.example",
        "a@",
        "a@amt..example",
        "a@[127.0.0.1]",
        '"a b"@amt.example',
    ],
)
def test_a_recipient_that_is_not_one_address_is_refused_and_never_sent(
    outbox: Outbox, server: MailServer, transport: SmtpTransport, recipient: str
) -> None:
    number = outbox.put(recipient)
    after = outbox.put("da@amt.example")
    done = deliver_due(outbox.database, transport, outbox.start)
    assert done.given_up == [number]
    assert [mail.recipients for mail in server.messages] == [["da@amt.example"]]
    assert outbox.mail(after).sent_at is not None


def test_no_header_can_be_smuggled_in_by_subject_body_or_name_of_the_site(outbox: Outbox, server: MailServer) -> None:
    transport = transport_to(server.url, "Amt\r\nBcc: x@fremd.example")
    outbox.put("a@amt.example", "Ja\r\nBcc: y@fremd.example\n\nText", "\r\n.\r\nQUIT\r\nBcc: z@fremd.example\r\n")
    deliver_due(outbox.database, transport, outbox.start)
    [mail] = server.messages
    assert mail.recipients == ["a@amt.example"]
    assert mail.message["Bcc"] is None
    assert mail.subject == "Ja Bcc: y@fremd.example Text"
    assert "QUIT" in mail.text
    assert mail.message["From"].addresses[0].addr_spec == "register@amt.example"


def test_an_address_with_umlauts_in_its_domain_is_written_in_ascii(
    outbox: Outbox, server: MailServer, transport: SmtpTransport
) -> None:
    outbox.put("post@köln.example")
    deliver_due(outbox.database, transport, outbox.start)
    assert server.messages[0].recipients == ["post@xn--kln-sna.example"]
