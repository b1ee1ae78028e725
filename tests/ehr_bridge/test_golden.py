"""Every golden folder is run: a new adapter is tested by being there, and one without a folder is a failure."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ehr_bridge.adapters.adapter import known
from tests.ehr_bridge.golden_case import GOLDEN, play

CASES = sorted(GOLDEN.glob("[!_]*/*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_golden(path: Path) -> None:
    case = yaml.safe_load(path.read_text())
    asked, ended = play(case, known()[path.parent.name])
    if os.environ.get("GOLDEN") == "write":
        exchange = [{**step, "ask": ask} for step, ask in zip(case["exchange"], asked, strict=False)]
        path.write_text(written({**case, "exchange": exchange, "ends": ended}))
        return
    # As JSON text, because the order of keys is part of the bytes that are sent.
    assert lines(asked) == lines([step["ask"] for step in case["exchange"]])
    assert ended == case["ends"]


def lines(asked: list[Any]) -> list[str]:
    return [json.dumps(one, ensure_ascii=False) for one in asked]


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def written(case: dict[str, Any]) -> str:
    return str(yaml.dump(case, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=120))


@pytest.mark.parametrize("name", sorted(known()))
def test_every_adapter_has_golden_cases_of_success_and_of_failure(name: str) -> None:
    ends = [yaml.safe_load(path.read_text())["ends"] for path in CASES if path.parent.name == name]
    assert any("returns" in end for end in ends), f"tests/ehr_bridge/golden/{name} shows no success"
    assert any("fails" in end for end in ends), f"tests/ehr_bridge/golden/{name} shows no failure"


def test_the_example_of_the_how_to_works() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "write-an-adapter.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (case,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    module: dict[str, Any] = {"__name__": "ledger"}
    exec(code, module)
    asked, ended = play(yaml.safe_load(case), module["ADAPTER"])
    assert [ask["method"] for ask in asked] == ["PUT"]
    assert ended["returns"]["ehr_id"] == "L-77"
