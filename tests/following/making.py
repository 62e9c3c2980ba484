"""Entries that change, and people who follow them, for tests of what is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from registry.catalogue.enums import State
from registry.database import Clock, Database
from registry.following.models import FollowedKind, Following, Rhythm
from registry.mail.models import OutboxMail
from registry.reuse.operations import save_bundle
from registry.reuse.queries import find_bundle
from registry.reuse.record import BundleRecord
from registry.reuse.records import record_of
from registry.settings import Settings

AT = datetime(2026, 11, 26, 6, tzinfo=UTC)
DAY = timedelta(days=1)
SOEST = "05974040"
HUND = "10160"
BUNDLE = "hundesteuer-soest"
SETTINGS = Settings(base_url="https://register.example", secret_key="k" * 32)
READER = "leserin@post.example"


def new_entry(database: Database, slug: str, state: State = State.PUBLISHED, **values: Any) -> None:
    """Store an entry that covers „Hundesteuer“, led by Soest."""
    with database.writing() as write:
        record = BundleRecord(
            **{
                "slug": slug,
                "title": f"Eintrag {slug}",
                "summary": "Ein Eintrag für die Prüfung.",
                "state": state,
                "ozg_services": [{"ozg_id": HUND, "basis": "named"}],
                "sources": [{"url": f"https://quelle.example/{slug}", "title": "Quelle"}],
                "participants": [{"role": "lead", "municipality": SOEST}],
            }
            | values
        )
        save_bundle(write, record, actor="test")


def change_entry(database: Database, slug: str, **values: Any) -> None:
    """Change fields of an entry, as a new published version."""
    with database.writing() as write:
        bundle = find_bundle(write.session, slug)
        assert bundle is not None
        raw = record_of(write.session, bundle).model_dump() | values
        save_bundle(write, BundleRecord.model_validate(raw), actor="test")


def follow(
    database: Database,
    kind: FollowedKind = FollowedKind.BUNDLE,
    target: str = BUNDLE,
    *,
    email: str = READER,
    rhythm: Rhythm = Rhythm.DAILY,
    confirmed: bool = True,
    **more: Any,
) -> int:
    """Let an address follow something as of now; return the number of the row."""
    with database.noting() as session:
        row = Following(
            email=email,
            kind=kind,
            target=target,
            label=f"Thema {target}"[:300],
            rhythm=rhythm,
            confirmed_at=AT - DAY if confirmed else None,
            told_tick=session.exec(select(Clock.tick)).one(),
            **more,
        )
        session.add(row)
        session.flush()
        return row.id or 0


def mails(database: Database) -> list[OutboxMail]:
    """Return the mails of the outbox in their order."""
    with database.reading() as session:
        return list(session.exec(select(OutboxMail).order_by(col(OutboxMail.id))))
