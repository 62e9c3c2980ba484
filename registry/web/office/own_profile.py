"""The capability profile of the own organisation: what it has, who serves it, who may see that."""

from dataclasses import dataclass, field

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.accounts.permissions import ANONYMOUS, Actor
from registry.catalogue.bodies import bodies
from registry.catalogue.messages import Refusal
from registry.editorial.who import names_of_actors
from registry.profiles.models import CapabilityProfile, Visibility
from registry.profiles.operations import (
    Draft,
    ProfileRefusedError,
    StaleProfileError,
    TooManyStatementsError,
    save_profile,
)
from registry.profiles.profile import Statement
from registry.profiles.queries import (
    OwnBody,
    bare_profile,
    body_profile,
    editable_bodies,
    provider_statements,
    stated_by,
    stored_profile,
)
from registry.profiles.vocabulary import blocks_by_slug
from registry.web.access import Level, PageForbidden, access
from registry.web.forms import errors_of, summary
from registry.web.identity import current_actor
from registry.web.parameters import clean_text
from registry.web.services import reading, services
from registry.web.statement_forms import NO, WORDS, YES, Filled, FormRefusedError, groups, labels, read

own_profile = Blueprint("own_profile", __name__)

VISIBILITIES = (
    (Visibility.PRIVATE, "Nur die Mitglieder Ihrer Stelle und die Administration sehen das Profil."),
    (Visibility.SHARED, "Außerdem sehen es angemeldete Mitglieder anderer Stellen, nicht die Öffentlichkeit."),
    (Visibility.PUBLIC, "Alle sehen es, auch ohne Anmeldung; Vergleiche und Auswertungen dürfen es verwenden."),
)


@dataclass
class Form:
    """The form as it is shown: stored, or as it was typed with what is wrong."""

    filled: Filled
    served_by: str
    visibility: str
    version: int
    refused: list[Refusal] = field(default_factory=list)
    clash: bool = False
    """Somebody else has saved meanwhile."""


@own_profile.get("/verwaltung/profil")
@access(Level.EDITOR)
def show() -> str:
    """Show the profile of the own organisation, the first of several."""
    with reading() as session:
        able = editable_bodies(session, current_actor())
    return _page(able[0], able) if able else render_template("own_profile/none.html")


@own_profile.get("/verwaltung/profil/<slug>")
@access(Level.EDITOR)
def one(slug: str) -> str:
    """Show the profile of one of several own organisations."""
    body, able = _own(slug)
    return _page(body, able)


@own_profile.post("/verwaltung/profil/<slug>")
@access(Level.EDITOR)
def save(slug: str) -> Response | tuple[str, int]:
    """Save the profile; when somebody else has saved meanwhile, show both."""
    body, able = _own(slug)
    actor, fields = current_actor(), request.form
    form = Form(Filled(), clean_text(fields.get("served_by", ""))[0], fields.get("visibility", ""), _version())
    try:
        form.filled, stated = read(fields)
        visibility = next((one for one in Visibility if one.value == form.visibility), None)
        if form.visibility and visibility is None:
            raise ProfileRefusedError([Refusal("visibility", "Diese Sichtbarkeit gibt es nicht.")])
        draft = Draft(tuple(stated), form.served_by or None, visibility)
        changed = save_profile(services().database, actor, body, draft, version=form.version)
    except TooManyStatementsError as error:
        form.refused = error.refusals
        return _page(body, able, form), 413
    except ProfileRefusedError as error:
        form.filled = error.filled if isinstance(error, FormRefusedError) else form.filled
        form.refused = error.refusals
        return _page(body, able, form), 422
    except StaleProfileError as error:
        form.version, form.clash = error.version, True
        return _page(body, able, form), 409
    flash("Das Profil ist gespeichert." if changed else "Das Profil ist unverändert.", "success" if changed else "info")
    return redirect(url_for("own_profile.one", slug=slug), 303)


def _own(slug: str) -> tuple[OwnBody, list[OwnBody]]:
    with reading() as session:
        able = editable_bodies(session, current_actor())
    body = next((one for one in able if one.organisation == slug), None)
    if body is None:
        raise PageForbidden("Dieses Profil pflegt nur die eigene Stelle.")
    return body, able


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _page(body: OwnBody, able: list[OwnBody], form: Form | None = None) -> str:
    with reading() as session:
        actor = current_actor()
        stored = stored_profile(session, body.kind, body.key)
        own = stated_by(session, stored, body.name)
        shown = form or Form(
            Filled.of(own),
            (stored.served_by if stored else None) or "",
            (stored.visibility if stored else Visibility.PRIVATE).value,
            stored.version if stored else 0,
        )
        if not body.coordinates:  # not theirs to choose: what is stored is sent along
            shown.served_by = (stored.served_by if stored else None) or ""
        errors = errors_of(shown.refused)
        above = provider_statements(session, actor, shown.served_by) if shown.served_by else {}
        rows, retired = groups(session, shown.filled, inherited=above, errors=errors)
        effective = body_profile(session, actor, body.kind, body.key)
        public = _public(session, body, stored)
        return render_template(
            "own_profile/show.html",
            body=body,
            able=able,
            register=bare_profile(session, body.kind, body.key),
            form=shown,
            groups=rows,
            retired=retired,
            errors=errors,
            lines=summary(errors, labels(session, shown.refused) | {"served_by": "IT-Dienstleister"}),
            providers=[(one.key, one.name) for one in bodies(session) if one.kind == "provider"],
            visibilities=VISIBILITIES,
            visibility=stored.visibility if stored else Visibility.PRIVATE,
            stored=stored,
            changed_by=names_of_actors(session, [stored.changed_by])[stored.changed_by] if stored else "",
            differences=_differences(session, shown, own, stored) if shown.clash else [],
            provider_is_hidden=bool(shown.served_by) and _is_hidden(session, actor, shown.served_by),
            effective=effective,
            public=public,
            names=blocks_by_slug(session, public.keys()),
        )


def _public(session: Session, body: OwnBody, stored: CapabilityProfile | None) -> dict[str, Statement]:
    """Return what everybody sees of the stored profile."""
    if body.kind == "provider":
        return provider_statements(session, ANONYMOUS, body.key)
    seen = body_profile(session, ANONYMOUS, body.kind, body.key)
    return dict(seen.statements) if seen is not None and stored is not None else {}


def _is_hidden(session: Session, actor: Actor, slug: str) -> bool:
    """Tell whether nothing is inherited from a provider: it has no profile, or none that the actor may see."""
    return not provider_statements(session, actor, slug)


def _differences(
    session: Session, form: Form, own: dict[str, Statement], stored: CapabilityProfile | None
) -> list[tuple[str, str, str]]:
    """Return what differs between the stored profile and what was typed: (label, stored, typed)."""
    typed = form.filled
    slugs = sorted({*own, *typed.choices})
    names = blocks_by_slug(session, slugs)
    words = {YES: WORDS[True], NO: WORDS[False], "": "keine Angabe"}
    found = []
    for slug in slugs:
        there, here = own.get(slug), typed.choices.get(slug, "")
        before = words[YES if there.has else NO] if there is not None else words[""]
        note_before, note = (there.note or "" if there is not None else ""), typed.notes.get(slug, "")
        mine = words.get(here, here)
        if (before, note_before) != (mine, note):
            name = names[slug].name if slug in names else slug
            found.append((name, _with_note(before, note_before), _with_note(mine, note)))
    served_by = (stored.served_by if stored is not None else None) or ""
    if served_by != form.served_by:
        providers = {one.key: one.name for one in bodies(session) if one.kind == "provider"}
        pair = [providers.get(one, one) or "keine Angabe" for one in (served_by, form.served_by)]
        found.append(("IT-Dienstleister", pair[0], pair[1]))
    if stored is not None and form.visibility and stored.visibility.value != form.visibility:
        words = {one.value: one.label for one in Visibility}
        found.append(("Sichtbarkeit", stored.visibility.label, words.get(form.visibility, form.visibility)))
    return found


def _with_note(text: str, note: str) -> str:
    return f"{text} ({note})" if note else text
