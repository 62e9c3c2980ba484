"""Commands of `ozg-registry`, grouped by what they serve."""
