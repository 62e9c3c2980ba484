"""The page of a service bundle."""

from flask import Blueprint, render_template

from registry.catalogue.enums import ParticipantRole, State
from registry.editorial.stewardship import stewards_of
from registry.reuse.completeness import completeness
from registry.reuse.models import AnswerFields
from registry.reuse.queries import bundle_cards, bundle_view
from registry.reuse.records import record_of
from registry.web.caching import follows_clock
from registry.web.identity import current_actor
from registry.web.pages.errors import public_bundle
from registry.web.panels import panels
from registry.web.services import reading, services

bundles = Blueprint("bundles", __name__)

SIMILAR = 4
ANSWER_GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("zielgruppe", "Zielgruppe", ("target_group", "main_beneficiaries")),
    (
        "praktische-uebertragbarkeit",
        "Praktische Übertragbarkeit",
        ("reusable_concepts", "free_solutions", "availability", "provision"),
    ),
    (
        "voraussetzungen",
        "Voraussetzungen",
        ("infrastructure", "participation_rights", "organisational_requirements", "required_knowledge"),
    ),
    ("kosten", "Kosten und Aufwand", ("funding_sources",)),
    ("nutzen", "Nutzen", ("direct_savings", "indirect_savings", "long_term_benefit", "third_party_benefit")),
    ("recht", "Recht", ("legal_basis", "bylaw_reference", "state_or_federal_law", "data_protection")),
    (
        "erfahrungen",
        "Erfahrungen und Projekt",
        ("experiences", "challenges", "alternatives", "timeline", "components", "stakeholders"),
    ),
)
"""Groups of the transferability profile in the order of the programme's „Konzeptabfrage“ (KDN)."""
QUESTIONS = {name: str(info.description) for name, info in AnswerFields.model_fields.items()}
DIMENSIONS = (
    ("legal", "Rechtlich"),
    ("organisational", "Organisatorisch"),
    ("technical", "Technisch"),
    ("financial", "Finanziell"),
)
GAP_SECTIONS = {
    "basics": "ueberblick",
    "ozg_mapping": "ozg-zuordnung",
    "project": "steckbrief",
    "transferability": "uebertragbarkeit",
    "requirements": "voraussetzungen",
    "costs": "kosten",
    "evidence": "nachweise",
}
"""Groups of the completeness score → the section of the page that shows their fields."""


@bundles.get("/buendel/<slug>")
@follows_clock
def show(slug: str) -> str:
    """Show an entry; withdrawn answers 410, anything else that is not public 404."""
    with reading() as session:
        bundle = public_bundle(session, slug)
        view = bundle_view(session, bundle)
        score = completeness(record_of(session, bundle))
        actor = current_actor()
        may_edit = actor.edits_anywhere and stewards_of(session, bundle.id).edited_by(actor)
        beside = panels(session, view)
        similar = bundle_cards(session, list(services().search.similar(slug))[:SIMILAR])
    return render_template(
        "bundles/show.html",
        view=view,
        bundle=bundle,
        profile=view.profile,
        completeness=score,
        similar=similar,
        panels=beside,
        groups=ANSWER_GROUPS,
        questions=QUESTIONS,
        dimensions=DIMENSIONS,
        gap_sections=GAP_SECTIONS,
        roles=ParticipantRole,
        may_edit=may_edit and bundle.state is State.PUBLISHED,
    )
