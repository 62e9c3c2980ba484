"""Transferability with evidence: the computed class and its gaps."""

from dataclasses import dataclass
from itertools import groupby

from sqlmodel import Session

from registry.catalogue.enums import State
from registry.editorial.stewardship import stewards_of
from registry.reuse.checklist.queries import assessment_of
from registry.reuse.checklist.rules import DIMENSIONS, FROM_PERCENT, Assessment, Line
from registry.reuse.queries import BundleView
from registry.web.identity import current_actor


@dataclass(frozen=True)
class EvidencePanel:
    """What the section shows. `may_edit`: gaps lead to the form field that closes them, else to a suggestion."""

    assessment: Assessment
    groups: tuple[tuple[str, tuple[Line, ...]], ...]
    may_edit: bool

    @property
    def dimensions(self) -> tuple[Line, ...]:
        """Return the lines of the four dimensions."""
        return next(lines for title, lines in self.groups if title == DIMENSIONS)

    @property
    def checklist(self) -> tuple[tuple[str, tuple[Line, ...]], ...]:
        """Return the lines of the checklist by group; empty when it has no item in force."""
        return tuple(group for group in self.groups if group[0] != DIMENSIONS)

    @property
    def thresholds(self) -> list[tuple[str, int]]:
        """Return each class with the percent of points from which it is given."""
        return [(one.value, percent) for one, percent in FROM_PERCENT.items()]


def panel(session: Session, view: BundleView) -> EvidencePanel:
    """Return class, evidence and gaps of an entry."""
    bundle = view.bundle
    assessment = assessment_of(session, bundle.id, view.profile)
    groups = groupby(assessment.lines, key=lambda line: line.group)
    actor = current_actor()
    may_edit = (
        bundle.state is State.PUBLISHED and actor.edits_anywhere and stewards_of(session, bundle.id).edited_by(actor)
    )
    return EvidencePanel(assessment, tuple((title, tuple(lines)) for title, lines in groups), may_edit)
