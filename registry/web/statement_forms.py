"""The form of a profile: one row a capability with three choices; shared by the office's and the visitor's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError
from sqlmodel import Session
from werkzeug.datastructures import MultiDict

from registry.catalogue.messages import Refusal, refusals
from registry.profiles.operations import ProfileRefusedError, Stated, TooManyStatementsError
from registry.profiles.profile import Statement
from registry.profiles.rules import MAX_STATEMENTS
from registry.profiles.vocabulary import Block, block_groups, blocks_by_slug
from registry.web.editing.texts import plain
from registry.web.forms import Errors

CHOICE, NOTE = "b.", "a."
"""Beginnings of the names of a row's fields, before the slug."""
YES, NO = "ja", "nein"
WORDS = {True: "vorhanden", False: "nicht vorhanden"}


@dataclass(frozen=True)
class StatementRow:
    """A capability with what is stated of it."""

    slug: str
    name: str
    depth: int
    value: str
    """`ja`, `nein` or empty: keine Angabe."""
    note: str
    inherited: Statement | None
    """What the provider states; holds unless something is chosen here."""
    error: str | None
    retired: bool = False


@dataclass(frozen=True)
class StatementGroup:
    """The rows of one kind."""

    key: str
    title: str
    rows: tuple[StatementRow, ...]

    @property
    def stated(self) -> int:
        """Return how many rows say something."""
        return sum(bool(row.value) for row in self.rows)

    @property
    def inherited(self) -> int:
        """Return how many rows say nothing themselves, but inherit something."""
        return sum(not row.value and row.inherited is not None for row in self.rows)

    @property
    def has_errors(self) -> bool:
        """Tell whether something is wrong in a row."""
        return any(row.error for row in self.rows)


@dataclass
class Filled:
    """What a form carries, as it was typed: choices and notes by slug."""

    choices: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, statements: Mapping[str, Statement]) -> "Filled":
        """Return the form that says the same as these statements."""
        return cls(
            {slug: YES if one.has else NO for slug, one in statements.items()},
            {slug: one.note for slug, one in statements.items() if one.note},
        )


def read(form: MultiDict[str, str]) -> tuple[Filled, list[Stated]]:
    """Return what a form carries, and its statements. Repeated fields are kept: the operation merges or refuses them.

    Raises ProfileRefusedError with what was typed in `filled` of the error, and TooManyStatementsError.
    """
    filled = Filled()
    chosen: list[tuple[str, str]] = []
    for name, value in form.items(multi=True):
        slug = plain(name[len(CHOICE) :])
        if name.startswith(CHOICE) and value:
            chosen.append((slug, value))
            filled.choices[slug] = value
        elif name.startswith(NOTE) and plain(value):
            filled.notes[slug] = " ".join(plain(value).split())
    if len(chosen) > MAX_STATEMENTS:
        raise TooManyStatementsError(len(chosen))
    refused: list[Refusal] = []
    stated: list[Stated] = []
    for slug, value in chosen:
        path = f"statements.{slug}"
        if value not in (YES, NO):
            refused.append(Refusal(path, "Zur Wahl stehen nur vorhanden, nicht vorhanden und keine Angabe."))
            continue
        try:
            stated.append(Stated(capability=slug, has=value == YES, note=filled.notes.get(slug)))
        except ValidationError as error:
            unknown = any(one.field == "capability" for one in refusals(error))
            reason = "Dieser Baustein ist nicht bekannt." if unknown else refusals(error)[0].reason
            refused.append(Refusal(path, reason))
    for slug in filled.notes.keys() - filled.choices.keys():
        reason = "Zu einer Anmerkung gehört die Angabe, ob der Baustein vorhanden ist."
        refused.append(Refusal(f"statements.{slug}", reason))
    if refused:
        raise FormRefusedError(refused, filled)
    return filled, stated


class FormRefusedError(ProfileRefusedError):
    """A form carries what no profile can be; `filled` is what was typed."""

    def __init__(self, refused: list[Refusal], filled: Filled) -> None:
        super().__init__(refused)
        self.filled = filled


def groups(
    session: Session,
    filled: Filled,
    *,
    inherited: Mapping[str, Statement] | None = None,
    errors: Errors | None = None,
) -> tuple[list[StatementGroup], StatementGroup | None]:
    """Return the rows of all current capabilities by kind, and those that are stated but no longer kept."""
    known = block_groups(session)
    there = {block.slug for group in known for block in group.blocks}

    def row(block: Block, retired: bool = False) -> StatementRow:
        slug = block.slug
        return StatementRow(
            slug=slug,
            name=block.name,
            depth=min(block.depth, 2),
            value=filled.choices.get(slug, ""),
            note=filled.notes.get(slug, ""),
            inherited=(inherited or {}).get(slug),
            error=(errors or {}).get(f"statements.{slug}"),
            retired=retired,
        )

    found = [
        StatementGroup(group.kind.value, group.kind.label, tuple(row(block) for block in group.blocks))
        for group in known
    ]
    gone = blocks_by_slug(session, filled.choices.keys() - there)
    blocks = [Block(one.slug, one.name, one.kind, one.product_of, True, 0) for one in gone.values()]
    rows = tuple(row(block, retired=True) for block in sorted(blocks, key=lambda block: block.name))
    return found, StatementGroup("retired", "Nicht mehr geführte Bausteine", rows) if rows else None


def labels(session: Session, refused: Sequence[Refusal]) -> dict[str, str]:
    """Return the name of each capability that refusals are about, by the path of its row."""
    slugs = [one.field.removeprefix("statements.") for one in refused if one.field.startswith("statements.")]
    names = {slug: row.name for slug, row in blocks_by_slug(session, slugs).items()}
    return {f"statements.{slug}": names.get(slug, f"Baustein „{slug[:60]}“") for slug in slugs}
