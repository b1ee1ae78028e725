"""Offers without the card that nothing wrote: a card's own callback brings what changes it

Revision: 0021
Follows: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("offer") as offer:
        offer.drop_column("card")


def downgrade() -> None:
    with op.batch_alter_table("offer") as offer:
        offer.add_column(sa.Column("card", sa.String(length=400), nullable=False, server_default=""))
