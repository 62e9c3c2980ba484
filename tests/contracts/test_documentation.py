"""What an operator or a program relies on is documented."""

import re
from pathlib import Path

import click
import pytest

from registry.cli import main
from registry.settings import PREFIX, Settings
from registry.web.api.operations import OPERATIONS

pytestmark = pytest.mark.sqlite_only

DOCS = Path(__file__).parents[2] / "docs"


def _text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(rf"`({PREFIX}\w+)` \|", _text("operating.md")))
    assert documented == {PREFIX + name.upper() for name in Settings.model_fields}


def test_every_command_is_documented() -> None:
    assert isinstance(main, click.Group)
    for name in main.commands:
        assert f"`ozg-registry {name}" in _text("operating.md") or f" / `{name}" in _text("operating.md"), name


def test_every_api_operation_is_documented() -> None:
    text = _text("api.md")
    for operation in OPERATIONS:
        assert f"`GET {operation.path}`" in text, operation.path


def test_every_enumeration_value_has_a_german_label() -> None:
    from registry.catalogue import enums

    for name in dir(enums):
        enumeration = getattr(enums, name)
        if (
            isinstance(enumeration, type)
            and issubclass(enumeration, enums.Labelled)
            and enumeration is not enums.Labelled
        ):
            assert all(member.label and member.label != member.value for member in enumeration), name


def test_documents_link_only_to_files_that_exist() -> None:
    root = DOCS.parent
    for file in [*root.glob("*.md"), *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", file.read_text(encoding="utf-8")):
            assert (file.parent / target).exists(), f"{file.name} links to {target}"
