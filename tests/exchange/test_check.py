"""The check finds what is planted, and nothing in what ships."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from registry.database import Database
from registry.exchange.check import CheckReport, check_catalogue

Plant = Callable[..., None]


@pytest.fixture
def plant(catalogue_database: Database) -> Plant:
    """Return a function that runs SQL on the loaded catalogue, past all rules and references."""

    def run(*statements: str) -> None:
        with catalogue_database.engine.connect() as connection:
            if catalogue_database.is_sqlite:
                connection.execute(text("COMMIT"))  # the pragma has no effect inside a transaction
                connection.execute(text("PRAGMA foreign_keys = OFF"))
                connection.execute(text("BEGIN"))
            else:
                connection.execute(text("SET session_replication_role = replica"))
            for statement in statements:
                assert connection.execute(text(statement)).rowcount > 0
            connection.commit()
        catalogue_database.dispose()

    return run


SLUG = "hundesteuer-soest"
ONE = f"(SELECT id FROM service_bundle WHERE slug = '{SLUG}')"


def _errors(report: CheckReport) -> set[tuple[str, str]]:
    return {(one.key, one.field) for one in report.errors}


def test_what_ships_has_no_error(shared_catalogue: Database) -> None:
    report = check_catalogue(shared_catalogue)
    assert report.errors == []
    assert report.figures["leika_services"] == 5222
    assert report.figures["municipalities"] == 396
    assert report.figures["published_bundles"] >= report.figures["leading_municipalities"] > 0


def test_the_shipped_catalogue_is_as_large_as_promised(shared_catalogue: Database) -> None:
    figures = check_catalogue(shared_catalogue).figures
    assert figures["published_bundles"] >= 60
    assert figures["mapped_ozg_services"] >= 40
    assert figures["sources"] >= figures["published_bundles"]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (f"DELETE FROM bundle_source WHERE bundle_id = {ONE}", (SLUG, "sources")),
        (f"DELETE FROM bundle_ozg_service WHERE bundle_id = {ONE}", (SLUG, "ozg_services")),
        (f"UPDATE bundle_ozg_service SET ozg_id = '99999' WHERE bundle_id = {ONE}", (SLUG, "ozg_services.0.ozg_id")),
        (
            f"UPDATE bundle_ozg_service SET leika_keys = '[\"99041006000000\"]' WHERE bundle_id = {ONE}",
            (SLUG, "ozg_services.0.leika_keys"),
        ),
        (
            f"UPDATE bundle_ozg_service SET leika_keys = '[\"9904100600000\"]' WHERE bundle_id = {ONE}",
            (SLUG, "ozg_services.0.leika_keys.0"),
        ),
        (f"UPDATE bundle_source SET url = 'ftp://x' WHERE bundle_id = {ONE}", (SLUG, "sources.0.url")),
        (f"UPDATE bundle_source SET published = '2021-13' WHERE bundle_id = {ONE}", (SLUG, "sources.0.published")),
        (
            "UPDATE bundle_participant SET municipality = '05999999' WHERE municipality IS NOT NULL"
            f" AND bundle_id = {ONE}",
            (SLUG, "participants.0.municipality"),
        ),
        (f"UPDATE service_bundle SET phase = 'fertig' WHERE slug = '{SLUG}'", (SLUG, "phase")),
        (f"UPDATE service_bundle SET audience = '[\"alle\"]' WHERE slug = '{SLUG}'", (SLUG, "audience.0")),
        (f"UPDATE service_bundle SET audience = '{{}}' WHERE slug = '{SLUG}'", (SLUG, "audience")),
        (f"UPDATE service_bundle SET funding_amount_eur = -1 WHERE slug = '{SLUG}'", (SLUG, "funding_amount_eur")),
        (f"UPDATE service_bundle SET successor_slug = 'niemand' WHERE slug = '{SLUG}'", (SLUG, "successor_slug")),
        (f"UPDATE service_bundle SET state = 'weg' WHERE slug = '{SLUG}'", (SLUG, "state")),
        (
            f"UPDATE service_bundle SET fits_population_from = 9, fits_population_to = 1 WHERE slug = '{SLUG}'",
            (SLUG, ""),
        ),
        (
            f"UPDATE transferability_profile SET operation_fte_from = 2, operation_fte_to = 1 WHERE bundle_id = {ONE}",
            (SLUG, "costs"),
        ),
        (
            f"UPDATE transferability_profile SET legal_score = 7 WHERE bundle_id = {ONE}",
            (SLUG, "dimensions.legal_score"),
        ),
        (
            "INSERT INTO bundle_requirement (bundle_id, position, capability, level)"
            f" VALUES ({ONE}, 99, 'nichts', 'mandatory')",
            (SLUG, "requirements"),
        ),
        (
            f"INSERT INTO bundle_check (bundle_id, position, item, verdict) VALUES ({ONE}, 0, 'nichts', 'partly')",
            (SLUG, "checks.0.item"),
        ),
        (
            f"INSERT INTO bundle_check (bundle_id, position, item, verdict) VALUES ({ONE}, 0, 'nichts', 'gut')",
            (SLUG, "checks.0.verdict"),
        ),
        (
            "INSERT INTO bundle_cost (bundle_id, position, kind, rhythm, basis, amount_from_eur)"
            f" VALUES ({ONE}, 0, 'connection', 'once', 'flat', -1)",
            (SLUG, "cost_blocks.0.amount_from_eur"),
        ),
        (
            "INSERT INTO checklist_item"
            ' (slug, "group", obligation, title, position, retired, tick, changed_at)'
            " VALUES ('punkt', 'alles', 'must', 'Eine Anforderung', 0, FALSE, 0, '2026-01-01 00:00:00')",
            ("punkt", "group"),
        ),
        (
            f"UPDATE transferability_profile SET legal_source_url = 'x' WHERE bundle_id = {ONE}",
            (SLUG, "dimensions.legal_source_url"),
        ),
        (
            "INSERT INTO bundle_link (bundle_id, position, kind, url) VALUES (999999, 0, 'demo', 'https://x.de')",
            ("999999", "bundle_id"),
        ),
        ("UPDATE leika_service SET key = '99' WHERE key = '99041006000000'", ("10000 99", "key")),
        ("UPDATE leika_service SET typing = '99' WHERE key = '99041006000000'", ("10000 99041006000000", "typing")),
        ("UPDATE situation SET topic_field_slug = 'weg' WHERE slug = 'geburt'", ("geburt", "topic_field_slug")),
        ("UPDATE situation SET kind = 'neu' WHERE slug = 'geburt'", ("geburt", "kind")),
        ("UPDATE municipality SET ars = '059740000000' WHERE ags = '05974040'", ("05974040", "")),
        ("UPDATE municipality SET population = -5 WHERE ags = '05974040'", ("05974040", "population")),
        ("UPDATE district SET name = '' WHERE key = '05974'", ("05974", "name")),
        ("UPDATE provider SET website = 'x' WHERE slug = 'kdn'", ("kdn", "website")),
    ],
)
def test_a_planted_error_is_found_and_named(
    catalogue_database: Database, plant: Plant, statement: str, expected: tuple[str, str]
) -> None:
    plant(statement)
    report = check_catalogue(catalogue_database)
    assert not report.ok
    key, field = expected
    assert any(one == key and where.startswith(field) for one, where in _errors(report)), _errors(report)
    assert all(one.message.endswith(".") for one in report.errors)


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("statement", "field"),
    [
        (f"UPDATE service_bundle SET verified_on = 'gestern' WHERE slug = '{SLUG}'", "verified_on"),
        (f"UPDATE service_bundle SET fits_kinds = 'kein JSON' WHERE slug = '{SLUG}'", "fits_kinds"),
        (f"UPDATE service_bundle SET total_cost_eur = 'viel' WHERE slug = '{SLUG}'", "total_cost_eur"),
    ],
)
def test_even_values_of_another_type_are_judged(
    catalogue_database: Database, plant: Plant, statement: str, field: str
) -> None:
    plant(statement)
    assert (SLUG, field) in _errors(check_catalogue(catalogue_database))


def test_weak_points_are_hints_not_errors(catalogue_database: Database, plant: Plant) -> None:
    plant(
        f"UPDATE bundle_ozg_service SET basis = 'by_meaning' WHERE bundle_id = {ONE}",
        f"DELETE FROM bundle_participant WHERE bundle_id = {ONE}",
        f"UPDATE bundle_source SET published = NULL WHERE bundle_id = {ONE}",
        "UPDATE ozg_service SET retired = true WHERE ozg_id IN"
        f" (SELECT ozg_id FROM bundle_ozg_service WHERE bundle_id = {ONE})",
        f"UPDATE service_bundle SET title = 'Doppelt gemeldet' WHERE slug = '{SLUG}'",
        "UPDATE service_bundle SET title = 'gemeldet: doppelt' WHERE id = (SELECT min(b.bundle_id)"
        " FROM bundle_ozg_service b"
        f" JOIN service_bundle s ON s.id = b.bundle_id WHERE s.state = 'published' AND b.bundle_id <> {ONE}"
        f" AND b.ozg_id IN (SELECT ozg_id FROM bundle_ozg_service WHERE bundle_id = {ONE}))",
    )
    report = check_catalogue(catalogue_database)
    assert report.ok
    hints = " ".join(str(one) for one in report.warnings if one.key == SLUG or "Gleicher Titel" in one.message)
    for words in (
        "nur sinngemäß",
        "Keine Federführung",
        "Quellen ohne Datum",
        "nicht mehr im Katalog",
        "Gleicher Titel",
    ):
        assert words in hints


def test_the_figures_count_entries_by_state(catalogue_database: Database, plant: Plant) -> None:
    before = check_catalogue(catalogue_database).figures
    plant(f"UPDATE service_bundle SET state = 'withdrawn' WHERE slug = '{SLUG}'")
    after = check_catalogue(catalogue_database).figures
    assert after["published_bundles"] == before["published_bundles"] - 1
    assert after["other_bundles"] == before["other_bundles"] + 1
