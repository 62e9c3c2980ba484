"""Writes of profiles: what a body states, who serves it, and who may see that."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, col, delete, select

from registry.accounts.audit import audit
from registry.accounts.permissions import Actor, require
from registry.catalogue.messages import Refusal
from registry.catalogue.reference import Provider
from registry.catalogue.values import Facts, Slug
from registry.database import Database
from registry.moments import now
from registry.profiles.models import CapabilityProfile, ProfileStatement, Visibility
from registry.profiles.queries import OwnBody, product_map, stored_profile
from registry.profiles.rules import MAX_STATEMENTS, contradictions
from registry.profiles.vocabulary import blocks_by_slug
from registry.reuse.models import Capability


class Stated(Facts):
    """One statement of a form."""

    capability: Slug = Field(max_length=100)
    has: bool
    note: str | None = Field(default=None, max_length=300)


@dataclass(frozen=True)
class Draft:
    """A profile as somebody wants it to be. `visibility` None: stays as it is."""

    statements: tuple[Stated, ...]
    served_by: str | None = None
    visibility: Visibility | None = None


class ProfileRefusedError(Exception):
    """A profile cannot be so; `refusals` name the fields: `statements.<slug>`, `served_by`, or the whole."""

    def __init__(self, refused: list[Refusal]) -> None:
        super().__init__("; ".join(one.reason for one in refused))
        self.refusals = refused


class TooManyStatementsError(ProfileRefusedError):
    """More statements than a profile may have."""

    def __init__(self, number: int) -> None:
        sentence = f"Ein Profil hat höchstens {MAX_STATEMENTS} Angaben, gesendet wurden {number}."
        super().__init__([Refusal("", f"{sentence} Es wurde nichts gespeichert.")])


class StaleProfileError(Exception):
    """Somebody else has saved the profile since the form was opened; `version` is the one stored now."""

    def __init__(self, version: int) -> None:
        super().__init__("Das Profil wurde inzwischen von jemand anderem geändert.")
        self.version = version


def save_profile(database: Database, actor: Actor, body: OwnBody, draft: Draft, *, version: int) -> bool:
    """Save the profile of an own body; return whether anything changed.

    `version` is the one that the form was filled from, 0 for a body without profile. Editors save; who may see the
    profile is for coordinators to decide. The clock moves only when the public sees a difference. Raises
    NotAllowedError, ProfileRefusedError (TooManyStatementsError) and StaleProfileError; then nothing is written.
    """
    require(actor.edits_for([body.organisation_id]), "Dieses Profil pflegt nur die eigene Stelle.")
    if len(draft.statements) > MAX_STATEMENTS:
        raise TooManyStatementsError(len(draft.statements))
    with database.reading() as session:
        stored = stored_profile(session, body.kind, body.key)
    if (stored.version if stored is not None else 0) != version:
        raise StaleProfileError(stored.version if stored is not None else 0)
    before = stored.visibility if stored is not None else Visibility.PRIVATE
    after = draft.visibility or before
    if draft.served_by != (stored.served_by if stored is not None else None):
        # Who is named here may declare and confirm for the body (`adoption.sides`): that is not an editor's to give.
        require(
            actor.coordinates_for([body.organisation_id]),
            "Den IT-Dienstleister legt die OZG-Koordination der Stelle fest.",
        )
    if after is not before:
        require(
            actor.coordinates_for([body.organisation_id]),
            "Wer das Profil sehen darf, entscheidet die OZG-Koordination der Stelle.",
        )
    if stored is not None and not _differs(database, stored, draft, after) and stored.version == version:
        return False
    seen = Visibility.PUBLIC in (before, after)
    with _transaction(database, seen) as session:
        profile = stored_profile(session, body.kind, body.key, lock=True)
        current = profile.version if profile is not None else 0
        if current != version or (profile.visibility if profile is not None else Visibility.PRIVATE) is not before:
            raise StaleProfileError(current)
        _write(session, actor, body, profile, draft, after)
    return True


def checked_statements(session: Session, statements: Sequence[Stated], kept: dict[str, bool]) -> dict[str, Stated]:
    """Return the statements by slug, repeated ones merged.

    `kept` are those stated before, which may name capabilities that have been retired since. Raises
    ProfileRefusedError for unknown and newly chosen retired capabilities and for contradictions.
    """
    known = blocks_by_slug(session, (one.capability for one in statements))
    refused: list[Refusal] = []
    merged: dict[str, Stated] = {}
    for one in statements:
        slug, row = one.capability, known.get(one.capability)
        field = f"statements.{slug}"
        if row is None:
            refused.append(Refusal(field, f"Der Baustein {slug} ist nicht bekannt."))
        elif row.retired and kept.get(slug) is not one.has:
            reason = f"{row.name} wird nicht mehr geführt und kann nicht neu gewählt werden."
            refused.append(Refusal(field, reason))
        elif slug in merged and merged[slug].has is not one.has:
            refused.append(Refusal(field, f"{row.name} ist zugleich als vorhanden und als nicht vorhanden angegeben."))
        elif slug not in merged or not merged[slug].note:
            merged[slug] = one
    refused += contradiction_refusals(session, merged, known)
    if refused:
        raise ProfileRefusedError(refused)
    return merged


def contradiction_refusals(session: Session, merged: dict[str, Stated], known: dict[str, Capability]) -> list[Refusal]:
    """Return a reason for each product that is stated as present while its generic is stated as absent."""
    pairs = contradictions({slug: one.has for slug, one in merged.items()}, product_map(session))
    return [
        Refusal(
            f"statements.{generic}",
            f"Das passt nicht zusammen: {known[product].name} ist vorhanden, {known[generic].name} aber nicht. "
            f"Wer {known[product].name} hat, hat auch diesen Baustein.",
        )
        for product, generic in pairs
    ]


@contextmanager
def _transaction(database: Database, seen: bool) -> Iterator[Session]:
    if seen:
        with database.writing() as write:
            yield write.session
    else:
        with database.noting() as session:
            yield session


def _differs(database: Database, stored: CapabilityProfile, draft: Draft, after: Visibility) -> bool:
    with database.reading() as session:
        rows = _rows(session, stored.id)
    there = {row.capability: (row.has, row.note) for row in rows}
    wanted = {one.capability: (one.has, one.note) for one in draft.statements}
    same = len(wanted) == len(draft.statements) and there == wanted
    return not (same and stored.served_by == draft.served_by and stored.visibility is after)


def _write(
    session: Session,
    actor: Actor,
    body: OwnBody,
    profile: CapabilityProfile | None,
    draft: Draft,
    visibility: Visibility,
) -> None:
    if profile is None:
        profile = CapabilityProfile(visibility=Visibility.PRIVATE)
        setattr(profile, body.kind, body.key)
    there = {row.capability: row for row in _rows(session, profile.id)} if profile.id is not None else {}
    wanted = checked_statements(session, draft.statements, {slug: row.has for slug, row in there.items()})
    _check_provider(session, body, draft.served_by, profile.served_by)
    before, provider_before = profile.visibility, profile.served_by
    profile.served_by = draft.served_by
    profile.visibility = visibility
    profile.changed_at = now()
    profile.changed_by = actor.key
    profile.version += 1
    session.add(profile)
    try:
        session.flush()
    except IntegrityError:  # somebody else made the body's first profile in the same moment
        raise StaleProfileError(1) from None
    gone = sorted(there.keys() - wanted.keys())
    session.exec(
        delete(ProfileStatement).where(
            col(ProfileStatement.profile_id) == profile.id, col(ProfileStatement.capability).in_(gone)
        )
    )
    for slug, one in wanted.items():
        row = there.get(slug) or ProfileStatement(profile_id=profile.id or 0, capability=slug, has=one.has)
        row.has, row.note = one.has, one.note
        session.add(row)
    session.flush()
    told: dict[str, object] = {"statements": len(wanted)}
    if visibility is not before:
        told["visibility"] = [before.value, visibility.value]
    if draft.served_by != provider_before:  # who may act for the body has changed
        told["served_by"] = [provider_before, draft.served_by]
    audit(session, actor.key, "profile.saved", f"{body.kind}:{body.key}", **told)


def _check_provider(session: Session, body: OwnBody, slug: str | None, before: str | None) -> None:
    if slug is None:
        return
    provider = session.get(Provider, slug)
    if provider is None or (provider.retired and slug != before):
        raise ProfileRefusedError([Refusal("served_by", "Diesen IT-Dienstleister gibt es nicht.")])
    if body.kind == "provider":
        reason = "Ein IT-Dienstleister übernimmt keine Angaben eines anderen."
        raise ProfileRefusedError([Refusal("served_by", reason)])


def _rows(session: Session, profile_id: int | None) -> Iterable[ProfileStatement]:
    return session.exec(select(ProfileStatement).where(ProfileStatement.profile_id == profile_id)).all()
