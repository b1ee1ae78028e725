"""An interview result in the employer's terms, and what a mapping may not make of it."""

import msgspec
import pytest

from ehr_bridge.adapters.destination import PermanentFailure
from ehr_bridge.canonical import read_payload
from ehr_bridge.canonical.payloads import RecordPayload
from ehr_bridge.mapping.files import parse_mapping
from ehr_bridge.mapping.outgoing import outgoing

HEAD = "mapping: out\ntitle: {zh: 出, en: Out}\n"
DIGITS = HEAD + (
    "ids: {employee: {pattern: 'CMB\\d{5}', width: 7}}\n"
    "records: {interview_result: {start: copy, fields: [{to: applicant.external_id, rules: {id_digits: employee}},"
    " {to: applicant.position_id, rules: {always: '0102'}}]}}"
)


def mapped(text: str, payload):
    return outgoing(parse_mapping(text.encode(), "out.yaml"))(payload)


@pytest.fixture
def payload(message):
    found = read_payload(message(1).payload)
    applicant = msgspec.structs.replace(found.applicant, external_id="CMB00017")
    return msgspec.structs.replace(found, applicant=applicant)


def test_codes_and_formats_change_and_the_report_does_not(payload) -> None:
    found = mapped(DIGITS, payload)
    assert (found.applicant.external_id, found.applicant.position_id) == ("0000017", "0102")
    assert found.applicant.name == payload.applicant.name
    assert found.result == payload.result
    assert (bytes(found.report), found.report_sha256) == (bytes(payload.report), payload.report_sha256)


def test_what_people_decided_is_about_the_same_person_and_told_as_it_is(payload) -> None:
    record = msgspec.Raw(b'{"value":70.0}')
    about_results = DIGITS.replace("fields: [", "fields: [{to: result.status, rules: required}, ")
    found = mapped(about_results, RecordPayload(payload.applicant, "rp_1.decision.1", record))
    assert (found.applicant.external_id, found.applicant.position_id) == ("0000017", "0102")
    assert (found.external_id, bytes(found.record)) == ("rp_1.decision.1", bytes(record))


def test_what_a_rule_refuses_is_refused_for_good_and_names_the_field(payload) -> None:
    applicant = msgspec.structs.replace(payload.applicant, external_id="secret")
    with pytest.raises(PermanentFailure) as caught:
        mapped(DIGITS, msgspec.structs.replace(payload, applicant=applicant))
    assert caught.value.code == "mapping_refused"
    assert "applicant.external_id" in caught.value.detail
    assert "secret" not in caught.value.detail


def test_a_mapping_that_makes_no_result(payload) -> None:
    text = HEAD + "records: {interview_result: {start: copy, fields: [{to: result.score, rules: {always: high}}]}}"
    with pytest.raises(PermanentFailure) as caught:
        mapped(text, payload)
    assert caught.value.code == "mapping_misfit"
