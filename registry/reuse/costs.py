"""Costs in blocks: who pays what, how often, by which key. Blocks that nobody has stated are unknown, never 0.

Blocks, payers and keys follow the cost structure of the EfA services (IT-Planungsrat, „EfA-Wegweiser“).

Two blocks are the same when they agree in IDENTITY: an entry has each of them once. Alternatives (two vendors of an
interface, steps by size) are the range of one block, because blocks are added up.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Self

from pydantic import ValidationInfo, field_validator, model_validator
from sqlmodel import Field

from registry.catalogue.models import BundleChild
from registry.catalogue.values import Cents, Euro, Facts, PartialDate, WebAddress, earliest_day, enum_type, helped
from registry.labels import Labelled


class CostKind(Labelled):
    """What a block of costs is for."""

    DEVELOPMENT = "development", "Erstentwicklung"
    CONNECTION = "connection", "Anschluss"
    OPERATION_FIXED = "operation_fixed", "Betrieb, fester Anteil"
    OPERATION_VARIABLE = "operation_variable", "Betrieb, nutzungsabhängiger Anteil"
    FURTHER_DEVELOPMENT = "further_development", "Weiterentwicklung"
    SPECIALIST_INTERFACE = "specialist_interface", "Fachverfahrensschnittstelle"
    OWN_STAFF = "own_staff", "eigenes Personal"


class CostRhythm(Labelled):
    """How often a block falls due."""

    ONCE = "once", "einmalig"
    YEARLY = "yearly", "jährlich"


class CostBasis(Labelled):
    """What an amount is counted by."""

    FLAT = "flat", "pauschal"
    PER_INHABITANT = "per_inhabitant", "je Einwohner"
    PER_CASE = "per_case", "je Vorgang"


class Payer(Labelled):
    """Who pays a block."""

    LAND = "land", "Land"
    MUNICIPALITY = "municipality", "Kommune"


class DistributionKey(Labelled):
    """How a shared block is split (Verteilschlüssel)."""

    NUMBER_OF_BODIES = "number_of_bodies", "Anzahl der Körperschaften"
    INHABITANTS = "inhabitants", "Einwohner"
    ACTUAL_USE = "actual_use", "tatsächliche Nutzung"
    INDEPENDENT_OF_USE = "independent_of_use", "nutzungsunabhängig"
    COMBINATION = "combination", "Kombination"
    KOENIGSTEIN = "koenigstein", "Königsteiner Schlüssel"


IDENTITY = ("kind", "rhythm", "basis", "payer")
"""The fields by which a block of an entry is known."""
HIGHEST = {
    CostBasis.FLAT: Decimal(1_000_000_000),
    CostBasis.PER_INHABITANT: Decimal(10_000),
    CostBasis.PER_CASE: Decimal(100_000),
}
"""Amounts in euros above which a figure is taken for a slip of the pen."""
AHEAD = timedelta(days=366)
"""How far ahead of its date a price may be announced."""


class CostBlockFields(Facts):
    """One block of the costs of reuse; amounts in euros, once or for each year, by what `basis` counts."""

    kind: CostKind = Field(sa_type=enum_type(CostKind), description="Kostenblock")
    rhythm: CostRhythm = Field(sa_type=enum_type(CostRhythm), description="Rhythmus")
    basis: CostBasis = Field(default=CostBasis.FLAT, sa_type=enum_type(CostBasis), description="Bezug")
    payer: Payer | None = Field(default=None, sa_type=enum_type(Payer), description="Kostenträger")
    amount_from_eur: Euro | None = Field(
        default=None,
        sa_type=Cents,
        description="Betrag ab (Euro)",
        schema_extra=helped("Steht nur ein Betrag fest, tragen Sie ihn bei „ab“ und „bis“ ein."),
    )
    amount_to_eur: Euro | None = Field(default=None, sa_type=Cents, description="Betrag bis (Euro)")
    distribution: DistributionKey | None = Field(
        default=None, sa_type=enum_type(DistributionKey), description="Verteilschlüssel"
    )
    price_date: PartialDate | None = Field(
        default=None,
        max_length=10,
        description="Preisstand",
        schema_extra=helped("Von wann die Preise sind."),
    )
    source_url: WebAddress | None = Field(
        default=None,
        max_length=1000,
        description="Quelle",
        schema_extra=helped("Seite, auf der die Preise stehen."),
    )
    note: str | None = Field(
        default=None,
        max_length=500,
        description="Anmerkung",
        schema_extra=helped("Zum Beispiel wie gerechnet wird, oder wovon die Spanne abhängt."),
    )

    @field_validator("rhythm")
    @classmethod
    def _operation_is_yearly(cls, value: CostRhythm, info: ValidationInfo) -> CostRhythm:
        running = info.data.get("kind") in (CostKind.OPERATION_FIXED, CostKind.OPERATION_VARIABLE)
        if running and value is CostRhythm.ONCE:
            raise ValueError("Kosten des Betriebs fallen jährlich an.")
        return value

    @field_validator("basis")
    @classmethod
    def _cases_recur(cls, value: CostBasis, info: ValidationInfo) -> CostBasis:
        if value is CostBasis.PER_CASE and info.data.get("rhythm") is CostRhythm.ONCE:
            raise ValueError("Ein Betrag je Vorgang fällt nicht einmalig an.")
        if value is CostBasis.PER_CASE and info.data.get("kind") is CostKind.OPERATION_FIXED:
            raise ValueError("Der feste Anteil des Betriebs hängt nicht von den Vorgängen ab.")
        return value

    @field_validator("amount_from_eur", "amount_to_eur")
    @classmethod
    def _plausible(cls, value: Decimal | None, info: ValidationInfo) -> Decimal | None:
        basis = info.data.get("basis", CostBasis.FLAT)
        if value is not None and value > HIGHEST[basis]:
            amount = f"{HIGHEST[basis]:,}".replace(",", ".")
            counted = "" if basis is CostBasis.FLAT else f" {basis.label}"
            raise ValueError(f"Mehr als {amount} Euro{counted} sind nicht plausibel.")
        return value

    @field_validator("amount_to_eur")
    @classmethod
    def _in_order(cls, value: Decimal | None, info: ValidationInfo) -> Decimal | None:
        low = info.data.get("amount_from_eur")
        if value is not None and low is not None and low > value:
            raise ValueError("Beim Kostenblock ist der Betrag „ab“ größer als der Betrag „bis“.")
        return value

    @field_validator("price_date")
    @classmethod
    def _not_far_ahead(cls, value: str | None) -> str | None:
        if value is not None and earliest_day(value) > date.today() + AHEAD:
            raise ValueError("Der Preisstand liegt mehr als ein Jahr in der Zukunft.")
        return value

    @model_validator(mode="after")
    def _stated(self) -> Self:
        if self.amount_from_eur is None and self.amount_to_eur is None:
            raise ValueError("Ein Kostenblock braucht mindestens einen Betrag; unbekannte Blöcke lassen Sie weg.")
        return self


class BundleCost(CostBlockFields, BundleChild, table=True):
    """One block of the costs of reuse."""

    __tablename__ = "bundle_cost"

    id: int | None = Field(default=None, primary_key=True)
