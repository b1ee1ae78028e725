"""Bytes to messages and back, for every message there is; and what is not one becomes a typed refusal."""

from typing import Any, get_args

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from realtime.protocol import codec
from realtime.protocol.messages import (
    AnswerSettled,
    CandidateMessage,
    Caption,
    Envelope,
    HrMessage,
    MissingSound,
    Ping,
    SaveDraft,
    ServerMessage,
    Watched,
    Word,
)
from realtime.protocol.text import Fault

TEXT = st.text(max_size=20)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(str, TEXT)


def messages(union: Any) -> st.SearchStrategy[Any]:
    """Any message of a union. A forwarded message carries a simple one: nesting them says nothing new."""
    special = {
        Caption: st.builds(Caption, words=st.lists(st.from_type(Word), max_size=2)),
        AnswerSettled: st.builds(AnswerSettled, missing=st.lists(st.from_type(MissingSound), max_size=2)),
    }
    kinds = [kind for kind in get_args(union) if kind is not Watched]
    return st.one_of([special.get(kind, st.from_type(kind)) for kind in kinds])


SERVER = messages(ServerMessage)
WATCHED = st.builds(Watched, interview_id=TEXT, seq=st.integers(0, 9), at_ms=st.integers(0, 9), message=SERVER)


@given(messages(CandidateMessage))
def test_whatever_a_candidate_says_arrives(message: Any) -> None:
    assert codec.decode_candidate(codec.encode(message)) == message


@given(messages(HrMessage))
def test_whatever_hr_says_arrives(message: Any) -> None:
    assert codec.decode_hr(codec.encode(message)) == message


@given(st.one_of(SERVER, WATCHED), st.integers(0, 2**40), st.integers(0, 2**40))
def test_whatever_the_server_says_arrives(message: Any, seq: int, at_ms: int) -> None:
    assert codec.decode_envelope(codec.envelope(message, seq=seq, at_ms=at_ms)) == Envelope(seq, at_ms, message)


def test_every_message_has_a_tag_of_its_own() -> None:
    for union in (CandidateMessage, HrMessage, ServerMessage):
        tags = [kind.__struct_config__.tag for kind in get_args(union)]
        assert len(tags) == len(set(tags))
        assert None not in tags


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_garbage_is_refused_and_nothing_else(data: bytes | str) -> None:
    for decode in (codec.decode_candidate, codec.decode_hr):
        with pytest.raises(codec.ProtocolError) as caught:
            decode(data)
        assert caught.value.code in ("message_not_json", "message_invalid")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | TEXT
    | st.sampled_from(["hello", "save_draft", "proceed", "finish"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "text", "phase", "id"]), inner)
    ),
    max_leaves=8,
)


@given(JSON)
def test_json_is_a_message_or_refused(value: Any) -> None:
    data = msgspec.json.encode(value)
    try:
        message = codec.decode_candidate(data)
    except codec.ProtocolError as error:
        refused = error.refusal()
        assert (refused.code, refused.retry, refused.fault) == ("message_invalid", False, Fault.CLIENT)
    else:
        assert codec.decode_candidate(codec.encode(message)) == message


@pytest.mark.parametrize("character", ["x", "汉", "😀"])
def test_the_longest_draft_fits(character: str) -> None:
    draft = SaveDraft("q" * 64, text=character * codec.MAX_DRAFT_CHARACTERS, revision=1)
    assert codec.decode_candidate(codec.encode(draft)) == draft


def test_a_frame_over_the_limit_is_refused_unread() -> None:
    encoded = codec.encode(SaveDraft("q1", text="x" * codec.MAX_MESSAGE_BYTES, revision=1))
    for data in (encoded, encoded.decode()):
        with pytest.raises(codec.ProtocolError) as caught:
            codec.decode_candidate(data)
        assert caught.value.code == "message_too_large"


def test_the_limit_counts_bytes_not_characters() -> None:
    with pytest.raises(codec.ProtocolError) as caught:
        codec.decode_candidate("汉" * (codec.MAX_MESSAGE_BYTES // 2))
    assert caught.value.code == "message_too_large"


def test_hr_words_are_not_a_candidates_words() -> None:
    with pytest.raises(codec.ProtocolError) as caught:
        codec.decode_candidate(b'{"type":"end_interview","interview_id":"i-1"}')
    assert caught.value.code == "message_invalid"
    assert codec.decode_candidate(b'{"type":"ping","id":7,"unknown_field":1}') == Ping(7), "newer pages may say more"
