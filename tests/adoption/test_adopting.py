"""Declaring, stepping, correcting: who may, what is refused, what it leaves behind."""

import threading
from datetime import date
from typing import Any

import pytest
from sqlmodel import col, select

from registry.accounts.audit import ACTIONS
from registry.accounts.models import AuditEntry, Organisation
from registry.accounts.permissions import NotAllowedError
from registry.adoption import declaring
from registry.adoption.changes import Change, SeenByPublicError, carry_out
from registry.adoption.declaring import DeclarationFields, declare
from registry.adoption.enums import RequestState, Standing, Step
from registry.adoption.finding import (
    AdoptionRefusedError,
    DoubleDeclarationError,
    StaleAdoptionError,
    UnknownAdoptionError,
)
from registry.adoption.operations import CorrectionFields, StepFields, advance, confirm, correct, deny, take_back
from registry.catalogue.enums import State
from registry.catalogue.models import BundleParticipant, ServiceBundle
from registry.database import Database
from registry.editorial.stewardship import set_stewards
from registry.history import Author
from registry.reuse.operations import UnknownEntryError, archive_bundle, withdraw_bundle
from tests.adoption.conftest import PROVIDER, SOEST, TODAY, WUPPERTAL, Reuse, days
from tests.office.world import FOREIGN, OWN


def _tick(world: Reuse) -> int:
    return world.database.tick()


def test_a_declared_interest_is_confirmed_asks_the_offering_body_and_is_private(world: Reuse) -> None:
    before = _tick(world)
    key = world.declare(note="Wann können wir anfangen?")
    row = world.adoption(key)
    assert (row.step, row.confirmed_on, row.confirmed_by, row.request) == (
        Step.INTEREST,
        TODAY,
        world.organisation(),
        RequestState.OPEN,
    )
    assert [one.text for one in world.messages(key)] == ["Wann können wir anfangen?"]
    assert world.public() == []
    assert _tick(world) == before, "what nobody sees makes nobody fetch anything again"


def test_what_is_public_moves_the_clock_and_stamps_the_adoption(world: Reuse) -> None:
    key = world.declare(is_public=True)
    assert world.adoption(key).tick == _tick(world)
    (shown,) = world.public()
    assert (shown.name, shown.step, shown.standing) == ("Stadt Soest", Step.INTEREST, Standing.CONFIRMED)
    before = _tick(world)
    world.advance(key, Step.REVIEW)  # private, and confirmed today already
    assert _tick(world) == before
    assert world.public()[0].step is Step.INTEREST
    world.advance(key, Step.CONTRACT, is_public=True)
    assert _tick(world) == before + 1
    assert world.adoption(key).tick == before + 1


def test_a_way_to_the_end_keeps_its_reasons(world: Reuse) -> None:
    key = world.declare(day=date(2025, 1, 1), is_public=True)
    world.advance(key, Step.PILOT, day=date(2025, 6, 1), is_public=True)
    world.advance(key, Step.PRODUCTIVE, day=date(2025, 9, 1), is_public=True)
    world.advance(key, Step.ENDED, day=date(2026, 2, 1), is_public=True, reason="Der Betrieb wurde zu teuer.")
    (shown,) = world.public()
    assert (shown.step, shown.reason) == (Step.ENDED, "Der Betrieb wurde zu teuer.")
    assert world.adoption(key).closed_at is not None
    with pytest.raises(AdoptionRefusedError, match="schon beendet"):
        world.advance(key, Step.PRODUCTIVE)
    again = world.declare()
    assert again != key, "what is over does not stand in the way of a new beginning"


def test_an_end_that_is_not_public_takes_the_use_out_of_sight(world: Reuse) -> None:
    key = world.declare(is_public=True)
    before = _tick(world)
    world.advance(key, Step.ABANDONED, reason="Passt nicht zu unserem Fachverfahren.")
    assert world.public() == []
    assert _tick(world) == before + 1


@pytest.mark.parametrize("role", ["reader", "other", "other coordinator", "editor", "administrator"])
def test_only_the_coordinators_of_the_body_declare_and_step(world: Reuse, role: str) -> None:
    with pytest.raises(NotAllowedError):
        world.declare(role)
    key = world.declare()
    expected = UnknownAdoptionError if role == "reader" else NotAllowedError
    with pytest.raises(expected):
        world.advance(key, Step.REVIEW, role)
    with pytest.raises(expected):
        world.run(confirm, role, key, today=TODAY)


def test_the_provider_that_serves_the_body_declares_and_confirms_for_it(world: Reuse) -> None:
    actor = world.provider()
    fields = DeclarationFields(body=SOEST, step=Step.PILOT, day=TODAY, provider=PROVIDER)
    row = carry_out(world.database, lambda change: declare(change, actor, FOREIGN, fields, today=TODAY))
    assert row.confirmed_by in actor.roles
    other = DeclarationFields(body="05974004", step=Step.PILOT, day=TODAY)
    with pytest.raises(NotAllowedError):
        carry_out(world.database, lambda change: declare(change, actor, FOREIGN, other, today=TODAY))


def test_a_provider_that_offers_the_entry_does_not_confirm_its_use_for_others(world: Reuse) -> None:
    actor = world.provider()
    with world.database.writing() as write:
        bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == FOREIGN)).one()
        set_stewards(write, bundle, next(iter(actor.roles)), None, author=Author("prüfung"))
    fields = DeclarationFields(body=SOEST, step=Step.PILOT, day=TODAY)
    with pytest.raises(NotAllowedError):
        carry_out(world.database, lambda change: declare(change, actor, FOREIGN, fields, today=TODAY))
    key = world.claim("administrator")
    with pytest.raises(NotAllowedError):
        carry_out(world.database, lambda change: confirm(change, actor, key, today=TODAY))


def test_a_claim_is_claimed_until_the_body_confirms(world: Reuse) -> None:
    key = world.claim(is_public=True)
    assert [one.standing for one in world.public()] == [Standing.CLAIMED]
    with pytest.raises(NotAllowedError):
        world.run(confirm, "other coordinator", key, today=TODAY)
    world.run(confirm, "coordinator", key, today=TODAY)
    assert [one.standing for one in world.public()] == [Standing.CONFIRMED]
    with pytest.raises(NotAllowedError):  # from now on it is the body's
        world.advance(key, Step.ENDED, "other coordinator", reason="beendet")


def test_a_denied_claim_is_shown_no_more(world: Reuse) -> None:
    key = world.claim(is_public=True)
    world.run(deny, "coordinator", key, "Wir nutzen ein anderes Verfahren.")
    assert world.public() == []
    assert world.adoption(key).denied_at is not None
    with pytest.raises(NotAllowedError):
        world.advance(key, Step.ENDED, "other coordinator", reason="doch")
    with pytest.raises(AdoptionRefusedError):
        world.run(confirm, "coordinator", key, today=TODAY)
    with pytest.raises(AdoptionRefusedError, match="unbestätigte"):
        world.run(deny, "coordinator", world.declare(slug=_third(world)))


def _third(world: Reuse) -> str:
    """Return a published entry in which Soest takes no part."""
    with world.database.reading() as session:
        own = select(BundleParticipant.bundle_id).where(BundleParticipant.municipality == SOEST)
        query = select(ServiceBundle.slug).where(
            ServiceBundle.state == State.PUBLISHED, col(ServiceBundle.id).not_in(own), ServiceBundle.slug != FOREIGN
        )
        return session.exec(query.order_by(ServiceBundle.slug)).all()[0]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"step": Step.INTEREST}, "step"),
        ({"note": "kurz"}, "note"),
        ({"body": WUPPERTAL}, "body"),
        ({"body": "99999999"}, "body"),
        ({"day": TODAY + days(1)}, "day"),
        ({"provider": "gibt-es-nicht"}, "provider"),
    ],
)
def test_what_others_cannot_know_is_not_claimed(world: Reuse, values: dict[str, Any], field: str) -> None:
    with pytest.raises(AdoptionRefusedError) as caught:
        world.claim(**values)
    assert field in [one.field for one in caught.value.refusals]


def test_claims_are_for_who_offers_the_entry_and_for_administrators(world: Reuse) -> None:
    with pytest.raises(NotAllowedError):
        world.claim("coordinator", body=WUPPERTAL, slug=FOREIGN)
    key = world.claim("administrator")
    assert world.adoption(key).declared_by is None


def test_a_second_declaration_leads_to_the_first(world: Reuse) -> None:
    key = world.declare()
    with pytest.raises(DoubleDeclarationError) as caught:
        world.declare(step=Step.PILOT)
    assert caught.value.key == key
    with pytest.raises(DoubleDeclarationError):
        world.claim()


def test_what_was_declared_in_the_same_moment_is_met_by_the_index(
    world: Reuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = world.declare()
    real, looks = declaring.open_adoption, iter([None])
    monkeypatch.setattr(declaring, "open_adoption", lambda *given: next(looks, None) or real(*given))
    monkeypatch.setattr(declaring, "_refusals", lambda *_given: [])
    with pytest.raises(DoubleDeclarationError) as caught:
        world.declare()
    assert caught.value.key == key


def test_a_withdrawn_or_archived_bundle_is_not_adopted(world: Reuse) -> None:
    with world.database.writing() as write:
        archive_bundle(write, FOREIGN, actor="prüfung", reason="abgelöst")
    with pytest.raises(AdoptionRefusedError, match="archiviert"):
        world.declare()
    with world.database.writing() as write:
        withdraw_bundle(write, FOREIGN, actor="prüfung", reason="abgelöst")
    with pytest.raises(AdoptionRefusedError, match=r"zurückgezogen.*abgelöst"):
        world.declare()
    with pytest.raises(UnknownEntryError):
        world.declare(slug="gibt-es-nicht")


def test_one_s_own_bundle_is_not_adopted(world: Reuse) -> None:
    with pytest.raises(AdoptionRefusedError, match="selbst umgesetzt"):
        world.declare(slug=OWN)


def test_a_form_that_others_have_overtaken_is_refused(world: Reuse) -> None:
    key = world.declare()
    world.advance(key, Step.REVIEW)
    fields = StepFields(step=Step.CONTRACT, day=TODAY)
    with pytest.raises(StaleAdoptionError):
        world.run(advance, "coordinator", key, 0, fields, today=TODAY)
    assert [one.step for one in world.steps(key)] == [Step.INTEREST, Step.REVIEW]


def test_a_correction_keeps_what_the_step_said_before(world: Reuse) -> None:
    key = world.declare(day=date(2026, 1, 1))
    (step,) = world.steps(key)
    fields = CorrectionFields(day=date(2025, 12, 1), is_public=True)
    before = _tick(world)
    assert world.run(correct, "coordinator", key, 0, step.id, fields, today=TODAY)
    assert _tick(world) == before + 1
    assert [one.changes for one in world.corrections(key)] == [
        {"day": ["2026-01-01", "2025-12-01"], "is_public": [False, True]}
    ]
    assert world.public()[0].since == date(2025, 12, 1)
    assert not world.run(correct, "coordinator", key, 1, step.id, fields, today=TODAY)
    hidden = CorrectionFields(day=date(2025, 12, 1), is_public=False)
    world.run(correct, "coordinator", key, 1, step.id, hidden, today=TODAY)
    assert world.public() == []


def test_a_correction_of_another_adoption_s_step_is_refused(world: Reuse) -> None:
    key, foreign = world.declare(), world.declare(slug=_third(world))
    (step,) = world.steps(foreign)
    with pytest.raises(AdoptionRefusedError, match="nicht mehr"):
        world.run(correct, "coordinator", key, 0, step.id, CorrectionFields(day=TODAY), today=TODAY)


def test_the_last_step_is_taken_back_by_who_took_it(world: Reuse) -> None:
    key = world.declare()
    with pytest.raises(AdoptionRefusedError, match="erste Schritt bleibt"):
        world.run(take_back, "coordinator", key, 0)
    world.advance(key, Step.ABANDONED, reason="ein Irrtum", is_public=True)
    assert world.run(take_back, "coordinator", key, 1) is Step.ABANDONED
    row = world.adoption(key)
    assert (row.step, row.closed_at) == (Step.INTEREST, None)
    assert world.corrections(key)[0].changes["reason"] == ["ein Irrtum", None]
    provider = world.provider()
    carry_out(
        world.database,
        lambda change: advance(
            change, provider, key, world.adoption(key).version, StepFields(step=Step.PILOT, day=TODAY), today=TODAY
        ),
    )
    with pytest.raises(NotAllowedError, match="die ihn eingetragen hat"):
        world.run(take_back, "coordinator", key, world.adoption(key).version)


def test_a_step_is_not_taken_back_when_the_body_has_begun_anew(world: Reuse) -> None:
    key = world.declare()
    world.advance(key, Step.ABANDONED, reason="ein Irrtum")
    again = world.declare()
    with pytest.raises(DoubleDeclarationError) as caught:
        world.run(take_back, "coordinator", key, 1)
    assert caught.value.key == again


def test_a_deactivated_organisation_acts_no_more_and_its_adoptions_stay(world: Reuse) -> None:
    key = world.declare(is_public=True)
    with world.database.noting() as session:
        session.exec(select(Organisation).where(Organisation.slug == "stadt-soest")).one().active = False
    with pytest.raises(UnknownAdoptionError):
        world.advance(key, Step.REVIEW)
    assert len(world.public()) == 1
    assert world.public(today=TODAY + days(400))[0].standing is Standing.EXPIRED


def test_each_write_is_audited_with_a_label(world: Reuse) -> None:
    key = world.declare()
    world.advance(key, Step.PILOT)
    with world.database.reading() as session:
        found = session.exec(select(AuditEntry).where(AuditEntry.subject == f"adoption:{key}")).all()
    assert [one.action for one in found] == ["adoption.declared", "adoption.step"]
    assert all(one.action in ACTIONS for one in found)


def test_nothing_is_left_of_an_operation_that_runs_anew_with_the_clock(world: Reuse) -> None:
    world.declare(is_public=True)
    assert {len(mails) for mails in world.told().values()} == {1}
    with world.database.reading() as session:
        assert len(session.exec(select(AuditEntry).where(AuditEntry.action == "adoption.declared")).all()) == 1


def test_a_change_without_the_clock_cannot_be_public(world: Reuse) -> None:
    actor = world.actor("coordinator")
    fields = DeclarationFields(body=SOEST, step=Step.INTEREST, day=TODAY, is_public=True)
    with world.database.noting() as session, pytest.raises(SeenByPublicError):
        declare(Change(session), actor, FOREIGN, fields, today=TODAY)


def test_two_coordinators_who_declare_at_once_make_one_adoption(world: Reuse) -> None:
    results: list[str] = []
    barrier = threading.Barrier(2)
    actor = world.actor("coordinator")

    def run(is_public: bool) -> None:
        database = Database(world.database.url)
        fields = DeclarationFields(body=SOEST, step=Step.INTEREST, day=TODAY, is_public=is_public)
        barrier.wait()
        try:
            carry_out(database, lambda change: declare(change, actor, FOREIGN, fields, today=TODAY))
            results.append("done")
        except DoubleDeclarationError as error:
            results.append(error.key)
        finally:
            database.dispose()

    threads = [threading.Thread(target=run, args=(value,)) for value in (False, False)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert len(results) == 2
    key = next(one for one in results if one != "done")
    assert world.adoption(key).step is Step.INTEREST
    assert results.count("done") == 1
