"""What would let typed text run as a program, or a stranger pass for a server, is not used at all."""

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.sqlite_only

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "registry").rglob("*.py"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
MODULES = {"subprocess", "pickle", "marshal", "shelve", "ctypes", "ftplib", "telnetlib", "random"}
"""Programs, untrusted objects, foreign memory, protocols in the clear, numbers that can be guessed."""
CALLS = {"eval", "exec", "compile", "__import__", "render_template_string", "from_string", "system", "popen"}
DATABASE = {"exec"}
"""`session.exec` runs a query."""
WEAK = {"md5", "sha1", "_create_unverified_context"}
RAW_HTML = {"editing.js", "picker.js", "preview.js"}
"""Scripts that put HTML into the page: a part of the page itself, or what the server has rendered and escaped."""


def _calls(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                found.append(node.func.id)
            elif isinstance(node.func, ast.Attribute) and node.func.attr not in DATABASE:
                of_re = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
                found += [] if of_re else [node.func.attr]
    return found


def _imports(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_text_becomes_a_program(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert not _imports(tree) & MODULES
    assert not set(_calls(tree)) & (CALLS | WEAK)


def test_certificates_are_always_checked() -> None:
    for file in SOURCES:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"verify\s*=\s*False|CERT_NONE|check_hostname\s*=\s*False", text), file


def test_scripts_build_pages_from_text_and_run_none() -> None:
    raw = set()
    for file in SCRIPTS:
        text = file.read_text(encoding="utf-8")
        assert not re.search(
            r"\beval\(|new Function|document\.write|outerHTML|postMessage|document\.cookie|__proto__", text
        )
        if "innerHTML" in text or "insertAdjacentHTML" in text:
            raw.add(file.name)
    assert raw == RAW_HTML


def test_the_browser_keeps_nothing_but_the_theme() -> None:
    users = {
        file.name for file in SCRIPTS if re.search(r"localStorage|sessionStorage|indexedDB|caches\.", file.read_text())
    }
    assert users == {"theme.js"}


def test_templates_escape_everything() -> None:
    unescaped = [
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "templates").rglob("*")
        if file.is_file() and re.search(r"\|\s*safe\b|autoescape\s+false", file.read_text(encoding="utf-8"))
    ]
    assert unescaped == ["templates/account/factor.html"]  # the QR code, drawn by the program


def test_no_secret_is_written_into_the_code() -> None:
    for file in [*SOURCES, *SCRIPTS]:
        text = file.read_text(encoding="utf-8")
        assert not re.search(
            r"-----BEGIN [A-Z ]*PRIVATE KEY|(password|secret|api_key)\s*=\s*\"[A-Za-z0-9+/]{16,}\"", text
        ), file
