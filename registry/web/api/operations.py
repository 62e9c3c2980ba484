"""One declaration of an API operation serves routing, validation and the OpenAPI document."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.exceptions import NotFound

from registry.web.addresses import absolute
from registry.web.caching import follows_clock
from registry.web.problems import problem

api = Blueprint("api", __name__, url_prefix="/api/v1")


class Query(BaseModel):
    """Base of query parameters: unknown ones are ignored, bad ones answer 400."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class NoQuery(Query):
    """An operation without query parameters."""


@dataclass(frozen=True)
class Operation:
    """An operation as the OpenAPI document describes it. `path` is Flask's rule below /api/v1."""

    path: str
    name: str
    summary: str
    query: type[Query]
    answer: type[BaseModel]
    errors: tuple[int, ...]


OPERATIONS: list[Operation] = []


def operation(
    path: str,
    summary: str,
    *,
    query: type[Query] = NoQuery,
    answer: type[BaseModel],
    errors: tuple[int, ...] = (),
) -> Callable[[Callable[..., BaseModel | Response]], Callable[..., ResponseReturnValue]]:
    """Register a GET operation; the view gets the validated query first, then the path's values."""

    def decorate(view: Callable[..., BaseModel | Response]) -> Callable[..., ResponseReturnValue]:
        known = (400, *errors) if query is not NoQuery else errors
        OPERATIONS.append(Operation(path, view.__name__, summary, query, answer, known))

        @wraps(view)
        def wrapper(**values: str) -> ResponseReturnValue:
            try:
                parameters = query.model_validate(_parameters(query))
            except ValidationError as error:
                return problem(400, "Ein Parameter hat einen ungültigen Wert.", errors=_errors(error))
            result = view(parameters, **values)
            return result if isinstance(result, Response) else answer_json(result)

        api.add_url_rule(path, view.__name__, follows_clock(wrapper), methods=["GET"])
        return wrapper

    return decorate


def _parameters(query: type[Query]) -> dict[str, Any]:
    """Collect the request's parameters: repeated ones and comma lists as lists where the model wants them.

    PostgreSQL takes no NUL: it stands for a sign that nothing has.
    """
    found: dict[str, Any] = {}
    for name, field in query.model_fields.items():
        values = [value.replace("\x00", "\ufffd") for value in request.args.getlist(name)]
        if not values:
            continue
        if field.annotation == list[str]:
            found[name] = [part for value in values for part in value.split(",") if part][:50]
        else:
            found[name] = values[-1].strip() if name != "q" else values[-1]
    return found


def _errors(error: ValidationError) -> list[dict[str, str]]:
    return [
        {"parameter": ".".join(str(part) for part in one["loc"]), "detail": one["msg"].removeprefix("Value error, ")}
        for one in error.errors()
    ]


def answer_json(model: BaseModel, status: int = 200) -> Response:
    """Return a model as a JSON answer, decimals as numbers in text form, dates as ISO 8601."""
    response = current_app.response_class(model.model_dump_json(), status=status, mimetype="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def not_found(detail: str) -> NotFound:
    """Return a 404 whose problem detail is the German sentence `detail`."""
    error = NotFound()
    error.german = detail  # type: ignore[attr-defined]
    return error


def page_links(response: Response, page: int, pages: int) -> Response:
    """Add RFC 8288 Link headers for the pages around this one."""
    arguments = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]

    def link(number: int, relation: str) -> str:
        address = absolute(request.endpoint or "", **(request.view_args or {}))
        return f'<{address}?{urlencode([*arguments, ("page", str(number))])}>; rel="{relation}"'

    links = [link(1, "first"), link(pages, "last")]
    if page > 1:
        links.append(link(page - 1, "prev"))
    if page < pages:
        links.append(link(page + 1, "next"))
    response.headers["Link"] = ", ".join(links)
    return response


@api.after_request
def _open_to_browsers(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Link, Last-Modified"
    return response
