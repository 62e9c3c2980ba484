"""The page of one adoption."""

from typing import Any

from flask import render_template, request

from registry.adoption.enums import FINAL, RequestState, Standing, Step
from registry.adoption.office_queries import AdoptionView, adoption_view
from registry.adoption.task_queries import tasks_of
from registry.reuse.queries import PUBLIC_STATES
from registry.web.access import Level, access
from registry.web.formatting import german_today
from registry.web.forms import Errors, summary
from registry.web.identity import current_actor
from registry.web.office.adoptions.blueprint import LABELS, adoptions, months
from registry.web.services import reading


@adoptions.get("/verwaltung/nachnutzungen/<key>")
@access(Level.EDITOR)
def show(key: str) -> str:
    """Show an adoption with what this person may do."""
    return adoption_page(key)


def adoption_page(key: str, *, part: str = "", errors: Errors | None = None, conflict: str | None = None) -> str:
    """Return the page; `part` is the form that was refused, whose fields keep what was typed.

    `errors` name the fields without the form: `day` of the form `next` is the field `next.day`.
    """
    with reading() as session:
        view: AdoptionView = adoption_view(session, current_actor(), key, today=german_today(), months=months())
        tasks = tasks_of(session, view.found.adoption.id or 0)
    paths = {(f"{part}.{path}" if path else ""): reason for path, reason in (errors or {}).items()}
    sent = part != "" and request.method == "POST"
    return render_template(
        "adoptions/show.html",
        view=view,
        tasks=tasks,
        adoption=view.found.adoption,
        bundle=view.found.bundle,
        body=view.found.body,
        rights=view.found.rights,
        is_public_entry=view.found.bundle.state in PUBLIC_STATES,
        final=FINAL,
        request_states=RequestState,
        standings=Standing,
        step_choices=[(one.value, one.label) for one in view.next_steps],
        all_steps=Step,
        today=german_today(),
        part=part,
        errors=paths,
        lines=summary(paths, {path: LABELS.get(path.rpartition(".")[2], path) for path in paths}),
        typed=_typed(part) if sent else {},
        conflict=conflict,
    )


def _typed(part: str) -> dict[str, Any]:
    """Return what was typed into the form that was refused."""
    return {name: value for name, value in request.form.items() if name.startswith(f"{part}.")}
