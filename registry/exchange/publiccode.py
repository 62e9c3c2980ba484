"""An entry as publiccode.yml 0.4 with the German extension `de`: only what is known, nothing made up.

The standard is for software: only entries whose source code is public are written, because `url` must name the
repository (https://yml.publiccode.tools/schema.core.html). What the standard requires beyond what the registry
knows (software type, platforms, contacts of the maintainers) is left out: the owner adds it before publishing.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import yaml
from sqlmodel import Session, col, select

from registry.adoption.enums import Standing
from registry.adoption.queries import public_adoptions
from registry.adoption.rules import is_productive
from registry.catalogue.enums import LinkKind, ParticipantRole, Phase
from registry.catalogue.reference import District, Municipality, OzgService, Situation, TopicField
from registry.database import Database
from registry.exchange.published import published_records
from registry.reuse.record import BundleRecord

VERSION = "0.4"
_STATUS = {
    Phase.PREPARATION: "concept",
    Phase.CONCEPTION: "concept",
    Phase.IMPLEMENTATION: "development",
    Phase.OPERATION: "stable",
    Phase.DISCONTINUED: "obsolete",
}


def export_publiccode(database: Database, *, months: int = 12) -> tuple[str, int]:
    """Return a YAML stream with one document an entry whose source code is public, and their number.

    `months` is how long the confirmation of an adoption holds.
    """
    _, records = published_records(database)
    with database.reading() as session:
        found = [one for one in records if _repository(one)]
        users = used_by(session, [one.slug for one in found], months)
        documents = [publiccode(session, one, users.get(one.slug, ())) for one in found]
    if not documents:
        return "# Kein Eintrag nennt einen öffentlichen Quellcode.\n", 0
    return yaml.safe_dump_all(documents, allow_unicode=True, sort_keys=False, width=110), len(documents)


def used_by(session: Session, slugs: Sequence[str], months: int) -> dict[str, list[str]]:
    """Return who publicly uses which bundle, by name: only productive use that is confirmed and not expired."""
    found: dict[str, list[str]] = {}
    for one in public_adoptions(session, today=date.today(), months=months, slugs=slugs):
        if one.standing is Standing.CONFIRMED and is_productive(one.step):
            found.setdefault(one.slug, []).append(one.name)
    return {slug: sorted(names) for slug, names in found.items()}


def publiccode(session: Session, record: BundleRecord, users: Sequence[str] = ()) -> dict[str, Any]:
    """Return the file's content for an entry that names a repository; `users` are named as `usedBy`."""
    content: dict[str, Any] = {
        "publiccodeYmlVersion": VERSION,
        "name": record.title,
        "url": _repository(record),
        "landingURL": next((one.url for one in record.links if one.kind == LinkKind.WEBSITE), None),
        "developmentStatus": _STATUS.get(record.phase) if record.phase else None,
        "intendedAudience": {"countries": ["de"], "scope": ["local-authorities"]},
        "description": {"de": {"shortDescription": record.summary[:150], "longDescription": record.description}},
        "legal": {"license": record.licence} if record.licence and record.licence != "proprietary" else None,
        "organisation": _organisation(session, record),
        "usedBy": list(users),
        "de": {"leika": _leika(session, record)},
    }
    found: dict[str, Any] = _known(content)
    return found


def _repository(record: BundleRecord) -> str | None:
    return next((one.url for one in record.links if one.kind == LinkKind.REPOSITORY), None)


def _organisation(session: Session, record: BundleRecord) -> dict[str, Any] | None:
    for one in record.participants:
        if one.role != ParticipantRole.LEAD:
            continue
        if one.municipality and (town := session.get(Municipality, one.municipality)):
            return {"name": f"{town.designation} {town.name}"}
        if one.district and (district := session.get(District, one.district)):
            return {"name": district.name}
        if one.name:
            return {"name": one.name}
    return None


def _leika(session: Session, record: BundleRecord) -> list[dict[str, Any]]:
    ids = [mapping.ozg_id for mapping in record.ozg_services]
    rows = session.exec(
        select(OzgService.ozg_id, Situation.name, TopicField.name)
        .join(Situation, col(Situation.slug) == col(OzgService.situation_slug))
        .join(TopicField, col(TopicField.slug) == col(Situation.topic_field_slug))
        .where(col(OzgService.ozg_id).in_(ids))
    ).all()
    places = {ozg_id: (situation, topic) for ozg_id, situation, topic in rows}
    found = []
    for mapping in record.ozg_services:
        situation, topic = places[mapping.ozg_id]
        keys: Sequence[str | None] = mapping.leika_keys or [None]
        found += [
            {"themenfeld": topic, "lebenslage": situation, "ozg-id": mapping.ozg_id, "leika-id": key} for key in keys
        ]
    return found


def _known(value: Any) -> Any:
    """Return a value without what is unknown or empty."""
    if isinstance(value, dict):
        return {name: part for name, one in value.items() if (part := _known(one)) not in (None, {}, [])}
    return [_known(one) for one in value] if isinstance(value, list) else value
