"""The own organisation's profile: saved by editors, shown to whom the coordinators let, never overwritten unseen."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from registry.accounts.enums import OrganisationKind, Role
from registry.accounts.models import Membership, Organisation
from registry.accounts.permissions import Actor
from registry.profiles.models import CapabilityProfile, Visibility
from registry.profiles.queries import own_statements, stored_profile
from registry.reuse.models import Capability
from tests.office.world import Office, person, post
from tests.profiles.making import SIT, SOEST, add_provider_office, give_profile

pytestmark = pytest.mark.sqlite_only

PAGE = "/verwaltung/profil"
SAVE = "/verwaltung/profil/stadt-soest"


def _stored(office: Office) -> CapabilityProfile | None:
    with office.database.reading() as session:
        return stored_profile(session, *SOEST)


def _save(office: Office, role: str, fields: dict[str, Any], version: int = 0) -> Any:
    return post(office.client(role), SAVE, {"version": version, "served_by": "", **fields})


def _statements(office: Office) -> dict[str, tuple[bool, str | None]]:
    with office.database.reading() as session:
        found = own_statements(session, Actor(None, is_admin=True), *SOEST)
    return {slug: (one.has, one.note) for slug, one in found.items()}


def test_the_page_of_a_body_without_profile_invites_to_state_something(shared_office: Office) -> None:
    page = shared_office.pages("editor").get(PAGE)
    assert "Stadt Soest" in page.text
    assert "noch nie" in page.text
    assert "47.460" in page.text
    assert "Das ändert die OZG-Koordination" in page.text
    shared_office.pages("coordinator").get(PAGE)
    shared_office.pages("administrator").get(PAGE)


def test_an_editor_states_what_there_is(office: Office) -> None:
    fields = {"b.bundid": "ja", "a.bundid": "seit 2024", "b.osci": "nein", "b.xta": ""}
    assert _save(office, "editor", fields).status_code == 303
    assert _statements(office) == {"bundid": (True, "seit 2024"), "osci": (False, None)}
    stored = _stored(office)
    assert stored is not None
    assert (stored.served_by, stored.visibility, stored.version) == (None, Visibility.PRIVATE, 1)
    page = office.pages("editor").get(PAGE)
    assert "Redaktion Soest" in page.text
    assert "Nichts: Das Profil ist nicht öffentlich." in page.text


def test_an_editor_does_not_decide_who_sees_it(office: Office) -> None:
    assert _save(office, "editor", {"b.bundid": "ja", "visibility": "public"}).status_code == 403
    assert _stored(office) is None
    assert _save(office, "coordinator", {"b.bundid": "ja", "visibility": "public"}).status_code == 303
    page = office.pages("coordinator").get(PAGE)
    assert "1 Angabe ist öffentlich" in page.text.replace("\xa0", " ")


def test_an_editor_does_not_name_the_provider_who_may_then_confirm_for_the_body(office: Office) -> None:
    refused = _save(office, "editor", {"b.bundid": "ja", "served_by": "citeq"})
    assert refused.status_code == 403
    assert "Den IT-Dienstleister legt die OZG-Koordination der Stelle fest" in refused.text
    assert _save(office, "coordinator", {"b.bundid": "ja", "served_by": "citeq"}).status_code == 303
    page = office.pages("editor").get(PAGE)
    assert not page.all(".//select[@name='served_by']")
    assert "citeq – Stadt Münster" in page.main
    assert _save(office, "editor", {"b.bundid": "nein", "served_by": "citeq"}, version=1).status_code == 303
    assert _save(office, "editor", {"b.bundid": "ja", "served_by": ""}, version=2).status_code == 403
    stored = _stored(office)
    assert stored is not None
    assert (stored.served_by, stored.version) == ("citeq", 2)


def test_a_visibility_that_does_not_exist_is_refused(office: Office) -> None:
    assert _save(office, "coordinator", {"b.bundid": "ja", "visibility": "halb"}).status_code == 422
    assert _stored(office) is None


def test_another_organisation_is_refused(shared_office: Office) -> None:
    assert shared_office.client("other").get(SAVE).status_code == 403
    assert _save(shared_office, "other", {"b.bundid": "ja"}).status_code == 403
    assert shared_office.client("editor").get(f"{PAGE}/gibt-es-nicht").status_code == 403


def test_a_stale_save_shows_both_and_loses_nothing(office: Office) -> None:
    _save(office, "coordinator", {"b.bundid": "ja", "served_by": "citeq"})
    answer = _save(office, "editor", {"b.bundid": "nein", "b.osci": "ja", "a.osci": "Version 2"}, version=0)
    assert answer.status_code == 409
    assert "gespeichert ist „vorhanden“, Ihre Eingabe „nicht vorhanden“" in answer.text
    assert "Ihre Eingabe „vorhanden (Version 2)“" in answer.text
    assert "citeq – Stadt Münster" in answer.text
    assert 'name="version" value="1"' in answer.text
    assert 'name="served_by" value="citeq"' in answer.text
    assert _statements(office) == {"bundid": (True, None)}
    fields = {"b.bundid": "nein", "b.osci": "ja", "a.osci": "Version 2", "served_by": "citeq"}
    again = _save(office, "editor", fields, version=1)
    assert again.status_code == 303
    assert _statements(office) == {"bundid": (False, None), "osci": (True, "Version 2")}


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"b.epaybl": "ja", "b.e-payment": "nein"}, 422, "passt nicht zusammen"),
        ({"b.gibt-es-nicht": "ja"}, 422, "nicht bekannt"),
        ({"b.GROSS und/klein": "ja"}, 422, "nicht bekannt"),
        ({"b.bundid": "vielleicht"}, 422, "Zur Wahl stehen nur"),
        ({"a.bundid": "nur eine Anmerkung"}, 422, "Zu einer Anmerkung gehört"),
        ({"b.bundid": "ja", "a.bundid": "x" * 301}, 422, "300"),
        ({"b.bundid": ["ja", "nein"]}, 422, "zugleich"),
        ({"served_by": "gibt-es-nicht"}, 422, "Diesen IT-Dienstleister gibt es nicht"),
        ({f"b.baustein-{number}": "ja" for number in range(1000)}, 413, "höchstens 300 Angaben, gesendet wurden 1000"),
        ({"b.bundid": "ja", "version": "abc"}, 409, "inzwischen"),
        ({"b.\x00": "ja"}, 422, "nicht bekannt"),
    ],
)
def test_odd_input_is_explained_and_nothing_is_written(
    shared_office: Office, fields: dict[str, Any], status: int, words: str
) -> None:
    answer = _save(shared_office, "coordinator", fields)
    assert answer.status_code == status
    assert words in answer.text
    assert _stored(shared_office) is None


def test_a_retired_capability_is_shown_explained_and_can_be_kept_or_removed(office: Office) -> None:
    _save(office, "editor", {"b.epaybl": "ja"})
    with office.database.writing() as write:
        row = write.session.get_one(Capability, "epaybl")
        row.retired = True
        write.stamp(row)
    page = office.pages("editor").get(PAGE)
    assert "Nicht mehr geführte Bausteine" in page.text
    assert "Sie können sie behalten oder entfernen" in page.text
    assert _save(office, "editor", {"b.epaybl": "ja", "b.bundid": "ja"}, version=1).status_code == 303
    assert set(_statements(office)) == {"epaybl", "bundid"}
    assert _save(office, "editor", {"b.epaybl": "nein"}, version=2).status_code == 422
    assert _save(office, "editor", {"b.bundid": "ja"}, version=2).status_code == 303
    assert _save(office, "editor", {"b.bundid": "ja", "b.epaybl": "ja"}, version=3).status_code == 422


def test_what_is_inherited_is_shown_with_its_source_and_can_be_overridden(office: Office) -> None:
    give_profile(office.database, SIT, {"epaybl": True}, visibility=Visibility.PUBLIC)
    _save(office, "coordinator", {"served_by": "suedwestfalen-it"})
    page = office.pages("editor").get(PAGE)
    assert "Geerbt von Südwestfalen-IT (SIT): vorhanden" in page.text
    _save(office, "editor", {"served_by": "suedwestfalen-it", "b.epaybl": "nein"}, version=1)
    assert "Ihre Angabe geht vor." in office.pages("editor").get(PAGE).text


def test_a_private_provider_profile_is_not_shown_to_its_customer(office: Office) -> None:
    give_profile(office.database, SIT, {"epaybl": True})
    _save(office, "coordinator", {"served_by": "suedwestfalen-it"})
    page = office.pages("editor").get(PAGE)
    assert "Geerbt von" not in page.text
    assert "Er hat kein Profil, das Sie sehen dürfen." in page.text


def test_a_provider_keeps_its_own_profile_and_names_no_provider(office: Office) -> None:
    add_provider_office(office.database)
    client = office.client("reader")
    page = office.pages("reader").get(PAGE)
    assert "Was Sie Ihren Kunden bereitstellen." in page.text
    assert 'name="served_by"' not in client.get(PAGE).text
    assert post(client, f"{PAGE}/suedwestfalen-it", {"version": 0, "b.bundid": "ja"}).status_code == 303


def test_members_of_several_organisations_choose_which(office: Office) -> None:
    with office.database.writing() as write:
        wuppertal = write.session.exec(select(Organisation).where(Organisation.slug == "stadt-wuppertal")).one()
        editor = person(write.session, "editor")
        write.session.add(
            Membership(person_id=editor.id or 0, organisation_id=wuppertal.id or 0, role=Role.COORDINATOR)
        )
    office.pages("editor").get(PAGE)
    assert "/verwaltung/profil/stadt-wuppertal" in office.client("editor").get(PAGE).text
    assert "Stadt Wuppertal" in office.pages("editor").get(f"{PAGE}/stadt-wuppertal").text


def test_an_organisation_that_is_no_body_has_no_profile(office: Office) -> None:
    with office.database.writing() as write:
        soest = write.session.exec(select(Organisation).where(Organisation.slug == "stadt-soest")).one()
        soest.kind, soest.municipality = OrganisationKind.LAND, None
        write.session.add(soest)
    assert "Ihre Stelle ist keine davon" in office.pages("editor").get(PAGE).text


@pytest.mark.parametrize(
    ("visibility", "seers"),
    [
        (Visibility.PRIVATE, {"editor", "administrator"}),
        (Visibility.SHARED, {"editor", "administrator", "other"}),
        (Visibility.PUBLIC, {"editor", "administrator", "other", "reader", "anonymous"}),
    ],
)
def test_by_role_a_profile_begins_the_visitors_form_only_for_who_may_see_it(
    own_office: Callable[..., Office], visibility: Visibility, seers: set[str]
) -> None:
    office = own_office()
    give_profile(office.database, SOEST, {"bundid": True}, visibility=visibility)
    for role in ("anonymous", "reader", "other", "editor", "administrator"):
        page = office.client(role).get("/nachnutzung/profil?stelle=municipality:05974040").text
        assert ('name="b.bundid" value="ja" checked' in page) is (role in seers), role
        assert ("Geerbt" in page) is False


def test_a_member_of_the_provider_does_not_see_a_customers_private_profile(office: Office) -> None:
    add_provider_office(office.database)
    give_profile(office.database, SOEST, {"bundid": True}, served_by="suedwestfalen-it")
    page = office.client("reader").get("/nachnutzung/profil?stelle=municipality:05974040").text
    assert 'name="b.bundid" value="ja" checked' not in page


def test_pages_api_and_their_tags_stay_as_they_are_until_a_profile_is_public(office: Office) -> None:
    addresses = ("/nachnutzung", "/", "/kommunen/05974040", "/api/v1/bundles", "/api/v1/municipalities/05974040")
    visitor = office.client("anonymous")

    def answers() -> list[tuple[int, str | None, str]]:
        found = [visitor.get(address) for address in addresses]
        return [(one.status_code, one.headers.get("ETag"), one.text) for one in found]

    before = answers()
    assert any(tag for _, tag, _ in before)
    _save(office, "coordinator", {"b.bundid": "ja"})
    _save(office, "coordinator", {"b.bundid": "nein", "visibility": "shared"}, version=1)
    assert answers() == before
    _save(office, "coordinator", {"b.bundid": "nein", "visibility": "public"}, version=2)
    assert [tag for _, tag, _ in answers()] != [tag for _, tag, _ in before]


def test_who_is_signed_in_uses_the_own_organisations_profile_unless_another_is_picked(office: Office) -> None:
    _save(office, "editor", {"b.bundid": "ja"})
    client = office.client("editor")
    hub = client.get("/nachnutzung")
    assert "<strong>Stadt Soest</strong>, 1 Angabe" in hub.text
    assert hub.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in hub.headers
    post(client, "/nachnutzung/profil", {"stelle": "municipality:05124000", "b.osci": "ja", "b.xta": "nein"})
    assert "<strong>Stadt Wuppertal</strong>, 2 Angaben" in client.get("/nachnutzung").text
    post(client, "/nachnutzung/profil/verwerfen")
    assert "<strong>Stadt Soest</strong>, 1 Angabe" in client.get("/nachnutzung").text
    assert "Noch kein Profil gewählt" in office.client("reader").get("/nachnutzung").text


def test_of_several_own_organisations_one_is_chosen(office: Office) -> None:
    with office.database.writing() as write:
        wuppertal = write.session.exec(select(Organisation).where(Organisation.slug == "stadt-wuppertal")).one()
        editor = person(write.session, "editor")
        write.session.add(Membership(person_id=editor.id or 0, organisation_id=wuppertal.id or 0, role=Role.EDITOR))
    client = office.client("editor")
    assert "<strong>Stadt Soest</strong>" in client.get("/nachnutzung").text
    office.pages("editor").get("/nachnutzung/profil")
    assert post(client, "/nachnutzung/profil/stelle", {"stelle": str(wuppertal.id)}).status_code == 303
    assert "<strong>Stadt Wuppertal</strong>" in client.get("/nachnutzung").text
    assert post(client, "/nachnutzung/profil/stelle", {"stelle": "999"}).status_code == 404
    assert post(office.client("other"), "/nachnutzung/profil/stelle", {"stelle": "1"}).status_code == 404
