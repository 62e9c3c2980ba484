"""Names behind the keys that versions of an entry mention."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from registry.accounts.models import Organisation
from registry.catalogue.reference import District, Municipality, OzgService, Provider
from registry.reuse.checklist.models import ChecklistItem
from registry.reuse.models import Capability

_TABLES: tuple[tuple[str, type[SQLModel], str, str], ...] = (
    ("ozg_id", OzgService, "ozg_id", "name"),
    ("municipality", Municipality, "ags", "name"),
    ("district", District, "key", "name"),
    ("provider", Provider, "slug", "name"),
    ("capability", Capability, "slug", "name"),
    ("item", ChecklistItem, "slug", "title"),
)
"""Field of an item → the table that it refers to, that table's key, and what names a row of it."""
STEWARD_FIELDS = ("owner_id", "deputy_id")


@dataclass(frozen=True)
class ReferenceNames:
    """Names by field and key."""

    by_field: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)

    def of(self, name: str, key: Any) -> str | None:
        """Return the name behind a key, None where there is none."""
        return self.by_field.get(name, {}).get(key)


def names_in(session: Session, versions: Iterable[Mapping[str, Any]]) -> ReferenceNames:
    """Return the names of all that the versions mention, in at most seven queries."""
    mentioned: dict[str, set[Any]] = {name: set() for name, *_ in _TABLES}
    stewards: set[int] = set()
    for values in versions:
        stewards |= {one for name in STEWARD_FIELDS if isinstance(one := values.get(name), int)}
        for rows in values.values():
            for row in rows if isinstance(rows, list) else ():
                if isinstance(row, Mapping):
                    for name, keys in mentioned.items():
                        if isinstance(key := row.get(name), str):
                            keys.add(key)
    found: dict[str, dict[Any, str]] = {}
    for name, table, key_field, name_field in _TABLES:
        if mentioned[name]:
            key_column: Any = getattr(table, key_field)
            name_column: Any = getattr(table, name_field)
            rows_found = session.exec(select(key_column, name_column).where(key_column.in_(sorted(mentioned[name]))))
            found[name] = {row[0]: str(row[1]) for row in rows_found}
    if stewards:
        rows = session.exec(select(Organisation.id, Organisation.name).where(col(Organisation.id).in_(stewards)))
        organisations = dict(rows.all())
        for name in STEWARD_FIELDS:
            found[name] = organisations
    return ReferenceNames(found)
