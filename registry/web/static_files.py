"""Static files: served by WhiteNoise, compressed beforehand, cached for a year under a versioned address."""

import hashlib
import os
from functools import cache
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise
from whitenoise.base import scantree

from registry.web.security import FILE_POLICY, HSTS

_YEAR = 365 * 24 * 60 * 60
_COMPRESSED = (".br", ".gz")


class StaticFiles(WhiteNoise):  # type: ignore[misc]  # the library ships no types
    """WhiteNoise that passes over a compressed copy older than its source, so that an edit is seen."""

    def update_files_dictionary(self, root: str, prefix: str) -> None:
        """Register all files below `root`; see WhiteNoise."""
        stats = dict(scantree(root))
        stale = {
            path
            for path in stats
            if path.endswith(_COMPRESSED) and path[:-3] in stats and stats[path].st_mtime < stats[path[:-3]].st_mtime
        }
        kept = {path: stat for path, stat in stats.items() if path not in stale}
        for path in kept:
            self.add_file_to_dictionary(prefix + path[len(root) :].replace(os.sep, "/"), path, stat_cache=kept)


def serve_static_files(app: Flask, folder: Path) -> None:
    """Serve `folder` below /static/ and give templates `static_url(name)`."""

    @cache
    def version(name: str) -> str:
        return hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]

    def static_url(name: str) -> str:
        """Return the address of a static file; it changes with the file's content."""
        return f"/static/{name}?v={version(name)}"

    app.add_template_global(static_url)
    app.wsgi_app = StaticFiles(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(folder),
        prefix="/static/",
        max_age=_YEAR,
        allow_all_origins=False,
        add_headers_function=lambda headers, _path, _url: _add(headers, app),
    )


def _add(headers: Headers, app: Flask) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Content-Security-Policy"] = FILE_POLICY
    if app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = HSTS
