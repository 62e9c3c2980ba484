"""What a button of the form of a step asks for beside saving. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from registry.reuse.records import LISTS
from registry.web.editing.steps import KEYS

NEXT = "naechster"
"""Value of „Speichern und weiter“."""
_INSIDE = ("mehr", "entfernen", "vorschau", "suche", "leistung")


@dataclass(frozen=True)
class Action:
    """What a button of the form asks for beside saving."""

    verb: str
    argument: str = ""
    number: int = 0

    @property
    def stays(self) -> bool:
        """Tell whether the page comes again whatever is wrong: somebody is in the middle of something."""
        return self.verb in _INSIDE


def action_of(form: Mapping[str, str]) -> Action:
    """Return what the pressed button says; one that no page has means saving."""
    if (goal := form.get("weiter", "")) == NEXT or goal in KEYS:
        return Action("weiter", goal)
    verb, _, rest = form.get("tun", "").partition(":")
    argument, _, number = rest.partition(":")
    known = argument in LISTS or verb in ("vorschau", "leistung")
    if verb not in _INSIDE or (rest and not known):
        return Action("speichern")
    is_number = number.isascii() and number.isdigit() and len(number) < 5
    return Action(verb, argument[:100], int(number) if is_number else 0)
