"""Errors that pages raise; registry.web.problems renders them with templates/errors/error.html."""

from werkzeug.exceptions import Gone, NotFound


class PageNotFound(NotFound):
    """404 with a German sentence."""

    def __init__(self, german: str) -> None:
        super().__init__()
        self.german = german


class PageGone(Gone):
    """410 with a German sentence and, where there is one, the slug of the successor."""

    def __init__(self, german: str, successor: str | None = None) -> None:
        super().__init__()
        self.german = german
        self.successor = successor
