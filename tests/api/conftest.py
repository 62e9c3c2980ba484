"""An application on the starter catalogue with a real index, shared by the tests of a module."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registry.app import create_app
from registry.database import Database
from registry.settings import Settings
from registry.web.services import EXTENSION

Get = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def application(shared_catalogue: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder: Path = tmp_path_factory.mktemp("api")
    settings = Settings(
        database_url=shared_catalogue.url,
        index_dir=folder / "index",
        secret_key="k" * 32,
        base_url="https://registry.test",
    )
    app = create_app(settings)
    app.config["TESTING"] = True
    yield app
    app.extensions[EXTENSION].search.close()
    app.extensions[EXTENSION].database.dispose()


@pytest.fixture
def client(application: Flask) -> FlaskClient:
    return application.test_client()


@pytest.fixture
def get(client: FlaskClient) -> Callable[..., Any]:
    """Return a function that fetches a path of the API and returns its JSON, after checking the status."""

    def fetch(path: str, status: int = 200, **parameters: Any) -> Any:
        response = client.get(f"/api/v1{path}", query_string=parameters or None)
        assert response.status_code == status, response.get_data(as_text=True)
        return response.get_json(force=True)

    return fetch
