"""What a demonstration prints, and that its verdict cannot be had for nothing."""

import io
import sys
from typing import Any

import pytest

from loadtest.screen import Checks, Screen
from realtime.protocol.messages import Caption


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def caption(committed: str, partial: str = "", *, final: bool = False) -> Caption:
    return Caption("q1", "u1", 1, committed, partial, final, "zh", 0, 900)


def test_without_a_terminal_only_finished_lines_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    screen.title("采访")
    screen.line("state", "answering")
    screen.caption(caption("您好", "我"))
    screen.caption(caption("您好我是", final=True))
    screen.caption(caption("", final=True))  # a guard threw it away
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert printed.count("\n") == 4  # an empty line before the title
    assert "您好我是" in printed
    assert "我\n" not in printed


def test_on_a_terminal_a_partial_is_rewritten_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    screen = Screen()
    screen.caption(caption("您好", "我"))
    screen.caption(caption("您好我", "是"))
    screen.line("prompt", "half_time")
    printed = terminal.getvalue()
    assert printed.count("\n") == 1  # the partials left none
    assert printed.count("\r\x1b[K") == 3  # two partials, and the last one wiped for the line
    assert "\x1b[33m" in printed


def test_the_verdict_needs_steps_and_every_one_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert Checks(Screen()).verdict() == 1  # nothing was proven
    checks = Checks(Screen())
    checks.add("joined", held=True, detail="0.2 s")
    assert checks.verdict() == 0
    checks.add("report", held=False)
    assert checks.verdict() == 1
    printed = capsys.readouterr().out
    assert "✓  joined  (0.2 s)" in printed
    assert "✗  report" in printed


def score(value: float | None) -> dict[str, Any]:
    return {"value": value, "low": 55.0, "high": 71.0}


def test_a_report_shows_its_scores_with_their_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    spoken = {"id": "e1", "quote": "先了解客户的目标", "start_ms": 1_500}
    again = spoken | {"id": "e4"}  # said once, good for two things
    typed = {"id": "e2", "quote": "再说明风险", "start_ms": None}
    leaf = {"competency_id": "needs", "level": 3.5, "anchor": {"zh": "会询问"}, "evidence": ["e1", "e4", "e2", "e3"]}
    Screen().report(
        {
            "total": score(63.2),
            "answers_assessable": 3,
            "answers_planned": 4,
            "views": [{"label": {"zh": "能力"}, "parts": [{"label": {"zh": "沟通"}, "score": score(None)}]}],
            "answers": [{"question_id": "q1", "evidence": [spoken, typed, again], "scores": [leaf]}],
            "engines": [{"notice": {"en": "memorised demo sentences only"}}, {"notice": None}],
        }
    )
    printed = capsys.readouterr().out
    assert "63.2 (55–71)   3 of 4 answers assessable" in printed
    assert "沟通 not assessable" in printed
    assert "needs  BARS 3.5  会询问" in printed
    assert printed.count("“先了解客户的目标” (1.5 s)") == 1
    assert "“再说明风险” (typed)" in printed
    assert "!  memorised demo sentences only" in printed
