"""Résumés, and what people put right in them

Revision: 0013
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "resumes",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("applicant_id", sa.String(40), sa.ForeignKey("applicants.id"), nullable=False),
        sa.Column("position_id", sa.String(80), nullable=False),
        sa.Column("fills_applicant", sa.Boolean(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.Column("uploaded_by", sa.String(160), nullable=False),
        sa.Column("uploaded_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("delete_after", sa.BigInteger(), nullable=False),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("facts", sa.LargeBinary(), nullable=True),
    )
    op.create_index("ix_resumes_state", "resumes", ["state"])
    op.create_index("ix_resumes_applicant_id", "resumes", ["applicant_id"])
    op.create_index("ix_resumes_sha256", "resumes", ["sha256"])
    op.create_table(
        "resume_corrections",
        sa.Column("resume_id", sa.String(40), sa.ForeignKey("resumes.id"), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(120), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("resume_corrections")
    op.drop_table("resumes")
