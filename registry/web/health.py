"""Health for load balancers and monitoring: /healthz, /readyz, /metrics."""

import threading
import time

from flask import Blueprint, Flask, Response, g, jsonify, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import NotFound

from registry.web.services import services

_BUCKETS = (0.005, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


def alive() -> Response:
    """Answer that the process runs."""
    return jsonify(status="ok")


def ready() -> tuple[Response, int]:
    """Answer 200 when the database is reachable, migrated, and the index has reached the clock."""
    part = services()
    try:
        if not part.database.schema_is_current():
            return jsonify(status="schema-outdated", tick=None, index_tick=None), 503
        part.search.catch_up()
        tick, index_tick = part.database.tick(), part.search.tick
    except (SQLAlchemyError, OSError):
        return jsonify(status="unavailable", tick=None, index_tick=None), 503
    behind = index_tick < tick
    return jsonify(status="index-behind" if behind else "ok", tick=tick, index_tick=index_tick), 503 if behind else 200


class Metrics:
    """Counts of requests and their durations, in Prometheus' text format."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[tuple[str, int], int] = {}
        self._buckets = [0] * (len(_BUCKETS) + 1)
        self._seconds = 0.0

    def count(self, endpoint: str, status: int, seconds: float) -> None:
        """Record one finished request."""
        place = next((number for number, bound in enumerate(_BUCKETS) if seconds <= bound), len(_BUCKETS))
        with self._lock:
            self._requests[endpoint, status] = self._requests.get((endpoint, status), 0) + 1
            self._buckets[place] += 1
            self._seconds += seconds

    def text(self) -> str:
        """Return the counts in Prometheus' text exposition format 0.0.4."""
        with self._lock:
            requests, buckets, seconds = dict(self._requests), list(self._buckets), self._seconds
        lines = ["# TYPE ozg_registry_requests_total counter"]
        for (endpoint, status), count in sorted(requests.items()):
            lines.append(f'ozg_registry_requests_total{{endpoint="{endpoint}",status="{status}"}} {count}')
        lines.append("# TYPE ozg_registry_request_seconds histogram")
        total = 0
        for bound, count in zip((*map(str, _BUCKETS), "+Inf"), buckets, strict=True):
            total += count
            lines.append(f'ozg_registry_request_seconds_bucket{{le="{bound}"}} {total}')
        lines += [f"ozg_registry_request_seconds_sum {seconds:.6f}", f"ozg_registry_request_seconds_count {total}"]
        return "\n".join(lines) + "\n"


def register_health(app: Flask) -> None:
    """Offer health pages on `app`, and its request figures at /metrics when the setting says so."""
    metrics = Metrics()
    health = Blueprint("health", __name__)
    health.add_url_rule("/healthz", view_func=alive)
    health.add_url_rule("/readyz", view_func=ready)

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        if "started" in g:
            metrics.count(request.endpoint or "none", response.status_code, time.perf_counter() - g.started)
        return response

    @health.get("/metrics")
    def metrics_page() -> Response:
        if not services().settings.metrics:
            raise NotFound
        return Response(metrics.text(), mimetype="text/plain")

    app.register_blueprint(health)
