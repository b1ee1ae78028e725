"""What the live side writes, scoring reads: the two share a format and no code, so a test holds them together."""

import json
import types
from typing import Any, Literal, get_args, get_origin

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.interview import evidence as written
from scoring import evidence as ours

INT64 = st.integers(min_value=-(2**40), max_value=2**40)
WRITTEN_BODIES = written.EvidenceBody.__args__


def of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that appears in a record."""
    origin = get_origin(kind)
    if origin is Literal:
        return st.sampled_from(get_args(kind))
    if origin is list:
        return st.lists(of(get_args(kind)[0]), max_size=3)
    if origin is types.UnionType:
        return st.one_of([of(part) for part in get_args(kind)])
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return st.builds(kind, **{field.name: of(field.type) for field in msgspec.structs.fields(kind)})
    simple: dict[Any, st.SearchStrategy[Any]] = {
        int: INT64,
        bool: st.booleans(),
        float: st.floats(allow_nan=False, allow_infinity=False),
        str: st.text(max_size=20),
        type(None): st.none(),
    }
    return simple[kind]


def test_the_kinds_are_the_same() -> None:
    assert {body.__struct_config__.tag for body in WRITTEN_BODIES} == ours.KINDS


@given(body=st.one_of([of(body) for body in WRITTEN_BODIES]), seq=st.integers(1, 10**6))
def test_every_record_that_can_be_written_is_read(body: Any, seq: int) -> None:
    line = written.encode(written.EvidenceRecord(seq=seq, at_ms=5, body=body))
    record = ours.decode(line)
    assert record is not None
    assert record.seq == seq
    sent, received = msgspec.to_builtins(body), msgspec.to_builtins(record.body)
    assert _within(received, sent)


def _within(part: Any, whole: Any) -> bool:
    """Everything in ``part`` is in ``whole`` with the same value; ``whole`` may hold more."""
    if isinstance(part, dict):
        return all(name in whole and _within(value, whole[name]) for name, value in part.items())
    if isinstance(part, list):
        return len(part) == len(whole) and all(map(_within, part, whole))
    return bool(part == whole)


def test_unknown_kinds_and_fields_are_passed_over() -> None:
    newer = b'{"seq":2,"at_ms":1,"body":{"kind":"hologram","shape":"round"}}'
    richer = b'{"seq":1,"at_ms":1,"body":{"kind":"interview_ended","reason":"completed","mood":"fine"}}'
    assert ours.decode(newer) is None
    assert [record.body for record in ours.read([newer, richer, b""])] == [ours.InterviewEnded(reason="completed")]


def test_records_are_ordered_by_seq_and_count_once() -> None:
    lines = [json.dumps({"seq": s, "at_ms": s, "body": {"kind": "human_requested"}}).encode() for s in (3, 1, 2, 3)]
    assert [record.seq for record in ours.read(lines)] == [1, 2, 3]


@pytest.mark.parametrize(
    "line",
    [b"{", b"[]", b'{"seq":1}', b'{"seq":1,"at_ms":0,"body":{"kind":"gap","question_id":"q1"}}', b"\xff\xfe"],
)
def test_a_damaged_line_is_named(line: bytes) -> None:
    with pytest.raises(ours.EvidenceInvalid, match="line 1"):
        ours.read([line])
