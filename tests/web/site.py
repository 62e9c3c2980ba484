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
    "following": "/folgen",
    "following a bundle": "/folgen?art=bundle&ziel=hundesteuer-soest",
    "figures over time": "/zahlen",
    "comparison": "/vergleich?b=hundesteuer-soest&b=wohngeld-wuppertal&einwohner=49211",
    "comparison, nothing chosen": "/vergleich",
    "comparison, choosing one more": "/vergleich?b=hundesteuer-soest&q=hund",
    "municipalities that are alike": "/nachnutzung/kommunen-wie-wir?kommune=05974040",
    "municipalities that are alike, none chosen": "/nachnutzung/kommunen-wie-wir",
    "realising together": "/nachnutzung/gemeinsam",
    "realising one service together": "/nachnutzung/gemeinsam?ozg=10001",
    "coverage": "/abdeckung",
    "coverage, narrowed": "/abdeckung?themenfeld=bauen-und-wohnen&typ=2%2F3&bezirk=Arnsberg&zustand=produktiv",
    "coverage of a municipality": "/kommunen/05974040/abdeckung",
    "map": "/karte",
    "map of coverage": "/karte?zeige=abdeckung&bezirk=Arnsberg&sortierung=wert",
    "map of a bundle": "/karte?zeige=buendel&buendel=hundesteuer-soest",
    "map of no bundle": "/karte?zeige=buendel",
    "fit report": "/buendel/einbuergerung-solingen/passung?kommune=05974040",
    "fit report of nobody": "/buendel/einbuergerung-solingen/passung",
    "bundles by fit": "/nachnutzung/uebernehmen?kommune=05974040",
    "bundles that a building block opens": "/nachnutzung/uebernehmen?kommune=05974040&baustein=servicekonto-nrw",
    "bundles by fit of nobody": "/nachnutzung/uebernehmen",
    "search by fit without a profile": "/suche?q=wohngeld&sortierung=passung",
    "reuse": "/nachnutzung",
    "picking a body for a profile": "/nachnutzung/profil",
    "profile of a visitor": "/nachnutzung/profil?stelle=municipality:05974040",
    "profile of a body outside the register": "/nachnutzung/profil?stelle=other",
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
