"""The fence of an interview: who opened it last may write, nobody else

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("interviews", sa.Column("fence", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("interviews", "fence")
