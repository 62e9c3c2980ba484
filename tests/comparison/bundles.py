"""Two entries of the same OZG service that differ in what a comparison shows, and their adoptions."""

from datetime import date
from typing import Any

from registry.adoption.enums import Step
from registry.adoption.models import Adoption, AdoptionStep
from registry.database import Database, Write
from registry.reuse.operations import save_bundle
from registry.reuse.queries import find_bundle
from registry.reuse.record import BundleRecord

FULL, BARE = "hund-mit-kosten", "hund-ohne-kosten"


def add_bundles(database: Database) -> None:
    """Add an entry whose costs are known in blocks, and one of which almost nothing is known."""
    with database.writing() as write:
        _save(
            write,
            FULL,
            "Hundesteuer mit Kostenblöcken",
            reuse_model="efa",
            licence="EUPL-1.2",
            fits_population_from=10_000,
            fits_population_to=60_000,
            contact_email="ozg@stelle.example",
            requirements=[
                {"capability": "epaybl", "level": "mandatory"},
                {"capability": "bundid", "level": "recommended"},
            ],
            cost_blocks=[
                {
                    "kind": "connection",
                    "rhythm": "once",
                    "amount_from_eur": "5000",
                    "amount_to_eur": "8000",
                    "payer": "municipality",
                    "price_date": "2025-03",
                    "source_url": "https://preise.example/blatt",
                },
                {
                    "kind": "operation_variable",
                    "rhythm": "yearly",
                    "basis": "per_inhabitant",
                    "amount_from_eur": "0.12",
                    "amount_to_eur": "0.12",
                },
                {"kind": "operation_fixed", "rhythm": "yearly", "amount_from_eur": "9000", "payer": "land"},
                {
                    "kind": "specialist_interface",
                    "rhythm": "yearly",
                    "basis": "per_case",
                    "amount_from_eur": "2",
                    "amount_to_eur": "2",
                },
            ],
            costs={"introduction_effort_days_from": 5, "introduction_effort_days_to": 10},
            dimensions={"legal_score": 2, "legal_reason": "=1+1 ist keine Formel, die Satzung ist anzupassen"},
        )
        _save(write, BARE, "Hundesteuer ohne Angaben")


def _save(write: Write, slug: str, title: str, **more: Any) -> None:
    record = BundleRecord.model_validate(
        {
            "slug": slug,
            "title": title,
            "summary": "Ein Eintrag für den Vergleich.",
            "state": "published",
            "ozg_services": [{"ozg_id": "10160", "basis": "named"}],
            "sources": [{"url": f"https://quelle.example/{slug}", "title": "Quelle"}],
            **more,
        }
    )
    save_bundle(write, record, actor="prüfung")


def add_adoption(
    database: Database, slug: str, ags: str, organisation: int, *, public: bool, step: Step = Step.PRODUCTIVE
) -> None:
    """Add an adoption of a municipality."""
    with database.writing() as write:
        bundle = find_bundle(write.session, slug)
        assert bundle is not None
        adoption = Adoption(
            key=f"{slug}-{ags}",
            bundle_id=bundle.id or 0,
            municipality=ags,
            step=step,
            declared_by=organisation,
            confirmed_on=date.today(),
        )
        write.stamp(adoption)
        write.session.flush()
        write.session.add(
            AdoptionStep(
                adoption_id=adoption.id or 0, step=step, day=date(2025, 1, 1), is_public=public, actor="prüfung"
            )
        )
