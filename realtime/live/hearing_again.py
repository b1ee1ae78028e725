"""The whole take, transcribed from the recording: for answers of which the live path has not heard everything.

The same voice activity detection and the same engines as live, but finals only, and on the take's own clock. A hole in
the take is a gap here too, so nobody's sentence is glued to another.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from realtime.inference.bus import Inference, InferenceError, Superseded
from realtime.inference.engine import Pcm, SpeechRequest
from realtime.interview.plan import Term
from realtime.media.assembly import samples
from realtime.media.opus import OpusDecoder, OpusError
from realtime.media.take import SLACK_MS, Packet
from realtime.perception.speech import CaptionUpdate, Detect, SpeechEnded, SpeechEvent, SpeechStarted, SpeechStream
from realtime.perception.terminology import Spelling, hot_words
from realtime.protocol.text import Language

log = logging.getLogger("viva.again")

SLICE_MS = 5_000
"""Of sound at a time, in a thread: a long answer holds up nobody."""
RETRY_PAUSE_S = 0.5
MOST_WAITS = 240
"""Pauses in all while no engine answers: two minutes, then what there is has to do."""


@dataclass(slots=True)
class HeardAgain:
    """``complete``: every utterance has its last words. ``spans``: speech from start to end, milliseconds.
    ``waits``: how often nobody was there to ask."""

    captions: list[CaptionUpdate] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    voiced_ms: int = 0
    complete: bool = True
    waits: int = 0


async def hear_again(
    sound: Sequence[Packet],
    inference: Inference,
    detect: Detect,
    *,
    session_id: str,
    utterance_prefix: str,
    glossary: Sequence[Term] = (),
    language: Language = "zh",
) -> HeardAgain:
    stream = SpeechStream(
        session_id,
        None,
        detect,
        utterance_prefix=utterance_prefix,
        hot_words=hot_words(glossary, language),
        spelling=Spelling.of(glossary),
    )
    heard, began = HeardAgain(), [0]
    for piece in _slices(sound):
        _note(heard, began, await asyncio.to_thread(_push, stream, piece))
        await _recognise(heard, began, stream, inference)
    _note(heard, began, stream.finish())
    await _recognise(heard, began, stream, inference)
    heard.voiced_ms = stream.voiced_ms
    heard.complete = stream.lost_finals == 0
    return heard


def _slices(sound: Sequence[Packet]) -> Iterator[list[Packet]]:
    piece: list[Packet] = []
    for packet in sound:
        if piece and packet.end_ms - piece[0].start_ms > SLICE_MS:
            yield piece
            piece = []
        piece.append(packet)
    if piece:
        yield piece


def _push(stream: SpeechStream, piece: list[Packet]) -> list[SpeechEvent]:
    """Runs of packets without a hole are pushed together: voice activity is cheaper in one go."""
    events: list[SpeechEvent] = []
    decoder, begins_ms, end_ms = OpusDecoder(), 0, 0
    parts: list[Pcm] = []
    for packet in piece:
        if parts and packet.start_ms - end_ms > SLACK_MS:
            events += stream.push(np.concatenate(parts), begins_ms)
            parts = []
        if not parts:
            begins_ms = packet.start_ms
        parts.append(_decoded(decoder, packet))
        end_ms = packet.end_ms
    return events + (stream.push(np.concatenate(parts), begins_ms) if parts else [])


def _decoded(decoder: OpusDecoder, packet: Packet) -> Pcm:
    """What no decoder takes is as long as it says it is, and silent."""
    if packet.codec == "pcm":
        return samples(packet.payload)
    try:
        return decoder.decode(packet.payload)
    except OpusError:
        return np.zeros(round(packet.duration_ms * 16), np.float32)


def _note(heard: HeardAgain, began: list[int], events: list[SpeechEvent]) -> None:
    for event in events:
        match event:
            case SpeechStarted(media_ms=at):
                began[0] = at
            case SpeechEnded(media_ms=at):
                heard.spans.append((began[0], at))
            case CaptionUpdate(final=True):
                heard.captions.append(event)
            case CaptionUpdate():
                pass  # nobody watches a recording while it is being read


async def _recognise(heard: HeardAgain, began: list[int], stream: SpeechStream, inference: Inference) -> None:
    """One after the other: each is the context of the next."""
    while (request := stream.wants()) is not None:
        if request.kind == "partial":
            stream.failed(request.revision)
            return
        _note(heard, began, await _final(heard, stream, request, inference))


async def _final(
    heard: HeardAgain, stream: SpeechStream, request: SpeechRequest, inference: Inference
) -> list[SpeechEvent]:
    try:
        return stream.apply(await inference.transcribe(request))
    except Superseded:
        return stream.failed(request.revision)
    except InferenceError as error:
        if error.tried:
            log.warning("a final of %s: %s", request.session_id, error.code)
        if error.retry:
            await asyncio.sleep(RETRY_PAUSE_S)
        heard.waits += not error.tried
        return stream.failed(request.revision, retry=error.retry, tried=error.tried or heard.waits > MOST_WAITS)
