"""One entry a file: read as safe YAML, refused with file and field."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.catalogue.enums import State
from registry.exchange.bundle_files import BundleRefusedError, read_bundle
from registry.exchange.starter import bundle_files
from registry.exchange.tables import FileRefusedError
from registry.reuse.records import flattened

pytestmark = pytest.mark.sqlite_only

MINIMAL = """\
slug: probe
title: Hundesteuer anmelden
summary: Hunde lassen sich online zur Steuer anmelden.
"""


def _file(folder: Path, text: str | bytes, name: str = "probe") -> Path:
    path = folder / f"{name}.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _reason(folder: Path, text: str | bytes, name: str = "probe") -> str:
    with pytest.raises((FileRefusedError, BundleRefusedError)) as caught:
        read_bundle(_file(folder, text, name))
    return str(caught.value)


def test_every_shipped_entry_is_valid() -> None:
    files = bundle_files()
    assert len(files) > 20
    for path in files:
        assert read_bundle(path).slug == path.stem


def test_draft_note_is_another_name_for_state_note(tmp_path: Path) -> None:
    record = read_bundle(_file(tmp_path, MINIMAL + "draft_note: Beleg fehlt\n"))
    assert (record.state, record.state_note) == (State.DRAFT, "Beleg fehlt")
    assert "dasselbe" in _reason(tmp_path, MINIMAL + "draft_note: A\nstate_note: B\n")


def test_an_empty_key_is_an_unknown_value(tmp_path: Path) -> None:
    assert read_bundle(_file(tmp_path, MINIMAL + "transferability:\n  provision:\nphase:\n")).phase is None


@pytest.mark.parametrize(
    ("addition", "reason"),
    [
        ("phaze: operation\n", "probe.yaml: phaze: Dieses Feld gibt es nicht."),
        ("phase: fertig\n", "probe.yaml: phase: Erlaubt ist nur preparation, conception, implementation, operation"),
        ("phase_as_of: 2021-05-01\n", "phase_as_of: Das ist kein Text; Zahlen und Daten gehören in Anführungszeichen."),
        ("title: Zweimal\n", "probe.yaml: Das Feld title steht doppelt (Zeile 4)."),
        ("licence: [\n", "probe.yaml: Das ist kein gültiges YAML (Zeile 5)."),
        ("links: &x []\nsources: *x\n", "probe.yaml: Verweise (*x) sind nicht erlaubt."),
        ("links: !!python/object/apply:os.getcwd []\n", "probe.yaml: Das ist kein gültiges YAML (Zeile 4)."),
        ("? [a, b]\n: c\n", "probe.yaml: Das ist kein gültiges YAML"),
        ("state: published\n", "probe.yaml: Ein veröffentlichter Eintrag braucht mindestens eine OZG-Leistung."),
        ('programme: "a\\0b"\n', "programme: Der Text enthält unzulässige Steuerzeichen."),
        ('sources: [{url: "https://x.de", title: "\\ud800"}]\n', "probe.yaml"),
        ("sources: [{url: x, title: T}]\n", "sources.0.url: Die Adresse muss mit http:// oder https:// beginnen"),
        ("project_start: '2021'\nproject_end: '2020'\n", "Das Projektende liegt vor dem Projektbeginn."),
        ("participants: [{role: lead}]\n", "participants.0: Genau eine von Kommune, Kreis"),
        ("requirements: ja\n", "requirements: Das ist keine Liste."),
    ],
)
def test_a_bad_entry_is_refused_with_file_field_and_reason(tmp_path: Path, addition: str, reason: str) -> None:
    assert reason in _reason(tmp_path, MINIMAL + addition)


def test_the_slug_must_be_the_name_of_the_file(tmp_path: Path) -> None:
    assert "slug: Der Kurzname muss dem Dateinamen gleichen: anders." in _reason(tmp_path, MINIMAL, "anders")


@pytest.mark.parametrize("text", [b"", b"- a\n- b\n", b"nur Text", b"\xff\xfe", b"a\x00b", b"x" * 300_000])
def test_what_is_no_entry_at_all_is_refused_in_one_line(tmp_path: Path, text: bytes) -> None:
    reason = _reason(tmp_path, text)
    assert reason.endswith(".")
    assert "\n" not in reason


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_whatever_the_bytes_are_the_refusal_is_ours(tmp_path: Path, data: bytes) -> None:
    _reason(tmp_path, data)


def test_an_entry_written_as_yaml_is_read_again_as_it_was(tmp_path: Path) -> None:
    for path in bundle_files():
        record = read_bundle(path)
        values = record.model_dump(mode="json", exclude_none=True)
        copy = _file(tmp_path, yaml.safe_dump(values, allow_unicode=True), path.stem)
        assert flattened(read_bundle(copy)) == flattened(record)
