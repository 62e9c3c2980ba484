"""Settings come from the environment and stop the start with one clear line when they are wrong."""

import stat
from pathlib import Path

import pytest

from registry.settings import Settings, SettingsError, load_settings, secret_key

pytestmark = pytest.mark.sqlite_only


def test_without_any_variable_the_documented_defaults_hold() -> None:
    settings = load_settings({})
    assert settings.database_url == "sqlite:///registry.db"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)


def test_variables_of_other_programs_are_left_alone() -> None:
    assert load_settings({"PORT": "1", "DATABASE_URL": "nonsense"}).port == 8000


def test_an_unknown_name_stops_the_start_and_is_named() -> None:
    with pytest.raises(SettingsError, match="OZG_REGISTRY_PROT"):
        load_settings({"OZG_REGISTRY_PROT": "8000"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "80a"),
        ("PORT", "70000"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "nonsense"),
        ("SECRET_KEY", "short"),
        ("BASE_URL", "registry.example"),
        ("ACCENT_COLOUR", "red; background: url(x)"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_bad_value_stops_the_start_in_one_line_that_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({f"OZG_REGISTRY_{name}": value})
    assert f"OZG_REGISTRY_{name}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_production_refuses_to_start_without_a_secret_key() -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        load_settings({"OZG_REGISTRY_ENVIRONMENT": "production"})
    key = "k" * 32
    assert load_settings({"OZG_REGISTRY_ENVIRONMENT": "production", "OZG_REGISTRY_SECRET_KEY": key}).secret_key == key


def test_a_development_key_is_generated_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    first = secret_key(Settings(), tmp_path)
    assert len(first) == 64
    assert secret_key(Settings(), tmp_path) == first
    assert stat.S_IMODE((tmp_path / ".secret-key").stat().st_mode) == 0o600


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings({}).port = 1  # type: ignore[misc]


def test_mails_of_production_never_link_to_a_host_that_a_request_names() -> None:
    values = {"ENVIRONMENT": "production", "SECRET_KEY": "k" * 32, "MAIL_FROM": "register@amt.example"}
    environ = {f"OZG_REGISTRY_{name}": value for name, value in values.items()}
    assert load_settings(environ).mail_url == ""
    environ["OZG_REGISTRY_MAIL_URL"] = "smtp://mail.amt.example"
    with pytest.raises(SettingsError, match="OZG_REGISTRY_BASE_URL fehlt"):
        load_settings(environ)
    assert load_settings(environ | {"OZG_REGISTRY_BASE_URL": "https://register.amt.example"}).mail_url
