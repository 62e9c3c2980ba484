"""`create_app(settings)`: the only place where the parts are wired together."""

from flask import Flask
from flask_compress import Compress
from jinja2 import StrictUndefined

from registry.database import Database
from registry.paths import resource_folder
from registry.search.service import SearchService
from registry.settings import Settings, load_settings
from registry.web.access import guard
from registry.web.api import api
from registry.web.health import register_health
from registry.web.office import register_office
from registry.web.pages import register_pages
from registry.web.problems import handle_errors
from registry.web.security import secure
from registry.web.security_log import log_refusals
from registry.web.services import EXTENSION, Services
from registry.web.static_files import serve_static_files


def create_app(settings: Settings | None = None) -> Flask:
    """Build the WSGI application; settings come from the environment unless given.

    The database must be migrated and loaded (`ozg-registry init`). Raises SettingsError
    for a bad environment.
    """
    settings = settings or load_settings()
    app = Flask("registry", template_folder=str(resource_folder("templates")), static_folder=None)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    app.config.update(
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_MIMETYPES=[
            "text/html",
            "text/plain",
            "application/json",
            "application/problem+json",
            "application/xml",
            "application/atom+xml",
            "application/opensearchdescription+xml",
        ],
    )
    database = Database(settings.database_url)
    app.extensions[EXTENSION] = Services(settings, database, SearchService(database, settings.index_dir))
    Compress(app)
    log_refusals(app)
    secure(app, settings)
    guard(app)
    handle_errors(app)
    register_health(app)
    register_pages(app)
    register_office(app)
    app.register_blueprint(api)
    serve_static_files(app, resource_folder("static"))
    return app
