"""Writes of an adoption: the next step, corrections, confirmation. Each is audited and tells both sides.

All of them lock the adoption; a form carries the `version` that its reader has seen.
"""

from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session

from registry.accounts.audit import audit
from registry.accounts.permissions import Actor, require
from registry.adoption import letters
from registry.adoption.changes import Change, shown, steps_of
from registry.adoption.declaring import open_adoption
from registry.adoption.enums import FINAL, Step
from registry.adoption.finding import (
    AdoptionRefusedError,
    DoubleDeclarationError,
    Found,
    find,
    organisation_name,
)
from registry.adoption.hiding import showing_refusals
from registry.adoption.letters import tell_both
from registry.adoption.models import Adoption, AdoptionCorrection, AdoptionStep
from registry.adoption.rules import correction_refusals, step_refusals
from registry.adoption.sides import acting_for
from registry.adoption.task_operations import begin_tasks
from registry.catalogue.messages import Refusal
from registry.catalogue.values import Facts
from registry.editorial.notices import Link, no_link
from registry.moments import now

OTHERS = "Über die Nachnutzung entscheidet nur die nachnutzende Stelle."
LONGEST_REASON = 2000


class StepFields(Facts):
    """The next step."""

    step: Step = Field(description="Schritt")
    day: date = Field(description="Datum")
    is_public: bool = Field(default=False, description="öffentlich")
    reason: str = Field(default="", max_length=LONGEST_REASON, description="Grund")


class CorrectionFields(Facts):
    """What a step says after its correction."""

    day: date = Field(description="Datum")
    is_public: bool = Field(default=False, description="öffentlich")
    reason: str = Field(default="", max_length=LONGEST_REASON, description="Grund")


def advance(
    change: Change, actor: Actor, key: str, version: int, fields: StepFields, *, today: date, link: Link = no_link
) -> Adoption:
    """Take the next step. Taken by the body itself or its provider, it confirms the adoption too.

    Raises UnknownAdoptionError, StaleAdoptionError, NotAllowedError and AdoptionRefusedError.
    """
    session = change.session
    found = find(session, actor, key, locked=True)
    require(found.rights.steps, OTHERS)
    found.require_version(version)
    adoption, before = found.adoption, shown(session, found.adoption)
    refused = step_refusals(steps_of(session, adoption.id), fields.step, fields.day, fields.reason, today)
    if fields.is_public and not found.sides.adopts(actor):
        refused += showing_refusals(session, adoption, found.sides)
    if refused:
        raise AdoptionRefusedError(refused)
    number = _organisation(actor, found)
    session.add(
        AdoptionStep(
            adoption_id=adoption.id or 0,
            step=fields.step,
            day=fields.day,
            is_public=fields.is_public,
            reason=fields.reason,
            actor=actor.key,
            organisation_id=number,
        )
    )
    adoption.step = fields.step
    if fields.step is Step.CONNECTING:
        begin_tasks(session, adoption, actor.key)
    if fields.step in FINAL:
        adoption.closed_at = now()
    if found.sides.adopts(actor):
        _confirm(adoption, number, today)
    _touch(session, adoption)
    letter = letters.advanced(found.body.name, fields.step, fields.day, fields.is_public, fields.reason)
    tell_both(session, found.occasion(link), *letter)
    audit(session, actor.key, "adoption.step", f"adoption:{key}", step=fields.step.value)
    change.settle(adoption, before)
    return adoption


def correct(
    change: Change,
    actor: Actor,
    key: str,
    version: int,
    step_id: int,
    fields: CorrectionFields,
    *,
    today: date,
    link: Link = no_link,
) -> bool:
    """Correct day, visibility or reason of a step; what it said before stays in the history. False: nothing differs.

    Raises UnknownAdoptionError, StaleAdoptionError, NotAllowedError and AdoptionRefusedError.
    """
    session = change.session
    found = find(session, actor, key, locked=True)
    require(found.rights.steps, OTHERS)
    found.require_version(version)
    adoption, before = found.adoption, shown(session, found.adoption)
    steps = steps_of(session, adoption.id)
    place = next((place for place, one in enumerate(steps) if one.id == step_id), None)
    if place is None:
        raise AdoptionRefusedError([Refusal("", "Diesen Schritt gibt es nicht mehr.")])
    refused = correction_refusals(steps, place, fields.day, fields.reason, today)
    step = steps[place]
    if fields.is_public and not step.is_public and not found.sides.adopts(actor):
        refused += showing_refusals(session, adoption, found.sides)
    if refused:
        raise AdoptionRefusedError(refused)
    old, new = _said(step), fields.model_dump(mode="json")
    changes = {name: [old[name], new[name]] for name in new if old[name] != new[name]}
    if not changes:
        return False
    step.day, step.is_public, step.reason = fields.day, fields.is_public, fields.reason
    session.add(step)
    _note(session, actor, found, step, changes)
    _touch(session, adoption)
    tell_both(session, found.occasion(link), *letters.corrected(found.body.name, step.step, "berichtigt"))
    audit(session, actor.key, "adoption.step_corrected", f"adoption:{key}", step=step.step.value)
    change.settle(adoption, before)
    return True


def take_back(change: Change, actor: Actor, key: str, version: int, *, link: Link = no_link) -> Step:
    """Take the last step back, by the organisation that took it; a closed adoption is open again. Return the step.

    Raises UnknownAdoptionError, StaleAdoptionError, NotAllowedError, AdoptionRefusedError, and DoubleDeclarationError
    when the body has begun anew meanwhile.
    """
    session = change.session
    found = find(session, actor, key, locked=True)
    require(found.rights.steps, OTHERS)
    found.require_version(version)
    adoption, before = found.adoption, shown(session, found.adoption)
    steps = steps_of(session, adoption.id)
    require(took(actor, steps[-1]), "Einen Schritt nimmt die Stelle zurück, die ihn eingetragen hat.")
    if len(steps) == 1:
        raise AdoptionRefusedError(
            [Refusal("", "Der erste Schritt bleibt. War die Anmeldung ein Irrtum, tragen Sie „verworfen“ ein.")]
        )
    step = steps[-1]
    _note(session, actor, found, step, {name: [value, None] for name, value in _said(step).items()})
    session.delete(step)
    adoption.step = steps[-2].step
    if adoption.closed_at is not None:
        other = open_adoption(session, adoption.bundle_id, found.body)
        if other is not None:
            raise DoubleDeclarationError(other.key, other.step)
        adoption.closed_at = None
    taken = step.step
    try:
        _touch(session, adoption)
        session.flush()
    except IntegrityError:
        # Begun anew in the same moment. The transaction is lost; the next look shows the other one.
        raise AdoptionRefusedError([Refusal("", "Die Stelle hat inzwischen neu begonnen.")]) from None
    tell_both(session, found.occasion(link), *letters.corrected(found.body.name, taken, "zurückgenommen"))
    audit(session, actor.key, "adoption.step_taken_back", f"adoption:{key}", step=taken.value)
    change.settle(adoption, before)
    return taken


def confirm(change: Change, actor: Actor, key: str, *, today: date, link: Link = no_link) -> Adoption:
    """Say that what the register knows of the adoption holds as of today: by the body or its provider, nobody else.

    Raises UnknownAdoptionError, NotAllowedError and AdoptionRefusedError.
    """
    session = change.session
    found = find(session, actor, key, locked=True)
    require(
        found.sides.adopts(actor),
        "Bestätigen kann nur die nachnutzende Stelle oder ihr IT-Dienstleister, nicht wer das Bündel anbietet.",
    )
    adoption, before = found.adoption, shown(session, found.adoption)
    if not found.rights.confirm:
        raise AdoptionRefusedError([Refusal("", "Die Nachnutzung ist abgeschlossen; zu bestätigen ist nichts mehr.")])
    first = adoption.confirmed_on is None
    number = _organisation(actor, found)
    _confirm(adoption, number, today)
    _touch(session, adoption)
    if first:  # who renews a confirmation tells nobody anything new
        who = organisation_name(session, number)
        tell_both(session, found.occasion(link), *letters.confirmed(found.body.name, who))
    audit(session, actor.key, "adoption.confirmed", f"adoption:{key}")
    change.settle(adoption, before)
    return adoption


def deny(change: Change, actor: Actor, key: str, reason: str = "", *, link: Link = no_link) -> Adoption:
    """Say that a claimed use is none, or take the own claim back: it is closed and not shown any more.

    Raises UnknownAdoptionError, NotAllowedError and AdoptionRefusedError.
    """
    session = change.session
    found = find(session, actor, key, locked=True)
    adoption, before = found.adoption, shown(session, found.adoption)
    if adoption.confirmed_on is not None or adoption.closed_at is not None:
        raise AdoptionRefusedError([Refusal("", "Verneinen lässt sich nur eine unbestätigte Angabe.")])
    require(found.rights.deny, OTHERS)
    if len(reason) > LONGEST_REASON:
        raise AdoptionRefusedError([Refusal("reason", f"Höchstens {LONGEST_REASON} Zeichen sind erlaubt.")])
    number = _organisation(actor, found)
    for step in steps_of(session, adoption.id):
        if step.is_public:
            _note(session, actor, found, step, {"is_public": [True, False]})
            step.is_public = False
            session.add(step)
    adoption.denied_at = adoption.closed_at = now()
    _touch(session, adoption)
    who = organisation_name(session, number)
    tell_both(session, found.occasion(link), *letters.denied(found.body.name, who, reason))
    audit(session, actor.key, "adoption.denied", f"adoption:{key}")
    change.settle(adoption, before)
    return adoption


def took(actor: Actor, step: AdoptionStep) -> bool:
    """Tell whether the actor decides for the organisation that has taken a step."""
    if step.organisation_id is None:
        return actor.is_admin
    return acting_for(actor, (step.organisation_id,)) is not None


def _organisation(actor: Actor, found: Found) -> int | None:
    """Return for which organisation the actor does this; None: for the administration of the registry."""
    own = acting_for(actor, found.sides.adopting)
    declared_by = found.adoption.declared_by
    if own is not None or declared_by is None:
        return own
    return acting_for(actor, (declared_by,))


def _confirm(adoption: Adoption, organisation: int | None, today: date) -> None:
    adoption.confirmed_on, adoption.confirmed_by, adoption.reminded_at = today, organisation, None


def _touch(session: Session, adoption: Adoption) -> None:
    adoption.version += 1
    adoption.changed_at = now()
    session.add(adoption)


def _said(step: AdoptionStep) -> dict[str, Any]:
    return {"day": step.day.isoformat(), "is_public": step.is_public, "reason": step.reason}


def _note(session: Session, actor: Actor, found: Found, step: AdoptionStep, changes: dict[str, Any]) -> None:
    session.add(
        AdoptionCorrection(
            adoption_id=found.adoption.id or 0,
            step=step.step,
            changes=changes,
            actor=actor.key,
            organisation_id=_organisation(actor, found),
        )
    )
