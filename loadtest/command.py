"""``viva load``: virtual candidates against a running server, and what they found.

This is the door of the load tester: paced arrivals, real media over either transport, and a summary that lists
every failure. Arrivals are open: a candidate starts at its intended time whether or not the server keeps up.
"""

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
import msgspec
from websockets.exceptions import WebSocketException

from loadtest.candidate import Outcome, Script, Spoken, Typed, VirtualCandidate
from loadtest.conversation import InterviewRefused
from loadtest.transports import MediaRefused
from loadtest.watcher import HrClient
from realtime.protocol import messages as say

PASSED, FAILED, BAD_CONFIGURATION = 0, 99, 104

SCRIPTS = (
    Script(None, (Spoken("zh-returns"), Spoken("zh-complaint"), Spoken("zh-challenge"), Spoken("zh-compliance")), "zh"),
    Script(None, (Spoken("en-returns"), Spoken("en-complaint"), Spoken("en-challenge"), Spoken("en-compliance")), "en"),
)
TYPED = Script(
    None,
    (Typed("我会先了解客户的需求，再向客户说明风险，最后把处理结果记录下来并上报主管。"),),
    "zh",
    say.ConsentItems(recording=False, speech_to_text=False),
)


@dataclass(slots=True)
class Result:
    started: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    lateness_s: list[float] = field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    """The exit status: 0 passed, 99 an interview failed, 104 bad configuration."""
    parser = argparse.ArgumentParser(prog="viva load", description=__doc__.split("\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="the server (default: %(default)s)")
    parser.add_argument("--interviews", type=int, default=2, help="how many (default: %(default)s)")
    parser.add_argument("--ramp", type=float, default=5.0, help="seconds over which they arrive (default: %(default)s)")
    parser.add_argument("--transport", choices=("webrtc", "websocket", "text"), default="webrtc")
    parser.add_argument("--user", default="admin", help="an HR user who may invite (default: %(default)s)")
    parser.add_argument("--password-file", required=True, help="file that holds the user's password")
    parser.add_argument("--position", default="client_manager", help="id of the position (default: %(default)s)")
    parser.add_argument(
        "--patience",
        type=float,
        default=60.0,
        help="seconds a candidate tries to be let in, at first or again, as it is told (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the arrivals (default: %(default)s)")
    parser.add_argument("--json", help="write the summary to this file too")
    chosen = parser.parse_args(arguments)
    try:
        with open(chosen.password_file, encoding="utf-8") as file:
            password = file.read().strip()
    except OSError as error:
        print(f"viva load: {chosen.password_file}: {error.strerror}", file=sys.stderr)
        return BAD_CONFIGURATION
    try:
        result = asyncio.run(_run(chosen, password))
    except httpx.HTTPStatusError as error:
        print(f"viva load: {error.request.url.path}: HTTP {error.response.status_code}", file=sys.stderr)
        return BAD_CONFIGURATION
    except httpx.HTTPError as error:
        print(f"viva load: {chosen.url} does not answer: {type(error).__name__}", file=sys.stderr)
        return BAD_CONFIGURATION
    summary = _summary(chosen, result)
    _print(summary)
    if chosen.json:
        with open(chosen.json, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(summary), indent=2))
    return FAILED if result.failures or len(result.outcomes) < chosen.interviews else PASSED


async def _run(chosen: argparse.Namespace, password: str) -> Result:
    hr = HrClient(chosen.url)
    try:
        await hr.sign_in(chosen.user, password)
        links = [await _invite(hr, chosen.position, number) for number in range(chosen.interviews)]
    finally:
        await hr.close()
    arrivals = sorted(random.Random(chosen.seed).uniform(0, chosen.ramp) for _ in links)
    result, began = Result(), time.monotonic()
    showing = asyncio.create_task(_show(result, chosen.interviews), name="progress")
    try:
        await asyncio.gather(
            *(
                _one(result, link, began + at, chosen, number)
                for number, (link, at) in enumerate(zip(links, arrivals, strict=True))
            )
        )
    finally:
        showing.cancel()
    return result


async def _invite(hr: HrClient, position: str, number: int) -> str:
    applicant = await hr.post("/api/v1/applicants", {"name": f"Load {number:04d}"})
    wanted = {"applicant_id": applicant["id"], "position_id": position, "language": "zh" if number % 2 == 0 else "en"}
    return str((await hr.post("/api/v1/invitations", wanted))["candidate_link"])


async def _one(result: Result, link: str, intended_s: float, chosen: argparse.Namespace, number: int) -> None:
    await asyncio.sleep(max(0.0, intended_s - time.monotonic()))
    result.lateness_s.append(time.monotonic() - intended_s)
    result.started += 1
    script = TYPED if chosen.transport == "text" else SCRIPTS[number % len(SCRIPTS)]
    way = "webrtc" if chosen.transport == "text" else chosen.transport
    try:
        candidate = VirtualCandidate(link, script, transport=way, patience_s=chosen.patience)
        result.outcomes.append(await candidate.run())
    except (InterviewRefused, MediaRefused) as error:
        result.failures.append(str(error))
    except (OSError, TimeoutError, httpx.HTTPError, WebSocketException) as error:
        result.failures.append(type(error).__name__)


async def _show(result: Result, total: int) -> None:
    while True:
        done, failed = len(result.outcomes), len(result.failures)
        running = result.started - done - failed
        print(f"\r{running:5d} running  {done:5d} done  {failed:5d} failed  of {total}", end="", file=sys.stderr)
        await asyncio.sleep(1.0)


def _summary(chosen: argparse.Namespace, result: Result) -> dict[str, object]:
    joined = [outcome.joined_s for outcome in result.outcomes]
    media = [outcome.media_s for outcome in result.outcomes if outcome.media_s]
    return {
        "url": chosen.url,
        "transport": chosen.transport,
        "seed": chosen.seed,
        "interviews": chosen.interviews,
        "finished": len(result.outcomes),
        "failures": sorted(result.failures),
        "join_s": _spread(joined),
        "media_s": _spread(media),
        "away_s": _spread([away_s for outcome in result.outcomes for away_s in outcome.away_s]),
        "moves": sum(outcome.moves for outcome in result.outcomes),
        "waited_out": dict(Counter(code for outcome in result.outcomes for code in outcome.refusals)),
        "generator_lateness_s": _spread(result.lateness_s),
        "captions": sum(outcome.captions for outcome in result.outcomes),
        "prompts": sum(len(outcome.prompts) for outcome in result.outcomes),
    }


def _spread(values: list[float]) -> dict[str, float] | None:
    if not values:
        return None
    ordered = sorted(values)
    return {
        "median": round(statistics.median(ordered), 3),
        "p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 3),
        "max": round(ordered[-1], 3),
    }


def _print(summary: dict[str, object]) -> None:
    print(file=sys.stderr)
    for key, value in summary.items():
        print(f"{key:<22} {value}")
