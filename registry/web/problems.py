"""Errors: RFC 9457 problem details below /api/, German pages elsewhere."""

import logging

from flask import Flask, Response, current_app, jsonify, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError

from registry.web.security_log import place

log = logging.getLogger(__name__)

MESSAGES: dict[int, tuple[str, str]] = {
    400: ("Ungültige Anfrage", "Die Anfrage ist nicht verständlich. Bitte prüfen Sie die Adresse oder Ihre Eingabe."),
    401: ("Anmeldung nötig", "Bitte melden Sie sich an."),
    403: ("Nicht erlaubt", "Für diese Seite fehlt die Berechtigung."),
    404: ("Seite nicht gefunden", "Unter dieser Adresse gibt es nichts. Bitte prüfen Sie die Schreibweise."),
    405: ("Methode nicht erlaubt", "Diese Adresse nimmt solche Anfragen nicht an."),
    410: ("Eintrag zurückgezogen", "Dieser Eintrag wurde zurückgezogen und ist nicht mehr öffentlich."),
    409: ("Zwischenzeitlich geändert", "Der Eintrag wurde inzwischen von anderer Stelle geändert."),
    413: ("Anfrage zu groß", "Die gesendeten Daten sind zu umfangreich."),
    414: ("Adresse zu lang", "Die Adresse ist zu lang. Bitte kürzen Sie Ihre Suchanfrage."),
    429: ("Zu viele Anfragen", "Bitte warten Sie einen Augenblick und versuchen Sie es dann erneut."),
    500: (
        "Interner Fehler",
        "Es ist ein Fehler aufgetreten. Er wurde aufgezeichnet; bitte versuchen Sie es später erneut.",
    ),
    503: ("Zurzeit nicht verfügbar", "Der Dienst ist gerade nicht erreichbar. Bitte versuchen Sie es später erneut."),
}
PROBLEM = "application/problem+json"


def handle_errors(app: Flask) -> None:
    """Register the error answers for `app`."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def problem(status: int, detail: str | None = None, **members: object) -> Response:
    """Return an RFC 9457 problem details answer with German title and detail."""
    title, text = MESSAGES.get(status, ("Fehler", "Die Anfrage ist fehlgeschlagen."))
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail or text, "instance": request.path}
    response = jsonify({**body, **members})
    response.status_code = status
    response.mimetype = PROBLEM
    return response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None and error.code is None:
        return _own(error.response)
    if 300 <= status < 400:  # a redirect raised as an exception
        return _own(error.get_response())
    detail = getattr(error, "german", None)
    if request.path.startswith("/api/"):
        answer = problem(status, detail)
    else:
        title, text = MESSAGES.get(status, MESSAGES[400] if status < 500 else MESSAGES[500])
        successor = getattr(error, "successor", None)
        page = render_template(
            "errors/error.html", status=status, title=title, text=detail or text, successor=successor
        )
        answer = Response(page, status=status, mimetype="text/html")
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer


def _own(response: object) -> Response:
    return current_app.make_response(response)  # type: ignore[arg-type]


def _unexpected(error: Exception) -> Response:
    log.exception("unexpected error at %s", place())
    return _http_error(InternalServerError(original_exception=error))
