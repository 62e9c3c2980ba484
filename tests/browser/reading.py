"""What the browser tests look at: every kind of page, and measurements taken inside it."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.web.site import PAGES

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
"""The rules whose answer can differ between two themes of the same page."""
WIDTHS = (320, 768, 1280)

WITHDRAWN = "abfallbehaelter-soest"
ERRORS = {"unknown address": ("/nirgends", 404), "withdrawn bundle": (f"/buendel/{WITHDRAWN}", 410)}
ALL_PAGES = {name: (path, 200) for name, path in PAGES.items()} | ERRORS
"""Every kind of page: address and status."""


def unfold(page: Page) -> None:
    """Open all folds: what is hidden is not examined."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """Return what axe-core finds against WCAG 2.0, 2.1 and 2.2, levels A and AA; or against some rules alone."""
    if page.evaluate("typeof window.axe") == "undefined":
        page.evaluate(
            AXE.read_text(encoding="utf-8")
        )  # not as a script element: the content security policy allows none but the site's own
    chosen = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": WCAG}
    found: dict[str, Any] = page.evaluate(
        "(chosen) => axe.run(document, {runOnly: chosen, resultTypes: ['violations']})", chosen
    )
    return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window, less the place of the scroll bar."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.body.offsetWidth"))


def outside(page: Page) -> list[str]:
    """Return visible elements that stick out of the window to the right; what scrolls by itself may."""
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll('body *')]
              .filter((one) => one.checkVisibility() && !one.closest('.kern-sr-only, .skip-link'))
              .filter((one) => one.getBoundingClientRect().right > document.body.offsetWidth + 1)
              .map((one) => one.outerHTML.slice(0, 120))"""
        )
    )


def clipped(page: Page) -> list[str]:
    """Return texts that are cut off at the edge of their box."""
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll('a, button, label, h1, h2, h3, p, li, dt, dd, td, th, span')]
              .filter((one) => one.checkVisibility() && !one.closest('.kern-sr-only, .skip-link, .theme-switch__text'))
              .filter((one) => getComputedStyle(one).overflow !== 'visible')
              .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
              .map((one) => one.outerHTML.slice(0, 120))"""
        )
    )


def layout_shift(page: Page) -> float:
    """Return how far the page has moved by itself since it began to load (Cumulative Layout Shift)."""
    return float(
        page.evaluate(
            """() => new Promise((done) => {
              let sum = 0;
              new PerformanceObserver((list) => {
                for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value;
              }).observe({ type: 'layout-shift', buffered: true });
              document.fonts.ready.then(() => setTimeout(() => done(sum), 50));
            })"""
        )
    )
