"""What programs read beside the API: sitemap, robots, OpenSearch, Atom, security.txt."""

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from registry.catalogue.queries import municipalities, ozg_services, topic_fields
from registry.following.feed import FeedEntry, feed_of
from registry.following.models import FollowedKind
from registry.following.searches import Finder
from registry.following.targets import Target, UnknownTargetError, WithdrawnTargetError
from registry.reuse.queries import bundle_cards, bundle_slugs
from registry.web.addresses import absolute
from registry.web.caching import follows_clock
from registry.web.followed import TooLongError, feed_address, page_address, request_of, target_of
from registry.web.pages.errors import PageNotFound
from registry.web.refusing import PageBadRequest
from registry.web.services import catalogue_tick, reading, services
from registry.web.site_texts import NAMES

feeds = Blueprint("feeds", __name__)
ENTRIES = 50
_VALID_FOR = timedelta(days=180)
_NEVER = "1970-01-01T00:00:00Z"
"""When a feed without entries was changed: it must say something."""


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
    updated = max((moment for _, _, moment in entries), default=_NEVER)
    text = render_template(
        "feeds/feed.xml",
        entries=entries,
        updated=updated,
        home=absolute("start.show"),
        address=absolute("feeds.atom"),
    )
    return _answer(text, "application/atom+xml")


@feeds.get("/suche/feed.atom")
@follows_clock
def search() -> Response | BaseResponse:
    """List what has happened to the bundles that a search finds; another spelling of a search leads to the one."""
    target = _target(FollowedKind.SEARCH, request.query_string.decode("ascii", "replace"))
    address = feed_address(target)
    if target.key != request.query_string.decode("ascii", "replace"):
        return redirect(address, 301)
    return _feed(target)


@feeds.get("/buendel/<slug>/feed.atom")
@follows_clock
def bundle(slug: str) -> Response:
    """List the public versions of an entry and the public steps of its adoptions; of a withdrawn one, that it is."""
    try:
        return _feed(_target(FollowedKind.BUNDLE, slug))
    except WithdrawnTargetError:
        return _feed(Target(FollowedKind.BUNDLE, slug, slug))


@feeds.get("/ozg/<ozg_id>/feed.atom")
@follows_clock
def ozg_service(ozg_id: str) -> Response:
    """List what has happened to the bundles of an OZG service."""
    return _feed(_target(FollowedKind.OZG_SERVICE, ozg_id))


@feeds.get("/kommunen/<key>/feed.atom")
@follows_clock
def municipality(key: str) -> Response | BaseResponse:
    """List what has happened to the bundles of a municipality or Kreis, and to its adoptions."""
    target = _target(FollowedKind.MUNICIPALITY, key)
    if target.key != key:  # the key of a kreisfreie Stadt
        return redirect(url_for("feeds.municipality", key=target.key), 301)
    return _feed(target)


def _target(kind: FollowedKind, key: str) -> Target:
    try:
        return target_of(kind, key)
    except WithdrawnTargetError:
        raise
    except TooLongError as error:
        raise PageBadRequest(str(error)) from None
    except UnknownTargetError as error:
        raise PageNotFound(str(error)) from None


def _feed(target: Target) -> Response:
    parts = services()
    with reading() as session:
        entries = feed_of(
            session,
            Finder(parts.search, request_of),
            target.kind,
            target.key,
            tick=catalogue_tick(),
            today=date.today(),
            months=parts.settings.confirmation_months,
        )
    home = absolute("start.show").rstrip("/")
    text = render_template(
        "feeds/followed.xml",
        target=target,
        entries=[(one, _link(one), _stamp(one.at)) for one in entries],
        updated=max((_stamp(one.at) for one in entries), default=_NEVER),
        home=home + page_address(target),
        address=home + feed_address(target),
    )
    return _answer(text, "application/atom+xml")


def _link(entry: FeedEntry) -> str:
    if entry.version is not None:
        return absolute("versions.show", slug=entry.slug, tick=entry.version)
    return f"{absolute('bundles.show', slug=entry.slug)}#{entry.fragment}"


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


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
