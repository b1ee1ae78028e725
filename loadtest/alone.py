"""One virtual candidate as a process of its own, which can be killed and started again: ``python -m loadtest.alone``.

It prints a line of JSON for everything it sees that matters to whoever kills, and writes down every packet it makes
before it is sent, so that a recording can be compared with what its microphone gave.
"""

import argparse
import asyncio
import json
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from loadtest.candidate import Reply, Script, Spoken, Typed, VirtualCandidate
from loadtest.kept_takes import KeptPacket, KeptTakes
from loadtest.media import face_frames, face_stills, speech_packets
from realtime.protocol import messages as say

MADE = struct.Struct("!HIIH")
TYPED = Typed("我会先听客户说完，再说明风险。")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("link")
    parser.add_argument("folder", type=Path, help="where its takes are kept, and what it made is written")
    parser.add_argument("--transport", choices=("webrtc", "websocket"), default="websocket")
    parser.add_argument("--answer", default="zh-returns", help="what it says to the first question; the rest is typed")
    parser.add_argument("--packets", type=int, help="how many of the answer's packets it says; all, if not told")
    parser.add_argument("--patience", type=float, default=120.0)
    chosen = parser.parse_args()
    asyncio.run(_run(chosen))


async def _run(chosen: argparse.Namespace) -> None:
    speech_packets(chosen.answer)  # before it joins, so that it does not stutter
    face_frames() if chosen.transport == "webrtc" else face_stills()
    _print(ready=True)
    kept = KeptTakes(chosen.folder / "kept")
    with (chosen.folder / "made").open("ab", buffering=0) as file:
        kept.made = lambda take, packet: _write(file, take, packet)
        replies: tuple[Reply, ...] = (Spoken(chosen.answer, chosen.packets), TYPED, TYPED, TYPED)
        candidate = VirtualCandidate(
            chosen.link,
            Script(None, replies),
            transport=chosen.transport,
            heard=_tell,
            patience_s=chosen.patience,
            kept=kept,
        )
        outcome = await candidate.run()
    _print(finished=outcome.finished is not None, away_s=outcome.away_s, saved=[take.saved for take in outcome.takes])


def _write(file: IO[bytes], take: int, packet: KeptPacket) -> None:
    file.write(MADE.pack(take, packet.n, packet.start_ms, len(packet.payload)) + packet.payload)


def read_made(path: Path) -> Iterator[tuple[int, int, int, bytes]]:
    """(take, number, start in milliseconds, packet) of every packet that was written whole."""
    data, at = path.read_bytes(), 0
    while at + MADE.size <= len(data):
        take, n, start_ms, size = MADE.unpack_from(data, at)
        at += MADE.size + size
        if at <= len(data):
            yield take, n, start_ms, data[at - size : at]


def _tell(envelope: say.Envelope) -> None:
    match envelope.message:
        case say.Welcome(state=state):
            _print(welcome=state.phase.value, take=state.take)
        case say.PhaseChanged(phase=phase, take=take):
            _print(phase=phase.value, take=take)
        case say.AnswerSettled(question_id=question_id, recording=recording, transcript=transcript):
            _print(settled=question_id, recording=recording, transcript=transcript)
        case say.Refused(code=code):
            _print(refused=code)
        case _:
            pass


def _print(**facts: object) -> None:
    sys.stdout.write(json.dumps({"at_s": round(time.time(), 3), **facts}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
