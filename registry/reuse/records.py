"""Between the rows of a bundle and its record: the one place that knows which table carries which part."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import inspect, select
from sqlmodel import Session, SQLModel

from registry.catalogue.enums import Audience, FitsKind, ProcurementPath
from registry.catalogue.models import (
    BundleFields,
    BundleLink,
    BundleOzgService,
    BundleParticipant,
    BundleSource,
    LinkFields,
    MappingFields,
    ParticipantFields,
    ServiceBundle,
    SourceFields,
)
from registry.catalogue.values import Facts
from registry.reuse.checklist.models import BundleCheck, CheckFields
from registry.reuse.costs import BundleCost, CostBlockFields
from registry.reuse.models import (
    AnswerFields,
    BundleMaturity,
    BundleRequirement,
    CostFields,
    DimensionFields,
    MaturityFields,
    RequirementFields,
    TransferabilityProfile,
)
from registry.reuse.record import BundleRecord

LISTS: dict[str, tuple[type[Facts], type[SQLModel]]] = {
    "ozg_services": (MappingFields, BundleOzgService),
    "participants": (ParticipantFields, BundleParticipant),
    "sources": (SourceFields, BundleSource),
    "links": (LinkFields, BundleLink),
    "requirements": (RequirementFields, BundleRequirement),
    "maturity": (MaturityFields, BundleMaturity),
    "cost_blocks": (CostBlockFields, BundleCost),
    "checks": (CheckFields, BundleCheck),
}
"""Lists of a record: the class of an item and the table of its rows."""

GROUPS: dict[str, type[Facts]] = {
    "transferability": AnswerFields,
    "costs": CostFields,
    "dimensions": DimensionFields,
}
"""Groups of a record that one row of the transferability profile carries together."""

OWN_FIELDS = tuple(BundleFields.model_fields)
_STATE_FIELDS = ("state", "state_note")
_CLOSED_LISTS: dict[str, type[Enum]] = {
    "audience": Audience,
    "procurement_paths": ProcurementPath,
    "fits_kinds": FitsKind,
}
_CHUNK = 5000  # bundle ids a query: SQLite allows 32,766 parameters


def record_of(session: Session, bundle: ServiceBundle) -> BundleRecord:
    """Return the record of one stored bundle."""
    return records_of(session, [bundle])[0]


def records_of(session: Session, bundles: Sequence[ServiceBundle]) -> list[BundleRecord]:
    """Return the records of stored bundles in the same order, by one query for each list and one for the profile.

    The rows were validated when they were written; they are not validated again, so that a
    page of an entry that older rules let pass still opens. `registry check` validates.
    """
    return [unchecked_record(raw) for raw in raw_records(session, bundles)]


def raw_records(session: Session, bundles: Sequence[ServiceBundle]) -> list[dict[str, Any]]:
    """Return what `BundleRecord.model_validate` takes for each stored bundle, in the same order."""
    ids = [bundle.id for bundle in bundles]
    lists = {name: _children(session, fields, table, ids) for name, (fields, table) in LISTS.items()}
    profiles = _children(session, _AllGroups, TransferabilityProfile, ids)
    raws = []
    for bundle in bundles:
        raw: dict[str, Any] = {name: getattr(bundle, name) for name in (*OWN_FIELDS, *_STATE_FIELDS)}
        raw |= {name: rows.get(bundle.id, []) for name, rows in lists.items()}
        profile = next(iter(profiles.get(bundle.id, [])), {})
        for group, fields in GROUPS.items():
            raw[group] = {name: profile.get(name) for name in fields.model_fields}
        raws.append(raw)
    return raws


class _AllGroups(AnswerFields, CostFields, DimensionFields):
    """All columns of the transferability profile."""


def _children(
    session: Session, fields: type[Facts], table: type[SQLModel], ids: Sequence[int | None]
) -> dict[int | None, list[dict[str, Any]]]:
    """Return the rows that belong to the bundles with these ids, by bundle, in their order."""
    names = list(fields.model_fields)
    columns = inspect(table).columns
    query = select(columns["bundle_id"], *(columns[name] for name in names))
    if "position" in columns:
        query = query.order_by(columns["bundle_id"], columns["position"])
    found: dict[int | None, list[dict[str, Any]]] = {}
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        for bundle_id, *values in session.execute(query.where(columns["bundle_id"].in_(chunk))):
            found.setdefault(bundle_id, []).append(dict(zip(names, values, strict=True)))
    return found


def unchecked_record(raw: Mapping[str, Any]) -> BundleRecord:
    """Build a record from stored values without validating them; members that no list knows are left out."""
    values = dict(raw)
    for name, members in _CLOSED_LISTS.items():
        known = {member.value for member in members}
        values[name] = [members(value) for value in _texts(values[name]) if value in known]
    for name, (fields, _table) in LISTS.items():
        values[name] = [fields.model_construct(None, **row) for row in values[name]]
    for mapping in values["ozg_services"]:
        mapping.leika_keys = _texts(mapping.leika_keys)
    for name, group in GROUPS.items():
        values[name] = group.model_construct(None, **values[name])
    return BundleRecord.model_construct(None, **values)


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def flattened(record: BundleRecord) -> dict[str, Any]:
    """Return the record JSON-ready, the groups by dotted names (`costs.operation_fte_from`), for revisions."""
    flat: dict[str, Any] = {}
    for name in type(record).model_fields:
        value = getattr(record, name)
        if name in GROUPS:
            flat |= {f"{name}.{key}": json_ready(one) for key, one in value.model_dump().items()}
        else:
            flat[name] = json_ready(value)
    return flat


def nested(record: BundleRecord) -> dict[str, Any]:
    """Return the record JSON-ready in its own form, without what is unknown or empty."""
    return {
        name: value
        for name in type(record).model_fields
        if (value := _known_parts(json_ready(getattr(record, name)))) not in (None, [], {})
    }


def _known_parts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: one for name, one in value.items() if one not in (None, [])}
    return [_known_parts(one) for one in value] if isinstance(value, list) else value


def json_ready(value: Any) -> Any:
    """Return a value of a record as JSON has it: amounts as text with cents, dates in ISO 8601."""
    if isinstance(value, Facts):
        return {name: json_ready(one) for name, one in value.model_dump().items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [json_ready(one) for one in value]
    return value
