"""Revision sets: changes of many entries that belong together, are made together and can be undone together."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlmodel import select

from registry.accounts.audit import audit
from registry.accounts.models import Person
from registry.accounts.permissions import Actor
from registry.catalogue.models import ServiceBundle
from registry.database import Write
from registry.editorial.applying import check_publishable
from registry.editorial.enums import ProposalState
from registry.editorial.held import Held
from registry.editorial.models import RevisionSet
from registry.editorial.notices import CLOSING, reviewers
from registry.editorial.proposals import begin, keep
from registry.editorial.stewardship import Stewards, set_stewards, stewards_of
from registry.history import Author
from registry.mail.operations import enqueue
from registry.moments import now
from registry.reuse.operations import save_bundle
from registry.reuse.record import BundleRecord

MAX_TITLE, MAX_REASON = 200, 500
NAMED = 20
"""Titles that the mail to the reviewers names."""


class StalePlanError(Exception):
    """Entries have changed since the preview; `slugs` name them."""

    def __init__(self, slugs: Sequence[str]) -> None:
        super().__init__("Einträge wurden inzwischen geändert. Bitte sehen Sie sich die Vorschau noch einmal an.")
        self.slugs = tuple(slugs)


class NothingToChangeError(Exception):
    """No entry would change."""

    def __init__(self) -> None:
        super().__init__("Kein Eintrag würde sich ändern.")


@dataclass(frozen=True)
class Planned:
    """What a change would do to one entry: `before` and `after` hold the fields that change."""

    slug: str
    title: str = ""
    bundle_id: int | None = None
    """None: there is no such entry for this actor, or it is a new one (then it has a record)."""
    seen: int = 0
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    record: BundleRecord | None = None
    stewards: Stewards | None = None
    review: bool = False
    """It becomes a proposed version that somebody else decides on."""
    acting: str = ""
    refused: str = ""

    @classmethod
    def of(cls, held: Held) -> "Planned":
        """Return a plan that leaves an entry as it is."""
        return cls(
            held.bundle.slug, held.bundle.title, held.bundle.id, held.seen, review=held.needs_review, acting=held.acting
        )

    @property
    def changes(self) -> bool:
        """Tell whether the entry would change."""
        return not self.refused and bool(self.after)

    @property
    def is_new(self) -> bool:
        """Tell whether the entry would be made."""
        return self.bundle_id is None and self.record is not None

    def refusing(self, reason: str) -> "Planned":
        """Return the plan with the reason why it is not carried out."""
        return replace(self, refused=reason)

    def with_values(self, before: dict[str, Any], after: dict[str, Any], record: BundleRecord) -> "Planned":
        """Return the plan of changing the record."""
        return replace(self, before=before, after=after, record=record)

    def with_stewards(self, before: dict[str, Any], after: dict[str, Any], stewards: Stewards) -> "Planned":
        """Return the plan of changing who answers for the entry: never a matter of review."""
        return replace(self, before=before, after=after, stewards=stewards, review=False)


@dataclass(frozen=True)
class SetDone:
    """What was done: the key of the set, entries changed, versions submitted for review."""

    key: str
    entries: int
    proposals: int


def carry_out(
    write: Write, actor: Actor, plans: Sequence[Planned], *, title: str, reason: str = "", address: str = ""
) -> SetDone:
    """Make all planned changes as one set; `address` is that of the reviewing page, for the mail.

    The plans must have been made in this transaction. Raises NothingToChangeError out of `writing()`.
    """
    todo = [one for one in plans if one.changes]
    if not todo:
        raise NothingToChangeError
    key, reason = str(uuid.uuid4()), reason.strip()[:MAX_REASON]
    proposed = [one for one in todo if one.review]
    for plan in todo:
        if plan.review:
            _propose(write, actor, plan, reason)
        else:
            _change(write, Author(actor.key, plan.acting, key), plan, reason)
    done = SetDone(key, len(todo) - len(proposed), len(proposed))
    write.stamp(
        RevisionSet(key=key, title=title[:MAX_TITLE], actor=actor.key, entries=done.entries, proposals=done.proposals)
    )
    _ask_for_review(write, actor, proposed, address)
    return done


def _change(write: Write, author: Author, plan: Planned, reason: str) -> None:
    if plan.record is not None:
        save_bundle(write, plan.record, actor=author, reason=reason)
    if plan.stewards is not None:
        bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == plan.slug)).one()
        set_stewards(write, bundle, plan.stewards.owner_id, plan.stewards.deputy_id, author=author, reason=reason)


def _propose(write: Write, actor: Actor, plan: Planned, reason: str) -> None:
    """Submit a version of an entry for review, without a mail of its own."""
    session = write.session
    proposal = begin(session, actor, plan.slug)
    proposal = keep(session, actor, proposal.key, proposal.version, plan.after)
    check_publishable(session, proposal, session.get(ServiceBundle, plan.bundle_id))
    proposal.state, proposal.submitted_at, proposal.reason = ProposalState.SUBMITTED, now(), reason
    session.add(proposal)
    audit(session, actor.key, "proposal.submitted", plan.slug, proposal=proposal.key)


def _ask_for_review(write: Write, actor: Actor, proposed: Sequence[Planned], address: str) -> None:
    """Tell those who decide, in one mail each, that versions wait."""
    session = write.session
    waiting: dict[int | None, tuple[Person, list[str]]] = {}
    for plan in proposed:
        stewards = stewards_of(session, plan.bundle_id)
        for person in reviewers(session, (stewards.owner_id, stewards.deputy_id), but=actor.person_id):
            waiting.setdefault(person.id, (person, []))[1].append(plan.title)
    for person, titles in waiting.values():
        more = f"\n… und {len(titles) - NAMED} weitere" if len(titles) > NAMED else ""
        listed = "\n".join(f"- {title}" for title in titles[:NAMED])
        count = f"{len(titles)} Fassungen" if len(titles) > 1 else "eine Fassung"
        where = f"Prüfen: {address}" if address else "In der Verwaltung stehen sie unter „Prüfung“."
        body = (
            f"Guten Tag,\n\n{actor.name} hat {count} aus einer Sammelbearbeitung zur Prüfung eingereicht:\n\n"
            f"{listed}{more}\n\n{where}\n\n{CLOSING}\n"
        )
        subject = f"Zu prüfen: {count} aus einer Sammelbearbeitung"
        enqueue(session, kind="review", recipient=person.email, subject=subject, body=body)
