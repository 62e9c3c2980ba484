"""Municipalities that want to realise the same OZG service find each other."""
