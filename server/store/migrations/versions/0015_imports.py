"""Records brought over from an old system, with what is needed to undo and to verify

Revision: 0015
Follows: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ehr_import",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("mapping", sa.String(length=60), nullable=False),
        sa.Column("mapping_digest", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.String(length=160), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("applied_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("undone_at_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ehr_import")),
    )
    op.create_table(
        "ehr_import_row",
        sa.Column("import_id", sa.String(length=40), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("person_before", sa.LargeBinary(), nullable=True),
        sa.Column("person_after", sa.LargeBinary(), nullable=True),
        sa.Column("person_new", sa.Boolean(), nullable=False),
        sa.Column("record_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("version_before", sa.Integer(), nullable=False),
        sa.Column("undone", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["ehr_import.id"], name=op.f("fk_ehr_import_row_import_id_ehr_import")),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_ehr_import_row")),
    )
    op.create_table(
        "ehr_import_check",
        sa.Column("import_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("by", sa.String(length=160), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("different", sa.Integer(), nullable=False),
        sa.Column("differences", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["ehr_import.id"], name=op.f("fk_ehr_import_check_import_id_ehr_import")),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_ehr_import_check")),
    )


def downgrade() -> None:
    op.drop_table("ehr_import_check")
    op.drop_table("ehr_import_row")
    op.drop_table("ehr_import")
