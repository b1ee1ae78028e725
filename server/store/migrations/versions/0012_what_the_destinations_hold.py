"""Which field a destination refused, and what comparisons with the destinations found

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_sequence = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("delivery", sa.Column("refused_field", sa.String(length=80), server_default="", nullable=False))
    op.create_index(op.f("ix_outbox_created_at_ms"), "outbox", ["created_at_ms"])
    op.create_table(
        "reconciliation",
        sa.Column("id", _sequence, autoincrement=True, nullable=False),
        sa.Column("destination", sa.String(length=60), nullable=False),
        sa.Column("asked_by", sa.String(length=160), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("in_conflict", sa.Integer(), nullable=False),
        sa.Column("unreadable", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Integer(), nullable=False),
        sa.Column("fields_equal", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation")),
    )
    op.create_index(op.f("ix_reconciliation_destination_id"), "reconciliation", ["destination", "id"])
    op.create_table(
        "reconciliation_difference",
        sa.Column("id", _sequence, autoincrement=True, nullable=False),
        sa.Column("reconciliation_id", _sequence, nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("message_id", sa.String(length=160), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("ehr_id", sa.String(length=160), nullable=False),
        sa.Column("field", sa.String(length=160), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.String(length=160), nullable=False),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"],
            ["reconciliation.id"],
            name=op.f("fk_reconciliation_difference_reconciliation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_difference")),
    )
    op.create_index(
        op.f("ix_reconciliation_difference_reconciliation_id"), "reconciliation_difference", ["reconciliation_id"]
    )


def downgrade() -> None:
    op.drop_table("reconciliation_difference")
    op.drop_table("reconciliation")
    op.drop_index(op.f("ix_outbox_created_at_ms"), "outbox")
    op.drop_column("delivery", "refused_field")
