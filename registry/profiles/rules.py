"""What statements of a profile mean together: products and their generic, inheritance, contradictions. Pure.

`products` maps the slug of a product to that of the capability which whoever has the product has too
(`Capability.product_of`): ePayBL → E-Payment.
"""

from collections.abc import Mapping

from registry.profiles.profile import Statement

MAX_STATEMENTS = 300
"""A profile holds so many statements at most; the whole vocabulary is smaller."""


def generics_of(slug: str, products: Mapping[str, str]) -> list[str]:
    """Return what somebody who has the product has too, the nearest first; a circle in the data ends the way."""
    found: list[str] = []
    while (above := products.get(slug)) is not None and above not in found:
        found.append(above)
        slug = above
    return found


def contradictions(has: Mapping[str, bool], products: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the pairs (product, generic) of which the one is stated as present and the other as absent."""
    return sorted(
        (slug, generic)
        for slug, present in has.items()
        if present
        for generic in generics_of(slug, products)
        if has.get(generic) is False
    )


def inherited(
    own: Mapping[str, Statement], of_provider: Mapping[str, Statement], products: Mapping[str, str]
) -> dict[str, Statement]:
    """Return the provider's statements that hold for its customer.

    Those that the customer overrides are left out, and those that would contradict its own: who states to have no
    E-Payment does not inherit ePayBL, and who has ePayBL does not inherit „kein E-Payment“.
    """
    absent = {slug for slug, one in own.items() if not one.has}
    above_present = {above for slug, one in own.items() if one.has for above in generics_of(slug, products)}
    return {
        slug: one
        for slug, one in of_provider.items()
        if slug not in own
        and not (one.has and absent.intersection(generics_of(slug, products)))
        and not (not one.has and slug in above_present)
    }


def merged(
    own: Mapping[str, Statement], of_provider: Mapping[str, Statement], products: Mapping[str, str]
) -> dict[str, Statement]:
    """Return the effective statements of a body: what it inherits, overridden by its own."""
    return {**inherited(own, of_provider, products), **own}


def without_contradictions(has: Mapping[str, bool], products: Mapping[str, str]) -> dict[str, bool]:
    """Return the statements without the absent generics of present products: of two, the product is the surer one."""
    refuted = {generic for _, generic in contradictions(has, products)}
    return {slug: present for slug, present in has.items() if slug not in refuted}


def product_refusal(slug: str, above: str | None, kinds: Mapping[str, str], products: Mapping[str, str]) -> str | None:
    """Return why a capability cannot be a product of another, as a German sentence, None when it can.

    `kinds` has the kind of each known capability.
    """
    if above is None:
        return None
    if above == slug:
        return "Ein Baustein ist nicht sein eigenes Produkt."
    if above not in kinds:
        return f"Baustein {above} ist nicht bekannt."
    if kinds[above] != kinds.get(slug):
        return f"Baustein {above} ist von anderer Art; ein Produkt gehört zu einem Baustein der gleichen Art."
    if slug in generics_of(above, products):
        return f"Baustein {above} ist selbst ein Produkt von {slug}; so führt die Zuordnung im Kreis."
    return None
