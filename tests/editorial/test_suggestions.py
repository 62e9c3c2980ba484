"""Suggestions of people without an account: rules against junk, quotas, mails, decisions."""

import string
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from registry.accounts.enums import OrganisationKind, Role
from registry.accounts.models import AuditEntry, Membership, Organisation, Person, Throttle
from registry.accounts.permissions import Actor, NotAllowedError
from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.editorial import proposals, spam
from registry.editorial.enums import ProposalState, SuggestionKind, SuggestionState
from registry.editorial.inbox import Shown, inbox_item, open_suggestions, suggestions_for
from registry.editorial.models import Proposal, Stewardship, Suggestion, SuggestionFields
from registry.editorial.quotas import Quota, QuotaError, use
from registry.editorial.suggestions import (
    DAILY,
    DAY,
    HOURLY,
    AlreadySentError,
    DecisionFields,
    SameTextError,
    SettlingFields,
    SuggestionDecidedError,
    UnknownSuggestionError,
    answer_accepted,
    decline,
    quotas_of,
    receive,
    reopen,
    settle,
)
from registry.editorial.taking import take, values_of
from registry.history import Revision
from registry.mail.models import OutboxMail, Undeliverable
from registry.moments import now

HOUR = timedelta(hours=1)
SECRET = "g" * 32
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LONG = "Der Kontakt im Eintrag ist veraltet, die Stelle heißt jetzt anders."


# --- pure rules ---------------------------------------------------------------------------------------------------


@pytest.mark.sqlite_only
@given(st.text(max_size=400), st.booleans())
def test_cleaning_leaves_no_control_signs_and_is_stable(raw: str, lines: bool) -> None:
    text = spam.clean(raw, lines=lines)
    assert text == text.strip()
    assert all(sign.isprintable() or sign.isspace() or ord(sign) > 127 for sign in text)
    assert not {"\x00", "\x1b", "\r", "\u202e", "\u2066"} & set(text)
    assert lines or "\n" not in text
    assert spam.clean(text, lines=lines) == text


@pytest.mark.sqlite_only
@given(
    st.lists(st.sampled_from(["Hundesteuer", "online", "anmelden", "Stadt", "Kreis", "und", "die", "-"]), max_size=80)
)
def test_ordinary_words_without_addresses_raise_no_objection(words: list[str]) -> None:
    most = max((words.count(one) for one in words), default=0)
    if len(words) < spam.MANY_WORDS or most <= 0.6 * len(words):
        assert spam.objection("Titel", " ".join(words)) is None


@pytest.mark.sqlite_only
@given(st.integers(0, 12), st.sampled_from(["https://a.example/{}", "HTTP://b.example/{}", "www.c.example/{}"]))
def test_more_than_five_addresses_are_refused_and_five_are_not(count: int, form: str) -> None:
    text = "Siehe " + " ".join(form.format(number) for number in range(count))
    objection = spam.objection("Titel", text)
    assert (objection is not None) == (count > spam.MAX_LINKS)
    assert objection is None or "fünf" in objection or str(spam.MAX_LINKS) in objection


@pytest.mark.sqlite_only
@pytest.mark.parametrize("text", ["a" * 60, "kaufen " * 40, "!" * 500, "billig\n" * 25])
def test_repetitions_are_refused(text: str) -> None:
    assert "Wiederholungen" in (spam.objection("Titel", text) or "")


@pytest.mark.sqlite_only
def test_a_line_of_dashes_is_no_repetition() -> None:
    assert spam.objection("Titel", "Alt:\n------------------------\nNeu: anders") is None


@pytest.mark.sqlite_only
@given(st.datetimes(datetime(2024, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)), st.text(max_size=40))
def test_a_ticket_is_read_back_for_its_own_form_only(at: datetime, form: str) -> None:
    token = spam.issue(SECRET, form, at)
    ticket = spam.read(SECRET, form, token)
    assert ticket is not None
    assert abs(ticket.made_at - at) < timedelta(milliseconds=2)
    assert spam.key_of(spam.spoken(ticket.key)) == ticket.key
    assert spam.read(SECRET, form + "x", token) is None
    assert spam.read("h" * 32, form, token) is None


@pytest.mark.sqlite_only
@given(st.data())
def test_an_altered_ticket_is_no_ticket(data: st.DataObject) -> None:
    token = spam.issue(SECRET, "new bundle", AT)
    place = data.draw(st.integers(0, len(token) - 2))  # the last sign carries bits that do not count
    sign = data.draw(st.sampled_from(string.ascii_letters + string.digits))
    altered = token[:place] + sign + token[place + 1 :]
    assert altered == token or spam.read(SECRET, "new bundle", altered) is None


@pytest.mark.sqlite_only
@given(st.text(max_size=600))
def test_whatever_is_sent_as_ticket_is_refused_quietly(token: str) -> None:
    assert spam.read(SECRET, "new bundle", token) is None
    assert spam.key_of(token) is None or len(spam.key_of(token) or "") == 10


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("age", "verdict"),
    [
        (timedelta(seconds=-5), spam.Verdict.TOO_FAST),
        (timedelta(seconds=3.9), spam.Verdict.TOO_FAST),
        (timedelta(seconds=4), spam.Verdict.FINE),
        (timedelta(hours=24), spam.Verdict.FINE),
        (timedelta(hours=24, seconds=1), spam.Verdict.EXPIRED),
    ],
)
def test_a_form_may_be_sent_between_four_seconds_and_a_day(age: timedelta, verdict: spam.Verdict) -> None:
    assert spam.Ticket("A" * 10, AT).verdict(AT + age) is verdict


@pytest.mark.sqlite_only
def test_a_ticket_for_one_who_has_waited_may_be_used_at_once() -> None:
    ticket = spam.read(SECRET, "x", spam.issue(SECRET, "x", AT, waited=True))
    assert ticket is not None
    assert ticket.verdict(AT) is spam.Verdict.FINE


# --- taking in ----------------------------------------------------------------------------------------------------


@pytest.fixture
def world(catalogue_database: Database) -> Database:
    """Return a catalogue: an entry of Stelle 1 with a deputy, one without owner; people by their tasks."""
    with catalogue_database.writing() as write:
        session = write.session
        organisations = [
            Organisation(slug=f"stelle-{number}", name=f"Stelle {number}", kind=OrganisationKind.OTHER)
            for number in (1, 2, 3)
        ]
        session.add_all(organisations)
        people = {
            name: Person(email=f"{name}@stelle.example", name=name, is_admin=name == "leitung")
            for name in ("koordination1", "koordination2", "koordination3", "redaktion1", "inaktiv1", "leitung")
        }
        people["inaktiv1"].active = False
        session.add_all(people.values())
        session.flush()
        for name, number, role in (
            ("koordination1", 0, Role.COORDINATOR),
            ("inaktiv1", 0, Role.COORDINATOR),
            ("redaktion1", 0, Role.EDITOR),
            ("koordination2", 1, Role.COORDINATOR),
            ("koordination3", 2, Role.COORDINATOR),
        ):
            session.add(Membership(person_id=people[name].id, organisation_id=organisations[number].id, role=role))
        bundle = _bundle(session)
        write.stamp(Stewardship(bundle_id=bundle.id, owner_id=organisations[0].id, deputy_id=organisations[1].id))
    return catalogue_database


def _bundle(session: Session, slug: str = "hundesteuer-soest") -> ServiceBundle:
    return session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one()


def _actor(database: Database, name: str) -> Actor:
    with database.reading() as session:
        person = session.exec(select(Person).where(Person.name == name)).one()
        rows = session.exec(select(Membership).where(Membership.person_id == person.id)).all()
        roles = {row.organisation_id: row.role for row in rows}
        return Actor(person.id, person.name, person.email, person.is_admin, roles)


def _send(
    database: Database,
    *,
    slug: str | None = "hundesteuer-soest",
    title: str = "Kontakt",
    text: str = LONG,
    source: str | None = None,
    mail: str | None = None,
    key: str | None = None,
    network: str = "192.0.2.1",
    at: datetime = AT,
) -> str:
    fields = SuggestionFields(title=title, text=text, source_url=source, contact_email=mail)
    key = key or spam.new_key()
    with database.noting() as session:
        receive(
            session,
            fields,
            key=key,
            kind=SuggestionKind.CORRECTION if slug else SuggestionKind.NEW_BUNDLE,
            bundle=_bundle(session, slug) if slug else None,
            quotas=quotas_of(SECRET, network),
            secret=SECRET,
            address=f"https://register.example/verwaltung/eingang/{key}",
            at=at,
        )
    return key


def _mails(database: Database, kind: str = "suggestion") -> list[OutboxMail]:
    with database.reading() as session:
        return list(session.exec(select(OutboxMail).where(OutboxMail.kind == kind).order_by(col(OutboxMail.id))))


def _stored(database: Database, key: str) -> Suggestion:
    with database.reading() as session:
        return session.exec(select(Suggestion).where(Suggestion.key == key)).one()


def _recipients(database: Database, kind: str = "suggestion") -> set[str]:
    return {mail.recipient.partition("@")[0] for mail in _mails(database, kind)}


def test_a_correction_is_told_to_the_coordinators_of_owner_and_deputy(world: Database) -> None:
    key = _send(world)
    assert _recipients(world) == {"koordination1", "koordination2"}
    mail = _mails(world)[0]
    assert f"/verwaltung/eingang/{key}" in mail.body
    assert spam.spoken(key) in mail.body
    assert LONG not in mail.body


@pytest.mark.parametrize("slug", ["wohngeld-wuppertal", None])
def test_where_no_coordinator_is_the_administrators_are_told(world: Database, slug: str | None) -> None:
    _send(world, slug=slug)
    assert _recipients(world) == {"leitung"}


def test_taking_in_leaves_the_clock_alone(world: Database) -> None:
    before = world.tick()
    _send(world)
    assert world.tick() == before


def test_the_same_form_is_taken_in_once(world: Database) -> None:
    key = _send(world)
    with pytest.raises(AlreadySentError) as error:
        _send(world, key=key, text=LONG + " Ergänzt.")
    assert error.value.key == key
    assert len(_mails(world)) == 2


def test_the_same_form_sent_twice_at_once_is_taken_in_once(world: Database) -> None:
    key = spam.new_key()
    outcomes: list[str] = []

    def send() -> None:
        try:
            _send(world, key=key)
            outcomes.append("kept")
        except AlreadySentError:
            outcomes.append("refused")

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept", "refused", "refused", "refused"]


def test_the_same_words_are_taken_in_once_a_day(world: Database) -> None:
    _send(world)
    with pytest.raises(SameTextError):
        _send(world, network="192.0.2.99")
    _send(world, slug="wohngeld-wuppertal")
    _send(world, at=AT + timedelta(days=1, minutes=1))


def test_a_connection_sends_five_an_hour_and_twenty_a_day(world: Database) -> None:
    sent = 0
    at = AT
    while sent < DAILY:
        for _ in range(min(HOURLY, DAILY - sent)):
            _send(world, text=f"{LONG} {sent}", at=at)
            sent += 1
        if sent < DAILY:
            with pytest.raises(QuotaError) as error:
                _send(world, text=f"{LONG} zu viel", at=at)
            assert error.value.until == at + HOUR
        at += HOUR
    with pytest.raises(QuotaError) as error:
        _send(world, text=f"{LONG} zu viel", at=at)
    assert error.value.until == AT + DAY
    _send(world, text=f"{LONG} von anderen", at=at, network="192.0.2.2")
    _send(world, text=f"{LONG} am nächsten Tag", at=AT + DAY)


def test_a_refused_one_is_neither_kept_nor_counted_nor_told(world: Database) -> None:
    for number in range(HOURLY):
        _send(world, text=f"{LONG} {number}")
    before = len(_mails(world))
    for number in range(3):
        with pytest.raises(QuotaError):
            _send(world, text=f"{LONG} zu viel {number}")
    assert len(_mails(world)) == before
    with world.reading() as session:
        counts = {row.key.rpartition(":")[0] or row.key: row.count for row in session.exec(select(Throttle))}
    assert set(counts.values()) == {HOURLY}


def test_no_address_of_a_sender_is_kept(world: Database) -> None:
    _send(world, network="203.0.113.77")
    with world.reading() as session:
        assert not any("203.0.113" in row.key for row in session.exec(select(Throttle)))


@pytest.mark.parametrize("allowed", [1, 3])
def test_a_quota_counts_no_further_than_allowed_however_many_come_at_once(world: Database, allowed: int) -> None:
    quota = Quota("test", allowed, HOUR)
    used: list[bool] = []

    def one() -> None:
        try:
            with world.noting() as session:
                use(session, [quota], AT)
            used.append(True)
        except QuotaError:
            used.append(False)

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert used.count(True) == allowed


def test_a_receipt_goes_to_an_address_once_a_day_and_repeats_nothing_that_was_typed(world: Database) -> None:
    _send(world, mail="wer@irgendwo.example", title="Kaufen Sie jetzt")
    _send(world, mail="WER@irgendwo.example", text=LONG + " 2")
    (receipt,) = _mails(world, "suggestion_answer")
    assert receipt.recipient == "wer@irgendwo.example"
    assert "Kaufen" not in receipt.body + receipt.subject
    _send(world, mail="wer@irgendwo.example", text=LONG + " 3", at=AT + DAY)
    assert len(_mails(world, "suggestion_answer")) == 2


def test_without_an_address_nobody_gets_a_receipt(world: Database) -> None:
    _send(world)
    assert _mails(world, "suggestion_answer") == []


def test_an_address_that_bounces_gets_no_mail(world: Database) -> None:
    with world.noting() as session:
        session.add(Undeliverable(address="weg@irgendwo.example", reason="550"))
    _send(world, mail="weg@irgendwo.example")
    assert _mails(world, "suggestion_answer") == []


def test_line_breaks_in_a_title_reach_no_mail_header(world: Database) -> None:
    _send(world, title=spam.clean("Kontakt\r\nBcc: alle@irgendwo.example"))
    assert all("\n" not in mail.subject for mail in _mails(world))


# --- deciding -----------------------------------------------------------------------------------------------------


def test_taking_up_a_correction_makes_a_working_copy_with_the_reason(world: Database) -> None:
    key = _send(world)
    actor = _actor(world, "koordination1")
    with world.noting() as session:
        proposal = take(session, actor, key)
        assert proposal.values["slug"] == "hundesteuer-soest"
        assert proposal.reason == f"Hinweis {spam.spoken(key)}", "no word of the sender's: reasons are public"
        assert proposal.author_id == actor.person_id
    stored = _stored(world, key)
    assert (stored.state, stored.decided_by, stored.proposal_key) == (
        SuggestionState.TAKEN,
        actor.person_id,
        proposal.key,
    )


def test_two_suggestions_for_one_entry_share_a_working_copy(world: Database) -> None:
    first, second = _send(world), _send(world, title="Kosten", text=LONG + " 2")
    actor = _actor(world, "koordination1")
    with world.noting() as session:
        copies = {take(session, actor, key).key for key in (first, second)}
        assert len(copies) == 1
    with world.reading() as session:
        reason = session.exec(select(Proposal.reason)).one()
    assert reason == f"Hinweis {spam.spoken(first)}; Hinweis {spam.spoken(second)}"


def test_taking_up_a_new_bundle_fills_in_what_fits(world: Database) -> None:
    key = _send(world, slug=None, title="Hundesteuer online, Stadt Ort", source="https://www.example.org/hund")
    actor = _actor(world, "koordination3")
    (organisation,) = actor.roles
    with world.noting() as session:
        proposal = take(session, actor, key, organisation)
        assert proposal.bundle_id is None
        assert proposal.organisation_id == organisation
        assert proposal.values["title"] == "Hundesteuer online, Stadt Ort"
        assert proposal.values["summary"] == LONG
        assert [source["url"] for source in proposal.values["sources"]] == ["https://www.example.org/hund"]


@pytest.mark.sqlite_only
@given(st.text(min_size=10, max_size=5000))
def test_a_long_text_of_a_new_bundle_is_kept_whole(text: str) -> None:
    values = values_of(Suggestion(key="k", kind=SuggestionKind.NEW_BUNDLE, title="Titel", text=text))
    assert len(values["summary"]) <= 500
    assert values.get("description", text) == text
    assert "description" in values or len(" ".join(text.split())) <= 500


def test_a_coordinator_takes_a_new_bundle_for_the_own_organisation_only(world: Database) -> None:
    key = _send(world, slug=None)
    other = next(iter(_actor(world, "koordination1").roles))
    with pytest.raises(NotAllowedError), world.noting() as session:
        take(session, _actor(world, "koordination3"), key, other)
    assert _stored(world, key).state is SuggestionState.OPEN


@pytest.mark.parametrize("name", ["koordination3", "redaktion1"])
def test_who_does_not_decide_on_the_entry_sees_and_decides_nothing(world: Database, name: str) -> None:
    key = _send(world)
    actor = _actor(world, name)
    with world.reading() as session:
        assert suggestions_for(session, actor, shown=Shown.ALL) == ([], 0)
        assert open_suggestions(session, actor) == 0
        with pytest.raises(NotAllowedError):
            inbox_item(session, actor, key)
    for act in (
        lambda session: take(session, actor, key),
        lambda session: decline(session, actor, key, DecisionFields(answer="Weil es so ist.")),
        lambda session: settle(session, actor, key, SettlingFields()),
        lambda session: reopen(session, actor, key),
    ):
        with pytest.raises(NotAllowedError), world.noting() as session:
            act(session)
    assert _stored(world, key).state is SuggestionState.OPEN


@pytest.mark.parametrize(
    ("name", "count"), [("koordination1", 2), ("koordination2", 2), ("koordination3", 1), ("leitung", 3)]
)
def test_each_inbox_shows_what_its_person_may_take_up(world: Database, name: str, count: int) -> None:
    _send(world)
    _send(world, slug="wohngeld-wuppertal")
    _send(world, slug=None)
    with world.reading() as session:
        rows, total = suggestions_for(session, _actor(world, name))
        assert len(rows) == total == open_suggestions(session, _actor(world, name)) == count


def test_only_administrators_decline_a_new_bundle(world: Database) -> None:
    key = _send(world, slug=None)
    with pytest.raises(NotAllowedError), world.noting() as session:
        decline(session, _actor(world, "koordination1"), key, DecisionFields(answer="Weil es so ist."))
    with world.noting() as session:
        decline(session, _actor(world, "leitung"), key, DecisionFields(answer="Weil es so ist."))
    assert _stored(world, key).state is SuggestionState.DECLINED


def test_declining_tells_the_sender_why_and_leaves_a_line_in_the_audit_log(world: Database) -> None:
    key = _send(world, mail="wer@irgendwo.example")
    with world.noting() as session:
        decline(session, _actor(world, "koordination1"), key, DecisionFields(answer="Die Quelle sagt etwas anderes."))
    answer = _mails(world, "suggestion_answer")[-1]
    assert "Die Quelle sagt etwas anderes." in answer.body
    with world.reading() as session:
        line = session.exec(select(AuditEntry).where(AuditEntry.action == "suggestion.declined")).one()
    assert line.subject == key
    assert "irgendwo" not in str(line.details)


def test_settling_needs_no_answer(world: Database) -> None:
    key = _send(world, mail="wer@irgendwo.example")
    with world.noting() as session:
        settle(session, _actor(world, "koordination2"), key, SettlingFields())
    assert _stored(world, key).state is SuggestionState.SETTLED
    assert "stimmen bereits" in _mails(world, "suggestion_answer")[-1].body


def test_of_two_coordinators_at_once_one_decides(world: Database) -> None:
    key = _send(world, mail="wer@irgendwo.example")
    actors = [_actor(world, "koordination1"), _actor(world, "koordination2")]
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def act(actor: Actor) -> None:
        start.wait()
        try:
            with world.noting() as session:
                decline(session, actor, key, DecisionFields(answer=f"Entschieden von {actor.name}."))
            outcomes.append(actor.name)
        except SuggestionDecidedError:
            outcomes.append("zu spät")

    threads = [threading.Thread(target=act, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = set(outcomes) - {"zu spät"}
    assert sorted(outcomes) == sorted([winner, "zu spät"])
    assert _stored(world, key).answer == f"Entschieden von {winner}."
    assert len(_mails(world, "suggestion_answer")) == 2  # receipt and one answer


def test_a_suggestion_whose_working_copy_came_to_nothing_can_be_put_back(world: Database) -> None:
    key = _send(world)
    actor = _actor(world, "koordination1")
    with world.noting() as session:
        proposal_key = take(session, actor, key).key
    with pytest.raises(SuggestionDecidedError), world.noting() as session:
        reopen(session, actor, key)
    with world.noting() as session:
        session.exec(select(Proposal).where(Proposal.key == proposal_key)).one().state = ProposalState.DISCARDED
    with world.noting() as session:
        reopen(session, actor, key)
    stored = _stored(world, key)
    assert (stored.state, stored.decided_at, stored.proposal_key) == (SuggestionState.OPEN, None, None)


def test_when_a_version_is_accepted_its_senders_are_told_once(world: Database) -> None:
    _send(world, text=LONG + " fremd", mail="andere@irgendwo.example")
    keys = [_send(world, mail="wer@irgendwo.example"), _send(world, title="Kosten", text=LONG + " 2")]
    actor = _actor(world, "koordination1")
    with world.noting() as session:
        for key in keys:
            proposal = take(session, actor, key)
        before = len(_mails(world, "suggestion_answer"))
        assert answer_accepted(session, proposal) == 1
    sent = _mails(world, "suggestion_answer")[before:]
    assert [mail.recipient for mail in sent] == ["wer@irgendwo.example"]
    assert "aufgegriffen" in sent[0].body
    moment = _stored(world, keys[0]).decided_at
    assert moment is not None
    assert now() - moment < timedelta(minutes=1)


def test_publishing_the_working_copy_tells_the_sender(world: Database) -> None:
    key = _send(world, mail="wer@irgendwo.example")
    actor = _actor(world, "koordination1")
    with world.noting() as session:
        proposal = take(session, actor, key)
        proposals.keep(session, actor, proposal.key, proposal.version, {"programme": "Ein anderes Programm"})
    with world.writing() as write:
        proposals.apply(write, actor, proposal.key, step="draft")
    assert len(_mails(world, "suggestion_answer")) == 1  # the receipt
    with world.writing() as write:
        outcome = proposals.apply(write, actor, proposal.key, step="publish")
    assert outcome.result == "published"
    answer = _mails(world, "suggestion_answer")[-1]
    assert "veröffentlicht" in answer.body
    assert "Hundesteuer" in answer.body
    with world.reading() as session:
        revision = session.exec(select(Revision).order_by(col(Revision.id).desc())).first()
    assert revision is not None
    assert spam.spoken(key) in revision.reason


def test_an_unknown_number_is_told_apart(world: Database) -> None:
    with pytest.raises(UnknownSuggestionError), world.noting() as session:
        decline(session, _actor(world, "leitung"), "Z" * 10, DecisionFields(answer="Weil es so ist."))


def test_the_inbox_is_paged_and_filtered(world: Database) -> None:
    keys = [
        _send(world, slug=None, text=f"{LONG} {number}", network=f"192.0.2.{number}", at=AT + timedelta(minutes=number))
        for number in range(30)
    ]
    leader = _actor(world, "leitung")
    with world.noting() as session:
        settle(session, leader, keys[3], SettlingFields())
    with world.reading() as session:
        first, count = suggestions_for(session, leader)
        second, _ = suggestions_for(session, leader, page=2)
        assert (len(first), len(second), count) == (25, 4, 29)
        assert first[0].suggestion.key == keys[0]
        decided, _ = suggestions_for(session, leader, shown=Shown.DECIDED)
        assert [row.suggestion.key for row in decided] == [keys[3]]
        found, _ = suggestions_for(session, leader, shown=Shown.ALL, number=spam.spoken(keys[7]).lower())
        assert [row.suggestion.key for row in found] == [keys[7]]
        assert suggestions_for(session, leader, shown=Shown.ALL, number="'; --")[1] == 0
        assert suggestions_for(session, leader, kind=SuggestionKind.CORRECTION)[1] == 0
