from datetime import UTC, datetime

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.accounts import second_factor
from registry.accounts.models import Person
from registry.accounts.second_factor import matching_step
from registry.database import Database

KEY = "k" * 32
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
AT = datetime(2026, 10, 8, 12, tzinfo=UTC)
STEP = int(AT.timestamp()) // 30


def _code(step: int) -> str:
    return pyotp.TOTP(SECRET).generate_otp(step)


@pytest.mark.sqlite_only
def test_a_code_counts_one_step_before_and_after_and_no_further() -> None:
    found = [matching_step(SECRET, _code(STEP + away), after=None, at=AT) for away in (-2, -1, 0, 1, 2)]
    assert found == [None, STEP - 1, STEP, STEP + 1, None]


@pytest.mark.sqlite_only
def test_a_code_of_a_used_step_or_an_earlier_one_counts_no_more() -> None:
    assert matching_step(SECRET, _code(STEP), after=STEP, at=AT) is None
    assert matching_step(SECRET, _code(STEP - 1), after=STEP, at=AT) is None
    assert matching_step(SECRET, _code(STEP + 1), after=STEP, at=AT) == STEP + 1


@pytest.mark.sqlite_only
def test_spaces_in_a_code_do_not_matter() -> None:
    code = _code(STEP)
    assert matching_step(SECRET, f" {code[:3]} {code[3:]} ", after=None, at=AT) == STEP


@pytest.mark.sqlite_only
@given(st.text(max_size=12))
def test_any_text_is_a_code_or_none(text: str) -> None:
    found = matching_step(SECRET, text, after=None, at=AT)
    assert found is None or "".join(text.split()) in {_code(STEP - 1), _code(STEP), _code(STEP + 1)}


@pytest.mark.sqlite_only
def test_secrets_are_random_and_the_address_is_what_apps_read() -> None:
    assert len({second_factor.new_secret() for _ in range(20)}) == 20
    address = second_factor.address(SECRET, email="a@b.example", site="Register: Test")
    assert pyotp.parse_uri(address).secret == SECRET


@pytest.fixture
def person_id(database: Database) -> int:
    with database.noting() as session:
        person = Person(email="a@konto.example", name="Konto")
        session.add(person)
        session.flush()
        second_factor.offer(session, KEY, person.id or 0)
        return person.id or 0


def _secret(database: Database, person_id: int) -> str:
    with database.reading() as session:
        return second_factor.offered(KEY, session.get_one(Person, person_id)) or ""


def _confirmed(database: Database, person_id: int) -> list[str]:
    code = pyotp.TOTP(_secret(database, person_id)).at(AT, counter_offset=-1)
    with database.noting() as session:
        return second_factor.confirm(session, KEY, person_id, code, at=AT) or []


def test_the_secret_is_kept_encrypted_and_in_force_only_after_a_right_code(database: Database, person_id: int) -> None:
    secret = _secret(database, person_id)
    with database.noting() as session:
        assert second_factor.confirm(session, KEY, person_id, "000000x") is None
        person = session.get_one(Person, person_id)
        assert person.totp_secret is None
        assert secret not in str(person.totp_pending)
    assert len(_confirmed(database, person_id)) == second_factor.CODES
    with database.reading() as session:
        person = session.get_one(Person, person_id)
        assert person.totp_pending is None
        assert secret not in str(person.totp_secret)


def test_the_code_of_the_set_up_and_each_later_one_count_once(database: Database, person_id: int) -> None:
    totp = pyotp.TOTP(_secret(database, person_id))
    _confirmed(database, person_id)
    for code, accepted in ((totp.at(AT, counter_offset=-1), False), (totp.at(AT), True), (totp.at(AT), False)):
        with database.noting() as session:
            assert second_factor.use_code(session, KEY, person_id, code, at=AT) is accepted


def test_under_another_key_no_code_counts(database: Database, person_id: int) -> None:
    totp = pyotp.TOTP(_secret(database, person_id))
    _confirmed(database, person_id)
    with database.noting() as session:
        assert not second_factor.use_code(session, "x" * 32, person_id, str(totp.at(AT)), at=AT)


def test_recovery_codes_have_120_bits_work_once_and_are_kept_as_digests(database: Database, person_id: int) -> None:
    codes = _confirmed(database, person_id)
    assert len(set(codes)) == 10
    # 24 characters out of 31: more than the 112 bits from which a plain digest is enough
    assert all(len(code.replace("-", "")) == 24 for code in codes)
    with database.noting() as session:
        assert second_factor.use_recovery_code(session, person_id, codes[0].upper().replace("-", " "))
        assert not second_factor.use_recovery_code(session, person_id, codes[0])
        assert not second_factor.use_recovery_code(session, person_id + 1, codes[1])
        assert not second_factor.use_recovery_code(session, person_id, "")
        assert second_factor.are_recovery_codes(session, person_id, codes)
        assert not second_factor.are_recovery_codes(session, person_id, [*codes, "abcd"])
        assert not second_factor.are_recovery_codes(session, person_id, [])


def test_new_recovery_codes_replace_the_old_ones_and_switching_off_removes_them(
    database: Database, person_id: int
) -> None:
    old = _confirmed(database, person_id)
    with database.noting() as session:
        new = second_factor.renew_recovery_codes(session, person_id)
    with database.noting() as session:
        assert not second_factor.use_recovery_code(session, person_id, old[0])
        second_factor.switch_off(session, person_id)
        assert not second_factor.use_recovery_code(session, person_id, new[0])
