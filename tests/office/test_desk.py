"""The desk: what waits for a person, and where it leads."""

import pytest
from sqlmodel import select

from registry.accounts.models import Organisation
from registry.accounts.sessions import actor_of
from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.editorial import proposals, spam
from registry.editorial.desk import desk_of
from registry.editorial.enums import ProposalState, SuggestionKind
from registry.editorial.models import Proposal, Stewardship, Suggestion
from registry.reuse.operations import save_bundle
from registry.reuse.queries import find_bundle
from registry.reuse.records import record_of
from tests.office.world import FOREIGN, OWN, Office, person
from tests.web.client import Page, words


def _begin(office: Office, role: str, state: ProposalState = ProposalState.WORKING, slug: str = OWN) -> str:
    with office.database.noting() as session:
        proposal = proposals.begin(session, actor_of(session, person(session, role)), slug)
        proposal.state = state
        if state is ProposalState.RETURNED:
            proposal.decision_note = "Bitte <b>eine Quelle</b> ergänzen."
        return proposal.key


def _suggest(database: Database, slug: str) -> None:
    with database.noting() as session:
        bundle = session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one()
        session.add(
            Suggestion(
                key=spam.new_key(),
                kind=SuggestionKind.CORRECTION,
                bundle_id=bundle.id,
                title="Kontakt",
                text="Der Kontakt ist veraltet.",
            )
        )


def _tasks(page: Page) -> dict[str, str]:
    """Return the noun of each task → its number and address."""
    found = {}
    for one in page.all(".//*[@class='work']//a"):
        number, _, noun = words(one).partition(" ")
        found[noun] = f"{number} {one.get('href')}"
    return found


def _decisions(page: Page) -> dict[str, str]:
    return {noun: value for noun, value in _tasks(page).items() if "/qualitaet" not in value}


@pytest.mark.parametrize("role", ["editor", "coordinator", "administrator"])
def test_who_edits_may_begin_at_once(shared_office: Office, role: str) -> None:
    page = shared_office.pages(role).get("/verwaltung")
    assert page.links()["Neuen Eintrag anlegen"] == "/verwaltung/bearbeiten/neu"
    assert "nichts in Arbeit" in page.main


def test_the_roles_stand_on_top(shared_office: Office) -> None:
    assert "OZG-Koordination, Stadt Soest" in shared_office.pages("coordinator").get("/verwaltung").main
    assert "Administration des Registers" in shared_office.pages("administrator").get("/verwaltung").main


def test_a_person_without_role_reads_how_to_get_one(shared_office: Office) -> None:
    page = shared_office.pages("reader").get("/verwaltung")
    assert "noch keine Aufgabe" in page.main
    assert "lesen@konto.example" in page.main
    assert "Neuen Eintrag anlegen" not in page.main
    assert "/mitmachen" in page.links().values()


def test_without_an_account_there_is_no_desk(shared_office: Office) -> None:
    answer = shared_office.client("anonymous").get("/verwaltung")
    assert answer.status_code == 303
    assert "/anmelden" in answer.headers["Location"]


def test_the_own_working_copies_are_a_click_away(office: Office) -> None:
    key = _begin(office, "editor")
    page = office.pages("editor").get("/verwaltung")
    assert f"/verwaltung/bearbeiten/{key}" in page.links().values()
    assert _decisions(page) == {}
    others = office.pages("coordinator").get("/verwaltung")
    assert f"/verwaltung/bearbeiten/{key}" not in others.links().values()


def test_what_was_given_back_comes_first_with_the_remark_as_text(office: Office) -> None:
    _begin(office, "editor", ProposalState.RETURNED)
    with office.database.noting() as session:
        actor = actor_of(session, person(session, "editor"))
        proposals.begin_new(session, actor, next(iter(actor.roles)))
    page = office.pages("editor").get("/verwaltung")
    assert _decisions(page) == {"zurückgegebene Fassung": "1 #arbeitskopien"}
    assert "Bitte <b>eine Quelle</b> ergänzen." in page.main
    first, second = page.all(".//main//tbody/tr")
    assert "zurückgegeben" in words(first)
    assert "Neuer Eintrag ohne Titel" in words(second)


def test_reviews_wait_for_those_who_decide(office: Office) -> None:
    _begin(office, "editor", ProposalState.SUBMITTED)
    expected = {"Prüfung": "1 /verwaltung/pruefung"}
    assert _decisions(office.pages("coordinator").get("/verwaltung")) == expected
    assert _decisions(office.pages("administrator").get("/verwaltung")) == expected
    assert _decisions(office.pages("other coordinator").get("/verwaltung")) == {}
    own = office.pages("editor").get("/verwaltung")
    assert _decisions(own) == {}
    assert "wartet" in own.main


def test_the_inbox_is_counted_for_those_who_decide(office: Office) -> None:
    _suggest(office.database, OWN)
    _suggest(office.database, FOREIGN)
    assert _decisions(office.pages("coordinator").get("/verwaltung")) == {"Hinweis im Eingang": "1 /verwaltung/eingang"}
    assert _decisions(office.pages("administrator").get("/verwaltung")) == {
        "Hinweise im Eingang": "2 /verwaltung/eingang"
    }
    assert _decisions(office.pages("editor").get("/verwaltung")) == {}


def test_offered_entries_wait_for_the_coordination_that_may_take_them(office: Office) -> None:
    with office.database.writing() as write:
        session = write.session
        soest = session.exec(select(Organisation).where(Organisation.slug == "stadt-soest")).one()
        bundle = session.exec(select(ServiceBundle).where(ServiceBundle.slug == FOREIGN)).one()
        row = session.get_one(Stewardship, bundle.id)
        row.offered_to_id = soest.id
        write.stamp(row)
    found = _decisions(office.pages("coordinator").get("/verwaltung"))
    assert found == {"Übergabe": f"1 /verwaltung/eintraege/{FOREIGN}"}
    assert _decisions(office.pages("editor").get("/verwaltung")) == {}


def test_entries_that_the_person_changed_lately_are_listed_newest_first(office: Office) -> None:
    with office.database.reading() as session:
        key = actor_of(session, person(session, "coordinator")).key
    for slug in (FOREIGN, OWN):
        with office.database.writing() as write:
            bundle = find_bundle(write.session, slug)
            assert bundle is not None
            record = record_of(write.session, bundle)
            save_bundle(write, record.model_copy(update={"programme": f"Programm {slug}"}), actor=key)
    with office.database.reading() as session:
        recent = desk_of(session, actor_of(session, person(session, "coordinator"))).recent
        assert [entry.slug for entry in recent] == [OWN, FOREIGN]
    page = office.pages("coordinator").get("/verwaltung")
    assert f"/verwaltung/eintraege/{OWN}" in page.links().values()


def test_settled_work_is_no_longer_shown(office: Office) -> None:
    _begin(office, "editor", ProposalState.DISCARDED)
    page = office.pages("editor").get("/verwaltung")
    assert "nichts in Arbeit" in page.main
    with office.database.reading() as session:
        assert session.exec(select(Proposal)).one().state is ProposalState.DISCARDED
