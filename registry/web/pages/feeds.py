"""What programs read beside the API: sitemap, robots, OpenSearch, Atom, security.txt."""

from datetime import UTC, datetime, time, timedelta

from flask import Blueprint, Response, render_template

from registry.catalogue.queries import municipalities, ozg_services, topic_fields
from registry.reuse.queries import bundle_cards, bundle_slugs
from registry.web.addresses import absolute
from registry.web.caching import follows_clock
from registry.web.pages.errors import PageNotFound
from registry.web.services import reading, services
from registry.web.site_texts import NAMES

feeds = Blueprint("feeds", __name__)
ENTRIES = 50
_VALID_FOR = timedelta(days=180)


def _answer(text: str, mimetype: str) -> Response:
    return Response(text, content_type=f"{mimetype}; charset=utf-8")


@feeds.get("/sitemap.xml")
@follows_clock
def sitemap() -> Response:
    """List all public pages (sitemaps.org 0.9)."""
    with reading() as session:
        cards = bundle_cards(session, bundle_slugs(session))
        addresses = [
            *(absolute(endpoint) for endpoint in ("start.show", "search.results", "ozg.catalogue")),
            absolute("municipalities.index"),
            *(absolute("texts.show", name=name) for name in NAMES),
            *(absolute("ozg.topic_field", slug=one.slug) for one in topic_fields(session)),
            *(absolute("ozg.show", ozg_id=one.ozg_id) for one in ozg_services(session)),
            *(absolute("municipalities.show", key=one.municipality.ags) for one in municipalities(session)),
        ]
    dated = [(absolute("bundles.show", slug=card.bundle.slug), card.bundle.changed_on) for card in cards]
    return _answer(render_template("feeds/sitemap.xml", dated=dated, addresses=addresses), "application/xml")


@feeds.get("/robots.txt")
@follows_clock
def robots() -> Response:
    """Tell crawlers where the sitemap is; filtered searches are not worth crawling."""
    lines = ["User-agent: *", "Disallow: /suche?", f"Sitemap: {absolute('feeds.sitemap')}"]
    return _answer("\n".join(lines) + "\n", "text/plain")


@feeds.get("/opensearch.xml")
@follows_clock
def opensearch() -> Response:
    """Describe the search for browsers (OpenSearch 1.1)."""
    text = render_template(
        "feeds/opensearch.xml",
        results=absolute("search.results"),
        api=absolute("api.list_bundles"),
        icon=absolute("start.show") + "static/img/favicon.svg",
    )
    return _answer(text, "application/opensearchdescription+xml")


@feeds.get("/feed.atom")
@follows_clock
def atom() -> Response:
    """List the bundles that changed last (RFC 4287)."""
    with reading() as session:
        cards = bundle_cards(session, bundle_slugs(session, newest=ENTRIES))
    entries = [
        (card, absolute("bundles.show", slug=card.bundle.slug), _moment(card.bundle.changed_on))
        for card in cards
        if card.bundle.changed_on
    ]
    updated = max((moment for _, _, moment in entries), default="1970-01-01T00:00:00Z")
    text = render_template(
        "feeds/feed.xml",
        entries=entries,
        updated=updated,
        home=absolute("start.show"),
        address=absolute("feeds.atom"),
    )
    return _answer(text, "application/atom+xml")


def _moment(day: object) -> str:
    return f"{day}T{time(0).isoformat()}Z"


@feeds.get("/.well-known/security.txt")
def security() -> Response:
    """Say where to report vulnerabilities (RFC 9116); 404 unless the operator has set a contact."""
    contact = services().settings.security_contact
    if not contact:
        raise PageNotFound("Für diese Seite ist kein Sicherheitskontakt eingerichtet.")
    expires = (datetime.now(UTC) + _VALID_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: de, en",
        f"Canonical: {absolute('feeds.security')}",
    ]
    return _answer("\n".join(lines) + "\n", "text/plain")
