"""Settings: environment variables `OZG_REGISTRY_*`, read once into a frozen object."""

import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "OZG_REGISTRY_"
MAIL_SCHEMES = ("smtp", "smtps", "smtp+starttls")
ROLE_PATTERN = re.compile(r"admin|(?P<organisation>[a-z0-9]+(?:-[a-z0-9]+)*):(?P<role>editor|coordinator)")
# Read by the test run and the command line alone; not settings of the product.
FOREIGN_NAMES = frozenset({"OZG_REGISTRY_TEST_DATABASE_URL"})


class SettingsError(Exception):
    """A setting is unknown or has a bad value; the message is one line for the operator."""


class Settings(BaseSettings):
    """All that an operator can set. Documented in docs/operating.md."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    environment: Literal["development", "production"] = Field(
        "development", description="production refuses to start without SECRET_KEY"
    )
    database_url: str = Field("sqlite:///registry.db", description="SQLAlchemy address, SQLite or PostgreSQL")
    index_dir: Path = Field(Path("index"), description="folder of the search index, local to this node")
    secret_key: str = Field("", description="signs cookies and form tokens, at least 32 characters")
    base_url: str = Field("", description="public address, for absolute links in feeds, sitemap and API")
    host: str = Field("127.0.0.1", description="address the server listens on")
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    threads: Annotated[int, Field(ge=1, le=64, description="worker threads of the server")] = 8
    proxy_hops: Annotated[int, Field(ge=0, le=5, description="reverse proxies whose X-Forwarded headers count")] = 0
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    metrics: bool = Field(False, description="offer GET /metrics")
    site_name: str = Field("OZG-Nachnutzungsregister", min_length=1, max_length=80)
    site_owner: str = Field("", max_length=200, description="name of the operating body, shown in the footer")
    site_texts_dir: Path | None = Field(
        None, description="folder with impressum.md, datenschutz.md, barrierefreiheit.md, ueber.md"
    )
    feedback_url: str = Field("", description="address (https: or mailto:) of the feedback link on each page")
    security_contact: str = Field("", description="address (https: or mailto:) for security.txt")
    data_licence: Literal["CC0-1.0", "dl-de/by-2-0"] = "CC0-1.0"
    official_banner: str = Field("", max_length=120, description="text of the KERN Kopfzeile; empty: none")
    accent_colour: str = Field("", pattern=r"^(#[0-9a-fA-F]{6})?$", description="accent colour, #rrggbb")
    logo: Path | None = Field(None, description="SVG or PNG file shown beside the site's name")

    audit_days: Annotated[int, Field(ge=90, le=3650, description="days for which the audit log is kept")] = 365
    confirmation_months: Annotated[
        int, Field(ge=1, le=60, description="months for which the confirmation of a reuse holds")
    ] = 12
    require_second_factor: bool = Field(
        True, description="who works on entries must have a second factor or come by single sign-on"
    )
    mail_url: str = Field(
        "",
        description="smtp://user:password@host:port, smtps://… or smtp+starttls://…; empty: mail waits in the outbox",
    )
    mail_from: str = Field("", max_length=254, description="sender of all mail")
    oidc_issuer: str = Field("", description="address of the OpenID provider; empty: no single sign-on")
    oidc_client_id: str = Field("", max_length=300)
    oidc_client_secret: str = Field("", max_length=500)
    oidc_label: str = Field("Anmelden mit dem Verwaltungskonto", max_length=80, description="text of the button")
    oidc_scope: str = Field(
        "openid email profile",
        max_length=300,
        pattern=r"^(.* )?openid( .*)?$",
        description="what the provider is asked for",
    )
    oidc_claim: str = Field("groups", min_length=1, max_length=100, description="claim that names groups or roles")
    oidc_roles: str = Field(
        "",
        max_length=20_000,
        description='JSON: {"group": "admin" | "<organisation>:editor" | "<organisation>:coordinator", or a list}',
    )

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        try:
            url = make_url(value)
        except ArgumentError:
            raise ValueError("is no database address") from None
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise ValueError("names neither SQLite nor PostgreSQL")
        return value

    @field_validator("mail_url")
    @classmethod
    def _mail_server(cls, value: str) -> str:
        if value:
            try:
                parts = urlsplit(value)
                known = parts.scheme in MAIL_SCHEMES and parts.hostname and (parts.port or 1)
                known = known and not (parts.path.strip("/") or parts.query or parts.fragment)
            except ValueError:
                known = False
            if not known:
                raise ValueError("must be smtp://, smtps:// or smtp+starttls:// with a host")
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^@\s<>\",;:()]+@[^@\s<>\",;:()]+", value):
            raise ValueError("is no mail address")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _provider(cls, value: str) -> str:
        parts = urlsplit(value)
        local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
        if value and (not (parts.scheme == "https" or local) or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("must be an address with https://, without query")
        return value.rstrip("/")

    @field_validator("oidc_roles")
    @classmethod
    def _roles(cls, value: str) -> str:
        if value:
            try:
                found = json.loads(value)
            except ValueError:
                raise ValueError("is no JSON") from None
            if not isinstance(found, dict):
                raise ValueError('must be a JSON object: {"group": "role"}')
            for group, roles in found.items():
                for role in roles if isinstance(roles, list) else [roles]:
                    if not (isinstance(role, str) and ROLE_PATTERN.fullmatch(role)):
                        raise ValueError(
                            f"the role of {group[:60]!r} must be admin, <organisation>:editor or "
                            "<organisation>:coordinator"
                        )
        return value

    @field_validator("base_url", "feedback_url", "security_contact")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://", "mailto:")):
            raise ValueError("must start with http://, https:// or mailto:")
        return value.rstrip("/")

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < 32:
            raise ValueError("is shorter than 32 characters")
        return value


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises SettingsError, with one line that names the variable, for an unknown
    `OZG_REGISTRY_*` name and for a bad value.
    """
    environ = os.environ if environ is None else environ
    names = {name for name in environ if name.upper().startswith(PREFIX)} - FOREIGN_NAMES
    fields = {name: name[len(PREFIX) :].lower() for name in names}
    unknown = sorted(name for name, field in fields.items() if field not in Settings.model_fields)
    if unknown:
        raise SettingsError(f"Unbekannte Einstellung {unknown[0]}. Die gültigen Namen stehen in docs/operating.md.")
    try:
        settings = Settings.model_validate({field: environ[name] for name, field in fields.items()})
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper()
        raise SettingsError(f"Ungültiger Wert für {name}: {first['msg'].removeprefix('Value error, ')}.") from None
    if settings.environment == "production" and not settings.secret_key:
        raise SettingsError(f"{PREFIX}SECRET_KEY fehlt. Im Produktivbetrieb muss der Schlüssel gesetzt sein.")
    if settings.mail_url and not settings.mail_from:
        raise SettingsError(f"{PREFIX}MAIL_FROM fehlt: Mit MAIL_URL gehört ein Absender dazu.")
    if settings.environment == "production" and settings.mail_url and not settings.base_url:
        # A link in a mail must not lead to whatever host the request named.
        raise SettingsError(f"{PREFIX}BASE_URL fehlt: Links in Mails brauchen die öffentliche Adresse.")
    if settings.oidc_issuer and not settings.oidc_client_id:
        raise SettingsError(f"{PREFIX}OIDC_CLIENT_ID fehlt: Mit OIDC_ISSUER gehört die Kennung dazu.")
    return settings


def secret_key(settings: Settings, folder: Path | None = None) -> str:
    """Return the signing key: the one set, else a development key kept in a 0600 file."""
    if settings.secret_key:
        return settings.secret_key
    file = (folder or Path.cwd()) / ".secret-key"
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    key = secrets.token_hex(32)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was faster
        return file.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(key)
    return key
