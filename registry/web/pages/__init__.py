"""HTML pages: one module a blueprint, one template an endpoint."""

from flask import Flask

from registry.web import formatting
from registry.web.announcements import announcements
from registry.web.markdown import markdown, short_markdown
from registry.web.pages import (
    branding,
    bundles,
    comparison,
    cooperation,
    coverage,
    feeds,
    figures,
    fit,
    follow,
    municipalities,
    nrw_map,
    ozg,
    peers,
    profile,
    reuse,
    search,
    start,
    texts,
)
from registry.web.services import EXTENSION, Services

_BLUEPRINTS = (
    start.start,
    search.search,
    bundles.bundles,
    ozg.ozg,
    municipalities.municipalities,
    reuse.reuse,
    profile.profile,
    fit.fit,
    comparison.comparison,
    peers.peers,
    cooperation.cooperation,
    coverage.coverage,
    nrw_map.nrw_map,
    figures.figures,
    follow.follow,
    texts.texts,
    feeds.feeds,
    branding.branding,
)


def register_pages(app: Flask) -> None:
    """Register all pages on `app`, and what their templates use: filters, functions, site settings."""
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.jinja_env.filters.update(formatting.FILTERS, markdown=markdown, short_markdown=short_markdown)
    parts: Services = app.extensions[EXTENSION]
    app.jinja_env.globals.update(
        formatting.GLOBALS,
        site=parts.settings,
        branding_version=branding.version(parts.settings),
        examples=search.EXAMPLES,
        announcements=announcements,
    )
