"""``python -m bench.media [--quick] [--json FILE]``: the three tables, and whether the targets are met."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aioice.ice
import uvloop

from bench import machine
from bench.media import cost, joins, loss, pipecat_environment
from bench.media.cost import Cost, Load

VIDEO = {
    "none": "(a) audio",
    "assembled": "(b) audio and 5 frames a second, assembled",
    "decoded": "(c) of them 2 a second decoded",
}
TIMES_LESS = 6.0
SAME_PACKETS = ((20, "viva, 20 ms", "stock, as answered"), (60, "viva, as answered", "stock, 60 ms"))
MEMORY_MB, THREADS = 0.5, 0.0
TIMING_ERROR_MS, PERMANENT_DELAY_MS = 20.0, 20.0
"""A permanent delay below the time for which datagrams are gathered cannot be told from none."""
FIRST_PICTURE_MS = 1000.0


class Bench:
    """``quick``: everything once and short."""

    def __init__(self, quick: bool) -> None:
        self._quick = quick
        self._sessions, self._seconds, self._runs = (8, 1.5, 1) if quick else (20, 6.0, 3)
        self.peers = ["viva", "stock"]
        try:
            pipecat_environment.python()
            self.peers.append("pipecat")
        except pipecat_environment.PipecatAbsentError as error:
            print(f"Pipecat is left out: {error}")

    def run(self) -> dict[str, Any]:
        costs = self._costs()
        ceilings = {} if self._quick else self._ceilings(costs)
        timings = self._timings()
        joined = self._joins()
        pictures = uvloop.run(joins.first_pictures(5 if self._quick else 20))
        print(f"\nHR's first picture over WHEP: p50 {pictures['p50_ms']} ms, p95 {pictures['p95_ms']} ms")
        return {
            "bench": "media",
            "quick": self._quick,
            "machine": machine.describe(),
            "sessions": self._sessions,
            "seconds": self._seconds,
            "runs": self._runs,
            "cost": costs,
            "sessions_per_core": ceilings,
            "timing": timings,
            "joins": joined,
            "first_picture": pictures,
            "targets": _targets(costs, timings, pictures),
        }

    def _loads(self, video: str) -> list[Load]:
        packet_times = (None,) if self._quick or video == "decoded" else (None, 20, 60)
        loads = [Load(peer, video, packet_ms) for packet_ms in packet_times for peer in self.peers]
        # What the others answer is 20 ms, what we answer is 60: those are measured once.
        same = {"viva": 60, "stock": 20, "pipecat": 20}
        return [load for load in loads if load.packet_ms != same[load.server]]

    def _costs(self) -> dict[str, dict[str, Any]]:
        print(f"{self._sessions} sessions, {self._seconds:g} s, {self._runs} interleaved runs; the server's own CPU")
        table = dict[str, dict[str, Any]]()
        for video, title in VIDEO.items():
            loads, seen = self._loads(video), dict[str, list[Cost]]()
            for _ in range(self._runs):
                for load in loads:
                    run = uvloop.run(cost.measure(load, self._sessions, self._seconds))
                    seen.setdefault(load.name, []).append(run)
            rows = {name: cost.summary(costs) for name, costs in seen.items()}
            _compare(rows)
            table[video] = rows
            print(f"\n{title}")
            for name, row in rows.items():
                print(_cost_line(name, row))
        return table

    def _ceilings(self, costs: dict[str, dict[str, Any]]) -> dict[str, Any]:
        print("\nsessions on one core, by trying")
        found = dict[str, Any]()
        for video in ("none", "assembled"):
            for peer in self.peers:
                load = Load(peer, video, None)
                seen = uvloop.run(cost.ceiling(load, costs[video][load.name]["sessions_a_core"]))
                found[f"{peer}, {video}"] = seen
                more = " or more" if seen["more_were_not_tried"] or seen["disturbed"] else ""
                last = seen["steps"][-1]
                why = "; other programs had the core" if seen["disturbed"] else ""
                print(
                    f"  {peer:8} {video:10} {seen['sessions']}{more}; then {last['sessions']}: {last['delivered']:.1%} "
                    f"delivered, lag p99 {last['lag_p99_ms']} ms, {last['server_core']:.0%} of the core, "
                    f"waiting for it {last['waited']:.0%} of the time{why}"
                )
        return found

    def _timings(self) -> dict[str, Any]:
        print(f"\n{loss.DESCRIPTION}")
        sessions, bad_s = (3, 5) if self._quick else (6, 30)
        loads = [Load("viva", "none", None), Load("stock", "none", None)]
        if not self._quick:
            loads += [Load("viva", "none", 20), Load("stock", "none", 60)]
            loads += [Load("pipecat", "none", None)] if "pipecat" in self.peers else []
        found = dict[str, Any]()
        for load in loads:
            seen = found[load.name] = uvloop.run(loss.measure(load, sessions, bad_s))
            for way in ("by_media_time", "by_counting_samples"):
                if (judged := seen[way]) is not None:
                    print(_timing_line(f"{load.name}, {way.replace('_', ' ')}", judged))
        return found

    def _joins(self) -> list[dict[str, Any]]:
        print("\njoining at once, from the offer to the first audio accepted")
        tried = [("viva", n) for n in ((1, 20) if self._quick else (1, 50, 200))]
        tried += [] if self._quick else [("stock", 1), ("stock", 50)]
        rows = list[dict[str, Any]]()
        for name, joining in tried:
            row = {"server": name, **uvloop.run(joins.measure(name, joining))}
            rows.append(row)
            print(
                f"  {name:8} {joining:4}: p50 {row['p50_ms']} ms, p95 {row['p95_ms']} ms; CPU a join: "
                f"server {row['server_cpu_ms_per_join']} ms, client {row['client_cpu_ms_per_join']} ms"
            )
        return rows


def _compare(rows: dict[str, dict[str, Any]]) -> None:
    """Each against what stock and Pipecat cost as answered: how many times less."""
    for peer in ("stock", "pipecat"):
        if (other := rows.get(f"{peer}, as answered")) is None:
            continue
        for row in rows.values():
            ratio = other["cpu_ms_per_session_second"] / row["cpu_ms_per_session_second"]
            row[f"times_less_than_{peer}"] = round(ratio, 2)


def _cost_line(name: str, row: dict[str, Any]) -> str:
    low, high = row["range"]
    ratios = " ".join(f"{row[key]:5.1f}" for key in ("times_less_than_stock", "times_less_than_pipecat") if key in row)
    return (
        f"  {name:20} {row['packet_ms']:2} ms  {row['cpu_ms_per_session_second']:6.2f} ms/s ({low:.2f}-{high:.2f})"
        f"  {row['sessions_a_core']:5} a core  x {ratios}  {row['memory_mb_per_session']:5.2f} MB"
        f"  {row['threads_per_session']:.1f} threads  {row['delivered']:.1%} heard"
        f"  {row['frames_a_second']:.1f} frames/s  {row['pictures_a_second']:.1f} pictures/s"
    )


def _timing_line(name: str, judged: dict[str, Any]) -> str:
    if "error_ms" not in judged:
        return f"  {name:44} {judged['note']}"
    error, delay = judged["error_ms"], judged["permanent_delay_ms"]
    return (
        f"  {name:44} error p50 {error['p50']} p95 {error['p95']} max {error['max']} ms; delay for good "
        f"{delay['median']} ms; {judged['missing']} of {judged['markers']} markers not heard"
    )


def _targets(costs: dict[str, Any], timings: dict[str, Any], pictures: dict[str, Any]) -> list[dict[str, Any]]:
    targets = list[dict[str, Any]]()

    def state(name: str, value: float, target: float, reached: Callable[[float, float], bool], word: str) -> None:
        met = reached(value, target)
        targets.append({"name": name, "value": value, "target": target, "is": word, "met": met})

    for video, letter in (("none", "a"), ("assembled", "b")):
        rows = costs[video]
        ours = rows["viva, as answered"]
        state(
            f"times_less_cpu_than_stock_{letter}", ours["times_less_than_stock"], TIMES_LESS, float.__ge__, "at least"
        )
        for packet_ms, mine, stock in SAME_PACKETS:
            if mine in rows and stock in rows:
                cpu = "cpu_ms_per_session_second"
                times_less = round(rows[stock][cpu] / rows[mine][cpu], 2)
                name = f"times_less_cpu_than_stock_{letter}_both_{packet_ms}_ms"
                state(name, times_less, TIMES_LESS, float.__ge__, "at least")
        state(f"memory_mb_per_session_{letter}", ours["memory_mb_per_session"], MEMORY_MB, float.__le__, "at most")
        state(f"threads_per_session_{letter}", ours["threads_per_session"], THREADS, float.__le__, "at most")
    judged = timings["viva, as answered"]["by_media_time"]
    state("word_timing_error_max_ms", judged["error_ms"]["max"], TIMING_ERROR_MS, float.__le__, "at most")
    delay_ms = judged["permanent_delay_ms"]["median"]
    state("permanent_delay_ms", delay_ms, PERMANENT_DELAY_MS, float.__le__, "at most")
    state("hr_first_picture_p95_ms", float(pictures["p95_ms"]), FIRST_PICTURE_MS, float.__le__, "at most")
    return targets


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.media", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="8 sessions, 1.5 s, once; no trying for the ceiling")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    cost.pin()
    joins.open_files(4096)
    print(machine.line())
    figures = Bench(options.quick).run()
    print("\ntargets")
    for target in figures["targets"]:
        verdict = "met" if target["met"] else "MISSED"
        print(f"  {target['name']}: {target['value']} ({target['is']} {target['target']:g}) {verdict}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
