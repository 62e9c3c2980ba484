"""A fresh thing for each route of the office to act on: a version, a suggestion, a member, a link."""

import itertools
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Protocol

from flask import Flask, url_for
from sqlmodel import Session, col, select

from registry.accounts.enums import OrganisationKind, Role, TokenPurpose
from registry.accounts.models import Membership, OneTimeToken, Organisation, Person, StashedForm, WebSession
from registry.accounts.secrets import digest
from registry.accounts.sessions import actor_of, open_session
from registry.accounts.tokens import issue
from registry.adoption.changes import Change
from registry.adoption.declaring import DeclarationFields, declare
from registry.adoption.enums import Step
from registry.adoption.models import Adoption, AdoptionStep, ExperienceReport
from registry.adoption.task_operations import add_own_task
from registry.adoption.task_rules import Side
from registry.catalogue.enums import CapabilityKind, State
from registry.cooperation.models import SharedInterest
from registry.database import Database
from registry.editorial.enums import AnnouncementKind, ProposalState, SuggestionKind
from registry.editorial.models import Announcement, RevisionSet, SiteText, Suggestion
from registry.editorial.pending_imports import keep_import
from registry.editorial.proposals import begin
from registry.editorial.spam import new_key
from registry.editorial.stewardship import set_stewards
from registry.following.models import FollowedKind, Following
from registry.history import Author, Revision, record
from registry.moments import now
from registry.reuse.checklist.models import CheckGroup, ChecklistItemFields, Obligation
from registry.reuse.checklist.operations import add_item
from registry.reuse.models import Capability
from registry.reuse.operations import save_bundle, withdraw_bundle
from registry.reuse.queries import find_bundle
from registry.reuse.record import BundleRecord
from registry.search.operations import add_relation
from tests.office.world import person

Values = dict[str, Any]


class World(Protocol):
    """A site with accounts: that of page tests, or that of a real server."""

    @property
    def app(self) -> Flask:
        """Return the application."""

    @property
    def database(self) -> Database:
        """Return its database."""


_numbers = itertools.count(1)


def _fresh(name: str) -> str:
    return f"{name}-{next(_numbers)}"


def _organisation(session: Session) -> Organisation:
    return session.exec(select(Organisation).where(Organisation.slug == "stadt-soest")).one()


def _entry(office: World, state: State = State.PUBLISHED) -> Values:
    """Make an entry that Soest owns."""
    slug = _fresh("eintrag")
    values: Values = {"slug": slug, "title": "Ein Eintrag", "summary": "Ein Eintrag für die Prüfung der Rechte."}
    if state is not State.DRAFT:
        values |= {
            "ozg_services": [{"ozg_id": "10160", "basis": "named"}],
            "sources": [{"url": f"https://quelle.example/{slug}", "title": "Quelle"}],
        }
    with office.database.writing() as write:
        save_bundle(write, BundleRecord(**values, state=state), actor="prüfung")
        bundle = find_bundle(write.session, slug)
        assert bundle is not None
        set_stewards(write, bundle, _organisation(write.session).id, None, author=Author("prüfung"))
    return {"slug": slug}


def _draft(office: World) -> Values:
    return _entry(office, State.DRAFT)


def _withdrawn(office: World) -> Values:
    values = _entry(office)
    with office.database.writing() as write:
        withdraw_bundle(write, values["slug"], actor="prüfung", reason="abgelöst")
    return values


def _proposal(office: World, state: ProposalState) -> Values:
    slug = _entry(office)["slug"]
    with office.database.noting() as session:
        row = begin(session, actor_of(session, person(session, "editor")), slug)
        row.state = state
        row.values = {**row.values, "title": _fresh("Neuer Titel")}
        return {"key": row.key}


def _suggestion(office: World) -> Values:
    slug = _entry(office)["slug"]
    with office.database.noting() as session:
        bundle = find_bundle(session, slug)
        assert bundle is not None
        row = Suggestion(
            key=new_key(),
            kind=SuggestionKind.CORRECTION,
            bundle_id=bundle.id,
            title="Ein Hinweis",
            text="Die Adresse der Kontaktseite stimmt nicht mehr.",
        )
        session.add(row)
        return {"key": row.key}


def _member(office: World) -> Values:
    """Make an editor of Soest."""
    with office.database.noting() as session:
        one = Person(email=f"{_fresh('konto')}@soest.example", name="Weitere Redaktion")
        session.add(one)
        session.flush()
        organisation = _organisation(session)
        session.add(Membership(person_id=one.id or 0, organisation_id=organisation.id or 0, role=Role.EDITOR))
        return {"slug": organisation.slug, "person_id": one.id}


def _body(office: World) -> Values:
    """Make an organisation without entries and members."""
    with office.database.noting() as session:
        row = Organisation(slug=_fresh("stelle"), name=_fresh("Stelle"), kind=OrganisationKind.OTHER)
        session.add(row)
        return {"slug": row.slug}


def _invitation(office: World, *, as_admin: bool = False) -> Values:
    with office.database.noting() as session:
        organisation = _organisation(session)
        issue(
            session,
            TokenPurpose.INVITATION,
            email=f"{_fresh('einladung')}@soest.example",
            organisation_id=None if as_admin else organisation.id,
            role=None if as_admin else Role.EDITOR,
            as_admin=as_admin,
        )
        session.flush()
        number = session.exec(select(OneTimeToken.id).order_by(col(OneTimeToken.id).desc())).first()
        return {"number": number} if as_admin else {"slug": organisation.slug, "number": number}


def _token(office: World, purpose: TokenPurpose) -> Values:
    with office.database.noting() as session:
        one = person(session, "reader")
        return {"token": issue(session, purpose, email=one.email, person_id=one.id)}


def _following(office: World, *, confirmed: bool = True) -> Values:
    """Let the reader follow an OZG service, or ask for it."""
    with office.database.noting() as session:
        one = person(session, "reader")
        row = Following(
            email=one.email,
            kind=FollowedKind.OZG_SERVICE,
            target=_fresh("10160"),
            label="Eine OZG-Leistung",
            confirmed_at=now() if confirmed else None,
        )
        session.add(row)
        session.flush()
        purpose = TokenPurpose.FOLLOW_END if confirmed else TokenPurpose.FOLLOW_CONFIRM
        return {
            "number": row.id,
            "token": issue(
                session, purpose, email=one.email, created_by=f"following:{row.id}", lifetime=timedelta(days=1)
            ),
        }


def _set(office: World) -> Values:
    with office.database.noting() as session:
        actor = actor_of(session, person(session, "coordinator"))
        row = RevisionSet(key=_fresh("vorgang"), title="Ein Vorgang", actor=actor.key)
        session.add(row)
        return {"key": row.key}


def _announcement(office: World) -> Values:
    with office.database.writing() as write:
        row = Announcement(kind=AnnouncementKind.INFO, text="Ein Hinweis.", active=False)
        write.stamp(row)
        write.session.flush()
        return {"number": row.id}


def _relation(office: World) -> Values:
    with office.database.writing() as write:
        return {"number": add_relation(write, f"{_fresh('Wort')} -> Hundesteuer", actor="prüfung").id}


def _checklist_item(office: World) -> Values:
    with office.database.writing() as write:
        slug = _fresh("pruefpunkt")
        fields = ChecklistItemFields(
            slug=slug, group=CheckGroup.PAYMENT, obligation=Obligation.MUST, title=f"Anforderung {slug}"
        )
        return {"slug": add_item(write, fields, actor="prüfung").slug}


def _text(office: World) -> Values:
    with office.database.writing() as write:
        row = write.session.get(SiteText, "impressum") or SiteText(name="impressum", markdown="")
        before, row.markdown = {"markdown": row.markdown or None}, f"# Impressum\n\n{_fresh('Text')}"
        write.stamp(row)
        record(write, "site_text", "impressum", before, {"markdown": row.markdown}, actor="prüfung")
        return {"name": "impressum", "tick": write.tick}


def _version(office: World) -> Values:
    slug = _entry(office)["slug"]
    with office.database.reading() as session:
        query = select(Revision.tick).where(Revision.entity == "service_bundle", Revision.entity_key == slug)
        return {"slug": slug, "tick": session.exec(query.order_by(col(Revision.tick))).first()}


def _invitation_token(office: World) -> str:
    with office.database.noting() as session:
        mail = f"{_fresh('einladung')}@soest.example"
        return issue(
            session,
            TokenPurpose.INVITATION,
            email=mail,
            organisation_id=_organisation(session).id,
            role=Role.EDITOR,
        )


def _table(office: World) -> Values:
    with office.database.noting() as session:
        actor = actor_of(session, person(session, "coordinator"))
        return {"key": keep_import(session, actor, "tabelle.csv", [], _organisation(session).id)}


def _adoption(office: World) -> Values:
    """Let Soest declare that it reuses an entry of Wuppertal's."""
    slug = _entry(office)["slug"]
    today = date.today()
    with office.database.writing() as write:
        session = write.session
        bundle = find_bundle(session, slug)
        wuppertal = session.exec(select(Organisation.id).where(Organisation.slug == "stadt-wuppertal")).one()
        assert bundle is not None
        set_stewards(write, bundle, wuppertal, None, author=Author("prüfung"))
    with office.database.noting() as session:
        actor = actor_of(session, person(session, "coordinator"))
        fields = DeclarationFields(body="05974040", step=Step.INTEREST, day=today)
        row = declare(Change(session), actor, slug, fields, today=today)
        step = session.exec(select(AdoptionStep.id).where(AdoptionStep.adoption_id == row.id)).one()
        return {"key": row.key, "number": step}


def _own_task(office: World) -> Values:
    """Let the connection checklist of an adoption have an own task."""
    key = _adoption(office)["key"]
    with office.database.noting() as session:
        adoption = session.exec(select(Adoption).where(Adoption.key == key)).one()
        actor = actor_of(session, person(session, "editor"))
        task = add_own_task(session, actor, adoption, "Pressetermin abstimmen", Side.BOTH)
        session.flush()
        return {"key": key, "number": task.id}


def _piloted(office: World) -> Values:
    """Let an adoption be so far that there is something to report."""
    key = _adoption(office)["key"]
    with office.database.writing() as write:
        adoption = write.session.exec(select(Adoption).where(Adoption.key == key)).one()
        write.session.add(
            AdoptionStep(
                adoption_id=adoption.id or 0, step=Step.PILOT, day=date.today(), is_public=True, actor="prüfung"
            )
        )
    return {"key": key}


def _reported(office: World) -> Values:
    """Publish a report on an adoption."""
    key = _piloted(office)["key"]
    with office.database.writing() as write:
        adoption = write.session.exec(select(Adoption).where(Adoption.key == key)).one()
        write.stamp(ExperienceReport(adoption_id=adoption.id or 0, effort_days=3, is_public=True, as_of=date.today()))
    return {"key": key}


def _kept_form(office: World) -> Values:
    with office.database.noting() as session:
        row = StashedForm(
            key=_fresh("eingaben"), person_id=person(session, "editor").id or 0, path="/verwaltung", fields=[["a", "b"]]
        )
        session.add(row)
        return {"key": row.key}


def _session(office: World) -> Values:
    """Open a further session of the editor."""
    with office.database.noting() as session:
        token = open_session(session, person(session, "editor"), agent="Prüfung")
        session.flush()
        return {"number": session.exec(select(WebSession.id).where(WebSession.digest == digest(token))).one()}


def _interest(office: World) -> Values:
    """Make an interest of Soest that has ended: only one may be open."""
    with office.database.noting() as session:
        row = SharedInterest(ozg_id="10001", organisation_id=_organisation(session).id or 0, ended_at=now())
        session.add(row)
        session.flush()
        return {"number": row.id}


def _building_block(office: World) -> Values:
    slug = _fresh("baustein")
    with office.database.writing() as write:
        write.stamp(Capability(slug=slug, name=slug, kind=CapabilityKind.OTHER, added_here=True))
    return {"slug": slug}


_BY_ENDPOINT: Mapping[str, Callable[[World], Values]] = {
    "account.end_one": _session,
    "bulk.discard": _table,
    "bulk.dry_run": _table,
    "bulk.take_over": _table,
    "bulk.show_set": _set,
    "bulk.undo": _set,
    "editing.begin_copy": _entry,
    "editing.offer": lambda _: {"ozg_id": "10160"},
    "entries.discard": _draft,
    "entries.reinstate": _withdrawn,
    "followings.confirm": lambda office: _following(office, confirmed=False),
    "followings.confirming": lambda office: _following(office, confirmed=False),
    "people.member": _member,
    "people.remove": _member,
    "people.set_role": _member,
    "people.person": lambda office: {"person_id": _member(office)["person_id"]},
    "people.deactivate": _body,
    "people.reactivate": _body,
    "people.adopt": _body,
    "people.resend_invitation": _invitation,
    "people.withdraw_invitation": _invitation,
    "people.resend_administrator": lambda office: _invitation(office, as_admin=True),
    "people.withdraw_administrator": lambda office: _invitation(office, as_admin=True),
    "experience.hide": _reported,
    "quality.findings": lambda _: {"kind": "nachweise"},
    "quality.export": lambda _: {"kind": "nachweise"},
    "quality.leaving": lambda office: _token(office, TokenPurpose.DIGEST_END),
    "quality.leave": lambda office: _token(office, TokenPurpose.DIGEST_END),
    "sign_in.invitation": lambda office: {"token": _invitation_token(office)},
    "sign_in.new_password": lambda office: _token(office, TokenPurpose.PASSWORD_RESET),
    "sign_in.kept_form": _kept_form,
    "sign_in.drop_form": _kept_form,
    "reviewing.conflict": lambda office: _proposal(office, ProposalState.WORKING),
    "reviewing.settle": lambda office: _proposal(office, ProposalState.WORKING),
    "site.announcement": _announcement,
    "site.end": _announcement,
    "suggestions.thanks": _suggestion,
    "versions.index": _entry,
    "versions.show": _version,
    "versions.bring_back": _version,
}
_BY_BLUEPRINT: Mapping[str, Callable[[World], Values]] = {
    "adoptions": _adoption,
    "connection": _own_task,
    "experience": _piloted,
    "editing": lambda office: _proposal(office, ProposalState.WORKING),
    "reviewing": lambda office: _proposal(office, ProposalState.SUBMITTED),
    "entries": _entry,
    "followings": _following,
    "inbox": _suggestion,
    "interests": _interest,
    "people": lambda _: {"slug": "stadt-soest"},
    "site": _text,
    "suggestions": _entry,
    "words": _relation,
    "building_blocks": _building_block,
    "own_profile": lambda office: {"slug": "stadt-soest"},
    "checklist": _checklist_item,
}


def address(office: World, endpoint: str, arguments: set[str]) -> str:
    """Return an address of a route whose arguments name something that was made for this call."""
    if not arguments:
        values: Values = {}
    else:
        make = _BY_ENDPOINT.get(endpoint) or _BY_BLUEPRINT[endpoint.partition(".")[0]]
        values = {"step": "projekt", **make(office)}
        if "person_id" in arguments and "person_id" not in values:
            values = {"person_id": _member(office)["person_id"]}
    with office.app.test_request_context():
        return url_for(endpoint, **{name: value for name, value in values.items() if name in arguments})


def body(office: World, endpoint: str) -> dict[str, str]:
    """Return the form fields without which a route does not know what it is about."""
    if endpoint == "choosing.save":
        return {"stelle": "other"}
    if endpoint == "choosing.choose":
        with office.database.reading() as session:
            return {"stelle": str(_organisation(session).id)}
    if endpoint == "followings.change":
        return {"rhythm": "daily"}
    if endpoint == "followings.begin":
        return {"art": "bundle", "ziel": _entry(office)["slug"], "rhythm": "weekly"}
    if endpoint == "experience.store":
        return {"effort_days": "3", "as_of": date.today().isoformat()}
    if endpoint == "quality.judge":
        return {"eintrag": _entry(office)["slug"], "anderer": _entry(office)["slug"]}
    return {"version": "0", "tick": "1"} if endpoint == "reviewing.settle" else {}
