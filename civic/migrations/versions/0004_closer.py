"""How often people like to hear from us, and what organisers do in the chat."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rhythm", sa.String(), server_default="at_once", nullable=False))
        batch_op.create_check_constraint(op.f("ck_person_rhythm"), "rhythm IN ('at_once', 'weekly')")


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_person_rhythm"), type_="check")
        batch_op.drop_column("rhythm")
