"""The work on entries: proposed versions, review, ownership, history, quality, bulk edits, suggestions, site texts."""
