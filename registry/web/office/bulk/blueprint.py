"""The blueprint that the modules of this package share."""

from flask import Blueprint

bulk = Blueprint("bulk", __name__)
