"""Interviews by their end: what has ended is told, and looked for every few seconds

Revision: 0020
Follows: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_interviews_ended_at"), "interviews", ["ended_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_interviews_ended_at"), table_name="interviews")
