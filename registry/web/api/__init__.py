"""The JSON API below /api/v1: reads for anyone, OpenAPI 3.1 generated from the models that validate."""

from registry.web.api import bundles, changes, municipalities, openapi, ozg_services, suggest
from registry.web.api.operations import api

__all__ = ["api", "bundles", "changes", "municipalities", "openapi", "ozg_services", "suggest"]
