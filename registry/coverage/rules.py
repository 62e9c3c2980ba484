"""Which OZG services are covered, and how well. Pure.

One service is in exactly one state, the best that any of its bundles gives it. A bundle counts for a service that it
covers only in part, too: the mapping says so, no figure here does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from registry.adoption.queries import PublicAdoption
from registry.catalogue.enums import Phase
from registry.catalogue.values import earliest_day
from registry.labels import Labelled


class ServiceState(Labelled):
    """How well an OZG service is covered. The order of the members is the order of worth, best first."""

    PRODUCTIVE = "productive", "produktiv im Einsatz"
    TRANSFERABLE = "transferable", "jetzt übertragbar, noch nicht produktiv"
    BUNDLE = "bundle", "Bündel, Übertragbarkeit nicht belegt"
    WHITE = "white", "weißer Fleck"


class OwnState(Labelled):
    """How well one municipality or Kreis covers an OZG service; the last three say what it could take over."""

    PRODUCTIVE = "productive", "hier produktiv"
    UNDERWAY = "underway", "hier in Arbeit"
    TRANSFERABLE = "transferable", "offen, jetzt übertragbar"
    BUNDLE = "bundle", "offen, Übertragbarkeit nicht belegt"
    WHITE = "white", "offen, noch kein Bündel"


OPEN = (OwnState.TRANSFERABLE, OwnState.BUNDLE, OwnState.WHITE)
"""States of a service that a body does not have yet."""
BUILDING = (Phase.PREPARATION, Phase.CONCEPTION, Phase.IMPLEMENTATION)
"""Phases of a project that is on its way to operation."""


@dataclass(frozen=True)
class Body:
    """A municipality or Kreis (`kind`: municipality, district) with what says where it lies."""

    kind: str
    key: str
    name: str
    admin_region: str
    district: str | None
    """Key of the Kreis, None for a kreisfreie Stadt; of a Kreis its own key."""
    latitude: float | None = None
    longitude: float | None = None
    """Degrees (WGS 84); None for a Kreis."""


@dataclass(frozen=True)
class Use:
    """A body that uses a bundle, and how that is known: `leads` it and it operates, else it has adopted it."""

    body: Body
    leads: bool


@dataclass(frozen=True)
class BundleFacts:
    """What coverage reads of a bundle that anybody may know."""

    slug: str
    title: str
    ozg_ids: tuple[str, ...]
    transferable: bool = False
    """`transferable_now`."""
    operates: bool = False
    """The entry says „Betrieb“; who uses it may still be unknown."""
    uses: tuple[Use, ...] = ()
    underway: tuple[Use, ...] = ()
    """Bodies on their way: the project they lead is being built, or their adoption is not (shown to be) productive."""

    def used_in(self, region: str | None) -> tuple[Use, ...]:
        """Return the uses in a Regierungsbezirk, or all."""
        return tuple(one for one in self.uses if region is None or one.body.admin_region == region)

    def of(self, body: str) -> bool:
        """Tell whether a body (AGS or Kreis key) uses it or is on its way."""
        return any(one.body.key == body for one in (*self.uses, *self.underway))

    def productive_in(self, region: str | None) -> bool:
        """Tell whether it is in use in a Regierungsbezirk, or anywhere."""
        return bool(self.used_in(region)) or (region is None and self.operates)


@dataclass(frozen=True)
class ServiceFacts:
    """An OZG service with what it is filtered by."""

    ozg_id: str
    name: str
    topic_field: str
    topic_field_name: str
    situation: str
    typings: frozenset[str] = frozenset()
    """Typings of its LeiKa services („2/3“, „4“ …)."""


@dataclass(frozen=True)
class CoveredService:
    """An OZG service with its state, its bundles (transferable, then used ones first), and who uses them.

    Users and state are those of the Regierungsbezirk that was asked for.
    """

    service: ServiceFacts
    state: ServiceState
    bundles: tuple[BundleFacts, ...]
    uses: tuple[Use, ...]

    @property
    def transferable(self) -> bool:
        """Tell whether one of its bundles is transferable now, whatever else the service is."""
        return any(one.transferable for one in self.bundles)


@dataclass(frozen=True)
class FieldRow:
    """A topic field with its number of services by state."""

    slug: str
    name: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """Return the number of its services."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class CoverageFacts:
    """All that coverage is computed from, as anybody may know it on a day."""

    services: tuple[ServiceFacts, ...]
    bundles: tuple[BundleFacts, ...]
    bodies: Mapping[str, Body] = field(default_factory=dict)
    """Municipalities by AGS and Kreise by key."""
    adoptions: tuple[PublicAdoption, ...] = ()
    """All public adoptions, those that have ended too."""

    def by_service(self) -> dict[str, tuple[BundleFacts, ...]]:
        """Return the bundles of each OZG service that has one."""
        found: dict[str, list[BundleFacts]] = {}
        for bundle in self.bundles:
            for ozg_id in dict.fromkeys(bundle.ozg_ids):
                found.setdefault(ozg_id, []).append(bundle)
        return {ozg_id: tuple(bundles) for ozg_id, bundles in found.items()}


def transferable_now(since: str | None, phase: Phase | None, today: date) -> bool:
    """Tell whether a bundle is „jetzt übertragbar“: the rule of the search filter of that name.

    Its entry states since when it is transferable, the first day that this can mean has come, and the project was
    not discontinued.
    """
    return since is not None and phase is not Phase.DISCONTINUED and earliest_day(since) <= today


def state_of(bundles: Iterable[BundleFacts], region: str | None = None) -> ServiceState:
    """Return the state that bundles give a service; in a Regierungsbezirk only use there makes it productive."""
    bundles = tuple(bundles)
    if any(one.productive_in(region) for one in bundles):
        return ServiceState.PRODUCTIVE
    if any(one.transferable for one in bundles):
        return ServiceState.TRANSFERABLE
    return ServiceState.BUNDLE if bundles else ServiceState.WHITE


def covered(
    facts: CoverageFacts, *, topic_field: str | None = None, typing: str | None = None, region: str | None = None
) -> list[CoveredService]:
    """Return the services of a topic field and a typing with their states, by topic field and name."""
    bundles_of = facts.by_service()
    found = []
    for service in facts.services:
        if topic_field is not None and service.topic_field != topic_field:
            continue
        if typing is not None and typing not in service.typings:
            continue
        bundles = bundles_of.get(service.ozg_id, ())
        uses = {(one.body.key, one.leads): one for bundle in bundles for one in bundle.used_in(region)}
        best_first = tuple(sorted(bundles, key=lambda one: (not one.transferable, not one.used_in(region), one.title)))
        found.append(CoveredService(service, state_of(bundles, region), best_first, _once(uses.values())))
    return sorted(found, key=lambda one: (one.service.topic_field_name, one.service.name, one.service.ozg_id))


def _once(uses: Iterable[Use]) -> tuple[Use, ...]:
    """Return each body once, as the leading one where it is both, by name."""
    best: dict[str, Use] = {}
    for one in uses:
        if one.body.key not in best or one.leads:
            best[one.body.key] = one
    return tuple(sorted(best.values(), key=lambda one: (one.body.name, one.body.key)))


def counts(states: Iterable[Labelled], of: type[Labelled] = ServiceState) -> dict[str, int]:
    """Return how many services are in each state; a state that none is in counts 0."""
    found = {str(one): 0 for one in of}
    for state in states:
        found[str(state)] += 1
    return found


def by_topic_field(
    rows: Sequence[tuple[ServiceFacts, Labelled]], of: type[Labelled] = ServiceState
) -> tuple[FieldRow, ...]:
    """Return the numbers of services by topic field and state, in the order of the topic fields' names."""
    fields: dict[str, tuple[str, list[Labelled]]] = {}
    for service, state in rows:
        fields.setdefault(service.topic_field, (service.topic_field_name, []))[1].append(state)
    found = [FieldRow(slug, name, counts(states, of)) for slug, (name, states) in fields.items()]
    return tuple(sorted(found, key=lambda row: (row.name, row.slug)))


def productive_by_region(services: Iterable[CoveredService], regions: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return by topic field and Regierungsbezirk how many services are productive there.

    A service that is productive in two Bezirke counts in both, so that these numbers do not sum up to any other.
    """
    found: dict[tuple[str, str], int] = {}
    for one in services:
        for region in {use.body.admin_region for bundle in one.bundles for use in bundle.uses} & set(regions):
            key = (one.service.topic_field, region)
            found[key] = found.get(key, 0) + 1
    return found


def own_state(bundles: Iterable[BundleFacts], body: str) -> OwnState:
    """Return the state that bundles give a service for one body (AGS or Kreis key)."""
    bundles = tuple(bundles)
    if any(use.body.key == body for one in bundles for use in one.uses):
        return OwnState.PRODUCTIVE
    if any(use.body.key == body for one in bundles for use in one.underway):
        return OwnState.UNDERWAY
    if any(one.transferable for one in bundles):
        return OwnState.TRANSFERABLE
    return OwnState.BUNDLE if bundles else OwnState.WHITE


def own_coverage(facts: CoverageFacts, body: str) -> list[tuple[ServiceFacts, OwnState, tuple[BundleFacts, ...]]]:
    """Return each service with its state for one body and its bundles, by topic field and name."""
    bundles_of = facts.by_service()
    found = []
    for service in sorted(facts.services, key=lambda one: (one.topic_field_name, one.name, one.ozg_id)):
        bundles = bundles_of.get(service.ozg_id, ())
        found.append((service, own_state(bundles, body), bundles))
    return found


def productive_by_body(facts: CoverageFacts) -> dict[str, int]:
    """Return how many services of the catalogue are productive at each body that uses a bundle."""
    known = {one.ozg_id for one in facts.services}
    found: dict[str, set[str]] = {}
    for bundle in facts.bundles:
        for use in bundle.uses:
            found.setdefault(use.body.key, set()).update(known.intersection(bundle.ozg_ids))
    return {key: len(ids) for key, ids in found.items() if ids}
