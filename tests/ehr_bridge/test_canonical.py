from datetime import UTC, datetime

import msgspec
import pytest

from ehr_bridge.canonical import (
    ApplicantFacts,
    Application,
    Attribute,
    DataClass,
    InterviewResult,
    Label,
    Person,
    ReportUnreadable,
    ResultPayload,
    data_classes,
    from_report,
    read_payload,
    result_message,
)


def test_a_result_says_what_its_report_says(report) -> None:
    published = report(1, 82.0)
    result = from_report(published)
    assert (result.interview_id, result.status, result.score, result.max_score) == ("int_1", "COMPLETED", 82.0, 100.0)
    assert result.completed_at == datetime(2026, 1, 1, 0, 20, tzinfo=UTC)
    assert result.report_digest == msgspec.json.decode(published)["digest"] != ""
    label = Label("沟通", "Communication")
    assert result.attributes == [
        Attribute("SUB_RESULT", "abilities", "communication", label, 82.0),
        Attribute("SUB_RESULT", "competency", "communication", label, 82.0),
    ]


def test_what_cannot_be_assessed_stays_without_a_number(report) -> None:
    result = from_report(report(1, None))
    assert result.score is None
    assert [line.value for line in result.attributes] == [None, None]


@pytest.mark.parametrize(
    ("ended", "status"),
    [
        ("completed", "COMPLETED"),
        ("ended_by_hr", "COMPLETED"),
        ("", "COMPLETED"),
        ("withdrawn", "CANCELLED"),
        ("expired", "CANCELLED"),
    ],
)
def test_how_an_interview_ended_is_its_status(report, ended, status) -> None:
    assert from_report(report(1, ended=ended)).status == status


@pytest.mark.parametrize("broken", [b"", b"<html>", b"[]", b"{}", b'{"interview": 7}', b"\xff\xfe"])
def test_a_report_that_is_none(broken) -> None:
    with pytest.raises(ReportUnreadable):
        from_report(broken)


def test_the_report_travels_byte_for_byte(applicant) -> None:
    """Spaces, key order, number forms and fields of a later version survive the envelope."""
    published = (
        '{ "later": [1.0e2, "你"], "total": {"value": 82.50}, "digest":"x" , "views": [], "competencies": [],'
        ' "interview": {"interview_id": "int_1", "ended_at": "yesterday"}}'
    ).encode()
    payload = read_payload(result_message(published, applicant(1), "viva", 0).payload)
    assert bytes(payload.report) == published
    assert payload.applicant == applicant(1)
    assert payload.result.completed_at is None


def test_message_ids_follow_the_content(report, applicant) -> None:
    first = result_message(report(1, 82.0), applicant(1), "viva", 0)
    again = result_message(report(1, 82.0), applicant(1), "viva", 5)
    scored_again = result_message(report(1, 83.0), applicant(1), "viva", 0)
    corrected = result_message(report(1, 82.0), applicant(1, phone="13900139000"), "viva", 0)
    assert first.id == again.id
    assert len({first.id, scored_again.id, corrected.id}) == 3


def test_another_major_version_is_refused(message) -> None:
    fields = msgspec.json.decode(message(1).payload)
    fields["schema_version"] = "2.0"
    with pytest.raises(msgspec.ValidationError, match=r"2\.0"):
        read_payload(msgspec.json.encode(fields))


@pytest.mark.parametrize("struct", [Person, Application, InterviewResult, Attribute, ApplicantFacts, ResultPayload])
def test_every_field_says_its_class_of_data(struct) -> None:
    assert set(data_classes(struct)) == {field.name for field in msgspec.structs.fields(struct)}


def test_classes_of_data(applicant) -> None:
    assert data_classes(Person)["phone"] == DataClass.PERSONAL
    assert data_classes(Person)["id"] == DataClass.INTERNAL
    assert data_classes(ResultPayload)["applicant"] == DataClass.PERSONAL


def test_a_field_without_a_class_is_found() -> None:
    class Careless(msgspec.Struct):
        salary: int

    with pytest.raises(ValueError, match=r"Careless\.salary"):
        data_classes(Careless)
