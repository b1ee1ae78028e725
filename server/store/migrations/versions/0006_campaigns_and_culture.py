"""What a campaign switches on, which questions HR chose, positions by digest, and employers' phrases

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("positions", sa.Column("digest", sa.String(80), server_default="", nullable=False))
    op.add_column("invitations", sa.Column("features", sa.Text(), nullable=True))
    op.add_column("invitations", sa.Column("questions", sa.Text(), nullable=True))
    op.create_table(
        "culture_sets",
        sa.Column("employer", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("phrases", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.String(160), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("employer", "version", name=op.f("pk_culture_sets")),
    )


def downgrade() -> None:
    op.drop_table("culture_sets")
    op.drop_column("invitations", "questions")
    op.drop_column("invitations", "features")
    op.drop_column("positions", "digest")
