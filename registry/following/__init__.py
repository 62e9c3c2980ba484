"""Following searches, bundles, OZG services and municipalities: mail digests and feeds."""
