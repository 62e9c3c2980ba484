"""The identity provider of the settings, spoken to by OpenID Connect: authorization code with PKCE, state and nonce.

Only the configured issuer is ever asked, at the addresses that its own discovery document names; nothing that a
browser sends has a say in them. Redirects are not followed, answers are limited in time and size.
"""

import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import current_app, request, session

from registry.settings import Settings
from registry.web.services import services

if TYPE_CHECKING:
    from authlib.integrations.flask_client import FlaskOAuth2App

log = logging.getLogger(__name__)

NAME = "oidc"
EXTENSION = "registry-provider"
TIMEOUT = (3.05, 10.0)
"""Seconds for connecting, and between two parts of an answer."""
MAX_BYTES = 512 * 1024
METADATA_KEPT = 3600.0
FAILURE_KEPT = 10.0
"""Seconds in which a provider that does not answer is not asked again: it must not hold up all workers."""
ATTEMPTS_KEPT = 3
"""Begun sign-ins that a browser's cookie keeps: a person may have several tabs, and a cookie has 4 KB."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that only the provider can make: neither „none“ nor those with a shared key."""


class ProviderError(Exception):
    """The sign-in cannot go on; the message is a German sentence, `status` that of the answer."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


def away() -> ProviderError:
    """Return the error for a provider that does not answer."""
    sentence = "Der Anmeldedienst ist gerade nicht erreichbar. Bitte versuchen Sie es in einigen Minuten noch einmal."
    return ProviderError(sentence, 503)


def confused() -> ProviderError:
    """Return the error for a provider whose answer cannot be used."""
    sentence = "Der Anmeldedienst hat eine Antwort gegeben, mit der das Register nichts anfangen kann."
    return ProviderError(sentence, 502)


def stale() -> ProviderError:
    """Return the error for an answer that this browser has not asked for, or not any more."""
    return ProviderError("Diese Anmeldung ist abgelaufen oder wurde schon benutzt. Bitte beginnen Sie neu.", 400)


@dataclass
class Provider:
    """What an application knows of its provider."""

    settings: Settings
    _client: "FlaskOAuth2App | None" = None
    _made: float = 0.0
    _failed: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def client(self) -> "FlaskOAuth2App":
        """Return the client, made by the provider's discovery document. Raises ProviderError."""
        with self._lock:
            now = time.monotonic()
            if self._client is not None and now - self._made < METADATA_KEPT:
                return self._client
            if self._failed is not None and now - self._failed < FAILURE_KEPT:
                raise away()
            try:
                metadata = _discover(self.settings.oidc_issuer)
            except ProviderError:
                self._failed = time.monotonic()
                raise
            self._client, self._made, self._failed = _client_of(self.settings, metadata), now, None
            return self._client


def provider() -> Provider:
    """Return the provider of the current application."""
    found: Provider = current_app.extensions.setdefault(EXTENSION, Provider(services().settings))
    return found


def begin(redirect_uri: str, target: str, *, again: bool) -> str:
    """Remember a sign-in in the browser's cookie; return the provider's address to go to. Raises ProviderError.

    `again` asks the provider for a fresh proof, although it may know the browser.
    """
    client = provider().client()
    extra = {"prompt": "login"} if again else {}
    begun = client.create_authorization_url(redirect_uri, **extra)
    _forget_attempts()
    client.save_authorize_data(redirect_uri=redirect_uri, target=target, **begun)
    return str(begun["url"])


def finish() -> tuple[dict[str, Any], str]:
    """Check the provider's answer in the current request; return the claims and where to go on.

    A begun sign-in is used up by this, whatever comes of it. Raises ProviderError.
    """
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError
    from requests import RequestException

    client = provider().client()
    settings = services().settings
    begun = client.framework.get_state_data(session, request.args.get("state", ""))
    if not isinstance(begun, dict):
        raise stale()
    target = str(begun.get("target", "/"))
    if request.args.get("iss", settings.oidc_issuer).rstrip("/") != settings.oidc_issuer:  # RFC 9207
        client.framework.clear_state_data(session, request.args["state"])
        raise stale()
    try:
        token = client.authorize_access_token(claims_options=_expected(client))
        claims = token.get("userinfo")
        if not isinstance(claims, dict) or not isinstance(claims.get("sub"), str):
            raise confused()
        return _completed(client, token, dict(claims), settings.oidc_claim), target
    except AuthlibBaseError as error:
        log.warning("single sign-on refused: %s", str(error.error)[:100])
        if error.error == "access_denied":
            raise ProviderError("Die Anmeldung wurde beim Anmeldedienst abgebrochen oder abgelehnt.", 403) from None
        raise (stale() if error.error in ("invalid_grant", "mismatching_state") else confused()) from None
    except JoseError as error:
        log.warning("single sign-on: the identity token is not valid: %s", type(error).__name__)
        raise stale() from None
    except RequestException as error:
        raise _unreachable(error) from None
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        log.warning("single sign-on: odd answer of the provider: %s", type(error).__name__)
        raise confused() from None


def _expected(client: "FlaskOAuth2App") -> dict[str, Any]:
    return {
        "iss": {"essential": True, "value": client.server_metadata["issuer"]},
        "aud": {"essential": True, "value": client.client_id},
        "sub": {"essential": True},
    }


def _completed(client: "FlaskOAuth2App", token: Any, claims: dict[str, Any], claim_name: str) -> dict[str, Any]:
    """Return the claims with what only the userinfo endpoint tells; those of the signed token come first."""
    names = claims.get("_claim_names")
    if isinstance(names, dict) and claim_name in names:
        # „Too many groups for a token“, as Entra ID says it. Taken as „no groups“ it would take all roles away.
        log.warning("single sign-on: the provider puts the claim %s elsewhere; let it send fewer groups", claim_name)
        raise confused()
    wanted = {"email", claim_name.split(".")[0]}
    if not client.server_metadata.get("userinfo_endpoint") or (wanted <= claims.keys() or claim_name in claims):
        return claims
    more = client.userinfo(token=token)
    if more.get("sub") != claims["sub"]:  # OpenID Connect Core, 5.3.2
        raise confused()
    return {**more, **claims}


def _forget_attempts() -> None:
    """Leave room in the cookie for one more attempt: the oldest go."""
    begun = [name for name in session if name.startswith(f"_state_{NAME}_")]
    begun.sort(key=lambda name: session[name].get("exp", 0) if isinstance(session[name], dict) else 0)
    for name in begun[: max(0, len(begun) - ATTEMPTS_KEPT + 1)]:
        session.pop(name)


def _discover(issuer: str) -> dict[str, Any]:
    """Return what the provider tells of itself (OpenID Connect Discovery 1.0, 4). Raises ProviderError."""
    import requests

    try:
        with requests.get(
            f"{issuer}/.well-known/openid-configuration", timeout=TIMEOUT, allow_redirects=False, stream=True
        ) as answer:
            if answer.status_code >= 500:
                log.warning("single sign-on: the provider answers %s", answer.status_code)
                raise away()
            raw = answer.raw.read(MAX_BYTES + 1, decode_content=True)
            if answer.status_code != 200 or len(raw) > MAX_BYTES:
                log.warning("single sign-on: no discovery document at %s (%s)", issuer, answer.status_code)
                raise confused()
            found = json.loads(raw)
    except requests.RequestException as error:
        raise _unreachable(error) from None
    except (ValueError, OSError):
        log.warning("single sign-on: the discovery document of %s is no JSON", issuer)
        raise confused() from None
    reason = _fault(found, issuer)
    if reason:
        log.warning("single sign-on: the discovery document of %s cannot be used: %s", issuer, reason)
        raise confused()
    return dict(found)


def _fault(found: Any, issuer: str) -> str | None:
    if not isinstance(found, Mapping):
        return "no object"
    # Discovery 4.3: a document that names another issuer must not be used.
    if not isinstance(found.get("issuer"), str) or found["issuer"].rstrip("/") != issuer:
        return "it names another issuer"
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    for name in (*needed, "userinfo_endpoint"):
        address = found.get(name)
        if address is None and name not in needed:
            continue
        if not isinstance(address, str) or not _may_be_asked(address, issuer):
            return f"{name} is missing or not https"
    return None


def _may_be_asked(address: str, issuer: str) -> bool:
    """Tell whether an address is encrypted; a provider on this machine, for trying out, may name its own host."""
    parts, own = urlsplit(address), urlsplit(issuer)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
    )


def _client_of(settings: Settings, metadata: Mapping[str, Any]) -> "FlaskOAuth2App":
    # Imported late: only an installation with a provider needs it.
    from authlib.integrations.flask_client import OAuth

    logging.getLogger("authlib").setLevel(logging.INFO)  # at DEBUG it writes the secret of PKCE into the log
    told = metadata.get("id_token_signing_alg_values_supported")
    algorithms = [one for one in ALGORITHMS if isinstance(told, list) and one in told] or ["RS256"]
    methods = metadata.get("token_endpoint_auth_methods_supported")
    method = "client_secret_basic" if settings.oidc_client_secret else "none"
    if method != "none" and isinstance(methods, list) and method not in methods and "client_secret_post" in methods:
        method = "client_secret_post"
    # Of the document only these are taken over: Authlib would hand on the rest to the HTTP session as its options.
    return OAuth(current_app._get_current_object()).register(  # type: ignore[attr-defined]
        NAME,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret or None,
        authorize_url=metadata["authorization_endpoint"],
        access_token_url=metadata["token_endpoint"],
        userinfo_endpoint=metadata.get("userinfo_endpoint"),
        jwks_uri=metadata["jwks_uri"],
        issuer=metadata["issuer"],
        id_token_signing_alg_values_supported=algorithms,
        client_kwargs={
            "scope": settings.oidc_scope,
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": method,
            "default_timeout": TIMEOUT,
            "leeway": 0,  # an access token may well live for a minute: it is used at once
            "max_redirects": 0,
        },
    )


def _unreachable(error: Exception) -> ProviderError:
    import requests

    log.warning("single sign-on: the provider cannot be asked: %s", type(error).__name__)
    return away() if isinstance(error, requests.ConnectionError | requests.Timeout) else confused()
