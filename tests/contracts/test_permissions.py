"""Every route for every role: what may be done is what the table says, and no route is missing in it."""

from itertools import groupby

import pytest
from flask import Flask

from registry.web.access import PUBLIC_BLUEPRINTS, level_of
from tests.contracts.permissions import TABLE
from tests.contracts.samples import address, body
from tests.office.conftest import own_office, shared_office  # noqa: F401
from tests.office.world import ROLES, Office, post

pytestmark = pytest.mark.sqlite_only  # what is allowed does not depend on the database
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
Row = tuple[str, str, str]


def _rows() -> list[Row]:
    rows = []
    for line in TABLE.strip().splitlines():
        endpoint, method, marks = line.split()
        rows.append((endpoint, method, marks))
    return rows


ROWS = _rows()
BLUEPRINTS = {name: list(rows) for name, rows in groupby(ROWS, lambda row: row[0].partition(".")[0])}


def _routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & set(METHODS)
        if rule.endpoint.partition(".")[0] not in PUBLIC_BLUEPRINTS
    }


def outcome(status: int, location: str) -> str:
    """Return how the table writes an answer."""
    assert status < 500
    if status == 303 and location.split("?")[0].endswith("/anmelden"):
        return ">"
    return "-" if status in (401, 403, 404) else "+"


def test_every_route_of_the_office_is_in_the_table(shared_office: Office) -> None:  # noqa: F811
    assert {(endpoint, method) for endpoint, method, _ in ROWS} == _routes(shared_office.app)
    assert len({row[:2] for row in ROWS}) == len(ROWS)
    assert all(len(marks) == len(ROLES) for _, _, marks in ROWS)


def test_every_route_names_who_may_open_it(shared_office: Office) -> None:  # noqa: F811
    assert [one for one, _ in _routes(shared_office.app) if level_of(shared_office.app, one) is None] == []


def test_the_public_part_changes_nothing(shared_office: Office) -> None:  # noqa: F811
    for rule in shared_office.app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in PUBLIC_BLUEPRINTS:
            assert not (rule.methods or set()) & set(METHODS) - {"GET"}, rule.endpoint


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
def test_each_role_may_do_what_the_table_says(shared_office: Office, blueprint: str) -> None:  # noqa: F811
    office = shared_office
    arguments = {rule.endpoint: set(rule.arguments) for rule in office.app.url_map.iter_rules()}
    found = []
    for endpoint, method, _ in BLUEPRINTS[blueprint]:
        marks = ""
        for role in ROLES:
            client, path = office.client(role), address(office, endpoint, arguments[endpoint])
            answer = client.get(path) if method == "GET" else post(client, path, body(office, endpoint))
            marks += outcome(answer.status_code, answer.headers.get("Location", ""))
        found.append((endpoint, method, marks))
    assert found == BLUEPRINTS[blueprint]
