"""The JSON API below /api/v1: reads for anyone, OpenAPI 3.1 generated from the models that validate."""

from registry.web.api import (
    adoptions,
    bundles,
    changes,
    comparison,
    coverage,
    figures,
    fit,
    municipalities,
    openapi,
    ozg_services,
    suggest,
)
from registry.web.api.operations import api

__all__ = [
    "adoptions",
    "api",
    "bundles",
    "changes",
    "comparison",
    "coverage",
    "figures",
    "fit",
    "municipalities",
    "openapi",
    "ozg_services",
    "suggest",
]
