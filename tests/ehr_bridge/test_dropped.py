"""A dropped CSV: three encodings in one file, and every way in which a row can be wrong."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.dropped import BadRow, DropUnreadable, Row, read_rows

HEADER = "kind,id,external_id,name,email,phone,at,state,employee_id"
FANG = "onboarding,on-17,CMB00017,王芳,wf@example.com,,2026-12-01,open,E17"
LEI = "onboarding,on-18,CMB00018,李雷,,13800138000,2026-12-02,done,E18"


def codes(content: bytes) -> list[tuple[int, str]]:
    return [(row.number, row.code if isinstance(row, BadRow) else "") for row in read_rows(content)]


def file_of(*rows: bytes | str) -> bytes:
    return b"\r\n".join(row.encode() if isinstance(row, str) else row for row in (HEADER, *rows)) + b"\r\n"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_in_one_encoding(codec: str) -> None:
    first, second = read_rows(f"{HEADER}\n{FANG}\n\n{LEI}".encode(codec))
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert (first.number, first.id, first.person.name, second.person.phone) == (2, "on-17", "王芳", "13800138000")
    assert first.body.at == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert (first.body.kind, second.number) == ("onboarding", 4)


def test_three_encodings_in_one_file() -> None:
    latin = "onboarding,on-19,CMB00019,Müller Straße,,,2026-12-03,open,E19".encode("latin-1")
    found = codes(file_of(FANG, LEI.encode("gb18030"), latin, FANG.replace("on-17", "on-20")))
    assert found == [(2, ""), (3, "drop_row_encoding"), (4, "drop_row_encoding"), (5, "")]
    problems = [row.problem for row in read_rows(file_of(FANG, LEI.encode("gb18030"))) if isinstance(row, BadRow)]
    assert problems == ["not UTF-8, as the file began; it reads as GB18030. Save the whole file in one encoding"]
    chinese = codes(file_of(LEI.encode("gb18030"), FANG))
    assert chinese == [(2, ""), (3, "drop_row_encoding")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("onboarding,on-1,CMB1", "drop_row_malformed"),
        ('onboarding,on-1,"CMB1"x,王芳,,,2026-12-01,open,E1', "drop_row_malformed"),
        ("payroll,on-1,CMB1,王芳,,,2026-12-01,open,E1", "drop_kind_unknown"),
        ("decision,on-1,CMB1,王芳,,,2026-12-01,,", "drop_kind_unknown"),
        ("onboarding,,CMB1,王芳,,,2026-12-01,open,E1", "drop_id_missing"),
        ("onboarding,on-1,,王芳,,,2026-12-01,open,E1", "drop_person_unknown"),
        ("onboarding,on-1,CMB1,王芳,,,sometime,open,E1", "drop_field_invalid"),
        ("onboarding,on-1,CMB1,王芳,,,2026-12-01,hired,E1", "drop_field_invalid"),
        ("offer,on-1,CMB1,王芳,,,2026-12-01,made,E1", "drop_field_unknown"),
        ("onboarding,on-1,CMB1,王芳,,,2026-12-01,open," + "x" * 70_000, "drop_row_too_long"),
    ],
)
def test_a_bad_row_says_why_and_the_rest_goes_on(row: str, code: str) -> None:
    assert codes(file_of(FANG, row, LEI)) == [(2, ""), (3, code), (4, "")]
    (bad,) = (row for row in read_rows(file_of(row)) if isinstance(row, BadRow))
    assert "王芳" not in bad.problem
    assert "hired" not in bad.problem


def test_a_quotation_mark_that_is_never_closed_takes_the_rest_with_it_and_is_named() -> None:
    assert codes(file_of(FANG, 'onboarding,on-1,"CMB1,王芳', LEI)) == [(2, ""), (3, "drop_row_malformed")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "drop_header_unknown"),
        ("姓名,工号\n王芳,1".encode(), "drop_header_unknown"),
        (b"kind,id,id\n", "drop_header_unknown"),
        (HEADER.encode("utf-16"), "drop_encoding_unknown"),
        (b"PK\x03\x04" + bytes(range(256)), "drop_header_unknown"),
    ],
)
def test_what_is_no_such_file(content: bytes, code: str) -> None:
    with pytest.raises(DropUnreadable) as error:
        list(read_rows(content))
    assert error.value.code == code


def test_an_apostrophe_that_guarded_a_phone_is_taken_off_again() -> None:
    (row,) = read_rows(file_of("onboarding,on-1,CMB1,王芳,,'+8613800138000,2026-12-01,open,E1"))
    assert isinstance(row, Row)
    assert row.person.phone == "+8613800138000"


@given(st.binary(max_size=400))
def test_nothing_that_is_dropped_breaks_the_reader(content: bytes) -> None:
    for row in read_rows(HEADER.encode() + b"\n" + content):
        assert row.number >= 2
