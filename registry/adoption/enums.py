"""Closed lists of adoption."""

from registry.labels import Labelled


class Step(Labelled):
    """Where a reuse stands. The order of the members is the order of the way; the last two end it."""

    INTEREST = "interest", "Interesse bekundet"
    REVIEW = "review", "in Prüfung"
    CONTRACT = "contract", "Vertrag"
    CONNECTING = "connecting", "in Anbindung"
    PILOT = "pilot", "Pilot"
    PRODUCTIVE = "productive", "produktiv"
    ENDED = "ended", "beendet"
    ABANDONED = "abandoned", "verworfen"


FINAL = (Step.ENDED, Step.ABANDONED)
"""Steps after which a reuse is over; the reason stays as knowledge."""
ONGOING = tuple(one for one in Step if one not in FINAL)
"""Steps of a reuse that goes on, in their order."""
CLAIMABLE = (Step.CONNECTING, Step.PILOT, Step.PRODUCTIVE)
"""Steps of which others can know: what a body only considers, it says itself."""
ASKING = (Step.INTEREST, Step.REVIEW, Step.CONTRACT, Step.CONNECTING)
"""Steps at which a declaration asks something of the offering body."""


class Standing(Labelled):
    """How well a reuse is known. Only the adopting body or its provider confirms, and a confirmation expires."""

    CONFIRMED = "confirmed", "bestätigt"
    CLAIMED = "claimed", "behauptet"
    EXPIRED = "expired", "abgelaufen"


class RequestState(Labelled):
    """What the offering body says to somebody who wants to reuse its bundle."""

    OPEN = "open", "offen"
    ANSWERED = "answered", "beantwortet"
    DECLINED = "declined", "abgelehnt"


class TaskState(Labelled):
    """Where a task of the connection checklist stands."""

    OPEN = "open", "offen"
    DONE = "done", "erledigt"
    NOT_NEEDED = "not_needed", "nicht nötig"


class Again(Labelled):
    """Whether a body would reuse the bundle again."""

    YES = "yes", "ja"
    WITH_RESERVATIONS = "with_reservations", "mit Einschränkungen"
    NO = "no", "nein"
