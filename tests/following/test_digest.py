"""The digest of what somebody follows: who gets it, when, what it says, and that nothing private is told."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from registry.accounts.models import OneTimeToken, Person
from registry.adoption.enums import Step
from registry.catalogue.enums import State
from registry.catalogue.reference import OzgService
from registry.database import Database
from registry.following.digest import due, send_due
from registry.following.models import FollowedKind, Following, Rhythm
from registry.following.searches import Finder
from registry.mail.messages import Sender, compose
from registry.mail.models import Undeliverable
from registry.mail.operations import mark_undeliverable
from registry.reuse.operations import archive_bundle, publish_bundle, withdraw_bundle
from registry.search.operations import add_relation
from registry.search.service import SearchService
from registry.settings import Settings
from registry.web.followed import request_of
from tests.adoption.making import WUPPERTAL, make_adoption
from tests.conftest import Store
from tests.following.making import (
    AT,
    BUNDLE,
    DAY,
    HUND,
    READER,
    SETTINGS,
    SOEST,
    change_entry,
    follow,
    mails,
    new_entry,
)
from tests.web.site import prepared_index

Send = Callable[..., int]


@pytest.fixture
def world(store: Store, catalogue_template: str) -> Iterator[Database]:
    """Return a database with the catalogue."""
    url, remove = store.copy(catalogue_template)
    database = Database(url)
    yield database
    database.dispose()
    remove()


@pytest.fixture
def send(world: Database) -> Send:
    """Return what sends the due digests, for followers of anything but searches."""

    def no_search() -> Finder:
        raise AssertionError("nobody follows a search")

    return lambda at=AT, settings=SETTINGS: send_due(world, settings, at, no_search)


@pytest.fixture
def send_searches(world: Database, store: Store, catalogue_template: str, tmp_path: Path) -> Iterator[Send]:
    """Return what sends the due digests, with a search."""
    import shutil

    shutil.copytree(prepared_index(store, catalogue_template), tmp_path / "index")
    search = SearchService(world, tmp_path / "index")
    yield lambda at=AT: send_due(world, SETTINGS, at, lambda: Finder(search, request_of))
    search.close()


def body(world: Database) -> str:
    (mail,) = mails(world)
    assert mail.kind == "following"
    assert mail.recipient == READER
    return mail.body


def test_a_changed_bundle_is_told_by_its_fields(world: Database, send: Send) -> None:
    follow(world)
    change_entry(world, BUNDLE, summary="Eine neue Zusammenfassung des Dienstes.", state_note=None)
    assert send() == 1
    text = body(world)
    assert f"Leistungsbündel: Thema {BUNDLE}\nhttps://register.example/buendel/{BUNDLE}\n" in text
    assert re.search(r"^- geändert am \d\d\.\d\d\.\d{4}: Kurzbeschreibung$", text, re.MULTILINE), text
    assert f"  https://register.example/buendel/{BUNDLE}/versionen\n" in text


def test_nothing_new_nothing_is_sent(world: Database, send: Send) -> None:
    follow(world)
    change_entry(world, "wohngeld-wuppertal", summary="Anderswo hat sich etwas geändert.")
    assert send() == 0
    assert mails(world) == []


def test_what_was_changed_back_is_no_news(world: Database, send: Send) -> None:
    with world.reading() as session:
        from registry.reuse.queries import find_bundle

        bundle = find_bundle(session, BUNDLE)
        assert bundle is not None
        before = bundle.summary
    follow(world)
    change_entry(world, BUNDLE, summary="Ein Versehen, das gleich berichtigt wird.")
    change_entry(world, BUNDLE, summary=before)
    assert send() == 0


def test_everything_is_told_once(world: Database, send: Send) -> None:
    follow(world)
    change_entry(world, BUNDLE, summary="Eine neue Zusammenfassung des Dienstes.")
    assert send() == 1
    assert send(AT + DAY) == 0
    change_entry(world, BUNDLE, summary="Und noch eine neue Zusammenfassung.")
    assert send(AT + DAY) == 1


def test_a_withdrawn_bundle_is_told_with_reason_and_successor(world: Database, send: Send) -> None:
    new_entry(world, "alt")
    new_entry(world, "neu")
    follow(world, target="alt")
    with world.writing() as write:
        withdraw_bundle(write, "alt", actor="test", reason="Der Dienst wurde ersetzt.", successor="neu")
    assert send() == 1
    text = body(world)
    assert re.search(r"- zurückgezogen am \S+\. Grund: Der Dienst wurde ersetzt\.\n", text)
    assert "  Nachfolger: https://register.example/buendel/neu\n" in text


def test_archiving_and_coming_back_are_told(world: Database, send: Send) -> None:
    follow(world)
    with world.writing() as write:
        archive_bundle(write, BUNDLE, actor="test", reason="Nicht mehr in Betrieb.")
    assert send() == 1
    with world.writing() as write:
        publish_bundle(write, BUNDLE, actor="test")
    assert send(AT + DAY) == 1
    first, second = mails(world)
    assert re.search(r"- archiviert am \S+\. Grund: Nicht mehr in Betrieb\.", first.body)
    assert "- wieder veröffentlicht am" in second.body


def test_followers_of_an_ozg_service_hear_of_new_changed_and_withdrawn_bundles(world: Database, send: Send) -> None:
    new_entry(world, "alt")
    follow(world, FollowedKind.OZG_SERVICE, HUND)
    new_entry(world, "frisch", title="Ein frischer Dienst")
    change_entry(world, BUNDLE, title="Ein neuer Titel")
    with world.writing() as write:
        withdraw_bundle(write, "alt", actor="test", reason="Doppelt.")
    assert send() == 1
    text = body(world)
    assert re.search(r"- neu am \S+: Ein frischer Dienst\n  https://register.example/buendel/frisch\n", text)
    assert re.search(r"- geändert am \S+: Ein neuer Titel \(Titel\)", text)
    assert re.search(r"- zurückgezogen am \S+: Eintrag alt\. Grund: Doppelt\.", text)


def test_a_withdrawn_entry_is_named_by_its_address_alone(world: Database, send: Send) -> None:
    new_entry(world, "alt", title="Ein Titel, den niemand mehr lesen soll")
    follow(world, FollowedKind.OZG_SERVICE, HUND)
    with world.writing() as write:
        withdraw_bundle(write, "alt", actor="test", reason="Rechtsverstoß.")
    assert send() == 1
    assert "den niemand mehr lesen soll" not in body(world)


def test_drafts_are_never_told(world: Database, send: Send) -> None:
    for kind, target in ((FollowedKind.OZG_SERVICE, HUND), (FollowedKind.MUNICIPALITY, SOEST)):
        follow(world, kind, target)
    new_entry(world, "entwurf", State.DRAFT)
    change_entry(world, "entwurf", title="Ein geheimer Titel")
    new_entry(world, "pruefung", State.IN_REVIEW)
    assert send() == 0


def test_followers_of_a_municipality_hear_of_its_bundles_and_public_adoptions(world: Database, send: Send) -> None:
    follow(world, FollowedKind.MUNICIPALITY, SOEST)
    new_entry(world, "frisch", title="Ein frischer Dienst")
    make_adoption(
        world, "wohngeld-wuppertal", SOEST, [(Step.PRODUCTIVE, date(2026, 10, 1), True)], confirmed_on=date(2026, 10, 5)
    )
    assert send() == 1
    text = body(world)
    assert "Ein frischer Dienst" in text
    assert "- Nachnutzung von „" in text
    assert "Soest: produktiv (01.10.2026), bestätigt am 05.10.2026" in text


def test_private_steps_are_never_told(world: Database, send: Send) -> None:
    follow(world)
    follow(world, FollowedKind.MUNICIPALITY, WUPPERTAL)
    make_adoption(world, BUNDLE, WUPPERTAL, [(Step.INTEREST, date(2026, 9, 1), False)])
    assert send() == 0
    make_adoption(
        world,
        "wohngeld-wuppertal",
        SOEST,
        [(Step.REVIEW, date(2026, 9, 1), True), (Step.ABANDONED, date(2026, 9, 9), False)],
        reason="Ein vertraulicher Grund",
    )
    follow(world, target="wohngeld-wuppertal", email="andere@post.example", told_at=None)
    assert send() == 0


def test_of_a_step_that_goes_on_in_private_only_the_public_one_is_told(world: Database, send: Send) -> None:
    follow(world)
    steps = [(Step.INTEREST, date(2026, 9, 1), True), (Step.CONTRACT, date(2026, 9, 20), False)]
    make_adoption(world, BUNDLE, WUPPERTAL, steps)
    assert send() == 1
    text = body(world)
    assert "Interesse bekundet (01.09.2026), behauptet" in text
    assert "Vertrag" not in text
    assert "20.09.2026" not in text


def test_a_followed_search_tells_of_new_and_changed_entries(world: Database, send_searches: Send) -> None:
    follow(world, FollowedKind.SEARCH, "q=hundesteuer", told_hits=3)
    new_entry(world, "frisch", title="Hundesteuer im Handumdrehen")
    new_entry(world, "anderes", title="Etwas ganz anderes", ozg_services=[{"ozg_id": "10001", "basis": "named"}])
    assert send_searches() == 1
    text = body(world)
    assert "https://register.example/suche?q=hundesteuer" in text
    assert "neu am" in text
    assert "Hundesteuer im Handumdrehen" in text
    assert "Etwas ganz anderes" not in text
    assert send_searches(AT + DAY) == 0


def test_a_search_over_all_entries_reads_all_pages(world: Database, send_searches: Send) -> None:
    follow(world, FollowedKind.SEARCH, "", told_hits=1)
    for number in range(120):
        new_entry(world, f"serie-{number}")
    assert send_searches() == 1
    text = body(world)
    assert "- und 105 weitere Neuigkeiten" in text


def test_a_search_without_hits_tells_when_it_finds_something(world: Database, send_searches: Send) -> None:
    follow(world, FollowedKind.SEARCH, "q=qqqxyzzy", told_hits=0)
    assert send_searches() == 0
    with world.writing() as write:
        add_relation(write, "Qqqxyzzy -> Hundesteuer", actor="test")
    assert send_searches() == 1
    assert re.search(r"- Die Suche findet jetzt etwas: \d+ Treffer", body(world))
    assert send_searches(AT + DAY) == 0


def test_a_search_for_ozg_services_tells_of_the_catalogue_and_of_bundles(world: Database, send_searches: Send) -> None:
    follow(world, FollowedKind.SEARCH, "art=ozg&q=hundesteuer", told_hits=1)
    new_entry(world, "frisch", title="Ein frischer Dienst")
    with world.writing() as write:
        service = write.session.get_one(OzgService, HUND)
        write.stamp(service)
    assert send_searches() == 1
    text = body(world)
    assert f"- OZG-Leistung {HUND}, neu oder geändert: " in text
    assert "Ein frischer Dienst" in text


def test_all_that_one_person_follows_makes_one_mail(world: Database, send: Send) -> None:
    follow(world)
    follow(world, FollowedKind.OZG_SERVICE, HUND)
    follow(world, target="wohngeld-wuppertal")
    change_entry(world, BUNDLE, summary="Eine neue Zusammenfassung des Dienstes.")
    assert send() == 1
    text = body(world)
    assert text.count("- geändert am") == 2
    assert "wohngeld" not in text


def test_weekly_followers_get_one_mail_a_week(world: Database, send: Send) -> None:
    follow(world, rhythm=Rhythm.WEEKLY)
    follow(world, rhythm=Rhythm.WEEKLY, target="wohngeld-wuppertal")
    change_entry(world, BUNDLE, summary="Eine neue Zusammenfassung des Dienstes.")
    assert send() == 1
    change_entry(world, "wohngeld-wuppertal", summary="Eine neue Zusammenfassung auch hier.")
    assert send(AT + DAY) == 0
    assert send(AT + 6 * DAY) == 0
    assert send(AT + 7 * DAY) == 1


@pytest.mark.parametrize(("rhythm", "days", "expected"), [(Rhythm.DAILY, 1, 2), (Rhythm.WEEKLY, 6, 0)])
def test_all_of_one_rhythm_are_due_together(rhythm: Rhythm, days: int, expected: int) -> None:
    told = Following(
        email="a@b.example", kind=FollowedKind.BUNDLE, target="a", label="a", rhythm=rhythm, confirmed_at=AT
    )
    other = told.model_copy(update={"target": "b"})
    told.told_at = AT
    assert len(due([told, other], AT + days * DAY)) == expected


def test_who_has_not_confirmed_gets_nothing(world: Database, send: Send) -> None:
    follow(world, confirmed=False)
    change_entry(world, BUNDLE, summary="Eine neue Zusammenfassung des Dienstes.")
    assert send() == 0


def test_an_address_that_bounces_gets_nothing_more(world: Database, send: Send) -> None:
    follow(world)
    change_entry(world, BUNDLE, summary="Eine neue Zusammenfassung des Dienstes.")
    with world.noting() as session:
        mark_undeliverable(session, READER, "550 unbekannt", AT)
    assert send() == 0
    with world.reading() as session:
        assert session.get(Undeliverable, READER) is not None


def test_a_disabled_account_gets_nothing(world: Database, send: Send) -> None:
    with world.noting() as session:
        person = Person(email=READER, name="Jemand", active=False)
        session.add(person)
        session.flush()
        number = person.id
    follow(world, person_id=number)
    change_entry(world, BUNDLE, summary="Eine neue Zusammenfassung des Dienstes.")
    assert send() == 0


def test_without_a_public_address_mails_wait(world: Database, send: Send) -> None:
    follow(world)
    change_entry(world, BUNDLE, summary="Eine neue Zusammenfassung des Dienstes.")
    assert send(AT, Settings(secret_key="k" * 32)) == 0
    assert send(AT) == 1


def test_each_mail_carries_its_end(world: Database, send: Send) -> None:
    follow(world)
    change_entry(world, BUNDLE, summary="Eine neue Zusammenfassung des Dienstes.")
    send()
    (mail,) = mails(world)
    message = compose(mail, Sender("register@register.example", "Register"), AT)
    assert re.fullmatch(r"<https://register\.example/folgen/abbestellen/[\w-]{43}>", message["List-Unsubscribe"])
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with world.reading() as session:
        token = session.exec(select(OneTimeToken)).one()
    assert token.email == READER
    assert token.expires_at - token.created_at == timedelta(days=365)


def test_a_long_digest_still_holds_the_link_that_ends_it(world: Database, send: Send) -> None:
    slugs = [f"serie-{number:02d}" for number in range(50)]
    for slug in slugs:
        new_entry(world, slug, title=f"{slug} " + "Titel " * 30)
    for slug in slugs:
        follow(world, target=slug)
    for kind, target in ((FollowedKind.OZG_SERVICE, HUND), (FollowedKind.MUNICIPALITY, SOEST)):
        follow(world, kind, target)
    for slug in slugs:
        with world.writing() as write:
            archive_bundle(write, slug, actor="test", reason="Grund " * 80)
    assert send() == 1
    text = body(world)
    assert len(text) < 50_000
    assert re.search(r"Außerdem gibt es Neues zu \d+ weiteren", text)
    assert re.search(r"/folgen/abbestellen/[\w-]{43}\n$", text)
    with world.reading() as session:
        assert all(row.told_at == AT for row in session.exec(select(Following).order_by(col(Following.id))))


def test_what_is_ended_meanwhile_is_not_told(world: Database, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    from registry.following import digest

    number = follow(world)
    change_entry(world, BUNDLE, summary="Eine neue Zusammenfassung des Dienstes.")
    gather = digest._Desk._items

    def then_end(desk: digest._Desk, follower: digest.Follower) -> object:
        found = gather(desk, follower)
        with world.noting() as session:
            session.delete(session.get_one(Following, number))
        return found

    monkeypatch.setattr(digest._Desk, "_items", then_end)
    assert send() == 0
    assert mails(world) == []


def test_two_nodes_never_tell_twice(world: Database, monkeypatch: pytest.MonkeyPatch, send: Send) -> None:
    from registry.following import digest

    follow(world)
    change_entry(world, BUNDLE, summary="Eine neue Zusammenfassung des Dienstes.")
    both_have_read = threading.Barrier(2, timeout=20)
    gather = digest._Desk._items

    def together(desk: digest._Desk, follower: digest.Follower) -> object:
        found = gather(desk, follower)
        both_have_read.wait()
        return found

    monkeypatch.setattr(digest._Desk, "_items", together)
    sent: list[int] = []
    nodes = [threading.Thread(target=lambda: sent.append(send())) for _ in range(2)]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join(30)
    assert sorted(sent) == [0, 1]
    assert len(mails(world)) == 1


def test_one_digest_that_fails_keeps_nobody_else_from_theirs(
    world: Database, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    from registry.following import digest

    follow(world, email="aaa@post.example")
    follow(world)
    change_entry(world, BUNDLE, summary="Eine neue Zusammenfassung des Dienstes.")
    gather = digest._Desk._items

    def failing(desk: digest._Desk, follower: digest.Follower) -> object:
        if follower.owner.email == "aaa@post.example":
            raise RuntimeError("broken")
        return gather(desk, follower)

    monkeypatch.setattr(digest._Desk, "_items", failing)
    assert send() == 1
    assert [mail.recipient for mail in mails(world)] == [READER]
