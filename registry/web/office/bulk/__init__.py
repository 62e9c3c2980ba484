"""Bulk edits: select many, change one field, preview, apply, undo; and the spreadsheet round trip."""

from registry.web.office.bulk import choosing, revision_sets, spreadsheet
from registry.web.office.bulk.blueprint import bulk

__all__ = ["bulk", "choosing", "revision_sets", "spreadsheet"]
