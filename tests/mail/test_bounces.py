"""Reading what mail servers write back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.mail.bounces import Bounce, NoReportError, read_bounces

pytestmark = pytest.mark.sqlite_only

REPORT = b"""\
From: MAILER-DAEMON@mail.amt.example
To: register@amt.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="grenze"

--grenze
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--grenze
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.amt.example
Arrival-Date: Thu, 26 Nov 2026 03:00:00 +0000

Final-Recipient: rfc822; Postfach@Anderswo.example
Original-Recipient: rfc822;Redaktion@Soest.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.anderswo.example
Diagnostic-Code: smtp; 550 5.1.1 <postfach@anderswo.example>: Recipient
    address rejected: User unknown

Final-Recipient: rfc822; spaet@amt.example
Action: delayed
Status: 4.4.1

--grenze
Content-Type: message/rfc822

From: register@amt.example
To: redaktion@soest.example
Subject: x

Text
--grenze--
"""


def test_a_report_names_the_address_that_was_written_to_and_why() -> None:
    assert read_bounces(REPORT) == [
        Bounce(
            "redaktion@soest.example",
            True,
            "550 5.1.1 <postfach@anderswo.example>: Recipient address rejected: User unknown",
        ),
        Bounce("spaet@amt.example", False, "4.4.1"),
    ]


def test_a_report_with_other_line_ends_reads_the_same() -> None:
    assert read_bounces(REPORT.replace(b"\n", b"\r\n")) == read_bounces(REPORT)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: Abwesenheit\n\nIch bin im Urlaub.\n",
        REPORT.replace(b"multipart/report", b"multipart/mixed"),
        REPORT.replace(b"message/delivery-status", b"text/plain"),
        REPORT.replace(b"Action:", b"Aktion:"),
        REPORT.replace(b"-Recipient:", b"-Empfaenger:"),
        REPORT.split(b"Content-Type: message/delivery-status")[0],
        b"x" * (1024 * 1024 + 1),
    ],
)
def test_what_is_no_report_is_told_so(raw: bytes) -> None:
    with pytest.raises(NoReportError):
        read_bounces(raw)


@given(st.integers(0, len(REPORT) - 1), st.binary(max_size=20))
def test_a_damaged_report_never_does_more_than_be_refused(place: int, noise: bytes) -> None:
    try:
        found = read_bounces(REPORT[:place] + noise + REPORT[place + len(noise) :])
    except NoReportError:
        return
    assert all(one.address for one in found)
