"""The profile that a visitor builds without an account: picked and ticked, kept in the browser's session cookie."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from registry.catalogue.bodies import bodies
from registry.catalogue.enums import FitsKind
from registry.catalogue.messages import Refusal
from registry.profiles.picked import OTHER, Picked
from registry.profiles.queries import (
    ELSEWHERE,
    OwnBody,
    bare_profile,
    body_profile,
    own_bodies,
    own_statements,
    provider_statements,
)
from registry.web import chosen
from registry.web.editing.parties import Party
from registry.web.editing.work import directory
from registry.web.forms import errors_of, safe_target, summary
from registry.web.identity import current_actor
from registry.web.pages.errors import PageNotFound
from registry.web.parameters import clean_text
from registry.web.services import reading
from registry.web.statement_forms import Filled, groups, labels

profile = Blueprint("profile", __name__)

_LABELS = {
    "served_by": "IT-Dienstleister",
    "fits_kind": "Art der Kommune",
    "population": "Einwohnerinnen und Einwohner",
}


@dataclass
class Form:
    """What a visitor has picked and ticked, as it was typed, and what is wrong with it."""

    kind: str
    key: str
    filled: Filled = field(default_factory=Filled)
    served_by: str = ""
    fits_kind: str = ""
    population: str = ""
    refused: list[Refusal] = field(default_factory=list)

    @property
    def token(self) -> str:
        """Return how forms and addresses name the body."""
        return f"{self.kind}:{self.key}" if self.key else OTHER


@profile.after_request
def not_kept(response: Response) -> Response:
    """Let no cache keep these pages: they carry a form token and what this browser has chosen."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


@profile.get("/nachnutzung/profil")
def show() -> BaseResponse | str:
    """Let a visitor pick a body, then tick what it has."""
    text, token = clean_text(request.args.get("kommune", ""))[0], request.args.get("stelle", "")
    if token:
        return ticks_page(_started(token))
    if text:
        found = [one for one in directory().named(text) if one.kind != "provider"]
        if len(found) == 1:
            return redirect(url_for("profile.show", stelle=found[0].token, zurueck=back_address() or None))
        return picking_page(text, found or [one for one in directory().near(text) if one.kind != "provider"])
    picked = chosen.picked()
    if picked is not None and "wechseln" not in request.args:
        return ticks_page(_of(picked))
    return picking_page()


def back_address() -> str:
    """Return the address of this site to come back to, empty when none was given."""
    return safe_target(request.values.get("zurueck"), "")


def body_of(token: str) -> tuple[str, str]:
    """Return kind and key of a token. Raises PageNotFound when the register has no such municipality or Kreis."""
    if token == OTHER:
        return OTHER, ""
    kind, _, key = token.partition(":")
    with reading() as database:
        if "\x00" in token or bare_profile(database, kind, key) is None:
            raise PageNotFound("Diese Kommune steht nicht im Register.")
    return kind, key


def _started(token: str) -> Form:
    """Return the form to begin with: what this browser has chosen for the body, else what the body has published."""
    kind, key = body_of(token)
    picked = chosen.picked()
    if picked is not None and (picked.kind, picked.key) == (kind, key):
        return _of(picked)
    form = Form(kind, key)
    if kind != OTHER:
        with reading() as database:
            actor = current_actor()
            form.filled = Filled.of(own_statements(database, actor, kind, key))
            known = body_profile(database, actor, kind, key)
            form.served_by = (known.provider if known is not None else None) or ""
    return form


def _of(picked: Picked) -> Form:
    if picked.kind != OTHER:
        with reading() as database:
            if bare_profile(database, picked.kind, picked.key) is None:  # a key that the register no longer has
                return Form(OTHER, "")
    filled = Filled(dict.fromkeys(picked.lacks, "nein") | dict.fromkeys(picked.has, "ja"))
    return Form(
        picked.kind,
        picked.key,
        filled,
        picked.provider or "",
        picked.fits_kind.value if picked.fits_kind else "",
        str(picked.population) if picked.population is not None else "",
    )


def ticks_page(form: Form) -> str:
    """Return the page with the rows of all capabilities."""
    with reading() as database:
        actor = current_actor()
        errors = errors_of(form.refused)
        above = provider_statements(database, actor, form.served_by) if form.served_by else {}
        rows, retired = groups(database, form.filled, inherited=above, errors=errors)
        known = body_profile(database, actor, form.kind, form.key) if form.kind != OTHER else None
        names: Mapping[str, str] = _LABELS | labels(database, form.refused)
        return render_template(
            "profile/ticks.html",
            form=form,
            name=known.name if known is not None else ELSEWHERE,
            register=known,
            published=own_statements(database, actor, form.kind, form.key),
            groups=rows,
            retired=retired,
            errors=errors,
            lines=summary(errors, names),
            kinds=[(one.value, one.label) for one in FitsKind],
            providers=[(one.key, one.name) for one in bodies(database) if one.kind == "provider"],
            current=chosen.picked(),
            back=back_address(),
        )


def picking_page(text: str = "", found: list[Party] | None = None, sentence: str = "") -> str:
    """Return the page on which a body is picked; `found` are those that the text may mean."""
    with reading() as database:
        own: list[OwnBody] = chosen.own_choices(own_bodies(database, current_actor()))
    return render_template(
        "profile/show.html",
        text=text,
        found=found,
        sentence=sentence,
        chosen=chosen.chosen_profile(),
        own=own,
        parties=[one for one in directory().parties if one.kind != "provider"],
        back=back_address(),
    )
