"""The text messages of the media WebSocket, beside its binary frames (docs/reference/media-frames.md).

The device keeps a packet until ``TakeSaved`` names it or ``TakeClosed`` says that it is wanted no more. What the server
has comes on every connection first, in ``Takes``; the device sends the rest.
"""

import msgspec

from realtime.protocol.codec import decode_text
from realtime.protocol.messages import Refused
from realtime.protocol.missing import MissingSound


# --------------------------------------------------------------------------- device -> server
class TakeEnded(msgspec.Struct, frozen=True, tag="take_ended"):
    """The answer is over and the take has ``packets`` packets, 0 up to ``packets`` - 1. Saying it again is harmless."""

    take: int
    packets: int


class TakeAbsent(msgspec.Struct, frozen=True, tag="take_absent"):
    """This device does not have the packets ``from`` (``first`` in Python) up to, not including, ``until`` (None: to
    the end): another device holds them, or nobody does any more."""

    take: int
    first: int = msgspec.field(name="from")
    until: int | None = None


class MediaPing(msgspec.Struct, frozen=True, tag="ping"):
    """When nothing else is sent for 5 s: a connection that is silent for 10 s is gone."""


MediaSaid = TakeEnded | TakeAbsent | MediaPing


# --------------------------------------------------------------------------- server -> device
class TakeState(msgspec.Struct, frozen=True):
    """What the server has of one take. ``through``: every packet up to it is durable; -1: none. ``ranges``: further
    durable ones, [first, last]. ``packets``: how many there are in all, once the device has said so. A device that
    holds nothing of a take that goes on counts from ``next_n`` and ``next_ms``."""

    take: int
    question_id: str
    attempt: int
    through: int
    ranges: list[tuple[int, int]]
    packets: int | None
    closed: bool
    next_n: int
    next_ms: int


class Takes(msgspec.Struct, frozen=True, tag="takes"):
    """First on every connection: every take of the interview, oldest first. Of a closed one nothing more is wanted. A
    take that is not in the list is unknown here: keep it until the interview is over."""

    takes: list[TakeState]


class TakeSaved(msgspec.Struct, frozen=True, tag="take_saved"):
    """Everything of the take up to ``through`` is durable and may be forgotten. ``ranges``: further durable packets,
    [first, last], the newest few; they would never be told otherwise where another device holds what is between."""

    take: int
    through: int
    ranges: list[tuple[int, int]] = []


class TakeClosed(msgspec.Struct, frozen=True, tag="take_closed"):
    """The recording is complete, or declared incomplete. Nothing more is wanted; forget all of it."""

    take: int
    complete: bool
    missing: list[MissingSound] = []


class KeyFrameWanted(msgspec.Struct, frozen=True, tag="media_key_frame"):
    """Make the next VP8 frame a key frame."""


class MediaPong(msgspec.Struct, frozen=True, tag="pong"):
    pass


MediaTold = Takes | TakeSaved | TakeClosed | KeyFrameWanted | MediaPong | Refused

_said = msgspec.json.Decoder(MediaSaid)
_told = msgspec.json.Decoder(MediaTold)
_encoder = msgspec.json.Encoder()


def decode_said(text: bytes | str) -> MediaSaid:
    """Raises ``ProtocolError``: message_too_large, message_not_json, message_invalid."""
    message: MediaSaid = decode_text(_said, text)
    return message


def decode_told(text: bytes | str) -> MediaTold:
    """For clients."""
    message: MediaTold = _told.decode(text)
    return message


def encode_media(message: MediaSaid | MediaTold) -> bytes:
    return _encoder.encode(message)
