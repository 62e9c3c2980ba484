"""What a body that lacks OZG services gains quickest: transferable bundles, with the reason of their place. Pure."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from registry.coverage.rules import Body, BundleFacts, CoverageFacts, ServiceFacts, Use
from registry.fit.outcome import Fit

FitOf = Callable[[str], Fit | None]
"""The fit of a bundle (slug) for the body; None where there is no profile."""


@dataclass(frozen=True)
class Gain:
    """A transferable bundle for services that a body lacks."""

    slug: str
    title: str
    services: tuple[ServiceFacts, ...]
    """Those that the body lacks, by name."""
    in_district: tuple[Use, ...]
    """Who uses it in the same Kreis."""
    in_region: tuple[Use, ...]
    """Who uses it in the same Regierungsbezirk, outside of the Kreis."""
    filled: int
    fields: int
    """Completeness of the entry: stated fields of all that count."""
    fit: Fit | None = None


def quick_gains(
    facts: CoverageFacts,
    body: Body,
    lacking: Collection[str],
    complete: Callable[[str], tuple[int, int] | None],
    fit_of: FitOf = lambda _slug: None,
) -> list[Gain]:
    """Return the bundles that are transferable now and cover services (ids) that the body lacks, best first.

    With a profile by fit, then – as without one – by users in the same Kreis, users in the same Regierungsbezirk,
    completeness of the entry, number of services, title. Bundles that the body itself uses or leads are left out.
    """
    services = {one.ozg_id: one for one in facts.services}
    found = []
    for bundle in facts.bundles:
        wanted = [services[one] for one in dict.fromkeys(bundle.ozg_ids) if one in lacking and one in services]
        if bundle.of(body.key) or not bundle.transferable or not wanted:
            continue
        district, region = _near(bundle, body)
        counted = complete(bundle.slug)
        if counted is None:  # withdrawn a moment ago
            continue
        filled, fields = counted
        found.append(
            Gain(
                slug=bundle.slug,
                title=bundle.title,
                services=tuple(sorted(wanted, key=lambda one: (one.name, one.ozg_id))),
                in_district=district,
                in_region=region,
                filled=filled,
                fields=fields,
                fit=fit_of(bundle.slug),
            )
        )
    return sorted(found, key=_place)


def _near(bundle: BundleFacts, body: Body) -> tuple[tuple[Use, ...], tuple[Use, ...]]:
    """Return who else uses a bundle in the Kreis of a body, and in the rest of its Regierungsbezirk."""
    near = [one for one in bundle.used_in(body.admin_region) if one.body.key != body.key]
    district = tuple(one for one in near if body.district is not None and one.body.district == body.district)
    return district, tuple(one for one in near if one not in district)


def _place(gain: Gain) -> tuple[float, int, int, float, int, str, str]:
    worth = gain.fit.worth if gain.fit is not None else 0.0
    return (
        -worth,
        -len(gain.in_district),
        -len(gain.in_region),
        -gain.filled / gain.fields,
        -len(gain.services),
        gain.title,
        gain.slug,
    )
