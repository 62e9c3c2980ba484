from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from registry.accounts.enums import Role, TokenPurpose
from registry.accounts.models import OneTimeToken
from registry.accounts.tokens import (
    LIFETIMES,
    ExpiredTokenError,
    UnknownTokenError,
    UsedTokenError,
    issue,
    peek,
    redeem,
    revoke,
)
from registry.database import Database
from registry.moments import now


def _issued(database: Database, purpose: TokenPurpose = TokenPurpose.PASSWORD_RESET) -> str:
    with database.noting() as session:
        return issue(session, purpose, email=" Neu@Konto.example ", created_by="person:1")


def test_a_token_has_256_bits_and_only_its_digest_is_kept(database: Database) -> None:
    token = _issued(database)
    assert len(token) == 43
    with database.reading() as session:
        (row,) = session.exec(select(OneTimeToken)).all()
    assert token not in str(row.model_dump())
    assert row.email == "neu@konto.example"
    assert row.created_by == "person:1"


def test_looking_does_not_use_a_token_up_and_redeeming_does(database: Database) -> None:
    token = _issued(database)
    for _ in range(3):
        with database.reading() as session:
            assert peek(session, TokenPurpose.PASSWORD_RESET, token).used_at is None
    with database.noting() as session:
        assert redeem(session, TokenPurpose.PASSWORD_RESET, token).used_at is not None
    for use in (peek, redeem):
        with pytest.raises(UsedTokenError), database.noting() as session:
            use(session, TokenPurpose.PASSWORD_RESET, token)


def test_what_fails_afterwards_gives_the_token_back(database: Database) -> None:
    token = _issued(database)

    def fail() -> None:
        with database.noting() as session:
            redeem(session, TokenPurpose.PASSWORD_RESET, token)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.noting() as session:
        redeem(session, TokenPurpose.PASSWORD_RESET, token)


def test_of_two_at_the_same_time_one_wins(database: Database) -> None:
    token = _issued(database)
    with database.reading() as slow:
        seen = peek(slow, TokenPurpose.PASSWORD_RESET, token)
        assert seen.used_at is None
        slow.rollback()
        with database.noting() as session:
            redeem(session, TokenPurpose.PASSWORD_RESET, token)
    with pytest.raises(UsedTokenError), database.noting() as session:
        redeem(session, TokenPurpose.PASSWORD_RESET, token)


def test_a_token_is_good_for_its_purpose_alone(database: Database) -> None:
    token = _issued(database, TokenPurpose.INVITATION)
    with pytest.raises(UnknownTokenError), database.noting() as session:
        redeem(session, TokenPurpose.PASSWORD_RESET, token)


@pytest.mark.parametrize("purpose", TokenPurpose)
def test_a_token_expires(database: Database, purpose: TokenPurpose) -> None:
    token = _issued(database, purpose)
    end = now() + LIFETIMES[purpose]
    with database.reading() as session:
        peek(session, purpose, token, at=end - timedelta(minutes=1))
        with pytest.raises(ExpiredTokenError):
            peek(session, purpose, token, at=end)


def test_an_invitation_carries_what_it_allows(database: Database) -> None:
    with database.noting() as session:
        token = issue(session, TokenPurpose.INVITATION, email="a@b.example", role=Role.EDITOR, as_admin=True)
    with database.reading() as session:
        row = peek(session, TokenPurpose.INVITATION, token)
    assert (row.role, row.as_admin, row.organisation_id) == (Role.EDITOR, True, None)


def test_revoked_tokens_work_no_more(database: Database) -> None:
    tokens = [_issued(database) for _ in range(2)]
    with database.noting() as session:
        assert revoke(session, TokenPurpose.PASSWORD_RESET, email="NEU@konto.example") == 2
    for token in tokens:
        with pytest.raises(UsedTokenError), database.reading() as session:
            peek(session, TokenPurpose.PASSWORD_RESET, token)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.text(max_size=200))
def test_no_other_text_is_a_token(database: Database, text: str) -> None:
    with pytest.raises(UnknownTokenError), database.reading() as session:
        peek(session, TokenPurpose.PASSWORD_RESET, text)
