"""A data key for each interview's media, wrapped under a master key that is not in the database

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media_keys",
        sa.Column("interview_id", sa.String(80), nullable=False),
        sa.Column("master_id", sa.String(16), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("shredded_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("interview_id", name=op.f("pk_media_keys")),
    )
    op.create_index("ix_media_keys_master_id", "media_keys", ["master_id"])


def downgrade() -> None:
    op.drop_index("ix_media_keys_master_id", "media_keys")
    op.drop_table("media_keys")
