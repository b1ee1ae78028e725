"""The canonical model, version 1.1: what persons and everything about them are to every destination and every reader.

Adapters translate from these structs and from nothing else. Each field says in its annotation what class of data it
holds (``classes``), so that masking, encryption, retention and export follow the tag instead of a list of names.
Versions: a reader accepts every 1.x, because fields are only added within a major version.

``persons``: person, application · ``results``: the interview's result and its message · ``records``: résumé, written
test, second interview, offer, onboarding, training, performance, leave, conversation, decision, panel.
"""

from ehr_bridge.canonical.classes import (
    DataClass,
    Internal,
    InternalText,
    Personal,
    PersonalText,
    Public,
    PublicText,
    Sensitive,
    data_classes,
    sensitive_fields,
)
from ehr_bridge.canonical.persons import (
    SCHEMA_VERSION,
    ApplicantFacts,
    Application,
    Label,
    Person,
    PersonFacts,
    milliseconds,
    moment,
)
from ehr_bridge.canonical.results import (
    RESULT_KIND,
    Attribute,
    InterviewResult,
    ReportUnreadable,
    ResultPayload,
    from_report,
    read_payload,
    result_message,
    sha256,
)

__all__ = [
    "RESULT_KIND",
    "SCHEMA_VERSION",
    "ApplicantFacts",
    "Application",
    "Attribute",
    "DataClass",
    "Internal",
    "InternalText",
    "InterviewResult",
    "Label",
    "Person",
    "PersonFacts",
    "Personal",
    "PersonalText",
    "Public",
    "PublicText",
    "ReportUnreadable",
    "ResultPayload",
    "Sensitive",
    "data_classes",
    "from_report",
    "milliseconds",
    "moment",
    "read_payload",
    "result_message",
    "sensitive_fields",
    "sha256",
]
