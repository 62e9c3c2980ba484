"""GET /suggest."""

from typing import Any

from flask import url_for
from pydantic import Field

from registry.search.contract import Suggestion
from registry.web.api.models import SuggestionListOut, SuggestionOut
from registry.web.api.operations import Query, operation
from registry.web.services import services

_PAGES = {
    "bundle": ("bundles.show", "slug"),
    "ozg_service": ("ozg.show", "ozg_id"),
    "municipality": ("municipalities.show", "key"),
    "query": ("search.results", "q"),
}


class SuggestQuery(Query):
    """Parameter of the suggestions."""

    q: str = Field("", max_length=200, description="what has been typed so far")


def _address(one: Suggestion) -> str:
    endpoint, parameter = _PAGES[one.kind]
    values: dict[str, Any] = {parameter: one.key}
    return url_for(endpoint, **values)


def _suggestion(one: Suggestion) -> SuggestionOut:
    return SuggestionOut.model_validate({"text": one.text, "kind": one.kind, "url": _address(one)})


@operation("/suggest", "Completions for the search field", query=SuggestQuery, answer=SuggestionListOut)
def suggest(query: SuggestQuery) -> SuggestionListOut:
    """Return at most ten completions: bundles, OZG services, municipalities, query words."""
    return SuggestionListOut(items=[_suggestion(one) for one in services().search.suggest(query.q, limit=10)])
