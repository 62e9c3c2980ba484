"""What the operations on entries refuse, as pages: each error with its status and its German sentence."""

import logging

from flask import Blueprint, Response, current_app
from werkzeug.exceptions import BadRequest, Conflict

from registry.catalogue.rules import StateConflictError
from registry.editorial.applying import FieldsRefusedError, StaleProposalError, UnknownProposalError
from registry.editorial.reviewing import AlreadyDecidedError
from registry.editorial.stewardship import HandOverError
from registry.editorial.versions import UnknownVersionError
from registry.reuse.operations import UnknownEntryError
from registry.web.pages.errors import PageNotFound
from registry.web.security_log import place

log = logging.getLogger(__name__)

UNKNOWN = (UnknownProposalError, UnknownVersionError, UnknownEntryError)
OVERTAKEN = (AlreadyDecidedError, StaleProposalError, HandOverError, StateConflictError)


class PageConflict(Conflict):
    """409 with a German sentence."""

    def __init__(self, german: str) -> None:
        super().__init__()
        self.german = german


class PageBadRequest(BadRequest):
    """400 with a German sentence."""

    def __init__(self, german: str) -> None:
        super().__init__()
        self.german = german


def answer_refusals(blueprint: Blueprint) -> None:
    """Let the application of `blueprint` answer what the operations on entries refuse, on every page."""
    for unknown in UNKNOWN:
        blueprint.app_errorhandler(unknown)(_not_found)
    for overtaken in OVERTAKEN:
        blueprint.app_errorhandler(overtaken)(_conflict)
    blueprint.app_errorhandler(FieldsRefusedError)(_refused)


def _not_found(error: Exception) -> Response:
    return _page(PageNotFound(str(error)))


def _conflict(error: Exception) -> Response:
    return _page(PageConflict(str(error)))


def _refused(error: Exception) -> Response:
    log.warning("refused fields at %s: %s", place(), error)
    return _page(PageBadRequest(str(error)))


def _page(error: PageNotFound | PageConflict | PageBadRequest) -> Response:
    return current_app.make_response(current_app.handle_http_exception(error))
