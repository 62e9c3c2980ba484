"""GET /openapi.json: OpenAPI 3.1, generated from the models that validate and shape the answers."""

import re
from functools import cache
from typing import Any

from flask import Response, jsonify
from pydantic.json_schema import models_json_schema

from registry import __version__
from registry.web.api.operations import OPERATIONS, NoQuery, Operation, api
from registry.web.services import services

_STATUS = {
    400: "Ein Parameter hat einen ungültigen Wert.",
    404: "Gibt es nicht.",
    410: "Der Eintrag wurde zurückgezogen.",
}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}


@cache
def document(site_name: str, base_url: str) -> dict[str, Any]:
    """Return the OpenAPI document of all operations registered so far."""
    answers = sorted({one.answer for one in OPERATIONS}, key=lambda model: model.__name__)
    _, shared = models_json_schema(
        [(model, "serialization") for model in answers], ref_template="#/components/schemas/{model}"
    )
    names = {model: model.__name__ for model in answers}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{site_name}: API",
            "version": __version__,
            "description": "Lesender Zugriff auf den Katalog wiederverwendbarer kommunaler Online-Dienste.",
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": f"{base_url}/api/v1"}],
        "paths": {_path(one.path): {"get": _get(one, names[one.answer])} for one in OPERATIONS},
        "components": {"schemas": {**shared.get("$defs", {}), "Problem": _PROBLEM}},
    }


def _path(rule: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


def _get(one: Operation, answer: str) -> dict[str, Any]:
    responses: dict[str, Any] = {
        "200": {
            "description": one.answer.__doc__ or "",
            "headers": {"ETag": {"schema": {"type": "string"}}},
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{answer}"}}},
        },
        "304": {"description": "Unverändert."},
    }
    for status in one.errors:
        responses[str(status)] = {
            "description": _STATUS[status],
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return {
        "operationId": one.name,
        "summary": one.summary,
        "parameters": [*_path_parameters(one.path), *_query_parameters(one)],
        "responses": responses,
    }


def _path_parameters(rule: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"<(?:\w+:)?(\w+)>", rule)
    ]


def _query_parameters(one: Operation) -> list[dict[str, Any]]:
    if one.query is NoQuery:
        return []
    schema = one.query.model_json_schema()
    definitions = schema.get("$defs", {})
    parameters = []
    for name, described in schema.get("properties", {}).items():
        kept = {key: value for key, value in described.items() if key not in ("title", "description")}
        if "$ref" in kept:
            kept = {**definitions[kept.pop("$ref").rsplit("/", 1)[1]], **kept}
        entry: dict[str, Any] = {"name": name, "in": "query", "required": False, "schema": kept}
        if "description" in described:
            entry["description"] = described["description"]
        parameters.append(entry)
    return parameters


@api.get("/openapi.json")
def openapi() -> Response:
    """Return the OpenAPI document."""
    settings = services().settings
    return jsonify(document(settings.site_name, settings.base_url))
