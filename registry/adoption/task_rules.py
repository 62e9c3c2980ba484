"""Which steps a connection takes: the checklist of the hand-over, from the entry and both profiles. Pure.

The steps and their order follow the checklists of the EfA services: Vertrag, AVV und Konzepte · Transportweg ·
Fachverfahrenshersteller beauftragt · PVOG-Eintrag · Zertifikate · Postfach · DVDV-Eintrag · Anbindungsfragebogen ·
Funktionspostfach · Support · Test · Bekanntmachung. A payment service is added where the entry needs one. What the
entry does not say is never taken for „not needed“: the task then says what has to be asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from registry.adoption.enums import TaskState
from registry.catalogue.enums import Audience, CapabilityKind, ProcurementPath, RequirementLevel, ReuseModel
from registry.labels import Labelled
from registry.profiles.profile import BodyProfile
from registry.profiles.rules import generics_of
from registry.reuse.record import BundleRecord

OWN = "own"
"""Code of a task that people have added themselves."""
MAKER = "system"
"""Who has marked a task that a newer list no longer has; a person's mark is never taken back."""
NO_LONGER = "Nach dem Eintrag nicht mehr nötig."
LONGEST_HINT = 1000
_SHOWN_KEYS = 4


class Side(Labelled):
    """Whose task it is."""

    ADOPTING = "adopting", "nachnutzende Stelle"
    OFFERING = "offering", "anbietende Stelle"
    BOTH = "both", "beide Seiten"


@dataclass(frozen=True)
class Block:
    """A building block of the vocabulary: name, kind, and what its product belongs to."""

    name: str
    kind: CapabilityKind
    product_of: str | None = None


@dataclass(frozen=True)
class Task:
    """A task of the checklist."""

    code: str
    title: str
    hint: str
    side: Side


class StoredTask(Protocol):
    """A task as the database keeps it."""

    code: str
    state: TaskState
    changed_by: str


Row = TypeVar("Row", bound=StoredTask)


@dataclass(frozen=True)
class Progress:
    """How far a list has come; tasks that are not needed do not count."""

    done: int
    total: int


def progress(states: Iterable[TaskState]) -> Progress:
    """Return how many of the needed tasks are done."""
    needed = [state for state in states if state is not TaskState.NOT_NEEDED]
    return Progress(sum(1 for state in needed if state is TaskState.DONE), len(needed))


def tasks_for(
    entry: BundleRecord, adopting: BodyProfile, offering: BodyProfile | None, blocks: Mapping[str, Block]
) -> tuple[Task, ...]:
    """Return the tasks of a connection in the order in which they are usually done.

    `adopting` and `offering` hold only what both sides may know of each other; `blocks` is the vocabulary by slug.
    """
    case = _Case(entry, adopting, offering, blocks)
    found = (make(case) for make in _STEPS)
    return tuple(Task(one.code, one.title, one.hint[:LONGEST_HINT], one.side) for one in found if one is not None)


@dataclass(frozen=True)
class Plan(Generic[Row]):
    """What a newer list does to a stored one: each stored task and what it becomes, and the tasks that are new.

    `gone` are open tasks that the entry no longer needs, `back` such that it needs again. All else of a stored task
    stays: state, date and note belong to people.
    """

    kept: tuple[tuple[Row, Task], ...]
    new: tuple[Task, ...]
    gone: tuple[Row, ...]
    back: tuple[Row, ...]


def plan(stored: Sequence[Row], wanted: Sequence[Task]) -> Plan[Row]:
    """Return how a stored list follows a newer one; own tasks are left alone."""
    by_code = {one.code: one for one in stored if one.code != OWN}
    kept = tuple((by_code[task.code], task) for task in wanted if task.code in by_code)
    codes = {task.code for task in wanted}
    return Plan(
        kept,
        tuple(task for task in wanted if task.code not in by_code),
        tuple(one for code, one in by_code.items() if code not in codes and one.state is TaskState.OPEN),
        tuple(one for one, _ in kept if one.state is TaskState.NOT_NEEDED and one.changed_by == MAKER),
    )


class _Case:
    """The entry and the two sides, and what their hints say in common."""

    def __init__(
        self, entry: BundleRecord, adopting: BodyProfile, offering: BodyProfile | None, blocks: Mapping[str, Block]
    ) -> None:
        self.entry, self.adopting, self.offering, self.blocks = entry, adopting, offering, blocks
        self.model = entry.reuse_model
        self.own_operation = self.model in (ReuseModel.SELF_HOSTED_OPEN, ReuseModel.SELF_HOSTED_LICENSED)
        self.concept = self.model == ReuseModel.BLUEPRINT
        self._products = {slug: block.product_of for slug, block in blocks.items() if block.product_of}

    def needs(self, *kinds: CapabilityKind) -> list[str]:
        """Return the required building blocks of some kinds, in the entry's order."""
        return [
            need.capability
            for need in self.entry.requirements
            if (block := self.blocks.get(need.capability)) is not None and block.kind in kinds
        ]

    def hint(self, *kinds: CapabilityKind, unnamed: str) -> str:
        """Return what the entry needs of some kinds and what the profiles say about it; `unnamed`: it names none."""
        slugs = self.needs(*kinds)
        if not slugs:
            return unnamed
        levels = {need.capability: need for need in self.entry.requirements}
        named = [
            f"{self.blocks[slug].name} ({levels[slug].level.label}"
            + (f"; {levels[slug].note}" if levels[slug].note else "")
            + ")"
            for slug in slugs
        ]
        sentences = [f"Der Eintrag nennt: {', '.join(named)}."]
        sentences += [self._stated(slug) for slug in slugs]
        if self.offering is not None:
            theirs = self._present(self.offering, kinds)
            if theirs:
                sentences.append(f"Im Profil der anbietenden Stelle stehen: {', '.join(theirs)}.")
        return " ".join(sentences)

    def _stated(self, slug: str) -> str:
        name = self.blocks[slug].name
        products = {one: above for one, above in self._products.items() if above is not None}
        having = [
            one
            for one, statement in self.adopting.statements.items()
            if statement.has and (one == slug or slug in generics_of(one, products))
        ]
        if having:
            names = ", ".join(sorted(self.blocks[one].name for one in having if one in self.blocks))
            return f"Laut Profil vorhanden: {names or name}."
        statement = self.adopting.statements.get(slug)
        if statement is not None:
            return f"Laut Profil nicht vorhanden: {name}."
        return f"Ob {name} vorhanden ist, sagt das Profil nicht."

    def _present(self, body: BodyProfile, kinds: Sequence[CapabilityKind]) -> list[str]:
        return sorted(
            self.blocks[slug].name
            for slug, statement in body.statements.items()
            if statement.has and slug in self.blocks and self.blocks[slug].kind in kinds
        )


def _contract(case: _Case) -> Task:
    paths = case.entry.procurement_paths
    text = (
        f"Bezugsweg laut Eintrag: {', '.join(path.label for path in paths)}."
        if paths
        else "Der Eintrag nennt keinen Bezugsweg: bei der anbietenden Stelle erfragen."
    )
    if ProcurementPath.FIT_STORE in paths:
        text += " Verträge mit dem FIT-Store schließt das Land, nicht die Kommune."
    if case.entry.licence:
        licence = "proprietär" if case.entry.licence == "proprietary" else case.entry.licence
        text += f" Lizenz: {licence}."
    if case.concept:
        text += " Übernommen wird ein Konzept: Umfang und Nutzungsrechte festhalten."
    elif case.own_operation:
        text += " Wer den Dienst für Sie betreibt, braucht einen Vertrag zur Auftragsverarbeitung (AVV) mit Ihnen."
    else:
        text += (
            " Auftragsverarbeitung (AVV) oder gemeinsame Verantwortung klären,"
            " Datenschutz- und Sicherheitskonzept anfordern."
        )
    return Task("contract", "Vertrag, AVV und Konzepte", text, Side.BOTH)


def _transport(case: _Case) -> Task | None:
    if case.concept and not case.needs(CapabilityKind.TRANSPORT):
        return None
    text = case.hint(
        CapabilityKind.TRANSPORT, unnamed="Der Eintrag nennt keinen Transportweg: prüfen, ob einer nötig ist."
    )
    return Task("transport", "Transportweg", text, Side.BOTH)


def _specialist(case: _Case) -> Task | None:
    kinds = (CapabilityKind.SPECIALIST_APPLICATION, CapabilityKind.STANDARD)
    if case.concept and not case.needs(*kinds):
        return None
    unnamed = "Der Eintrag nennt weder Fachverfahren noch Standard: prüfen, ob eine Schnittstelle zu beauftragen ist."
    return Task("specialist", "Fachverfahrenshersteller beauftragt", case.hint(*kinds, unnamed=unnamed), Side.ADOPTING)


def _payment(case: _Case) -> Task | None:
    if not case.needs(CapabilityKind.PAYMENT):
        return None
    text = case.hint(CapabilityKind.PAYMENT, unnamed="") + " Mandant, Kassenzeichen und Abgleich mit der Kasse klären."
    return Task("payment", "Bezahldienst eingerichtet", text, Side.ADOPTING)


def _pvog(case: _Case) -> Task:
    keys = [key for mapping in case.entry.ozg_services for key in mapping.leika_keys]
    ids = [mapping.ozg_id for mapping in case.entry.ozg_services]
    text = "Leistung und Online-Dienst für das eigene Gebiet eintragen, damit der Portalverbund sie findet."
    if keys:
        more = f" und {len(keys) - _SHOWN_KEYS} weitere" if len(keys) > _SHOWN_KEYS else ""
        text += f" LeiKa-Schlüssel laut Eintrag: {', '.join(keys[:_SHOWN_KEYS])}{more}."
    elif ids:
        text += f" LeiKa-Schlüssel klären: Der Eintrag nennt nur OZG {', '.join(ids[:_SHOWN_KEYS])}."
    if case.entry.audience == [Audience.ADMINISTRATION]:
        text += " Der Dienst richtet sich laut Eintrag nur an die Verwaltung: prüfen, ob der Eintrag nötig ist."
    return Task("pvog", "PVOG-Eintrag", text, Side.ADOPTING)


def _certificates(case: _Case) -> Task | None:
    transports = _names(case, CapabilityKind.TRANSPORT)
    if case.concept and not transports:
        return None
    if transports:
        text = f"Zertifikate für {transports} rechtzeitig beantragen und hinterlegen."
    elif case.own_operation:
        text = "Zertifikate für den eigenen Betrieb beantragen; für einen Transportweg prüfen, ob welche nötig sind."
    else:
        text = "Der Eintrag nennt keinen Transportweg: prüfen, ob Zertifikate nötig sind."
    return Task("certificates", "Zertifikate", text, Side.ADOPTING)


def _postbox(case: _Case) -> Task | None:
    if case.concept and not case.needs(CapabilityKind.USER_ACCOUNT):
        return None
    unnamed = "Der Eintrag nennt kein Nutzerkonto: prüfen, ob ein Postfach für Rückfragen und Bescheide nötig ist."
    text = case.hint(CapabilityKind.USER_ACCOUNT, unnamed=unnamed)
    if case.needs(CapabilityKind.USER_ACCOUNT):
        text += " Postfach für Rückfragen und Bescheide einrichten."
    return Task("postbox", "Postfach", text, Side.ADOPTING)


def _dvdv(case: _Case) -> Task | None:
    kinds = (CapabilityKind.TRANSPORT, CapabilityKind.STANDARD)
    named = _names(case, *kinds)
    if case.concept and not named:
        return None
    text = (
        f"Für {named} klären, ob ein Eintrag im DVDV oder ein Zustellpunkt nötig ist, und ihn anlegen lassen."
        if named
        else "Der Eintrag nennt weder Transportweg noch Standard: prüfen, ob nötig."
    )
    return Task("dvdv", "DVDV-Eintrag", text, Side.ADOPTING)


def _questionnaire(case: _Case) -> Task | None:
    if case.own_operation or case.concept:
        return None
    text = "Die anbietende Stelle schickt den Fragebogen, die nachnutzende füllt ihn aus."
    if case.model is None:
        text += " Der Eintrag nennt kein Nachnutzungsmodell: prüfen, ob es einen gibt."
    return Task("questionnaire", "Anbindungsfragebogen", text, Side.BOTH)


def _mailbox(_case: _Case) -> Task:
    text = "Adresse für Rückfragen der anbietenden Stelle und des Betriebs; ein Postfach der Stelle, keine Person."
    return Task("mailbox", "Funktionspostfach", text, Side.ADOPTING)


def _support(case: _Case) -> Task:
    text = "Festlegen, wer Meldungen von Nutzenden annimmt, wer Fehler behebt und in welcher Zeit."
    if case.adopting.provider_name:
        text += f" IT-Dienstleister laut Profil: {case.adopting.provider_name}."
    if case.entry.contact_email:
        text += f" Kontakt laut Eintrag: {case.entry.contact_email}."
    elif case.entry.contact_url:
        text += f" Kontakt laut Eintrag: {case.entry.contact_url}"
    return Task("support", "Support", text, Side.BOTH)


def _test(case: _Case) -> Task:
    text = "Einen Vorgang vom Antrag bis zum Bescheid durchspielen, mit Rückfrage und Abbruch."
    strict = [
        block.name
        for need in case.entry.requirements
        if need.level == RequirementLevel.MANDATORY and (block := case.blocks.get(need.capability)) is not None
    ]
    if strict:
        text += f" Beteiligt sind laut Eintrag: {', '.join(strict)}."
    return Task("test", "Test", text, Side.BOTH)


def _announcement(case: _Case) -> Task:
    text = "Öffentlichkeit, Beschäftigte und Bürgerbüro informieren; Website und Formulare umstellen."
    if case.entry.transferability.bylaw_reference:
        text += " Der Eintrag nennt einen Satzungsbezug: vorher prüfen, ob eine Satzung zu ändern ist."
    return Task("announcement", "Bekanntmachung", text, Side.ADOPTING)


def _names(case: _Case, *kinds: CapabilityKind) -> str:
    return ", ".join(case.blocks[slug].name for slug in case.needs(*kinds))


_STEPS = (
    _contract,
    _transport,
    _specialist,
    _payment,
    _pvog,
    _certificates,
    _postbox,
    _dvdv,
    _questionnaire,
    _mailbox,
    _support,
    _test,
    _announcement,
)
