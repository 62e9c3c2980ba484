"""Asks one web address whether it still answers: politely, and never a server that is not public.

Each connection is opened to an address that was looked up and judged in the same step, so that neither a redirect nor
a name that changes its answer (DNS rebinding) leads into the operator's own network (OWASP ASVS 5.0, 1.3.6).
"""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError

TIMEOUT = 10.0
"""Seconds to wait for a connection, and for each part of an answer."""
LONGEST = 30.0
"""Seconds that one request may take in all: a server that sends a byte now and then holds nobody up."""
PAUSE = 1.0
"""Seconds between two requests to one host."""
MAX_REDIRECTS = 5
MAX_ADDRESS = 1000
_PERMANENT = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT)
_REDIRECTS = (*_PERMANENT, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT)
# Servers that do not know HEAD say so in many ways; GET tells for sure.
_HEAD_DOUBTED = (400, 403, 404, 405, 500, 501)
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotPublicError(Exception):
    """An address does not belong to a public server."""


@dataclass(frozen=True)
class Probe:
    """What a request found. `problem` is a German sentence, None: the link works.

    `broken` tells that the address does not lead to what it should; a server that only refuses programs leaves it
    False. `retry_after`: the server asks not to be asked again before; `moved_to`: it names this as the new address.
    """

    status: int | None = None
    problem: str | None = None
    broken: bool = False
    moved_to: str | None = None
    retry_after: timedelta | None = None

    @property
    def postponed(self) -> bool:
        """Tell whether the server asked for patience, so that nothing is known about the link."""
        return self.status == HTTPStatus.TOO_MANY_REQUESTS


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet; addresses that carry another one count as that."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


class Hosts:
    """One request at a time to each host, and a pause between two."""

    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause
        self._lock = threading.Lock()
        self._hosts: dict[str, tuple[threading.Lock, list[float]]] = {}

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait until it is this request's turn, and hold the host until it is done."""
        with self._lock:
            lock, last = self._hosts.setdefault(host, (threading.Lock(), [0.0]))
        with lock:
            time.sleep(max(0.0, last[0] + self._pause - time.monotonic()))
            try:
                yield
            finally:
                last[0] = time.monotonic()


class Prober:
    """Asks web addresses. Safe for threads.

    `allow_loopback` lets servers on this machine be asked, for tests; no setting reaches it.
    """

    def __init__(
        self,
        agent: str,
        *,
        allow_loopback: bool = False,
        timeout: float = TIMEOUT,
        longest: float = LONGEST,
        pause: float = PAUSE,
    ) -> None:
        printable = agent.encode("ascii", "replace").decode()
        self._agent = "".join(sign for sign in printable if sign.isprintable())
        self._allow_loopback = allow_loopback
        self._timeout, self._longest = timeout, longest
        self.hosts = Hosts(pause)

    def probe(self, url: str) -> Probe:
        """Follow an address to its end; never raises for what a server or an address may be."""
        address, permanent, moved_to = urldefrag(url).url, True, None
        status: int | None = None
        cookies = RequestsCookieJar()  # some servers give one and redirect to the same address
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._ask(address, cookies)
            if isinstance(answer, Probe):
                return self._through_redirect(answer, address, url)
            status = answer.status_code
            target = answer.headers.get("Location") if status in _REDIRECTS else None
            if target is None:
                return _judged(answer, moved_to)
            try:
                address = urldefrag(urljoin(address, _as_text(target))).url
            except ValueError:
                return Probe(status, "Die Weiterleitung führt zu keiner gültigen Adresse.", broken=True)
            permanent = permanent and status in _PERMANENT
            if permanent and len(address) <= MAX_ADDRESS:
                moved_to = address
        sentence = f"Mehr als {MAX_REDIRECTS} Weiterleitungen, vielleicht im Kreis."
        return Probe(status, sentence, broken=True)

    def _through_redirect(self, answer: Probe, address: str, url: str) -> Probe:
        if address == urldefrag(url).url or not answer.problem:
            return answer
        host = urlsplit(address).netloc[:100]
        return Probe(answer.status, f"Nach Weiterleitung zu {host}: {answer.problem}", answer.broken)

    def _ask(self, address: str, cookies: RequestsCookieJar) -> requests.Response | Probe:
        """Ask by HEAD, and by GET where HEAD is refused; return a Probe when no answer came."""
        try:
            parts = urlsplit(address)
            host = parts.hostname or ""
            _ = parts.port
        except ValueError:
            return Probe(None, "Die Adresse ist ungültig.", broken=True)
        if parts.scheme not in ("http", "https") or not host:
            return Probe(None, "Die Adresse beginnt nicht mit http:// oder https://.", broken=True)
        try:
            answer = self._request("HEAD", address, host, cookies)
            if answer.status_code in _HEAD_DOUBTED:
                answer = self._request("GET", address, host, cookies)
        except (requests.RequestException, NotPublicError, OSError, ValueError) as error:
            return Probe(None, self._sentence(error), broken=True)
        return answer

    def _request(self, method: str, address: str, host: str, cookies: RequestsCookieJar) -> requests.Response:
        guard = _Guard(self._allow_loopback)
        with self.hosts.turn(host), requests.Session() as session, guard.limited(self._longest):
            session.cookies = cookies
            session.trust_env = False  # a proxy would look the name up itself, unjudged
            adapter = _GuardedAdapter(guard)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            # The body is never read: status and headers tell all.
            with session.request(
                method,
                address,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
                headers={"User-Agent": self._agent, "Accept": "*/*", "Accept-Encoding": "identity"},
            ) as answer:
                return answer

    def _sentence(self, error: BaseException) -> str:
        chain = list(_causes(error))
        if any(isinstance(one, NotPublicError) for one in chain):
            return "Die Adresse gehört zu keinem öffentlichen Server."
        if any(isinstance(one, NameResolutionError | socket.gaierror) for one in chain):
            return "Den Namen des Servers gibt es nicht (DNS)."
        if any(isinstance(one, requests.exceptions.SSLError) for one in chain):
            return "Das Zertifikat des Servers ist ungültig oder abgelaufen (TLS)."
        if any(isinstance(one, requests.Timeout | TimeoutError) for one in chain):
            return f"Keine Antwort innerhalb von {self._timeout:.0f} Sekunden."
        if any(isinstance(one, ConnectionRefusedError) for one in chain):
            return "Der Server nimmt keine Verbindung an."
        if isinstance(error, requests.exceptions.InvalidURL | UnicodeError | ValueError):
            return "Die Adresse ist ungültig."
        return "Die Verbindung ist abgebrochen."


def _as_text(header: str) -> str:
    """Return a header as UTF-8, which servers send though HTTP knows only Latin-1."""
    with suppress(UnicodeError):
        return header.encode("latin-1").decode("utf-8")
    return header


def _judged(answer: requests.Response, moved_to: str | None) -> Probe:
    status = answer.status_code
    retry = retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Probe(status, "Der Server bittet um Geduld (429).", retry_after=retry or timedelta(hours=1))
    if status < HTTPStatus.BAD_REQUEST:
        return Probe(status, moved_to=moved_to)
    if status in _DENIED:
        return Probe(status, f"Der Server weist Programme ab ({status}); bitte von Hand prüfen.")
    if status == HTTPStatus.NOT_FOUND:
        sentence = "Seite nicht gefunden (404)."
    elif status == HTTPStatus.GONE:
        sentence = "Seite auf Dauer entfernt (410)."
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        sentence = f"Fehler des Servers ({status})."
    else:
        sentence = f"Der Server nimmt die Anfrage nicht an ({status})."
    return Probe(status, sentence, broken=True, retry_after=retry)


def retry_after(header: str | None, at: datetime) -> timedelta | None:
    """Return how long a server asks to wait (RFC 9110, 10.2.3: seconds or a date), at most 14 days."""
    if not header:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=min(int(text[:9]), 14 * 86_400))
    else:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - at
    return min(max(wait, timedelta(0)), timedelta(days=14))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that it wraps: requests and urllib3 carry the reason in different places."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


class _Guard:
    """Opens connections to public addresses only, and cuts them when they take too long."""

    def __init__(self, allow_loopback: bool) -> None:
        self._allow_loopback = allow_loopback
        self._opened: list[socket.socket] = []

    def connect(self, host: str, port: int, timeout: Any, options: Any) -> socket.socket:
        """Look a name up, judge each of its addresses, and connect to the first that answers."""
        error: OSError | None = None
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        if not all(self._allowed(str(where[0])) for *_, where in found):
            raise NotPublicError(host)
        for family, kind, protocol, _name, where in found:
            opened = socket.socket(family, kind, protocol)
            try:
                for option in options or ():
                    opened.setsockopt(*option)
                opened.settimeout(timeout if isinstance(timeout, int | float) else TIMEOUT)
                opened.connect(where)
            except OSError as failure:
                opened.close()
                error = failure
                continue
            self._opened.append(opened.dup())  # TLS takes the first one over
            return opened
        raise error or OSError("the name has no address")

    def _allowed(self, address: str) -> bool:
        if self._allow_loopback and ipaddress.ip_address(address.partition("%")[0]).is_loopback:
            return True
        return is_public(address)

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Shut the connections down when the block takes longer."""
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            for one in self._opened:
                one.close()

    def _cut(self) -> None:
        for one in self._opened:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class _GuardedAdapter(HTTPAdapter):
    """Transport whose connections a guard opens."""

    def __init__(self, guard: _Guard) -> None:
        self._guard = guard
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Build pools whose connections pass the guard."""
        connect = self._guard.connect

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return connect(self._dns_host, self.port, self.timeout, self.socket_options)

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return connect(self._dns_host, self.port, self.timeout, self.socket_options)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager = PoolManager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
