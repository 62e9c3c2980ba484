"""What is searchable: database rows to documents with weighted texts, facets and sort keys."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TypeVar

from sqlmodel import Session, col, select

from registry.catalogue.enums import Audience, ParticipantRole, Phase
from registry.catalogue.models import BundleOzgService, BundleParticipant, ServiceBundle
from registry.catalogue.reference import (
    District,
    LeikaService,
    Municipality,
    OzgService,
    Provider,
    Situation,
    TopicField,
)
from registry.catalogue.values import earliest_day
from registry.reuse.completeness import completeness
from registry.reuse.models import AnswerFields, BundleMaturity, TransferabilityProfile
from registry.reuse.record import BundleRecord
from registry.reuse.records import records_of
from registry.search.contract import UNKNOWN, Kind

MATURITY_MODEL = "1.1"
UNKNOWN_LABEL = "keine Angabe"
_AUDIENCES = {str(member): member.label for member in Audience}


@dataclass(frozen=True)
class Document:
    """One searchable entry, complete enough to be stored in the index."""

    kind: Kind
    key: str
    title: str
    excerpt: str
    texts: dict[str, str]
    facets: dict[str, list[str]]
    labels: dict[str, dict[str, str]]
    transferable_from: int = 0
    """Ordinal of the first day of transferability; 0: not known or discontinued."""
    sorts: dict[str, float] = field(default_factory=dict)
    services: list[str] = field(default_factory=list)
    """Ids of the OZG services of a bundle."""

    @property
    def identity(self) -> str:
        """Return the key that is unique over all kinds."""
        return f"{self.kind}:{self.key}"

    def to_json(self) -> str:
        """Return the document as text for the index's store."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Document":
        """Return the document that `to_json` wrote."""
        values = json.loads(text)
        return cls(**{**values, "kind": Kind(values["kind"])})


class Reference:
    """Names of the reference rows, for building documents: read whole, kept as long as no such row changes."""

    def __init__(self, session: Session) -> None:
        """Read all reference rows."""
        self.fields = {row.slug: row for row in session.exec(select(TopicField))}
        self.situations = {row.slug: row for row in session.exec(select(Situation))}
        self.services = {row.ozg_id: row for row in session.exec(select(OzgService))}
        self.towns = {row.ags: row for row in session.exec(select(Municipality))}
        self.districts = {row.key: row.name for row in session.exec(select(District))}
        self.providers = {row.slug: row.name for row in session.exec(select(Provider))}
        self.leika: dict[str, list[LeikaService]] = defaultdict(list)
        for row in session.exec(select(LeikaService).where(col(LeikaService.retired).is_(False))):
            self.leika[row.ozg_id].append(row)


def service_document(one: OzgService, reference: Reference, bundle_count: int) -> Document:
    """Return the document of an OZG service that `bundle_count` published bundles cover."""
    situation = reference.situations[one.situation_slug]
    topic = reference.fields[situation.topic_field_slug]
    leika = reference.leika[one.ozg_id]
    has_bundle = "yes" if bundle_count else "no"
    return Document(
        kind=Kind.OZG_SERVICE,
        key=one.ozg_id,
        title=one.name,
        excerpt=", ".join(dict.fromkeys(row.name for row in leika)),
        texts={
            "keys": " ".join([one.ozg_id, *(row.key for row in leika if row.key)]),
            "title": one.name,
            "leika": _distinct(row.name for row in leika),
            "context": f"{situation.name} {topic.name}",
            "law": _distinct(f"{row.law_short or ''} {row.legal_basis or ''}" for row in leika),
        },
        facets={"topic_field": [topic.slug], "situation": [situation.slug], "has_bundle": [has_bundle]},
        labels={
            "topic_field": {topic.slug: topic.name},
            "situation": {situation.slug: situation.name},
            "has_bundle": {has_bundle: "mit Bündel" if bundle_count else "noch ohne Bündel"},
        },
        sorts={"bundles": float(bundle_count)},
    )


def _distinct(texts: Iterable[str]) -> str:
    """Return the distinct words of all texts, once each: forty LeiKa names say „Erteilung“ forty times."""
    return " ".join(dict.fromkeys(word for text in texts for word in text.split()))


def bundle_documents(session: Session, rows: Sequence[ServiceBundle], reference: Reference) -> list[Document]:
    """Return the documents of bundles, in the same order."""
    ids = [row.id for row in rows]
    mappings = _grouped(session, BundleOzgService, ids)
    participants = _grouped(session, BundleParticipant, ids)
    maturity = _grouped(session, BundleMaturity, ids)
    profiles = {
        one.bundle_id: one
        for part in _batches(ids)
        for one in session.exec(select(TransferabilityProfile).where(col(TransferabilityProfile.bundle_id).in_(part)))
    }
    records = {row.id: record for row, record in zip(rows, records_of(session, rows), strict=True)}
    return [
        _bundle(
            row,
            _Parts(mappings[row.id], participants[row.id], maturity[row.id], profiles.get(row.id), records[row.id]),
            reference,
        )
        for row in rows
    ]


@dataclass(frozen=True)
class _Parts:
    mappings: list[BundleOzgService]
    participants: list[BundleParticipant]
    maturity: list[BundleMaturity]
    profile: TransferabilityProfile | None
    record: BundleRecord


def _batches(ids: Sequence[int | None]) -> Iterable[Sequence[int | None]]:
    return (ids[start : start + 500] for start in range(0, len(ids), 500))


Child = TypeVar("Child", BundleOzgService, BundleParticipant, BundleMaturity)


def _grouped(session: Session, table: type[Child], ids: Sequence[int | None]) -> dict[int | None, list[Child]]:
    found: dict[int | None, list[Child]] = defaultdict(list)
    for part in _batches(ids):
        for row in session.exec(
            select(table).where(col(table.bundle_id).in_(part)).order_by(col(table.bundle_id), col(table.position))
        ):
            found[row.bundle_id].append(row)
    return found


def _bundle(row: ServiceBundle, parts: _Parts, reference: Reference) -> Document:
    services = [reference.services[one.ozg_id] for one in parts.mappings]
    leika = [
        one.name
        for mapping in parts.mappings
        for one in reference.leika[mapping.ozg_id]
        if not mapping.leika_keys or one.key in mapping.leika_keys
    ]
    answers = [getattr(parts.profile, name) or "" for name in AnswerFields.model_fields] if parts.profile else []
    situations = [reference.situations[one.situation_slug] for one in services]
    topics = [reference.fields[one.topic_field_slug] for one in situations]
    facets, labels = _bundle_facets(row, parts, reference, situations, topics)
    ended = row.phase == Phase.DISCONTINUED
    since = row.transferable_since
    return Document(
        kind=Kind.BUNDLE,
        key=row.slug,
        title=row.title,
        excerpt=row.summary,
        texts={
            "keys": " ".join(_keys(parts, reference)),
            "title": row.title,
            "services": " ".join(one.name for one in services),
            "leika": _distinct(leika),
            "summary": row.summary,
            "people": " ".join(_people(parts.participants, reference)),
            "context": " ".join(
                [row.programme or "", *(one.name for one in situations), *(one.name for one in topics)]
            ),
            "text": " ".join([row.description or "", *answers]),
        },
        facets=facets,
        labels=labels,
        transferable_from=earliest_day(since).toordinal() if since and not ended else 0,
        sorts={
            "changed": float(row.tick),
            "transferable_since": float(earliest_day(since).toordinal()) if since else 0.0,
            "completeness": float(completeness(parts.record).percent),
        },
        services=[one.ozg_id for one in parts.mappings],
    )


def _keys(parts: _Parts, reference: Reference) -> Iterable[str]:
    for mapping in parts.mappings:
        yield mapping.ozg_id
        yield from mapping.leika_keys or [one.key for one in reference.leika[mapping.ozg_id] if one.key]
    for one in parts.participants:
        if one.municipality or one.district:
            yield one.municipality or one.district or ""


def _people(participants: Iterable[BundleParticipant], reference: Reference) -> Iterable[str]:
    for one in participants:
        if one.municipality:
            yield f"{reference.towns[one.municipality].designation} {reference.towns[one.municipality].name}"
        elif one.district:
            yield reference.districts[one.district]
        elif one.provider:
            yield reference.providers[one.provider]
        else:
            yield one.name or ""


def _bundle_facets(
    row: ServiceBundle,
    parts: _Parts,
    reference: Reference,
    situations: Sequence[Situation],
    topics: Sequence[TopicField],
) -> tuple[dict[str, list[str]], dict[str, dict[str, str]]]:
    bodies = [one for one in parts.participants if one.role != ParticipantRole.PROVIDER]
    towns = {one.municipality: reference.towns[one.municipality].name for one in bodies if one.municipality}
    districts = {one.district: reference.districts[one.district] for one in bodies if one.district}
    providers = {one.provider: reference.providers[one.provider] for one in parts.participants if one.provider}
    levels = [one.level for one in parts.maturity if one.model == MATURITY_MODEL]
    labels: dict[str, dict[str, str]] = {
        "topic_field": {one.slug: one.name for one in topics},
        "situation": {one.slug: one.name for one in situations},
        "municipality": {**towns, **districts},
        "provider": providers,
        "phase": _stated(row.phase, row.phase.label if row.phase else ""),
        "maturity": _stated(str(min(levels)) if levels else None, f"Stufe {min(levels)}" if levels else ""),
        "reuse_model": _stated(row.reuse_model, row.reuse_model.label if row.reuse_model else ""),
        "licence": _stated(row.licence, "proprietär" if row.licence == "proprietary" else row.licence or ""),
        "audience": {str(value): _AUDIENCES[value] for value in row.audience} or {UNKNOWN: UNKNOWN_LABEL},
    }
    return {name: list(values) for name, values in labels.items()}, labels


def _stated(value: str | None, label: str) -> dict[str, str]:
    return {UNKNOWN: UNKNOWN_LABEL} if value is None else {str(value): label}
