"""The EHR bridge: end of interview to acknowledgement, deliveries a second, an outage, and kills at random moments.

    python -m bench.ehr [--quick] [--json FILE] [--only PART …]

Parts: ``ends`` (1 and 100 finished interviews a minute), ``backlog`` (SQLite and PostgreSQL, every commit synced),
``outage`` (five minutes with 500 reports queued), ``kills`` (200). Everything is real: database, workflows, HTTP.
"""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import machine
from bench.ehr import draining, finishing, killing
from bench.ehr.stores import postgres, sqlite

PARTS = ("ends", "backlog", "outage", "kills")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, and 12 s of outage")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="only these parts")
    options = parser.parse_args()
    print(machine.line(), flush=True)
    figures: dict[str, Any] = {"bench": "ehr", "quick": options.quick, "machine": machine.describe()}
    measures: dict[str, Callable[[bool], dict[str, Any]]] = {
        "ends": _ends,
        "backlog": _backlog,
        "outage": _outage,
        "kills": lambda quick: killing.matrix(20 if quick else 200),
    }
    for part in options.only:
        figures[part] = measures[part](options.quick)
        print(f"{part}: {json.dumps(figures[part])}", flush=True)
    figures["targets"] = targets(figures)
    for each in figures["targets"]:
        print(f"  {'met   ' if each['met'] else 'MISSED'} {each['name']}: {each['value']} (target {each['target']})")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")


def _ends(quick: bool) -> dict[str, Any]:
    """Alone: the next ends three seconds after the last was acknowledged, which is what one a minute comes to."""
    found = {}
    for name, per_minute, count, gap_s in (
        ("at_1_a_minute_ms", 1.0, 8 if quick else 60, 3.0),
        ("at_100_a_minute_ms", 100.0, 30 if quick else 400, None),
    ):
        with tempfile.TemporaryDirectory(prefix="viva-ends-") as folder:
            url = f"sqlite+aiosqlite:///{folder}/viva.db"
            found[name] = asyncio.run(finishing.paced(Path(folder), url, per_minute, count, gap_s))
    return found


def _backlog(quick: bool) -> dict[str, Any]:
    count = 50 if quick else 500
    with sqlite() as url:
        found: dict[str, Any] = {"sqlite": asyncio.run(draining.backlog(url, count))}
    with postgres() as cluster:
        found["postgresql"] = asyncio.run(draining.backlog(cluster, count)) if cluster else "not installed"
    return found


def _outage(quick: bool) -> dict[str, Any]:
    with sqlite() as url:
        reports, persons, outage_s = (50, 10, 12.0) if quick else (500, 100, 300.0)
        return asyncio.run(draining.outage(url, reports, persons, outage_s))


def targets(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """What a deployment needs: a result within ten minutes with much to spare, 100 a minute with room for ten times as
    many, nothing lost, nothing doubled, everything in order."""
    found: list[dict[str, Any]] = []

    def target(name: str, value: Any, limit: float, *, at_least: bool = False) -> None:
        met = value is not None and (value >= limit if at_least else value <= limit)
        found.append({"name": name, "value": value, "target": limit, "met": met})

    if "ends" in figures:
        for name, limit in (("at_1_a_minute_ms", 2_000), ("at_100_a_minute_ms", 10_000)):
            target(f"end to acknowledgement, p99 {name}", figures["ends"][name]["p99"], limit)
    if "backlog" in figures:
        for name, each in figures["backlog"].items():
            value = each["lane_a_person_per_s"] if isinstance(each, dict) else None
            target(f"deliveries a second, {name}", value, 100 / 60 * 10, at_least=True)
    if "outage" in figures:
        for name in ("lost", "doubled", "dead", "out_of_order"):
            target(f"outage: {name}", figures["outage"][name], 0)
        target("outage: noticed after, s", figures["outage"]["noticed_after_s"], 120)
    if "kills" in figures:
        for name in ("lost", "doubled", "not_finished"):
            target(f"kills: {name}", figures["kills"][name], 0)
        target("kills", figures["kills"]["kills"], 20 if figures["quick"] else 200, at_least=True)
    return found


if __name__ == "__main__":
    main()
