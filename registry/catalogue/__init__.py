"""What the registry catalogues: OZG services, municipalities, providers, service bundles."""
