"""Form fields from the models: every field has its place, and what a form shows comes back as it was."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.catalogue.enums import Audience, FitsKind, LinkKind, ParticipantRole, Phase, ProcurementPath, State
from registry.catalogue.models import BundleFields
from registry.editorial.values import EMPTY, content_of, record_from
from registry.reuse.record import BundleRecord
from registry.reuse.records import GROUPS, LISTS
from registry.web.editing.fields import Widget, fields_of
from registry.web.editing.parties import Directory, Party, TypedParty, doubt, resolve
from registry.web.editing.steps import NOT_EDITED, STEPS, field_at, item_fields, step_of
from registry.web.editing.texts import date_from, keys_from, number_from, plain, text_of, value_of
from registry.web.editing.typed import MAX_KEPT, form_of, typed
from registry.web.editing.windows import seen, settle

pytestmark = pytest.mark.sqlite_only
BUNDLES = Path(__file__).parents[2] / "registry" / "data" / "bundles"
DIRECTORY = Directory(
    [
        Party("municipality", "05974040", "Stadt Soest", "Soest", "AGS 05974040"),
        Party("municipality", "05111000", "Stadt Düsseldorf", "Düsseldorf", "AGS 05111000"),
        Party("district", "05974", "Kreis Soest", "Kreis Soest", "Kreisschlüssel 05974"),
        Party("municipality", "05000001", "Stadt Neustadt", "Neustadt", "AGS 05000001"),
        Party("municipality", "05000002", "Gemeinde Neustadt", "Neustadt", "AGS 05000002"),
        Party("provider", "suedwestfalen-it", "Südwestfalen-IT", "Südwestfalen-IT", "IT-Dienstleister"),
    ]
)


def _back(values: dict[str, Any]) -> dict[str, Any]:
    """Send all values through the forms of all steps and back, into an empty entry."""
    found = dict(EMPTY)
    for step in STEPS:
        found |= typed(step, form_of(step, values, DIRECTORY), EMPTY, DIRECTORY, new=True).values
    return found


# -- places -----------------------------------------------------------------------------------------------------


def test_every_field_of_the_record_is_edited_in_exactly_one_step() -> None:
    expected = {name for name in BundleRecord.model_fields if name not in GROUPS} - set(NOT_EDITED)
    expected |= {f"{group}.{name}" for group, fields in GROUPS.items() for name in fields.model_fields}
    paths = [path for step in STEPS for path in step.paths]
    assert len(paths) == len(set(paths))
    assert set(paths) == expected


def test_every_field_of_a_row_stands_in_its_form() -> None:
    joined = {
        "participants": {"municipality", "district", "provider", "name"},
        "maturity": {"model", "level"},
    }
    for name, (fields, _table) in LISTS.items():
        shown = {field.name for field in item_fields(name)}
        assert shown | joined.get(name, set()) == set(fields.model_fields)


def test_labels_are_the_descriptions_of_the_models() -> None:
    assert field_at("title").label == "Titel"
    assert field_at("transferability.target_group").label == "Für wen interessant"
    for step in STEPS:
        for path in step.paths:
            if path not in LISTS:
                assert field_at(path).label != field_at(path).name, path


def test_help_comes_from_the_models() -> None:
    for name in ("title", "summary", "licence", "phase_as_of", "contact_email"):
        assert fields_of(BundleFields)[name].help, name
    for group, fields in GROUPS.items():
        if group == "transferability":
            for name, field in fields_of(fields).items():
                assert field.help, name


def test_widgets_follow_the_types() -> None:
    widgets = {path: field_at(path).widget for step in STEPS for path in step.paths if path not in LISTS}
    assert widgets["title"] is Widget.TEXT
    assert widgets["summary"] is Widget.LINES
    assert widgets["description"] is Widget.MARKDOWN
    assert widgets["audience"] is Widget.TICKS
    assert widgets["phase"] is Widget.SELECT
    assert widgets["phase_as_of"] is Widget.PARTIAL_DATE
    assert widgets["funding_amount_eur"] is Widget.EURO
    assert widgets["contact_email"] is Widget.MAIL
    assert widgets["contact_url"] is Widget.ADDRESS
    assert widgets["fits_population_from"] is Widget.WHOLE
    assert widgets["costs.operation_fte_from"] is Widget.NUMBER
    assert widgets["dimensions.legal_score"] is Widget.SELECT
    assert field_at("maturity.assessed_on").widget is Widget.DATE
    assert field_at("ozg_services.leika_keys").widget is Widget.LEIKA
    assert field_at("title").max_length == 200
    assert field_at("description").max_length == 20_000
    assert field_at("title").required
    assert not field_at("licence").required


def test_a_problem_of_a_row_belongs_to_the_step_of_its_list() -> None:
    step = step_of("sources.3.url")
    assert step is not None
    assert step.key == "nachweise"
    assert step_of("nothing") is None


# -- what is typed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.500,00", "12500.00"),
        ("12.500", "12500.00"),
        ("12500", "12500.00"),
        ("12500,5", "12500.50"),
        ("12 500 €", "12500.00"),
        ("12500.50", "12500.50"),
        ("-3", "-3.00"),
        ("zwölf", "zwölf"),
        ("1,234.56", "1,234.56"),
        ("", None),
        ("   ", None),
    ],
)
def test_amounts_are_read_in_german_notation(text: str, value: object) -> None:
    assert value_of(field_at("funding_amount_eur"), text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2019", "2019"),
        ("2019-10", "2019-10"),
        ("08.10.2019", "2019-10-08"),
        ("8. 10. 2019", "2019-10-08"),
        ("10.2019", "2019-10"),
        ("31.02.2019", "31.02.2019"),
        ("13.2019", "13.2019"),
        ("Herbst 2019", "Herbst 2019"),
    ],
)
def test_dates_are_read_in_german_notation_and_kept_as_typed_when_they_are_none(text: str, value: str) -> None:
    assert date_from(text) == value


def test_numbers_are_read_and_shown_in_german_notation() -> None:
    days = field_at("costs.introduction_effort_days_from")
    assert value_of(days, "12,5") == 12.5
    assert text_of(days, 12.5) == "12,5"
    assert text_of(days, 1250.0) == "1.250"
    people = field_at("fits_population_from")
    assert value_of(people, "30.000") == 30000
    assert value_of(people, "2,5") == "2,5"
    assert number_from("1.2.3") is None
    assert number_from("9" * 400) is None


def test_control_characters_never_reach_a_record() -> None:
    assert plain("a\x00b\r\nc\x1b") == "ab\nc"


def test_leika_keys_are_read_with_and_without_groups() -> None:
    assert keys_from("77 041 006 013 000, 77041006013001") == ["77041006013000", "77041006013001"]
    assert keys_from("77041006013000 77041006013001") == ["77041006013000", "77041006013001"]
    assert keys_from(" ;\n") == []


# -- the bodies that take part -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Stadt Soest", {"municipality": "05974040"}),
        ("soest", {"municipality": "05974040"}),
        ("05974040", {"municipality": "05974040"}),
        ("05 974 040", {"municipality": "05974040"}),
        ("Kreis Soest", {"district": "05974"}),
        ("05974", {"district": "05974"}),
        ("Stadt Soest (05974040)", {"municipality": "05974040"}),
        ("Südwestfalen-IT", {"provider": "suedwestfalen-it"}),
        ("Neustadt", {"stelle": "Neustadt"}),
        ("Gemeinde Neustadt", {"municipality": "05000002"}),
        ("Verein für Beispiele", {"stelle": "Verein für Beispiele"}),
        ("05999999", {"stelle": "05999999"}),
    ],
)
def test_one_text_names_a_body_for_certain_or_stays_open(text: str, expected: dict[str, str]) -> None:
    row = resolve(TypedParty(text), DIRECTORY)
    assert {name: value for name, value in row.items() if value} == expected


def test_a_name_of_its_own_needs_a_tick_and_a_choice_among_several_decides() -> None:
    assert resolve(TypedParty("Verein für Beispiele", as_name=True), DIRECTORY)["name"] == "Verein für Beispiele"
    assert resolve(TypedParty("Neustadt", chosen="municipality:05000001"), DIRECTORY)["municipality"] == "05000001"
    assert "Mehrere" in doubt("Neustadt", DIRECTORY)[0]
    assert [one.name for one in doubt("Neustadt", DIRECTORY)[1]] == ["Stadt Neustadt", "Gemeinde Neustadt"]
    assert [one.name for one in doubt("Stadtwerke Soest", DIRECTORY)[1]] == ["Stadt Soest", "Kreis Soest"]


# -- there and back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(BUNDLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_entry_of_the_starter_catalogue_comes_back_from_the_forms_as_it_was(path: Path) -> None:
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    raw.pop("draft_note", None)
    record = BundleRecord.model_validate(raw)
    values = content_of(record)
    found = _back(values)
    again = record_from(found | {name: values[name] for name in ("verified_on", "verified_by")}, state=record.state)
    assert content_of(again) == values


LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs"))
WORDS = st.lists(st.text(LETTERS, min_size=1, max_size=8), min_size=1, max_size=4).map(" ".join)
LONG_WORDS = WORDS.map(lambda text: text + " und mehr")
MARKDOWN = st.none() | st.lists(WORDS, min_size=1, max_size=3).map("\n".join)
DATES = st.none() | st.sampled_from(["2019", "2020-02", "2021-12-31"])
AMOUNTS = st.none() | st.decimals(0, 10**9, places=2, allow_nan=False)
ADDRESSES = st.text("abcdefgh-?=&/%", min_size=1, max_size=12).map(lambda text: f"https://amt.example/{text}")


def _some(members: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(list(members)), unique=True)


@st.composite
def records(draw: st.DrawFn) -> BundleRecord:
    part = st.sampled_from(
        [{"municipality": "05974040"}, {"district": "05974"}, {"provider": "suedwestfalen-it"}, {"name": "Soest"}]
    )
    parties = draw(st.lists(st.tuples(st.sampled_from(list(ParticipantRole)), part), max_size=4))
    unique = {(role, tuple(one.items())): {"role": role, **one} for role, one in parties}
    addresses = draw(st.lists(ADDRESSES, unique=True, max_size=3))
    days = sorted(draw(st.tuples(st.floats(0, 1000), st.floats(0, 1000))))
    score = draw(st.none() | st.integers(0, 3))
    return BundleRecord.model_validate(
        {
            "slug": "eintrag",
            "state": State.DRAFT,
            "title": draw(LONG_WORDS),
            "summary": draw(LONG_WORDS),
            "description": draw(MARKDOWN),
            "audience": draw(_some(Audience)),
            "phase": draw(st.none() | st.sampled_from(list(Phase))),
            "phase_as_of": draw(DATES),
            "total_cost_eur": draw(AMOUNTS),
            "fits_population_from": draw(st.none() | st.integers(0, 10**8)),
            "procurement_paths": draw(_some(ProcurementPath)),
            "fits_kinds": draw(_some(FitsKind)),
            "ozg_services": [
                {"ozg_id": ozg_id, "basis": "named", "note": draw(st.none() | WORDS), "leika_keys": keys}
                for ozg_id, keys in draw(
                    st.dictionaries(
                        st.from_regex(r"\A[0-9]{5}\Z"),
                        st.lists(st.from_regex(r"\A[0-9]{14}\Z"), max_size=3, unique=True),
                        max_size=2,
                    )
                ).items()
            ],
            "participants": list(unique.values()),
            "sources": [{"url": url, "title": draw(WORDS), "published": draw(DATES)} for url in addresses],
            "links": [{"url": url, "kind": draw(st.sampled_from(list(LinkKind)))} for url in addresses],
            "maturity": [
                {
                    "model": "2.0",
                    "level": draw(st.integers(0, 20)),
                    "assessed_on": date(2020, 2, 3),
                    "ground": draw(LONG_WORDS),
                }
            ],
            "transferability": {"target_group": draw(MARKDOWN), "timeline": draw(MARKDOWN)},
            "costs": {
                "introduction_cost_from_eur": draw(AMOUNTS),
                "introduction_effort_days_from": days[0],
                "introduction_effort_days_to": days[1],
            },
            "dimensions": {"legal_score": score, "legal_reason": "weil es so ist"},
        }
    )


@settings(max_examples=60)
@given(records())
def test_any_record_comes_back_from_the_forms_as_it_was(record: BundleRecord) -> None:
    assert record_from(_back(content_of(record)), state=State.DRAFT) == record


def test_amounts_of_any_size_keep_their_cents() -> None:
    amount = BundleRecord.model_validate(
        {"slug": "a", "title": "Titel", "summary": "Zehn Zeichen", "total_cost_eur": Decimal("12345678901.07")}
    )
    assert record_from(_back(content_of(amount)), state=State.DRAFT).total_cost_eur == Decimal("12345678901.07")


# -- limits --------------------------------------------------------------------------------------------------------


def test_fields_that_a_step_does_not_have_are_ignored() -> None:
    form = {
        "title": ["Titel"],
        "state": ["published"],
        "verified_on": ["2020-01-01"],
        "owner_id": ["1"],
        "slug": ["fremd"],
        "sources.0.url": ["https://amt.example"],
    }
    assert typed(STEPS[0], form, EMPTY, DIRECTORY, new=False).values == {"title": "Titel"}
    assert typed(STEPS[0], form, EMPTY, DIRECTORY, new=True).values == {"title": "Titel", "slug": "fremd"}


def test_a_field_of_a_row_that_its_list_does_not_have_is_ignored() -> None:
    form = {"links": [""], "links.0.url": ["https://amt.example"], "links.0.bundle_id": ["1"], "links.x.url": ["y"]}
    found = typed(STEPS[0], form, EMPTY, DIRECTORY, new=True).values
    assert found == {"links": [{"kind": None, "url": "https://amt.example", "title": None}]}


def test_a_text_that_is_far_too_long_is_not_kept_but_shown() -> None:
    long = "x" * (MAX_KEPT + 1)
    found = typed(
        STEPS[0],
        {"title": ["Titel"], "description": [long], "links": [""], "links.0.url": [long]},
        EMPTY,
        DIRECTORY,
        new=True,
    )
    assert found.values["description"] == long
    assert set(found.refused) == {"description", "links.0.url"}
    assert found.keepable == {"title": "Titel"}


def test_a_list_takes_no_more_rows_than_the_record_may_have_and_one_that_is_refused() -> None:
    form: dict[str, list[str]] = {"links": [""]}
    form |= {f"links.{number}.title": [f"Titel {number}"] for number in range(500)}
    assert len(typed(STEPS[0], form, EMPTY, DIRECTORY, new=True).values["links"]) == 101


def test_empty_rows_go_and_a_row_can_be_taken_out() -> None:
    form = {"links": [""], "links.0.url": ["a"], "links.3.url": [" "], "links.5.url": ["b"]}
    rows = typed(STEPS[0], form, EMPTY, DIRECTORY, new=True).values["links"]
    assert [row["url"] for row in rows] == ["a", "b"]
    rows = typed(STEPS[0], form, EMPTY, DIRECTORY, new=True, without=("links", 0)).values["links"]
    assert [row["url"] for row in rows] == ["b"]


# -- two windows ---------------------------------------------------------------------------------------------------


def test_two_windows_clash_only_where_both_changed_a_field_differently() -> None:
    paths = ("title", "summary", "programme")
    before = seen({"title": "A", "summary": "B", "programme": "C"}, paths)
    stored = {"title": "A", "summary": "anders", "programme": "C"}
    held, clashes = settle({"title": "neu", "summary": "B", "programme": "C"}, stored, before, {})
    assert (held, clashes) == ({"title": "neu"}, [])
    held, clashes = settle({"title": "A", "summary": "meins", "programme": "C"}, stored, before, {})
    assert held == {}
    assert [(one.path, one.mine, one.theirs) for one in clashes] == [("summary", "meins", "anders")]


def test_a_choice_holds_only_for_what_was_seen() -> None:
    stored = {"summary": "anders"}
    now = seen(stored, ("summary",))
    assert settle({"summary": "meins"}, stored, now, {"summary": "mine"}) == ({"summary": "meins"}, [])
    assert settle({"summary": "meins"}, stored, now, {"summary": "theirs"}) == ({}, [])
    assert len(settle({"summary": "meins"}, {"summary": "wieder neu"}, now, {"summary": "mine"})[1]) == 1
