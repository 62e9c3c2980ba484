"""The OZG reuse registry: a catalogue of transferable municipal online services."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("ozg-registry")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0.0.0"
