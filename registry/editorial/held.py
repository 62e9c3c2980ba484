"""Entries with what decides who may change them and how: for changes of many at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.editorial.applying import OPEN, UNPUBLISHED, acting_for
from registry.editorial.models import Proposal, Stewardship
from registry.editorial.stewardship import NOBODY, Stewards
from registry.editorial.values import Values, content_of
from registry.reuse.record import BundleRecord
from registry.reuse.records import records_of

NOT_YOURS = "Diesen Eintrag gibt es nicht, oder Ihre Stelle koordiniert ihn nicht."
"""One sentence for both: an address tells nothing about drafts of others."""


@dataclass(frozen=True)
class Held:
    """An entry as it is now. `seen` is the tick of its last change, its stewards included."""

    bundle: ServiceBundle
    record: BundleRecord
    stewards: Stewards
    seen: int
    four_eyes: bool
    acting: str
    """Slug of the organisation that the actor acts for."""
    in_work: bool
    """The actor has an open version of it."""

    @property
    def content(self) -> Values:
        """Return the values that a change may touch."""
        return content_of(self.record)

    @property
    def needs_review(self) -> bool:
        """Tell whether a change becomes a proposed version: under four eyes nobody changes what is public alone."""
        return self.four_eyes and self.bundle.state is State.PUBLISHED

    @property
    def closed(self) -> str:
        """Return why the entry takes no changes of this kind now, empty when it does."""
        state = self.bundle.state
        if state not in (*UNPUBLISHED, State.PUBLISHED):
            return f"Der Eintrag ist {state.label} und nimmt keine Änderungen an."
        if self.four_eyes and state is State.IN_REVIEW:
            return "Der Eintrag ist in Prüfung, und es gilt das Vier-Augen-Prinzip."
        if self.needs_review and self.in_work:
            return "Sie haben zu diesem Eintrag schon eine Fassung in Arbeit oder in Prüfung."
        return ""


def held_entries(session: Session, actor: Actor, slugs: Collection[str]) -> dict[str, Held]:
    """Return the entries among `slugs` on which the actor decides, by slug; a dozen queries however many there are."""
    bundles = session.exec(
        select(ServiceBundle).where(col(ServiceBundle.slug).in_(list(slugs))).order_by(ServiceBundle.slug)
    ).all()
    ids = [one.id for one in bundles]
    stewardships = {
        row.bundle_id: row for row in session.exec(select(Stewardship).where(col(Stewardship.bundle_id).in_(ids)))
    }
    mine = [one for one in bundles if _stewards(stewardships.get(one.id or 0)).decided_by(actor)]
    in_work = set(
        session.exec(
            select(Proposal.bundle_id).where(
                Proposal.author_id == actor.person_id,
                col(Proposal.bundle_id).in_(ids),
                col(Proposal.state).in_(OPEN),
            )
        )
    )
    organisations = {row.id: row for row in session.exec(select(Organisation))}
    found = {}
    for bundle, record in zip(mine, records_of(session, mine), strict=True):
        row = stewardships.get(bundle.id or 0)
        stewards = _stewards(row)
        found[bundle.slug] = Held(
            bundle,
            record,
            stewards,
            seen=max(bundle.tick, row.tick if row else 0),
            four_eyes=_four_eyes(organisations, stewards),
            acting=_slug(organisations, acting_for(actor, stewards)),
            in_work=bundle.id in in_work,
        )
    return found


def _stewards(row: Stewardship | None) -> Stewards:
    return NOBODY if row is None else Stewards(row.owner_id, row.deputy_id)


def _four_eyes(organisations: Mapping[int | None, Organisation], stewards: Stewards) -> bool:
    owner = organisations.get(stewards.owner_id) if stewards.owner_id is not None else None
    return owner is not None and owner.four_eyes


def _slug(organisations: Mapping[int | None, Organisation], number: int | None) -> str:
    organisation = organisations.get(number) if number is not None else None
    return organisation.slug if organisation else ""
