"""Administrators keep the vocabulary of capabilities."""

import pytest
from sqlmodel import col, select

from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.reuse.models import BundleRequirement, Capability
from tests.office.world import Office, post

pytestmark = pytest.mark.sqlite_only

LIST = "/verwaltung/bausteine"


def _names(office: Office) -> dict[str, str]:
    with office.database.reading() as session:
        return dict(session.exec(select(Capability.slug, Capability.name)).all())


def test_the_list_shows_each_kind_with_what_uses_its_capabilities(shared_office: Office) -> None:
    page = shared_office.pages("administrator").get(LIST)
    assert "Bezahldienst" in page.text
    assert "ePayBL" in page.text
    shared_office.pages("administrator").get(f"{LIST}/epaybl")
    shared_office.pages("administrator").get(f"{LIST}/neu")


def test_an_unknown_capability_is_not_found(shared_office: Office) -> None:
    client = shared_office.client("administrator")
    assert client.get(f"{LIST}/gibt-es-nicht").status_code == 404
    assert post(client, f"{LIST}/gibt-es-nicht/wieder").status_code == 404


def test_a_capability_is_added_renamed_retired_and_brought_back(office: Office) -> None:
    client = office.client("administrator")
    fields = {"name": " Neues  Portal ", "kind": "portal", "product_of": "serviceportal", "slug": ""}
    assert post(client, f"{LIST}/neu", fields).status_code == 303
    assert _names(office)["neues-portal"] == "Neues Portal"
    assert "hier ergänzt" in client.get(LIST).text
    changed = post(client, f"{LIST}/neues-portal", {"name": "Neuestes Portal", "product_of": ""}, follow_redirects=True)
    assert "Der Baustein ist geändert." in changed.text
    again = post(client, f"{LIST}/neues-portal", {"name": "Neuestes Portal", "product_of": ""}, follow_redirects=True)
    assert "unverändert" in again.text
    retired = post(client, f"{LIST}/neues-portal/nicht-mehr-fuehren", follow_redirects=True)
    assert "wird nicht mehr geführt. Was den Baustein nennt, bleibt lesbar." in retired.text
    assert "Neuestes Portal" not in client.get("/nachnutzung/profil?stelle=municipality:05974040").text
    back = post(client, f"{LIST}/neues-portal/wieder", follow_redirects=True)
    assert "kann wieder gewählt werden" in back.text
    assert "Neuestes Portal" in client.get("/nachnutzung/profil?stelle=municipality:05974040").text
    assert "Das war schon so." in post(client, f"{LIST}/neues-portal/wieder", follow_redirects=True).text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "", "kind": "portal"}, "Die Angabe fehlt"),
        ({"name": "Neu", "kind": ""}, "Art"),
        ({"name": "Neu", "kind": "raumschiff"}, "Erlaubt ist nur"),
        ({"name": "ePayBL", "kind": "payment"}, "gibt es schon"),
        ({"name": "Neu", "kind": "payment", "product_of": "serviceportal"}, "anderer Art"),
        ({"name": "x" * 201, "kind": "payment"}, "200"),
    ],
)
def test_what_cannot_be_is_explained_and_what_was_typed_stays(
    shared_office: Office, fields: dict[str, str], words: str
) -> None:
    client = shared_office.client("administrator")
    before = shared_office.database.tick()
    answer = post(client, f"{LIST}/neu", {"product_of": "", "slug": "", **fields})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{fields["name"]}"' in answer.text
    assert shared_office.database.tick() == before


def test_a_circle_is_explained(shared_office: Office) -> None:
    client = shared_office.client("administrator")
    answer = post(client, f"{LIST}/e-payment", {"name": "E-Payment (Produkt offen)", "product_of": "epaybl"})
    assert answer.status_code == 422
    assert "im Kreis" in answer.text


def test_a_retired_capability_stays_readable_in_its_entries_and_says_so(office: Office) -> None:
    client = office.client("administrator")
    post(client, f"{LIST}/citkoportal/nicht-mehr-fuehren")
    with office.database.reading() as session:
        slug = session.exec(
            select(ServiceBundle.slug)
            .join(BundleRequirement, col(BundleRequirement.bundle_id) == col(ServiceBundle.id))
            .where(BundleRequirement.capability == "citkoportal", ServiceBundle.state == State.PUBLISHED)
        ).first()
    page = office.pages("anonymous").get(f"/buendel/{slug}")
    assert "citkoPortal (Portal, nicht mehr geführt)" in page.main
