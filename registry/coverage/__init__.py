"""Which OZG services have a transferable bundle and which are productive where."""
