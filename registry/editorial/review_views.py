"""What a review shows: a version beside the entry, who may do what, and the remarks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from registry.accounts.models import Organisation, Person
from registry.accounts.permissions import Actor
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.editorial.applying import EDITABLE, UNPUBLISHED, WAITING, bundle_of, four_eyes, stewards_for
from registry.editorial.differences import FieldDifference, Show, differences
from registry.editorial.merging import merge
from registry.editorial.models import Proposal
from registry.editorial.reviewing import comments_of, seen_of, title_of
from registry.editorial.values import EMPTY, Values, clean, content_of
from registry.reuse.records import record_of


@dataclass(frozen=True)
class Remark:
    """A remark with the name of who wrote it."""

    author: str
    at: datetime
    field: str
    text: str


@dataclass(frozen=True)
class Review:
    """A version beside its entry. `before` is the entry as it is now, once decided as it was before the change."""

    proposal: Proposal
    title: str
    bundle: ServiceBundle | None
    author: str
    organisation: str
    decided_by: str
    before: Values
    after: Values
    conflicts: tuple[str, ...]
    """Fields in which the entry was changed differently meanwhile."""
    remarks: tuple[Remark, ...]
    is_change: bool
    """Tells whether a public entry is changed; else all is new."""
    own: bool
    may_decide: bool
    four_eyes: bool
    everything: bool
    seen: str
    """What a decision on this review must carry, so that it is about what was shown."""

    @property
    def waiting(self) -> bool:
        """Tell whether a decision or its time is awaited."""
        return self.proposal.state in WAITING

    @property
    def editable(self) -> bool:
        """Tell whether its author goes on typing."""
        return self.proposal.state in EDITABLE

    @property
    def closed(self) -> bool:
        """Tell whether the entry takes no changes any more."""
        return self.bundle is not None and self.bundle.state not in (*UNPUBLISHED, State.PUBLISHED)

    @property
    def held_by_four_eyes(self) -> bool:
        """Tell whether this person may not decide because the version is the own one."""
        return self.own and self.four_eyes

    @property
    def remarks_by_field(self) -> Mapping[str, list[Remark]]:
        """Return the remarks by field; those on the whole under the empty one."""
        found: dict[str, list[Remark]] = {}
        for one in self.remarks:
            found.setdefault(one.field, []).append(one)
        return found

    def differences(self, show: Show) -> list[FieldDifference]:
        """Return the fields that differ, or all of them when everything is wanted."""
        return differences(self.before, self.after, show, everything=self.everything)


def review_of(session: Session, actor: Actor, proposal: Proposal, *, everything: bool = False) -> Review:
    """Return what the review of a version shows. The caller has checked that the actor may see it."""
    bundle = bundle_of(session, proposal)
    stewards = stewards_for(session, proposal)
    is_public = bundle is not None and bundle.state not in UNPUBLISHED
    is_open = proposal.state in (*EDITABLE, *WAITING)
    conflicts: tuple[str, ...] = ()
    before, after = clean(proposal.base), clean(proposal.values)
    if bundle is not None and is_open and (is_public or stewards.edited_by(actor)):
        # Shown is what accepting would publish: the version merged with what the entry is now.
        current = content_of(record_of(session, bundle))
        merged = merge(proposal.base, proposal.values | {"slug": bundle.slug}, current)
        before, after = current if is_public else dict(EMPTY), merged.values
        conflicts = tuple(dict.fromkeys(one.field for one in merged.conflicts))
    elif is_open or before == after:
        before = dict(EMPTY)
    organisation = session.get(Organisation, proposal.organisation_id) if proposal.organisation_id else None
    people = _people(session, proposal)
    remarks = tuple(
        Remark(people.get(one.author_id, "gelöschtes Konto"), one.at, one.field, one.text)
        for one in comments_of(session, proposal)
    )
    return Review(
        proposal=proposal,
        title=title_of(session, proposal),
        bundle=bundle,
        author=people.get(proposal.author_id, "gelöschtes Konto"),
        organisation=organisation.name if organisation else "",
        decided_by=people.get(proposal.decided_by or 0, ""),
        before=before,
        after=after,
        conflicts=conflicts,
        remarks=remarks,
        is_change=any(before.values()),
        own=proposal.author_id == actor.person_id,
        may_decide=stewards.decided_by(actor),
        four_eyes=four_eyes(session, stewards),
        everything=everything,
        seen=seen_of(proposal, bundle),
    )


def _people(session: Session, proposal: Proposal) -> dict[int, str]:
    numbers = {proposal.author_id, proposal.decided_by or proposal.author_id}
    numbers |= {one.author_id for one in comments_of(session, proposal)}
    rows = session.exec(select(Person.id, Person.name).where(col(Person.id).in_(sorted(numbers))))
    return {number: name for number, name in rows if number is not None}
