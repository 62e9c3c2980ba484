"""Serve a fresh world, to look at pages: `python -m tests.office.serve PORT` (SQLite, starter catalogue)."""

import sys
import tempfile
from pathlib import Path

from registry.app import create_app
from registry.database import Database
from registry.exchange.reference import load_reference
from registry.exchange.starter import load_starter
from registry.settings import Settings
from registry.web.services import EXTENSION
from tests.office.world import ROLES, fill, sign_in
from tests.web.site import KEY


def main() -> None:
    """Fill a database, print a sign-in cookie for each role, serve until interrupted."""
    from waitress import serve

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'world.db'}"
        database = Database(url)
        database.migrate()
        load_reference(database)
        load_starter(database)
        fill(database)
        database.dispose()
        app = create_app(Settings(database_url=url, index_dir=folder / "index", secret_key=KEY))
        for role in ROLES[1:]:
            client = app.test_client()
            sign_in(app, client, role)
            cookie = client.get_cookie("sitzung")
            print(role, f"sitzung={cookie.value if cookie else ''}", flush=True)  # noqa: T201
        print(f"http://127.0.0.1:{sys.argv[1]}/", flush=True)  # noqa: T201
        serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=4)
        app.extensions[EXTENSION].search.close()


if __name__ == "__main__":
    main()
