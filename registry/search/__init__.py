"""German full-text search over service bundles and OZG services. The only room that knows Whoosh."""
