"""Declaring that a body reuses a bundle, and claiming it of another body."""

from collections.abc import Callable
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, col, select

from registry.accounts.audit import audit
from registry.accounts.permissions import Actor, require
from registry.accounts.secrets import new_token
from registry.adoption import letters
from registry.adoption.bodies import AdoptingBody, find_body
from registry.adoption.changes import Change
from registry.adoption.enums import ASKING, CLAIMABLE, ONGOING, RequestState, Step
from registry.adoption.finding import AdoptionRefusedError, DoubleDeclarationError, Found, organisation_name
from registry.adoption.hiding import showing_refusals
from registry.adoption.letters import tell_both
from registry.adoption.models import Adoption, AdoptionMessage, AdoptionStep
from registry.adoption.rules import step_refusals
from registry.adoption.sides import Rights, Sides, acting_for, sides
from registry.adoption.task_operations import begin_tasks
from registry.catalogue.enums import ParticipantRole, State
from registry.catalogue.messages import Refusal
from registry.catalogue.models import BundleParticipant, ServiceBundle
from registry.catalogue.reference import Provider
from registry.catalogue.values import Facts
from registry.editorial.notices import Link, no_link
from registry.reuse.operations import UnknownEntryError
from registry.reuse.queries import PUBLIC_STATES, find_bundle

KEY_LENGTH = 22
"""Signs of a key in addresses: 132 bits, nobody guesses one."""
LONGEST_NOTE = 5000


class DeclarationFields(Facts):
    """What a declaration or a claim says."""

    body: str = Field(min_length=1, max_length=8, description="AGS oder Kreisschlüssel")
    step: Step = Field(description="Schritt")
    day: date = Field(description="seit wann")
    is_public: bool = Field(default=False, description="öffentlich")
    provider: str | None = Field(default=None, max_length=100, description="IT-Dienstleister")
    note: str = Field(default="", max_length=LONGEST_NOTE, description="Nachricht")


def declare(
    change: Change, actor: Actor, slug: str, fields: DeclarationFields, *, today: date, link: Link = no_link
) -> Adoption:
    """Declare that the own body, or one that the own provider serves, reuses a published bundle or wants to.

    It counts as confirmed. Until it is connected it is also a request to who offers the bundle; the note becomes the
    first message. Raises UnknownEntryError, NotAllowedError, AdoptionRefusedError and DoubleDeclarationError.
    """
    session = change.session
    bundle = offered_bundle(session, slug)
    body, both = _body(session, bundle, fields.body)
    number = acting_for(actor, both.adopting)
    require(
        number is not None,
        f"Eine Nachnutzung durch {body.name} meldet die OZG-Koordination dort an, oder die des IT-Dienstleisters.",
    )
    refused = [] if fields.step in ONGOING else [Refusal("step", "Dieser Schritt kann nicht der erste sein.")]
    refused += _refusals(session, bundle, body, fields, today)
    if refused:
        raise AdoptionRefusedError(refused)
    adoption = Adoption(
        key=new_token()[:KEY_LENGTH],
        bundle_id=bundle.id or 0,
        municipality=body.municipality,
        district=body.district,
        provider=fields.provider,
        step=fields.step,
        declared_by=number,
        confirmed_on=today,
        confirmed_by=number,
        request=RequestState.OPEN if fields.step in ASKING else None,
    )
    found = Found(adoption, bundle, body, both, Rights())
    return _store(change, actor, found, fields, number, "adoption.declared", letters.declared, link)


def claim(
    change: Change, actor: Actor, slug: str, fields: DeclarationFields, *, today: date, link: Link = no_link
) -> Adoption:
    """Say that another body uses a bundle: by who offers it, or by an administrator. It counts as claimed.

    The note says how that is known; both sides read it. Raises like `declare`.
    """
    session = change.session
    bundle = offered_bundle(session, slug)
    body, both = _body(session, bundle, fields.body)
    number = acting_for(actor, both.offering)
    allowed = number is not None or actor.is_admin
    require(
        allowed, "Eine Nutzung durch andere gibt an, wer das Bündel anbietet, oder die Administration des Registers."
    )
    refused = []
    if both.adopts(actor):
        refused.append(Refusal("body", "Für die eigene Stelle melden Sie die Nachnutzung selbst an."))
    if fields.step not in CLAIMABLE:
        known = ", ".join(f"„{one.label}“" for one in CLAIMABLE)
        refused.append(Refusal("step", f"Von anderen lässt sich nur angeben, was man wissen kann: {known}."))
    if len(fields.note) < 10:
        refused.append(Refusal("note", "Bitte schreiben Sie, woher die Nutzung bekannt ist."))
    refused += _refusals(session, bundle, body, fields, today)
    adoption = Adoption(
        key=new_token()[:KEY_LENGTH],
        bundle_id=bundle.id or 0,
        municipality=body.municipality,
        district=body.district,
        provider=fields.provider,
        step=fields.step,
        declared_by=number,
    )
    if fields.is_public:
        refused += showing_refusals(session, adoption, both)
    if refused:
        raise AdoptionRefusedError(refused)
    found = Found(adoption, bundle, body, both, Rights())
    return _store(change, actor, found, fields, number, "adoption.claimed", letters.claimed, link)


def offered_bundle(session: Session, slug: str) -> ServiceBundle:
    """Return an entry that can be reused. Raises UnknownEntryError, and AdoptionRefusedError when it no longer can."""
    bundle = find_bundle(session, slug)
    if bundle is None or bundle.state not in (*PUBLIC_STATES, State.WITHDRAWN):
        raise UnknownEntryError(slug)
    if bundle.state is not State.PUBLISHED:
        raise AdoptionRefusedError([Refusal("", _gone(bundle))])
    return bundle


def open_adoption(session: Session, bundle_id: int | None, body: AdoptingBody) -> Adoption | None:
    """Return the open adoption of a bundle by a body, if there is one."""
    column, key = (Adoption.municipality, body.key) if body.municipality else (Adoption.district, body.key)
    query = select(Adoption).where(Adoption.bundle_id == bundle_id, column == key, col(Adoption.closed_at).is_(None))
    return session.exec(query).first()


def _gone(bundle: ServiceBundle) -> str:
    reason = f" Grund: {bundle.state_note}" if bundle.state_note else ""
    if bundle.state is State.ARCHIVED:
        return f"Dieses Bündel ist archiviert und wird nicht mehr gepflegt. Neu beginnt damit niemand.{reason}"
    return f"Dieses Bündel ist zurückgezogen. Es kann nicht mehr nachgenutzt werden.{reason}"


def _body(session: Session, bundle: ServiceBundle, key: str) -> tuple[AdoptingBody, Sides]:
    body = find_body(session, key)
    if body is None:
        raise AdoptionRefusedError([Refusal("body", "Bitte wählen Sie eine Kommune oder einen Kreis.")])
    return body, sides(session, bundle.id or 0, body.municipality, body.district)


def _refusals(
    session: Session, bundle: ServiceBundle, body: AdoptingBody, fields: DeclarationFields, today: date
) -> list[Refusal]:
    """Return what speaks against a declaration. Raises DoubleDeclarationError when there is one already."""
    existing = open_adoption(session, bundle.id, body)
    if existing is not None:
        raise DoubleDeclarationError(existing.key, existing.step)
    refused = [one for one in step_refusals([], fields.step, fields.day, "", today) if one.field == "day"]
    if _leads(session, bundle, body):
        refused.append(Refusal("body", f"{body.name} hat dieses Bündel selbst umgesetzt: Das ist keine Nachnutzung."))
    if fields.provider is not None and session.get(Provider, fields.provider) is None:
        refused.append(Refusal("provider", "Diesen IT-Dienstleister gibt es nicht."))
    return refused


def _leads(session: Session, bundle: ServiceBundle, body: AdoptingBody) -> bool:
    query = select(BundleParticipant.id).where(
        BundleParticipant.bundle_id == bundle.id,
        BundleParticipant.role == ParticipantRole.LEAD,
        BundleParticipant.municipality == body.municipality
        if body.municipality
        else BundleParticipant.district == body.district,
    )
    return session.exec(query).first() is not None


def _store(
    change: Change,
    actor: Actor,
    found: Found,
    fields: DeclarationFields,
    number: int | None,
    action: str,
    letter: Callable[[str, str, Step, date, bool, str], tuple[str, str]],
    link: Link,
) -> Adoption:
    session, adoption, body = change.session, found.adoption, found.body
    try:
        # Of two that declare at once the index lets one through; the other one learns of it.
        with session.begin_nested():
            session.add(adoption)
    except IntegrityError:
        existing = open_adoption(session, found.bundle.id, body)
        if existing is None:
            raise
        raise DoubleDeclarationError(existing.key, existing.step) from None
    adoption_id = adoption.id or 0
    session.add(
        AdoptionStep(
            adoption_id=adoption_id,
            step=fields.step,
            day=fields.day,
            is_public=fields.is_public,
            actor=actor.key,
            organisation_id=number,
        )
    )
    if fields.step is Step.CONNECTING and adoption.confirmed_on is not None:
        begin_tasks(session, adoption, actor.key)
    if fields.note:
        session.add(
            AdoptionMessage(
                adoption_id=adoption_id, author_id=actor.person_id, organisation_id=number, text=fields.note
            )
        )
    who = organisation_name(session, number)
    subject, text = letter(body.name, who, fields.step, fields.day, fields.is_public, fields.note)
    tell_both(session, found.occasion(link), subject, text)
    audit(session, actor.key, action, f"adoption:{adoption.key}", bundle=found.bundle.slug, body=body.key)
    change.settle(adoption, None)
    return adoption
