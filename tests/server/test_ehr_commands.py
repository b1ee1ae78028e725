"""``viva ehr``: what there is, and whether it answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.odoo import DATABASE, KEY, Odoo
from tests.fakes.serving import listening

FILE = """
destinations:
  - name: hq
    adapter: odoo
    settings: {{url: "{url}", database: {database}, api_key: {{env: ODOO_KEY}}}}
  - name: later
    adapter: odoo
    enabled: false
    settings: {{url: "https://odoo.example.com", database: x, api_key: {{env: ODOO_KEY}}}}
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def write(**values: str) -> None:
        path = tmp_path / "destinations.yaml"
        path.write_text(FILE.format(**values))
        monkeypatch.setenv("VIVA_DESTINATIONS", str(path))
        monkeypatch.setenv("VIVA_EGRESS_ALLOW", "127.0.0.1")
        monkeypatch.setenv("VIVA_EGRESS_PLAIN", "127.0.0.1")
        monkeypatch.setenv("ODOO_KEY", KEY)

    return write


def test_adapters(viva: Any) -> None:
    told = viva("ehr", "adapters")
    assert told.exit_code == 0
    assert any(line.startswith("feishu") and "飞书招聘 / Feishu Hire" in line for line in told.output.splitlines())


def test_destinations_and_a_call_to_each(viva: Any, written: Any) -> None:
    with listening(Odoo()) as url:
        written(url=url, database=DATABASE)
        listed = viva("ehr", "destinations")
        checked = viva("ehr", "destinations", "--check", "--json")
    assert (listed.exit_code, checked.exit_code) == (0, 0)
    assert "hq           odoo, on, interview_result" in listed.output
    assert "later        odoo, off, interview_result" in listed.output
    rows = json.loads(checked.output)["destinations"]
    assert [(row["name"], row["code"], row["said"]) for row in rows] == [
        ("hq", "", "database hr answers; 0 applicants"),
        ("later", None, ""),
    ]


def test_one_that_does_not_answer(viva: Any, written: Any) -> None:
    with listening(Odoo()) as url:
        written(url=url, database="other")
        told = viva("ehr", "destinations", "--check")
    assert told.exit_code == 1
    assert "destination_path_unknown: HTTP 404, hr.applicant/search_count: werkzeug.exceptions.NotFound" in told.output


def test_a_file_with_a_flaw(viva: Any, written: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(url="https://x.example.com", database="hr\n    colour: red #")
    told = viva("ehr", "destinations")
    assert told.exit_code == 2
    assert "VIVA_DESTINATIONS: the file has flaws" in told.output
    monkeypatch.setenv("VIVA_DESTINATIONS", str(tmp_path / "none.yaml"))
    assert "No such file" in viva("ehr", "destinations").output
