"""One run of one server: so many sessions speak at once, and what came of it."""

import asyncio
import math
import time
from dataclasses import dataclass
from typing import Any

from bench.speech import clients, judge
from bench.speech.clients import Session
from bench.speech.environments import PeerAbsentError
from bench.speech.material import Material
from bench.speech.server_process import ServerProcess, core_busy_s

SPREAD_S = 1.0
"""Over which the sessions begin: nobody's candidates take breath together."""
AFTER_S = 1.0
"""CPU is counted for so long after the last sound."""
LATE_S = 0.5
"""A client later than this with its sound has measured itself."""
PARTIAL_LAG_S, FINAL_LAG_S = 2.0, 3.0


@dataclass(frozen=True, slots=True)
class Run:
    """``audio_s``: of all sessions together. ``others_s``: what other programs took of the server's core meanwhile."""

    sessions: int
    audio_s: float
    wall_s: float
    cpu_s: float
    others_s: float
    counts: dict[str, int]
    judged: tuple[judge.Judged, ...]
    messages: int
    client_late_s: float
    failed: tuple[str, ...]
    rss_mb: float

    def lag_s(self, what: str, share: float) -> float:
        return judge.percentile([value for one in self.judged for value in getattr(one, what)], share)

    @property
    def keeps_up(self) -> bool:
        return not self.failed and self.lag_s("first_shown_s", 0.95) <= PARTIAL_LAG_S

    @property
    def finals_keep_up(self) -> bool:
        return self.keeps_up and self.lag_s("finals_s", 0.95) <= FINAL_LAG_S

    @property
    def disturbed(self) -> bool:
        return self.client_late_s > LATE_S


async def measure(server: ServerProcess, wire_name: str, material: Material, sessions: int) -> Run:
    """Raises ``PeerAbsentError`` where not one session got through."""
    start, wire = clients.Start(sessions), clients.WIRES[wire_name]
    parts = [material.part(number) for number in range(sessions)]
    speaking = [
        asyncio.create_task(
            clients.speak(wire, server.port, part, start, SPREAD_S * number / sessions), name=f"session {number}"
        )
        for number, part in enumerate(parts)
    ]
    await start.everybody.wait()
    before, busy_before, counts_before = server.cpu_s(), core_busy_s(), server.counts()
    began = time.monotonic()
    start.go()
    await asyncio.sleep(max(part.seconds for part in parts) + SPREAD_S + AFTER_S)
    wall_s, busy_s = time.monotonic() - began, core_busy_s() - busy_before
    cpu_s, counts, rss_mb = server.cpu_s() - before, server.counts(), server.rss_mb()
    done: list[Session] = await asyncio.gather(*speaking)
    failed = tuple(session.failed for session in done if session.failed)
    if len(failed) == sessions:
        raise PeerAbsentError(f"no session got through: {failed[0]}")
    return Run(
        sessions=sessions,
        audio_s=sum(part.seconds for part in parts),
        wall_s=wall_s,
        cpu_s=cpu_s,
        others_s=max(0.0, busy_s - cpu_s),
        counts={name: counts[name] - counts_before[name] for name in counts},
        judged=tuple(judge.judge(s.part.words, s.shown, s.part.language) for s in done),
        messages=sum(session.messages for session in done),
        client_late_s=max(session.late_s for session in done),
        failed=failed,
        rss_mb=rss_mb,
    )


def row(run: Run) -> dict[str, Any]:
    """As it stands in the JSON. A latency of a word that never came is null."""
    said = {lang: sum(j.said for j in run.judged if j.language == lang) for lang in ("zh", "en")}
    wrong = {lang: sum(j.wrong for j in run.judged if j.language == lang) for lang in ("zh", "en")}
    windows = run.counts["windows"]
    return {
        "sessions": run.sessions,
        "cpu_s_per_audio_s": round(run.cpu_s / run.audio_s, 4),
        "encodes_per_audio_s": round(windows / run.audio_s, 3),
        "cpu_s_per_encode": round(run.cpu_s / windows, 4) if windows else 0.0,
        "window_s": round(run.counts["frames"] / 100 / windows, 2) if windows else 0.0,
        "windows_per_encode": round(windows / run.counts["encodes"], 2) if windows else 0.0,
        "tokens_per_audio_s": round(run.counts["tokens"] / run.audio_s, 2),
        **{
            f"{name}_{share}_s": judge.told(run.lag_s(what, int(share[1:]) / 100))
            for name, what in (("first_shown", "first_shown_s"), ("committed", "committed_s"), ("final", "finals_s"))
            for share in ("p50", "p95")
        },
        "never_shown": _share(math.isinf(v) for j in run.judged for v in j.first_shown_s),
        "never_committed": _share(math.isinf(v) for j in run.judged for v in j.committed_s),
        "erasure": round(sum(j.erased for j in run.judged) / max(1, sum(j.shown for j in run.judged)), 3),
        "cer_zh": round(wrong["zh"] / said["zh"], 4) if said["zh"] else None,
        "wer_en": round(wrong["en"] / said["en"], 4) if said["en"] else None,
        "messages_per_s": round(run.messages / run.audio_s, 2),
        "core": round(run.cpu_s / run.wall_s, 3),
        "others_on_core": round(run.others_s / run.wall_s, 3),
        "memory_mb": round(run.rss_mb),
        "failed": list(run.failed),
        "client_late_s": round(run.client_late_s, 3),
    }


def _share(values: Any) -> float:
    every = list(values)
    return round(sum(every) / len(every), 4) if every else 0.0
