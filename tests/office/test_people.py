"""Pages of organisations, members and accounts: what each role may do there, and what they say."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from registry.accounts.enums import Role, TokenPurpose
from registry.accounts.members import open_invitations
from registry.accounts.models import Membership, OneTimeToken, Organisation, Person, WebSession
from registry.accounts.organisations import find_organisation
from registry.accounts.tokens import issue
from registry.editorial.models import Stewardship
from registry.mail.models import OutboxMail
from tests.office.world import Office, person, post
from tests.web.client import Page, check

SOEST = "/verwaltung/stellen/stadt-soest"
WUPPERTAL = "/verwaltung/stellen/stadt-wuppertal"


def send(office: Office, role: str, path: str, status: int = 303, /, **data: Any) -> Any:
    """Post a form as a role; the answer must have the status."""
    answer = post(office.client(role), path, data)
    assert answer.status_code == status, f"{path}: {answer.status_code}"
    return answer


def follow(office: Office, role: str, path: str, /, **data: Any) -> Page:
    """Post a form as a role and check the page to which it leads."""
    client = office.client(role)
    answer = post(client, path, data, follow_redirects=True)
    assert answer.status_code == 200, answer.status_code
    return check(answer)


def id_of(office: Office, role: str) -> int:
    with office.database.reading() as session:
        return person(session, role).id or 0


def soest(office: Office) -> Organisation:
    with office.database.reading() as session:
        return find_organisation(session, "stadt-soest")


def invitations(office: Office) -> list[OneTimeToken]:
    with office.database.reading() as session:
        return list(session.exec(select(OneTimeToken).where(OneTimeToken.purpose == TokenPurpose.INVITATION)))


def mails(office: Office) -> list[OutboxMail]:
    with office.database.reading() as session:
        return list(session.exec(select(OutboxMail).order_by(OutboxMail.id)))  # type: ignore[arg-type]


# -- organisations -------------------------------------------------------------------------------------------------


def test_administrators_see_all_organisations_and_coordinators_their_own(shared_office: Office) -> None:
    everything = shared_office.pages("administrator").get("/verwaltung/stellen")
    assert {"Stadt Soest", "Stadt Wuppertal", "Stelle anlegen", "Personen"} <= set(everything.links())
    own = shared_office.pages("coordinator").get("/verwaltung/stellen")
    assert "Stadt Soest" in own.links()
    assert not {"Stadt Wuppertal", "Stelle anlegen", "Personen"} & set(own.links())
    (row,) = (one for one in own.all(".//tbody/tr"))
    assert "Mitglieder" in [cell.get("data-label") for cell in row]
    assert [cell.text for cell in row.findall("td")] == ["Kommune", "2", "1", "0"]


def test_the_list_is_searched_and_paged(office: Office) -> None:
    with office.database.noting() as session:
        for number in range(60):
            session.add(Organisation(slug=f"amt-{number}", name=f"Amt {number:02}", kind="other"))  # type: ignore[arg-type]
    pages = office.pages("administrator")
    assert "62 Stellen" in pages.get("/verwaltung/stellen").main
    assert len(pages.get("/verwaltung/stellen?seite=2").all(".//tbody/tr")) == 12
    assert "1 Stelle" in pages.get("/verwaltung/stellen?q=05974").main
    assert "Keine Stelle gefunden" in pages.get("/verwaltung/stellen?q=%25&zustand=unfug").main
    assert pages.client.get("/verwaltung/stellen?seite=99").headers["Location"].endswith("seite=2")


@pytest.mark.parametrize("path", ["", "/bearbeiten", "/mitglieder/{other}"])
def test_a_coordinator_is_refused_at_another_organisation(shared_office: Office, path: str) -> None:
    page = shared_office.pages("coordinator")
    page.get(WUPPERTAL + path.format(other=id_of(shared_office, "other")), status=403)
    page.get("/verwaltung/stellen/gibt-es-nicht" + path.format(other=1), status=404)


@pytest.mark.parametrize("role", ["coordinator", "editor", "reader"])
@pytest.mark.parametrize(
    "path",
    [
        "/verwaltung/stellen/neu",
        f"{SOEST}/stilllegen",
        f"{SOEST}/eintraege-uebernehmen",
        "/verwaltung/personen",
        "/verwaltung/personen/1",
    ],
)
def test_what_is_for_administrators_is_for_nobody_else(shared_office: Office, role: str, path: str) -> None:
    shared_office.pages(role).get(path, status=403)


def test_an_administrator_founds_an_organisation_chosen_by_name_or_key(office: Office) -> None:
    pages = office.pages("administrator")
    found = pages.get("/verwaltung/stellen/neu?q=05974044")
    address = next(address for text, address in found.links().items() if text.startswith("auswählen"))
    form = pages.get(address)
    assert form.by_id("feld-name").get("value") == form.main.split(" (Kommune")[0].split("anlegen ")[-1]
    page = follow(
        office,
        "administrator",
        "/verwaltung/stellen/neu",
        kind="municipality",
        key="05974044",
        name=form.by_id("feld-name").get("value"),
        mailbox="ozg@ort.example",
        four_eyes="ja",
    )
    assert "ist angelegt" in page.main
    assert "ozg@ort.example" in page.main
    assert "keine OZG-Koordination" in page.main
    again = send(office, "administrator", "/verwaltung/stellen/neu", 409, kind="municipality", key="05974044")
    assert "schon angelegt" in check(again).main
    assert "schon angelegt" in pages.get("/verwaltung/stellen/neu?q=05974044").main


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Bitte wählen Sie eine Art aus."),
        ({"kind": "unfug", "name": "Amt"}, "Bitte wählen Sie eine Art aus."),
        ({"kind": "municipality", "key": "05000000"}, "Diesen Schlüssel gibt es nicht"),
        ({"kind": "other", "name": ""}, "Name:"),
        ({"kind": "other", "name": "x" * 201}, "Name:"),
        ({"kind": "land", "name": "Land", "mailbox": "kein Postfach"}, "Das ist keine gültige E-Mail-Adresse."),
    ],
)
def test_a_bad_form_of_founding_comes_back_with_the_reason(
    shared_office: Office, data: dict[str, str], sentence: str
) -> None:
    page = check(send(shared_office, "administrator", "/verwaltung/stellen/neu", 422, **data))
    assert sentence in page.main
    assert len(page.classed("error-summary")) == 1


def test_unknown_fields_of_a_form_never_reach_an_organisation(office: Office) -> None:
    more = {"active": "", "slug": "anders", "id": "99", "municipality": "05124000", "kind": "land", "created_at": "0"}
    send(office, "administrator", f"{SOEST}/bearbeiten", name="Hansestadt Soest", mailbox="", **more)
    row = soest(office)
    assert (row.name, row.active, row.municipality, row.kind.value) == (
        "Hansestadt Soest",
        True,
        "05974040",
        "municipality",
    )
    send(
        office,
        "administrator",
        "/verwaltung/stellen/neu",
        kind="land",
        name="Land",
        municipality="05974040",
        active="",
        is_admin="ja",
        slug="x",
    )
    with office.database.reading() as session:
        land = find_organisation(session, "land")
    assert (land.municipality, land.active) == (None, True)


def test_a_coordinator_changes_mailbox_and_four_eyes_and_is_refused_the_name(office: Office) -> None:
    form = office.pages("coordinator").get(f"{SOEST}/bearbeiten")
    assert not [one for one in form.all(".//input") if one.get("name") == "name"]
    page = follow(office, "coordinator", f"{SOEST}/bearbeiten", mailbox="neu@soest.example", four_eyes="ja")
    assert "gespeichert" in page.main
    assert "neu@soest.example" in page.main
    tick = office.database.tick()
    unchanged = {"mailbox": "neu@soest.example", "four_eyes": "ja"}
    assert "nichts zu ändern" in follow(office, "coordinator", f"{SOEST}/bearbeiten", **unchanged).main
    send(office, "coordinator", f"{SOEST}/bearbeiten", 403, name="Anders", **unchanged)
    send(office, "other coordinator", f"{SOEST}/bearbeiten", 403, mailbox="")
    assert office.database.tick() == tick
    bad = check(send(office, "coordinator", f"{SOEST}/bearbeiten", 422, mailbox="kaputt"))
    assert "keine gültige E-Mail-Adresse" in bad.main


def test_taking_out_of_service_tells_what_it_means_and_takes_the_roles(office: Office) -> None:
    warning = office.pages("administrator").get(f"{SOEST}/stilllegen").main
    assert "2\u00a0Mitglieder verlieren" in warning or "2 Mitglieder verlieren" in warning
    assert "1 Eintrag bleibt öffentlich" in warning
    coordinator = office.pages("coordinator")
    coordinator.get(SOEST)
    page = follow(office, "administrator", f"{SOEST}/stilllegen", reason="aufgelöst")
    assert "ist stillgelegt" in page.main
    coordinator.get(SOEST, status=403)
    send(office, "administrator", f"{SOEST}/einladungen", 409, email="neu@soest.example", role="editor")
    assert "war schon" in follow(office, "administrator", f"{SOEST}/stilllegen").main
    assert "wieder in Betrieb" in follow(office, "administrator", f"{SOEST}/reaktivieren").main
    coordinator.get(SOEST)
    send(office, "coordinator", f"{SOEST}/reaktivieren", 403)
    send(office, "administrator", "/verwaltung/stellen/nichts/stilllegen", 404)


def test_ownerless_entries_are_previewed_and_taken_over(office: Office) -> None:
    page = office.pages("administrator").get(f"{SOEST}/eintraege-uebernehmen")
    slugs = [one.get("value", "") for one in page.all(".//input[@name='entries']")]
    assert len(slugs) > 1
    answer = {"entries": [slugs[0], "wohngeld-wuppertal", "nichts"]}
    assert (
        "Ein Eintrag gehört jetzt" in follow(office, "administrator", f"{SOEST}/eintraege-uebernehmen", **answer).main
    )
    with office.database.reading() as session:
        owned = session.exec(select(Stewardship).where(Stewardship.owner_id == soest(office).id)).all()
    assert len(owned) == 2  # with the one it had
    nothing = follow(office, "administrator", f"{SOEST}/eintraege-uebernehmen", entries=["wohngeld-wuppertal"])
    assert "Kein Eintrag war ausgewählt" in nothing.main
    send(office, "coordinator", f"{SOEST}/eintraege-uebernehmen", 403, entries=slugs)


# -- members -------------------------------------------------------------------------------------------------------


def test_a_coordinator_invites_and_the_mail_carries_the_link(own_office: Any) -> None:
    office = own_office(base_url="http://register.example")
    page = follow(office, "coordinator", f"{SOEST}/einladungen", email="neu@soest.example", role="editor")
    assert "ist unterwegs" in page.main
    assert "neu@soest.example" in page.main
    (mail,) = mails(office)
    link = re.search(r"http://register\.example(/einladung/\S+)", mail.body)
    assert link is not None
    assert "Stadt Soest" in office.pages("anonymous").get(link.group(1)).main


def test_the_answer_to_an_invitation_does_not_tell_whether_there_is_an_account(office: Office) -> None:
    known = follow(office, "coordinator", f"{SOEST}/einladungen", email="lesen@konto.example", role="editor")
    new = follow(office, "other coordinator", f"{WUPPERTAL}/einladungen", email="lesen@konto.exampel", role="editor")
    told = [page.text.split("ist unterwegs")[0].split("Die Einladung an")[1] for page in (known, new)]
    assert told == [" lesen@konto.example ", " lesen@konto.exampel "]
    assert "Konto ohne Rolle" not in known.text


@pytest.mark.parametrize(
    ("data", "status", "sentence"),
    [
        ({"email": "kaputt", "role": "editor"}, 422, "Das ist keine gültige E-Mail-Adresse."),
        ({"email": "", "role": "editor"}, 422, "E-Mail:"),
        ({"email": "neu@soest.example"}, 422, "Bitte wählen Sie eine Aufgabe aus."),
        ({"email": "neu@soest.example", "role": "administrator"}, 422, "Bitte wählen Sie eine Aufgabe aus."),
        ({"email": "redaktion@soest.example", "role": "editor"}, 409, "schon Mitglied"),
        ({"email": "x" * 300 + "@soest.example", "role": "editor"}, 422, "E-Mail:"),
    ],
)
def test_a_bad_invitation_comes_back_with_the_reason(
    shared_office: Office, data: dict[str, str], status: int, sentence: str
) -> None:
    page = check(send(shared_office, "coordinator", f"{SOEST}/einladungen", status, **data))
    assert sentence in page.main
    assert mails(shared_office) == []


def test_unknown_fields_of_an_invitation_make_no_administrator(office: Office) -> None:
    more = {"as_admin": "ja", "is_admin": "1", "organisation_id": "2", "person_id": "1"}
    send(office, "coordinator", f"{SOEST}/einladungen", email="neu@soest.example", role="editor", **more)
    (row,) = invitations(office)
    assert (row.as_admin, row.organisation_id, row.person_id) == (False, soest(office).id, None)


def test_foreign_organisations_and_invitations_are_out_of_reach(office: Office) -> None:
    send(office, "other coordinator", f"{WUPPERTAL}/einladungen", email="neu@wuppertal.example", role="editor")
    number = invitations(office)[0].id
    for action in ("erneut", "zuruecknehmen"):
        send(office, "coordinator", f"{WUPPERTAL}/einladungen/{number}/{action}", 403)
        send(office, "coordinator", f"{SOEST}/einladungen/{number}/{action}", 404)
        send(office, "coordinator", f"/verwaltung/personen/einladungen/{number}/{action}", 403)
        send(office, "administrator", f"/verwaltung/personen/einladungen/{number}/{action}", 404)
    send(office, "coordinator", f"{WUPPERTAL}/einladungen", 403, email="neu@soest.example", role="editor")
    send(office, "editor", f"{SOEST}/einladungen", 403, email="neu@soest.example", role="editor")
    assert len(mails(office)) == 1


def test_an_invitation_is_sent_again_and_withdrawn(office: Office) -> None:
    send(office, "coordinator", f"{SOEST}/einladungen", email="neu@soest.example", role="editor")
    first = invitations(office)[0].id
    assert "noch einmal" in follow(office, "coordinator", f"{SOEST}/einladungen/{first}/erneut").main
    assert len(mails(office)) == 2
    send(office, "coordinator", f"{SOEST}/einladungen/{first}/zuruecknehmen", 404)
    with office.database.reading() as session:
        (row,) = open_invitations(session, soest(office).id)
    page = follow(office, "coordinator", f"{SOEST}/einladungen/{row.id}/zuruecknehmen")
    assert "zurückgenommen" in page.main
    assert "neu@soest.example" not in page.main


def test_a_role_is_changed_and_taken(office: Office) -> None:
    number = id_of(office, "editor")
    assert office.pages("coordinator").get(f"{SOEST}/mitglieder/{number}").h1.endswith("Redaktion Soest")
    assert (
        "OZG-Koordination"
        in follow(office, "coordinator", f"{SOEST}/mitglieder/{number}/aufgabe", role="coordinator").main
    )
    for action, data in (("aufgabe", {"role": "editor"}), ("entfernen", {})):
        send(office, "other coordinator", f"{SOEST}/mitglieder/{number}/{action}", 403, **data)
        send(office, "other coordinator", f"{WUPPERTAL}/mitglieder/{number}/{action}", 404, **data)
        send(office, "editor", f"{WUPPERTAL}/mitglieder/{number}/{action}", 403, **data)
    check(send(office, "coordinator", f"{SOEST}/mitglieder/{number}/aufgabe", 422, role="administrator"))
    assert "gehört nicht mehr" in follow(office, "coordinator", f"{SOEST}/mitglieder/{number}/entfernen").main
    with office.database.reading() as session:
        assert session.exec(select(Membership).where(Membership.person_id == number)).first() is None
        assert session.get(Person, number) is not None


@pytest.mark.parametrize(("action", "field"), [("aufgabe", "role_bestaetigt"), ("entfernen", "entfernen_bestaetigt")])
def test_the_last_coordinator_leaves_only_after_a_confirmation(office: Office, action: str, field: str) -> None:
    path = f"{SOEST}/mitglieder/{id_of(office, 'coordinator')}"
    assert "einzige OZG-Koordination" in office.pages("administrator").get(path).main
    page = check(send(office, "administrator", f"{path}/{action}", 422, role="editor"))
    assert "Bitte bestätigen Sie" in page.main
    done = follow(office, "administrator", f"{path}/{action}", role="editor", **{field: "ja"})
    assert "hat jetzt keine OZG-Koordination mehr" in done.main


def test_who_gives_the_own_role_away_lands_on_the_desk(office: Office) -> None:
    path = f"{SOEST}/mitglieder/{id_of(office, 'coordinator')}/entfernen"
    answer = send(office, "coordinator", path, entfernen_bestaetigt="ja")
    assert answer.headers["Location"].endswith("/verwaltung")
    office.pages("coordinator").get(SOEST, status=403)


# -- accounts ------------------------------------------------------------------------------------------------------


def test_accounts_are_listed_and_searched(shared_office: Office) -> None:
    pages = shared_office.pages("administrator")
    page = pages.get("/verwaltung/personen")
    assert "6 Personen" in page.main
    assert "noch nie" in page.main
    assert "2 Personen" in pages.get("/verwaltung/personen?q=SOEST").main
    assert "1 Person" in pages.get("/verwaltung/personen?nur=administration").main
    assert "Keine Person gefunden" in pages.get("/verwaltung/personen?q=_").main
    assert pages.client.get("/verwaltung/personen?seite=7").status_code == 303
    pages.get("/verwaltung/personen/4711", status=404)


def test_an_administrator_is_invited(office: Office) -> None:
    page = follow(office, "administrator", "/verwaltung/personen/einladungen", email="zwei@register.example")
    assert "zwei@register.example" in page.main
    assert invitations(office)[0].as_admin
    number = invitations(office)[0].id
    assert "noch einmal" in follow(office, "administrator", f"/verwaltung/personen/einladungen/{number}/erneut").main
    send(office, "administrator", "/verwaltung/personen/einladungen", 422, email="kaputt")
    send(office, "administrator", "/verwaltung/personen/einladungen", 409, email="leitung@register.example")
    send(office, "coordinator", "/verwaltung/personen/einladungen", 403, email="drei@register.example")
    last = max(one.id or 0 for one in invitations(office))
    page = follow(office, "administrator", f"/verwaltung/personen/einladungen/{last}/zuruecknehmen")
    assert "zwei@register.example" not in page.main


def test_locking_an_account_ends_its_sessions(office: Office) -> None:
    number = id_of(office, "coordinator")
    locked_out = office.pages("coordinator")
    locked_out.get(SOEST)
    assert (
        "Danach ohne tätige OZG-Koordination"
        in office.pages("administrator").get(f"/verwaltung/personen/{number}").main
    )
    assert "ist gesperrt" in follow(office, "administrator", f"/verwaltung/personen/{number}/sperren").main
    assert locked_out.client.get(SOEST).status_code == 303
    with office.database.reading() as session:
        rows = session.exec(select(WebSession).where(WebSession.person_id == number)).all()
    assert all(row.ended_at is not None for row in rows)
    assert "war schon" in follow(office, "administrator", f"/verwaltung/personen/{number}/sperren").main
    assert "ist entsperrt" in follow(office, "administrator", f"/verwaltung/personen/{number}/entsperren").main
    assert locked_out.client.get(SOEST).status_code == 303


def test_the_last_administrator_stays(office: Office) -> None:
    number = id_of(office, "administrator")
    path = f"/verwaltung/personen/{number}"
    assert "eigene Konto" in follow(office, "administrator", f"{path}/sperren").main
    assert "letzte aktive" in follow(office, "administrator", f"{path}/administration", administration="nein").main
    editor = f"/verwaltung/personen/{id_of(office, 'editor')}"
    assert "gehört jetzt" in follow(office, "administrator", f"{editor}/administration", administration="ja").main
    answer = send(office, "administrator", f"{path}/administration", administration="nein")
    assert answer.headers["Location"].endswith("/verwaltung")
    office.pages("administrator").get(path, status=403)


def test_a_link_and_a_lost_factor_are_mailed_to_the_person(office: Office) -> None:
    number = id_of(office, "editor")
    path = f"/verwaltung/personen/{number}"
    assert "ist unterwegs" in follow(office, "administrator", f"{path}/passwort-link").main
    assert "keinen zweiten Faktor" in follow(office, "administrator", f"{path}/zweiter-faktor").main
    with office.database.noting() as session:
        session.get_one(Person, number).totp_secret = "sealed"
    assert "Zweiten Faktor zurücksetzen" in office.pages("administrator").get(path).main
    assert "zurückgesetzt" in follow(office, "administrator", f"{path}/zweiter-faktor").main
    assert [mail.recipient for mail in mails(office)] == ["redaktion@soest.example"] * 2
    link = re.search(r"/passwort/\S+", mails(office)[0].body)
    assert link is not None
    office.pages("anonymous").get(link.group())
    for action in ("passwort-link", "zweiter-faktor", "sperren", "entsperren", "administration"):
        send(office, "coordinator", f"{path}/{action}", 403)
        send(office, "administrator", f"/verwaltung/personen/4711/{action}", 404)


def test_a_page_lists_an_invitation_that_ran_out(office: Office) -> None:
    with office.database.noting() as session:
        issue(
            session,
            TokenPurpose.INVITATION,
            email="alt@soest.example",
            organisation_id=soest(office).id,
            role=Role.EDITOR,
            lifetime=timedelta(seconds=-1),
        )
    (row,) = (
        one for one in office.pages("coordinator").get(SOEST).all(".//tbody/tr") if one[0].text == "alt@soest.example"
    )
    assert "abgelaufen" in "".join(row.itertext())


def test_accounts_are_changed_only_when_the_proof_of_the_session_is_fresh(office: Office) -> None:
    number = id_of(office, "editor")
    client = office.client("administrator")
    with office.database.noting() as session:
        for row in session.exec(select(WebSession)):
            row.confirmed_at -= timedelta(days=1)
            session.add(row)
    for path in ("passwort-link", "zweiter-faktor", "sperren", "entsperren", "administration"):
        answer = post(client, f"/verwaltung/personen/{number}/{path}", {"administration": "ja"})
        assert f"/verwaltung/konto/bestaetigen?weiter=/verwaltung/personen/{number}" in answer.headers["Location"]
    answer = post(client, "/verwaltung/personen/einladungen", {"email": "zwei@register.example"})
    assert "/verwaltung/konto/bestaetigen" in answer.headers["Location"]
    assert client.get(f"/verwaltung/personen/{number}").status_code == 303
    assert mails(office) == []
    with office.database.reading() as session:
        row = session.get_one(Person, number)
    assert (row.active, row.is_admin) == (True, False)
