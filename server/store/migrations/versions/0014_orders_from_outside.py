"""Interviews that other systems had us hold

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outside_orders",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("destination", sa.String(length=60), nullable=False),
        sa.Column("interview_id", sa.String(length=40), nullable=False),
        sa.Column("callback_url", sa.Text(), nullable=False),
        sa.Column("callback_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["interview_id"], ["interviews.id"], name=op.f("fk_outside_orders_interview_id_interviews")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_orders")),
        sa.UniqueConstraint("destination", "callback_sha256", name=op.f("uq_outside_orders_destination")),
        sa.UniqueConstraint("interview_id", name=op.f("uq_outside_orders_interview_id")),
    )


def downgrade() -> None:
    op.drop_table("outside_orders")
