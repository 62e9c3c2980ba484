"""What municipalities and their IT providers have: capability profiles, inherited and overridden."""
