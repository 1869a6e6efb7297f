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

    op.create_table(
        "planned_act",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("params", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("report_sha256", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("shown", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("sign", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint("act IN ('import', 'convene', 'move', 'cancel')", name=op.f("ck_planned_act_act")),
        sa.CheckConstraint(
            "state IN ('proposed', 'waiting', 'done', 'undone', 'failed')", name=op.f("ck_planned_act_state")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_planned_act_author_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_planned_act_meeting_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["report_sha256"], ["file.sha256"], name=op.f("fk_planned_act_report_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_act")),
    )
    with op.batch_alter_table("planned_act", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_planned_act_author_id"), ["author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_planned_act_meeting_id"), ["meeting_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_planned_act_report_sha256"), ["report_sha256"], unique=False)
        batch_op.create_index(
            "uq_planned_act_meeting_id_waiting",
            ["meeting_id"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "handover",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("registration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('wrong', 'open', 'given', 'refused', 'gone')", name=op.f("ck_handover_state")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_handover_registration_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_handover_owner_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_telegram_id"), ["telegram_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_registration_id"), ["registration_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_asked_at"), ["asked_at"], unique=False)

    op.create_table(
        "announcement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("workshop_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.CheckConstraint(
            "audience IN ('all', 'waiting', 'unconfirmed', 'workshop')", name=op.f("ck_announcement_audience")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'waiting', 'sending', 'sent', 'undone', 'failed')",
            name=op.f("ck_announcement_state"),
        ),
        sa.CheckConstraint(
            "state = 'proposed' OR (text IS NOT NULL AND sends_at IS NOT NULL)", name=op.f("ck_announcement_whole")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_announcement_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_announcement_meeting_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id"], ["workshop.id"], name=op.f("fk_announcement_workshop_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
    )
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_announcement_author_id"), ["author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_announcement_meeting_id"), ["meeting_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_announcement_workshop_id"), ["workshop_id"], unique=False)

    op.create_table(
        "alert_mute",
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_alert_mute_meeting_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_alert_mute_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("meeting_id", "person_id", name=op.f("pk_alert_mute")),
    )
    with op.batch_alter_table("alert_mute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_mute_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    """Go down."""
    op.drop_table("alert_mute")
    op.drop_table("announcement")
    op.drop_table("handover")
    op.drop_table("planned_act")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_person_rhythm"), type_="check")
        batch_op.drop_column("rhythm")
