"""Notices, replies, promises and offers

Revision: 0016
Follows: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("applicant_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kefu_person", sa.String(length=120), nullable=True),
        sa.Column("window_opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("window_sent", sa.Integer(), nullable=False),
        sa.Column("subscriber", sa.String(length=120), nullable=False),
        sa.Column("grants", sa.Integer(), nullable=False),
        sa.Column("said_no", sa.String(length=120), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("applicant_id", name=op.f("pk_contact")),
        sa.UniqueConstraint("code", name=op.f("uq_contact_code")),
        sa.UniqueConstraint("kefu_person", name=op.f("uq_contact_kefu_person")),
    )
    op.create_table(
        "contact_choice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("applicant_id", sa.String(length=40), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("how", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_choice")),
    )
    op.create_index(op.f("ix_contact_choice_applicant_id"), "contact_choice", ["applicant_id"], unique=False)
    op.create_table(
        "conversation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("applicant_id", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=120), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("intent", sa.String(length=20), nullable=False),
        sa.Column("read_by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("key", name=op.f("uq_conversation_key")),
    )
    op.create_index(op.f("ix_conversation_applicant_id"), "conversation", ["applicant_id"], unique=False)
    op.create_index(op.f("ix_conversation_person"), "conversation", ["person"], unique=False)
    op.create_table(
        "member_send",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("app", sa.String(length=20), nullable=False),
        sa.Column("member", sa.String(length=80), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_send")),
    )
    op.create_index("ix_member_send_app", "member_send", ["app", "member", "at_ms"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("applicant_id", sa.String(length=40), nullable=False),
        sa.Column("interview_id", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("slots", sa.LargeBinary(), nullable=False),
        sa.Column("ladder", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("wake_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("due_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("delivered_by", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    op.create_index(op.f("ix_notice_applicant_id"), "notice", ["applicant_id"], unique=False)
    op.create_index("ix_notice_wake_at_ms", "notice", ["wake_at_ms"], unique=False)
    op.create_table(
        "notice_cursor",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_notice_cursor")),
    )
    op.create_table(
        "notice_seen",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notice_seen")),
    )
    op.create_index(op.f("ix_notice_seen_at_ms"), "notice_seen", ["at_ms"], unique=False)
    op.create_table(
        "offer",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("applicant_id", sa.String(length=40), nullable=False),
        sa.Column("interview_id", sa.String(length=40), nullable=False),
        sa.Column("position_id", sa.String(length=80), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("notes", sa.LargeBinary(), nullable=False),
        sa.Column("flow", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("lapses_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("card", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
    )
    op.create_index(op.f("ix_offer_applicant_id"), "offer", ["applicant_id"], unique=False)
    op.create_index(op.f("ix_offer_lapses_at_ms"), "offer", ["lapses_at_ms"], unique=False)
    op.create_table(
        "release",
        sa.Column("interview_id", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("culture", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("interview_id", name=op.f("pk_release")),
    )
    op.create_table(
        "notice_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("notice_id", sa.String(length=40), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("happening", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_step_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_step")),
    )
    op.create_index(op.f("ix_notice_step_notice_id"), "notice_step", ["notice_id"], unique=False)
    op.create_table(
        "promise",
        sa.Column("notice_id", sa.String(length=40), nullable=False),
        sa.Column("applicant_id", sa.String(length=40), nullable=False),
        sa.Column("interview_id", sa.String(length=40), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("wake_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("kept_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_promise_notice_id")),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_promise")),
    )
    op.create_index(op.f("ix_promise_applicant_id"), "promise", ["applicant_id"], unique=False)
    op.create_index(op.f("ix_promise_wake_at_ms"), "promise", ["wake_at_ms"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_promise_wake_at_ms"), table_name="promise")
    op.drop_index(op.f("ix_promise_applicant_id"), table_name="promise")
    op.drop_table("promise")
    op.drop_index(op.f("ix_notice_step_notice_id"), table_name="notice_step")
    op.drop_table("notice_step")
    op.drop_table("release")
    op.drop_index(op.f("ix_offer_lapses_at_ms"), table_name="offer")
    op.drop_index(op.f("ix_offer_applicant_id"), table_name="offer")
    op.drop_table("offer")
    op.drop_index(op.f("ix_notice_seen_at_ms"), table_name="notice_seen")
    op.drop_table("notice_seen")
    op.drop_table("notice_cursor")
    op.drop_index("ix_notice_wake_at_ms", table_name="notice")
    op.drop_index(op.f("ix_notice_applicant_id"), table_name="notice")
    op.drop_table("notice")
    op.drop_index("ix_member_send_app", table_name="member_send")
    op.drop_table("member_send")
    op.drop_index(op.f("ix_conversation_person"), table_name="conversation")
    op.drop_index(op.f("ix_conversation_applicant_id"), table_name="conversation")
    op.drop_table("conversation")
    op.drop_index(op.f("ix_contact_choice_applicant_id"), table_name="contact_choice")
    op.drop_table("contact_choice")
    op.drop_table("contact")
