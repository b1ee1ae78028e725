"""From packets on a bad road to the evidence and to who reads it for the report: what was lost is a value with its
place, what was only late, out of order or silent is nothing, and no word moves.

Real Opus in real RTP, in virtual time.
"""

import asyncio
import random
from typing import Any

import numpy as np
import pytest

from realtime.interview import evidence as ev
from realtime.media import rtp
from realtime.media.opus import OpusEncoder
from realtime.media.rtp_ingest import RtpIngest
from realtime.media.sdp import read_offer
from realtime.protocol import messages as say
from scoring import answers
from tests.realtime.live.test_listening import TO_ANSWER, Control, recognised, told, written

OFFER = "\r\n".join(
    [
        "v=0",
        "a=ice-options:trickle",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:" + "x" * 24,
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "a=mid:0",
        "a=rtpmap:111 opus/48000/2",
        "",
    ]
)
PACKET_MS = 20
LOST_MS, SUPPRESSED_MS, CONCEALED_MS = 700, 380, 120
PAUSE_MS = 1_000
SPOKEN_MS = (0, 3_000 + LOST_MS, 3_000 + LOST_MS + 3_000 + SUPPRESSED_MS)
"""Where each two seconds of speech begin: after a hole of lost packets, and after one in which nothing was sent."""


class Road(Control):
    """A publisher's packets, as they come out at our end."""

    def __init__(self, on: Any, seed: int) -> None:
        super().__init__()
        sink = on.interview.listening.connect("webrtc")
        self._ingest = RtpIngest(read_offer(OFFER), sink, lambda data: None, asyncio.get_running_loop().time())
        sink.use(self)
        sink.media_changed("webrtc", True)
        self._random = random.Random(seed)

    def decode_audio(self, wanted: bool) -> None:
        self._ingest.audio.decode(wanted)

    def _arrivals(self) -> list[tuple[float, bytes]]:
        """2 % lost, up to 50 ms late, every twentieth three places late."""
        encoder, arrivals, sequence, at_ms = OpusEncoder(), list[tuple[float, bytes]](), 65_500, 0
        tone = (0.5 * np.sin(np.arange(PACKET_MS * 16) * 2 * np.pi * 300 / 16_000)).astype(np.float32)
        for start_ms in SPOKEN_MS:
            if start_ms == SPOKEN_MS[1]:
                sequence += LOST_MS // PACKET_MS
            at_ms = start_ms
            while at_ms < start_ms + 2_000 + PAUSE_MS:
                payload = encoder.encode(tone if at_ms < start_ms + 2_000 else tone * 0.002)
                packet = rtp.pack(111, False, sequence, at_ms * 48, 7, payload)
                late_ms = 3 * PACKET_MS if sequence % 20 == 0 else self._random.uniform(0, 50)
                edge = at_ms - start_ms < 200 or start_ms + 2_000 + PAUSE_MS - at_ms < 200
                if edge or self._random.random() >= 0.02:
                    arrivals.append((at_ms + (0 if edge else late_ms), packet))
                sequence, at_ms = sequence + 1, at_ms + PACKET_MS
        return sorted(arrivals)

    async def drive(self) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        for at_ms, packet in self._arrivals():
            await asyncio.sleep(began_s + at_ms / 1000 - loop.time())
            self._ingest.receive(packet, loop.time())
        await asyncio.sleep(0.3)
        self._ingest.tick(loop.time())

    @property
    def lost(self) -> int:
        return self._ingest.audio.lost


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_only_what_was_lost_is_a_gap_and_no_word_moves(stage: Any, engines: Any, virtually: Any, seed: int) -> None:
    async def play(on: Any) -> None:
        await told(on, *TO_ANSWER)
        road = Road(on, seed)
        await road.drive()
        await told(on, say.FinishAnswer("q1"))
        await asyncio.sleep(2)

        assert road.lost > LOST_MS // PACKET_MS + 2  # single losses as well: concealed, no gap
        [gap] = [gap for gap in written(on, ev.GapFound) if gap.cause == "loss"]
        zero_ms = gap.start_ms - 3_000  # the answer began before the first packet
        assert gap.end_ms - gap.start_ms == pytest.approx(LOST_MS - CONCEALED_MS, abs=PACKET_MS)
        spans = [span.start_ms - zero_ms for span in written(on, ev.SpeechSpan)]
        assert spans == pytest.approx(SPOKEN_MS, abs=100)

        lines = [ev.encode(record) for record in on.journal.records["iv_1"]]
        read = [g for g in answers.gather(lines).answers["q1"].gaps if g.cause == "loss"]
        assert [(g.start_ms, g.end_ms) for g in read] == [(gap.start_ms, gap.end_ms)]

    async def whole() -> None:
        on = stage(engines=engines(recognised))
        await on.join()
        try:
            await play(on)
        finally:
            await on.close()

    virtually(whole())
