"""The last step of editing: look at all changes, then save as draft, submit for review, or publish."""

from collections.abc import Mapping
from datetime import date, datetime, time

from flask import flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug import Response

from registry.accounts.permissions import NotAllowedError
from registry.catalogue.enums import State
from registry.catalogue.rules import StateConflictError
from registry.editorial.applying import StaleProposalError, UnknownProposalError
from registry.editorial.copies import Copy
from registry.editorial.merging import MergeNeededError
from registry.editorial.proposals import Outcome, Result, apply, keep
from registry.editorial.proposals import Step as Move
from registry.editorial.values import changed_fields, clean, label_of
from registry.reuse.operations import DanglingReferenceError
from registry.web.addresses import absolute
from registry.web.editing.checking import Problem
from registry.web.editing.steps import CHECK, KEYS, SLUG, STEPS, step_of, title_of
from registry.web.editing.texts import date_from, plain
from registry.web.editing.words import lines_of
from registry.web.editing.work import directory, look, names_in, open_copy, proposed_slug
from registry.web.formatting import GERMAN_ZONE
from registry.web.forms import errors_of, summary
from registry.web.identity import current_actor
from registry.web.pages.errors import PageNotFound
from registry.web.services import reading, services

MOVES: dict[str, Move] = {"entwurf": "draft", "pruefung": "submit", "veroeffentlichen": "publish"}
"""Value of a button → step of the workflow."""
MAX_REASON = 500
LABELS = {"begruendung": "Grund", "veroeffentlichen_am": "Veröffentlichen am"}


def finish_page(
    copy: Copy,
    *,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    note: str = "",
    refused: tuple[Problem, ...] | None = None,
) -> str:
    """Return the page of the last step; `refused` is what an attempt to go on has found."""
    proposal = copy.proposal
    values = dict(proposal.values)
    known = directory()
    checked = look(values, State.PUBLISHED)
    with reading() as session:
        slug = proposed_slug(session, values) if copy.is_new else copy.slug
        names = names_in(session, values) | names_in(session, proposal.base)
    errors = dict(errors or {})
    before, now = clean(proposal.base), clean(values)
    changes = [
        (label_of(path), *(lines_of(path, one[path], known, names) for one in (before, now)), step_of(path))
        for path in changed_fields(proposal.base, values)
        if step_of(path) is not None and path != SLUG
    ]
    states = {step.key: checked.state_of(step) for step in STEPS}
    return render_template(
        "editing/finish.html",
        copy=copy,
        title=values.get("title") or "Neuer Eintrag",
        slug=values.get(SLUG) or slug,
        version=proposal.version,
        keys=[(key, title_of(key), states.get(key)) for key in KEYS],
        number=len(KEYS),
        checked=checked,
        problems=checked.problems + tuple(one for one in refused or () if one not in checked.problems),
        changes=changes,
        errors=errors,
        lines=summary(errors, LABELS),
        typed=typed or {"begruendung": proposal.reason, "veroeffentlichen_am": ""},
        note=note,
        tried=refused is not None,
    )


def finish(copy: Copy) -> Response | tuple[str, int]:
    """Do what the button of the last step says."""
    goal = request.form.get("weiter", "")
    key = copy.proposal.key
    if goal in KEYS:
        return redirect(url_for("editing.show", key=key, step=goal), 303)
    typed = {name: plain(request.form.get(name, "")) for name in LABELS}
    errors, publish_at = _checked_form(typed)
    move = MOVES.get(request.form.get("tun", ""))
    if errors or move is None:
        return finish_page(copy, errors=errors, typed=typed), 422 if errors else 400
    if request.form.get("version", "") != str(copy.proposal.version):
        note = "Der Eintrag wurde inzwischen in einem anderen Fenster geändert. Bitte sehen Sie die Änderungen durch."
        return finish_page(copy, typed=typed, note=note), 409
    try:
        with services().database.writing() as write:
            if copy.is_new and not copy.proposal.values.get(SLUG):
                slug = proposed_slug(write.session, copy.proposal.values) or None
                keep(write.session, current_actor(), key, copy.proposal.version, {SLUG: slug})
            outcome = apply(
                write,
                current_actor(),
                key,
                step=move,
                reason=typed["begruendung"],
                publish_at=publish_at if move == "publish" else None,
                link=lambda one: absolute("reviewing.show", key=one),
            )
    except MergeNeededError:
        return redirect(url_for("reviewing.conflict", key=key), 303)
    except NotAllowedError as error:
        return finish_page(copy, typed=typed, note=str(error)), 403
    except (StaleProposalError, StateConflictError) as error:
        return finish_page(_again(key), typed=typed, note=str(error)), 409
    except UnknownProposalError as error:
        raise PageNotFound(str(error)) from None
    except (ValidationError, DanglingReferenceError) as error:
        found = error.refusals if isinstance(error, DanglingReferenceError) else errors_of(error)
        reasons = found if isinstance(found, dict) else {one.field: one.reason for one in found}
        if "publish_at" in reasons:
            return finish_page(copy, errors={"veroeffentlichen_am": reasons["publish_at"]}, typed=typed), 422
        more = tuple(Problem(path, label_of(path), reason, step_of(path)) for path, reason in reasons.items())
        own = () if look(copy.proposal.values, State.PUBLISHED).problems else more
        return finish_page(copy, typed=typed, refused=own), 422
    flash(outcome.sentence, "info" if outcome.result is Result.UNCHANGED else "success")
    return redirect(_goal(outcome), 303)


def _again(key: str) -> Copy:
    with reading() as session:
        return open_copy(session, key)


def _goal(outcome: Outcome) -> str:
    if outcome.result in (Result.PUBLISHED, Result.UNCHANGED) and outcome.slug:
        return url_for("bundles.show", slug=outcome.slug)
    if outcome.result in (Result.SUBMITTED, Result.SCHEDULED):
        return url_for("reviewing.show", key=outcome.key)
    return url_for("editing.show", key=outcome.key, step=CHECK)


def _checked_form(typed: Mapping[str, str]) -> tuple[dict[str, str], datetime | None]:
    errors: dict[str, str] = {}
    if len(typed["begruendung"]) > MAX_REASON:
        errors["begruendung"] = f"Höchstens {MAX_REASON} Zeichen sind erlaubt."
    text = typed["veroeffentlichen_am"]
    if not text:
        return errors, None
    try:
        day = date.fromisoformat(date_from(text))
    except ValueError:
        errors["veroeffentlichen_am"] = "Das ist kein Datum der Form JJJJ-MM-TT oder TT.MM.JJJJ."
        return errors, None
    if day <= datetime.now(GERMAN_ZONE).date():
        errors["veroeffentlichen_am"] = "Der Tag liegt nicht in der Zukunft. Lassen Sie das Feld leer für „sofort“."
    return errors, datetime.combine(day, time(), GERMAN_ZONE)
