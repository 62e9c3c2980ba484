"""Absolute addresses, for feeds, sitemap and API."""

from typing import Any

from flask import url_for

from registry.web.services import services


def absolute(endpoint: str, **values: Any) -> str:
    """Return the absolute address of an endpoint, by BASE_URL when it is set."""
    base = services().settings.base_url
    if base:
        return base + url_for(endpoint, **values)
    return url_for(endpoint, _external=True, **values)
