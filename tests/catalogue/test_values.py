"""The value types accept what the standards describe and refuse the rest in German."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from registry.catalogue.messages import refusals
from registry.catalogue.models import BundleFields
from registry.catalogue.reference import MunicipalityFields
from registry.catalogue.values import (
    Ags,
    Ars,
    Euro,
    LeikaKey,
    Mailbox,
    OzgId,
    PartialDate,
    Slug,
    Typing,
    WebAddress,
    ags_matches_ars,
    earliest_day,
    in_order,
    latest_day,
)

pytestmark = pytest.mark.sqlite_only

AGS = TypeAdapter(Ags)
ARS = TypeAdapter(Ars)
DATE = TypeAdapter(PartialDate)
LEIKA = TypeAdapter(LeikaKey)

digits = st.text("0123456789", min_size=1)
lands = st.integers(1, 16).map("{:02d}".format)


def _refuses(adapter: TypeAdapter[str], value: object) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        return bool(refusals(error)[0].reason)
    return False


@given(lands, st.from_regex(r"[0-9]{6}", fullmatch=True), st.from_regex(r"[0-9]{4}", fullmatch=True))
def test_ags_and_ars_of_one_municipality_agree_and_others_do_not(land: str, rest: str, association: str) -> None:
    ags = AGS.validate_python(land + rest)
    ars = ARS.validate_python(ags[:5] + association + ags[5:])
    assert ags_matches_ars(ags, ars)
    other = ags[:5] + f"{(int(ags[5:]) + 1) % 1000:03d}"
    assert not ags_matches_ars(other, ars)


@given(lands, st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_spaces_in_an_ags_do_not_matter(land: str, rest: str) -> None:
    assert AGS.validate_python(f" {land} {rest[:1]} {rest[1:3]} {rest[3:]} ") == land + rest


@given(digits)
def test_an_ags_has_eight_digits_of_a_german_land(text: str) -> None:
    assume(len(text) != 8 or not 1 <= int(text[:2]) <= 16)
    assert _refuses(AGS, text)


@given(st.from_regex(r"[0-9]{14}", fullmatch=True))
def test_a_leika_key_is_read_with_and_without_spaces(key: str) -> None:
    spaced = f"{key[:2]} {key[2:5]} {key[5:8]} {key[8:11]} {key[11:]}"
    assert LEIKA.validate_python(spaced) == LEIKA.validate_python(key) == key


@given(st.text(max_size=20))
def test_what_is_not_fourteen_digits_is_no_leika_key(text: str) -> None:
    assume(not ("".join(text.split()).isdecimal() and len("".join(text.split())) == 14))
    assert _refuses(LEIKA, text)


@given(st.dates(date(1949, 1, 1), date(2100, 12, 31)), st.sampled_from([4, 7, 10]))
def test_a_partial_date_stands_for_the_days_that_it_can_mean(day: date, length: int) -> None:
    value = DATE.validate_python(day.isoformat()[:length])
    assert earliest_day(value) <= day <= latest_day(value)
    assert earliest_day(value).isoformat()[:length] == value
    assert latest_day(value).isoformat()[:length] == value
    assert (latest_day(value) + timedelta(1)).isoformat()[:length] != value or length == 4


@given(
    st.dates(date(1949, 1, 1), date(2100, 12, 31)),
    st.dates(date(1949, 1, 1), date(2100, 12, 31)),
    st.sampled_from([4, 7, 10]),
    st.sampled_from([4, 7, 10]),
)
def test_dates_in_order_stay_so_when_they_are_told_less_exactly(one: date, two: date, left: int, right: int) -> None:
    start, end = sorted([one, two])
    assert in_order(start.isoformat()[:left], end.isoformat()[:right])
    assert in_order(None, end.isoformat())
    assert in_order(start.isoformat(), None)


@pytest.mark.parametrize(
    "text", ["2021-02-30", "2021-13", "21-01-01", "1948", "2101", "2021-1", "heute", "2021-01-01T00:00"]
)
def test_a_date_that_does_not_exist_or_has_another_form_is_refused(text: str) -> None:
    assert _refuses(DATE, text)


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        (Slug, ["a", "hundesteuer-soest", "a1-2"], ["", "A", "a--b", "-a", "a-", "ä", "a b", "a" * 101]),
        (OzgId, ["10160", "10 160"], ["1016", "101600", "1016x"]),
        (Typing, ["1", "12", "2/3", "2/3a", "4b", "1,2/3", "1, 2"], ["0", "13", "2/4", "2/3c", "", "1;2"]),
        (
            WebAddress,
            ["https://www.example.org/a?b=c#d", "http://x.de"],
            ["ftp://x.de", "x.de", "https://", "https://a b.de"],
        ),
        (
            WebAddress,
            [],
            ["javascript:alert(1)", "https://u:p@x.de", 'https://x.de/"', "https://[x", "https://x.de/\nb"],
        ),
        (Mailbox, ["rathaus@example.org"], ["rathaus", "a@b", "a b@c.de", "a@b@c.de"]),
        (Euro, ["0", "123.45"], ["-1", "1.234", "1e20", "viel"]),
    ],
)
def test_each_type_accepts_its_form_and_refuses_others(type_: object, good: list[str], bad: list[str]) -> None:
    adapter: TypeAdapter[object] = TypeAdapter(type_)
    for value in good:
        adapter.validate_python(value)
    for value in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


def test_an_amount_keeps_its_cents() -> None:
    assert TypeAdapter(Euro).validate_python("123.40") == Decimal("123.4")


class _Sample(BaseModel):
    number: int = 0
    amount: Decimal | None = None
    day: date | None = None
    texts: list[str] = []
    flag: bool = False


def test_every_kind_of_refusal_is_told_in_german() -> None:
    values = {"number": "x", "amount": "x", "day": "x", "texts": 1, "flag": "x"}
    with pytest.raises(ValidationError) as caught:
        _Sample.model_validate(values)
    reasons = {one.field: one.reason for one in refusals(caught.value)}
    assert reasons == {
        "number": "Das ist keine ganze Zahl.",
        "amount": "Das ist keine Zahl.",
        "day": "Das ist kein Datum der Form JJJJ-MM-TT.",
        "texts": "Das ist keine Liste.",
        "flag": "Erlaubt ist nur ja oder nein.",
    }


def test_an_unknown_field_and_a_missing_one_are_named() -> None:
    with pytest.raises(ValidationError) as caught:
        MunicipalityFields.model_validate({"agz": "05974040", "kind": "stadt"})
    reasons = {one.field: one.reason for one in refusals(caught.value)}
    assert reasons["agz"] == "Dieses Feld gibt es nicht."
    assert reasons["ags"] == "Die Angabe fehlt."
    assert reasons["kind"] == "Erlaubt ist nur independent_city oder district_municipality."


@pytest.mark.parametrize("text", ["EUPL-1.2", "GPL-3.0+", "proprietary", " MIT "])
def test_a_licence_is_an_spdx_id_or_proprietary(text: str) -> None:
    assert BundleFields(slug="a", title="Titel", summary="Eine Zusammenfassung.", licence=text).licence == text.strip()


@pytest.mark.parametrize("text", ["EUPL 1.2 oder so", "„MIT“", "x" * 81, ""])
def test_other_texts_are_no_licence(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        BundleFields(slug="a", title="Titel", summary="Eine Zusammenfassung.", licence=text)
    assert [one.field for one in refusals(caught.value)] == ["licence"]
