"""What an identity provider claims about a person, turned into roles. Pure: neither database nor network.

The mapping (setting `OIDC_ROLES`) names for a group of the provider what it gives here: `admin`, or
`<organisation>:editor`, `<organisation>:coordinator`; a group may give several by a list.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.accounts.enums import Role
from registry.settings import ROLE_PATTERN

MAX_GROUPS = 2000
"""Groups of one person that are looked at: far more than any provider puts into a token."""
_STRENGTH = {Role.EDITOR: 1, Role.COORDINATOR: 2}
# RFC 8176: methods that are, or prove, a second factor.
_SECOND_FACTORS = frozenset({"mfa", "otp", "hwk", "swk", "sc", "fpt", "face", "iris", "retina", "sms", "tel", "vbm"})


@dataclass(frozen=True)
class Grant:
    """What a group gives: the administration, or a role in an organisation."""

    organisation: str | None = None
    role: Role | None = None

    @property
    def is_admin(self) -> bool:
        """Tell whether this is the administration of the registry."""
        return self.organisation is None


RoleMapping = Mapping[str, tuple[Grant, ...]]
"""Group → what it gives."""


def role_mapping(text: str) -> RoleMapping:
    """Return the mapping that the setting holds. Raises ValueError; the settings have refused such a text."""
    found: dict[str, tuple[Grant, ...]] = {}
    for group, roles in json.loads(text or "{}").items():
        found[group] = tuple(_grant(role) for role in (roles if isinstance(roles, list) else [roles]))
    return found


def names_admin(mapping: RoleMapping) -> bool:
    """Tell whether some group makes administrators: only then does the provider decide who is one."""
    return any(grant.is_admin for grants in mapping.values() for grant in grants)


def groups_of(claims: Mapping[str, Any], claim_name: str) -> frozenset[str]:
    """Return the groups that a claim names: a list, or a single one as text.

    A name with dots that is no claim by itself is a path: `realm_access.roles`. Anything odd names no group.
    """
    value: Any = claims.get(claim_name)
    if value is None and "." in claim_name:
        value = claims
        for step in claim_name.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return frozenset({value})
    if not isinstance(value, list | tuple):
        return frozenset()
    return frozenset(one for one in value[:MAX_GROUPS] if isinstance(one, str))


def roles_from(claims: Mapping[str, Any], claim_name: str, mapping: RoleMapping) -> tuple[bool, dict[str, Role]]:
    """Return whether the claims make an administrator, and the roles by organisation (its slug).

    Of several roles in one organisation the strongest counts.
    """
    is_admin, roles = False, dict[str, Role]()
    for group in groups_of(claims, claim_name):
        for grant in mapping.get(group, ()):
            if grant.organisation is None or grant.role is None:
                is_admin = True
            elif grant.organisation not in roles or _STRENGTH[grant.role] > _STRENGTH[roles[grant.organisation]]:
                roles[grant.organisation] = grant.role
    return is_admin, roles


def methods_of(claims: Mapping[str, Any]) -> list[str]:
    """Return how the provider says it has recognised the person (`amr`, and `acr` as `acr:<value>`), for the log."""
    amr, acr = claims.get("amr"), claims.get("acr")
    found = [one[:60] for one in amr[:10] if isinstance(one, str)] if isinstance(amr, list) else []
    return found + ([f"acr:{acr[:60]}"] if isinstance(acr, str) else [])


def proves_second_factor(claims: Mapping[str, Any]) -> bool:
    """Tell whether the provider says that it has asked for a second factor (RFC 8176)."""
    return not _SECOND_FACTORS.isdisjoint(methods_of(claims))


def _grant(role: str) -> Grant:
    found = ROLE_PATTERN.fullmatch(role)
    if found is None:
        raise ValueError(f"{role!r} is no role")
    if role == "admin":
        return Grant()
    return Grant(found["organisation"], Role[found["role"].upper()])
