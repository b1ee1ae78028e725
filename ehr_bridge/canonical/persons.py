"""Person and application: whom every other record is about."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from ehr_bridge.canonical.classes import Internal, InternalText, Personal, PersonalText, PublicText

SCHEMA_VERSION = "1.1"


class Label(msgspec.Struct, frozen=True):
    zh: PublicText = ""
    en: PublicText = ""


class Person(msgspec.Struct, frozen=True):
    """``id`` is the EHR's own; ``external_id`` the employer's number for the person, letters and digits.
    ``joined_to``: people found that this is the same person as that one, where everything now is."""

    id: InternalText
    name: PersonalText
    email: PersonalText = ""
    phone: PersonalText = ""
    external_id: Annotated[str | None, Personal] = None
    created_at: Annotated[datetime | None, Internal] = None
    updated_at: Annotated[datetime | None, Internal] = None
    joined_to: Annotated[str | None, Internal] = None
    schema_version: InternalText = SCHEMA_VERSION


class PersonFacts(msgspec.Struct, frozen=True):
    """What somebody knows about a person: the merge keys of ``ehr_bridge.merging``. "" is "not known"."""

    name: PersonalText = ""
    email: PersonalText = ""
    phone: PersonalText = ""
    external_id: PersonalText = ""


class Application(msgspec.Struct, frozen=True):
    """One person's application for one position."""

    id: InternalText
    person_id: InternalText
    source_id: InternalText
    position_id: InternalText
    applied_at: Annotated[datetime, Personal]
    position: Label = Label()
    schema_version: InternalText = SCHEMA_VERSION


class ApplicantFacts(msgspec.Struct, frozen=True):
    """What the caller knows about whose report it is. ``application_id`` is the caller's own, e.g. the invitation."""

    applicant_id: InternalText
    application_id: InternalText
    position_id: InternalText
    applied_at: Annotated[datetime, Personal]
    name: PersonalText
    email: PersonalText = ""
    phone: PersonalText = ""
    external_id: PersonalText = ""
    position: Label = Label()

    @property
    def person(self) -> PersonFacts:
        return PersonFacts(self.name, self.email, self.phone, self.external_id)


def moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def milliseconds(at: datetime) -> int:
    """A time without a zone is UTC."""
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def same_major(version: str) -> None:
    """Raises ``msgspec.ValidationError`` unless it is of this schema's major version: within one, fields are added."""
    if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise msgspec.ValidationError(f"schema version {version} is not {SCHEMA_VERSION}")
