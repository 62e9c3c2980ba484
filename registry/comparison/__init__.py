"""Bundles side by side, their full cost over five years, and municipalities that are alike."""
