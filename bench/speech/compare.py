"""The servers one after the other, run after run, and how many sessions each carries."""

import statistics
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.speech import measure, search
from bench.speech.environments import PeerAbsentError
from bench.speech.material import Material
from bench.speech.server_process import Served, ServerProcess
from bench.speech.targets import OTHERS

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Load:
    """One model with what is said to it. ``script``: the file for the stand-in."""

    name: str
    model: Path
    material: Material
    script: Path | None


class Comparison:
    """``absent``: why a server is not in the tables, by name."""

    def __init__(self, servers: list[Served]) -> None:
        self.servers = servers
        self.absent = dict[str, str]()

    @property
    def present(self) -> list[Served]:
        return [served for served in self.servers if served.name not in self.absent]

    async def table(self, load: Load, sessions: int, runs: int, retries: int) -> dict[str, Row]:
        """Medians of interleaved runs, by server. ``retries``: of disturbed runs, in all; the less disturbed counts."""
        seen = dict[str, list[Row]]()
        for _ in range(runs):
            for served in self.present:
                try:
                    row = await _run(served, load, sessions)
                    print(f"    {served.title}: {row['cpu_s_per_audio_s']} s/s", flush=True)
                    if row["others_on_core"] > OTHERS and retries:
                        retries -= 1
                        row = min(row, await _run(served, load, sessions), key=lambda row: row["others_on_core"])
                except PeerAbsentError as error:
                    self._leave_out(served, str(error), had=len(seen.get(served.name, [])))
                    continue
                seen.setdefault(served.name, []).append(row)
        return {name: median(rows) for name, rows in seen.items()}

    async def carried(self, load: Load, first: dict[str, int], steps: int) -> AsyncIterator[tuple[str, Row]]:
        for served in self.present:
            if served.name != "viva" and served.environment == "viva":
                continue
            try:
                async with ServerProcess(served, load.model, load.script) as server:
                    yield served.name, await _carried(server, served, load, first.get(served.name, 1), steps)
            except PeerAbsentError as error:
                yield served.name, {"sessions": 0, "more": False, "disturbed": False, "note": str(error), "steps": []}

    def _leave_out(self, served: Served, why: str, had: int) -> None:
        """From here on. Ours must run: a table without it would say nothing."""
        if served.environment == "viva":
            raise SystemExit(f"Viva itself could not be measured: {why}")
        self.absent[served.name] = why if not had else f"after {had} runs: {why}"
        print(f"  {served.title}: not compared: {self.absent[served.name]}", flush=True)


async def _run(served: Served, load: Load, sessions: int) -> Row:
    async with ServerProcess(served, load.model, load.script) as server:
        return measure.row(await measure.measure(server, served.name, load.material, sessions))


async def _carried(server: ServerProcess, served: Served, load: Load, first: int, steps: int) -> Row:
    trials = _Trials(server, served, load)
    found = await search.carried(trials.holds, first=first, most=served.most, steps=steps)
    return {
        "sessions": found.sessions,
        "more": found.more,
        "disturbed": trials.disturbed,
        "note": "" if trials.finals_too else "by the words shown alone: its finals are late with one session",
        "steps": trials.rows,
    }


class _Trials:
    """Words within 2 s and finals within 3 s, both at the 95th percentile. A server whose policy cannot keep the second
    with one session (``finals_too`` false) is judged by the first alone: that is generous to it, and told. What failed
    while other programs had the core is tried once more; ``disturbed``: that failed too, and it may carry more."""

    def __init__(self, server: ServerProcess, served: Served, load: Load) -> None:
        self.rows = list[Row]()
        self.finals_too = True
        self.disturbed = False
        self._server, self._served, self._load = server, served, load

    async def holds(self, sessions: int) -> bool:
        if await self._in_time(sessions):
            return True
        if self._others_had_the_core and await self._in_time(sessions):
            return True
        self.disturbed = self.disturbed or self._others_had_the_core
        return False

    @property
    def _others_had_the_core(self) -> bool:
        return bool(self.rows[-1]["others_on_core"] > OTHERS)

    async def _in_time(self, sessions: int) -> bool:
        await self._server.quiet()
        run = await measure.measure(self._server, self._served.name, self._load.material, sessions)
        self.rows.append(measure.row(run))
        if sessions == 1 and run.keeps_up and not self._others_had_the_core:
            self.finals_too = run.finals_keep_up
        return run.finals_keep_up if self.finals_too else run.keeps_up


def median(rows: list[Row]) -> Row:
    """Column by column. A latency that is missing in most runs is missing; ``range`` is of the CPU."""

    def middle(values: list[Any]) -> Any:
        if isinstance(values[0], list):
            return sorted({value for listed in values for value in listed})
        known = [float("inf") if value is None else value for value in values]
        found = statistics.median_low(known)
        return None if found == float("inf") else found

    cpu = [row["cpu_s_per_audio_s"] for row in rows]
    return {**{name: middle([row[name] for row in rows]) for name in rows[0]}, "range": [min(cpu), max(cpu)]}
