"""Which updates were answered; what was given up is counted and listed without a look at all that was ever sent."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("handled_update", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answered", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    dead = sa.text("state = 'dead'")
    op.create_index("ix_outbox_dead", "outbox", ["id"], sqlite_where=dead, postgresql_where=dead)


def downgrade() -> None:
    """Go down."""
    op.drop_index("ix_outbox_dead", table_name="outbox")
    with op.batch_alter_table("handled_update", schema=None) as batch_op:
        batch_op.drop_column("answered")
