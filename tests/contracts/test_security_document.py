"""docs/security.md is complete and true as far as a program can tell: requirements, files, tests, numbers."""

import ast
import re
from collections import Counter
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from registry.accounts import passwords, retention, second_factor, sessions, throttling, tokens
from registry.accounts.enums import TokenPurpose
from registry.accounts.members import MAX_OPEN
from registry.editorial import bulk, digest, failed_queries, pending_imports, spam, suggestions
from registry.editorial import retention as editorial_retention
from registry.exchange import uploads, xlsx_records
from registry.web import security
from registry.web.office.sign_in import FACTOR_SECONDS

pytestmark = pytest.mark.sqlite_only

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")

SECTIONS = """
1.1 2; 1.2 10 (10); 1.3 12 (12); 1.4 3; 1.5 3 (3)
2.1 3; 2.2 3; 2.3 5 (5); 2.4 2 (2)
3.1 1 (1); 3.2 3 (3); 3.3 5 (5); 3.4 8 (7 8); 3.5 8 (6 7 8); 3.6 1 (1); 3.7 5 (3 4 5)
4.1 5 (4 5); 4.2 5 (2 3 4 5); 4.3 2; 4.4 4
5.1 1; 5.2 6 (4 5 6); 5.3 3 (3); 5.4 3
6.1 3; 6.2 12; 6.3 8 (5 6 7 8); 6.4 6 (5 6); 6.5 8 (6 7 8); 6.6 4 (4); 6.7 2 (1 2); 6.8 4
7.1 3; 7.2 4; 7.3 2; 7.4 5; 7.5 3 (3); 7.6 2
8.1 4 (3 4); 8.2 4 (4); 8.3 3 (2 3); 8.4 2 (2)
9.1 3; 9.2 4
10.1 2; 10.2 3 (3); 10.3 5 (5); 10.4 16 (12 13 14 15 16); 10.5 5; 10.6 2; 10.7 3
11.1 4 (3 4); 11.2 5 (4 5); 11.3 5 (4 5); 11.4 4; 11.5 2 (2); 11.6 2 (2); 11.7 2 (1 2)
12.1 5 (4 5); 12.2 2; 12.3 5 (5)
13.1 4 (2 3 4); 13.2 6 (6); 13.3 4 (3 4); 13.4 7 (6 7)
14.1 2; 14.2 8 (5 6 7 8); 14.3 3
15.1 5 (4 5); 15.2 5 (4 5); 15.3 7; 15.4 4 (1 2 3 4)
16.1 1; 16.2 5; 16.3 4; 16.4 3; 16.5 4 (4)
17.1 2 (2); 17.2 8 (5 6 7 8); 17.3 2
"""
"""Of each section of OWASP ASVS 5.0.0 the number of requirements and, in brackets, those of level 3 alone."""


def _wanted() -> set[str]:
    found = set()
    for section, count, of_level_3 in re.findall(r"(\d+\.\d+) (\d+)(?: \(([\d ]+)\))?", SECTIONS):
        higher = {int(one) for one in of_level_3.split()}
        found |= {f"{section}.{number}" for number in range(1, int(count) + 1) if number not in higher}
    return found


def _rows() -> list[list[str]]:
    """Return the cells of each row under a header that begins with „ASVS 5.0“."""
    rows, inside = [], False
    for line in TEXT.splitlines():
        if not line.startswith("|"):
            inside = False
        elif line.startswith("| ASVS 5.0 |"):
            inside = True
        elif inside and not line.startswith("|---"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def _ids() -> list[str]:
    return [one.strip() for row in _rows() for one in row[0].split(",")]


def test_each_requirement_has_the_form_chapter_section_number() -> None:
    assert [one for one in _ids() if not re.fullmatch(r"[1-9]\d?\.[1-9]\d?\.[1-9]\d?", one)] == []


def test_every_requirement_of_the_levels_1_and_2_is_answered_once() -> None:
    wanted = _wanted()
    assert len(wanted) == 253
    counted = Counter(_ids())
    assert counted.keys() == wanted
    assert [one for one, times in counted.items() if times > 1] == []


def test_no_cell_is_empty() -> None:
    assert [row for row in _rows() if not all(row)] == []


@cache
def _functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_named_test_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)
    assert len(named) > 100
    assert len(named) == TEXT.count("::")
    missing = [f"{path}::{name}" for path, name in named if not (ROOT / path).is_file() or name not in _functions(path)]
    assert missing == []


def test_every_named_file_exists() -> None:
    for name in re.findall(
        r"`((?:registry|tests|templates|static|docs|\.ci)/[^`:]*|[A-Za-z-]+\.(?:txt|json|md|toml))`", TEXT
    ):
        assert (ROOT / name).exists(), name


def test_links_within_lead_to_headings() -> None:
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in TEXT.splitlines()
        if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= headings


def _limit(name: str) -> str:
    """Return the cell „limit“ of a row whose first cell begins with `name`."""
    (row,) = [line for line in TEXT.splitlines() if line.startswith(f"| {name}")]
    return row.strip("|").split("|")[1].strip()


DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def test_the_limits_are_those_of_the_code() -> None:
    """Each number that docs/security.md tells, against its constant."""
    name, place, code = throttling.SIGN_IN_NAME, throttling.SIGN_IN_ADDRESS, throttling.FACTOR
    reset, reset_place = throttling.RESET_NAME, throttling.RESET_ADDRESS
    links = tokens.LIFETIMES
    told = {
        "Session without use": f"{sessions.IDLE // HOUR} hours",
        "Session at the longest": f"{sessions.LONGEST // DAY} days",
        "Proof of password": f"{sessions.FRESH // MINUTE} minutes",
        "Time between password": f"{FACTOR_SECONDS // 60} minutes",
        "Wrong passwords for one name": f"{name.free}, then a wait of {name.first.seconds} seconds that doubles up to "
        f"{name.longest // MINUTE} minutes; forgotten after {name.quiet // HOUR} quiet hours",
        "Wrong passwords from one network": f"{place.free}, then as above; forgotten after "
        f"{place.quiet // HOUR} quiet hour",
        "Requests for a new": f"{reset.free} mails for one name, then a pause of {reset.first // MINUTE} minutes up to "
        f"{reset.longest // HOUR} hours; {reset_place.free} from one address, then "
        f"{reset_place.first // MINUTE} minute up to {reset_place.longest // HOUR} hour",
        "Password |": f"{passwords.MIN_LENGTH} to {passwords.MAX_LENGTH} characters",
        "Code of the app": f"6 digits, {second_factor.STEP} seconds, one step before and after",
        "Recovery codes": f"{second_factor.CODES}, each once",
        "Links by mail | new": f"new password {links[TokenPurpose.PASSWORD_RESET] // HOUR} hour, invitation "
        f"{links[TokenPurpose.INVITATION] // DAY} days, end of the digest {digest.LINK_LIFE // DAY} days",
        "Open invitations": f"{MAX_OPEN}",
        "Suggestions without": f"{suggestions.HOURLY} an hour and {suggestions.DAILY} a day from one network, "
        f"{suggestions.ALL_DAILY} a day in all, one receipt a day for one address; the form "
        f"{spam.MIN_AGE.seconds} seconds to {spam.MAX_AGE // HOUR} hours old; {spam.MAX_LINKS} addresses",
        "Request body": f"{security.MAX_FORM_BYTES // 1024**2} MiB",
        "Uploaded table |": f"`.csv` or `.xlsx`, {uploads.MAX_BYTES // 1024**2} MiB, unpacked "
        f"{uploads.MAX_UNPACKED // 1024**2} MiB, packed {xlsx_records.MAX_RATIO}:1 at most, "
        f"{xlsx_records.MAX_PARTS} parts, {uploads.MAX_ROWS:,} rows, {uploads.MAX_COLUMNS} columns",
        "Entries changed": f"{bulk.MOST}",
        "Lines of the audit": f"{retention.KEPT_AUDIT // DAY} days",
        "Ended sessions": f"{sessions.REMEMBERED // DAY} days",
        "Links by mail | 7": f"{retention.KEPT_USED_TOKENS // DAY} days after use, "
        f"{retention.KEPT_TOKENS // DAY} days after they ran out",
        "Counted attempts": f"{retention.KEPT_ATTEMPTS // DAY} days",
        "What was typed when": f"{retention.KEPT_FORMS // DAY} days",
        "Mails |": f"{retention.KEPT_MAILS // DAY} days",
        "Mail address of a": f"{editorial_retention.KEPT_CONTACTS // DAY} days",
        "Searches without": f"{failed_queries.KEPT // DAY} days",
        "Uploaded tables": f"{pending_imports.KEPT // DAY} day",
    }
    wrong = {row: (_limit(row), limit) for row, limit in told.items() if not _limit(row).startswith(limit)}
    assert wrong == {}
    assert code == name  # „as for passwords“
