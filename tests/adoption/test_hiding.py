"""A body decides whether others see what it uses: who claims the use cannot overrule it."""

import pytest

from registry.adoption.enums import Step
from registry.adoption.finding import AdoptionRefusedError
from registry.adoption.operations import CorrectionFields, correct, deny
from tests.adoption.conftest import TODAY, Reuse


def _show(world: Reuse, role: str, key: str, is_public: bool) -> None:
    fields = CorrectionFields(day=TODAY, is_public=is_public)
    version, step = world.adoption(key).version, world.steps(key)[0].id
    world.run(correct, role, key, version, step, fields, today=TODAY)


def test_what_the_body_has_hidden_is_not_shown_again_by_who_claims_it(world: Reuse) -> None:
    key = world.claim(step=Step.CONNECTING, is_public=True)
    _show(world, "coordinator", key, False)
    assert world.public() == []
    with pytest.raises(AdoptionRefusedError, match="verborgen oder verneint"):
        _show(world, "other coordinator", key, True)
    with pytest.raises(AdoptionRefusedError, match="verborgen oder verneint"):
        world.advance(key, Step.PILOT, "other coordinator", is_public=True)
    world.advance(key, Step.PILOT, "other coordinator")
    assert world.public() == []
    _show(world, "coordinator", key, True)
    world.advance(key, Step.PRODUCTIVE, "other coordinator", is_public=True)
    assert [one.step for one in world.public()] == [Step.PRODUCTIVE]


def test_a_claim_that_was_denied_is_not_claimed_in_public_again(world: Reuse) -> None:
    world.run(deny, "coordinator", world.claim(is_public=True))
    with pytest.raises(AdoptionRefusedError, match="verborgen oder verneint") as caught:
        world.claim(is_public=True)
    assert [one.field for one in caught.value.refusals] == ["is_public"]
    world.claim()  # the body is asked once more, and nobody else sees it
    assert world.public() == []


def test_who_takes_the_own_claim_back_may_claim_anew(world: Reuse) -> None:
    world.run(deny, "other coordinator", world.claim(is_public=True))
    world.claim(is_public=True)
    assert len(world.public()) == 1


def test_a_claimer_shows_and_hides_the_own_claim(world: Reuse) -> None:
    key = world.claim(is_public=True)
    _show(world, "other coordinator", key, False)
    _show(world, "other coordinator", key, True)
    assert len(world.public()) == 1


def test_a_note_on_a_denial_that_is_too_long_is_refused_not_cut(world: Reuse) -> None:
    key = world.claim()
    with pytest.raises(AdoptionRefusedError, match="Höchstens 2000 Zeichen"):
        world.run(deny, "coordinator", key, "x" * 2001)
    assert world.adoption(key).denied_at is None
