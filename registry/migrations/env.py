"""Alembic environment: runs on the engine that registry.database hands over."""

from typing import Any, Literal

import sqlmodel
from alembic import context

import registry.accounts.models
import registry.adoption.models
import registry.catalogue.models
import registry.catalogue.reference
import registry.cooperation.models
import registry.editorial.models
import registry.following.models
import registry.history
import registry.leases
import registry.mail.models
import registry.profiles.models
import registry.reuse.checklist.models
import registry.reuse.costs
import registry.reuse.models
import registry.search.models  # noqa: F401
from registry.catalogue.values import Cents
from registry.moments import Moment

target_metadata = sqlmodel.SQLModel.metadata


def render_item(kind: str, item: Any, _autogen: object) -> str | Literal[False]:
    """Write our own column types into migrations as the plain type they store."""
    if kind == "type" and isinstance(item, Cents):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sqlmodel.AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def run() -> None:
    """Run the migrations on the engine in `config.attributes`."""
    engine = context.config.attributes["engine"]
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            render_item=render_item,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
