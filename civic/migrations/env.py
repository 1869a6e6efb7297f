"""Alembic's entry: runs the scripts on the connection that `civic.migrations` hands in."""

from alembic import context

from civic.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
