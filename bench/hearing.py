"""What hearing costs before a recogniser is asked: features, voice activity, memory.

    python -m bench.hearing [--quick] [--json FILE]

Features: an utterance grows by 0.8 s an update up to 9 s. Ours computes the new frames; the peer is faster-whisper's
extractor on the padded window, as servers do that keep nothing. Voice activity: one network for all, and the export
for one stream through onnxruntime, a session at a time, as it was before. Then everything together, paced: so many
sessions hear 20 ms at a time as they do from WebRTC, through ``SpeechStream`` and ``VoiceActivity``. CPU is measured
where it says so, and the runs of ours and the peer's are interleaved.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import asyncio
import json
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from faster_whisper.feature_extractor import FeatureExtractor  # type: ignore[import-untyped]

from bench import machine
from realtime.inference import wire
from realtime.inference.engine import SAMPLE_RATE, Pcm, SpeechRequest
from realtime.inference.features import window_s
from realtime.inference.log_mel import LogMelRing, RingWindow
from realtime.inference.silero import STATE_WIDTH, SileroNetwork
from realtime.inference.vad import SileroVad
from realtime.inference.voice_activity import VoiceActivity
from realtime.perception.speech import SpeechStream

RUNS = 3
MELS = 80
UPDATE_S, LONGEST_S = 0.8, 9.0
SESSIONS = (1, 64, 256, 1000)
CHUNKS_PER_S = SAMPLE_RATE / 512
PUSH_S = 0.02

FEATURES_TARGET = 1.0
"""Cores for a thousand updates a second."""
FEATURES_RATIO_TARGET = 4.0
ERROR_TARGET = 6e-5
VOICE_TARGET = 1.0
"""Cores for a thousand sessions."""
VOICE_RATIO_TARGET = 2.5
WAIT_TARGET_MS = 100.0
MEMORY_TARGET_KB = 1024.0
"""Of a session that has spoken for ten seconds without a pause."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one run, fewer repetitions, 2 s of pacing")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    runs, repeats, seconds = (1, 3, 2.0) if options.quick else (RUNS, 12, 8.0)
    figures: dict[str, Any] = {
        "bench": "hearing",
        "machine": machine.describe(),
        "quick": options.quick,
        "runs": runs,
        "features": features(runs, repeats),
        "voice_activity": [voice(sessions, runs, repeats) for sessions in SESSIONS],
        "paced": [asyncio.run(paced(sessions, seconds)) for sessions in SESSIONS[2 if options.quick else 1 :]],
        "memory_kb": memory(50 if options.quick else 200),
    }
    figures["targets"] = _targets(figures)
    _show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


def cpu_ms(work: Callable[[], object], repeats: int) -> float:
    began = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - began) / repeats * 1e3


def speechlike(seconds: float, seed: int = 1) -> Pcm:
    """Noise in syllables over 60 dB."""
    random = np.random.default_rng(seed)
    samples = round(seconds * SAMPLE_RATE)
    loudness = np.repeat(10 ** random.uniform(-3, 0, samples // 3200 + 1), 3200)[:samples]
    return np.asarray(random.normal(0, 0.2, samples) * loudness, np.float32)


# ------------------------------------------------------------------------------------------------ features
def features(runs: int, repeats: int) -> dict[str, Any]:
    sound, extract = speechlike(LONGEST_S), FeatureExtractor(feature_size=MELS)
    ends = [round(at * SAMPLE_RATE) for at in np.arange(UPDATE_S, LONGEST_S + 1e-9, UPDATE_S)]

    def kept() -> None:
        ring = LogMelRing(MELS)
        for end in ends:
            ring.window(sound[:end], 0).features(window_s(end) or 30)

    def packed() -> None:
        ring = LogMelRing(MELS)
        for end in ends:
            request = SpeechRequest("s", "u", 1, "partial", sound[:end], None, features=RingWindow(ring, 0))
            wire.pack(request, wire.Envelope("id", "reply"))

    def anew() -> None:
        for end in ends:
            full(extract, sound[:end], window_s(end) or 30)

    def thirty() -> None:
        for end in ends:
            full(extract, sound[:end], 30)

    variants = {"kept": kept, "packed": packed, "anew": anew, "thirty": thirty}
    found: dict[str, list[float]] = {name: [] for name in variants}
    for work in variants.values():
        work()
    for _ in range(runs):
        for name, work in variants.items():
            found[name].append(cpu_ms(work, repeats) / len(ends))
    medians = {name: statistics.median(values) for name, values in found.items()}
    request = SpeechRequest("s", "u", 1, "partial", sound, None, features=RingWindow(LogMelRing(MELS), 0))
    as_features = len(wire.pack(request, wire.Envelope("id", "reply"))[1])
    return {
        "ms_per_update": medians["kept"],
        "ms_per_update_packed_for_a_worker": medians["packed"],
        "ms_per_update_anew": medians["anew"],
        "ms_per_update_anew_30s": medians["thirty"],
        "ratio": medians["anew"] / medians["kept"],
        "cores_per_1000_updates_per_s": medians["kept"],
        "bytes_per_s_of_sound": as_features / LONGEST_S,
        "worst_error": worst_error(sound, ends, extract),
    }


def full(extract: FeatureExtractor, audio: Pcm, seconds: int) -> npt.NDArray[np.float32]:
    return np.asarray(extract(np.pad(audio, (0, seconds * SAMPLE_RATE - len(audio))), padding=0))


def worst_error(sound: Pcm, ends: list[int], extract: FeatureExtractor) -> float:
    ring = LogMelRing(MELS)
    return max(
        float(np.abs(ring.window(sound[:end], 0).features(seconds) - full(extract, sound[:end], seconds)).max())
        for end in ends
        if (seconds := window_s(end) or 30)
    )


# ------------------------------------------------------------------------------------------------ voice activity
def voice(sessions: int, runs: int, repeats: int) -> dict[str, Any]:
    """A chunk of every session, again and again."""
    network, vad = SileroNetwork(), SileroVad()
    chunks = speechlike(sessions * 512 / SAMPLE_RATE).reshape(sessions, 512)
    state = np.zeros((sessions, STATE_WIDTH), np.float32)
    listeners = [vad.listener() for _ in range(sessions)]

    def together() -> None:
        network.step(chunks, state)

    def one_by_one() -> None:
        for listen, chunk in zip(listeners, chunks, strict=True):
            listen(chunk[None])

    often = max(repeats, repeats * 200 // sessions)
    together(), one_by_one()
    batched, single = [], []
    for _ in range(runs):
        batched.append(cpu_ms(together, often) / sessions)
        single.append(cpu_ms(one_by_one, often) / sessions)
    ours, peer = statistics.median(batched), statistics.median(single)
    return {
        "sessions": sessions,
        "us_per_chunk": ours * 1e3,
        "us_per_chunk_single": peer * 1e3,
        "ratio": peer / ours,
        "cores": ours / 1e3 * CHUNKS_PER_S * sessions,
        "cores_single": peer / 1e3 * CHUNKS_PER_S * sessions,
    }


# ------------------------------------------------------------------------------------------------ together
@dataclass(slots=True)
class Session:
    """As ``AnswerEar`` does it, without an engine behind."""

    stream: SpeechStream
    ask: Callable[[Pcm, Callable[[Any], None]], bool]
    waits_ms: list[float]
    asked_s: float = 0.0

    def hear(self, pcm: Pcm, start_ms: float) -> None:
        self.stream.push(pcm, start_ms)
        self.listen()

    def listen(self) -> None:
        chunks = self.stream.wants_voice()
        if chunks is not None:
            self.asked_s = time.perf_counter()
            assert self.ask(chunks, self.judged)

    def judged(self, probabilities: Any) -> None:
        self.waits_ms.append((time.perf_counter() - self.asked_s) * 1e3)
        self.stream.judged(probabilities)
        self.listen()


@dataclass(slots=True)
class Lag:
    """How late the event loop wakes, every 10 ms."""

    late_ms: list[float] = field(default_factory=list)

    async def watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            self.late_ms.append((time.perf_counter() - before) * 1e3 - 10)


async def paced(sessions: int, seconds: float) -> dict[str, Any]:
    """Everybody at their own moment of the 20 ms, in twenty groups."""
    activity = VoiceActivity(SileroNetwork())
    waits_ms: list[float] = []
    everyone = [Session(SpeechStream("s", None, None), activity.open().ask, waits_ms) for _ in range(sessions)]
    sound, lag = speechlike(5.0), Lag()
    watching = asyncio.create_task(lag.watch())
    began, cpu_began = time.perf_counter(), time.process_time()
    for step in range(round(seconds / PUSH_S)):
        for group in range(20):
            await asyncio.sleep(max(0.0, began + (step + group / 20) * PUSH_S - time.perf_counter()))
            for at in range(group, sessions, 20):
                from_sample = (step * 320 + at * 1600) % (len(sound) - 320)
                everyone[at].hear(sound[from_sample : from_sample + 320], step * 20.0)
    took_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
    watching.cancel()
    counted = activity.statistics()
    activity.stop()
    return {
        "sessions": sessions,
        "behind_s": max(0.0, took_s - seconds),
        "cores": cpu_s / seconds,
        "chunks_per_turn": counted.chunks / max(1, counted.turns),
        "wait_p50_ms": _percentile(waits_ms, 50),
        "wait_p95_ms": _percentile(waits_ms, 95),
        "loop_late_p95_ms": _percentile(lag.late_ms, 95),
        "unheard_ms": sum(session.stream.unheard_ms for session in everyone),
    }


def _percentile(values: list[float], percent: int) -> float:
    return float(np.percentile(values, percent)) if values else 0.0


# ------------------------------------------------------------------------------------------------ memory
def memory(sessions: int) -> dict[str, float]:
    """Of one session: one that is quiet, and one that has spoken for ten seconds without a pause."""

    def heard(loud: bool) -> list[object]:
        kept: list[object] = []
        for _ in range(sessions):
            stream = SpeechStream("s", None, lambda chunks: np.full(len(chunks), float(loud), np.float32), mels=MELS)
            for at in range(0, 10 * SAMPLE_RATE, 320):
                stream.push(np.full(320, 0.1, np.float32), at / 16)
                request = stream.wants()
                if request is not None and isinstance(request.features, RingWindow):
                    request.features.of(request.audio)
                    stream.failed(request.revision)
            kept.append(stream)
        return kept

    figures = {}
    for name, loud in (("quiet", False), ("speaking_10_s", True)):
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        kept = heard(loud)
        figures[name] = (tracemalloc.get_traced_memory()[0] - before) / 1024 / len(kept)
        tracemalloc.stop()
    return figures


# ------------------------------------------------------------------------------------------------ the door
def _targets(figures: dict[str, Any]) -> list[dict[str, Any]]:
    def at_least(name: str, value: float, target: float) -> dict[str, Any]:
        return {"name": name, "value": round(value, 7), "target": target, "met": value >= target}

    def at_most(name: str, value: float, target: float) -> dict[str, Any]:
        return {"name": name, "value": round(value, 7), "target": target, "met": value <= target}

    heard, largest, run = figures["features"], figures["voice_activity"][-1], figures["paced"][-1]
    cores = heard["cores_per_1000_updates_per_s"]
    return [
        at_most("cores of features for 1,000 updates/s", cores, FEATURES_TARGET),
        at_least("full recomputation / ours", heard["ratio"], FEATURES_RATIO_TARGET),
        at_most("worst difference of a feature", heard["worst_error"], ERROR_TARGET),
        at_most("cores of voice activity for 1,000 sessions", largest["cores"], VOICE_TARGET),
        at_least("session by session / batched, 1,000 sessions", largest["ratio"], VOICE_RATIO_TARGET),
        at_most(f"answer of voice activity, {run['sessions']} sessions, p95 ms", run["wait_p95_ms"], WAIT_TARGET_MS),
        at_most("sound unheard when paced, ms", sum(each["unheard_ms"] for each in figures["paced"]), 0.0),
        at_most("kB of a session speaking for 10 s", figures["memory_kb"]["speaking_10_s"], MEMORY_TARGET_KB),
    ]


def _show(figures: dict[str, Any]) -> None:
    print(f"{machine.line()}\n")
    heard = figures["features"]
    print("features, ms of CPU an update (0.8 s of new sound, windows up to 9 s)")
    print(f"  kept frames                       {heard['ms_per_update']:7.3f}")
    print(f"  kept, and packed for a worker     {heard['ms_per_update_packed_for_a_worker']:7.3f}")
    print(f"  anew, the window's length         {heard['ms_per_update_anew']:7.3f}  ({heard['ratio']:.1f}x)")
    thirty = heard["ms_per_update_anew_30s"]
    print(f"  anew, always 30 s                 {thirty:7.3f}  ({thirty / heard['ms_per_update']:.1f}x)")
    print("\nvoice activity     us a chunk: batched   one by one   ratio    cores: batched   one by one")
    for each in figures["voice_activity"]:
        print(
            f"  {each['sessions']:5} sessions {each['us_per_chunk']:18.1f} {each['us_per_chunk_single']:12.1f}"
            f" {each['ratio']:7.2f} {each['cores']:17.2f} {each['cores_single']:12.2f}"
        )
    print("\npaced         cores needed   behind s   chunks/turn   answer p50/p95 ms   loop late p95 ms   unheard ms")
    for each in figures["paced"]:
        print(
            f"  {each['sessions']:5} sessions {each['cores']:10.2f} {each['behind_s']:10.2f}"
            f" {each['chunks_per_turn']:13.1f} {each['wait_p50_ms']:12.0f} / {each['wait_p95_ms']:.0f}"
            f" {each['loop_late_p95_ms']:16.1f} {each['unheard_ms']:12.0f}"
        )
    print(f"\nmemory of a session, kB: {', '.join(f'{k} {v:.0f}' for k, v in figures['memory_kb'].items())}\n")
    for target in figures["targets"]:
        verdict = "met   " if target["met"] else "MISSED"
        print(f"  {verdict}  {target['name']}: {target['value']} (target {target['target']})")


if __name__ == "__main__":
    main()
