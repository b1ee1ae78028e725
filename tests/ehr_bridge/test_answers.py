"""What a status and a body mean."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ehr_bridge.answers import LONGEST_WAIT_S, Answer, failure, refused_field, retry_after_s

NOW_S = 1_767_225_600.0  # Thu, 01 Jan 2026 00:00:00 GMT

MEANINGS = [
    (301, "destination_redirects", False, "configuration"),
    (308, "destination_redirects", False, "configuration"),
    (400, "destination_refuses", False, "message"),
    (401, "destination_refuses_key", True, "configuration"),
    (404, "destination_path_unknown", False, "configuration"),
    (409, "destination_refuses", False, "message"),
    (410, "destination_path_unknown", False, "configuration"),
    (422, "destination_refuses", False, "message"),
    (429, "destination_busy", True, "destination"),
    (500, "destination_error", True, "destination"),
    (503, "destination_busy", True, "destination"),
]


@pytest.mark.parametrize(("status", "code", "retry", "fault"), MEANINGS)
def test_every_answer_has_a_code_a_fault_and_says_whether_to_try_again(
    status: int, code: str, retry: bool, fault: str
) -> None:
    found = failure(Answer(status, {}, b""), NOW_S)
    assert found is not None
    assert (found.code, found.retry, found.fault) == (code, retry, fault)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 207])
def test_2xx_is_taken(status: int) -> None:
    assert failure(Answer(status, {}, b""), NOW_S) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("999999999999", LONGEST_WAIT_S),
        ("Thu, 01 Jan 2026 00:02:00 GMT", 120.0),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str, seconds: float | None) -> None:
    assert retry_after_s(Answer(503, {"retry-after": header}, b""), NOW_S) == seconds


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"field": "email"}, "email"),
        ({"errors": [{"field": "phone", "message": "too long"}]}, "phone"),
        ({"errors": {"email": ["is not valid"]}}, "email"),
        ({"title": "x", "invalid-params": [{"name": "birth_date", "reason": "x"}]}, "birth_date"),
        ({"errors": [{"pointer": "#/applicant/email"}]}, "applicant.email"),
        ({"detail": [{"loc": ["body", "applicant", "email"], "msg": "x"}]}, "applicant.email"),
        ({"error": {"code": 3, "param": "score"}}, "score"),
        ({"name": "odoo.exceptions.ValidationError", "message": "王芳 is not an e-mail"}, ""),
        ({"errors": ["王芳's e-mail is wrong"]}, ""),
        ({"field": "王芳 <wf@example.com>"}, ""),
        ([], ""),
        ("text", ""),
    ],
)
def test_the_field_is_read_where_an_error_body_names_one(body: Any, field: str) -> None:
    assert refused_field(json.dumps(body).encode()) == field


@settings(max_examples=40)
@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_no_error_body_is_too_strange(body: Any) -> None:
    field = refused_field(json.dumps(body).encode())
    assert len(field) <= 80
    assert "@" not in field


@given(st.binary(max_size=300))
def test_nor_are_bytes(body: bytes) -> None:
    assert refused_field(body) == "" or body.strip()[:1] in (b"{", b"[")
