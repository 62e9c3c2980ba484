"""Reading rows as they really lie in the database, however damaged, so that a check can judge them.

The ordinary column types raise on a value that they do not know (an enumeration's unknown
member, a date that is none); here such a value arrives as it is stored.
"""

import json
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, Enum, String, inspect, select, type_coerce
from sqlmodel import Session, SQLModel

from registry.catalogue.values import Cents


def stored_rows(session: Session, table: type[SQLModel], names: Sequence[str]) -> list[dict[str, Any]]:
    """Return these columns of all rows of a table, in the order of the primary key."""
    mapper = inspect(table)
    columns = [mapper.columns[name] for name in names]
    plain = [_plain(column) for column in columns]
    rows = session.execute(select(*plain).order_by(*mapper.primary_key))
    return [{column.key: _value(column, value) for column, value in zip(columns, row, strict=True)} for row in rows]


def _plain(column: Any) -> Any:
    if isinstance(column.type, Cents):
        return type_coerce(column, BigInteger)
    if isinstance(column.type, Enum | Date | JSON):
        return type_coerce(column, String)
    return column


def _value(column: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, Cents):
        try:
            return Decimal(value) / 100
        except InvalidOperation:
            return value
    if isinstance(column.type, JSON) and isinstance(value, str):  # PostgreSQL's driver has parsed it already
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
