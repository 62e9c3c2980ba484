"""Completeness of many entries at once, counted by the database from the declaration in `reuse.completeness`."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, String, and_, case, cast, func, inspect, select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import AutoString, Session, col

from registry.catalogue.models import BundleParticipant, ServiceBundle
from registry.reuse.completeness import COUNTED, Item, Place, completeness
from registry.reuse.models import TransferabilityProfile
from registry.reuse.records import LISTS, records_of

TOTALS = tuple(len(items) for _key, _label, items in COUNTED)
"""Number of fields that count, by group."""
Filled = tuple[int, ...]


def filled_by_group(session: Session, ids: Any) -> Mapping[int, Filled]:
    """Return how many fields of each group are stated, for the entries that the query `ids` selects.

    The same as `completeness` says of each record, by one query for the fields and one for each list.
    """
    own = [
        sum((_stated(item) for item in items if item.place in (Place.OWN, Place.PROFILE)), start=cast(0, _INTEGER))
        for _key, _label, items in COUNTED
    ]
    query = (
        select(col(ServiceBundle.id), *own)
        .outerjoin(TransferabilityProfile, col(TransferabilityProfile.bundle_id) == col(ServiceBundle.id))
        .where(col(ServiceBundle.id).in_(ids))
    )
    found = {row[0]: list(row[1:]) for row in session.execute(query)}
    for group, (_key, _label, items) in enumerate(COUNTED):
        for name in sorted({item.names[0] for item in items if item.place in (Place.LIST, Place.EACH)}):
            wanted = [item for item in items if item.names[0] == name and item.place in (Place.LIST, Place.EACH)]
            _add(found, session.execute(_rows_query(name, wanted, ids)), group)
        roles = [item.names[0] for item in items if item.place is Place.ROLE]
        if roles:
            _add(found, session.execute(_roles_query(roles, ids)), group)
    return {number: tuple(counts) for number, counts in found.items()}


_INTEGER = inspect(ServiceBundle).columns["id"].type


def _add(found: dict[int, list[int]], rows: Any, group: int) -> None:
    for number, *stated in rows:
        if number in found:
            found[number][group] += sum(stated)


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _stated(item: Item) -> ColumnElement[int]:
    columns = inspect(ServiceBundle if item.place is Place.OWN else TransferabilityProfile).columns
    condition = _has(columns[item.names[0]])
    for name in item.names[1:]:
        condition = condition | _has(columns[name])
    return _one_if(condition)


def _has(column: Any) -> ColumnElement[bool]:
    """Return the condition that a column says something, as `completeness` sees it."""
    if isinstance(column.type, JSON):
        return and_(column.is_not(None), cast(column, String).not_in(["[]", "null", '""']))
    if isinstance(column.type, AutoString):
        return and_(column.is_not(None), column != "")
    return and_(column.is_not(None))


def _rows_query(name: str, items: list[Item], ids: Any) -> Any:
    columns = inspect(LISTS[name][1]).columns
    stated: list[ColumnElement[int]] = []
    for item in items:
        if item.place is Place.LIST:
            stated.append(_one_if(func.count() > 0))
        else:
            stated.append(_one_if(func.sum(_one_if(_has(columns[item.names[1]]))) == func.count()))
    return select(columns["bundle_id"], *stated).where(columns["bundle_id"].in_(ids)).group_by(columns["bundle_id"])


def _roles_query(roles: list[str], ids: Any) -> Any:
    role = col(BundleParticipant.role)
    played = [_one_if(func.sum(_one_if(cast(role, String) == one)) > 0) for one in roles]
    number = col(BundleParticipant.bundle_id)
    return select(number, *played).where(number.in_(ids)).group_by(number)


def missing_labels(session: Session, groups: Mapping[int, str]) -> dict[int, list[str]]:
    """Return the labels of what is missing in one group of fields of each entry; for the few that a page shows."""
    query = select(ServiceBundle).where(col(ServiceBundle.id).in_(list(groups)))
    bundles = session.execute(query).scalars().all()
    found: dict[int, list[str]] = {}
    for bundle, record in zip(bundles, records_of(session, bundles), strict=True):
        number = bundle.id or 0
        parts = [one for one in completeness(record).groups if one.key == groups[number]]
        found[number] = [gap.label for part in parts for gap in part.missing]
    return found
