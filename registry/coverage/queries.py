"""Reads of coverage: the OZG catalogue, the bundles that anybody may see, and who publicly uses them."""

from collections.abc import Iterable
from datetime import date

from sqlmodel import Session, col, select

from registry.adoption.enums import FINAL, Standing
from registry.adoption.queries import PublicAdoption, public_adoptions
from registry.adoption.rules import is_productive
from registry.catalogue.enums import ParticipantRole, Phase, State
from registry.catalogue.models import BundleOzgService, BundleParticipant, ServiceBundle
from registry.catalogue.reference import District, LeikaService, Municipality, OzgService, Situation, TopicField
from registry.coverage.rules import BUILDING, Body, BundleFacts, CoverageFacts, ServiceFacts, Use, transferable_now
from registry.reuse.completeness import completeness
from registry.reuse.queries import PUBLIC_STATES
from registry.reuse.records import records_of


def coverage_facts(session: Session, *, today: date, months: int = 12) -> CoverageFacts:
    """Return what coverage is computed from: published bundles and public adoptions, nothing that is not public.

    `months` is how long a confirmation holds. An archived entry counts only as far as somebody has publicly
    confirmed to use it.
    """
    everybody = _bodies(session)
    adoptions = public_adoptions(session, today=today, months=months)
    return CoverageFacts(
        services=tuple(_services(session)),
        bundles=tuple(_bundles(session, everybody, adoptions, today)),
        bodies={key: body for key, (body, retired) in everybody.items() if not retired},
        adoptions=tuple(adoptions),
    )


def _services(session: Session) -> list[ServiceFacts]:
    typings: dict[str, set[str]] = {}
    rows = session.exec(
        select(LeikaService.ozg_id, LeikaService.typing)
        .where(col(LeikaService.retired).is_(False), col(LeikaService.typing).is_not(None))
        .distinct()
    )
    for ozg_id, typing in rows:
        typings.setdefault(ozg_id, set()).update(part.strip() for part in str(typing).split(",") if part.strip())
    query = (
        select(OzgService.ozg_id, OzgService.name, TopicField.slug, TopicField.name, Situation.name)  # type: ignore[call-overload]
        .join(Situation, col(Situation.slug) == col(OzgService.situation_slug))
        .join(TopicField, col(TopicField.slug) == col(Situation.topic_field_slug))
        .where(col(OzgService.retired).is_(False))
    )
    return [
        ServiceFacts(ozg_id, name, field, field_name, situation, frozenset(typings.get(ozg_id, ())))
        for ozg_id, name, field, field_name, situation in session.exec(query)
    ]


def _bodies(session: Session) -> dict[str, tuple[Body, bool]]:
    """Return municipalities and Kreise by key, each with whether it is retired."""
    found: dict[str, tuple[Body, bool]] = {}
    for key, name, region, retired in session.exec(
        select(District.key, District.name, District.admin_region, District.retired)
    ):
        found[key] = Body("district", key, name, region, key), retired
    towns = session.exec(
        select(  # type: ignore[call-overload]
            Municipality.ags,
            Municipality.designation,
            Municipality.name,
            Municipality.admin_region,
            Municipality.district_key,
            Municipality.latitude,
            Municipality.longitude,
            Municipality.retired,
        )
    )
    for ags, designation, name, region, district, *degrees, retired in towns:
        found[ags] = Body("municipality", ags, f"{designation} {name}", region, district, *degrees), retired
    return found


def _bundles(
    session: Session, bodies: dict[str, tuple[Body, bool]], adoptions: list[PublicAdoption], today: date
) -> list[BundleFacts]:
    mapped: dict[int, list[str]] = {}
    mappings = select(BundleOzgService.bundle_id, BundleOzgService.ozg_id).order_by(
        col(BundleOzgService.bundle_id), col(BundleOzgService.position)
    )
    for bundle_id, ozg_id in session.exec(mappings):
        mapped.setdefault(bundle_id or 0, []).append(ozg_id)
    leads: dict[int, list[Body]] = {}
    leading = select(BundleParticipant.bundle_id, BundleParticipant.municipality, BundleParticipant.district).where(
        BundleParticipant.role == ParticipantRole.LEAD
    )
    for bundle_id, municipality, district in session.exec(leading):
        if (key := municipality or district) is not None:
            leads.setdefault(bundle_id or 0, []).append(bodies[key][0])
    of_bundle: dict[str, list[PublicAdoption]] = {}
    for one in adoptions:
        of_bundle.setdefault(one.slug, []).append(one)
    query = select(  # type: ignore[call-overload]
        ServiceBundle.id,
        ServiceBundle.slug,
        ServiceBundle.title,
        ServiceBundle.state,
        ServiceBundle.phase,
        ServiceBundle.transferable_since,
    ).where(col(ServiceBundle.state).in_(PUBLIC_STATES))
    found = []
    for number, slug, title, state, phase, since in session.exec(query):
        uses, underway = _adopted(of_bundle.get(slug, ()), bodies)
        published = state == State.PUBLISHED
        operates = published and phase == Phase.OPERATION
        if published:
            uses = [*(Use(body, leads=True) for body in leads.get(number, ()) if operates), *uses]
            underway += [Use(body, leads=True) for body in leads.get(number, ()) if phase in BUILDING]
        elif not uses:
            continue
        found.append(
            BundleFacts(
                slug=slug,
                title=title,
                ozg_ids=tuple(mapped.get(number, ())),
                transferable=published and transferable_now(since, phase, today),
                operates=operates,
                uses=tuple(uses),
                underway=tuple(underway),
            )
        )
    return sorted(found, key=lambda one: (one.title, one.slug))


def _adopted(adoptions: Iterable[PublicAdoption], bodies: dict[str, tuple[Body, bool]]) -> tuple[list[Use], list[Use]]:
    """Return who uses a bundle (productive and confirmed), and who is on the way or has not confirmed it."""
    uses, underway = [], []
    for one in adoptions:
        use = Use(bodies[one.body][0], leads=False)
        if is_productive(one.step) and one.standing is Standing.CONFIRMED:
            uses.append(use)
        elif one.step not in FINAL:
            underway.append(use)
    return uses, underway


def completeness_of(session: Session, slugs: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return for entries (by slug) how many fields are stated, and how many count."""
    bundles = session.exec(select(ServiceBundle).where(col(ServiceBundle.slug).in_(list(slugs)))).all()
    scores = map(completeness, records_of(session, bundles))
    return {bundle.slug: (score.filled, score.total) for bundle, score in zip(bundles, scores, strict=True)}
