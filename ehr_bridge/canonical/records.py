"""What is known of a person besides the interview: from the résumé to the day they leave.

Each kind is one plain struct. ``at`` is when the thing happened, the time by which the life of a person is told.
Scores keep their own maximum: an exam of 150 points stays one. The texts of codes are lower-case words with a
fixed meaning (``Literal``); whatever an employer calls them is the business of mapping.

The sender's id of a record is its idempotency key (``ehr_bridge.records``), so a later state of the same thing (an
offer that was accepted) is the next version of the same record, and the former stays readable.
"""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

import msgspec

from ehr_bridge.canonical.classes import Internal, InternalText, Personal, PersonalText, Sensitive
from ehr_bridge.canonical.persons import SCHEMA_VERSION, Label

When = Annotated[datetime, Personal]
OptionalWhen = Annotated[datetime | None, Personal]
Score = Annotated[float | None, Personal]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Texts = Annotated[list[str], Personal]

Education = Literal["", "secondary", "college", "bachelor", "master", "doctor"]
Outcome = Literal["passed", "failed", "undecided"]


class Fact(msgspec.Struct, frozen=True):
    """One thing that was read in a document, beside the words it was read from."""

    key: InternalText
    value: PersonalText
    source: PersonalText = ""


class Part(msgspec.Struct, frozen=True):
    """One line of a score, named by a code and for people."""

    key: InternalText
    score: Score = None
    max_score: Annotated[float, Internal] = 100.0
    label: Label = Label()


class Resume(msgspec.Struct, frozen=True):
    """``at``: when it was handed in. ``facts``: whatever else was read in it."""

    kind: ClassVar[str] = "resume"
    at: When
    education: Annotated[Education, Personal] = ""
    school: PersonalText = ""
    subject: PersonalText = ""
    years_of_experience: Score = None
    employers: Texts = []
    skills: Texts = []
    certificates: Texts = []
    facts: Annotated[list[Fact], Personal] = []
    channel: InternalText = ""
    schema_version: InternalText = SCHEMA_VERSION


class WrittenTest(msgspec.Struct, frozen=True):
    kind: ClassVar[str] = "written_test"
    at: When
    name: Label = Label()
    score: Score = None
    max_score: Annotated[float, Internal] = 100.0
    passed: Annotated[bool | None, Personal] = None
    parts: Annotated[list[Part], Personal] = []
    schema_version: InternalText = SCHEMA_VERSION


class SecondInterview(msgspec.Struct, frozen=True):
    """By people, after the AI interview. ``round``: 2, 3 …"""

    kind: ClassVar[str] = "second_interview"
    at: When
    outcome: Annotated[Outcome, Personal] = "undecided"
    round: Annotated[int, Internal] = 2
    interviewers: Texts = []
    score: Score = None
    max_score: Annotated[float, Internal] = 100.0
    parts: Annotated[list[Part], Personal] = []
    remarks: PersonalText = ""
    schema_version: InternalText = SCHEMA_VERSION


class Money(msgspec.Struct, frozen=True):
    """``amount_minor``: in the currency's smallest unit (ISO 4217), 1 250 000 fen are CNY 12 500.00."""

    amount_minor: Annotated[int, Sensitive]
    currency: Annotated[str, Sensitive] = "CNY"
    period: Annotated[Literal["month", "year"], Sensitive] = "month"


class Offer(msgspec.Struct, frozen=True):
    """``at``: when it was made. ``salary`` is encrypted wherever it is stored."""

    kind: ClassVar[str] = "offer"
    at: When
    state: Annotated[Literal["made", "accepted", "declined", "withdrawn", "expired"], Personal] = "made"
    decided_at: OptionalWhen = None
    position_id: InternalText = ""
    starts_on: Annotated[date | None, Personal] = None
    salary: Annotated[Money | None, Sensitive] = None
    schema_version: InternalText = SCHEMA_VERSION


class OnboardingStep(msgspec.Struct, frozen=True):
    """``key``: medical_check, contract, social_security, record_entry, or the employer's own."""

    key: InternalText
    state: Annotated[Literal["open", "done", "failed"], Personal] = "open"
    done_at: OptionalWhen = None


class Onboarding(msgspec.Struct, frozen=True):
    """``at``: when it began. ``hired_at``: the first day of work, from which retention is counted. ``job_class``: the
    employer's job classification. ``medical``: what the check found, if anything has to be known."""

    kind: ClassVar[str] = "onboarding"
    at: When
    state: Annotated[Literal["open", "done", "broken_off"], Personal] = "open"
    steps: Annotated[list[OnboardingStep], Personal] = []
    employee_id: PersonalText = ""
    hired_at: OptionalWhen = None
    position_id: InternalText = ""
    job_class: InternalText = ""
    department: PersonalText = ""
    medical: Annotated[str, Sensitive] = ""
    schema_version: InternalText = SCHEMA_VERSION


class Training(msgspec.Struct, frozen=True):
    """One course. ``at``: when it ended, or began if it has not. ``attendance``: share of the hours, 0 to 1."""

    kind: ClassVar[str] = "training"
    at: When
    course_id: InternalText
    course: Label = Label()
    phase: Annotated[Literal["pre_job", "in_service"], Internal] = "in_service"
    competency: InternalText = ""
    attendance: Annotated[Share | None, Personal] = None
    exam_score: Score = None
    exam_max_score: Annotated[float, Internal] = 100.0
    passed: Annotated[bool | None, Personal] = None
    schema_version: InternalText = SCHEMA_VERSION


class Performance(msgspec.Struct, frozen=True):
    """One review. ``at``: when it was given; ``period``: what it is about, "2026Q1" or "2026"."""

    kind: ClassVar[str] = "performance"
    at: When
    period: InternalText
    cycle: Annotated[Literal["probation", "quarter", "year"], Internal] = "quarter"
    score: Score = None
    max_score: Annotated[float, Internal] = 100.0
    grade: Annotated[Literal["", "excellent", "good", "average", "poor"], Personal] = ""
    parts: Annotated[list[Part], Personal] = []
    watched: Texts = []
    schema_version: InternalText = SCHEMA_VERSION


class Leave(msgspec.Struct, frozen=True):
    """The end of employment. ``at``: the last day of work. ``reason``: as the person gave it."""

    kind: ClassVar[str] = "leave"
    at: When
    cause: Annotated[Literal["resignation", "dismissal", "end_of_contract", "retirement", "other"], Personal] = "other"
    reason: Annotated[str, Sensitive] = ""
    schema_version: InternalText = SCHEMA_VERSION


class Interaction(msgspec.Struct, frozen=True):
    """Something that was said between the person and HR: feedback on the interview, a chat, an answer to a notice."""

    kind: ClassVar[str] = "interaction"
    at: When
    channel: InternalText
    direction: Annotated[Literal["from_person", "to_person"], Internal]
    topic: InternalText = ""
    text: PersonalText = ""
    schema_version: InternalText = SCHEMA_VERSION


class Decision(msgspec.Struct, frozen=True):
    """People decided otherwise than the report. ``competency_id`` "": the total. ``value`` None: the override was taken
    back. ``holds``: the total that holds after it."""

    kind: ClassVar[str] = "decision"
    at: When
    interview_id: InternalText
    report_digest: InternalText
    version: Annotated[int, Internal] = 1
    competency_id: InternalText = ""
    value: Score = None
    holds: Score = None
    reason: PersonalText = ""
    by: PersonalText = ""
    schema_version: InternalText = SCHEMA_VERSION


class PanelResult(msgspec.Struct, frozen=True):
    """What the panel's submitted scorecards amount to: the mean of each competency over its raters, in points of
    100. ``raters``: how many; who they are stays with the panel."""

    kind: ClassVar[str] = "panel_result"
    at: When
    interview_id: InternalText
    report_digest: InternalText = ""
    raters: Annotated[int, Internal] = 0
    score: Score = None
    parts: Annotated[list[Part], Personal] = []
    schema_version: InternalText = SCHEMA_VERSION


Record = (
    Resume
    | WrittenTest
    | SecondInterview
    | Offer
    | Onboarding
    | Training
    | Performance
    | Leave
    | Interaction
    | Decision
    | PanelResult
)
KINDS: dict[str, type[Record]] = {
    each.kind: each
    for each in (
        Resume,
        WrittenTest,
        SecondInterview,
        Offer,
        Onboarding,
        Training,
        Performance,
        Leave,
        Interaction,
        Decision,
        PanelResult,
    )
}
"""Every kind of record by its name, in the order of a person's life."""

OURS = (Decision.kind, PanelResult.kind)
"""What only this system may say: the EHR reads it and does not write it."""

TITLES: dict[str, Label] = {
    "applied": Label("投递申请", "Application"),
    "resume": Label("简历", "Résumé"),
    "written_test": Label("笔试", "Written test"),
    "interview_result": Label("AI 面试", "AI interview"),
    "panel_result": Label("评委评分", "Panel"),
    "decision": Label("人工更正", "Decision by people"),
    "second_interview": Label("复试", "Second interview"),
    "offer": Label("录用通知", "Offer"),
    "onboarding": Label("入职", "Onboarding"),
    "training": Label("培训", "Training"),
    "performance": Label("绩效", "Performance"),
    "leave": Label("离职", "Leave"),
    "interaction": Label("沟通记录", "Conversation"),
}
"""How people call them; ``applied`` and ``interview_result`` have tables of their own."""
