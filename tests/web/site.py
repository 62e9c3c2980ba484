"""The site on the starter catalogue, with a real index; and every kind of page that it has."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from flask import Flask

from registry.app import create_app
from registry.database import Database
from registry.search.service import SearchService
from registry.settings import Settings
from registry.web.services import EXTENSION

KEY = "k" * 32

PAGES = {
    "start": "/",
    "search": "/suche",
    "search with text": "/suche?q=wohngeld",
    "search with filters": "/suche?themenfeld=bauen-und-wohnen&zielgruppe=citizens&sortierung=titel",
    "search without hits": "/suche?q=qqqxyzzy",
    "search for OZG services": "/suche?art=ozg&q=hund+anmelden",
    "direct hit": "/suche?q=10160",
    "bundle": "/buendel/hundesteuer-soest",
    "OZG catalogue": "/ozg",
    "topic field": "/themenfelder/familie-und-kind",
    "OZG service with bundles": "/ozg/10160",
    "OZG service without bundle": "/ozg/10001",
    "LeiKa service": "/leika/99110009104000",
    "municipalities": "/kommunen",
    "municipality with bundles": "/kommunen/05974040",
    "municipality without bundle": "/kommunen/05162004",
    "Kreis": "/kommunen/05974",
    "taking part": "/mitmachen",
    "suggesting a bundle": "/mitmachen/neues-buendel",
    "suggesting a correction": "/buendel/hundesteuer-soest/hinweis",
    "about": "/ueber",
    "criteria": "/aufnahmekriterien",
    "Impressum": "/impressum",
    "Datenschutz": "/datenschutz",
    "Barrierefreiheit": "/barrierefreiheit",
}
"""Every kind of page by an address that answers 200."""


class Copies(Protocol):
    """Where a copy of the filled database comes from (tests/conftest.py)."""

    def copy(self, template: str) -> tuple[str, Callable[[], None]]:
        """Return the address of a fresh copy of a template, and what removes it."""


_prepared: dict[str, Path] = {}


def prepared_index(store: Copies, template: str) -> Path:
    """Return a folder with the index of a database template, built once a run: sites begin with a copy of it."""
    if template not in _prepared:
        folder = Path(tempfile.mkdtemp(prefix="registry-index-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        url, remove = store.copy(template)
        database = Database(url)
        search = SearchService(database, folder)
        search.catch_up()
        search.close()
        database.dispose()
        remove()
        _prepared[template] = folder
    return _prepared[template]


@contextmanager
def open_site(store: Copies, template: str, folder: Path, **settings: Any) -> Iterator[Flask]:
    """Yield an application on its own copy of a database template."""
    url, remove = store.copy(template)
    shutil.copytree(prepared_index(store, template), folder / "index", dirs_exist_ok=True)
    app = create_app(Settings(database_url=url, index_dir=folder / "index", secret_key=KEY, **settings))
    app.config["TESTING"] = True
    yield app
    app.extensions[EXTENSION].search.close()
    app.extensions[EXTENSION].database.dispose()
    remove()
