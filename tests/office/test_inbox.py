"""The inbox: who sees which suggestion, and what becomes of it."""

import pytest
from sqlmodel import col, select

from registry.accounts.permissions import Actor
from registry.catalogue.models import ServiceBundle
from registry.editorial import spam
from registry.editorial.enums import ProposalState, SuggestionKind, SuggestionState
from registry.editorial.models import Proposal, Suggestion
from registry.editorial.suggestions import SettlingFields, settle
from registry.mail.models import OutboxMail
from registry.reuse.operations import archive_bundle
from tests.office.world import FOREIGN, OWN, Office, person, post
from tests.web.client import check

SCRIPT = "<script>alert(1)</script>"
REASON = "Die Quelle sagt etwas anderes."


def _add(office: Office, slug: str | None = OWN, **values: str) -> str:
    """Put a suggestion into the inbox and return its key."""
    key = spam.new_key()
    with office.database.noting() as session:
        bundle = session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one() if slug else None
        session.add(
            Suggestion(
                key=key,
                kind=SuggestionKind.CORRECTION if bundle else SuggestionKind.NEW_BUNDLE,
                bundle_id=bundle.id if bundle else None,
                **{"title": "Kontakt", "text": "Der Kontakt ist veraltet.", **values},
            )
        )
    return key


def _stored(office: Office, key: str) -> Suggestion:
    with office.database.reading() as session:
        return session.exec(select(Suggestion).where(Suggestion.key == key)).one()


def _answers(office: Office) -> list[OutboxMail]:
    with office.database.reading() as session:
        query = select(OutboxMail).where(OutboxMail.kind == "suggestion_answer").order_by(col(OutboxMail.id))
        return list(session.exec(query))


def test_each_coordinator_sees_what_is_theirs_to_decide(office: Office) -> None:
    own, foreign, new = _add(office), _add(office, FOREIGN, title="Kosten"), _add(office, None, title="Neu")
    pages = office.pages("coordinator")
    text = pages.get("/verwaltung/eingang").main
    assert "Kontakt" in text
    assert "Neu" in text
    assert "Kosten" not in text
    pages.get(f"/verwaltung/eingang/{own}")
    pages.get(f"/verwaltung/eingang/{new}")
    pages.get(f"/verwaltung/eingang/{foreign}", status=403)
    everything = office.pages("administrator").get("/verwaltung/eingang").main
    assert "Kosten" in everything
    assert "3\u00a0Hinweise" in everything or "3 Hinweise" in everything


@pytest.mark.parametrize("role", ["reader", "editor"])
def test_the_inbox_is_for_coordinators(office: Office, role: str) -> None:
    key = _add(office)
    client = office.client(role)
    for path in ("/verwaltung/eingang", f"/verwaltung/eingang/{key}"):
        assert client.get(path).status_code == 403
    for action in ("aufgreifen", "ablehnen", "erledigt", "zuruecklegen"):
        assert post(client, f"/verwaltung/eingang/{key}/{action}", {"decline.answer": REASON}).status_code == 403
    assert _stored(office, key).state is SuggestionState.OPEN


def test_a_coordinator_of_another_organisation_decides_nothing(office: Office) -> None:
    key = _add(office)
    client = office.client("other coordinator")
    for action in ("aufgreifen", "ablehnen", "erledigt", "zuruecklegen"):
        answer = post(client, f"/verwaltung/eingang/{key}/{action}", {"decline.answer": REASON})
        assert answer.status_code == 403, action
        check(answer)
    assert _stored(office, key).state is SuggestionState.OPEN
    assert _answers(office) == []


def test_filters_and_numbers_lead_to_a_suggestion(office: Office) -> None:
    key = _add(office)
    _add(office, None, title="Neu")
    pages = office.pages("coordinator")
    found = pages.get(f"/verwaltung/eingang?nummer={spam.spoken(key).lower()}")
    assert f"/verwaltung/eingang/{key}" in found.links().values()
    assert "Neu" not in found.main
    assert "Kontakt" not in pages.get("/verwaltung/eingang?art=new_bundle").main
    assert "keine Hinweise" in pages.get("/verwaltung/eingang?stand=entschieden").main
    for odd in ("stand=%00", "art=quatsch", "nummer=" + "x" * 300, "seite=-7", "seite=9999999", "nummer=%27%3B--"):
        pages.get(f"/verwaltung/eingang?{odd}")


def test_an_empty_inbox_says_so(shared_office: Office) -> None:
    assert "Nichts zu tun" in shared_office.pages("coordinator").get("/verwaltung/eingang").main


def test_what_strangers_wrote_is_shown_as_text(office: Office) -> None:
    key = _add(office, title=SCRIPT, text=f"{SCRIPT}\n<img src=x onerror=alert(1)>\n[a](javascript:alert(1))")
    for path in ("/verwaltung/eingang", f"/verwaltung/eingang/{key}"):
        page = office.pages("coordinator").get(path)
        assert SCRIPT in page.main
        assert page.all(".//main//script") == []
        assert page.all(".//main//img") == []


def test_taking_up_a_correction_leads_to_its_working_copy(office: Office) -> None:
    key = _add(office)
    client = office.client("coordinator")
    answer = post(client, f"/verwaltung/eingang/{key}/aufgreifen")
    assert answer.status_code == 303
    with office.database.reading() as session:
        proposal = session.exec(select(Proposal)).one()
        assert proposal.reason == f"Hinweis {spam.spoken(key)}"
        assert proposal.author_id == person(session, "coordinator").id
    assert proposal.key in answer.headers["Location"]
    assert _stored(office, key).proposal_key == proposal.key
    page = office.pages("coordinator").get(f"/verwaltung/eingang/{key}")
    assert "in Arbeit" in page.main
    assert "Weiter bearbeiten" in page.links()


def test_taking_up_a_new_bundle_begins_an_entry_of_the_own_organisation(office: Office) -> None:
    key = _add(office, None, title="Hundesteuer online", source_url="https://www.example.org/hund")
    page = office.pages("coordinator").get(f"/verwaltung/eingang/{key}")
    (chosen,) = page.all(".//select[@name='organisation']/option")
    answer = post(
        office.client("coordinator"), f"/verwaltung/eingang/{key}/aufgreifen", {"organisation": chosen.get("value")}
    )
    assert answer.status_code == 303
    with office.database.reading() as session:
        proposal = session.exec(select(Proposal)).one()
    assert proposal.values["title"] == "Hundesteuer online"
    assert str(proposal.organisation_id) == chosen.get("value")


@pytest.mark.parametrize("organisation", ["", "999999", "-1", "x", "1" * 40, "²"])
def test_a_new_bundle_needs_an_organisation_of_the_own(office: Office, organisation: str) -> None:
    key = _add(office, None)
    client = office.client("coordinator")
    answer = post(client, f"/verwaltung/eingang/{key}/aufgreifen", {"organisation": organisation})
    assert answer.status_code == 422
    assert check(answer).by_id("feld-organisation").get("aria-invalid") == "true"
    assert _stored(office, key).state is SuggestionState.OPEN


def test_an_administrator_may_begin_an_entry_that_nobody_owns_yet(office: Office) -> None:
    key = _add(office, None)
    answer = post(office.client("administrator"), f"/verwaltung/eingang/{key}/aufgreifen", {"organisation": ""})
    assert answer.status_code == 303


def test_declining_needs_a_reason_and_tells_the_sender(office: Office) -> None:
    key = _add(office, contact_email="wer@irgendwo.example")
    client = office.client("coordinator")
    path = f"/verwaltung/eingang/{key}/ablehnen"
    for reason, status in (("", 422), ("   ", 422), ("x" * 2001, 422)):
        answer = post(client, path, {"decline.answer": reason})
        assert answer.status_code == status
        page = check(answer)
        assert page.by_id("feld-decline-answer").get("aria-invalid") == "true"
        assert "".join(page.by_id("feld-decline-answer").itertext()).strip() == reason.strip()
    assert _stored(office, key).state is SuggestionState.OPEN
    assert post(client, path, {"decline.answer": REASON}).status_code == 303
    (mail,) = _answers(office)
    assert REASON in mail.body
    page = office.pages("coordinator").get(f"/verwaltung/eingang/{key}")
    assert REASON in page.main
    assert "abgelehnt" in page.main


def test_what_stands_right_already_is_settled_without_words(office: Office) -> None:
    key = _add(office)
    assert post(office.client("coordinator"), f"/verwaltung/eingang/{key}/erledigt").status_code == 303
    assert _stored(office, key).state is SuggestionState.SETTLED
    assert _answers(office) == []


@pytest.mark.parametrize("action", ["aufgreifen", "ablehnen", "erledigt"])
def test_who_comes_second_is_told_and_keeps_what_was_written(office: Office, action: str) -> None:
    key = _add(office)
    with office.database.noting() as session:
        first = person(session, "administrator")
        settle(session, Actor(first.id, first.name, is_admin=True), key, SettlingFields())
    written = {"decline.answer": REASON, "settle.answer": REASON}
    answer = post(office.client("coordinator"), f"/verwaltung/eingang/{key}/{action}", written)
    assert answer.status_code == 409
    page = check(answer)
    assert "schneller" in page.main
    assert (REASON in page.main) == (action != "aufgreifen")
    assert _stored(office, key).state is SuggestionState.SETTLED
    with office.database.reading() as session:
        assert session.exec(select(Proposal)).first() is None


def test_a_suggestion_for_an_archived_entry_can_only_be_answered(office: Office) -> None:
    key = _add(office)
    with office.database.writing() as write:
        archive_bundle(write, OWN, actor="prüfung", reason="Der Dienst ist eingestellt.")
    page = office.pages("coordinator").get(f"/verwaltung/eingang/{key}")
    assert "nimmt keine Änderungen an" in page.main
    assert post(office.client("coordinator"), f"/verwaltung/eingang/{key}/aufgreifen").status_code == 403
    assert _stored(office, key).state is SuggestionState.OPEN


def test_a_working_copy_that_came_to_nothing_gives_the_suggestion_back(office: Office) -> None:
    key = _add(office)
    client = office.client("coordinator")
    post(client, f"/verwaltung/eingang/{key}/aufgreifen")
    path = f"/verwaltung/eingang/{key}/zuruecklegen"
    assert post(client, path).status_code == 409
    with office.database.noting() as session:
        session.exec(select(Proposal)).one().state = ProposalState.DISCARDED
    assert "Wieder öffnen" in office.pages("coordinator").get(f"/verwaltung/eingang/{key}").main
    assert post(client, path).status_code == 303
    assert _stored(office, key).state is SuggestionState.OPEN


@pytest.mark.parametrize("key", ["ABCDEFGHJK", "x", "%00", "A" * 300])
def test_an_unknown_number_is_not_found(shared_office: Office, key: str) -> None:
    pages = shared_office.pages("coordinator")
    pages.get(f"/verwaltung/eingang/{key}", status=404)
    for action in ("aufgreifen", "ablehnen", "erledigt", "zuruecklegen"):
        assert post(pages.client, f"/verwaltung/eingang/{key}/{action}").status_code == 404
