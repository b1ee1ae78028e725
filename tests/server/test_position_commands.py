"""``viva admin positions`` as its user meets it: lint, show, machine-readable, and exit codes for a CI."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scoring.positions import BUILTIN, builtin, parse

Viva = Callable[..., Any]


def test_lint_without_a_file_checks_all_that_comes_with_viva(viva: Viva) -> None:
    found = viva("admin", "positions", "lint", "--json")
    assert found.exit_code == 0
    told = json.loads(found.stdout)
    assert (told["errors"], told["warnings"]) == (0, 0)
    assert told["files"] == len(list(BUILTIN.glob("**/*.yaml")))


def test_lint_speaks_json_and_strict_counts_warnings(viva: Viva, tmp_path: Path) -> None:
    source = (BUILTIN / "teller.yaml").read_text(encoding="utf-8")
    path = tmp_path / "teller.yaml"
    path.write_text(
        source.replace("    thinking_s: 60\n", "    reading_s: 1\n    thinking_s: 60\n", 1), encoding="utf-8"
    )
    assert viva("admin", "positions", "lint", str(path)).exit_code == 0
    assert viva("admin", "positions", "lint", "--strict", str(path)).exit_code == 1
    path.write_text(source.replace("thinking_s: 60", "thinking_s: 5", 1), encoding="utf-8")
    found = viva("admin", "positions", "lint", "--json", str(path))
    assert found.exit_code == 1
    [flaw] = json.loads(found.stdout)["flaws"]
    line = next(n for n, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "thinking_s: 5" in text)
    assert (flaw["file"], flaw["line"], flaw["rule"], flaw["severity"]) == (str(path), line, "seconds", "error")
    assert flaw["message"]
    assert flaw["remedy"]


def test_show_prints_a_position_on_a_page(viva: Viva) -> None:
    shown = viva("admin", "positions", "show", "risk_manager")
    assert shown.exit_code == 0
    for word in (
        "风险经理 / Risk manager",
        "sha256:",
        "risk_identification: sees_signal",
        "think 90 s",
        "compliance >= 70",
    ):
        assert word in shown.output
    whole = viva("admin", "positions", "show", "risk_manager", "--resolved")
    assert "use:" not in whole.output
    assert parse(whole.output) == builtin()["risk_manager"]
    unknown = viva("admin", "positions", "show", "pilot")
    assert unknown.exit_code == 1
    assert "there is no position 'pilot'; there are branch_manager" in unknown.output
