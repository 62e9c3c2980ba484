"""Tables of the evidenced checklist: what is checked, and what an entry shows for it.

The eight groups are those of the EfA minimum requirements (IT-Planungsrat). Their numbered items are not part of the
product: administrators add them. The four dimensions of the transferability profile stand beside them
(`rules.DIMENSION_ITEMS`).
"""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from registry.catalogue.models import BundleChild
from registry.catalogue.values import Facts, PastDay, Slug, WebAddress, enum_type, helped
from registry.labels import Labelled
from registry.moments import Moment, now


class CheckGroup(Labelled):
    """Groups of the EfA minimum requirements."""

    INTERFACE_DESIGN = "interface_design", "Oberflächengestaltung"
    BUSINESS_LOGIC = "business_logic", "Fachlogik"
    USER_ACCOUNT = "user_account", "Nutzerkonto"
    PAYMENT = "payment", "Payment"
    DATA_EXCHANGE = "data_exchange", "Datenaustauschstandard"
    ROUTING_TRANSPORT = "routing_transport", "Routing und Transport"
    LEGAL_REUSE = "legal_reuse", "Rechtliche Nachnutzungsmöglichkeit"
    ORGANISATION = "organisation", "Organisation"


class Obligation(Labelled):
    """How binding an item is."""

    MUST = "must", "MUSS"
    SHOULD = "should", "SOLL"
    MAY = "may", "KANN"


class Verdict(Labelled):
    """How far an entry fulfils an item."""

    FULFILLED = "fulfilled", "erfüllt"
    PARTLY = "partly", "teilweise"
    NOT_FULFILLED = "not_fulfilled", "nicht erfüllt"
    UNCHECKED = "unchecked", "ungeprüft"


class ChecklistItemFields(Facts):
    """One item that entries are checked by."""

    slug: Slug = Field(max_length=100, unique=True, index=True, description="Kurzname")
    group: CheckGroup = Field(sa_type=enum_type(CheckGroup), description="Gruppe")
    obligation: Obligation = Field(sa_type=enum_type(Obligation), description="Verbindlichkeit")
    title: str = Field(
        min_length=3,
        max_length=300,
        description="Anforderung",
        schema_extra=helped("So kurz wie möglich, so genau wie die amtliche Liste."),
    )
    help: str | None = Field(
        default=None,
        max_length=1000,
        description="Erläuterung",
        schema_extra=helped("Woran man erkennt, dass die Anforderung erfüllt ist."),
    )
    source_url: WebAddress | None = Field(
        default=None,
        max_length=1000,
        description="Quelle",
        schema_extra=helped("Wo die Anforderung steht."),
    )


class ChecklistItem(ChecklistItemFields, table=True):
    """One item that entries are checked by; retired, never deleted."""

    __tablename__ = "checklist_item"

    id: int | None = Field(default=None, primary_key=True)
    position: int = Field(default=0)
    retired: bool = Field(default=False)
    tick: int = Field(default=0)
    changed_at: datetime = Field(default_factory=now, sa_type=Moment)


class CheckFields(Facts):
    """What an entry shows for one item of the checklist. Without source and date a verdict counts as unchecked."""

    item: Slug = Field(foreign_key="checklist_item.slug", index=True, max_length=100, description="Anforderung")
    verdict: Verdict = Field(sa_type=enum_type(Verdict), description="Ergebnis")
    checked_on: PastDay | None = Field(default=None, description="Geprüft am")
    source_url: WebAddress | None = Field(
        default=None,
        max_length=1000,
        description="Beleg (Adresse)",
        schema_extra=helped("Ohne Beleg und Datum zählt das Ergebnis als ungeprüft."),
    )
    note: str | None = Field(default=None, max_length=500, description="Anmerkung")


class BundleCheck(CheckFields, BundleChild, table=True):
    """What an entry shows for one item of the checklist."""

    __tablename__ = "bundle_check"
    __table_args__ = (UniqueConstraint("bundle_id", "item", name="uq_bundle_check"),)

    id: int | None = Field(default=None, primary_key=True)
