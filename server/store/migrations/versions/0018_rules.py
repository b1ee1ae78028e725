"""Rules, what happened, what they suggested, and where each application stands

Revision: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rulebooks",
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("source_yaml", sa.Text(), nullable=False),
        sa.Column("by", sa.String(120), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "process_events",
        sa.Column("id", sa.String(160), primary_key=True),
        sa.Column("event", sa.String(20), nullable=False),
        sa.Column("applicant_id", sa.String(40), sa.ForeignKey("applicants.id"), nullable=False),
        sa.Column("position_id", sa.String(80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("handled_at", sa.BigInteger(), nullable=True),
    )
    op.create_index("ix_process_events_handled_at", "process_events", ["handled_at"])
    op.create_table(
        "rule_runs",
        sa.Column("event_id", sa.String(160), sa.ForeignKey("process_events.id"), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("rulebook", sa.String(80), nullable=False),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "suggestions",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("event_id", sa.String(160), sa.ForeignKey("process_events.id"), nullable=False),
        sa.Column("applicant_id", sa.String(40), sa.ForeignKey("applicants.id"), nullable=False),
        sa.Column("position_id", sa.String(80), nullable=False),
        sa.Column("rule", sa.String(60), nullable=False),
        sa.Column("effect", sa.String(20), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(120), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
    )
    op.create_index("ix_suggestions_state", "suggestions", ["state"])
    op.create_index("ix_suggestions_applicant_id", "suggestions", ["applicant_id"])
    op.create_table(
        "processes",
        sa.Column("applicant_id", sa.String(40), sa.ForeignKey("applicants.id"), primary_key=True),
        sa.Column("position_id", sa.String(80), primary_key=True),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("moved_by", sa.String(120), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    for name in ("processes", "suggestions", "rule_runs", "process_events", "rulebooks"):
        op.drop_table(name)
