"""What a demonstration prints: one line an event, aligned, in colour where there is a terminal."""

import sys
import time
from typing import Any

from realtime.protocol.messages import Caption

_COLOURS = {
    "state": "36",
    "prompt": "33",
    "HR sees": "35",
    "HR": "35",
    "zh": "32",
    "en": "32",
    "server": "90",
    "files": "90",
}

QUOTES = 2
"""Of each score; the report has them all."""


class Screen:
    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._colour = sys.stdout.isatty()
        self._began = time.monotonic()
        self._open_caption = ""

    def _print(self, text: str, colour: str = "") -> None:
        if self._quiet:
            return
        if self._open_caption:
            sys.stdout.write("\r\x1b[K")
            self._open_caption = ""
        print(f"\x1b[{colour}m{text}\x1b[0m" if colour and self._colour else text, flush=True)

    def title(self, text: str) -> None:
        self._print(f"\n── {text} " + "─" * max(3, 68 - len(text)), "1")

    def line(self, who: str, text: str) -> None:
        self._print(f"{time.monotonic() - self._began:7.2f}  {who:<8} {text}", _COLOURS.get(who, ""))

    def notice(self, text: str) -> None:
        self._print(f"  !  {text}", "33")

    def bad(self, text: str) -> None:
        self._print(f"  ✗  {text}", "31")

    def good(self, text: str) -> None:
        self._print(f"  ✓  {text}", "32")

    def caption(self, caption: Caption) -> None:
        """A partial is rewritten in place on a terminal, and left out elsewhere; the final line stays."""
        if caption.final:
            if caption.committed:
                self.line(caption.language, caption.committed)
        elif self._colour:
            text = (
                f"{time.monotonic() - self._began:7.2f}  {'…':<8} {caption.committed} \x1b[90m{caption.partial}\x1b[0m"
            )
            sys.stdout.write(f"\r\x1b[K{text}")
            sys.stdout.flush()
            self._open_caption = text

    def report(self, report: dict[str, Any]) -> None:
        """Scores with their evidence, as a reader of the JSON finds them."""
        total = report["total"]
        self.line(
            "total",
            _score(total) + f"   {report['answers_assessable']} of {report['answers_planned']} answers assessable",
        )
        for view in report["views"]:
            parts = "   ".join(f"{part['label']['zh']} {_score(part['score'])}" for part in view["parts"])
            self.line("view", f"{view['label']['zh']}:  {parts}")
        quotes = {item["id"]: item for answer in report["answers"] for item in answer["evidence"]}
        for answer in report["answers"]:
            for leaf in answer["scores"]:
                anchor = leaf["anchor"]["zh"]
                self.line(answer["question_id"], f"{leaf['competency_id']}  BARS {leaf['level']:g}  {anchor}")
                # The same words may stand for several things.
                said = dict.fromkeys(map(_quoted, (quotes[id] for id in leaf["evidence"] if id in quotes)))
                for quoted in list(said)[:QUOTES]:
                    self.line("", f"    {quoted}")
        for engine in report["engines"]:
            if engine.get("notice"):
                self.notice(engine["notice"]["en"])


def _quoted(evidence: dict[str, Any]) -> str:
    at = evidence["start_ms"]
    return f"“{evidence['quote']}” ({f'{at / 1000:.1f} s' if at is not None else 'typed'})"


def _score(score: dict[str, Any]) -> str:
    value = score["value"]
    return "not assessable" if value is None else f"{value:.1f} ({score['low']:.0f}–{score['high']:.0f})"


class Checks:
    """Every step of a demonstration, and whether it held."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._steps: list[tuple[str, bool, str]] = []

    def add(self, step: str, *, held: bool, detail: str = "") -> None:
        self._steps.append((step, held, detail))

    def verdict(self) -> int:
        """Prints them all; 0 only if there are some and every one held."""
        self._screen.title("The steps")
        for step, held, detail in self._steps:
            text = f"{step}{f'  ({detail})' if detail else ''}"
            (self._screen.good if held else self._screen.bad)(text)
        return 0 if self._steps and all(held for _, held, _ in self._steps) else 1
