"""Bytes to messages and back. The only place that knows the wire is JSON.

A frame that is too large, is not JSON, or is not one of our messages becomes a ``ProtocolError`` with a
stable code; it never becomes an exception of the library underneath, and never closes another connection.
"""

from typing import TypeVar

import msgspec

from realtime.protocol.messages import CandidateMessage, Envelope, HrMessage, Refused, ServerMessage
from realtime.protocol.text import Bilingual, Fault

MAX_MESSAGE_BYTES = 64 * 1024
"""A text frame. The longest honest message is a typed draft; ``MAX_DRAFT_CHARACTERS`` fits four times."""
MAX_DRAFT_CHARACTERS = 10_000
MAX_NOTE_CHARACTERS = 2_000

T = TypeVar("T")

_candidate = msgspec.json.Decoder(CandidateMessage)
_hr = msgspec.json.Decoder(HrMessage)
_envelope = msgspec.json.Decoder(Envelope)
_encoder = msgspec.json.Encoder()


class ProtocolError(Exception):
    """The peer said something that is not in the protocol. Always the peer's fault, never retryable as is."""

    def __init__(self, code: str, message: Bilingual) -> None:
        super().__init__(f"{code}: {message.en}")
        self.code = code
        self.message = message

    def refusal(self) -> Refused:
        return Refused(code=self.code, message=self.message, retry=False, fault=Fault.CLIENT)


def decode_text(decoder: "msgspec.json.Decoder[T]", data: bytes | str) -> T:
    """Raises ``ProtocolError``: message_too_large, message_not_json, message_invalid."""
    size = len(data) if isinstance(data, bytes) else len(data.encode())
    if size > MAX_MESSAGE_BYTES:
        raise ProtocolError(
            "message_too_large",
            Bilingual(
                zh=f"消息过大（{size} 字节），上限为 {MAX_MESSAGE_BYTES} 字节。",
                en=f"The message has {size} bytes; the limit is {MAX_MESSAGE_BYTES}.",
            ),
        )
    try:
        return decoder.decode(data)
    except msgspec.ValidationError as error:
        raise ProtocolError(
            "message_invalid", Bilingual(zh=f"消息不符合协议：{error}", en=f"Not a message of this protocol: {error}.")
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # the last: brackets in brackets in brackets
        raise ProtocolError(
            "message_not_json", Bilingual(zh="消息不是有效的 JSON。", en="The message is not valid JSON.")
        ) from None


def decode_candidate(data: bytes | str) -> CandidateMessage:
    """Raises ``ProtocolError``: message_too_large, message_not_json, message_invalid."""
    message: CandidateMessage = decode_text(_candidate, data)
    return message


def decode_hr(data: bytes | str) -> HrMessage:
    """Raises ``ProtocolError`` like ``decode_candidate``."""
    message: HrMessage = decode_text(_hr, data)
    return message


def decode_envelope(data: bytes | str) -> Envelope:
    """For clients. Server messages have no size limit of their own (a live list can be long)."""
    return _envelope.decode(data)


def encode(message: CandidateMessage | HrMessage | Envelope) -> bytes:
    return _encoder.encode(message)


def envelope(message: ServerMessage, *, seq: int = 0, at_ms: int = 0) -> bytes:
    return _encoder.encode(Envelope(seq=seq, at_ms=at_ms, message=message))
