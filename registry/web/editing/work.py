"""A working copy on its editing pages: found, saved, drawn. The one module here that knows the application."""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlmodel import Session

from registry.catalogue.bodies import bodies
from registry.catalogue.enums import State
from registry.catalogue.queries import OzgServicePage, OzgServiceRow, ozg_service
from registry.editorial.applying import StaleProposalError, UnknownProposalError
from registry.editorial.copies import Copy, copy_of, free_slug
from registry.editorial.models import Proposal
from registry.editorial.proposals import keep
from registry.editorial.values import slug_from
from registry.reuse.checklist.queries import all_items
from registry.reuse.choices import capability_choices, capability_names, checklist_choices, maturity_choices
from registry.search.contract import Kind, SearchRequest
from registry.web.editing.checking import Checked, check
from registry.web.editing.parties import Directory, Party
from registry.web.editing.steps import STEPS, Step
from registry.web.editing.views import Drawing, SectionView
from registry.web.editing.windows import Clash, settle
from registry.web.editing.words import item_name
from registry.web.identity import current_actor
from registry.web.pages.errors import PageNotFound
from registry.web.searching import find_ozg_services
from registry.web.services import catalogue_tick, reading, services

_EXTENSION = "registry-directory"
_LOCK = threading.Lock()
_HINTS = {"municipality": "AGS {}", "district": "Kreisschlüssel {}", "provider": "IT-Dienstleister"}
FOUND_SERVICES = 8
MAX_SEARCH = 200


class ClashError(Exception):
    """Another window changed the same fields: `clashes` holds both sides, `copy` is what is stored."""

    def __init__(self, proposal: Proposal, clashes: list[Clash]) -> None:
        super().__init__("Dieselben Felder wurden in einem anderen Fenster geändert.")
        self.proposal = proposal
        self.clashes = clashes


@dataclass
class Drawn:
    """A step as a page shows it."""

    sections: list[SectionView]
    checked: Checked
    errors: dict[str, str]
    slug: str
    steps: list[tuple[Step, str]] = field(default_factory=list)


def directory() -> Directory:
    """Return all bodies that can take part, read once a tick."""
    tick = catalogue_tick()
    with _LOCK:
        found = current_app.extensions.get(_EXTENSION)
    if found is not None and found[0] == tick:
        return found[1]  # type: ignore[no-any-return]
    with reading() as session:
        fresh = Directory(
            Party(one.kind, one.key, one.name, one.plain_name, _HINTS[one.kind].format(one.key))
            for one in bodies(session)
        )
    with _LOCK:
        current_app.extensions[_EXTENSION] = (tick, fresh)
    return fresh


def open_copy(session: Session, key: str) -> Copy:
    """Return the working copy with this key. Raises PageNotFound when it is not for this person to see."""
    try:
        return copy_of(session, current_actor(), key)
    except UnknownProposalError as error:
        raise PageNotFound(str(error)) from None


def save(
    key: str, version: int, changes: Mapping[str, Any], seen: str = "", choices: Mapping[str, str] | None = None
) -> Proposal:
    """Save what was typed; what another window saved meanwhile in other fields stays.

    Raises ClashError, NotAllowedError, FieldsRefusedError, PageNotFound.
    """
    actor = current_actor()
    try:
        with services().database.noting() as session:
            try:
                if not choices:
                    return keep(session, actor, key, version, changes)
                stored = copy_of(session, actor, key).proposal
            except StaleProposalError as stale:
                stored = stale.current
            held, clashes = settle(changes, stored.values, seen, choices or {})
            if clashes:
                raise ClashError(stored, clashes)
            return keep(session, actor, key, stored.version, held) if held else stored
    except UnknownProposalError as error:
        raise PageNotFound(str(error)) from None


def look(values: Mapping[str, Any], state: State = State.DRAFT) -> Checked:
    """Return what is wrong in a working copy and how complete it is."""
    with reading() as session:
        return check(session, values, directory(), state=state)


def draw(
    copy: Copy,
    step: Step,
    values: Mapping[str, Any],
    *,
    errors: Mapping[str, str] | None = None,
    all_errors: bool = False,
    previews: Collection[str] = (),
    fresh_row: str = "",
) -> Drawn:
    """Return a step ready to show. Without `all_errors` what is merely missing is not held against anybody yet."""
    with reading() as session:
        checked = check(session, values, directory())
        found = {one.path: one.reason for one in reversed(checked.of(step)) if all_errors or not one.missing}
        found |= errors or {}
        slug = proposed_slug(session, values) if copy.is_new else copy.slug or ""
        drawing = Drawing(
            directory=directory(),
            capabilities=capability_choices(session) if "requirements" in step.paths else (),
            levels=maturity_choices(session) if "maturity" in step.paths else (),
            checklist=checklist_choices(session) if "checks" in step.paths else (),
            retired_items=_retired_items(session) if "checks" in step.paths else {},
            services=chosen_services(session, values) if "ozg_services" in step.paths else {},
            errors=found,
            previews=previews,
            new=copy.is_new,
            fresh_row=fresh_row,
            slug_hint=slug,
        )
        sections = drawing.sections(step, values)
    order = [path for section in sections for path in _paths(section)]
    sorted_errors = dict(sorted(found.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order)))
    return Drawn(sections, checked, sorted_errors, slug, [(one, checked.state_of(one)) for one in STEPS])


def proposed_slug(session: Session, values: Mapping[str, Any]) -> str:
    """Return the address name made from the title and the place that leads, empty without a title."""
    name = slug_from(str(values.get("title") or ""))
    if not name:
        return ""
    known = directory()
    for row in values.get("participants") or []:
        if isinstance(row, Mapping) and row.get("role") == "lead":
            party = next((known.known(f"{kind}:{row[kind]}") for kind in _HINTS if row.get(kind)), None)
            place = slug_from(party.plain_name if party else str(row.get("name") or ""))
            if place and place not in name:
                name = f"{name[: max(1, 99 - len(place))].strip('-')}-{place}"
            break
    return free_slug(session, name[:96].strip("-"))


def chosen_services(session: Session, values: Mapping[str, Any]) -> dict[str, OzgServicePage]:
    """Return the mapped OZG services with their LeiKa services, by number."""
    ids = {str(row.get("ozg_id")) for row in values.get("ozg_services") or [] if isinstance(row, Mapping)}
    pages = ((ozg_id, ozg_service(session, ozg_id)) for ozg_id in sorted(ids) if ozg_id.isdigit() and len(ozg_id) == 5)
    return {ozg_id: page for ozg_id, page in pages if page is not None}


def names_in(session: Session, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of the mapped OZG services, of all building blocks and of all items of the checklist."""
    names = capability_names(session)
    names |= {item_name(one.slug): one.title for one in all_items(session)}
    return names | {ozg_id: page.service.name for ozg_id, page in chosen_services(session, values).items()}


def _retired_items(session: Session) -> dict[str, str]:
    return {one.slug: one.title for one in all_items(session) if one.retired}


def found_services(text: str) -> list[OzgServiceRow]:
    """Return the OZG services that a text finds, by the registry's own search; a number finds its service."""
    text = " ".join(text.split())[:MAX_SEARCH]
    if not text:
        return []
    return [row for _, row in find_ozg_services(SearchRequest(Kind.OZG_SERVICE, text, per_page=FOUND_SERVICES)).rows]


def service_row(ozg_id: str, number: int) -> Any:
    """Return the row of an OZG service that somebody adds. Raises PageNotFound for an unknown one."""
    with reading() as session:
        page = ozg_service(session, ozg_id)
        if page is None:
            raise PageNotFound("Diese OZG-Leistung gibt es nicht.")
        drawing = Drawing(directory=directory(), services={ozg_id: page})
        return drawing.row("ozg_services", str(number), {"ozg_id": ozg_id, "leika_keys": []})


def _paths(section: SectionView) -> list[str]:
    if section.list is None:
        return [one.path for one in section.fields]
    paths = [section.list.name]
    for row in section.list.rows:
        paths += [f"{section.list.name}.{row.number}", *(one.path for one in row.fields)]
        paths += [one.path for one in (row.party, row.leika) if one is not None]
    return paths
