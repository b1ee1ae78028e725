"""The bridge's tables, in a MetaData of their own: the server creates them next to its own, in the same database.

One transaction can so store a report *and* the order to deliver it (outbox), which is what makes the delivery
impossible to forget. Portable over SQLite and PostgreSQL; times are milliseconds since 1970 UTC; personal data
are marked in ``Column.info``. Every function here and in the other stores takes the caller's connection and never
commits: the transaction is the caller's.
"""

from collections.abc import Mapping
from typing import Any

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
    false,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

# SQLite only autoincrements INTEGER, PostgreSQL should not run out of a 32-bit one.
_Sequence = BigInteger().with_variant(Integer, "sqlite")

outbox = Table(
    "outbox",
    metadata,
    Column("sequence", _Sequence, primary_key=True, autoincrement=True),
    Column("source", String(120), nullable=False),
    Column("message_id", String(160), nullable=False),
    Column("kind", String(60), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("payload", LargeBinary, nullable=False, info={"personal": True}),
    Column("created_at_ms", BigInteger, nullable=False, index=True),
    UniqueConstraint("source", "message_id"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", _Sequence, primary_key=True, autoincrement=True),
    Column("outbox_sequence", ForeignKey("outbox.sequence"), nullable=False),
    Column("destination", String(60), nullable=False),
    # Messages of one lane arrive in the order of their sequence, one at a time.
    Column("lane", String(240), nullable=False),
    # queued -> delivering -> acknowledged | waiting (-> delivering ...) | dead (-> queued by a replay)
    Column("state", String(16), nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("round", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error_code", String(60), nullable=False, default=""),
    Column("last_error", Text, nullable=False, default=""),
    Column("refused_field", String(80), nullable=False, default="", server_default=""),
    Column("next_attempt_at_ms", BigInteger, nullable=True),
    Column("acknowledged_at_ms", BigInteger, nullable=True),
    Column("ehr_id", String(160), nullable=False, default=""),
    Column("duplicate", Boolean, nullable=False, default=False),
    Column("changed_at_ms", BigInteger, nullable=False),
    UniqueConstraint("outbox_sequence", "destination"),
)
# The relay looks only at what is unsettled; a partial index keeps that look cheap when millions are settled.
Index(
    "ix_delivery_unsettled",
    delivery.c.lane,
    delivery.c.id,
    sqlite_where=delivery.c.settled == false(),
    postgresql_where=delivery.c.settled == false(),
)
Index("ix_delivery_state", delivery.c.state, delivery.c.id)

reconciliation = Table(
    "reconciliation",
    metadata,
    # One comparison with one destination; the newest of a destination says how it stands.
    Column("id", _Sequence, primary_key=True, autoincrement=True),
    Column("destination", String(60), nullable=False),
    Column("asked_by", String(160), nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger, nullable=False),
    Column("records", Integer, nullable=False),
    Column("in_conflict", Integer, nullable=False),
    Column("unreadable", Integer, nullable=False),
    Column("fields", Integer, nullable=False),
    Column("fields_equal", Integer, nullable=False),
    # False: the destination cannot tell what it has, so that nothing unknown here could be found.
    Column("listed", Boolean, nullable=False),
    Index(None, "destination", "id"),
)

difference = Table(
    "reconciliation_difference",
    metadata,
    Column("id", _Sequence, primary_key=True, autoincrement=True),
    Column("reconciliation_id", ForeignKey("reconciliation.id"), nullable=False, index=True),
    Column("source", String(120), nullable=False),
    Column("message_id", String(160), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("ehr_id", String(160), nullable=False),
    # The names of fields, never their values.
    Column("field", String(160), nullable=False),
    Column("what", String(20), nullable=False),
    Column("detail", String(160), nullable=False),
)

ehr_position = Table(
    "ehr_position",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

ehr_person = Table(
    "ehr_person",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("position", BigInteger, nullable=False, unique=True),
    Column("external_id", String(120), nullable=True, unique=True, info={"personal": True}),
    Column("name", Text, nullable=False, info={"personal": True}),
    Column("email", Text, nullable=False, info={"personal": True}),
    Column("phone", Text, nullable=False, info={"personal": True}),
    # The normalised forms persons are matched by; see ehr_bridge.merging.
    Column("name_key", Text, nullable=False, info={"personal": True}),
    Column("email_key", Text, nullable=False, index=True, info={"personal": True}),
    Column("phone_key", Text, nullable=False, index=True, info={"personal": True}),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
    # A human said that this is the same person as that one, whose everything is now; see ehr_bridge.joining.
    Column("joined_to", String(40), nullable=True),
)

ehr_possible_duplicate = Table(
    "ehr_possible_duplicate",
    metadata,
    Column("person_id", ForeignKey("ehr_person.id"), primary_key=True),
    Column("other_id", ForeignKey("ehr_person.id"), primary_key=True),
    Column("reason", String(60), nullable=False),
    Column("found_at_ms", BigInteger, nullable=False),
    # "": nobody has looked yet; else "joined" or "two_persons".
    Column("decided", String(20), nullable=False, default="", server_default=""),
    Column("decided_by", String(160), nullable=False, default="", server_default=""),
    Column("decided_at_ms", BigInteger, nullable=True),
)

ehr_application = Table(
    "ehr_application",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("source", String(120), nullable=False),
    Column("source_id", String(160), nullable=False),
    Column("person_id", ForeignKey("ehr_person.id"), nullable=False, index=True),
    Column("position_id", String(80), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("applied_at_ms", BigInteger, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
    UniqueConstraint("source", "source_id"),
)

ehr_interview_result = Table(
    "ehr_interview_result",
    metadata,
    # One row a version: a report that is scored again adds a row and leaves the old one readable.
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("id", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("source", String(120), nullable=False),
    Column("message_id", String(160), nullable=False),
    Column("interview_id", String(160), nullable=False),
    Column("application_id", ForeignKey("ehr_application.id"), nullable=False),
    Column("person_id", ForeignKey("ehr_person.id"), nullable=False, index=True),
    Column("score", Float, nullable=True),
    Column("body", LargeBinary, nullable=False, info={"personal": True}),
    Column("report", LargeBinary, nullable=False, info={"personal": True}),
    Column("report_digest", String(80), nullable=False),
    Column("received_at_ms", BigInteger, nullable=False),
    UniqueConstraint("id", "version"),
    UniqueConstraint("source", "message_id"),
)

ehr_record = Table(
    "ehr_record",
    metadata,
    # One row a version, as above: an offer that is accepted is the offer's second version.
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("id", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("latest", Boolean, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("source", String(120), nullable=False),
    Column("external_id", String(160), nullable=False),
    Column("person_id", ForeignKey("ehr_person.id"), nullable=False),
    Column("application_id", ForeignKey("ehr_application.id"), nullable=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False, info={"personal": True}),
    # The sensitive fields, encrypted under the person's key; NULL: it has none.
    Column("sealed", LargeBinary, nullable=True, info={"personal": True}),
    Column("received_at_ms", BigInteger, nullable=False),
    UniqueConstraint("source", "kind", "external_id", "version"),
    Index(None, "person_id", "at_ms"),
    Index(None, "kind", "position"),
)

ehr_receipt = Table(
    "ehr_receipt",
    metadata,
    # What the embedded EHR has taken in: its memory of "(source, message id) was here already".
    Column("source", String(120), primary_key=True),
    Column("message_id", String(160), primary_key=True),
    Column("ehr_id", String(160), nullable=False),
    Column("received_at_ms", BigInteger, nullable=False),
)

ehr_import = Table(
    "ehr_import",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("mapping", String(60), nullable=False),
    Column("mapping_digest", String(64), nullable=False),
    Column("file_name", String(200), nullable=False),
    Column("file_sha256", String(64), nullable=False),
    # The file itself, compressed and encrypted under a key of its own; NULL: its time is over.
    Column("file", LargeBinary, nullable=True, info={"personal": True}),
    # tried -> applying -> applied -> undoing -> undone
    Column("state", String(16), nullable=False),
    Column("counts", LargeBinary, nullable=False),
    Column("created_by", String(160), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("applied_at_ms", BigInteger, nullable=True),
    Column("undone_at_ms", BigInteger, nullable=True),
)

ehr_import_row = Table(
    "ehr_import_row",
    metadata,
    Column("import_id", ForeignKey("ehr_import.id"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("action", String(16), nullable=False),
    Column("person_id", String(40), nullable=False),
    # What the person's row was and what the import made of it, as JSON; NULL: the person was new.
    Column("person_before", LargeBinary, nullable=True, info={"personal": True}),
    Column("person_after", LargeBinary, nullable=True, info={"personal": True}),
    Column("person_new", Boolean, nullable=False),
    Column("record_id", String(40), nullable=False, default=""),
    Column("version", Integer, nullable=False, default=0),
    Column("version_before", Integer, nullable=False, default=0),
    Column("undone", String(16), nullable=False, default=""),
)

ehr_import_check = Table(
    "ehr_import_check",
    metadata,
    Column("import_id", ForeignKey("ehr_import.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("by", String(160), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("compared", Integer, nullable=False),
    Column("missing", Integer, nullable=False),
    Column("different", Integer, nullable=False),
    # The first differences: line and path, never a value.
    Column("differences", LargeBinary, nullable=False),
)


async def insert_if_absent(connection: AsyncConnection, table: Table, values: Mapping[str, Any]) -> bool:
    """INSERT … ON CONFLICT DO NOTHING. True if the row is new."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    result = await connection.execute(dialect.insert(table).values(**values).on_conflict_do_nothing())
    return bool(result.rowcount)


async def next_position(connection: AsyncConnection, name: str) -> int:
    """The next number of a sequence whose order is the order of *commits*: 1, 2, 3 … without a hole.

    A database sequence hands out 6 while 5 is still uncommitted, and a reader whose cursor has passed 6 never
    sees 5. Updating one row holds its lock until the caller commits, so numbers appear in order; the price is
    that the writers who use the same name stand in line. That line is also what makes "look for the person,
    then insert" safe without a serialisable transaction.
    """
    await insert_if_absent(connection, ehr_position, {"name": name, "value": 0})
    statement = (
        update(ehr_position)
        .where(ehr_position.c.name == name)
        .values(value=ehr_position.c.value + 1)
        .returning(ehr_position.c.value)
    )
    return int((await connection.execute(statement)).scalar_one())
