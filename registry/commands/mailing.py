"""Commands of outgoing mail, and the regular work for installations whose WSGI server does not do it."""

import logging
from datetime import datetime
from typing import BinaryIO

import click

from registry.accounts.audit import audit
from registry.accounts.queries import person_by_email
from registry.commands.base import (
    CommandFailedError,
    GermanCommand,
    GermanGroup,
    Room,
    complain,
    pass_room,
    say,
    say_json,
)
from registry.mail.bounces import MAX_BYTES, NoReportError, read_bounces
from registry.mail.messages import UnusableMailError, mail_address
from registry.mail.models import OutboxMail
from registry.mail.operations import UnknownMailError, hurry, mark_undeliverable
from registry.mail.operations import retry as retry_mail
from registry.mail.queries import outbox_mails, was_written_to
from registry.mail.transport import MailRefusedError, MailServerError, SmtpTransport
from registry.moments import now

log = logging.getLogger(__name__)

BOUNCES = "ozg-registry mail bounce"  # who is named in the audit log


@click.group(cls=GermanGroup)
def mail() -> None:
    """Ausgehende Mail: zeigen, was wartet, zustellen, erneut versuchen, prüfen."""


@mail.command("list", cls=GermanCommand)
@click.option("--all", "everything", is_flag=True, help="Auch die gesendeten der letzten 30 Tage.")
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON.")
@pass_room
def list_mails(room: Room, everything: bool, as_json: bool) -> None:
    """Zeigen, was wartet und was aufgegeben ist; ohne die Texte, denn sie können geheime Links enthalten."""
    with room.ready_database.reading() as session:
        rows = outbox_mails(session, with_sent=everything)
    if as_json:
        say_json([_as_json(row) for row in rows])
        return
    for row in rows:
        say(f"{row.id}  {_state(row)}  {row.kind}  {row.recipient}  {row.subject}")
        if row.last_error:
            say(f"    {row.last_error}")
    if not rows:
        say("Der Postausgang ist leer.")


@mail.command(cls=GermanCommand)
@pass_room
def send(room: Room) -> None:
    """Jetzt zustellen, was wartet, auch was nach einem Fehler zurückgestellt ist."""
    from registry.background import Work, deliver

    database = room.ready_database
    transport, at = _transport(room), now()
    with database.noting() as session:
        hurry(session, at)
    done = deliver(Work(database, room.settings, at), transport)
    say(f"{done.sent} gesendet, {done.deferred} zurückgestellt, {len(done.given_up)} aufgegeben.")
    if done.server_error is not None:
        raise CommandFailedError(done.server_error)


@mail.command(cls=GermanCommand)
@click.argument("number", metavar="NUMMER", type=int)
@pass_room
def retry(room: Room, number: int) -> None:
    """Eine aufgegebene oder zurückgestellte Mail sofort wieder an die Reihe bringen."""
    try:
        with room.ready_database.noting() as session:
            retry_mail(session, number, now())
    except UnknownMailError as error:
        raise CommandFailedError(str(error)) from None
    say(f"Mail {number} ist wieder an der Reihe.")


@mail.command(cls=GermanCommand)
@click.argument("file", metavar="[DATEI]", type=click.File("rb"), default="-")
@pass_room
def bounce(room: Room, file: BinaryIO) -> None:
    """Eine Zustellmeldung (RFC 3464) lesen, auch von der Standardeingabe; was nicht ankam, gilt als unzustellbar."""
    raw = file.read(MAX_BYTES + 1)
    try:
        found = read_bounces(raw)
    except NoReportError as error:
        raise CommandFailedError(str(error)) from None
    at, marked = now(), 0
    with room.ready_database.noting() as session:
        for one in found:
            if not one.failed:
                say(f"Nichts zu tun: Die Mail an {one.address} ist noch unterwegs oder angekommen.")
            elif not was_written_to(session, one.address):
                # Anyone can write such a report; it counts only for an address that mail went to.
                complain(f"Übergangen: An {one.address} hat das Register nicht geschrieben.")
            else:
                mark_undeliverable(session, one.address, one.reason, at)
                person = person_by_email(session, one.address)
                audit(session, BOUNCES, "mail.bounced", f"person:{person.id}" if person else "")
                marked += 1
                say(f"Vermerkt: {one.address} ist unzustellbar.")
    if not marked and all(one.failed for one in found):
        raise CommandFailedError("Keine der Adressen ist bekannt.")


@mail.command(cls=GermanCommand)
@click.argument("address", metavar="ADRESSE")
@pass_room
def test(room: Room, address: str) -> None:
    """Eine Probemail senden, am Postausgang vorbei, und sagen, was der Mailserver dazu meint."""
    transport = _transport(room)
    try:
        mail_address(address)
    except UnusableMailError as error:
        raise CommandFailedError(f"{error} ({address!r})") from None
    site = room.settings.site_name
    body = f"Guten Tag,\n\ndiese Mail zeigt, dass „{site}“ Mail versenden kann.\n"
    message = OutboxMail(id=0, kind="test", recipient=address, subject=f"Probemail: {site}"[:200], body=body)
    try:
        with transport.connect() as connection:
            connection.send(message, now())
    except (MailServerError, MailRefusedError) as error:
        raise CommandFailedError(str(error)) from None
    say(f"Der Mailserver {transport.host} hat die Probemail an {address} angenommen.")


@click.command(cls=GermanCommand)
@click.option("--all", "everything", is_flag=True, help="Auch Tägliches, das heute schon erledigt ist.")
@pass_room
def housekeeping(room: Room, everything: bool) -> None:
    """Fällige Arbeiten einmal erledigen; „serve“ tut das von selbst, ein anderer Server per Zeitgeber."""
    from registry.background import TASKS, Work, run_task

    database, failed = room.ready_database, []
    for task in TASKS:
        try:
            done = run_task(task, Work(database, room.settings, now()), force=everything)
        except Exception as error:
            log.debug("%s failed", task.name, exc_info=True)
            failed.append(task.label)
            complain(f"{task.label}: gescheitert ({type(error).__name__}: {str(error).splitlines()[0][:200]})")
        else:
            say(f"{task.label}: {'erledigt' if done else 'nicht fällig, oder ein anderer Server ist daran'}")
    if failed:
        raise CommandFailedError(f"Gescheitert: {', '.join(failed)}. Einzelheiten mit --debug.")


def _transport(room: Room) -> SmtpTransport:
    transport = SmtpTransport.of(room.settings)
    if transport is None:
        raise CommandFailedError("OZG_REGISTRY_MAIL_URL ist nicht gesetzt: Mail wartet im Postausgang.")
    return transport


def _state(row: OutboxMail) -> str:
    if row.sent_at is not None:
        return f"gesendet {_minute(row.sent_at)}"
    if row.given_up_at is not None:
        return f"aufgegeben {_minute(row.given_up_at)} nach {row.attempts} Versuchen"
    return f"wartet bis {_minute(row.due_at)}, {row.attempts} Versuche"


def _minute(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def _as_json(row: OutboxMail) -> dict[str, object]:
    return {
        "id": row.id,
        "state": "sent" if row.sent_at else "given_up" if row.given_up_at else "waiting",
        "kind": row.kind,
        "recipient": row.recipient,
        "subject": row.subject,
        "created_at": row.created_at.isoformat(),
        "due_at": row.due_at.isoformat(),
        "attempts": row.attempts,
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "given_up_at": row.given_up_at.isoformat() if row.given_up_at else None,
        "last_error": row.last_error,
    }
