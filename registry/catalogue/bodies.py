"""All bodies that can take part in a bundle, in short: for forms that let people choose one by its name."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from registry.catalogue.reference import District, Municipality, Provider


@dataclass(frozen=True)
class Body:
    """A municipality, a Kreis or an IT provider: `kind` as in the record of a participant."""

    kind: str
    key: str
    name: str
    plain_name: str
    """The name without designation: „Soest“ for the „Stadt Soest“."""


def bodies(session: Session) -> list[Body]:
    """Return all current municipalities, Kreise and IT providers, each kind by name."""
    municipalities = session.exec(
        select(Municipality.ags, Municipality.designation, Municipality.name)
        .where(col(Municipality.retired).is_(False))
        .order_by(Municipality.name, Municipality.ags)
    )
    found = [Body("municipality", ags, f"{kind} {name}", name) for ags, kind, name in municipalities]
    for kind, table, key in (("district", District, District.key), ("provider", Provider, Provider.slug)):
        rows = session.exec(select(key, table.name).where(col(table.retired).is_(False)).order_by(table.name))
        found += [Body(kind, one, name, name) for one, name in rows]
    return found
