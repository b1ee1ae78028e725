import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.protocol import media_messages as media
from realtime.protocol.codec import ProtocolError
from realtime.protocol.missing import MissingSound


def test_what_the_device_says_reads_as_documented():
    assert media.decode_said('{"type":"take_ended","take":3,"packets":50}') == media.TakeEnded(3, 50)
    assert media.decode_said('{"type":"take_absent","take":3,"from":7,"until":9}') == media.TakeAbsent(3, 7, 9)
    assert media.decode_said('{"type":"take_absent","take":3,"from":7}') == media.TakeAbsent(3, 7, None)
    assert media.decode_said(b'{"type":"ping"}') == media.MediaPing()


def test_what_the_server_says_reads_as_documented():
    state = media.TakeState(1, "q1", 1, 41, [(50, 60)], None, False, 1060, 63_660)
    assert json.loads(media.encode_media(media.Takes([state]))) == {
        "type": "takes",
        "takes": [
            {
                "take": 1,
                "question_id": "q1",
                "attempt": 1,
                "through": 41,
                "ranges": [[50, 60]],
                "packets": None,
                "closed": False,
                "next_n": 1060,
                "next_ms": 63_660,
            }
        ],
    }
    closed = media.TakeClosed(1, False, [MissingSound(0, 60, "not_sent")])
    assert media.decode_told(media.encode_media(closed)) == closed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "message_not_json"),
        ('{"type":"take_ended"}', "message_invalid"),
        ('{"type":"dance"}', "message_invalid"),
        (" " * 70_000, "message_too_large"),
    ],
)
def test_refusals(text, code):
    with pytest.raises(ProtocolError) as refused:
        media.decode_said(text)
    assert refused.value.code == code


@given(st.binary(max_size=80) | st.text(max_size=80))
def test_any_text_is_a_message_or_a_typed_refusal(text):
    with contextlib.suppress(ProtocolError):
        media.decode_said(text)
