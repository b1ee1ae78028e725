"""The tables. Times are milliseconds since 1970 UTC; ids are ``server.ids``. Personal data are marked."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

positions = Table(
    "positions",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("version", String(40), primary_key=True),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("source_yaml", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("digest", String(80), nullable=False, server_default=""),
)

culture_sets = Table(
    "culture_sets",
    metadata,
    Column("employer", String(120), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("digest", String(80), nullable=False),
    Column("phrases", LargeBinary, nullable=False),
    Column("created_by", String(160), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

applicants = Table(
    "applicants",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False, info={"personal": True}),
    Column("email", Text, nullable=False, default="", info={"personal": True}),
    Column("phone", Text, nullable=False, default="", info={"personal": True}),
    Column("external_id", String(120), nullable=False, default="", info={"personal": True}),
    Column("created_at", BigInteger, nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("interview_id", String(40), nullable=False, unique=True),
    Column("applicant_id", ForeignKey("applicants.id"), nullable=False),
    Column("position_id", String(80), nullable=False),
    Column("position_version", String(40), nullable=False),
    Column("language", String(2), nullable=False),
    Column("profile", String(80), nullable=False),
    Column("time_factor", Float, nullable=True),
    Column("created_by", String(120), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger, nullable=True),
    Column("features", Text, nullable=True),
    Column("questions", Text, nullable=True),
)

interviews = Table(
    "interviews",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("applicant_id", ForeignKey("applicants.id"), nullable=False),
    Column("phase", String(24), nullable=False),
    Column("epoch", Integer, nullable=False, default=0),
    Column("fence", Integer, nullable=False, default=0, server_default="0"),
    Column("saved_at", BigInteger, nullable=True),
    Column("alarm_at", BigInteger, nullable=True),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger, nullable=True),
    Column("ended_at", BigInteger, nullable=True),
    Column("snapshot", LargeBinary, nullable=True),
    Column("last_seq", Integer, nullable=False, default=0),
    Column("human_requested", Boolean, nullable=False, default=False),
    Column("report_state", String(16), nullable=False, default="none"),
    Column("report_id", String(40), nullable=True),
    Column("report_error", Text, nullable=False, default=""),
    Index("ix_interviews_phase", "phase"),
    Index("ix_interviews_alarm_at", "alarm_at"),
    Index("ix_interviews_ended_at", "ended_at"),
)

messages = Table(
    "interview_messages",
    metadata,
    Column("interview_id", ForeignKey("interviews.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("for_candidate", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False, info={"personal": True}),
)

evidence = Table(
    "evidence",
    metadata,
    Column("interview_id", ForeignKey("interviews.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("body", LargeBinary, nullable=False, info={"personal": True}),
)

opinions = Table(
    "opinions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("interview_id", ForeignKey("interviews.id"), nullable=False, index=True),
    Column("body", LargeBinary, nullable=False, info={"personal": True}),
)

consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("interview_id", ForeignKey("interviews.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("items", Text, nullable=False),
    Column("text_version", String(80), nullable=False),
    Column("text_sha256", String(64), nullable=False),
    Column("language", String(2), nullable=False),
)

reports = Table(
    "reports",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("interview_id", ForeignKey("interviews.id"), nullable=False),
    Column("position_id", String(80), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("total", Float, nullable=True),
    Column("decided", Float, nullable=True),
    Column("digest", String(80), nullable=False),
    Column("body", LargeBinary, nullable=False, info={"personal": True}),
    Index("ix_reports_position_id", "position_id"),
    Index("ix_reports_interview_id", "interview_id"),
)

media_keys = Table(
    "media_keys",
    metadata,
    # No foreign key: that an interview's key was destroyed is known for longer than the interview.
    Column("interview_id", String(80), primary_key=True),
    Column("master_id", String(16), nullable=False),
    Column("wrapped", LargeBinary, nullable=True),
    Column("created_at", BigInteger, nullable=False),
    Column("shredded_at", BigInteger, nullable=True),
    Index("ix_media_keys_master_id", "master_id"),
)

panel_members = Table(
    "panel_members",
    metadata,
    Column("interview_id", ForeignKey("interviews.id"), primary_key=True),
    Column("rater", String(120), primary_key=True),
    Column("assigned_by", String(120), nullable=False),
    Column("assigned_at", BigInteger, nullable=False),
)

scorecards = Table(
    "scorecards",
    metadata,
    Column("interview_id", ForeignKey("interviews.id"), primary_key=True),
    Column("rater", String(120), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("saved_at", BigInteger, nullable=False),
    Column("submitted_at", BigInteger, nullable=True),
    Column("blind", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False, info={"personal": True}),
)

overrides = Table(
    "overrides",
    metadata,
    Column("report_id", ForeignKey("reports.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("competency_id", String(80), nullable=True),
    Column("value", Float, nullable=True),
    Column("reason", Text, nullable=False, info={"personal": True}),
    Column("by", String(120), nullable=False),
    Column("at", BigInteger, nullable=False),
)

calibrations = Table(
    "calibrations",
    metadata,
    Column("position_id", String(80), primary_key=True),
    Column("version", String(40), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("approved_by", String(120), nullable=False),
    Column("approved_at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger, nullable=True),
)

resumes = Table(
    "resumes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("applicant_id", ForeignKey("applicants.id"), nullable=False),
    Column("position_id", String(80), nullable=False),
    # The applicant was made for this file: name and address are taken from it.
    Column("fills_applicant", Boolean, nullable=False),
    Column("filename", Text, nullable=False, info={"personal": True}),
    Column("media_type", String(100), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    # queued -> reading -> read | unread (-> queued by somebody who asks for it); any -> deleted
    Column("state", String(16), nullable=False),
    Column("reason", String(40), nullable=False, default=""),
    Column("notes", Text, nullable=False, default=""),
    Column("attempts", Integer, nullable=False, default=0),
    Column("claimed_at", BigInteger, nullable=True),
    Column("uploaded_by", String(160), nullable=False),
    Column("uploaded_at", BigInteger, nullable=False),
    Column("read_at", BigInteger, nullable=True),
    Column("delete_after", BigInteger, nullable=False),
    Column("pictures", Integer, nullable=False, default=0),
    Column("document", LargeBinary, nullable=True, info={"personal": True}),
    Column("facts", LargeBinary, nullable=True, info={"personal": True}),
    Index("ix_resumes_state", "state"),
    Index("ix_resumes_applicant_id", "applicant_id"),
    Index("ix_resumes_sha256", "sha256"),
)

resume_corrections = Table(
    "resume_corrections",
    metadata,
    Column("resume_id", ForeignKey("resumes.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", LargeBinary, nullable=False, info={"personal": True}),
    Column("by", String(120), nullable=False),
    Column("at", BigInteger, nullable=False),
)

rulebooks = Table(
    "rulebooks",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("digest", String(80), nullable=False),
    Column("source_yaml", Text, nullable=False),
    Column("by", String(120), nullable=False),
    Column("at", BigInteger, nullable=False),
)

process_events = Table(
    "process_events",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("event", String(20), nullable=False),
    Column("applicant_id", ForeignKey("applicants.id"), nullable=False),
    Column("position_id", String(80), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("handled_at", BigInteger, nullable=True),
    Index("ix_process_events_handled_at", "handled_at"),
)

rule_runs = Table(
    "rule_runs",
    metadata,
    # One run an event: whoever comes second is refused here.
    Column("event_id", ForeignKey("process_events.id"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("rulebook", String(80), nullable=False),
    Column("inputs", LargeBinary, nullable=False, info={"personal": True}),
    Column("outcome", LargeBinary, nullable=False, info={"personal": True}),
)

suggestions = Table(
    "suggestions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("event_id", ForeignKey("process_events.id"), nullable=False),
    Column("applicant_id", ForeignKey("applicants.id"), nullable=False),
    Column("position_id", String(80), nullable=False),
    Column("rule", String(60), nullable=False),
    Column("effect", String(20), nullable=False),
    Column("body", LargeBinary, nullable=False),
    # open -> confirmed | declined | overtaken; done: by a rule itself
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False, default="", info={"personal": True}),
    Column("by", String(120), nullable=False, default=""),
    Column("made_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger, nullable=True),
    Index("ix_suggestions_state", "state"),
    Index("ix_suggestions_applicant_id", "applicant_id"),
)

processes = Table(
    "processes",
    metadata,
    Column("applicant_id", ForeignKey("applicants.id"), primary_key=True),
    Column("position_id", String(80), primary_key=True),
    Column("stage", String(20), nullable=False),
    Column("tags", Text, nullable=False, default=""),
    Column("moved_by", String(120), nullable=False),
    Column("moved_at", BigInteger, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("branch", String(120), nullable=False, default=""),
    Column("disabled", Boolean, nullable=False, default=False),
)

up_hours = Table(
    "up_hours",
    metadata,
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("mask", BigInteger, nullable=False),
)
"""Minutes in which a process was ready (``scoring.acceptance.uptime``)."""

trials = Table(
    "trials",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("position_id", String(80), nullable=False),
    Column("plan", LargeBinary, nullable=False),
    Column("configuration", LargeBinary, nullable=False),
    Column("round", Integer, nullable=False),
    Column("created_by", String(120), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=True),
    Column("decision", String(8), nullable=True),
    Column("reason", Text, nullable=False, default=""),
    Column("decided_by", String(120), nullable=False, default=""),
)

trial_interviews = Table(
    "trial_interviews",
    metadata,
    Column("interview_id", ForeignKey("interviews.id"), primary_key=True),
    Column("trial_id", ForeignKey("trials.id"), nullable=False, index=True),
    Column("code", String(16), nullable=False),
    Column("added_at", BigInteger, nullable=False),
)

trial_checks = Table(
    "trial_checks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("trial_id", ForeignKey("trials.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("name", String(120), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("by", String(120), nullable=False),
    Column("at", BigInteger, nullable=False),
)

trial_answers = Table(
    "trial_answers",
    metadata,
    Column("trial_id", ForeignKey("trials.id"), primary_key=True),
    # A keyed hash: who has answered is known, not who answered what.
    Column("person", String(64), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("group", String(16), nullable=False),
    Column("body", LargeBinary, nullable=False, info={"personal": True}),
    Column("at", BigInteger, nullable=False),
)

outside_orders = Table(
    "outside_orders",
    metadata,
    # An interview that another system had us hold. The id is what that system calls it.
    Column("id", String(40), primary_key=True),
    Column("destination", String(60), nullable=False),
    Column("interview_id", ForeignKey("interviews.id"), nullable=False, unique=True),
    Column("callback_url", Text, nullable=False),
    # The same callback again is the same order: its SHA-256, because a URL is too long for some indexes.
    Column("callback_sha256", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("destination", "callback_sha256"),
)

scim_users = Table(
    "scim_users",
    metadata,
    Column("id", String(40), primary_key=True),
    # The system that keeps this employee up to date; each sees its own.
    Column("destination", String(60), nullable=False),
    # Case folded: userNames are compared without case.
    Column("user_name", Text, nullable=False, info={"personal": True}),
    Column("external_id", Text, nullable=False, info={"personal": True}),
    Column("employee_number", Text, nullable=False, info={"personal": True}),
    # Of the embedded EHR; another room's table, so no foreign key.
    Column("person_id", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    # A removed one is kept and not shown; the same userName takes it up again.
    Column("removed", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False, info={"personal": True}),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    UniqueConstraint("destination", "user_name"),
    Index("ix_scim_users_external_id", "destination", "external_id"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("key_sha256", String(64), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger, nullable=True),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(160), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("detail", Text, nullable=False, default=""),
    Index("ix_audit_subject", "subject"),
)
