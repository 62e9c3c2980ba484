"""Closed lists of accounts."""

from registry.labels import Labelled


class OrganisationKind(Labelled):
    """What kind of body an organisation is."""

    MUNICIPALITY = "municipality", "Kommune"
    DISTRICT = "district", "Kreis"
    PROVIDER = "provider", "IT-Dienstleister"
    LAND = "land", "Land"
    OTHER = "other", "andere Stelle"


class Role(Labelled):
    """What a person may do for an organisation. Everyone may read, without an account."""

    EDITOR = "editor", "Redaktion"
    COORDINATOR = "coordinator", "OZG-Koordination"


class TokenPurpose(Labelled):
    """What a one-time link is for."""

    INVITATION = "invitation", "Einladung"
    PASSWORD_RESET = "password_reset", "neues Passwort"
    DIGEST_END = "digest_end", "Abbestellung"
    FOLLOW_CONFIRM = "follow_confirm", "Bestätigung einer Benachrichtigung"
    FOLLOW_END = "follow_end", "Ende von Benachrichtigungen"
