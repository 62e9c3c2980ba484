"""Checking the links of entries: which are due, what the last checks found, when a link counts as broken.

A link counts as broken when it failed on two different days, so that one bad hour of a server makes no work.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urldefrag, urlsplit

from sqlalchemy import delete, select, union
from sqlmodel import Session, col

from registry.catalogue.enums import State
from registry.catalogue.models import BundleLink, BundleSource, ServiceBundle
from registry.database import Database
from registry.editorial.link_probe import Probe, Prober
from registry.editorial.models import LinkCheck
from registry.moments import now
from registry.reuse.checklist.models import BundleCheck
from registry.reuse.costs import BundleCost
from registry.reuse.models import BundleMaturity, DimensionFields, TransferabilityProfile

log = logging.getLogger(__name__)

BROKEN_FROM = 2
"""Days in a row on which a link must have failed to count as broken."""
GOOD_FOR = timedelta(days=7)
LONGEST_WAIT = timedelta(days=14)
SLACK = timedelta(hours=3)
"""A link falls due so much earlier, so that a daily run that begins a little sooner does not pass it over."""
THREADS = 8
_EVIDENCE: dict[str, tuple[Any, str]] = {
    "maturity": (BundleMaturity, "source_url"),
    "cost_blocks": (BundleCost, "source_url"),
    "checks": (BundleCheck, "source_url"),
    **{
        f"dimensions.{name}": (TransferabilityProfile, name)
        for name in DimensionFields.model_fields
        if name.endswith("_source_url")
    },
}
"""Field of the record that may name a source → table and column."""
CHECKED_STATES = (State.DRAFT, State.IN_REVIEW, State.PUBLISHED)
"""States of entries whose links are looked after; what is withdrawn or archived stays as it was."""


@dataclass
class LinkReport:
    """What a run found; `problems` are (address, German sentence) of this run, `moved` (address, new address)."""

    links: int = 0
    checked: int = 0
    working: int = 0
    failing: int = 0
    unclear: int = 0
    postponed: int = 0
    broken: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the report for scripts."""
        return {
            **{name: value for name, value in vars(self).items() if isinstance(value, int)},
            "problems": [{"url": url, "problem": problem} for url, problem in sorted(self.problems)],
            "moved": [{"url": url, "moved_to": target} for url, target in sorted(self.moved)],
        }


def address_queries() -> dict[str, Any]:
    """Return queries of (bundle id, address) by the field of the record in which the addresses stand."""
    return {
        "sources": select(col(BundleSource.bundle_id), col(BundleSource.url)),
        "links": select(col(BundleLink.bundle_id), col(BundleLink.url)),
        "contact_url": select(col(ServiceBundle.id), col(ServiceBundle.contact_url)).where(
            col(ServiceBundle.contact_url).is_not(None)
        ),
        **{
            field: select(table.bundle_id, getattr(table, name)).where(getattr(table, name).is_not(None))
            for field, (table, name) in _EVIDENCE.items()
        },
    }


def addresses(session: Session) -> set[str]:
    """Return all web addresses of the entries that are looked after."""
    kept = select(col(ServiceBundle.id)).where(col(ServiceBundle.state).in_(CHECKED_STATES))
    parts = [query.where(next(iter(query.selected_columns)).in_(kept)) for query in address_queries().values()]
    return {str(url) for _bundle, url in session.execute(union(*parts))}


def check_links(
    database: Database,
    prober: Prober,
    *,
    at: datetime | None = None,
    limit: int | None = None,
    everything: bool = False,
    threads: int = THREADS,
    progress: Callable[[int, int], object] | None = None,
) -> LinkReport:
    """Check the links that are due (or all), those never checked first; keep each result as soon as it is there.

    Addresses that differ only in their fragment are asked once. A server that asks for patience is left alone for
    the rest of the run. Interrupted, nothing found so far is lost.
    """
    at = at or now()
    with database.reading() as session:
        wanted = addresses(session)
        known = {row.url: row for row in session.execute(select(LinkCheck)).scalars()}
    report = LinkReport(links=len(wanted))
    _forget(database, known.keys() - wanted)
    due = sorted(
        (url for url in wanted if everything or url not in known or known[url].due_at <= at),
        key=lambda url: (url in known, known[url].due_at if url in known else at, url),
    )[:limit]
    pages: dict[str, list[str]] = {}
    for url in due:
        pages.setdefault(urldefrag(url).url, []).append(url)
    done = 0
    for page, probe in _answers(pages, prober, threads):
        with database.noting() as session:
            for url in pages[page]:
                _take_down(session, url, probe, at)
                _count(report, url, probe)
        done += len(pages[page])
        if progress:
            progress(done, len(due))
    with database.reading() as session:
        report.broken = len(
            session.execute(select(col(LinkCheck.url)).where(col(LinkCheck.failures) >= BROKEN_FROM)).all()
        )
    return report


def _answers(pages: Iterable[str], prober: Prober, threads: int) -> Iterable[tuple[str, Probe]]:
    """Yield what each page answered, in the order of the answers: hosts side by side, each host's pages in turn."""
    hosts: dict[str, list[str]] = {}
    for page in pages:
        hosts.setdefault(_host(page), []).append(page)
    stopped = threading.Event()
    patience: set[str] = set()

    def ask(host: str, page: str) -> Probe:
        if stopped.is_set() or host in patience:
            return Probe(429)
        try:
            probe = prober.probe(page)
        except Exception:  # whatever a server does, the other links are checked
            log.exception("the check of %s failed", page)
            return Probe(None, "Der Link ließ sich nicht prüfen.")
        if probe.postponed:
            patience.add(host)
        return probe

    with ThreadPoolExecutor(max_workers=max(1, min(threads, len(hosts) or 1)), thread_name_prefix="links") as pool:
        # One page of each host after the other, so that the threads do not all wait for one host.
        waves = max((len(queue) for queue in hosts.values()), default=0)
        order = [(host, queue[wave]) for wave in range(waves) for host, queue in hosts.items() if wave < len(queue)]
        futures = {pool.submit(ask, host, page): page for host, page in order}
        try:
            for future in as_completed(futures):
                page = futures.pop(future)
                yield page, future.result()
        finally:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _host(page: str) -> str:
    try:
        return urlsplit(page).hostname or ""
    except ValueError:
        return ""


def _count(report: LinkReport, url: str, probe: Probe) -> None:
    if probe.postponed:
        report.postponed += 1
        return
    report.checked += 1
    if probe.problem is None:
        report.working += 1
    elif probe.broken:
        report.failing += 1
    else:
        report.unclear += 1
    if probe.problem is not None:
        report.problems.append((url, probe.problem))
    if probe.moved_to:
        report.moved.append((url, probe.moved_to))


def _take_down(session: Session, url: str, probe: Probe, at: datetime) -> None:
    row = session.get(LinkCheck, url)
    if probe.postponed:
        if row is None:  # nothing is known yet: the next run asks again
            return
        row.due_at = max(row.due_at, at + (probe.retry_after or timedelta(hours=1)))
        session.add(row)
        return
    row = row or LinkCheck(url=url, checked_at=at - timedelta(days=1))
    first_today = row.checked_at.date() < at.date()
    if not probe.broken:
        row.failures, row.failing_since = 0, None
    elif row.failures == 0 or first_today:
        row.failures += 1
        row.failing_since = row.failing_since or at
    row.status, row.problem, row.moved_to = probe.status, probe.problem, probe.moved_to
    row.checked_at, row.due_at = at, at + max(wait_after(row.failures) - SLACK, probe.retry_after or timedelta(0))
    session.add(row)


def wait_after(failures: int) -> timedelta:
    """Return when a link is checked again: after a week, or, failing, after 1, 2, 4, 8 and then 14 days."""
    return GOOD_FOR if failures == 0 else min(timedelta(days=1) * 2 ** min(failures - 1, 10), LONGEST_WAIT)


def _forget(database: Database, urls: set[str]) -> None:
    if urls:
        listed = sorted(urls)
        with database.noting() as session:
            for start in range(0, len(listed), 500):
                session.execute(delete(LinkCheck).where(col(LinkCheck.url).in_(listed[start : start + 500])))
