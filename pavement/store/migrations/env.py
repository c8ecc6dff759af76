"""Alembic's entry: migrate over the connection that the store opened."""

from alembic import context

from pavement.store.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
