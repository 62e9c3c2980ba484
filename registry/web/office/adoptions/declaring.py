"""The forms with which a body declares a reuse, and with which others say that a body uses a bundle."""

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, redirect, render_template, request
from pydantic import ValidationError
from werkzeug.wrappers import Response

from registry.accounts.permissions import Actor
from registry.adoption.bodies import AdoptingBody, all_bodies, all_providers, own_bodies, provider_of
from registry.adoption.changes import Change, carry_out
from registry.adoption.declaring import DeclarationFields, claim, declare, offered_bundle
from registry.adoption.enums import CLAIMABLE, ONGOING, Step
from registry.adoption.finding import AdoptionRefusedError, DoubleDeclarationError
from registry.adoption.models import Adoption
from registry.catalogue.enums import State
from registry.editorial.stewardship import stewards_of
from registry.reuse.operations import UnknownEntryError
from registry.reuse.queries import bundle_cards, find_bundle
from registry.search.contract import Kind, SearchRequest
from registry.web.access import Level, access
from registry.web.editing.texts import date_from
from registry.web.formatting import german_today
from registry.web.forms import Errors, errors_of, summary
from registry.web.identity import current_actor
from registry.web.office.adoptions.blueprint import LABELS, address, adoptions, link, refused, typed
from registry.web.pages.errors import PageNotFound
from registry.web.parameters import clean_text
from registry.web.services import catalogue_tick, reading, services

Operation = Callable[..., Adoption]
OFFERED = 10
"""Bundles that a search in the form offers."""


@adoptions.errorhandler(UnknownEntryError)
def no_entry(_error: UnknownEntryError) -> Response:
    """Answer 404 for a bundle that does not exist."""
    return current_app.make_response(current_app.handle_http_exception(PageNotFound("Dieses Bündel gibt es nicht.")))


@adoptions.route("/verwaltung/nachnutzungen/neu", methods=["GET", "POST"])
@access(Level.COORDINATOR)
def new() -> Response | str | tuple[str, int]:
    """Declare that the own body reuses a bundle, or wants to."""
    if request.method == "GET":
        return _declaring()
    return _send(declare, _declaring, "Die Nachnutzung ist angemeldet. Beide Seiten erhalten eine E-Mail.")


@adoptions.route("/verwaltung/nachnutzungen/angeben", methods=["GET", "POST"])
@access(Level.COORDINATOR)
def claiming() -> Response | str | tuple[str, int]:
    """Say that another body uses a bundle."""
    if request.method == "GET":
        return _claiming()
    done = "Die Nutzung ist angegeben. Sie gilt als behauptet, bis die Stelle sie bestätigt."
    return _send(claim, _claiming, done)


def _send(operation: Operation, page: Callable[..., str], done: str) -> Response | tuple[str, int]:
    values = _values()
    try:
        fields = DeclarationFields.model_validate(values)
        adoption = carry_out(services().database, lambda change: _run(operation, change, current_actor(), fields))
    except ValidationError as error:
        return page(values, errors_of(error)), 422
    except AdoptionRefusedError as error:
        return page(values, refused(error)), 422
    except DoubleDeclarationError as error:
        return page(values, double=error), 409
    flash(done, "success")
    return redirect(address(adoption.key), 303)


def _run(operation: Operation, change: Change, actor: Actor, fields: DeclarationFields) -> Adoption:
    return operation(change, actor, _slug(), fields, today=german_today(), link=link)


def _values() -> dict[str, Any]:
    return {
        "body": typed("body"),
        "step": typed("step"),
        "day": date_from(typed("day")),
        "is_public": request.form.get("is_public") == "ja",
        "provider": typed("provider") or None,
        "note": typed("note", lines=True),
    }


def _slug() -> str:
    """Return the slug of the bundle: typed, chosen, or the end of the address of its page."""
    text, _cut = clean_text(request.values.get("buendel", ""))
    return text.rstrip("/").rpartition("/")[2]


def _declaring(
    values: dict[str, Any] | None = None, errors: Errors | None = None, double: DoubleDeclarationError | None = None
) -> str:
    actor = current_actor()
    with reading() as session:
        choices = own_bodies(session, actor)
        served = provider_of(session, choices[0]) if len(choices) == 1 else None
    started = {"body": choices[0].key if len(choices) == 1 else "", "step": Step.INTEREST.value, "provider": served}
    return _page("adoptions/new.html", choices, ONGOING, started, values, errors, double)


def _claiming(
    values: dict[str, Any] | None = None, errors: Errors | None = None, double: DoubleDeclarationError | None = None
) -> str:
    with reading() as session:
        choices = all_bodies(session)
    started = {"body": "", "step": Step.PRODUCTIVE.value, "provider": None}
    return _page("adoptions/claiming.html", choices, CLAIMABLE, started, values, errors, double)


def _page(
    template: str,
    choices: list[AdoptingBody],
    steps: tuple[Step, ...],
    started: dict[str, Any],
    values: dict[str, Any] | None,
    errors: Errors | None,
    double: DoubleDeclarationError | None,
) -> str:
    bundle, gone, offers = None, None, False
    text, _cut = clean_text(request.args.get("q", ""))
    with reading() as session:
        if _slug():
            try:
                bundle = offered_bundle(session, _slug())
                stewards = stewards_of(session, bundle.id)
                offers = stewards.decided_by(current_actor())
            except AdoptionRefusedError as error:
                gone = str(error)
        providers = all_providers(session)
    labels = LABELS | ({"note": "Woher das bekannt ist"} if template == "adoptions/claiming.html" else {})
    return render_template(
        template,
        bundle=bundle,
        text=text,
        found=_found(text),
        gone=gone,
        offers=offers,
        bodies=[(one.key, one.name) for one in choices],
        steps=[(one.value, one.label) for one in steps],
        providers=providers,
        values={"day": german_today().isoformat(), "is_public": False, "note": "", **started, **(values or {})},
        errors=errors or {},
        lines=summary({} if gone else errors or {}, labels),
        double=double,
    )


def _found(text: str) -> list[tuple[str, str]]:
    """Return slug and title of the bundles that a text finds, best first; of one alone for the address of its page."""
    if not text:
        return []
    with reading() as session:
        named = find_bundle(session, text.rstrip("/").rpartition("/")[2])
        if named is not None and named.state is State.PUBLISHED:
            return [(named.slug, named.title)]
        wanted = SearchRequest(Kind.BUNDLE, text, per_page=OFFERED)
        hits = services().search.search(wanted, catalogue_tick()).hits
        return [(card.bundle.slug, card.bundle.title) for card in bundle_cards(session, [hit.key for hit in hits])]
