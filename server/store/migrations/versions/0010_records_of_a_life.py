"""Records of a person's life: résumé, tests, offer, onboarding, training, performance, leave, conversation

Revision: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ehr_record",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("external_id", sa.String(length=160), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("application_id", sa.String(length=40), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("received_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["ehr_person.id"], name=op.f("fk_ehr_record_person_id")),
        sa.ForeignKeyConstraint(["application_id"], ["ehr_application.id"], name=op.f("fk_ehr_record_application_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_ehr_record")),
        sa.UniqueConstraint(
            "source", "kind", "external_id", "version", name=op.f("uq_ehr_record_source_kind_external_id_version")
        ),
    )
    op.create_index(op.f("ix_ehr_record_person_id_at_ms"), "ehr_record", ["person_id", "at_ms"])
    op.create_index(op.f("ix_ehr_record_kind_position"), "ehr_record", ["kind", "position"])


def downgrade() -> None:
    op.drop_table("ehr_record")
