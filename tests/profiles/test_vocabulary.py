"""The vocabulary of capabilities: what ships, what a list changes, what administrators change."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from registry.accounts.models import AuditEntry
from registry.accounts.permissions import Actor, NotAllowedError
from registry.database import Database
from registry.exchange.reference import KindReport, load_reference
from registry.profiles.building_blocks import (
    CapabilityRefusedError,
    UnchangedError,
    add_capability,
    bring_back_capability,
    change_capability,
    retire_capability,
)
from registry.profiles.rules import generics_of
from registry.profiles.vocabulary import UnknownCapabilityError, block_groups, block_use
from registry.reuse.models import Capability
from tests.profiles.making import SOEST, give_profile

ADMINISTRATOR = Actor(1, is_admin=True)


def _load(database: Database, folder: Path, *rows: str, columns: str = "slug,name,kind,product_of") -> KindReport:
    file = folder / "liste.csv"
    file.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
    return load_reference(database, [file]).kinds[0]


def _row(database: Database, slug: str) -> Capability:
    with database.reading() as session:
        return session.get_one(Capability, slug)


def test_what_ships_names_generic_ones_of_the_same_kind(reference_database: Database) -> None:
    with reference_database.reading() as session:
        rows = {row.slug: row for row in session.exec(select(Capability))}
        groups = block_groups(session)
    products = {row.slug: row.product_of for row in rows.values() if row.product_of}
    assert len(rows) > 100
    assert all(rows[above].kind == rows[slug].kind for slug, above in products.items())
    assert all(not generics_of(above, products) for above in products.values())
    assert len({row.name.casefold() for row in rows.values()}) == len(rows)
    payment = next(group for group in groups if group.kind == "payment")
    assert [(block.slug, block.depth) for block in payment.blocks][:2] == [("e-payment", 0), ("epay21", 1)]


def test_a_list_without_products_leaves_what_is_known_of_them(database: Database, tmp_path: Path) -> None:
    _load(database, tmp_path, "e-payment,E-Payment,payment,", "epaybl,ePayBL,payment,e-payment")
    report = _load(database, tmp_path, "e-payment,Bezahlen,payment", "epaybl,ePayBL,payment", columns="slug,name,kind")
    assert (report.changed, report.unchanged, report.refused) == (1, 1, [])
    assert _row(database, "epaybl").product_of == "e-payment"


def test_a_product_of_something_impossible_is_refused_and_the_rest_loads(database: Database, tmp_path: Path) -> None:
    report = _load(
        database,
        tmp_path,
        "portal,Portal,portal,",
        "a,A,payment,b",
        "b,B,payment,a",
        "c,C,payment,portal",
        "d,D,payment,d",
        "e,E,payment,gibt-es-nicht",
        "f,F,payment,e",
        "g,G,payment,",
    )
    assert report.added == 2
    assert [(one.line, one.reason.split(":")[0]) for one in sorted(report.refused, key=lambda one: one.line)] == [
        (line, "product_of") for line in range(3, 9)
    ]


def test_a_list_that_lacks_a_capability_retires_it_unless_it_was_added_or_changed_here(
    reference_database: Database, tmp_path: Path
) -> None:
    with reference_database.writing() as write:
        add_capability(write, ADMINISTRATOR, {"slug": "eigenes", "name": "Eigenes Portal", "kind": "portal"})
        change_capability(write, ADMINISTRATOR, "liferay", name="Liferay DXP", product_of="serviceportal")
        retire_capability(write, ADMINISTRATOR, "citkoportal")
    file = tmp_path / "liste.csv"
    file.write_text("slug,name,kind,product_of\nliferay,Liferay,portal,\ncitkoportal,citkoPortal,portal,\n")
    report = load_reference(reference_database, [file], complete=True).kinds[0]
    assert report.retired > 100
    assert len(report.warnings) == 2
    assert _row(reference_database, "openrathaus").retired
    assert not _row(reference_database, "eigenes").retired
    assert _row(reference_database, "liferay").name == "Liferay DXP"
    assert _row(reference_database, "citkoportal").retired
    load_reference(reference_database)
    assert not _row(reference_database, "openrathaus").retired
    assert _row(reference_database, "liferay").name == "Liferay DXP"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"slug": "epaybl"}, "slug"),
        ({"slug": "Groß"}, "slug"),
        ({"name": "ePAYbl"}, "name"),
        ({"name": ""}, "name"),
        ({"kind": "raumschiff"}, "kind"),
        ({"kind": None}, "kind"),
        ({"product_of": "serviceportal"}, "product_of"),
        ({"product_of": "gibt-es-nicht"}, "product_of"),
        ({"product_of": "neu"}, "product_of"),
        ({"product_of": "alt"}, "product_of"),
    ],
)
def test_a_capability_that_cannot_be_is_refused_by_field(
    reference_database: Database, values: dict[str, Any], field: str
) -> None:
    with reference_database.writing() as write:
        add_capability(write, ADMINISTRATOR, {"slug": "alt", "name": "Alt", "kind": "payment"})
        retire_capability(write, ADMINISTRATOR, "alt")
    whole = {"slug": "neu", "name": "Neu", "kind": "payment", **values}
    with pytest.raises(CapabilityRefusedError) as refused, reference_database.writing() as write:
        add_capability(write, ADMINISTRATOR, whole)
    assert refused.value.refusals[0].field == field


def test_a_circle_of_products_is_refused(reference_database: Database) -> None:
    with pytest.raises(CapabilityRefusedError, match="im Kreis"), reference_database.writing() as write:
        change_capability(write, ADMINISTRATOR, "e-payment", name="E-Payment", product_of="epaybl")


def test_changes_are_for_administrators_audited_and_move_the_clock_only_when_something_changes(
    reference_database: Database,
) -> None:
    before = reference_database.tick()
    with pytest.raises(NotAllowedError), reference_database.writing() as write:
        retire_capability(write, Actor(2), "epaybl")
    with pytest.raises(UnknownCapabilityError), reference_database.writing() as write:
        retire_capability(write, ADMINISTRATOR, "gibt-es-nicht")
    with pytest.raises(UnchangedError), reference_database.writing() as write:
        bring_back_capability(write, ADMINISTRATOR, "epaybl")
    assert reference_database.tick() == before
    with reference_database.writing() as write:
        retire_capability(write, ADMINISTRATOR, "epaybl")
    with reference_database.writing() as write:
        bring_back_capability(write, ADMINISTRATOR, "epaybl")
    assert reference_database.tick() == before + 2
    assert _row(reference_database, "epaybl").tick == before + 2
    with reference_database.reading() as session:
        actions = session.exec(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["capability.retired", "capability.restored"]


def test_uses_count_published_entries_and_all_profiles(catalogue_database: Database) -> None:
    give_profile(catalogue_database, SOEST, {"bundid": True})
    with catalogue_database.reading() as session:
        use = block_use(session, "bundid")
        with pytest.raises(UnknownCapabilityError):
            block_use(session, "gibt-es-nicht")
    assert use.profiles == 1
    assert use.entries >= 5
