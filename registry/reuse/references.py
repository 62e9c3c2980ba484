"""What a bundle's record refers to, and whether that exists."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from registry.catalogue.messages import Refusal
from registry.catalogue.reference import District, LeikaService, Municipality, OzgService, Provider
from registry.reuse.checklist.models import ChecklistItem
from registry.reuse.models import Capability, MaturityLevel
from registry.reuse.record import BundleRecord

FEDERAL_PREFIX = "99"
"""LeiKa keys of the Bund begin so; other prefixes are state-specific and not in the catalogue."""


@dataclass(frozen=True)
class KnownKeys:
    """The keys that exist among those that some records mention; `retired` holds pairs of kind and key."""

    ozg_services: frozenset[str]
    leika: frozenset[tuple[str, str]]
    municipalities: frozenset[str]
    districts: frozenset[str]
    providers: frozenset[str]
    capabilities: frozenset[str]
    maturity_levels: frozenset[tuple[str, int]]
    checklist_items: frozenset[str]
    retired: frozenset[tuple[str, str]]


def known_keys(session: Session, records: Iterable[BundleRecord]) -> KnownKeys:
    """Look up all keys that the records mention, by at most eight queries however many records there are."""
    records = list(records)
    parts = [part for record in records for part in record.participants]
    retired: set[tuple[str, str]] = set()

    def existing(kind: str, table: type[SQLModel], key: str, mentioned: Iterable[str | None]) -> frozenset[str]:
        wanted = sorted({one for one in mentioned if one})
        column: Any = getattr(table, key)
        is_retired: Any = getattr(table, "retired")  # noqa: B009
        rows = session.execute(select(column, is_retired).where(column.in_(wanted))).all() if wanted else []
        retired.update((kind, row[0]) for row in rows if row[1])
        return frozenset(row[0] for row in rows)

    ozg_ids = sorted({mapping.ozg_id for record in records for mapping in record.ozg_services})
    leika = session.execute(
        select(col(LeikaService.ozg_id), col(LeikaService.key), col(LeikaService.retired)).where(
            col(LeikaService.ozg_id).in_(ozg_ids), col(LeikaService.key).is_not(None)
        )
    ).all()
    retired.update(("leika_service", str(row[1])) for row in leika if row[2])
    return KnownKeys(
        ozg_services=existing("ozg_service", OzgService, "ozg_id", ozg_ids),
        leika=frozenset((row[0], str(row[1])) for row in leika),
        municipalities=existing("municipality", Municipality, "ags", (part.municipality for part in parts)),
        districts=existing("district", District, "key", (part.district for part in parts)),
        providers=existing("provider", Provider, "slug", (part.provider for part in parts)),
        capabilities=existing(
            "capability", Capability, "slug", (need.capability for record in records for need in record.requirements)
        ),
        maturity_levels=frozenset(
            (row[0], row[1]) for row in session.execute(select(col(MaturityLevel.model), col(MaturityLevel.level)))
        ),
        checklist_items=existing(
            "checklist_item", ChecklistItem, "slug", (one.item for record in records for one in record.checks)
        ),
        retired=frozenset(retired),
    )


def dangling(record: BundleRecord, known: KnownKeys) -> list[Refusal]:
    """Return each reference of the record to something that does not exist. Pure."""
    found: list[Refusal] = []

    def need(exists: bool, field: str, what: str) -> None:
        if not exists:
            found.append(Refusal(field, f"{what} ist nicht bekannt."))

    for number, mapping in enumerate(record.ozg_services):
        path = f"ozg_services.{number}"
        need(mapping.ozg_id in known.ozg_services, f"{path}.ozg_id", f"OZG-Leistung {mapping.ozg_id}")
        for key in mapping.leika_keys:
            if key.startswith(FEDERAL_PREFIX) and (mapping.ozg_id, key) not in known.leika:
                reason = f"LeiKa-Leistung {key} gehört nicht zur OZG-Leistung {mapping.ozg_id}."
                found.append(Refusal(f"{path}.leika_keys", reason))
    for number, part in enumerate(record.participants):
        path = f"participants.{number}"
        if part.municipality is not None:
            need(part.municipality in known.municipalities, f"{path}.municipality", f"Kommune {part.municipality}")
        if part.district is not None:
            need(part.district in known.districts, f"{path}.district", f"Kreis {part.district}")
        if part.provider is not None:
            need(part.provider in known.providers, f"{path}.provider", f"IT-Dienstleister {part.provider}")
    for number, want in enumerate(record.requirements):
        need(want.capability in known.capabilities, f"requirements.{number}.capability", f"Baustein {want.capability}")
    for number, verdict in enumerate(record.checks):
        need(verdict.item in known.checklist_items, f"checks.{number}.item", f"Prüfpunkt {verdict.item}")
    for number, one in enumerate(record.maturity):
        path = f"maturity.{number}"
        level = f"Stufe {one.level} im Reifegradmodell {one.model}"
        need((one.model, one.level) in known.maturity_levels, f"{path}.level", level)
        if one.leika_key is not None and one.leika_key.startswith(FEDERAL_PREFIX):
            under = {(mapping.ozg_id, one.leika_key) for mapping in record.ozg_services}
            need(bool(under & known.leika), f"{path}.leika_key", f"LeiKa-Leistung {one.leika_key} des Eintrags")
    return found


def doubtful(record: BundleRecord, known: KnownKeys) -> list[Refusal]:
    """Return references that are allowed but deserve a look: state-specific keys, retired rows. Pure."""
    found: list[Refusal] = []
    for number, mapping in enumerate(record.ozg_services):
        path = f"ozg_services.{number}"
        if ("ozg_service", mapping.ozg_id) in known.retired:
            found.append(Refusal(f"{path}.ozg_id", f"OZG-Leistung {mapping.ozg_id} steht nicht mehr im Katalog."))
        for key in mapping.leika_keys:
            if (mapping.ozg_id, key) not in known.leika:
                found.append(Refusal(f"{path}.leika_keys", f"LeiKa-Schlüssel {key} ist landeseigen und unbekannt."))
            elif ("leika_service", key) in known.retired:
                found.append(Refusal(f"{path}.leika_keys", f"LeiKa-Leistung {key} steht nicht mehr im Katalog."))
    for number, part in enumerate(record.participants):
        for kind in ("municipality", "district", "provider"):
            key = getattr(part, kind)
            if key is not None and (kind, key) in known.retired:
                found.append(Refusal(f"participants.{number}.{kind}", f"{key} steht nicht mehr in der Liste."))
    for number, want in enumerate(record.requirements):
        if ("capability", want.capability) in known.retired:
            reason = f"Baustein {want.capability} steht nicht mehr in der Liste."
            found.append(Refusal(f"requirements.{number}.capability", reason))
    for number, verdict in enumerate(record.checks):
        if ("checklist_item", verdict.item) in known.retired:
            reason = f"Prüfpunkt {verdict.item} gilt nicht mehr; die Bewertung zählt nicht."
            found.append(Refusal(f"checks.{number}.item", reason))
    return found
