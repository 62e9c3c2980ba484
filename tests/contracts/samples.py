"""A fresh thing for each route of the office to act on: a version, a suggestion, a member, a link."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from flask import Flask, url_for
from sqlmodel import Session, col, select

from registry.accounts.enums import OrganisationKind, Role, TokenPurpose
from registry.accounts.models import Membership, OneTimeToken, Organisation, Person, StashedForm, WebSession
from registry.accounts.secrets import digest
from registry.accounts.sessions import actor_of, open_session
from registry.accounts.tokens import issue
from registry.catalogue.enums import State
from registry.database import Database
from registry.editorial.enums import AnnouncementKind, ProposalState, SuggestionKind
from registry.editorial.models import Announcement, RevisionSet, SiteText, Suggestion
from registry.editorial.pending_imports import keep_import
from registry.editorial.proposals import begin
from registry.editorial.spam import new_key
from registry.editorial.stewardship import set_stewards
from registry.history import Author, Revision, record
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
    "editing": lambda office: _proposal(office, ProposalState.WORKING),
    "reviewing": lambda office: _proposal(office, ProposalState.SUBMITTED),
    "entries": _entry,
    "inbox": _suggestion,
    "people": lambda _: {"slug": "stadt-soest"},
    "site": _text,
    "suggestions": _entry,
    "words": _relation,
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
    if endpoint == "quality.judge":
        return {"eintrag": _entry(office)["slug"], "anderer": _entry(office)["slug"]}
    return {"version": "0", "tick": "1"} if endpoint == "reviewing.settle" else {}
