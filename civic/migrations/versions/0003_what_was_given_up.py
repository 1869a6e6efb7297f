"""What was given up is counted and listed without a look at all that was ever sent."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    dead = sa.text("state = 'dead'")
    op.create_index("ix_outbox_dead", "outbox", ["id"], sqlite_where=dead, postgresql_where=dead)


def downgrade() -> None:
    """Go down."""
    op.drop_index("ix_outbox_dead", table_name="outbox")
