"""Profiles and adoptions that the tests of fit state, on top of the starter catalogue. Nothing of it is a real fact."""

from datetime import date
from decimal import Decimal

from sqlmodel import select

from registry.accounts.enums import OrganisationKind
from registry.accounts.models import Organisation
from registry.adoption.enums import Step
from registry.adoption.models import Adoption, AdoptionStep
from registry.catalogue.enums import FitsKind, RequirementLevel
from registry.catalogue.models import ServiceBundle
from registry.database import Database, Write
from registry.profiles.models import CapabilityProfile, ProfileStatement, Visibility
from registry.reuse.costs import CostBlockFields, CostKind, CostRhythm, Payer
from registry.reuse.models import CostFields, DimensionFields, RequirementFields
from registry.reuse.operations import save_bundle
from registry.reuse.records import record_of

RICH = "hundesteuer-soest"
"""An entry to which the tests add eight requirements, reasons, costs and adopters."""
SILENT = "wohngeld-wuppertal"
"""An entry without requirements."""
SOEST, WUPPERTAL, MEDEBACH, WERL, UEDEM = "05974040", "05124000", "05958028", "05974052", "05154056"
"""Medebach has about 8,000 inhabitants; Werl lies in the Kreis Soest; the profile of Uedem is private."""
PROVIDER = "suedwestfalen-it"

MANDATORY = ("bundid", "epaybl", "fit-connect", "serviceportal", "xta", "dms-e-akte")
RECOMMENDED = ("formularserver", "mein-unternehmenskonto")


def fill(database: Database) -> None:
    """Add profiles, the rich entry, and two public adoptions of it."""
    with database.writing() as write:
        _entry(write)
        provider = CapabilityProfile(provider=PROVIDER, visibility=Visibility.PUBLIC)
        _profile(write, provider, {"fit-connect": True})
        _profile(
            write,
            CapabilityProfile(municipality=SOEST, served_by=PROVIDER, visibility=Visibility.PUBLIC),
            {"bundid": True, "citkoportal": True, "pmpayment": True, "dms-e-akte": True, "formularserver": False},
        )
        _profile(
            write,
            CapabilityProfile(municipality=WUPPERTAL, visibility=Visibility.PUBLIC),
            {"bundid": True, "epaybl": True, "serviceportal": True, "xta": False, "mein-unternehmenskonto": True},
        )
        _profile(
            write,
            CapabilityProfile(municipality=MEDEBACH, visibility=Visibility.PUBLIC),
            {"bundid": True, "e-payment": True},
        )
        _profile(
            write,
            CapabilityProfile(municipality=UEDEM, visibility=Visibility.PRIVATE),
            dict.fromkeys((*MANDATORY, *RECOMMENDED), True),
        )
        _adoption(write, WERL, Step.PRODUCTIVE, confirmed_on=date.today(), is_public=True)
        _adoption(write, MEDEBACH, Step.PILOT, confirmed_on=None, is_public=True, provider=PROVIDER)
        _adoption(write, UEDEM, Step.PRODUCTIVE, confirmed_on=date.today(), is_public=False)


def _entry(write: Write) -> None:
    bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == RICH)).one()
    record = record_of(write.session, bundle).model_copy(
        update={
            "requirements": [
                *(RequirementFields(capability=one, level=RequirementLevel.MANDATORY) for one in MANDATORY),
                *(RequirementFields(capability=one, level=RequirementLevel.RECOMMENDED) for one in RECOMMENDED),
            ],
            "fits_population_from": 20_000,
            "fits_kinds": [FitsKind.DISTRICT_MUNICIPALITY],
            "dimensions": DimensionFields(
                legal_score=3,
                legal_reason="Die Mustersatzung gilt unverändert.",
                legal_source_url="https://satzung.example/hund",
                legal_assessed_on=date(2026, 2, 1),
                technical_score=1,
                technical_reason="Das Fachverfahren braucht eine eigene Schnittstelle.",
            ),
            "costs": CostFields(
                introduction_cost_from_eur=Decimal(5000),
                introduction_cost_to_eur=Decimal(9000),
                introduction_effort_days_from=5,
            ),
            "cost_blocks": [
                CostBlockFields(
                    kind=CostKind.CONNECTION,
                    rhythm=CostRhythm.ONCE,
                    amount_from_eur=Decimal(4000),
                    amount_to_eur=Decimal(7000),
                    payer=Payer.MUNICIPALITY,
                    price_date="2025",
                    source_url="https://preise.example/liste",
                )
            ],
        }
    )
    save_bundle(write, record, actor="Prüfung")


def _profile(write: Write, profile: CapabilityProfile, statements: dict[str, bool]) -> None:
    write.session.add(profile)
    write.session.flush()
    for slug, has in statements.items():
        write.session.add(ProfileStatement(profile_id=profile.id or 0, capability=slug, has=has))


def _adoption(
    write: Write, ags: str, step: Step, *, confirmed_on: date | None, is_public: bool, provider: str | None = None
) -> None:
    session = write.session
    bundle = session.exec(select(ServiceBundle).where(ServiceBundle.slug == RICH)).one()
    declarer = Organisation(
        slug=f"stelle-{ags}", name=f"Stelle {ags}", kind=OrganisationKind.MUNICIPALITY, municipality=ags
    )
    session.add(declarer)
    session.flush()
    adoption = Adoption(
        key=f"schluessel-{ags}",
        bundle_id=bundle.id or 0,
        municipality=ags,
        provider=provider,
        step=step,
        declared_by=declarer.id or 0,
        confirmed_on=confirmed_on,
        tick=write.tick,
    )
    session.add(adoption)
    session.flush()
    session.add(
        AdoptionStep(
            adoption_id=adoption.id or 0, step=step, day=date(2026, 1, 15), is_public=is_public, actor="Prüfung"
        )
    )
