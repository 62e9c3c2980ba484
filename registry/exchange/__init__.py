"""Loaders, importers and exporters, one module a format."""
