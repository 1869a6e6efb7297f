"""What people were told of their needs; updates that organisers are writing."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "update_draft",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("commitment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column("evidence", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitment.id"], name=op.f("fk_update_draft_commitment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_update_draft_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_update_draft")),
        sa.UniqueConstraint("commitment_id", "person_id", name=op.f("uq_update_draft_commitment_id_person_id")),
    )
    with op.batch_alter_table("update_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_update_draft_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("need", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told", sa.String(), nullable=True))


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("need", schema=None) as batch_op:
        batch_op.drop_column("told")

    with op.batch_alter_table("update_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_update_draft_person_id"))

    op.drop_table("update_draft")
