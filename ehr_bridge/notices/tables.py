"""The tables of notices. Times are milliseconds since 1970 UTC; personal data are marked. ``applicant_id`` and
``interview_id`` are the server's own."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from ehr_bridge.store import metadata

_Sequence = BigInteger().with_variant(Integer, "sqlite")

notice = Table(
    "notice",
    metadata,
    Column("id", String(40), primary_key=True),
    # What it is about, once: "progress:iv_…". The same notice is never written twice.
    Column("key", String(160), nullable=False, unique=True),
    Column("kind", String(40), nullable=False),
    Column("applicant_id", String(40), nullable=False, index=True),
    Column("interview_id", String(40), nullable=False, default=""),
    # "": to the applicant; else which of the staff.
    Column("recipient", String(120), nullable=False, default=""),
    Column("language", String(2), nullable=False),
    Column("slots", LargeBinary, nullable=False, info={"personal": True}),
    Column("ladder", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("wake_at_ms", BigInteger, nullable=True),
    # By when it should be with the person.
    Column("due_at_ms", BigInteger, nullable=True),
    Column("version", Integer, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("delivered_at_ms", BigInteger, nullable=True),
    Column("delivered_by", String(16), nullable=False, default=""),
    Index("ix_notice_wake_at_ms", "wake_at_ms"),
)

notice_step = Table(
    "notice_step",
    metadata,
    Column("id", _Sequence, primary_key=True, autoincrement=True),
    Column("notice_id", ForeignKey("notice.id"), nullable=False, index=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("happening", String(40), nullable=False),
    Column("reason", String(120), nullable=False),
)

contact = Table(
    "contact",
    metadata,
    Column("applicant_id", String(40), primary_key=True),
    # What a link to 客服 carries, so that who writes there is known; says nothing by itself.
    Column("code", String(40), nullable=False, unique=True),
    Column("kefu_person", String(120), nullable=True, unique=True, info={"personal": True}),
    Column("window_opened_ms", BigInteger, nullable=False, default=0),
    Column("window_sent", Integer, nullable=False, default=0),
    Column("subscriber", String(120), nullable=False, default="", info={"personal": True}),
    Column("grants", Integer, nullable=False, default=0),
    # Channels the person does not want, with spaces between them.
    Column("said_no", String(120), nullable=False, default=""),
    Column("seen_at_ms", BigInteger, nullable=False, default=0),
)

contact_choice = Table(
    "contact_choice",
    metadata,
    # The ledger: who switched which channel on or off, when, and how. Never changed.
    Column("id", _Sequence, primary_key=True, autoincrement=True),
    Column("applicant_id", String(40), nullable=False, index=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("allowed", Boolean, nullable=False),
    Column("how", String(40), nullable=False),
)

conversation = Table(
    "conversation",
    metadata,
    Column("id", _Sequence, primary_key=True, autoincrement=True),
    # The channel's own name of it: what is fetched twice is kept once.
    Column("key", String(200), nullable=False, unique=True),
    # "": nobody knows yet who this is; ``person`` says by which of the channel's names it came.
    Column("applicant_id", String(40), nullable=False, index=True),
    Column("person", String(120), nullable=False, default="", index=True, info={"personal": True}),
    Column("at_ms", BigInteger, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("text", Text, nullable=False, info={"personal": True}),
    Column("intent", String(20), nullable=False, default=""),
    Column("read_by", String(120), nullable=False, default=""),
)

promise = Table(
    "promise",
    metadata,
    Column("notice_id", ForeignKey("notice.id"), primary_key=True),
    Column("applicant_id", String(40), nullable=False, index=True),
    Column("interview_id", String(40), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at_ms", BigInteger, nullable=False),
    Column("wake_at_ms", BigInteger, nullable=True, index=True),
    Column("kept_by", String(120), nullable=False, default=""),
)

release = Table(
    "release",
    metadata,
    Column("interview_id", String(40), primary_key=True),
    Column("outcome", String(20), nullable=False),
    Column("hours", Integer, nullable=True),
    Column("culture", Boolean, nullable=False),
    Column("by", String(120), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

offer = Table(
    "offer",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("applicant_id", String(40), nullable=False, index=True),
    Column("interview_id", String(40), nullable=False),
    Column("position_id", String(80), nullable=False),
    Column("contact", Text, nullable=False, info={"personal": True}),
    Column("notes", LargeBinary, nullable=False),
    Column("flow", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("lapses_at_ms", BigInteger, nullable=True, index=True),
    Column("version", Integer, nullable=False),
    Column("made_by", String(120), nullable=False),
)

notice_seen = Table(
    "notice_seen",
    metadata,
    # Callbacks that were taken in: WeCom asks up to three times.
    Column("key", String(200), primary_key=True),
    Column("at_ms", BigInteger, nullable=False, index=True),
)

notice_cursor = Table(
    "notice_cursor",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("value", Text, nullable=False),
)

member_send = Table(
    "member_send",
    metadata,
    Column("id", _Sequence, primary_key=True, autoincrement=True),
    Column("app", String(20), nullable=False),
    Column("member", String(80), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index("ix_member_send_app", "app", "member", "at_ms"),
)
