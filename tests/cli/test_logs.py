"""The log is text or one JSON object a line."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from registry.logs import set_up_logging

pytestmark = [pytest.mark.sqlite_only, pytest.mark.usefixtures("quiet_log")]


def test_json_has_one_object_a_line_with_the_exception(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("json", "INFO")
    try:
        raise ValueError("zwei\nZeilen")
    except ValueError:
        logging.getLogger("registry.probe").exception("Fehler bei „%s“", "x")
    (line,) = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert (entry["level"], entry["logger"], entry["message"]) == ("ERROR", "registry.probe", "Fehler bei „x“")
    assert entry["exception"].endswith("ValueError: zwei\nZeilen")
    assert entry["time"].endswith("+00:00")


def test_the_level_is_that_of_the_settings_and_setting_up_again_does_not_double(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logging("text", "WARNING")
    set_up_logging("text", "WARNING")
    log = logging.getLogger("registry.probe")
    log.info("leise")
    log.warning("laut")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == ["WARNING registry.probe: laut"]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_nobody_forges_an_entry_by_what_is_typed(
    log_format: Literal["text", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging(log_format, "INFO")
    forged = "x\r\n2026-01-01 00:00:00.000+00:00 INFO registry: gefälscht\x1b[2K\x85\u2028\u202e\x7f\ud800"
    logging.getLogger("registry.probe").info("Suche nach %s", forged)
    text = capsys.readouterr().err
    assert len(text.splitlines()) == 1
    assert text[:-1].isprintable()
    if log_format == "json":
        assert json.loads(text)["message"] == f"Suche nach {forged}"


def test_the_lines_of_a_traceback_do_not_look_like_entries(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("text", "INFO")
    try:
        raise ValueError("a\n2026-01-01 00:00:00.000+00:00 INFO registry: gefälscht\x1b[2K")
    except ValueError:
        logging.getLogger("registry.probe").exception("Fehler")
    first, *others = capsys.readouterr().err.splitlines()
    assert first.endswith("ERROR registry.probe: Fehler")
    assert len(others) > 2
    assert all(line.startswith("    ") and line.isprintable() for line in others)


def test_times_are_in_utc_and_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("text", "INFO")
    logging.getLogger("registry.probe").info("jetzt")
    day, time, *_ = capsys.readouterr().err.split(" ")
    moment = datetime.fromisoformat(f"{day} {time}")
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)
