"""The operator's own look: accent colour as a style sheet, logo."""

import hashlib
from pathlib import Path

from flask import Blueprint, Response

from registry.settings import Settings
from registry.web.pages.errors import PageNotFound
from registry.web.services import services

branding = Blueprint("branding", __name__)

MIN_CONTRAST = 4.5
"""Contrast of text with its background, WCAG 2.2, success criterion 1.4.3."""
_YEAR = "public, max-age=31536000, immutable"
_LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


def contrast_with_white(colour: str) -> float:
    """Return the contrast ratio of `#rrggbb` with white (WCAG 2.2, relative luminance)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)


def accent_styles(colour: str) -> str:
    """Return the style sheet for an accent colour.

    It always colours lines and marks; links and buttons of the light theme only when it
    is readable there. The dark theme keeps KERN's own.
    """
    styles = f":root{{--registry-accent:{colour}}}\n"
    if contrast_with_white(colour) >= MIN_CONTRAST:
        light = f"--kern-color-action-default:{colour}"
        styles += (
            f"@media (prefers-color-scheme:light){{:root:not([data-kern-theme=dark]){{{light}}}}}\n"
            f":root[data-kern-theme=light]{{{light}}}\n"
        )
    return styles


def version(settings: Settings) -> str:
    """Return what changes with colour and logo, for addresses that are cached for long; empty: neither is set."""
    if not settings.accent_colour and not settings.logo:
        return ""
    digest = hashlib.sha256(settings.accent_colour.encode())
    if settings.logo:
        digest.update(settings.logo.read_bytes())
    return digest.hexdigest()[:12]


@branding.get("/gestaltung.css")
def styles() -> Response:
    """Return the accent colour as a style sheet, 404 when none is set."""
    colour = services().settings.accent_colour
    if not colour:
        raise PageNotFound("Es ist keine eigene Farbe eingerichtet.")
    return Response(accent_styles(colour), content_type="text/css; charset=utf-8", headers={"Cache-Control": _YEAR})


@branding.get("/logo")
def logo() -> Response:
    """Return the operator's logo, 404 when none is set."""
    file: Path | None = services().settings.logo
    if file is None or file.suffix.lower() not in _LOGO_TYPES:
        raise PageNotFound("Es ist kein Logo eingerichtet.")
    content_type = _LOGO_TYPES[file.suffix.lower()]
    return Response(file.read_bytes(), content_type=content_type, headers={"Cache-Control": _YEAR})
