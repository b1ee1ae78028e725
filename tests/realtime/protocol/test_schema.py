"""The schema describes what the codec accepts, and the web client's types are made from today's schema."""

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest

from realtime.protocol import codec, messages
from realtime.protocol.schema import schema
from realtime.protocol.text import Bilingual, Phase
from web_client.dev.generate_types import TARGET, render


def check(name: str, value: Any) -> None:
    document = schema()
    jsonschema.validate(value, {"$ref": f"#/$defs/{name}", "$defs": document["$defs"]})


def test_every_message_has_a_definition() -> None:
    definitions = schema()["$defs"]
    for union in (messages.CandidateMessage, messages.HrMessage, messages.ServerMessage):
        for struct in union.__args__:
            assert struct.__name__ in definitions


def test_an_encoded_envelope_is_valid() -> None:
    state = messages.PhaseChanged(phase=Phase.READING)
    both = Bilingual(zh="客户经理", en="client manager")
    welcome = messages.Welcome("i1", 2, "zh", both, both, state, last_seq=7)
    check("Envelope", json.loads(codec.envelope(welcome, seq=0, at_ms=12)))


def test_what_the_codec_refuses_the_schema_refuses() -> None:
    wrong = {"type": "proceed", "phase": "lunch"}
    with pytest.raises(codec.ProtocolError):
        codec.decode_candidate(json.dumps(wrong))
    with pytest.raises(jsonschema.ValidationError):
        check("CandidateMessage", wrong)


def test_a_message_of_the_page_is_valid() -> None:
    draft = messages.SaveDraft("q1", "我曾经…", 3)
    check("CandidateMessage", json.loads(msgspec.json.encode(draft)))


def test_the_types_of_the_web_client_are_current() -> None:
    assert TARGET.read_text(encoding="utf-8") == render(), "run: python -m web_client.dev.generate_types"
