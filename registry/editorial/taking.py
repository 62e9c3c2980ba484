"""Taking up a suggestion: it becomes a working copy of the one who takes it."""

from typing import Any

from sqlmodel import Session

from registry.accounts.audit import audit
from registry.accounts.permissions import Actor, require
from registry.catalogue.models import ServiceBundle
from registry.editorial import proposals
from registry.editorial.enums import SuggestionState
from registry.editorial.models import Proposal, Suggestion
from registry.editorial.spam import spoken
from registry.editorial.stewardship import stewards_of
from registry.editorial.suggestions import claim, existing, may_take

LONGEST_SUMMARY = 500
LONGEST_REASON = 500


def take(session: Session, actor: Actor, key: str, organisation_id: int | None = None) -> Proposal:
    """Take up an open suggestion and return the working copy that comes of it.

    For a correction it is the actor's own copy of the entry, with the suggestion named as reason; for a new bundle a
    new one for `organisation_id`, with title, text and evidence as they were suggested. Raises UnknownSuggestionError,
    NotAllowedError and SuggestionDecidedError (somebody else was faster).
    """
    suggestion = existing(session, key)
    allowed = may_take(actor, suggestion, stewards_of(session, suggestion.bundle_id))
    require(allowed, "Über diesen Hinweis entscheidet eine andere Stelle.")
    claim(session, suggestion, actor, SuggestionState.TAKEN)
    bundle = session.get(ServiceBundle, suggestion.bundle_id) if suggestion.bundle_id is not None else None
    if bundle is not None:
        proposal = proposals.begin(session, actor, bundle.slug)
        proposal.reason = _reason(proposal.reason, suggestion)
    else:
        proposal = proposals.begin_new(
            session, actor, organisation_id, values=values_of(suggestion), suggestion_id=suggestion.id
        )
    if proposal.suggestion_id is None:
        proposal.suggestion_id = suggestion.id
    suggestion.proposal_key = proposal.key
    session.add(proposal)
    session.add(suggestion)
    audit(session, actor.key, "suggestion.taken", key, proposal=proposal.key)
    return proposal


def values_of(suggestion: Suggestion) -> dict[str, Any]:
    """Return what fits of a suggestion into a new entry, as typed."""
    summary = " ".join(suggestion.text.split())
    fits = {"title": suggestion.title, "summary": summary[:LONGEST_SUMMARY]}
    if len(summary) > LONGEST_SUMMARY:
        fits["description"] = suggestion.text
    sources = [{"url": suggestion.source_url, "title": ""}] if suggestion.source_url else []
    return {**fits, "sources": sources}


def _reason(before: str, suggestion: Suggestion) -> str:
    reason = f"Hinweis {spoken(suggestion.key)}"  # no word of the sender's: reasons stand in the public history
    return f"{before}; {reason}"[:LONGEST_REASON] if before else reason[:LONGEST_REASON]
