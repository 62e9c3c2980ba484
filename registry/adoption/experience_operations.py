"""Writes of experience reports: the adopting body's editors write, its coordinators publish."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import Session

from registry.accounts.audit import audit
from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor, require
from registry.adoption.changes import Change, SeenByPublicError, steps_of
from registry.adoption.experience_queries import report_of
from registry.adoption.experience_rules import REPORTED_STEPS, may_report
from registry.adoption.models import Adoption, ExperienceFields, ExperienceReport
from registry.adoption.rules import EARLIEST, public_step
from registry.adoption.sides import Sides, acting_for, sides_of
from registry.catalogue.messages import Refusal
from registry.catalogue.models import ServiceBundle
from registry.history import Author
from registry.history import record as record_revision
from registry.moments import now
from registry.reuse.queries import PUBLIC_STATES
from registry.reuse.records import json_ready

ENTITY = "experience_report"
"""The kind of entry in the revisions; its key is that of the adoption."""
_WRITES = "Den Erfahrungsbericht schreibt die nachnutzende Stelle."
_DECIDES = "Veröffentlichen darf den Bericht nur die OZG-Koordination der nachnutzenden Stelle."


class ReportConflictError(Exception):
    """The report cannot be written now; the message is a German sentence."""


def writes_report(actor: Actor, sides: Sides) -> bool:
    """Tell whether the actor may write the report: the members of the adopting body and of its provider."""
    return any(one in actor.roles for one in sides.adopting)


def version_of(report: ExperienceReport | None) -> str:
    """Return what a form carries so that two people do not overwrite each other."""
    return "" if report is None else report.changed_at.isoformat()


def as_of_refusals(as_of: date, today: date) -> list[Refusal]:
    """Return why a report cannot be as of this day."""
    if as_of > today:
        return [Refusal("as_of", "Der Stand liegt in der Zukunft.")]
    if as_of < EARLIEST:
        return [Refusal("as_of", f"Der Stand liegt vor {EARLIEST.year}. Bitte prüfen Sie das Jahr.")]
    return []


def save_report(
    change: Change,
    actor: Actor,
    adoption: Adoption,
    fields: ExperienceFields,
    as_of: date,
    *,
    publish: bool = False,
    seen: str | None = None,
) -> ExperienceReport:
    """Store the report of an adoption, and publish it where `publish` is set; a public one stays public.

    `seen` is the version that the form was made of (`version_of`). Raises NotAllowedError, ReportConflictError, and
    SeenByPublicError when the clock has to move (`changes.carry_out`). The caller has checked `as_of_refusals`.
    """
    session = change.session
    sides = sides_of(session, adoption)
    require(writes_report(actor, sides), _WRITES)
    report = report_of(session, adoption.id or 0)
    public = publish or (report is not None and report.is_public)
    if public:
        require(acting_for(actor, sides.adopting) is not None, _DECIDES)
    if seen is not None and seen != version_of(report):
        raise ReportConflictError("Der Bericht wurde inzwischen geändert. Ihre Angaben stehen noch im Formular.")
    _check(session, adoption, publish=publish)
    before = _facts(report)
    was_shown = _is_shown(session, adoption, report)
    if report is None:
        report = ExperienceReport(adoption_id=adoption.id or 0, as_of=as_of)
    for name in ExperienceFields.model_fields:
        setattr(report, name, getattr(fields, name))
    report.as_of, report.is_public = as_of, public
    organisation = next((one for one in sides.adopting if one in actor.roles), None)
    _store(change, actor, adoption, report, before, was_shown, organisation)
    return report


def hide_report(change: Change, actor: Actor, adoption: Adoption) -> None:
    """Turn a public report into a draft; an administrator may too, to take down what must not stay.

    Raises NotAllowedError, ReportConflictError, SeenByPublicError.
    """
    session = change.session
    sides = sides_of(session, adoption)
    require(acting_for(actor, sides.adopting) is not None or actor.is_admin, _DECIDES)
    report = report_of(session, adoption.id or 0)
    if report is None or not report.is_public:
        raise ReportConflictError("Der Bericht ist nicht veröffentlicht.")
    before, was_shown = _facts(report), _is_shown(session, adoption, report)
    report.is_public = False
    _store(change, actor, adoption, report, before, was_shown, acting_for(actor, sides.adopting))


def _check(session: Session, adoption: Adoption, *, publish: bool) -> None:
    steps = steps_of(session, adoption.id)
    if not may_report(one.step for one in steps):
        raise ReportConflictError("Einen Erfahrungsbericht gibt es erst ab dem Schritt „Pilot“.")
    if publish and ((step := public_step(steps)) is None or step.step not in REPORTED_STEPS):
        raise ReportConflictError(
            "Der Bericht würde mehr verraten als die Nachnutzung selbst: "
            "Machen Sie zuerst den Schritt öffentlich, von dem er erzählt (Pilot, produktiv, beendet, verworfen)."
        )


def _store(
    change: Change,
    actor: Actor,
    adoption: Adoption,
    report: ExperienceReport,
    before: Mapping[str, Any],
    was_shown: bool,
    organisation_id: int | None,
) -> None:
    """Store a report with its trace: the audit log names the fields, the revision of what is public their values."""
    session = change.session
    after = _facts(report)
    changed = sorted(name for name in after if before.get(name) != after[name])
    if not changed:
        return
    report.actor, report.organisation_id, report.changed_at = actor.key, organisation_id, now()
    session.add(report)
    session.flush()
    if was_shown or _is_shown(session, adoption, report):
        if change.write is None:
            raise SeenByPublicError
        change.write.stamp(report)
        organisation = session.get(Organisation, organisation_id) if organisation_id is not None else None
        author = Author(actor.key, organisation.slug if organisation else "")
        record_revision(change.write, ENTITY, adoption.key, before if was_shown else {}, after, actor=author)
    was_public = bool(before.get("is_public"))
    action = "saved" if was_public == report.is_public else "published" if report.is_public else "hidden"
    audit(session, actor.key, f"experience.{action}", f"adoption:{adoption.key}", fields=changed)


def _is_shown(session: Session, adoption: Adoption, report: ExperienceReport | None) -> bool:
    """Tell whether everybody can read the report."""
    if report is None or not report.is_public:
        return False
    bundle = session.get(ServiceBundle, adoption.bundle_id)
    step = public_step(steps_of(session, adoption.id))
    return bundle is not None and bundle.state in PUBLIC_STATES and step is not None and step.step in REPORTED_STEPS


def _facts(report: ExperienceReport | None) -> dict[str, Any]:
    """Return the content of a report, JSON-ready; nothing where there is none."""
    if report is None:
        return {}
    names = (*ExperienceFields.model_fields, "as_of", "is_public")
    return {name: json_ready(getattr(report, name)) for name in names}
