"""Tables of people, organisations and what they may do."""

from datetime import datetime
from typing import Any, Self

from pydantic import model_validator
from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.accounts.enums import OrganisationKind, Role, TokenPurpose
from registry.catalogue.values import Ags, DistrictKey, Facts, Mailbox, Slug, enum_type
from registry.moments import Moment, now


class OrganisationFields(Facts):
    """A body that owns entries: a municipality, a Kreis, an IT provider, the Land."""

    slug: Slug = Field(max_length=100, unique=True, index=True, description="Kurzname in der Adresse")
    name: str = Field(min_length=2, max_length=200, description="Name")
    kind: OrganisationKind = Field(sa_type=enum_type(OrganisationKind), description="Art")
    municipality: Ags | None = Field(
        default=None, foreign_key="municipality.ags", index=True, max_length=8, description="Kommune (AGS)"
    )
    district: DistrictKey | None = Field(
        default=None, foreign_key="district.key", index=True, max_length=5, description="Kreis (Kreisschlüssel)"
    )
    provider: Slug | None = Field(
        default=None, foreign_key="provider.slug", index=True, max_length=100, description="IT-Dienstleister"
    )
    mailbox: Mailbox | None = Field(default=None, max_length=254, description="Funktionspostfach")
    four_eyes: bool = Field(default=False, description="Vier-Augen-Prinzip: niemand gibt die eigene Änderung frei")

    @model_validator(mode="after")
    def _key_of_kind(self) -> Self:
        for kind in (OrganisationKind.MUNICIPALITY, OrganisationKind.DISTRICT, OrganisationKind.PROVIDER):
            if (getattr(self, kind.value) is not None) != (self.kind is kind):
                raise ValueError("Art und Schlüssel der Stelle passen nicht zusammen.")
        return self


class Organisation(OrganisationFields, table=True):
    """A body that owns entries."""

    __tablename__ = "organisation"

    id: int | None = Field(default=None, primary_key=True)
    active: bool = Field(default=True)
    created_at: datetime = Field(default_factory=now, sa_type=Moment)


class Person(SQLModel, table=True):
    """An account. Names and addresses leave no trace elsewhere: other tables carry `person:<id>`."""

    __tablename__ = "person"

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(max_length=254, unique=True, index=True, description="lower case")
    name: str = Field(max_length=200)
    is_admin: bool = Field(default=False)
    active: bool = Field(default=True)
    password_hash: str | None = Field(default=None, max_length=300, description="argon2id; None: no password yet")
    password_changed_at: datetime | None = Field(default=None, sa_type=Moment)
    totp_secret: str | None = Field(default=None, max_length=300, description="encrypted; None: no second factor")
    totp_pending: str | None = Field(default=None, max_length=300, description="encrypted; offered, not yet confirmed")
    totp_last_step: int | None = Field(default=None, description="time step of the last accepted code: no replay")
    oidc_issuer: str | None = Field(default=None, max_length=300)
    oidc_subject: str | None = Field(default=None, max_length=300, index=True)
    wants_digest: bool = Field(default=True)
    digest_sent_at: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    last_sign_in_at: datetime | None = Field(default=None, sa_type=Moment)


class Membership(SQLModel, table=True):
    """A person's role in an organisation."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id", name="uq_membership"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    role: Role = Field(sa_type=enum_type(Role))
    from_claims: bool = Field(default=False, description="given by single sign-on: follows the claims")


class RecoveryCode(SQLModel, table=True):
    """A one-time code that stands in for a lost second factor; only its digest is kept."""

    __tablename__ = "recovery_code"

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    digest: str = Field(max_length=64)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


class OneTimeToken(SQLModel, table=True):
    """A link sent by mail; only its digest is kept, and it works once."""

    __tablename__ = "one_time_token"

    id: int | None = Field(default=None, primary_key=True)
    purpose: TokenPurpose = Field(sa_type=enum_type(TokenPurpose))
    digest: str = Field(max_length=64, unique=True, index=True)
    email: str = Field(max_length=254, index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    role: Role | None = Field(default=None, sa_type=enum_type(Role))
    as_admin: bool = Field(default=False)
    created_by: str = Field(default="", max_length=200, description="actor")
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


class WebSession(SQLModel, table=True):
    """A signed-in browser; the cookie carries the token, this table only its digest."""

    __tablename__ = "web_session"

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(max_length=64, unique=True, index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    agent: str = Field(default="", max_length=120, description="browser and system in short")
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    seen_at: datetime = Field(default_factory=now, sa_type=Moment)
    confirmed_at: datetime = Field(default_factory=now, sa_type=Moment, description="last proof of password or factor")
    second_factor: bool = Field(default=False)
    by_oidc: bool = Field(default=False)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class Throttle(SQLModel, table=True):
    """Failed or counted attempts by a keyed digest of what is limited (address, name, host)."""

    __tablename__ = "throttle"

    key: str = Field(primary_key=True, max_length=100)
    count: int = Field(default=0)
    window_start: datetime = Field(default_factory=now, sa_type=Moment)
    blocked_until: datetime | None = Field(default=None, sa_type=Moment)


class AuditEntry(SQLModel, table=True):
    """A line of the audit log: sign-ins, changes of roles, exports. Append-only by trigger; chained by digest."""

    __tablename__ = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=Moment, index=True)
    actor: str = Field(max_length=200, index=True, description="person:<id>, a program's name, or anonymous")
    action: str = Field(max_length=60, index=True)
    subject: str = Field(default="", max_length=200)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    digest: str = Field(max_length=64, description="of this line and the one before it")


class StashedForm(SQLModel, table=True):
    """What a person had typed when the session was found to have ended; given back after the next sign-in."""

    __tablename__ = "stashed_form"

    key: str = Field(primary_key=True, max_length=43)
    person_id: int = Field(foreign_key="person.id", index=True)
    path: str = Field(max_length=500)
    fields: list[Any] = Field(default_factory=list, sa_type=JSON, description="pairs of name and value")
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
