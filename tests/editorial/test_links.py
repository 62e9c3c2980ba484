"""The link checker against a real server on this machine."""

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from sqlmodel import select

from registry.database import Database
from registry.editorial.link_probe import Prober, is_public, retry_after
from registry.editorial.links import BROKEN_FROM, SLACK, check_links, wait_after
from registry.editorial.models import LinkCheck
from registry.reuse.operations import save_bundle, withdraw_bundle
from registry.reuse.record import BundleRecord
from tests.reuse.conftest import add_items

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


class Handler(BaseHTTPRequestHandler):
    """Answers by path, and remembers what it was asked."""

    log: ClassVar[list[tuple[str, str, float]]] = []
    agents: ClassVar[list[str]] = []
    sick: ClassVar[set[str]] = set()
    sent: ClassVar[list[int]] = []

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, *args: object) -> None:
        pass

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        self.log.append((self.command, path, time.monotonic()))
        self.agents.append(self.headers["User-Agent"])
        port = self.server.server_address[1]
        if path in self.sick:
            self._status(500)
        elif path.startswith("/status/"):
            self._status(int(path.split("/")[2]))
        elif path == "/only-get":
            self._status(405 if self.command == "HEAD" else 200)
        elif path == "/slow":
            time.sleep(1.5)
            self._status(200)
        elif path == "/drip":
            for sign in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 200:
                try:
                    self.wfile.write(bytes([sign]))
                    self.wfile.flush()
                except OSError:
                    return
                time.sleep(0.05)
        elif path == "/huge":
            if self.command == "HEAD":
                self._status(405)
                return
            self.send_response(200)
            self.end_headers()
            count = 0
            try:
                for _ in range(2000):
                    count += self.wfile.write(b"x" * 65536)
            except OSError:
                pass
            self.sent.append(count)
        elif path == "/loop":
            self._to("/loop", 302)
        elif path == "/moved":
            self._to("/status/200", 301)
        elif path == "/moved-twice":
            self._to("/moved", 308)
        elif path == "/for-now":
            self._to("/status/200", 302)
        elif path == "/moved-to-gone":
            self._to("/status/404", 301)
        elif path == "/into-the-network":
            self._to("http://10.0.0.1/geheim", 302)
        elif path == "/metadata":
            self._to("http://169.254.169.254/latest", 301)
        elif path == "/to-a-file":
            self._to("file:///etc/passwd", 302)
        elif path == "/umlaut":
            self._to("/status/200?stra\u00dfe".encode().decode("latin-1"), 302)
        elif path == "/cookie":
            if "seen=1" in self.headers.get("Cookie", ""):
                self._status(200)
            else:
                self.send_response(302)
                self.send_header("Set-Cookie", "seen=1")
                self.send_header("Location", f"http://127.0.0.1:{port}/cookie")
                self.end_headers()
        elif path.startswith("/patience"):
            self.send_response(429)
            self.send_header("Retry-After", "7200")
            self.end_headers()
        else:
            self._status(404)

    def _status(self, code: int) -> None:
        self.send_response(code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _to(self, where: str, code: int) -> None:
        self.send_response(code)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def server() -> Iterator[str]:
    """Run the server; return its address."""
    Handler.log, Handler.agents, Handler.sent = [], [], []
    Handler.sick = set()
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()
    thread.join()


def prober(pause: float = 0.0, timeout: float = 5.0, longest: float = 20.0) -> Prober:
    return Prober(
        "Prüfregister/1.0 (+https://register.example)",
        allow_loopback=True,
        pause=pause,
        timeout=timeout,
        longest=longest,
    )


# -- one address --------------------------------------------------------------------------------------------------


@pytest.mark.sqlite_only
class TestProbing:
    def test_a_page_that_answers_works(self, server: str) -> None:
        probe = prober().probe(f"{server}/status/200#abschnitt")
        assert (probe.status, probe.problem, probe.broken) == (200, None, False)
        assert Handler.log[0][:2] == ("HEAD", "/status/200")

    def test_the_checker_names_itself_and_whom_to_complain_to(self, server: str) -> None:
        prober().probe(f"{server}/status/200")
        assert Handler.agents == ["Pr?fregister/1.0 (+https://register.example)"]

    @pytest.mark.parametrize(
        ("status", "sentence"),
        [
            (404, "Seite nicht gefunden (404)."),
            (410, "Seite auf Dauer entfernt (410)."),
            (500, "Fehler des Servers (500)."),
            (503, "Fehler des Servers (503)."),
            (418, "Der Server nimmt die Anfrage nicht an (418)."),
        ],
    )
    def test_errors_are_told_in_german(self, server: str, status: int, sentence: str) -> None:
        probe = prober().probe(f"{server}/status/{status}")
        assert (probe.status, probe.problem, probe.broken) == (status, sentence, True)

    def test_a_server_that_refuses_programs_is_no_broken_link(self, server: str) -> None:
        probe = prober().probe(f"{server}/status/403")
        assert probe.problem == "Der Server weist Programme ab (403); bitte von Hand prüfen."
        assert not probe.broken

    def test_get_is_tried_where_head_is_not_allowed(self, server: str) -> None:
        assert prober().probe(f"{server}/only-get").problem is None
        assert [one[:2] for one in Handler.log] == [("HEAD", "/only-get"), ("GET", "/only-get")]

    def test_a_slow_server_runs_into_the_timeout(self, server: str) -> None:
        probe = prober(timeout=0.3).probe(f"{server}/slow")
        assert probe.problem == "Keine Antwort innerhalb von 0 Sekunden."

    def test_a_server_that_sends_single_bytes_holds_nobody_up(self, server: str) -> None:
        begun = time.monotonic()
        probe = prober(longest=0.5).probe(f"{server}/drip")
        assert probe.broken
        assert time.monotonic() - begun < 3

    def test_of_a_huge_page_next_to_nothing_is_read(self, server: str) -> None:
        assert prober().probe(f"{server}/huge").problem is None
        for _ in range(100):
            if Handler.sent:
                break
            time.sleep(0.05)
        assert Handler.sent[0] < 20_000_000  # what lay in the buffers of both sides, of 131 MB

    def test_a_redirect_in_circles_ends(self, server: str) -> None:
        probe = prober().probe(f"{server}/loop")
        assert probe.problem == "Mehr als 5 Weiterleitungen, vielleicht im Kreis."
        assert len(Handler.log) == 6

    def test_a_page_that_sets_a_cookie_and_redirects_to_itself_works(self, server: str) -> None:
        assert prober().probe(f"{server}/cookie").problem is None

    def test_a_permanent_redirect_tells_the_new_address(self, server: str) -> None:
        assert prober().probe(f"{server}/moved").moved_to == f"{server}/status/200"
        assert prober().probe(f"{server}/moved-twice").moved_to == f"{server}/status/200"
        assert prober().probe(f"{server}/for-now").moved_to is None

    def test_a_redirect_to_a_missing_page_is_broken_and_no_new_address(self, server: str) -> None:
        probe = prober().probe(f"{server}/moved-to-gone")
        assert (probe.broken, probe.moved_to) == (True, None)

    def test_a_target_in_utf_8_is_followed(self, server: str) -> None:
        assert prober().probe(f"{server}/umlaut").problem is None

    @pytest.mark.parametrize("path", ["/into-the-network", "/metadata"])
    def test_a_redirect_into_a_private_network_is_refused(self, server: str, path: str) -> None:
        probe = prober().probe(server + path)
        assert probe.broken
        assert "keinem öffentlichen Server" in (probe.problem or "")

    def test_a_redirect_to_a_file_is_refused(self, server: str) -> None:
        assert "beginnt nicht mit http" in (prober().probe(f"{server}/to-a-file").problem or "")

    def test_without_the_argument_of_tests_this_machine_is_never_asked(self, server: str) -> None:
        probe = Prober("x", pause=0).probe(f"{server}/status/200")
        assert probe.problem == "Die Adresse gehört zu keinem öffentlichen Server."
        assert Handler.log == []

    @pytest.mark.parametrize(
        "host", ["127.1", "2130706433", "0x7f000001", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
    )
    def test_disguised_addresses_of_this_machine_are_seen_through(self, host: str) -> None:
        assert Prober("x", pause=0).probe(f"http://{host}:9/").problem == (
            "Die Adresse gehört zu keinem öffentlichen Server."
        )

    def test_a_name_is_looked_up_once_and_its_judged_address_is_used(
        self, server: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """DNS rebinding: the second answer of the name server would lead into the network."""
        port = int(server.rsplit(":", 1)[1])
        answers = ["127.0.0.1", "10.0.0.1"]
        asked: list[str] = []

        def lookup(host: str, *_args: object, **_more: object) -> list[tuple[object, ...]]:
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

        monkeypatch.setattr(socket, "getaddrinfo", lookup)
        assert prober().probe(f"http://wechselnd.example:{port}/status/200").problem is None
        assert asked == ["wechselnd.example"]

    def test_a_name_with_one_private_address_among_public_ones_is_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 80)) for one in ("192.0.79.33", "10.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)
        assert Prober("x", pause=0).probe("http://gemischt.example/").problem == (
            "Die Adresse gehört zu keinem öffentlichen Server."
        )

    def test_nothing_that_an_address_may_be_raises(self) -> None:
        for url in ("http://a..b/", "http://[::1/", "http://x:99999/", f"http://{'a' * 300}.example/", "http:///x", ""):
            assert prober().probe(url).broken

    def test_a_closed_port_and_an_unknown_name_are_told(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        assert prober().probe(f"http://127.0.0.1:{port}/").problem == "Der Server nimmt keine Verbindung an."
        assert prober().probe("http://gibt-es-nicht.invalid/").problem == "Den Namen des Servers gibt es nicht (DNS)."

    def test_a_server_without_tls_is_told_as_such(self, server: str) -> None:
        probe = prober().probe(server.replace("http:", "https:"))
        assert probe.problem == "Das Zertifikat des Servers ist ungültig oder abgelaufen (TLS)."


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2a00:1450:4001:82b::200e", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:0a00:0001::", False),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b::93.184.215.14", True),
        ("0.0.0.0", False),
    ],
)
def test_public_addresses_are_told_from_others(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.sqlite_only
def test_how_long_to_wait_is_read_as_seconds_or_date() -> None:
    assert retry_after("120", AT) == timedelta(seconds=120)
    assert retry_after("Mon, 02 Nov 2026 10:00:00 GMT", AT) == timedelta(hours=1)
    assert retry_after("99999999999", AT) == timedelta(days=14)
    assert retry_after("bald", AT) is None
    assert retry_after(None, AT) is None


# -- many addresses -----------------------------------------------------------------------------------------------


def entry(server: str, *paths: str, slug: str = "links") -> BundleRecord:
    return BundleRecord.model_validate(
        {
            "slug": slug,
            "title": "Eintrag mit Links",
            "summary": "Ein Eintrag, dessen Links geprüft werden.",
            "state": "published",
            "ozg_services": [{"ozg_id": "10160", "basis": "named"}],
            "sources": [{"url": server + path, "title": "Quelle"} for path in paths],
        }
    )


def saved(database: Database, record: BundleRecord) -> None:
    with database.writing() as write:
        save_bundle(write, record, actor="prüfung")


def rows(database: Database) -> dict[str, LinkCheck]:
    with database.reading() as session:
        return {row.url.split("/", 3)[3]: row for row in session.exec(select(LinkCheck))}


def test_a_link_is_broken_after_failing_on_two_days(reference_database: Database, server: str) -> None:
    saved(reference_database, entry(server, "/a", "/status/200"))
    first = check_links(reference_database, prober(), at=AT)
    assert (first.links, first.checked, first.working, first.failing, first.broken) == (2, 2, 1, 1, 0)
    again = check_links(reference_database, prober(), at=AT + timedelta(hours=3), everything=True)
    assert again.broken == 0
    assert rows(reference_database)["a"].failures == 1
    later = check_links(reference_database, prober(), at=AT + DAY)
    assert (later.checked, later.broken) == (1, 1)
    row = rows(reference_database)["a"]
    assert (row.failures, row.failing_since, row.status) == (BROKEN_FROM, AT, 404)


def test_a_server_that_recovers_is_no_finding(reference_database: Database, server: str) -> None:
    saved(reference_database, entry(server, "/status/200"))
    Handler.sick = {"/status/200"}
    assert check_links(reference_database, prober(), at=AT).failing == 1
    Handler.sick = set()
    assert check_links(reference_database, prober(), at=AT + DAY).working == 1
    row = rows(reference_database)["status/200"]
    assert (row.failures, row.failing_since, row.problem) == (0, None, None)


def test_results_are_kept_for_a_week_and_failures_asked_again_ever_more_rarely(
    reference_database: Database, server: str
) -> None:
    saved(reference_database, entry(server, "/a", "/status/200"))
    check_links(reference_database, prober(), at=AT)
    Handler.log = []
    assert check_links(reference_database, prober(), at=AT + timedelta(hours=20)).checked == 0
    assert Handler.log == []
    assert rows(reference_database)["status/200"].due_at == AT + 7 * DAY - SLACK
    assert [wait_after(count) // DAY for count in range(8)] == [7, 1, 2, 4, 8, 14, 14, 14]


def test_a_server_that_asks_for_patience_is_left_alone(reference_database: Database, server: str) -> None:
    saved(reference_database, entry(server, "/patience/1", "/patience/2", "/patience/3"))
    report = check_links(reference_database, prober(), at=AT, threads=1)
    assert (report.checked, report.postponed, report.failing) == (0, 3, 0)
    assert len(Handler.log) == 1


def test_a_known_link_is_asked_again_when_the_server_allows_it(reference_database: Database, server: str) -> None:
    saved(reference_database, entry(server, "/patience/1"))
    with reference_database.noting() as session:
        session.add(LinkCheck(url=f"{server}/patience/1", checked_at=AT - 8 * DAY, due_at=AT - DAY))
    check_links(reference_database, prober(), at=AT)
    assert rows(reference_database)["patience/1"].due_at == AT + timedelta(hours=2)


def test_requests_to_one_host_come_one_after_the_other_with_a_pause(reference_database: Database, server: str) -> None:
    saved(reference_database, entry(server, "/status/200", "/only-get", "/status/204"))
    check_links(reference_database, prober(pause=0.2), at=AT)
    times = sorted(moment for _method, _path, moment in Handler.log)
    assert len(times) == 4
    assert all(after - before >= 0.19 for before, after in itertools.pairwise(times))


def test_hosts_are_asked_side_by_side(reference_database: Database, server: str) -> None:
    port = server.rsplit(":", 1)[1]
    saved(reference_database, entry("", f"http://127.0.0.1:{port}/slow", f"http://localhost:{port}/slow"))
    begun = time.monotonic()
    assert check_links(reference_database, prober(), at=AT).checked == 2
    assert time.monotonic() - begun < 2.9


def test_addresses_that_differ_in_their_fragment_are_asked_once(reference_database: Database, server: str) -> None:
    saved(reference_database, entry(server, "/status/200#eins", "/status/200#zwei"))
    assert check_links(reference_database, prober(), at=AT).checked == 2
    assert len(Handler.log) == 1


def test_a_limit_checks_what_was_never_checked_first(reference_database: Database, server: str) -> None:
    saved(reference_database, entry(server, "/status/200", "/status/201", "/status/202"))
    check_links(reference_database, prober(), at=AT, limit=2)
    check_links(reference_database, prober(), at=AT + 30 * DAY, limit=1)
    assert set(rows(reference_database)) == {"status/200", "status/201", "status/202"}


def test_links_of_withdrawn_entries_are_forgotten(reference_database: Database, server: str) -> None:
    saved(reference_database, entry(server, "/status/200"))
    check_links(reference_database, prober(), at=AT)
    with reference_database.writing() as write:
        withdraw_bundle(write, "links", actor="prüfung", reason="abgelöst")
    assert check_links(reference_database, prober(), at=AT + DAY).links == 0
    assert rows(reference_database) == {}


def test_checking_links_leaves_the_clock_alone(reference_database: Database, server: str) -> None:
    saved(reference_database, entry(server, "/status/200"))
    before = reference_database.tick()
    check_links(reference_database, prober(), at=AT)
    assert reference_database.tick() == before


def test_what_was_found_is_kept_when_the_run_is_interrupted(reference_database: Database, server: str) -> None:
    saved(reference_database, entry(server, "/status/200", "/status/201", "/status/202"))

    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_links(reference_database, prober(), at=AT, progress=interrupt)
    assert len(rows(reference_database)) == 1


def test_all_kinds_of_links_of_an_entry_are_checked(reference_database: Database, server: str) -> None:
    record = entry(server, "/status/200").model_dump(mode="json") | {
        "links": [{"kind": "website", "url": f"{server}/status/201"}],
        "contact_url": f"{server}/status/202",
        "maturity": [
            {
                "model": "1.1",
                "level": 3,
                "assessed_on": "2026-01-01",
                "ground": "Prüfung",
                "source_url": f"{server}/status/203",
            }
        ],
        "cost_blocks": [
            {
                "kind": "connection",
                "rhythm": "once",
                "amount_from_eur": "1",
                "source_url": f"{server}/status/204",
            }
        ],
        "checks": [{"item": "punkt", "verdict": "partly", "source_url": f"{server}/status/205"}],
        "dimensions": {"legal_source_url": f"{server}/status/206", "financial_source_url": f"{server}/status/207"},
    }
    add_items(reference_database, "punkt")
    saved(reference_database, BundleRecord.model_validate(record))
    assert check_links(reference_database, prober(), at=AT).links == 8
