"""What is aimed at, and whether it is reached. Pure."""

from collections.abc import Callable
from typing import Any

Row = dict[str, Any]

TIMES_LESS_CPU, TIMES_THE_SESSIONS = 3.0, 4.0
MOST_LOST = 0.1
"""Of the words: a peer that never showed more of them than that has not done the work that its CPU is compared for."""
OTHERS = 0.2
"""Of the core, for other programs: with more, ``disturbed`` says that the figure is not to be relied on. A server that
recognises as often as it can looks cheap while it is kept from it, and carries less."""
NEVER_S = 1000.0
"""Stands for a latency of words that did not come, so that it can be compared and written."""


def targets(load: str, table: dict[str, Row], carried: dict[str, Row]) -> list[Row]:
    """Ours against the best peer in each respect, which need not be the same one. Either part may be empty."""
    found = list[Row]()

    def state(name: str, value: float, target: float, reached: Callable[[float, float], bool], peer: str) -> None:
        word = "at least" if reached is float.__ge__ else "at most"
        met = bool(reached(float(value), float(target)))
        entry = {"name": f"{load}: {name}", "value": round(value, 3), "target": round(target, 3)}
        disturbed = any(_others(name, table, carried) > OTHERS for name in ("viva", peer))
        found.append({**entry, "is": word, "peer": peer, "met": met, "disturbed": disturbed})

    ours, peers = table.get("viva"), _peers(table)
    if ours and peers:
        heard = {name: row for name, row in peers.items() if row.get("never_shown", 0.0) <= MOST_LOST}
        peer, cpu = _least(heard or peers, "cpu_s_per_audio_s")
        state("times less CPU than the best peer", cpu / ours["cpu_s_per_audio_s"], TIMES_LESS_CPU, float.__ge__, peer)
        for column in ("committed_p50_s", "committed_p95_s"):
            peer, best = _least(peers, column)
            state(f"{column} beside the earliest peer's", _late(ours[column]), best, float.__le__, peer)
        for column in ("cer_zh", "wer_en"):
            if ours[column] is not None:
                peer, best = _least(peers, column)
                state(f"{column} beside the most exact peer's", ours[column], best, float.__le__, peer)
    others = {name: row["sessions"] for name, row in _peers(carried).items()}
    if "viva" in carried and others:
        peer = max(others, key=others.__getitem__)
        times = carried["viva"]["sessions"] / max(1, others[peer])
        state("times the sessions of the best peer", times, TIMES_THE_SESSIONS, float.__ge__, peer)
    return found


def _peers(rows: dict[str, Row]) -> dict[str, Row]:
    return {name: row for name, row in rows.items() if not name.startswith("viva")}


def _others(name: str, table: dict[str, Row], carried: dict[str, Row]) -> float:
    steps = carried.get(name, {}).get("steps", [])
    return max(float(row.get("others_on_core", 0.0)) for row in (table.get(name, {}), *steps))


def _least(rows: dict[str, Row], column: str) -> tuple[str, float]:
    peer = min(rows, key=lambda name: _late(rows[name][column]))
    return peer, _late(rows[peer][column])


def _late(value: float | None) -> float:
    return NEVER_S if value is None else value
