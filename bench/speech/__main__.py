"""``python -m bench.speech [--quick] [--json FILE]``: Viva's live transcription beside its peers', and on a GPU."""

import argparse
import asyncio
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from bench import machine
from bench.speech import clients, environments, gpu, material, models, targets
from bench.speech.compare import Comparison, Load, Row
from bench.speech.environments import PeerAbsentError
from bench.speech.server_process import CLIENT_CPU, CPUS, SERVERS
from realtime.inference.whisper_files import ModelInvalid, fixture_directory, read_model_directory

STAND_IN = environments.ROOT / ".cache" / "bench" / "speech" / "tiny"
SESSIONS, RUNS = 2, 3
RETRIES = 3
TITLES = {served.name: served.title for served in SERVERS}
FIRST, STEPS = {"viva": 4}, 5
COLUMNS = (
    ("CPU s/s", "cpu_s_per_audio_s", "{:.3f}"),
    ("enc/s", "encodes_per_audio_s", "{:.2f}"),
    ("s/enc", "cpu_s_per_encode", "{:.3f}"),
    ("of s", "window_s", "{:.0f}"),
    ("shown p50", "first_shown_p50_s", "{:.2f}"),
    ("p95", "first_shown_p95_s", "{:.2f}"),
    ("commit p50", "committed_p50_s", "{:.2f}"),
    ("p95", "committed_p95_s", "{:.2f}"),
    ("final p95", "final_p95_s", "{:.2f}"),
    ("erased", "erasure", "{:.2f}"),
    ("CER zh", "cer_zh", "{:.3f}"),
    ("WER en", "wer_en", "{:.3f}"),
    ("msg/s", "messages_per_s", "{:.1f}"),
    ("core", "core", "{:.0%}"),
    ("others", "others_on_core", "{:.0%}"),
)


class Bench:
    """``quick``: one short run each with the stand-in and the model that is given, and no search."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self._quick: bool = options.quick
        self._runs: int = options.runs or (1 if options.quick else RUNS)
        self._tables: bool = not options.sessions_only
        self._json: Path | None = options.json
        self._folder = folder
        wanted = set(options.only.split(",")) if options.only else {served.name for served in SERVERS}
        self._comparison = Comparison([s for s in SERVERS if s.name in wanted | {"viva"}])
        self._models = [options.model] if options.model else []
        self._speech: Path = options.speech
        self.figures: dict[str, Any] = {
            "bench": "speech",
            "quick": options.quick,
            "machine": machine.describe(),
            "sessions": SESSIONS,
            "not_compared": self._comparison.absent,
            "tables": {},
            "carried": {},
            "targets": [],
        }

    async def run(self) -> None:
        """``figures`` grows as it goes, and is written after every part: it is a long way to the end."""
        self._install()
        for load, short in self._loads():
            table = await self._table(load) if self._tables else {}
            carried = await self._carried(short) if short is not None else {}
            if load.name != "fixture":
                self.figures["targets"] += targets.targets(load.name, table, carried)
            self.keep()

    async def _table(self, load: Load) -> dict[str, Row]:
        runs = 1 if load.name == "fixture" else self._runs
        print(f"\n{load.name}: {SESSIONS} sessions (zh, en), {runs} interleaved runs, one core", flush=True)
        table = await self._comparison.table(load, SESSIONS, runs, 0 if self._quick else RETRIES)
        self._show(table)
        self.figures["tables"][load.name] = {"runs": runs, "servers": table}
        self.keep()
        return table

    async def _carried(self, load: Load) -> dict[str, Row]:
        print(f"\n{load.name}: sessions on one core until a word is later than 2 s or a final than 3 s (p95)")
        carried = self.figures["carried"][load.name] = dict[str, Row]()
        async for name, row in self._comparison.carried(load, FIRST, STEPS):
            carried[name] = row
            self._show_carried(name, row)
            self.keep()
        return carried

    def gpu(self) -> None:
        found = gpu.run(quick=self._quick)
        self.figures["targets"] += found.pop("targets", [])
        self.figures["gpu"] = found
        self.keep()

    def keep(self) -> None:
        self.figures["machine"]["load_average_after"] = [round(load, 2) for load in os.getloadavg()]
        if self._json:
            self._json.write_text(json.dumps(self.figures, indent=2, ensure_ascii=False) + "\n")

    def _install(self) -> None:
        for served in self._comparison.present:
            try:
                environments.python(served.environment)
            except PeerAbsentError as error:
                self._comparison.absent[served.name] = str(error)
                print(f"{served.title}: not compared: {error}")

    def _loads(self) -> list[tuple[Load, Load | None]]:
        """Each with a shorter one for the search."""
        stand_in = models.stand_in(STAND_IN)
        loads: list[tuple[Load, Load | None]]
        voices = material.voices(with_pilot=False, most_sentences=3)
        if self._quick:
            loads = [(self._scripted(stand_in, 2), None)]
        else:
            loads = [(self._scripted(stand_in, 3), self._scripted(stand_in, 3))]
            loads.append((Load("fixture", fixture_directory(), voices, None), None))
        for model in self._models:
            real = (self._speech / "manifest.jsonl").exists()
            said = material.real_speech(self._speech) if real else material.voices(with_pilot=False)
            given = Load("given", model, said, None)
            loads.append((given, None if self._quick else given))
        return loads

    def _scripted(self, model: Path, sentences: int | None) -> Load:
        said = material.voices(with_pilot=True, most_sentences=sentences)
        script = self._folder / f"script-{sentences}.json"
        said.script.save(script)
        return Load("stand-in", model, said, script)

    def _show(self, table: dict[str, Row]) -> None:
        print(f"  {'':24}" + "".join(f"{title:>11}" for title, _, _ in COLUMNS) + "   CPU x ours")
        ours = table["viva"]["cpu_s_per_audio_s"]
        for name, row in table.items():
            cells = ["never" if row[c] is None else f.format(row[c]) for _, c, f in COLUMNS]
            ratio = row["cpu_s_per_audio_s"] / ours
            print(f"  {TITLES[name]:24}" + "".join(f"{cell:>11}" for cell in cells) + f"   {ratio:.1f}", flush=True)

    def _show_carried(self, name: str, row: Row) -> None:
        tried = ", ".join(
            f"{step['sessions']}: {_seconds(step['first_shown_p95_s'])}/{_seconds(step['final_p95_s'])}"
            for step in row["steps"]
        )
        more = " or more" if row["more"] or row["disturbed"] else ""
        more += " (disturbed by other programs)" if row["disturbed"] else ""
        note = f"; {row['note']}" if row["note"] else ""
        print(f"  {TITLES[name]:24} {row['sessions']}{more}{note}  ({tried})", flush=True)


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f}"


def _options() -> argparse.Namespace:
    given = os.environ.get("VIVA_BENCH_MODEL")
    speech = Path(os.environ.get("VIVA_TEST_DATA", environments.ROOT.parent / "shared" / "data")) / "speech"
    parser = argparse.ArgumentParser(prog="bench.speech", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short run each")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--runs", type=int, help=f"of each server, interleaved: {RUNS}, or 1 with --quick")
    parser.add_argument("--sessions-only", action="store_true", help="only how many sessions each carries")
    parser.add_argument("--only", help="these peers, with commas: " + ", ".join(s.name for s in SERVERS[1:]))
    parser.add_argument("--model", type=Path, default=Path(given) if given else None, help="also this real one")
    parser.add_argument("--speech", type=Path, default=speech, help="for it: a folder with manifest.jsonl")
    options = parser.parse_args()
    if options.quick and options.sessions_only:
        parser.error("a quick run has no search: leave one of the two out")
    if options.model:
        try:
            read_model_directory(options.model.resolve())
        except ModelInvalid as error:
            parser.error(f"{error.code}: {error}")
        options.model = options.model.resolve()
    unknown = set(options.only.split(",")) - set(clients.WIRES) if options.only else set()
    if unknown:
        parser.error(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(clients.WIRES)}")
    return options


def main() -> None:
    options = _options()
    print(machine.line())
    with tempfile.TemporaryDirectory(prefix="viva-speech-") as folder:
        bench = Bench(options, Path(folder))
        os.sched_setaffinity(0, {CLIENT_CPU})
        asyncio.run(bench.run())
    os.sched_setaffinity(0, CPUS)
    bench.gpu()
    print("\ntargets")
    for target in bench.figures["targets"]:
        verdict = "met" if target["met"] else "MISSED"
        verdict += " (disturbed by other programs)" if target.get("disturbed") else ""
        print(f"  {target['name']} ({target['peer']}): {target['value']} ({target['is']} {target['target']}) {verdict}")


if __name__ == "__main__":
    main()
