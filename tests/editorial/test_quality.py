"""What the dashboard finds, by kind."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from registry.accounts.enums import Role
from registry.accounts.models import Membership, Organisation, Person
from registry.accounts.permissions import Actor, NotAllowedError
from registry.accounts.sessions import actor_of
from registry.catalogue.models import ServiceBundle
from registry.catalogue.operations import write_reference_rows
from registry.catalogue.reference import LeikaService, Municipality, OzgService
from registry.database import Database
from registry.editorial.enums import ProposalState
from registry.editorial.models import LinkCheck, NotDuplicate, Proposal
from registry.editorial.quality.board import Survey
from registry.editorial.quality.completing import filled_by_group, missing_labels
from registry.editorial.quality.duplicates import alike, mark_as_different
from registry.editorial.quality.kinds import Board, Finding, Found, Kind
from registry.editorial.quality.scope import EVERYTHING, Scope, months_before, scope_of
from registry.editorial.quality.summary import open_work
from registry.editorial.quality.upkeep import evidence_problems
from registry.editorial.stewardship import set_stewards
from registry.history import Author
from registry.mail.models import Undeliverable
from registry.reuse.completeness import completeness
from registry.reuse.operations import save_bundle
from registry.reuse.record import BundleRecord
from registry.reuse.records import record_of
from tests.conftest import Store
from tests.office.world import FOREIGN, OWN, person
from tests.reuse.test_completeness import FULL

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
TODAY = AT.date()
ADMIN = Actor(99, is_admin=True)


@pytest.fixture
def world(store: Store, office_template: str) -> Iterator[Database]:
    """Return a database with catalogue, organisations and people."""
    url, remove = store.copy(office_template)
    database = Database(url)
    yield database
    database.dispose()
    remove()


def record(**changes: Any) -> BundleRecord:
    values: dict[str, Any] = {
        "slug": "neues-buendel",
        "title": "Neues Bündel",
        "summary": "Ein Bündel, an dem etwas zu tun ist.",
        "state": "published",
        "ozg_services": [{"ozg_id": "10160", "basis": "named"}],
        "participants": [{"role": "lead", "municipality": "05974040"}],
        "sources": [{"url": "https://quelle.example/", "title": "Quelle"}],
    }
    return BundleRecord.model_validate(values | changes)


def saved(database: Database, *records: BundleRecord, actor: str = "prüfung") -> None:
    with database.writing() as write:
        for one in records:
            save_bundle(write, one, actor=actor)


def owned(database: Database, slug: str, owner: int | None, deputy: int | None = None) -> None:
    with database.writing() as write:
        bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one()
        set_stewards(write, bundle, owner, deputy, author=Author("prüfung"))


def organisation(database: Database, slug: str = "stadt-soest") -> int:
    with database.reading() as session:
        number = session.exec(select(Organisation.id).where(Organisation.slug == slug)).one()
    assert number is not None
    return number


def found(database: Database, kind: Kind, scope: Scope = EVERYTHING, part: str = "", actor: Actor = ADMIN) -> Found:
    with database.reading() as session:
        return Survey(session, scope, actor, AT).found(kind, part)


def of(result: Found, slug: str) -> list[Finding]:
    return [one for one in result.findings if one.entry is not None and one.entry.slug == slug]


def board(database: Database, scope: Scope = EVERYTHING) -> Board:
    with database.reading() as session:
        return Survey(session, scope, ADMIN, AT).board()


# -- scope --------------------------------------------------------------------------------------------------------


def test_an_editor_sees_the_entries_of_the_own_organisation(world: Database) -> None:
    with world.reading() as session:
        editor = actor_of(session, person(session, "editor"))
    assert [one.entry.slug for one in found(world, Kind.EVIDENCE, scope_of(editor)).findings if one.entry] == [OWN]
    foreign = organisation(world, "stadt-wuppertal")
    assert found(world, Kind.EVIDENCE, scope_of(editor, foreign)).findings == ()


def test_a_deputy_sees_the_entry_too(world: Database) -> None:
    owned(world, FOREIGN, organisation(world, "stadt-wuppertal"), organisation(world))
    scope = Scope(frozenset({organisation(world)}))
    assert of(found(world, Kind.EVIDENCE, scope), FOREIGN)


def test_an_administrator_sees_all_one_organisation_or_what_nobody_owns(world: Database) -> None:
    with world.reading() as session:
        count = len(Survey(session, EVERYTHING, ADMIN, AT).entries)
        unowned = Survey(session, scope_of(ADMIN, unowned=True), ADMIN, AT).entries
        own = Survey(session, scope_of(ADMIN, organisation(world)), ADMIN, AT).entries
    assert len(unowned) == count - 2
    assert [one.slug for one in own.values()] == [OWN]


# -- kinds --------------------------------------------------------------------------------------------------------


class TestStewards:
    def test_an_entry_without_owner_is_found(self, world: Database) -> None:
        result = found(world, Kind.STEWARD)
        assert result.count == result.checked - 2
        assert of(result, OWN) == []
        assert result.findings[0].text == "Keine Stelle ist zuständig."

    def test_an_organisation_out_of_service_or_without_coordinator_does_not_act(self, world: Database) -> None:
        with world.writing() as write:
            wuppertal = write.session.get(Organisation, organisation(world, "stadt-wuppertal"))
            assert wuppertal is not None
            wuppertal.active = False
            person(write.session, "coordinator").active = False
        result = found(world, Kind.STEWARD)
        assert [one.text for one in of(result, FOREIGN)] == [
            "Die zuständige Stelle (Stadt Wuppertal) ist stillgelegt, und es gibt keine Vertretung."
        ]
        assert [one.text for one in of(result, OWN)] == [
            "Die zuständige Stelle (Stadt Soest) hat keine aktive OZG-Koordination, und es gibt keine Vertretung."
        ]

    def test_that_only_the_deputy_acts_is_said(self, world: Database) -> None:
        owned(world, FOREIGN, organisation(world, "stadt-wuppertal"), organisation(world))
        with world.noting() as session:
            person(session, "other coordinator").active = False
        assert of(found(world, Kind.STEWARD), FOREIGN)[0].text == (
            "Die zuständige Stelle (Stadt Wuppertal) hat keine aktive OZG-Koordination; "
            "es handelt nur die Vertretung (Stadt Soest)."
        )


class TestCompleteness:
    def test_the_database_counts_as_the_record_does(self, world: Database) -> None:
        saved(world, record(), BundleRecord.model_validate({**FULL, "slug": "alles-gesagt"}))
        with world.reading() as session:
            counted = filled_by_group(session, EVERYTHING.bundle_ids())
            bundles = session.exec(select(ServiceBundle).where(col(ServiceBundle.id).in_(list(counted)))).all()
            told = {
                bundle.id: tuple(group.filled for group in completeness(record_of(session, bundle)).groups)
                for bundle in bundles
            }
        assert len(told) > 30
        assert dict(counted) == told

    def test_empty_texts_and_lists_count_as_unknown_for_both(self, world: Database) -> None:
        with world.writing() as write:
            bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == OWN)).one()
            write.session.execute(
                text("UPDATE service_bundle SET programme = '', audience = '[]', licence = NULL WHERE id = :id"),
                {"id": bundle.id},
            )
        with world.reading() as session:
            bundle = session.exec(select(ServiceBundle).where(ServiceBundle.slug == OWN)).one()
            counted = filled_by_group(session, select(ServiceBundle.id).where(ServiceBundle.slug == OWN))
            told = tuple(group.filled for group in completeness(record_of(session, bundle)).groups)
        assert counted[bundle.id or 0] == told

    def test_the_most_incomplete_entry_comes_first(self, world: Database) -> None:
        saved(world, record(slug="fast-leer", sources=[], state="draft", participants=[], ozg_services=[]))
        first = found(world, Kind.COMPLETENESS).findings[0]
        assert first.entry is not None
        assert first.entry.slug == "fast-leer"
        assert first.text.startswith("2 von ")
        assert first.text.endswith("am wenigsten bei OZG-Zuordnung (0 von 3).")

    def test_one_group_can_be_looked_at(self, world: Database) -> None:
        saved(world, record(contact_email="post@amt.example"))
        (one,) = of(found(world, Kind.COMPLETENESS, part="basics"), "neues-buendel")
        assert one.text == "3 von 6 Angaben (50 %)."
        with world.reading() as session:
            assert one.entry is not None
            assert missing_labels(session, {one.entry.id: one.field})[one.entry.id] == [
                "Beschreibung (Markdown)",
                "Zielgruppe",
                "Links und Dokumente",
            ]

    def test_the_figures_by_group_add_up(self, world: Database) -> None:
        result = board(world)
        for group in result.groups:
            assert 0 <= group.filled <= group.total
            assert group.total % result.entries == 0


class TestEvidence:
    @pytest.mark.parametrize(
        ("counts", "problems"),
        [
            ((0, 0, 0), ["Keine Quelle"]),
            ((1, 0, 0), ["Nur eine Quelle"]),
            ((1, 1, 1), ["Nur eine Quelle", "ohne Datum", "ohne Angabe, was sie belegt"]),
            ((3, 2, 0), ["2 von 3 Quellen ohne Datum"]),
            ((3, 0, 1), ["1 von 3 ohne Angabe, was sie belegen"]),
            ((2, 0, 0), []),
        ],
    )
    def test_what_is_missing_is_said(self, counts: tuple[int, int, int], problems: list[str]) -> None:
        assert evidence_problems(*counts) == problems

    def test_drafts_without_source_come_first(self, world: Database) -> None:
        saved(world, record(slug="ohne-beleg", sources=[], state="draft"))
        first = found(world, Kind.EVIDENCE).findings[0]
        assert first.text == "Keine Quelle."

    def test_an_entry_with_two_good_sources_is_no_finding(self, world: Database) -> None:
        good = [
            {"url": f"https://quelle.example/{one}", "title": "Quelle", "published": "2025", "supports": "Stand"}
            for one in "ab"
        ]
        saved(world, record(sources=good))
        assert of(found(world, Kind.EVIDENCE), "neues-buendel") == []


class TestVerification:
    def test_entries_are_found_by_how_long_ago_they_were_confirmed(self, world: Database) -> None:
        for slug, on in (
            ("frisch", date(2026, 6, 1)),
            ("sechs", date(2026, 5, 2)),
            ("zwoelf", date(2025, 11, 2)),
            ("nie", None),
        ):
            saved(world, record(slug=slug, verified_on=on, verified_by="Stadt Soest" if on else None))
        result = found(world, Kind.VERIFICATION)
        told = {slug: [one.text for one in of(result, slug)] for slug in ("frisch", "sechs", "zwoelf", "nie")}
        assert told == {
            "frisch": [],
            "sechs": ["Seit mehr als 6 Monaten nicht bestätigt."],
            "zwoelf": ["Seit mehr als 12 Monaten nicht bestätigt."],
            "nie": ["Noch nie bestätigt."],
        }
        assert of(found(world, Kind.VERIFICATION, part="6"), "sechs")
        assert not of(found(world, Kind.VERIFICATION, part="6"), "zwoelf")
        assert of(found(world, Kind.VERIFICATION, part="12"), "nie")

    def test_months_end_where_the_shorter_month_ends(self) -> None:
        assert months_before(date(2026, 8, 31), 6) == date(2026, 2, 28)
        assert months_before(date(2024, 2, 29), 12) == date(2023, 2, 28)
        assert months_before(date(2026, 1, 15), 3) == date(2025, 10, 15)


class TestLinks:
    def test_broken_links_are_findings_and_moved_ones_hints(self, world: Database) -> None:
        saved(
            world,
            record(
                sources=[{"url": "https://kaputt.example/", "title": "Quelle"}],
                links=[{"kind": "website", "url": "https://umgezogen.example/"}],
                contact_url="https://einmal.example/",
            ),
        )
        with world.noting() as session:
            session.add(
                LinkCheck(
                    url="https://kaputt.example/",
                    failures=2,
                    failing_since=AT - timedelta(days=3),
                    problem="Seite nicht gefunden (404).",
                    status=404,
                )
            )
            session.add(LinkCheck(url="https://umgezogen.example/", moved_to="https://neu.example/", status=200))
            session.add(LinkCheck(url="https://einmal.example/", failures=1, problem="Fehler des Servers (500)."))
        result = found(world, Kind.LINKS)
        assert [(one.text, one.target, one.hint, one.field) for one in of(result, "neues-buendel")] == [
            ("Seite nicht gefunden (404).", "https://kaputt.example/", False, "evidence"),
            ("Auf Dauer umgezogen nach https://neu.example/", "https://umgezogen.example/", True, "basics"),
        ]
        assert (result.count, result.hints, result.checked) == (1, 1, 3)
        assert "noch nie geprüft" in result.note


def renamed(database: Database, table: Any, **row: Any) -> None:
    with database.writing() as write:
        write_reference_rows(write, table, changed=[row])


class TestCatalogue:
    def test_a_retired_service_is_found_until_the_mapping_changes(self, world: Database) -> None:
        saved(world, record())
        renamed(world, OzgService, ozg_id="10160", retired=True)
        (one,) = of(found(world, Kind.CATALOGUE), "neues-buendel")
        assert "führt der Katalog nicht mehr" in one.text
        assert one.since is not None
        saved(world, record(verified_on=TODAY, verified_by="Stadt Soest"))
        assert of(found(world, Kind.CATALOGUE), "neues-buendel")
        saved(world, record(ozg_services=[{"ozg_id": "10001", "basis": "named"}]))
        assert not of(found(world, Kind.CATALOGUE), "neues-buendel")

    def test_a_renamed_service_is_found_until_somebody_has_looked(self, world: Database) -> None:
        saved(world, record())
        renamed(world, OzgService, ozg_id="10160", name="Hundesteuer neu")
        (one,) = of(found(world, Kind.CATALOGUE), "neues-buendel")
        assert one.text.startswith("OZG-Leistung 10160 heißt jetzt „Hundesteuer neu“ (vorher „")
        saved(world, record(summary="Geändert, aber nicht an der Zuordnung."))
        assert of(found(world, Kind.CATALOGUE), "neues-buendel")
        saved(world, record(verified_on=TODAY, verified_by="Stadt Soest"))
        assert not of(found(world, Kind.CATALOGUE), "neues-buendel")

    def test_an_entry_made_after_the_renaming_is_no_finding(self, world: Database) -> None:
        renamed(world, OzgService, ozg_id="10160", name="Hundesteuer neu")
        saved(world, record())
        assert not of(found(world, Kind.CATALOGUE), "neues-buendel")

    def test_a_name_that_came_back_is_no_finding(self, world: Database) -> None:
        saved(world, record())
        with world.reading() as session:
            name = session.exec(select(OzgService.name).where(OzgService.ozg_id == "10160")).one()
        renamed(world, OzgService, ozg_id="10160", name="Zwischenname")
        renamed(world, OzgService, ozg_id="10160", name=name)
        assert not of(found(world, Kind.CATALOGUE), "neues-buendel")

    def test_a_leika_service_counts_where_the_mapping_is_narrowed_to_it(self, world: Database) -> None:
        with world.reading() as session:
            row = session.exec(
                select(LeikaService).where(LeikaService.ozg_id == "10160", col(LeikaService.key).is_not(None))
            ).first()
        assert row is not None
        narrow = [{"ozg_id": "10160", "basis": "named", "leika_keys": [row.key]}]
        saved(world, record(ozg_services=narrow), record(slug="weit"))
        renamed(world, LeikaService, id=row.id, name="Neuer Name")
        assert of(found(world, Kind.CATALOGUE), "neues-buendel")[0].text.startswith(f"LeiKa-Leistung {row.key} heißt")
        assert not of(found(world, Kind.CATALOGUE), "weit")
        renamed(world, LeikaService, id=row.id, retired=True)
        assert "nicht mehr" in of(found(world, Kind.CATALOGUE), "neues-buendel")[0].text

    def test_a_retired_municipality_is_found(self, world: Database) -> None:
        renamed(world, Municipality, ags="05974040", retired=True)
        assert of(found(world, Kind.CATALOGUE), OWN)[0].field == "project"


class TestDuplicates:
    def test_same_service_similar_title_and_same_place_is_a_possible_duplicate(self, world: Database) -> None:
        saved(world, record(slug="eins", title="Parkausweis online beantragen"))
        saved(world, record(slug="zwei", title="Online Parkausweis beantragen"))
        (one,) = [line for line in found(world, Kind.DUPLICATES).findings if line.target in ("eins", "zwei")]
        assert one.target_title in one.text

    @pytest.mark.parametrize(
        "other",
        [
            {"title": "Etwas ganz anderes"},
            {"ozg_services": [{"ozg_id": "10001", "basis": "named"}]},
            {"participants": [{"role": "lead", "municipality": "05124000"}]},
        ],
    )
    def test_another_title_service_or_place_is_none(self, world: Database, other: dict[str, Any]) -> None:
        saved(world, record(slug="eins", title="Parkausweis online beantragen"))
        saved(world, record(**{"slug": "zwei", "title": "Online Parkausweis beantragen"} | other))
        assert not [line for line in found(world, Kind.DUPLICATES).findings if line.target in ("eins", "zwei")]

    def test_a_draft_of_somebody_else_is_not_given_away(self, world: Database) -> None:
        saved(world, record(slug="eins", title="Parkausweis online beantragen"))
        saved(world, record(slug="zwei", title="Online Parkausweis beantragen", state="draft"))
        owned(world, "eins", organisation(world))
        owned(world, "zwei", organisation(world, "stadt-wuppertal"))
        assert not of(found(world, Kind.DUPLICATES, Scope(frozenset({organisation(world)}))), "eins")

    def test_a_judgement_is_remembered_and_can_be_taken_back(self, world: Database) -> None:
        saved(world, record(slug="eins", title="Parkausweis online beantragen"))
        saved(world, record(slug="zwei", title="Online Parkausweis beantragen"))
        owned(world, "eins", organisation(world))
        with world.noting() as session:
            coordinator = actor_of(session, person(session, "coordinator"))
            mark_as_different(session, coordinator, ("zwei", "eins"))
            mark_as_different(session, coordinator, ("eins", "zwei"))
        assert not of(found(world, Kind.DUPLICATES), "eins")
        with world.noting() as session:
            assert len(session.exec(select(NotDuplicate)).all()) == 1
            mark_as_different(session, coordinator, ("eins", "zwei"), different=False)
        assert [one for one in found(world, Kind.DUPLICATES).findings if one.target in ("eins", "zwei")]

    def test_only_those_who_decide_for_one_of_the_two_judge(self, world: Database) -> None:
        with world.noting() as session:
            for actor in (actor_of(session, person(session, role)) for role in ("editor", "coordinator")):
                with pytest.raises(NotAllowedError):
                    mark_as_different(session, actor, _strangers(session))

    @pytest.mark.sqlite_only
    def test_a_block_too_large_to_say_anything_is_left_out(self) -> None:
        titles = dict.fromkeys(range(500), "Gleicher Titel")
        assert alike([set(titles)], titles) == {}
        assert len(alike([{1, 2, 3}], titles)) == 3


def _strangers(session: Session) -> tuple[str, str]:
    query = select(ServiceBundle.slug).where(col(ServiceBundle.slug).not_in([OWN, FOREIGN]))
    first, second = session.exec(query.order_by(ServiceBundle.slug).limit(2)).all()
    return first, second


class TestContacts:
    def test_refused_mailboxes_of_entries_and_organisations_are_found(self, world: Database) -> None:
        saved(world, record(contact_email="Post@Amt.example"))
        with world.noting() as session:
            session.add(Undeliverable(address="post@amt.example", since=AT, reason="550 unbekannt"))
            session.add(Undeliverable(address="ozg@soest.example", since=AT, reason="550 unbekannt"))
        result = found(world, Kind.CONTACTS)
        assert sorted(one.text for one in result.findings) == [
            "Funktionspostfach der Stelle, ozg@soest.example: 550 unbekannt",
            "Post@Amt.example: 550 unbekannt",
        ]
        foreign = Scope(frozenset({organisation(world, "stadt-wuppertal")}))
        assert found(world, Kind.CONTACTS, foreign).findings == ()


def proposal(database: Database, role: str, state: ProposalState, at: datetime, **more: Any) -> None:
    with database.noting() as session:
        author = person(session, role)
        own = session.exec(select(Membership.organisation_id).where(Membership.person_id == author.id)).first()
        session.add(
            Proposal(
                key=f"{role}-{state}-{at:%Y%m%d}",
                author_id=author.id,
                organisation_id=own,
                state=state,
                changed_at=at,
                submitted_at=at if state is ProposalState.SUBMITTED else None,
                **more,
            )
        )


class TestWaiting:
    def test_idle_drafts_and_begun_versions_are_found(self, world: Database) -> None:
        saved(world, record(slug="entwurf", state="draft"))
        with world.writing() as write:
            write.session.execute(text("UPDATE service_bundle SET changed_on = '2026-07-01' WHERE slug = 'entwurf'"))
        proposal(world, "editor", ProposalState.WORKING, AT - timedelta(days=100), values={"title": "Angefangen"})
        proposal(world, "editor", ProposalState.RETURNED, AT - timedelta(days=10))
        texts = {one.title: one.text for one in found(world, Kind.DRAFTS).findings}
        assert texts == {
            "Neues Bündel": "Entwurf, seit mehr als 3 Monaten unverändert.",
            "Angefangen": "Begonnene Fassung von Redaktion Soest, seit mehr als 3 Monaten unverändert.",
        }

    def test_what_a_colleague_has_begun_is_for_those_who_decide(self, world: Database) -> None:
        proposal(world, "editor", ProposalState.WORKING, AT - timedelta(days=100))
        with world.reading() as session:
            people = {role: actor_of(session, person(session, role)) for role in ("editor", "coordinator", "other")}
        for role, count in (("editor", 1), ("coordinator", 1), ("other", 0)):
            assert found(world, Kind.DRAFTS, scope_of(people[role]), actor=people[role]).count == count
        with world.noting() as session:
            colleague = Person(email="zweite@soest.example", name="Zweite Redaktion")
            session.add(colleague)
            session.flush()
            session.add(Membership(person_id=colleague.id, organisation_id=organisation(world), role=Role.EDITOR))
            session.flush()
            actor = actor_of(session, colleague)
        assert found(world, Kind.DRAFTS, scope_of(actor), actor=actor).count == 0

    def test_reviews_are_overdue_after_fourteen_days(self, world: Database) -> None:
        proposal(world, "editor", ProposalState.SUBMITTED, AT - timedelta(days=15))
        proposal(world, "other", ProposalState.SUBMITTED, AT - timedelta(days=14))
        result = found(world, Kind.REVIEWS)
        assert [one.text for one in result.findings] == [
            "Fassung von Redaktion Soest wartet seit 15 Tagen auf eine Entscheidung."
        ]
        assert result.checked == 2


# -- the whole ----------------------------------------------------------------------------------------------------


def test_every_figure_has_its_denominator(world: Database) -> None:
    result = board(world)
    assert set(result.found) == set(Kind)
    for one in result.found.values():
        assert one.count <= one.checked
        assert one.unit


def test_organisations_are_listed_with_their_entries_and_defects(world: Database) -> None:
    rows = {number: (entries, defects) for number, entries, defects in board(world).by_organisation}
    assert rows[organisation(world)][0] == 1
    assert rows[None][0] == board(world).entries - 2
    assert all(defects > 0 for _entries, defects in rows.values())


def test_a_dashboard_takes_a_fixed_number_of_queries(world: Database) -> None:
    from sqlalchemy import event

    def asked() -> int:
        statements: list[str] = []

        def note(*args: Any) -> None:
            statements.append(args[2])

        event.listen(world.engine, "before_cursor_execute", note)
        board(world)
        event.remove(world.engine, "before_cursor_execute", note)
        return len(statements)

    before = asked()
    saved(world, *(record(slug=f"weiteres-{number}", title=f"Weiteres Bündel {number}") for number in range(20)))
    assert asked() == before
    assert before < 40


def test_an_empty_registry_has_an_empty_dashboard(database: Database) -> None:
    result = board(database)
    assert result.entries == 0
    assert all(one.findings == () for one in result.found.values())


def test_open_work_is_what_waits_for_a_person(world: Database) -> None:
    proposal(world, "editor", ProposalState.SUBMITTED, AT - timedelta(days=20))
    proposal(world, "editor", ProposalState.RETURNED, AT)
    with world.reading() as session:
        told = {
            role: {item.noun: item.count for item in open_work(session, actor_of(session, person(session, role)), AT)}
            for role in ("reader", "editor", "coordinator", "other")
        }
    assert told["reader"] == {}
    assert told["editor"]["zurückgegebene Fassung"] == 1
    assert "Prüfung" not in told["editor"]
    assert told["coordinator"]["Prüfung"] == 1
    assert told["coordinator"]["überfällige Prüfung"] == 1
    assert told["coordinator"]["Eintrag ohne Bestätigung seit 12 Monaten"] == 1
    assert told["other"] == {"Eintrag ohne Bestätigung seit 12 Monaten": 1}
