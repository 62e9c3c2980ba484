"""Closed lists of the domain, with the German words that pages show for them.

The member's value is what database, API and files carry; `label` is for people.
"""

from registry.labels import Labelled


class State(Labelled):
    """Where an entry stands in the registry's own workflow."""

    DRAFT = "draft", "Entwurf"
    IN_REVIEW = "in_review", "in Prüfung"
    PUBLISHED = "published", "veröffentlicht"
    WITHDRAWN = "withdrawn", "zurückgezogen"
    ARCHIVED = "archived", "archiviert"


class Phase(Labelled):
    """Phase of the project behind a service bundle."""

    PREPARATION = "preparation", "Vorbereitung"
    CONCEPTION = "conception", "Konzeption"
    IMPLEMENTATION = "implementation", "Umsetzung"
    OPERATION = "operation", "Betrieb"
    COMPLETED = "completed", "Abgeschlossen"
    DISCONTINUED = "discontinued", "Eingestellt"


class Audience(Labelled):
    """Who uses the service."""

    CITIZENS = "citizens", "Bürgerinnen und Bürger"
    BUSINESSES = "businesses", "Unternehmen"
    ADMINISTRATION = "administration", "Verwaltung"


class SituationKind(Labelled):
    """Kind of a situation of the OZG catalogue."""

    LIFE = "life", "Lebenslage"
    BUSINESS = "business", "Unternehmenslage"


class MunicipalityKind(Labelled):
    """Position of a municipality in the administration of its Land."""

    INDEPENDENT_CITY = "independent_city", "kreisfreie Stadt"
    DISTRICT_MUNICIPALITY = "district_municipality", "kreisangehörig"


class FitsKind(Labelled):
    """Kinds of bodies that a bundle is meant for."""

    INDEPENDENT_CITY = "independent_city", "kreisfreie Städte"
    DISTRICT_MUNICIPALITY = "district_municipality", "kreisangehörige Städte und Gemeinden"
    DISTRICT = "district", "Kreise"


class Coverage(Labelled):
    """How much of an OZG service a bundle covers."""

    FULL = "full", "vollständig"
    PARTIAL = "partial", "teilweise"


class MappingBasis(Labelled):
    """How the mapping to an OZG service is known."""

    NAMED = "named", "in einer Quelle genannt"
    BY_MEANING = "by_meaning", "sinngemäß zugeordnet"


class ParticipantRole(Labelled):
    """Part that an organisation plays in a service bundle."""

    LEAD = "lead", "Federführung"
    PARTNER = "partner", "Partner"
    PROVIDER = "provider", "IT-Dienstleister"


class ReuseModel(Labelled):
    """How another municipality can use the bundle."""

    EFA = "efa", "Einer für Alle (zentral betrieben, Anschluss)"
    SHARED_OPERATION = "shared_operation", "Mitnutzung beim Betreiber"
    SELF_HOSTED_OPEN = "self_hosted_open", "Eigenbetrieb, quelloffen"
    SELF_HOSTED_LICENSED = "self_hosted_licensed", "Eigenbetrieb, lizenziert"
    BLUEPRINT = "blueprint", "Konzept oder Blaupause"


class ProcurementPath(Labelled):
    """Way to obtain the bundle (Bezugsweg)."""

    ADMINISTRATIVE_AGREEMENT = "administrative_agreement", "Verwaltungsabkommen"
    FIT_STORE = "fit_store", "FIT-Store-Nachnutzungsvertrag"
    EFA_MARKETPLACE = "efa_marketplace", "EfA-Marktplatz"
    PUBLIC_COOPERATION = "public_cooperation", "Interöffentliche Kooperation"
    OPEN_SOURCE = "open_source", "Open-Source-Lizenz"
    OWN_PROCUREMENT = "own_procurement", "Eigenbeschaffung"


class RequirementLevel(Labelled):
    """How strictly a bundle needs a capability."""

    MANDATORY = "mandatory", "zwingend"
    RECOMMENDED = "recommended", "empfohlen"


class LinkKind(Labelled):
    """What a link of an entry leads to."""

    WEBSITE = "website", "Website"
    ONLINE_SERVICE = "online_service", "Online-Dienst"
    DEMO = "demo", "Demo"
    REPOSITORY = "repository", "Quellcode"
    DOCUMENTATION = "documentation", "Dokumentation"
    REPORT = "report", "Bericht"


class CapabilityKind(Labelled):
    """Kind of a building block that a bundle needs and a municipality has."""

    PORTAL = "portal", "Portal"
    USER_ACCOUNT = "user_account", "Nutzerkonto"
    PAYMENT = "payment", "Bezahldienst"
    FORM_SERVER = "form_server", "Formularserver"
    SPECIALIST_APPLICATION = "specialist_application", "Fachverfahren"
    DMS = "dms", "DMS/E-Akte"
    TRANSPORT = "transport", "Transport und Routing"
    STANDARD = "standard", "Standard"
    OTHER = "other", "Weitere"
