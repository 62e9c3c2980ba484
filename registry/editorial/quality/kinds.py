"""Kinds of findings, and what a line of the work list says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from registry.catalogue.enums import State
from registry.labels import Labelled


class Kind(Labelled):
    """What can be wrong with an entry; the value stands in addresses."""

    STEWARD = "zustaendigkeit", "Niemand zuständig"
    COMPLETENESS = "vollstaendigkeit", "Angaben fehlen"
    EVIDENCE = "nachweise", "Nachweise fehlen"
    VERIFICATION = "bestaetigung", "Angaben nicht bestätigt"
    LINKS = "links", "Links defekt"
    CATALOGUE = "katalog", "Katalog geändert"
    DUPLICATES = "dubletten", "Mögliche Dubletten"
    CONTACTS = "kontakte", "Kontakt nicht erreichbar"
    DRAFTS = "entwuerfe", "Entwürfe liegen"
    REVIEWS = "pruefungen", "Prüfungen überfällig"


RULES: Mapping[Kind, str] = {
    Kind.STEWARD: "Weder die zuständige Stelle noch ihre Vertretung ist aktiv und hat eine aktive OZG-Koordination.",
    Kind.COMPLETENESS: "Nicht alle zählbaren Angaben sind gemacht; die lückenhaftesten Einträge stehen oben.",
    Kind.EVIDENCE: "Es gibt keine oder nur eine Quelle, einer Quelle fehlt das Datum, oder es steht nicht dabei, "
    "was sie belegt.",
    Kind.VERIFICATION: "Die Angaben veröffentlichter Einträge wurden nie oder vor mehr als 6 oder 12 Monaten zuletzt "
    "bestätigt.",
    Kind.LINKS: "Ein Link ist an zwei verschiedenen Tagen gescheitert. Als Hinweis: Links, die auf Dauer umgezogen "
    "sind.",
    Kind.CATALOGUE: "Der Eintrag verweist auf etwas, das ein neuerer Katalog nicht mehr führt, oder das er umbenannt "
    "hat, seit die Zuordnung oder die Angaben zuletzt bestätigt wurden.",
    Kind.DUPLICATES: "Zwei Einträge haben dieselbe OZG-Leistung, ähnliche Titel und dieselbe Federführung oder "
    "denselben Ort.",
    Kind.CONTACTS: "Ein Mailserver hat Nachrichten an das Funktionspostfach des Eintrags oder der Stelle "
    "zurückgewiesen.",
    Kind.DRAFTS: "Ein Entwurf oder eine begonnene Fassung ist seit 3 Monaten unverändert.",
    Kind.REVIEWS: "Eine vorgeschlagene Fassung wartet seit mehr als 14 Tagen auf eine Entscheidung.",
}
"""By which rule each kind is found, for people."""


class Entry(NamedTuple):
    """What findings need of an entry."""

    id: int
    slug: str
    title: str
    state: State
    verified_on: date | None
    changed_on: date | None
    published_on: date | None
    contact_email: str | None
    owner_id: int | None
    deputy_id: int | None


@dataclass(frozen=True)
class Finding:
    """A line of the work list. `rank`: smaller is worse; `hint`: worth a look, but no defect.

    `field` is the path in the record that closes it; `target` the slug of the other entry, the key of a proposal,
    or an address, by kind.
    """

    kind: Kind
    entry: Entry | None
    title: str
    text: str
    rank: float = 0.0
    since: date | None = None
    field: str = ""
    target: str = ""
    target_title: str = ""
    hint: bool = False
    organisation_id: int | None = None
    author_id: int | None = None

    @property
    def owner_id(self) -> int | None:
        """Return the organisation whose work this is."""
        return self.entry.owner_id if self.entry is not None else self.organisation_id


@dataclass(frozen=True)
class Found:
    """All findings of a kind, worst first, out of `checked` things that were looked at."""

    kind: Kind
    findings: tuple[Finding, ...]
    checked: int
    unit: str = "Einträgen"
    note: str = ""

    @property
    def count(self) -> int:
        """Return the number of defects; hints do not count."""
        return sum(not one.hint for one in self.findings)

    @property
    def hints(self) -> int:
        """Return the number of hints."""
        return len(self.findings) - self.count


@dataclass(frozen=True)
class GroupFigure:
    """How much of a group of fields is stated over all entries."""

    key: str
    label: str
    filled: int
    total: int


@dataclass(frozen=True)
class Board:
    """The whole dashboard: what was found by kind, completeness by group, as of a moment."""

    at: datetime
    entries: int
    found: Mapping[Kind, Found]
    groups: tuple[GroupFigure, ...]
    by_organisation: tuple[tuple[int | None, int, int], ...]
    """Organisation id (None: nobody), its entries, its defects; most defects first."""
