"""Reads of profiles, as far as the viewer may know them. Whoever reads a profile reads it here.

A private profile is for the members of its body, a shared one for members of any organisation, a public one for
everybody; administrators see all. A body inherits from its provider only what the viewer may see of the provider.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from registry.accounts.enums import Role
from registry.accounts.models import Organisation
from registry.accounts.permissions import ANONYMOUS, Actor
from registry.catalogue.enums import FitsKind
from registry.catalogue.reference import District, Municipality, Provider
from registry.profiles.models import CapabilityProfile, ProfileStatement, Visibility
from registry.profiles.picked import OTHER, Picked
from registry.profiles.profile import BodyProfile, Origin, Statement
from registry.profiles.rules import merged, without_contradictions
from registry.reuse.models import Capability

KINDS = ("municipality", "district", "provider")
"""The bodies that have profiles; each is a column of `CapabilityProfile` and of `Organisation`."""
VISITOR = "Ihre Auswahl"
ELSEWHERE = "Andere Kommune"


@dataclass(frozen=True)
class OwnBody:
    """A body whose profile the actor may edit, by an organisation; `coordinates`: and decides who sees it."""

    organisation_id: int
    organisation: str
    """Slug of the organisation."""
    kind: str
    key: str
    name: str
    coordinates: bool


@dataclass(frozen=True)
class Sight:
    """Which profiles somebody may see."""

    everything: bool
    shared: bool
    own: frozenset[tuple[str, str]]

    def sees(self, profile: CapabilityProfile) -> bool:
        """Tell whether the profile may be seen."""
        if self.everything or profile.visibility is Visibility.PUBLIC or key_of(profile) in self.own:
            return True
        return self.shared and profile.visibility is Visibility.SHARED


def key_of(profile: CapabilityProfile) -> tuple[str, str]:
    """Return kind and key of the body that a profile is of."""
    return next((kind, key) for kind in KINDS if (key := getattr(profile, kind)) is not None)


def own_bodies(session: Session, actor: Actor) -> list[OwnBody]:
    """Return the bodies of the organisations in which the actor has a role, by name of the organisation."""
    rows = session.exec(
        select(Organisation).where(col(Organisation.id).in_(sorted(actor.roles))).order_by(Organisation.name)
    )
    return [body for row in rows if (body := own_body(row, actor)) is not None]


def editable_bodies(session: Session, actor: Actor) -> list[OwnBody]:
    """Return the bodies whose profile the actor may edit: the own ones, for administrators those of all."""
    if not actor.is_admin:
        return own_bodies(session, actor)
    rows = session.exec(select(Organisation).where(col(Organisation.active)).order_by(Organisation.name))
    return [body for row in rows if (body := own_body(row, actor)) is not None]


def own_body(organisation: Organisation, actor: Actor) -> OwnBody | None:
    """Return the body of an organisation as the actor may treat it, None when it is none that has a profile."""
    for kind in KINDS:
        key = getattr(organisation, kind)
        if key is not None:
            decides = actor.is_admin or actor.roles.get(organisation.id or 0) is Role.COORDINATOR
            return OwnBody(organisation.id or 0, organisation.slug, kind, key, organisation.name, decides)
    return None


def sight_of(session: Session, viewer: Actor) -> Sight:
    """Return which profiles the viewer may see."""
    own = own_bodies(session, viewer) if viewer.roles else []
    return Sight(viewer.is_admin, viewer.is_admin or bool(viewer.roles), frozenset((one.kind, one.key) for one in own))


def stored_profile(session: Session, kind: str, key: str, *, lock: bool = False) -> CapabilityProfile | None:
    """Return the row of a body's profile whoever may see it, None when the body has stated nothing yet.

    `lock`: nobody else changes it until the transaction ends.
    """
    if kind not in KINDS:
        return None
    query = select(CapabilityProfile).where(getattr(CapabilityProfile, kind) == key)
    return session.exec(query.with_for_update() if lock else query).first()


def product_map(session: Session) -> dict[str, str]:
    """Return for each product the slug of the capability that whoever has it has too."""
    rows = session.exec(
        select(Capability.slug, Capability.product_of).where(col(Capability.product_of).is_not(None))
    ).all()
    return {slug: str(above) for slug, above in rows}


def body_profile(session: Session, viewer: Actor, kind: str, key: str) -> BodyProfile | None:
    """Return the effective profile of a municipality or Kreis as far as the viewer may know it.

    None when the register knows no such body. Without a profile that the viewer may see it holds the register's
    facts only.
    """
    body = bare_profile(session, kind, key)
    row = stored_profile(session, kind, key) if body is not None else None
    if body is None or row is None:
        return body
    return _filled(session, sight_of(session, viewer), [(body, row)])[0]


def visible_profiles(session: Session, viewer: Actor) -> list[BodyProfile]:
    """Return the effective profiles of all municipalities and Kreise whose own profile the viewer may see, by name."""
    sight = sight_of(session, viewer)
    rows = session.exec(
        select(CapabilityProfile, Municipality, District)
        .outerjoin(Municipality, col(Municipality.ags) == col(CapabilityProfile.municipality))
        .outerjoin(District, col(District.key) == col(CapabilityProfile.district))
        .where(col(CapabilityProfile.provider).is_(None))
    ).all()
    seen = [row for row in rows if sight.sees(row[0])]
    districts = _district_populations(session) if any(row[2] is not None for row in seen) else {}
    pairs = []
    for profile, municipality, district in seen:
        if municipality is not None:
            pairs.append((_of_municipality(municipality), profile))
        elif district is not None:
            pairs.append((_of_district(district, districts.get(district.key, (None, None))), profile))
    return sorted(_filled(session, sight, pairs), key=lambda one: (one.name, one.key))


def public_profiles(session: Session) -> list[BodyProfile]:
    """Return the effective profiles that everybody may see."""
    return visible_profiles(session, ANONYMOUS)


def provider_statements(session: Session, viewer: Actor, slug: str) -> dict[str, Statement]:
    """Return what a provider states of itself as far as the viewer may see it: what its customers inherit."""
    row = stored_profile(session, "provider", slug)
    if row is None or not sight_of(session, viewer).sees(row):
        return {}
    return _statements(session, [row], {slug: _provider_name(session, slug)}, Origin.PROVIDER)[row.id or 0]


def own_statements(session: Session, viewer: Actor, kind: str, key: str) -> dict[str, Statement]:
    """Return what a body itself has stated, without what it inherits, as far as the viewer may see it."""
    row = stored_profile(session, kind, key)
    body = bare_profile(session, kind, key)
    if row is None or body is None or not sight_of(session, viewer).sees(row):
        return {}
    return stated_by(session, row, body.name)


def stated_by(session: Session, profile: CapabilityProfile | None, name: str) -> dict[str, Statement]:
    """Return what a stored profile itself states, whoever may see it; `name` is that of its body."""
    if profile is None:
        return {}
    return _statements(session, [profile], {key_of(profile)[1]: name}, Origin.OWN)[profile.id or 0]


def picked_profile(session: Session, viewer: Actor, picked: Picked) -> BodyProfile | None:
    """Return the profile that a visitor has put together, None when the register knows no such body.

    Where the visitor states what the body's visible profile states too, the body remains the source. Capabilities
    that the vocabulary does not have are left out.
    """
    if picked.kind == OTHER:
        body: BodyProfile | None = BodyProfile(
            "municipality", "", ELSEWHERE, picked.fits_kind, picked.population, None, None, None
        )
    else:
        body = bare_profile(session, picked.kind, picked.key)
    if body is None:
        return None
    products = product_map(session)
    known = set(session.exec(select(Capability.slug).where(col(Capability.slug).in_(sorted(picked.stated)))))
    stated = without_contradictions({slug: has for slug, has in picked.stated.items() if slug in known}, products)
    theirs = own_statements(session, viewer, picked.kind, picked.key)
    own = {
        slug: theirs[slug]
        if slug in theirs and theirs[slug].has is has
        else Statement(has, Origin.VISITOR, VISITOR, picked.made_on)
        for slug, has in stated.items()
    }
    provider = session.get(Provider, picked.provider) if picked.provider else None
    above = provider_statements(session, viewer, provider.slug) if provider is not None else {}
    return replace(
        body,
        provider=provider.slug if provider is not None else None,
        provider_name=provider.name if provider is not None else None,
        statements=merged(own, above, products),
    )


def bare_profile(session: Session, kind: str, key: str) -> BodyProfile | None:
    """Return what the register says of a municipality or Kreis, without statements; None for any other body."""
    if kind == "municipality":
        municipality = session.get(Municipality, key)
        return _of_municipality(municipality) if municipality is not None else None
    district = session.get(District, key) if kind == "district" else None
    return _of_district(district, _district_populations(session, key)[key]) if district is not None else None


def _of_municipality(row: Municipality) -> BodyProfile:
    return BodyProfile(
        kind="municipality",
        key=row.ags,
        name=f"{row.designation} {row.name}",
        fits_kind=FitsKind[row.kind.name],
        population=row.population,
        population_as_of=row.population_as_of if row.population is not None else None,
        district_key=row.district_key,
        admin_region=row.admin_region,
    )


def _of_district(row: District, population: tuple[int | None, str | None]) -> BodyProfile:
    return BodyProfile(
        kind="district",
        key=row.key,
        name=row.name,
        fits_kind=FitsKind.DISTRICT,
        population=population[0],
        population_as_of=population[1],
        district_key=row.key,
        admin_region=row.admin_region,
    )


def _district_populations(session: Session, key: str | None = None) -> dict[str, tuple[int | None, str | None]]:
    """Return population and Stand by Kreis: the sum over its municipalities, None where one is not known."""
    query = select(Municipality.district_key, Municipality.population, Municipality.population_as_of).where(
        col(Municipality.district_key).is_not(None), col(Municipality.retired).is_(False)
    )
    if key is not None:
        query = query.where(Municipality.district_key == key)
    parts: dict[str, list[tuple[int | None, str | None]]] = {key: []} if key is not None else {}
    for district, population, as_of in session.exec(query):
        parts.setdefault(str(district), []).append((population, as_of))
    sums: dict[str, tuple[int | None, str | None]] = {}
    for district, of_parts in parts.items():
        numbers = [population for population, _ in of_parts if population is not None]
        stands = [as_of for _, as_of in of_parts if as_of is not None]
        whole = bool(of_parts) and len(numbers) == len(of_parts)
        sums[district] = (sum(numbers), min(stands, default=None)) if whole else (None, None)
    return sums


def _filled(
    session: Session, sight: Sight, pairs: Iterable[tuple[BodyProfile, CapabilityProfile]]
) -> list[BodyProfile]:
    """Return the bodies with provider and statements, those that the viewer may not see as they are."""
    pairs = list(pairs)
    seen = [row for _, row in pairs if sight.sees(row)]
    slugs = sorted({row.served_by for row in seen if row.served_by is not None})
    providers = dict(session.exec(select(Provider.slug, Provider.name).where(col(Provider.slug).in_(slugs))).all())
    above = session.exec(select(CapabilityProfile).where(col(CapabilityProfile.provider).in_(slugs))).all()
    above = [row for row in above if sight.sees(row)]
    theirs = _statements(session, above, providers, Origin.PROVIDER)
    of_providers = {row.provider: theirs[row.id or 0] for row in above}
    own = _statements(session, seen, {body.key: body.name for body, _ in pairs}, Origin.OWN)
    products = product_map(session)
    return [
        replace(
            body,
            provider=row.served_by,
            provider_name=providers.get(row.served_by or ""),
            statements=merged(own[row.id or 0], of_providers.get(row.served_by, {}), products),
        )
        if sight.sees(row)
        else body
        for body, row in pairs
    ]


def _statements(
    session: Session, rows: Iterable[CapabilityProfile], names: Mapping[str, str], origin: Origin
) -> dict[int, dict[str, Statement]]:
    """Return the statements of profiles by id of the profile; `names` of the bodies by key."""
    by_id = {row.id or 0: row for row in rows}
    found: dict[int, dict[str, Statement]] = {number: {} for number in by_id}
    query = select(ProfileStatement).where(col(ProfileStatement.profile_id).in_(sorted(by_id)))
    for one in session.exec(query.order_by(col(ProfileStatement.id))) if by_id else ():
        row = by_id[one.profile_id]
        found[one.profile_id][one.capability] = Statement(
            has=one.has, origin=origin, by=names[key_of(row)[1]], as_of=row.changed_at.date(), note=one.note
        )
    return found


def _provider_name(session: Session, slug: str) -> str:
    provider = session.get(Provider, slug)
    return provider.name if provider is not None else slug
