"""What the public has seen of entries, told from their revisions."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from registry.accounts.permissions import ANONYMOUS
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.editorial.versions import versions_of
from registry.following.histories import Happening, histories, history_of, in_words, news_since
from registry.history import Revision
from registry.reuse.operations import archive_bundle, publish_bundle, withdraw_bundle
from registry.reuse.queries import PUBLIC_STATES
from tests.conftest import Store
from tests.following.making import BUNDLE, change_entry, new_entry


@pytest.fixture
def world(store: Store, catalogue_template: str) -> Iterator[Database]:
    """Return a database with the catalogue."""
    url, remove = store.copy(catalogue_template)
    database = Database(url)
    yield database
    database.dispose()
    remove()


def test_the_public_versions_are_those_of_the_history_page(world: Database) -> None:
    change_entry(world, BUNDLE, title="Ein neuer Titel")
    with world.writing() as write:
        archive_bundle(write, BUNDLE, actor="test", reason="Pause.")
    with world.writing() as write:
        publish_bundle(write, BUNDLE, actor="test")
    new_entry(world, "entwurf", State.DRAFT)
    with world.reading() as session:
        bundles = session.exec(select(ServiceBundle).where(ServiceBundle.slug.in_([BUNDLE, "entwurf"]))).all()  # type: ignore[attr-defined]
        found = histories(session, [one.slug for one in bundles])
        for bundle in bundles:
            shown = [one for one in versions_of(session, bundle, ANONYMOUS) if one.public]
            mine = found[bundle.slug].editions
            assert [(one.tick, one.values, one.changed) for one in mine] == [
                (one.tick, one.values, one.changed) for one in shown
            ]
        assert len(found[BUNDLE].editions) == 4
        assert found["entwurf"].editions == ()


def test_a_new_entry_whose_slug_a_discarded_draft_left_free_has_its_own_history() -> None:
    def revision(tick: int, **changes: list[object]) -> Revision:
        return Revision(tick=tick, entity="service_bundle", entity_key="x", actor="test", changes=changes)

    history = history_of(
        "x",
        [
            revision(1, slug=[None, "x"], state=[None, "draft"], title=[None, "Fremder Entwurf"]),
            revision(2, slug=["x", None], state=["draft", None], title=["Fremder Entwurf", None]),
            revision(3, slug=[None, "x"], state=[None, "published"], title=[None, "Eigener Eintrag"]),
        ],
    )
    assert [one.values["title"] for one in history.editions] == ["Eigener Eintrag"]
    news = news_since(history, 2)
    assert news is not None
    assert news.happening is Happening.NEW


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("draft", "draft", None),
        ("draft", "published", Happening.NEW),
        ("published", "published", None),
        ("published", "archived", Happening.ARCHIVED),
        ("published", "withdrawn", Happening.WITHDRAWN),
        ("archived", "published", Happening.BACK),
        ("archived", "withdrawn", Happening.WITHDRAWN),
        ("draft", "in_review", None),
    ],
)
def test_what_a_change_of_state_means(before: str, after: str, expected: Happening | None) -> None:
    first = Revision(
        tick=1,
        entity="service_bundle",
        entity_key="x",
        actor="test",
        changes={"slug": [None, "x"], "title": [None, "T"], "state": [None, before]},
    )
    second = Revision(tick=2, entity="service_bundle", entity_key="x", actor="test", changes={"state": [before, after]})
    news = news_since(history_of("x", [first, second]), 1)
    assert (news.happening if news else None) == expected
    if news is not None and after not in PUBLIC_STATES:
        assert news.title == ""


def test_what_was_published_and_withdrawn_in_between_is_no_news(world: Database) -> None:
    tick = world.tick()
    new_entry(world, "kurz")
    with world.writing() as write:
        withdraw_bundle(write, "kurz", actor="test", reason="Versehen.")
    with world.reading() as session:
        history = histories(session, ["kurz"])["kurz"]
    assert news_since(history, tick) is None
    assert history.withdrawn_at is not None


def test_an_entry_that_comes_back_says_so(world: Database) -> None:
    new_entry(world, "wieder")
    with world.writing() as write:
        withdraw_bundle(write, "wieder", actor="test", reason="Versehen.")
    tick = world.tick()
    with world.writing() as write:
        publish_bundle(write, "wieder", actor="test")
    with world.reading() as session:
        history = histories(session, ["wieder"])["wieder"]
    news = news_since(history, tick)
    assert news is not None
    assert news.happening is Happening.BACK
    assert [one for one, _ in history.reinstated] == [tick + 1]
    assert history.withdrawn_at is None


def test_many_fields_are_counted() -> None:
    assert in_words(["Titel"]) == "Titel"
    assert in_words([str(number) for number in range(7)]) == "0, 1, 2, 3, 4, 5 und 1 weitere Angabe"
    assert in_words([str(number) for number in range(9)]).endswith("5 und 3 weitere Angaben")
