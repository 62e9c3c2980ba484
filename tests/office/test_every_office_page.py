"""What holds for every page of the office: correct HTML, German, nothing forgotten, no cache keeps it."""

import re
from pathlib import Path

import pytest

from tests.contracts.permissions import TABLE
from tests.contracts.samples import address
from tests.office.world import ROLES, Office
from tests.web.client import check

pytestmark = pytest.mark.sqlite_only
ROOT = Path(__file__).parents[2]
READABLE = [
    (endpoint, ROLES[marks.rindex("+")])
    for endpoint, method, marks in (line.split() for line in TABLE.strip().splitlines())
    if method == "GET" and "+" in marks
]
"""Every page, and the mightiest role that may open it."""
FRAGMENTS = {"editing.offer", "editing.offers", "account.data"}
"""Endpoints whose answers are pieces of a page, or files."""


@pytest.mark.parametrize(("endpoint", "role"), READABLE)
def test_every_page_of_the_office_is_sound(shared_office: Office, endpoint: str, role: str) -> None:
    rules = {rule.endpoint: set(rule.arguments) for rule in shared_office.app.url_map.iter_rules()}
    answer = shared_office.client(role).get(address(shared_office, endpoint, rules[endpoint]))
    if endpoint in FRAGMENTS or answer.status_code == 303:
        return
    page = check(answer)
    assert page.title.endswith("– OZG-Nachnutzungsregister")
    assert not re.search(r"\bNone\b|\bUndefined\b|<built-in|\{\{|\}\}|\bTrue\b|\bFalse\b", page.text)
    if not endpoint.startswith(("suggestions.", "versions.")):
        assert answer.headers["Cache-Control"] == "private, no-store"


def test_each_class_of_the_design_system_exists(shared_office: Office) -> None:
    styles = (ROOT / "static" / "vendor" / "kern" / "kern.css").read_text(encoding="utf-8")
    known = set(re.findall(r"\.(kern-[a-zA-Z0-9_-]+)", styles))
    rules = {rule.endpoint: set(rule.arguments) for rule in shared_office.app.url_map.iter_rules()}
    for endpoint, role in READABLE:
        answer = shared_office.client(role).get(address(shared_office, endpoint, rules[endpoint]))
        used = {
            word
            for value in re.findall(r'class="([^"]*)"', answer.get_data(as_text=True))
            for word in value.split()
            if word.startswith("kern-")
        }
        assert used <= known, endpoint
