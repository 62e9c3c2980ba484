"""Security headers, form tokens, cookies, and the reverse proxy's headers (OWASP ASVS 5.0, level 2)."""

import hashlib
import secrets

from flask import Flask, Response, g, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from registry.settings import Settings, secret_key
from registry.web.security_log import because

_PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
MAX_FORM_BYTES = 2 * 1024 * 1024
LARGEST_NUMBER = 2**31 - 1
"""The largest id that a table can give out."""
HSTS = "max-age=31536000; includeSubDomains"
FILE_POLICY = "script-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
"""For a file opened by itself: a picture may carry styles, never scripts."""
FROM_ANYWHERE = frozenset({"quality.leave", "followings.leave"})
"""Endpoints that take a form from other sites: the mail program ends a digest (RFC 8058), the token is the proof."""

OFFICE = frozenset({"sign_in", "oidc", "account"})
"""Blueprints outside /verwaltung whose answers no cache may keep."""

csrf = CSRFProtect()


def secure(app: Flask, settings: Settings) -> None:
    """Configure `app` so that each response carries the security headers."""
    https = settings.base_url.startswith("https://")
    app.config.update(
        SECRET_KEY=secret_key(settings),
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        SESSION_COOKIE_NAME="__Host-sitzung" if https else "sitzung",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=https,
    )
    app.session_interface = Cookies()
    if settings.environment == "production":
        app.debug = False  # whatever FLASK_DEBUG says
    app.before_request(_own_forms_only)  # before the token: a forged form must not even be kept for later
    csrf.init_app(app)
    app.add_template_global(csp_nonce)
    app.before_request(_no_impossible_key)
    app.after_request(_headers)
    if https:
        app.after_request(_https_only)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


class Cookies(SecureCookieSessionInterface):
    """Flask's signed cookie with SHA-256; the default is SHA-1 (OWASP ASVS 5.0, 11.4.1)."""

    digest_method = staticmethod(hashlib.sha256)


def csp_nonce() -> str:
    """Return this response's nonce for an inline script; using it makes the page uncacheable by ETag."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    return str(g.csp_nonce)


def _no_impossible_key() -> None:
    """Refuse addresses with a NUL sign or a number that no row has: the databases cannot even look for them."""
    for value in (request.view_args or {}).values():
        if (isinstance(value, str) and "\x00" in value) or (isinstance(value, int) and value > LARGEST_NUMBER):
            raise NotFound


def _own_forms_only() -> None:
    """Refuse what a page of another site sends, even one of the same authority: a second line behind the form token."""
    sender = request.headers.get("Sec-Fetch-Site")
    if request.method in ("GET", "HEAD", "OPTIONS") or sender not in ("cross-site", "same-site"):
        return
    if request.endpoint not in FROM_ANYWHERE:
        because("sent by a page of another site")
        refused = BadRequest()
        refused.german = "Dieses Formular kam von einer anderen Website und wurde nicht angenommen."  # type: ignore[attr-defined]
        raise refused


def _policy() -> str:
    nonce = f" 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else ""
    return (
        "default-src 'none'; "
        f"script-src 'self'{nonce}; style-src 'self'{nonce}; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


def _headers(response: Response) -> Response:
    headers = response.headers
    if response.status_code != 304:
        headers.setdefault("Content-Security-Policy", _policy())
    identity = g.get("identity")  # looked up wherever a page names the person, on error pages too
    signed_in = identity is not None and identity.actor.signed_in
    if signed_in or request.blueprint in OFFICE or request.path.startswith("/verwaltung"):
        headers.setdefault("Cache-Control", "private, no-store")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    headers.setdefault("Permissions-Policy", _PERMISSIONS)
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault(
        "Cross-Origin-Resource-Policy", "cross-origin" if request.path.startswith("/api/") else "same-origin"
    )
    return response


def _https_only(response: Response) -> Response:
    response.headers.setdefault("Strict-Transport-Security", HSTS)
    return response
