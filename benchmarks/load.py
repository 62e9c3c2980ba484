"""A bounded load on a server on the loopback address: latency one by one, throughput with several clients."""

import http.client
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """Requests per second, latencies in milliseconds, and the bytes of one compressed answer."""

    per_second: float
    milliseconds: list[float]
    size: int


def _fetch(connection: http.client.HTTPConnection, path: str, **headers: str) -> int:
    connection.request("GET", path, headers={"Accept-Encoding": "br, gzip", "Accept": "text/html", **headers})
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise RuntimeError(f"{path} answered {response.status}")
    return len(body)


def one_by_one(port: int, path: str, count: int, cookie: str = "anew=1") -> Load:
    """Fetch a path `count` times over one connection, after three that do not count.

    The cookie keeps the registry from answering with the page that it has just made.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(3):
        size = _fetch(connection, path, Cookie=cookie)
    times = []
    for _ in range(count):
        started = time.perf_counter()
        size = _fetch(connection, path, Cookie=cookie)
        times.append((time.perf_counter() - started) * 1000)
    connection.close()
    return Load(1000 * count / sum(times), times, size)


def together(port: int, paths: Sequence[str], clients: int, seconds: float) -> Load:
    """Let several clients fetch the paths in turn for a bounded time."""
    times: list[list[float]] = [[] for _ in range(clients)]
    sizes: list[int] = []
    end = time.perf_counter() + seconds

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        turn = number
        while (started := time.perf_counter()) < end:
            sizes.append(_fetch(connection, paths[turn % len(paths)]))
            times[number].append((time.perf_counter() - started) * 1000)
            turn += clients  # so that no client asks what another has just asked
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    flat = [value for own in times for value in own]
    return Load(len(flat) / seconds, flat, sizes[-1])
