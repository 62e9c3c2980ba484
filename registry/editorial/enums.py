"""Closed lists of the work on entries."""

from registry.labels import Labelled


class ProposalState(Labelled):
    """Where a proposed version stands."""

    WORKING = "working", "in Arbeit"
    SUBMITTED = "submitted", "in Prüfung"
    RETURNED = "returned", "zurückgegeben"
    SCHEDULED = "scheduled", "zur Veröffentlichung vorgemerkt"
    ACCEPTED = "accepted", "übernommen"
    DECLINED = "declined", "abgelehnt"
    DISCARDED = "discarded", "verworfen"


class SuggestionKind(Labelled):
    """What somebody without an account proposes."""

    CORRECTION = "correction", "Berichtigung"
    NEW_BUNDLE = "new_bundle", "neues Bündel"


class SuggestionState(Labelled):
    """Where a suggestion stands."""

    OPEN = "open", "offen"
    TAKEN = "taken", "aufgegriffen"
    SETTLED = "settled", "erledigt"
    DECLINED = "declined", "abgelehnt"


class AnnouncementKind(Labelled):
    """How an announcement looks."""

    INFO = "info", "Hinweis"
    WARNING = "warning", "Warnung"
