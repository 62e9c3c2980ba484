"""Reads for „Kommunen wie wir“: the bodies, and what those that are alike lead and publicly use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from registry.accounts.permissions import Actor
from registry.adoption.enums import FINAL
from registry.adoption.queries import PublicAdoption, public_adoptions
from registry.catalogue.enums import FitsKind, ParticipantRole, State
from registry.catalogue.models import BundleParticipant, ServiceBundle
from registry.catalogue.reference import District, Municipality
from registry.comparison.peers import Peer, Place
from registry.profiles.queries import visible_profiles


@dataclass(frozen=True)
class Use:
    """What a body has to do with a bundle: it leads it, takes part in it, or reuses it."""

    place: Place
    what: str
    """„federführend“, „beteiligt“, „produktiv (bestätigt)“."""


@dataclass(frozen=True)
class UsedBundle:
    """A bundle with the bodies that use it."""

    slug: str
    title: str
    uses: tuple[Use, ...]


def places(session: Session, viewer: Actor) -> list[Place]:
    """Return all current municipalities and Kreise by name, with their provider where the viewer may know it."""
    providers = {(one.kind, one.key): (one.provider, one.provider_name) for one in visible_profiles(session, viewer)}
    districts = {
        row.key: row
        for row in session.exec(select(District).where(col(District.retired).is_(False)).order_by(District.name))
    }
    rows = session.exec(
        select(Municipality).where(col(Municipality.retired).is_(False)).order_by(Municipality.name, Municipality.ags)
    ).all()
    found = []
    populations: dict[str, list[int | None]] = {}
    for row in rows:
        provider, provider_name = providers.get(("municipality", row.ags), (None, None))
        district = districts.get(row.district_key or "")
        if district is not None:
            populations.setdefault(district.key, []).append(row.population)
        found.append(
            Place(
                kind="municipality",
                key=row.ags,
                name=f"{row.designation} {row.name}",
                short_name=row.name,
                fits_kind=FitsKind[row.kind.name],
                population=row.population,
                district_key=row.district_key,
                district_name=district.name if district is not None else None,
                admin_region=row.admin_region,
                provider=provider,
                provider_name=provider_name,
            )
        )
    for key, kreis in districts.items():
        provider, provider_name = providers.get(("district", key), (None, None))
        numbers = populations.get(key, [])
        whole = bool(numbers) and None not in numbers
        found.append(
            Place(
                kind="district",
                key=key,
                name=kreis.name,
                short_name=kreis.name,
                fits_kind=FitsKind.DISTRICT,
                population=sum(one for one in numbers if one is not None) if whole else None,
                admin_region=kreis.admin_region,
                provider=provider,
                provider_name=provider_name,
            )
        )
    return found


@dataclass(frozen=True)
class Together:
    """What bodies that are alike use: what the own one does not use, and what it uses too."""

    not_here: tuple[UsedBundle, ...]
    here_too: tuple[UsedBundle, ...]


def used_by_peers(session: Session, own: Place, alike: Sequence[Peer], *, today: date, months: int) -> Together:
    """Return the bundles that peers lead, take part in or publicly reuse; those that most of them use first."""
    by_key = {(peer.place.kind, peer.place.key): peer.place for peer in alike}
    by_key[own.kind, own.key] = own
    titles: dict[str, str] = {}
    uses: dict[str, list[Use]] = {}
    for slug, title, role, place in _parts(session, by_key.values()):
        titles[slug] = title
        uses.setdefault(slug, []).append(Use(place, "federführend" if role == ParticipantRole.LEAD else "beteiligt"))
    for one in public_adoptions(session, today=today, months=months):
        found = by_key.get((one.kind, one.body))
        if found is None or one.step in FINAL or any(use.place is found for use in uses.get(one.slug, ())):
            continue
        titles[one.slug] = one.title
        uses.setdefault(one.slug, []).append(Use(found, _standing(one)))
    bundles = [
        (
            any(use.place is own for use in of_bundle),
            UsedBundle(slug, titles[slug], tuple(use for use in of_bundle if use.place is not own)),
        )
        for slug, of_bundle in uses.items()
    ]
    ordered = sorted(bundles, key=lambda one: (-len(one[1].uses), one[1].title, one[1].slug))
    return Together(
        tuple(bundle for here, bundle in ordered if not here and bundle.uses),
        tuple(bundle for here, bundle in ordered if here and bundle.uses),
    )


def _standing(one: PublicAdoption) -> str:
    return f"{one.step.label}, {one.standing.label}"


def _parts(session: Session, wanted: Iterable[Place]) -> list[tuple[str, str, str, Place]]:
    """Return slug, title, role and body of each part in a published bundle; leading before taking part."""
    by_key = {(place.kind, place.key): place for place in wanted}
    rows = session.exec(
        select(ServiceBundle, BundleParticipant)
        .join(BundleParticipant, col(BundleParticipant.bundle_id) == col(ServiceBundle.id))
        .where(
            ServiceBundle.state == State.PUBLISHED,
            col(BundleParticipant.role).in_([ParticipantRole.LEAD, ParticipantRole.PARTNER]),
            col(BundleParticipant.municipality).in_([key for kind, key in by_key if kind == "municipality"])
            | col(BundleParticipant.district).in_([key for kind, key in by_key if kind == "district"]),
        )
        .order_by(col(BundleParticipant.role), ServiceBundle.slug)
    ).all()
    found: dict[tuple[str, str], tuple[str, str, str, Place]] = {}
    for bundle, part in rows:
        place = by_key[("municipality", part.municipality) if part.municipality else ("district", str(part.district))]
        found.setdefault((bundle.slug, place.key), (bundle.slug, bundle.title, part.role, place))
    return list(found.values())
