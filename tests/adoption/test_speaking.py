"""What the two sides say to each other, and who gets which mail."""

import pytest

from registry.accounts.permissions import NotAllowedError
from registry.adoption.enums import RequestState, Step
from registry.adoption.finding import AdoptionRefusedError, UnknownAdoptionError
from registry.adoption.office_queries import Listed, adoption_view, adoptions_for, waiting
from registry.adoption.operations import confirm, deny
from registry.adoption.requests import DeclineFields, MessageFields, decline, take_up, write_message
from registry.editorial.stewardship import set_stewards
from registry.history import Author
from tests.adoption.conftest import TODAY, Reuse
from tests.office.world import FOREIGN

SOEST_MAIL = "koordination@soest.example"
WUPPERTAL_MAIL = "koordination@wuppertal.example"
BOTH = {SOEST_MAIL, WUPPERTAL_MAIL}


def test_both_sides_get_mail_on_declaration_step_message_claim_and_confirmation(world: Reuse) -> None:
    key = world.declare(note="Wann geht es los?\n<b>Bald?</b>")
    mails = world.told()
    assert set(mails) == BOTH
    (mail,) = mails[WUPPERTAL_MAIL]
    assert "Stadt Soest hat Interesse bekundet" in mail.subject
    assert "> Wann geht es los?\n> <b>Bald?</b>" in mail.body
    assert f"https://register.example/verwaltung/nachnutzungen/{key}" in mail.body
    world.advance(key, Step.PILOT)
    assert {name: [one.subject.split(":")[1].strip() for one in rows] for name, rows in world.told().items()} == {
        name: ["Pilot"] for name in BOTH
    }
    world.run(write_message, "other coordinator", key, MessageFields(text="Gern."))
    assert set(world.told()) == BOTH
    world.advance(key, Step.ABANDONED, reason="keine Mittel")
    world.told()
    claimed = world.claim()
    mails = world.told()
    assert set(mails) == BOTH
    assert "Bitte bestätigen" in mails[SOEST_MAIL][0].subject
    world.run(confirm, "coordinator", claimed, today=TODAY)
    assert set(world.told()) == BOTH
    world.run(confirm, "coordinator", claimed, today=TODAY)
    assert world.told() == {}, "who renews a confirmation tells nobody anything new"


def test_without_an_owner_the_administrators_are_asked(world: Reuse) -> None:
    with world.database.writing() as write:
        set_stewards(write, world.bundle(FOREIGN), None, None, author=Author("prüfung"))
    key = world.declare(note="Guten Tag")
    assert set(world.told()) == {SOEST_MAIL, "leitung@register.example"}
    world.run(write_message, "administrator", key, MessageFields(text="Wir suchen jemanden."))
    assert world.adoption(key).request is RequestState.ANSWERED


def test_an_answer_answers_the_request_and_a_refusal_names_its_reason(world: Reuse) -> None:
    key = world.declare()
    world.run(write_message, "coordinator", key, MessageFields(text="Noch eine Frage."))
    assert world.adoption(key).request is RequestState.OPEN
    world.run(write_message, "other coordinator", key, MessageFields(text="Gern."))
    assert world.adoption(key).request is RequestState.ANSWERED
    world.told()
    world.run(decline, "other coordinator", key, DeclineFields(reason="Der Vertrag erlaubt es nicht."))
    row = world.adoption(key)
    assert (row.request, row.request_reason) == (RequestState.DECLINED, "Der Vertrag erlaubt es nicht.")
    assert "> Der Vertrag erlaubt es nicht." in world.told()[SOEST_MAIL][0].body
    with pytest.raises(AdoptionRefusedError, match="schon abgelehnt"):
        world.run(decline, "other coordinator", key, DeclineFields(reason="noch einmal"))
    world.run(take_up, "other coordinator", key)
    assert world.adoption(key).request is RequestState.ANSWERED
    with pytest.raises(NotAllowedError):
        world.run(decline, "coordinator", key, DeclineFields(reason="selbst"))


def test_a_use_that_was_only_reported_asks_for_nothing(world: Reuse) -> None:
    key = world.declare(step=Step.PRODUCTIVE)
    assert world.adoption(key).request is None
    with pytest.raises(AdoptionRefusedError, match="keine Anfrage"):
        world.run(decline, "other coordinator", key, DeclineFields(reason="nein"))


@pytest.mark.parametrize(
    ("role", "sees"), [("coordinator", True), ("editor", True), ("other", True), ("administrator", False)]
)
def test_messages_are_read_by_both_sides_alone(world: Reuse, role: str, sees: bool) -> None:
    key = world.declare(note="Vertraulich")
    with world.database.reading() as session:
        view = adoption_view(session, world.actor(role), key, today=TODAY, months=12)
    assert [one.text for one in view.messages] == (["Vertraulich"] if sees else [])


def test_others_do_not_even_learn_that_there_is_an_adoption(world: Reuse) -> None:
    key = world.declare(is_public=True)
    with world.database.writing() as write:
        set_stewards(write, world.bundle(FOREIGN), world.organisation(), None, author=Author("prüfung"))
    with world.database.reading() as session:
        for role in ("other", "other coordinator", "reader"):
            with pytest.raises(UnknownAdoptionError):
                adoption_view(session, world.actor(role), key, today=TODAY, months=12)
            found = adoptions_for(session, world.actor(role), Listed.REQUESTS, today=TODAY, months=12)
            assert found.total == 0
            assert adoptions_for(session, world.actor(role), Listed.ALL, today=TODAY, months=12).total == 0


def test_the_lists_show_own_adoptions_and_requests_apart(world: Reuse) -> None:
    key = world.declare()

    def keys(role: str, listed: Listed, *, closed: bool = False) -> list[str]:
        with world.database.reading() as session:
            found = adoptions_for(session, world.actor(role), listed, today=TODAY, months=12, closed=closed)
        assert found.total == len(found.rows)
        return [one.key for one in found.rows]

    assert keys("coordinator", Listed.OWN) == [key]
    assert keys("coordinator", Listed.REQUESTS) == []
    assert keys("other coordinator", Listed.OWN) == []
    assert keys("other coordinator", Listed.REQUESTS) == [key]
    assert keys("administrator", Listed.ALL) == [key]
    assert keys("administrator", Listed.REQUESTS) == []
    world.advance(key, Step.ABANDONED, reason="keine Mittel")
    assert keys("coordinator", Listed.OWN) == []
    assert keys("coordinator", Listed.OWN, closed=True) == [key]


def test_the_desk_counts_requests_claims_and_confirmations(world: Reuse) -> None:
    def counts(role: str, today: object = TODAY) -> tuple[int, int, int, int]:
        with world.database.reading() as session:
            found = waiting(session, world.actor(role), today=today, months=12)  # type: ignore[arg-type]
        return (found.requests, found.claims, found.expiring, found.expired)

    key = world.declare()
    assert counts("other coordinator") == (1, 0, 0, 0)
    assert counts("coordinator") == (0, 0, 0, 0)
    assert counts("coordinator", TODAY.replace(year=2027, day=5)) == (0, 0, 1, 0)
    assert counts("coordinator", TODAY.replace(year=2027)) == (0, 0, 0, 1)
    world.advance(key, Step.ABANDONED, reason="keine Mittel")
    claimed = world.claim()
    assert counts("coordinator") == (0, 1, 0, 0)
    assert counts("editor") == (0, 0, 0, 0)
    world.run(deny, "other coordinator", claimed)
    assert counts("coordinator") == (0, 0, 0, 0)
