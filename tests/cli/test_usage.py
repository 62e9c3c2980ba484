"""A wrong call or setting is told in one German line with an exit code other than 0."""

import pytest

from .conftest import Run

pytestmark = pytest.mark.sqlite_only


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nichts"], "Diesen Befehl gibt es nicht. Hilfe: ozg-registry --help"),
        (["check", "--nichts"], "Die Option --nichts gibt es nicht. Hilfe: ozg-registry check --help"),
        (["search"], "Es fehlt: TEXT. Hilfe: ozg-registry search --help"),
        (
            ["search", "--kind", "alles", "x"],
            "Ungültiger Wert für kind. Erlaubt: bundles, ozg-services. Hilfe: ozg-registry search --help",
        ),
        (["search", "--limit", "0", "x"], "Ungültiger Wert für limit. Hilfe: ozg-registry search --help"),
        (["search", "--limit"], "Die Option --limit ist falsch verwendet. Hilfe: ozg-registry --help"),
        (["check", "zu", "viel"], "Der Aufruf ist falsch. Hilfe: ozg-registry check --help"),
    ],
)
def test_a_wrong_call_is_explained_in_one_line(run: Run, arguments: list[str], line: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", line + "\n")


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("nichts", "1", "Unbekannte Einstellung OZG_REGISTRY_NICHTS."),
        ("port", "viele", "Ungültiger Wert für OZG_REGISTRY_PORT:"),
        ("database_url", "mysql://x", "Ungültiger Wert für OZG_REGISTRY_DATABASE_URL:"),
    ],
)
def test_a_wrong_setting_stops_every_command_with_its_name(run: Run, name: str, value: str, line: str) -> None:
    for command in ("init", "check", "doctor", "serve"):
        result = run(command, **{name: value})
        assert result.exit_code == 2
        assert result.stderr.startswith(line)
        assert result.stderr.count("\n") == 1


def test_without_a_command_the_help_is_shown_in_german(run: Run) -> None:
    result = run()
    assert result.exit_code == 2
    assert result.stdout.startswith("Aufruf: ozg-registry [OPTIONEN] BEFEHL …")
    assert "Befehle:" in result.stdout


@pytest.mark.parametrize(
    "command", ["init", "serve", "load", "search", "check", "reindex", "doctor", "backup", "restore", "upgrade"]
)
def test_each_command_explains_itself_in_german(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Aufruf: ozg-registry {command}")
    assert "Diese Hilfe zeigen." in result.stdout
    for english in ("Usage", "Options", "Show this"):
        assert english not in result.stdout


def test_the_version_is_told(run: Run) -> None:
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("ozg-registry ")


@pytest.mark.parametrize("command", ["check", "load", "reindex", "serve", "search"])
def test_a_missing_database_is_named_and_not_created(run: Run, command: str) -> None:
    result = run(command, *(["x"] if command == "search" else []), database_url="sqlite:///fehlt.db")
    assert result.exit_code == 1
    assert "fehlt.db gibt es nicht. Führen Sie zuerst „ozg-registry init“ aus." in result.stderr
    assert result.stderr.count("\n") == 1
    with pytest.raises(FileNotFoundError):
        open("fehlt.db").close()


def test_an_unreachable_server_is_named_without_the_password(run: Run) -> None:
    address = "postgresql://amt:geheim@127.0.0.1:1/register"
    result = run("check", database_url=address)
    assert result.exit_code == 1
    assert result.stderr.startswith("Die Datenbank ist nicht erreichbar:")
    assert result.stderr.count("\n") == 1
    doctor = run("doctor", database_url=address)
    assert doctor.exit_code == 1
    assert "MANGEL" in doctor.stdout
    assert "geheim" not in result.output + doctor.output


def test_debug_shows_where_it_failed(run: Run) -> None:
    result = run("--debug", "check", database_url="postgresql://amt:x@127.0.0.1:1/register")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
