"""The log is text or one JSON object a line."""

import json
import logging

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
