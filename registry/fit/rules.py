"""Does a bundle fit a body: pure rules.

A requirement is met when the profile states the capability or a product of it. It is missing when the profile states
that there is none such, or that another product does the same work. Everything else is unknown, and unknown never
counts as met.

The worth by which bundles are sorted is a sum of penalties, not a share of met requirements: a share would rise with
every further requirement that happens to be met. An unmet requirement costs the same whether it is missing or unknown
(so that stating a product never lowers the worth), a little more when the body itself says that it has none such.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from registry.catalogue.enums import CapabilityKind, FitsKind, RequirementLevel
from registry.fit.outcome import (
    NOT_ASSESSABLE,
    BundleNeeds,
    Check,
    Fit,
    Need,
    ProductMap,
    RequirementFit,
    Status,
    Suits,
)
from registry.profiles.profile import BodyProfile, Statement

ONE_SUFFICES = (CapabilityKind.PORTAL, CapabilityKind.PAYMENT, CapabilityKind.FORM_SERVER, CapabilityKind.DMS)
"""Kinds of which a body runs one product: who has another one does not have this one. Of all others several live
side by side (a second Fachverfahren, a second Nutzerkonto), so another product says nothing."""

PENALTY = {RequirementLevel.MANDATORY: 100, RequirementLevel.RECOMMENDED: 10}
"""Of an unmet requirement. Ours: one mandatory requirement weighs as much as ten recommended ones."""
REFUSED_PENALTY = {RequirementLevel.MANDATORY: 10, RequirementLevel.RECOMMENDED: 1}
"""On top, when the body itself says that it has none such."""
OUTSIDE_POPULATION = 100
"""Of a size that the bundle is not meant for: like one mandatory requirement."""
OUTSIDE_KIND = 300
"""Of a kind of body that the bundle is not meant for: competence and law differ."""

_KIND_OF_BODY = {
    FitsKind.INDEPENDENT_CITY: "kreisfreie Stadt",
    FitsKind.DISTRICT_MUNICIPALITY: "kreisangehörig",
    FitsKind.DISTRICT: "Kreis",
}


@dataclass(frozen=True)
class Judgement:
    """Status of a capability, and the stated capability that decides it (None: nothing is stated)."""

    status: Status
    basis: str | None = None
    refused: bool = False
    """The body says that it has none such."""


def ancestors(capability: str, products: Mapping[str, str]) -> Iterator[str]:
    """Yield the capabilities that a product stands for, nearest first; a circle in the data ends it."""
    seen = {capability}
    parent = products.get(capability)
    while parent is not None and parent not in seen:
        seen.add(parent)
        yield parent
        parent = products.get(parent)


def judge(
    capability: str, kind: CapabilityKind, statements: Mapping[str, Statement], products: Mapping[str, str]
) -> Judgement:
    """Tell whether somebody with these statements has a capability. What is there outweighs what is denied."""
    own = statements.get(capability)
    if own is not None and own.has:
        return Judgement(Status.MET, capability)
    stated = sorted(slug for slug, statement in statements.items() if statement.has)
    for slug in stated:
        if capability in ancestors(slug, products):
            return Judgement(Status.MET, slug)
    above = tuple(ancestors(capability, products))
    for slug in (capability, *above):
        denied = slug in statements and not statements[slug].has
        if denied and not any(slug in ancestors(one, products) for one in stated):
            return Judgement(Status.MISSING, slug, refused=True)
    if above and kind in ONE_SUFFICES:
        for slug in stated:
            if slug not in above and above[0] in ancestors(slug, products):
                return Judgement(Status.MISSING, slug)
    return Judgement(Status.UNKNOWN, next((slug for slug in above if slug in stated), None))


def fit(profile: BodyProfile, bundle: BundleNeeds, products: Mapping[str, str]) -> Fit:
    """Return how a bundle fits a body. `products`: by slug of a product what it is a product of (`product_map`)."""
    requirements = tuple(
        _requirement(need, profile.statements, products)
        for need in sorted(bundle.needs, key=lambda need: (not need.mandatory, need.name.casefold(), need.capability))
    )
    population, kind = _population(profile, bundle), _kind(profile, bundle)
    penalty = (
        sum(_penalty(one) for one in requirements)
        + (OUTSIDE_POPULATION if population.suits is Suits.OUTSIDE else 0)
        + (OUTSIDE_KIND if kind.suits is Suits.OUTSIDE else 0)
    )
    return Fit(
        slug=bundle.slug,
        title=bundle.title,
        requirements=requirements,
        population=population,
        kind=kind,
        dimensions=bundle.dimensions,
        worth=-float(penalty) if any(need.mandatory for need in bundle.needs) else NOT_ASSESSABLE,
    )


def _penalty(one: RequirementFit) -> int:
    if one.status is Status.MET:
        return 0
    return PENALTY[one.need.level] + (REFUSED_PENALTY[one.need.level] if one.refused else 0)


def _requirement(need: Need, statements: Mapping[str, Statement], products: Mapping[str, str]) -> RequirementFit:
    found = judge(need.capability, need.kind, statements, products)
    return RequirementFit(
        need=need,
        status=found.status,
        reason=_reason(need, found, products),
        statement=statements[found.basis] if found.basis is not None else None,
    )


def _reason(need: Need, found: Judgement, products: Mapping[str, str]) -> str:
    names = products.names if isinstance(products, ProductMap) else {}
    basis = names.get(found.basis, found.basis) if found.basis not in (None, need.capability) else None
    match found.status:
        case Status.MET:
            return f"vorhanden als {basis}" if basis else "vorhanden"
        case Status.MISSING if found.refused:
            return f"nicht vorhanden: {basis}" if basis else "nicht vorhanden"
        case Status.MISSING:
            return f"vorhanden ist {basis}"
    if basis:
        return f"vorhanden ist {basis}; ob es {need.name} ist, ist nicht angegeben"
    return "keine Angabe; der Baustein wird im Verzeichnis nicht mehr geführt" if need.retired else "keine Angabe"


def _population(profile: BodyProfile, bundle: BundleNeeds) -> Check:
    low, high = bundle.fits_population_from, bundle.fits_population_to
    if low is None and high is None:
        return Check(Suits.UNKNOWN, "Der Eintrag nennt keine geeignete Einwohnerzahl.")
    meant = f"geeignet {_range(low, high)}"
    if profile.population is None:
        return Check(Suits.UNKNOWN, f"{meant}; die Einwohnerzahl ist nicht bekannt.")
    inside = (low is None or low <= profile.population) and (high is None or profile.population <= high)
    return Check(
        Suits.MET if inside else Suits.OUTSIDE, f"{meant}; {profile.name} hat {_number(profile.population)} Einwohner."
    )


def _kind(profile: BodyProfile, bundle: BundleNeeds) -> Check:
    if not bundle.fits_kinds:
        return Check(Suits.UNKNOWN, "Der Eintrag nennt keine geeignete Art von Kommune.")
    meant = "geeignet für " + ", ".join(kind.label for kind in FitsKind if kind in bundle.fits_kinds)
    if profile.fits_kind is None:
        return Check(Suits.UNKNOWN, f"{meant}; die Art der Kommune ist nicht bekannt.")
    return Check(
        Suits.MET if profile.fits_kind in bundle.fits_kinds else Suits.OUTSIDE,
        f"{meant}; {profile.name}: {_KIND_OF_BODY[profile.fits_kind]}.",
    )


def _range(low: int | None, high: int | None) -> str:
    if low is None:
        return f"bis {_number(high or 0)} Einwohner"
    return f"für {_number(low)} bis {_number(high)} Einwohner" if high is not None else f"ab {_number(low)} Einwohnern"


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")
