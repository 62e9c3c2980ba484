"""Claims of a provider become roles by the mapping of the settings, and by nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.accounts.claims import (
    Grant,
    groups_of,
    methods_of,
    names_admin,
    proves_second_factor,
    role_mapping,
    roles_from,
)
from registry.accounts.enums import Role
from registry.settings import SettingsError, load_settings

pytestmark = pytest.mark.sqlite_only

MAPPING = role_mapping(
    '{"leitung": "admin", "soest-redaktion": "stadt-soest:editor", "soest-koordination": "stadt-soest:coordinator",'
    ' "kreis": ["stadt-soest:editor", "kreis-soest:coordinator"]}'
)


def test_a_mapping_names_what_each_group_gives() -> None:
    assert MAPPING["leitung"] == (Grant(),)
    assert MAPPING["kreis"] == (Grant("stadt-soest", Role.EDITOR), Grant("kreis-soest", Role.COORDINATOR))
    assert names_admin(MAPPING)
    assert not names_admin(role_mapping('{"a": "b:editor"}'))
    assert role_mapping("") == {}


@pytest.mark.parametrize(
    ("groups", "is_admin", "roles"),
    [
        ([], False, {}),
        (["unbekannt"], False, {}),
        (["leitung"], True, {}),
        ("leitung", True, {}),
        (["soest-redaktion"], False, {"stadt-soest": Role.EDITOR}),
        (["soest-redaktion", "soest-koordination"], False, {"stadt-soest": Role.COORDINATOR}),
        (["soest-koordination", "kreis"], False, {"stadt-soest": Role.COORDINATOR, "kreis-soest": Role.COORDINATOR}),
        (["LEITUNG", " leitung", "leitung "], False, {}),
    ],
)
def test_groups_give_their_roles_and_of_several_the_strongest(
    groups: Any, is_admin: bool, roles: dict[str, Role]
) -> None:
    assert roles_from({"groups": groups}, "groups", MAPPING) == (is_admin, roles)


def test_a_claim_may_lie_deeper_or_have_a_dot_in_its_name() -> None:
    deep = {"realm_access": {"roles": ["leitung"]}}
    assert roles_from(deep, "realm_access.roles", MAPPING) == (True, {})
    assert groups_of({"https://amt.example/groups": ["a"]}, "https://amt.example/groups") == {"a"}
    assert groups_of(deep, "realm_access.roles.more") == frozenset()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    )
)
def test_odd_claims_give_no_role_and_no_error(value: Any) -> None:
    is_admin, roles = roles_from({"groups": value}, "groups", MAPPING)
    known = set(MAPPING) & groups_of({"groups": value}, "groups")
    assert (is_admin or bool(roles)) == bool(known)
    methods_of({"amr": value, "acr": value})


@pytest.mark.parametrize(
    ("claims", "methods", "second"),
    [
        ({}, [], False),
        ({"amr": ["pwd"]}, ["pwd"], False),
        ({"amr": ["pwd", "otp"], "acr": "hoch"}, ["pwd", "otp", "acr:hoch"], True),
        ({"amr": ["mfa"]}, ["mfa"], True),
        ({"amr": "mfa"}, [], False),
        ({"acr": "mfa"}, ["acr:mfa"], False),
    ],
)
def test_how_the_provider_recognised_the_person_is_kept(
    claims: dict[str, Any], methods: list[str], second: bool
) -> None:
    assert methods_of(claims) == methods
    assert proves_second_factor(claims) is second


@pytest.mark.parametrize(
    "value",
    [
        "kein JSON",
        "[]",
        '"admin"',
        '{"a": "root"}',
        '{"a": "stadt-soest:reader"}',
        '{"a": "Stadt Soest:editor"}',
        '{"a": ":editor"}',
        '{"a": "stadt-soest:"}',
        '{"a": null}',
        '{"a": ["admin", 1]}',
        '{"a": {"b": "admin"}}',
        '{"a": "admin\\n"}',
    ],
)
def test_a_bad_mapping_stops_the_start_in_one_line_that_names_the_variable(value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"OZG_REGISTRY_OIDC_ROLES": value})
    assert str(caught.value).startswith("Ungültiger Wert für OZG_REGISTRY_OIDC_ROLES:")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"OIDC_ISSUER": "http://anbieter.example"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "anbieter.example"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "https://"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "https://anbieter.example/?x=1"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "mailto:a@b.example"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "https://anbieter.example"}, "OIDC_CLIENT_ID"),
        ({"OIDC_CLAIM": ""}, "OIDC_CLAIM"),
    ],
)
def test_bad_settings_of_the_provider_stop_the_start(values: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError, match=f"OZG_REGISTRY_{name}"):
        load_settings({f"OZG_REGISTRY_{key}": value for key, value in values.items()})


def test_a_provider_on_this_machine_may_do_without_encryption() -> None:
    for issuer in ("http://localhost:9400", "http://127.0.0.1:9400/realms/amt/", "https://anbieter.example/realms/amt"):
        settings = load_settings({"OZG_REGISTRY_OIDC_ISSUER": issuer, "OZG_REGISTRY_OIDC_CLIENT_ID": "register"})
        assert settings.oidc_issuer == issuer.rstrip("/")
