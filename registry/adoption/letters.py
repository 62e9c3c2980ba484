"""Mails about an adoption, to the coordinators of both sides, in the transaction of what they tell of.

Where nobody answers for the entry, the administrators of the registry get them.
"""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from registry.accounts.models import Person
from registry.adoption.enums import FINAL, Step
from registry.adoption.models import Adoption
from registry.adoption.sides import Sides
from registry.editorial.notices import CLOSING, Link, administrators, coordinators
from registry.mail.operations import enqueue

KIND = "adoption"
ROOM = "Sie finden den Vorgang in der Verwaltung unter „Nachnutzungen“."


@dataclass(frozen=True)
class Occasion:
    """What a mail is about: the adoption, its names, and where its page is."""

    adoption: Adoption
    sides: Sides
    title: str
    """Of the bundle."""
    body: str
    """Name of who adopts."""
    link: Link


def tell_both(session: Session, about: Occasion, subject: str, text: str) -> None:
    """Tell the coordinators of both sides; who is on both gets one mail."""
    tell(session, [*adopters(session, about.sides), *offerers(session, about.sides)], about, subject, text)


def tell(session: Session, people: list[Person], about: Occasion, subject: str, text: str) -> None:
    """Tell some people about an adoption."""
    where = about.link(about.adoption.key) or ROOM
    body = f"Guten Tag,\n\n{text}\n\nBündel: „{about.title}“\nNachnutzung durch: {about.body}\n\n{where}\n\n{CLOSING}\n"
    for person in {one.id: one for one in people}.values():
        enqueue(session, kind=KIND, recipient=person.email, subject=f"{subject}: {about.title}", body=body)


def adopters(session: Session, sides: Sides) -> list[Person]:
    """Return who is told on the adopting side: the body's coordinators, where there are none its provider's."""
    own = coordinators(session, sides.adopting[:1])
    return own or coordinators(session, sides.adopting[1:])


def offerers(session: Session, sides: Sides) -> list[Person]:
    """Return who is told on the offering side."""
    return coordinators(session, sides.offering) or administrators(session)


def declared(body: str, who: str, step: Step, day: date, is_public: bool, note: str) -> tuple[str, str]:
    """Return subject and text: a body declares that it reuses or wants to reuse a bundle."""
    what = f"{body} hat Interesse bekundet" if step is Step.INTEREST else f"{body} meldet eine Nachnutzung"
    by = "" if who == body else f"\nAngemeldet hat sie {who}."
    return what, f"{what}.\n{_step(step, day, is_public)}{by}{_quoted('Nachricht', note)}"


def claimed(body: str, who: str, step: Step, day: date, is_public: bool, note: str) -> tuple[str, str]:
    """Return subject and text: others say that a body uses a bundle."""
    source = _quoted("Woher das bekannt ist", note)
    return (
        f"Bitte bestätigen: Nachnutzung durch {body}",
        f"{who} gibt an, dass {body} das Bündel nutzt.\n{_step(step, day, is_public)}{source}\n"
        f"Bestätigen oder verneinen kann das nur {body}, oder der eigene IT-Dienstleister. Bis dahin gilt die Angabe "
        "als „behauptet“.",
    )


def advanced(body: str, step: Step, day: date, is_public: bool, reason: str) -> tuple[str, str]:
    """Return subject and text: the next step was taken."""
    subject = f"{body}: {step.label}"
    return subject, f"Die Nachnutzung hat einen neuen Schritt.\n{_step(step, day, is_public)}{_quoted('Grund', reason)}"


def corrected(body: str, step: Step, news: str) -> tuple[str, str]:
    """Return subject and text: a step was corrected or taken back."""
    return f"{body}: Schritt „{step.label}“ {news}", f"Der Schritt „{step.label}“ der Nachnutzung ist {news}."


def confirmed(body: str, who: str) -> tuple[str, str]:
    """Return subject and text: the body, or its provider, has confirmed."""
    return f"Bestätigt: Nachnutzung durch {body}", f"{who} hat bestätigt, dass die Angaben zur Nachnutzung gelten."


def denied(body: str, who: str, reason: str) -> tuple[str, str]:
    """Return subject and text: a claim was denied or taken back."""
    text = f"Nach Angabe von {who} trifft die behauptete Nachnutzung nicht zu. Sie wird nicht mehr gezeigt."
    return f"Nicht zutreffend: Nachnutzung durch {body}", text + _quoted("Anmerkung", reason)


def wrote(who: str, text: str) -> tuple[str, str]:
    """Return subject and text: a message of one side."""
    return f"Nachricht von {who}", f"{who} schreibt zur Nachnutzung:\n\n{_lines(text)}"


def request_declined(who: str, reason: str) -> tuple[str, str]:
    """Return subject and text: the offering body declines a request."""
    return "Anfrage abgelehnt", f"{who} hat die Anfrage zur Nachnutzung abgelehnt.{_quoted('Begründung', reason)}"


def request_taken_up(who: str) -> tuple[str, str]:
    """Return subject and text: the offering body takes its refusal back."""
    return "Anfrage wieder aufgenommen", f"{who} hat die Ablehnung der Anfrage zur Nachnutzung zurückgenommen."


def expiring(body: str, last: date) -> tuple[str, str]:
    """Return subject and text: a confirmation is about to expire; `last` is the first day without it."""
    return (
        f"Bitte bestätigen: Nachnutzung durch {body}",
        f"die Bestätigung Ihrer Nachnutzung läuft am {last:%d.%m.%Y} ab. Gelten die Angaben weiterhin, genügt ein "
        "Klick auf „Angaben gelten weiterhin“. Sonst tragen Sie bitte den nächsten Schritt ein.",
    )


def expired(body: str, last: date) -> tuple[str, str]:
    """Return subject and text: a confirmation has expired."""
    return (
        f"Bestätigung abgelaufen: Nachnutzung durch {body}",
        f"die Bestätigung Ihrer Nachnutzung ist am {last:%d.%m.%Y} abgelaufen. Das Register zeigt sie als "
        "„abgelaufen“, bis Sie sie erneuern: Ein Klick auf „Angaben gelten weiterhin“ genügt. Sonst tragen Sie bitte "
        "den nächsten Schritt ein.",
    )


def _step(step: Step, day: date, is_public: bool) -> str:
    seen = "öffentlich sichtbar" if is_public else "nur für beide Seiten sichtbar"
    ends = " (Ende)" if step in FINAL else ""
    return f"Schritt: {step.label}{ends}, {day:%d.%m.%Y}, {seen}"


def _quoted(label: str, text: str) -> str:
    return f"\n\n{label}:\n{_lines(text)}\n" if text else ""


def _lines(text: str) -> str:
    """Return a text as a quotation, so that nobody takes it for words of the registry."""
    return "\n".join(f"> {line}" for line in text.splitlines())
