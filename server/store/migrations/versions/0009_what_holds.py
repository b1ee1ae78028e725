"""The total that holds where people decided otherwise, beside the machine's

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reports", sa.Column("decided", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("reports", "decided")
