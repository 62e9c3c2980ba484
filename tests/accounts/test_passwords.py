import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.accounts import passwords
from registry.accounts.passwords import PasswordRefusedError, accept, hash_password, is_outdated, refusal, verify

pytestmark = pytest.mark.sqlite_only

GOOD = (
    "lampe kürbis fahrplan nebel",
    "Wolkenbruch-Teller-Anker",
    "xkqvtmzrhwpl",
    "7f3a9c1e5b2d8f60",
    "ein Fahrrad für acht Enten",
    "пароль совсем другой осенью",
    "🦔🌂🍞🎺🪁🧲🪵🧦🛶🥨🧵🔦",
)


@pytest.mark.parametrize("password", GOOD)
def test_any_kind_of_long_password_is_accepted_without_rules_of_composition(password: str) -> None:
    assert refusal(password, email="redaktion@soest.example", name="Redaktion Soest", site="Register") is None


def test_length_is_counted_in_characters_and_both_ends_are_allowed() -> None:
    part = "kürbis-lampe-nebel-fahrplan-"
    long = (part * 5)[:127] + "#"
    assert refusal("kürbis lamp") is not None
    assert refusal("kürbis lampe") is None
    assert len(long) == 128
    assert refusal(long) is None
    assert "länger als 128" in str(refusal(long + "x"))


@pytest.mark.parametrize(
    "password",
    [
        "qwertzuiopü1",
        "123456789012",
        "abcdefghijkl",
        "aaaaaaaaaaaa",
        "abababababab",
        "hallohallohallo",
        "321321321321",
        "asdfghjklöä123",
    ],
)
def test_patterns_are_refused(password: str) -> None:
    assert refusal(password) is not None


@pytest.mark.parametrize(
    "password",
    [
        "1qaz2wsx3edc",
        "q1w2e3r4t5y6",
        "leavemealone",
        "finalfantasy",
        "Finalfantasy2024",
        "!!Sonnenschein!!",
        "Schalke04!!!!",
        "P@ssw0rt1234",
        "borussia1909!",
    ],
)
def test_known_passwords_are_refused_whatever_their_case_and_the_digits_around_them(password: str) -> None:
    assert "bekannter Passwörter" in str(refusal(password)) or "Wörtern dieser Website" in str(refusal(password))


@pytest.mark.parametrize(
    "password",
    [
        "redaktion@soest.example",
        "Redaktion Soest",
        "redaktionsoest1!",
        "Registername!!",
        "Passwort2026!",
        "StadtverwaltungOZG",
        "nachnutzung2026",
    ],
)
def test_what_everybody_knows_about_the_person_is_no_password(password: str) -> None:
    found = refusal(password, email="redaktion@soest.example", name="Redaktion Soest", site="Registername")
    assert "Namen, Ihrer Adresse oder Wörtern dieser Website" in str(found)


def test_the_list_holds_more_than_the_3000_entries_that_asvs_asks_for() -> None:
    entries = passwords._known().decode().split("\n")[1:-1]
    assert len(entries) > 40_000
    assert entries == sorted(set(entries))
    assert all(len(entry) >= 5 for entry in entries)


@given(st.text(min_size=1, max_size=200))
def test_any_text_gets_a_verdict_and_never_an_error(text: str) -> None:
    found = refusal(text, email=f"{text[:20]}@konto.example", name=text[:30], site=text[:10])
    normal = unicodedata.normalize("NFC", text)
    assert found is None or found.endswith(".")
    if not passwords.MIN_LENGTH <= len(normal) <= passwords.MAX_LENGTH:
        assert found is not None


@given(st.text(min_size=12, max_size=128))
def test_case_and_a_few_digits_do_not_make_a_refused_password_good(text: str) -> None:
    if refusal(text) is not None and text.upper().casefold() == text.casefold() and len(text.upper()) <= 128:
        assert refusal(text.upper()) is not None


def test_accept_raises_the_reason() -> None:
    with pytest.raises(PasswordRefusedError, match="zu kurz"):
        accept("kurz")
    accept(GOOD[0])


def test_a_hash_is_argon2id_with_the_parameters_of_owasp_and_salted() -> None:
    kept = hash_password(GOOD[0])
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hash_password(GOOD[0]) != kept
    assert not is_outdated(kept)
    assert is_outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzYWx0$RdescudvJCsgt3ub+b7dWRWJTmaaJObG")


def test_a_password_is_compared_exactly() -> None:
    kept = hash_password("Kürbis Lampe Nebel")
    assert verify(kept, "Kürbis Lampe Nebel")
    for wrong in ("kürbis Lampe Nebel", "Kürbis Lampe Nebel ", "Kürbis Lampe", "", "Kürbis  Lampe Nebel", "x" * 10_000):
        assert not verify(kept, wrong)


def test_composed_and_decomposed_letters_are_the_same() -> None:
    kept = hash_password(unicodedata.normalize("NFD", "Kürbis Lampe Öl"))
    assert verify(kept, unicodedata.normalize("NFC", "Kürbis Lampe Öl"))


def test_no_hash_and_a_broken_one_never_match() -> None:
    for kept in (None, "", "quatsch", "$argon2id$v=19$m=8"):
        assert not verify(kept, "Niemand hat dieses Passwort.")


def test_without_account_the_same_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Counting:
        def verify(self, kept: str, text: str) -> bool:
            done.append(kept)
            return True

        def hash(self, text: str) -> str:
            return "nobody"

    passwords._nobody.cache_clear()
    monkeypatch.setattr(passwords, "_hasher", Counting())
    assert not verify(None, "x")
    assert verify("kept", "x")
    assert done == ["nobody", "kept"]
    passwords._nobody.cache_clear()
