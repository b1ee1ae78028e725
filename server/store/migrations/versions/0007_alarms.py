"""When an interview was last written, and when somebody has to look after it

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("interviews", sa.Column("saved_at", sa.BigInteger(), nullable=True))
    op.add_column("interviews", sa.Column("alarm_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_interviews_alarm_at", "interviews", ["alarm_at"])


def downgrade() -> None:
    op.drop_index("ix_interviews_alarm_at", "interviews")
    op.drop_column("interviews", "alarm_at")
    op.drop_column("interviews", "saved_at")
