"""Outgoing mail: an outbox in the database, delivery by SMTP with back-off, addresses that bounce."""
