"""What needs work: computed from the entries whenever somebody looks, never stored, so that it cannot go stale."""
