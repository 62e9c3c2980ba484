"""Steps of an adoption, their correction, and its confirmation."""

from collections.abc import Callable

from flask import flash, redirect
from pydantic import ValidationError
from werkzeug.wrappers import Response

from registry.accounts.permissions import require
from registry.adoption import operations
from registry.adoption.changes import Change, carry_out
from registry.adoption.finding import (
    AdoptionRefusedError,
    DoubleDeclarationError,
    Found,
    StaleAdoptionError,
    find,
)
from registry.adoption.operations import CorrectionFields, StepFields
from registry.web.access import Level, access
from registry.web.formatting import german_today
from registry.web.forms import errors_of
from registry.web.identity import current_actor
from registry.web.office.adoptions.blueprint import (
    address,
    adoptions,
    link,
    refused,
    typed,
    typed_step,
    version,
)
from registry.web.office.adoptions.showing import adoption_page
from registry.web.services import reading, services

Answer = Response | tuple[str, int]


@adoptions.post("/verwaltung/nachnutzungen/<key>/schritt")
@access(Level.COORDINATOR)
def advance(key: str) -> Answer:
    """Take the next step."""

    def operation(change: Change) -> str:
        fields = StepFields.model_validate({"step": typed("next.step"), **typed_step("next.")})
        operations.advance(change, current_actor(), key, version(), fields, today=german_today(), link=link)
        return f"Der Schritt „{fields.step.label}“ ist eingetragen."

    return act(key, operation, part="next", may=lambda found: found.rights.steps)


@adoptions.post("/verwaltung/nachnutzungen/<key>/schritte/<int:number>")
@access(Level.COORDINATOR)
def correct(key: str, number: int) -> Answer:
    """Correct day, visibility or reason of a step."""
    part = f"step.{number}"

    def operation(change: Change) -> str:
        fields = CorrectionFields.model_validate(typed_step(f"{part}."))
        changed = operations.correct(
            change, current_actor(), key, version(), number, fields, today=german_today(), link=link
        )
        return "Der Schritt ist berichtigt." if changed else "Es war nichts zu ändern."

    return act(key, operation, part=part, may=lambda found: found.rights.steps)


@adoptions.post("/verwaltung/nachnutzungen/<key>/zuruecknehmen")
@access(Level.COORDINATOR)
def take_back(key: str) -> Answer:
    """Take the last step back."""

    def operation(change: Change) -> str:
        step = operations.take_back(change, current_actor(), key, version(), link=link)
        return f"Der Schritt „{step.label}“ ist zurückgenommen."

    return act(key, operation)


@adoptions.post("/verwaltung/nachnutzungen/<key>/bestaetigen")
@access(Level.COORDINATOR)
def confirm(key: str) -> Answer:
    """Say that the facts hold as of today."""

    def operation(change: Change) -> str:
        operations.confirm(change, current_actor(), key, today=german_today(), link=link)
        return "Danke. Die Angaben sind bestätigt."

    return act(key, operation)


@adoptions.post("/verwaltung/nachnutzungen/<key>/verneinen")
@access(Level.COORDINATOR)
def deny(key: str) -> Answer:
    """Say that a claimed use is none."""

    def operation(change: Change) -> str:
        operations.deny(change, current_actor(), key, typed("deny.reason", lines=True), link=link)
        return "Die Angabe ist zurückgewiesen. Sie wird nicht mehr gezeigt."

    return act(key, operation, part="deny")


def act(
    key: str,
    operation: Callable[[Change], str],
    *,
    part: str = "",
    may: Callable[[Found], bool] = lambda _: True,
    refusal: str = operations.OTHERS,
) -> Answer:
    """Run an operation, which returns what to tell; a refused one shows the page with what was typed.

    `may` is asked first, so that nobody learns what is wrong with a form that is not for them; `refusal` tells them.
    """
    with reading() as session:
        require(may(find(session, current_actor(), key)), refusal)
    try:
        news = carry_out(services().database, operation)
    except ValidationError as error:
        return adoption_page(key, part=part, errors=errors_of(error)), 422
    except AdoptionRefusedError as error:
        return adoption_page(key, part=part, errors=refused(error)), 422
    except DoubleDeclarationError:
        conflict = "Die Stelle hat inzwischen neu begonnen: Es gibt schon eine offene Nachnutzung dieses Bündels."
        return adoption_page(key, part=part, conflict=conflict), 409
    except StaleAdoptionError as error:
        return adoption_page(key, part=part, conflict=str(error)), 409
    flash(news, "success")
    return redirect(address(key), 303)
