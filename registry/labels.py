"""Closed lists whose members carry a German label."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """A string enumeration whose members carry a German label: `NAME = value, label`."""

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        """Build a member from its value and its label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
