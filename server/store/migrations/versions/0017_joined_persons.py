"""What people decided about possible duplicates, and persons that were joined

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ehr_person", sa.Column("joined_to", sa.String(length=40), nullable=True))
    table = "ehr_possible_duplicate"
    op.add_column(table, sa.Column("decided", sa.String(length=20), server_default="", nullable=False))
    op.add_column(table, sa.Column("decided_by", sa.String(length=160), server_default="", nullable=False))
    op.add_column(table, sa.Column("decided_at_ms", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for name in ("decided_at_ms", "decided_by", "decided"):
        op.drop_column("ehr_possible_duplicate", name)
    op.drop_column("ehr_person", "joined_to")
