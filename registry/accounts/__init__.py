"""People, organisations, roles: who may do what; sign-in, sessions, tokens, the audit log."""
