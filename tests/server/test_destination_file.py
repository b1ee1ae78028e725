"""The file of destinations: every mistake with its line, no secret in any message."""

from pathlib import Path

import pytest

from server.destination_file import read_file, read_text

ENVIRONMENT = {"ODOO_KEY": "0d00", "HOOK": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "SHORT": "whsec_c2hvcnQ="}
GOOD = """
destinations:
  - name: odoo-hq
    adapter: odoo
    kinds: [interview_result]
    mapping: hq
    settings:
      url: https://odoo.example.com
      database: hr
      api_key: {env: ODOO_KEY}
  - name: old-hook
    adapter: webhook
    enabled: false
    settings:
      url: https://hr.example.com/hook
      secrets: [{env: HOOK}]
"""


def flaws(text: str) -> list[tuple[int, str, str]]:
    return [(flaw.line, flaw.rule, flaw.message) for flaw in read_text(text, "d.yaml", ENVIRONMENT, ["hq"]).flaws]


def test_a_good_file() -> None:
    found = read_text(GOOD, "d.yaml", ENVIRONMENT, ["hq"])
    assert not found.flaws
    first, second = found.destinations
    assert (first.name, first.adapter_name, first.enabled, first.mapping) == ("odoo-hq", "odoo", True, "hq")
    assert first.settings.api_key == "0d00"
    assert "0d00" not in repr(first)
    assert first.takes("viva.interview_result.v1")
    assert not second.takes("viva.interview_result.v1")


@pytest.mark.parametrize(
    ("was", "now", "flaw"),
    [
        ("adapter: odoo", "adapter: sap", (4, "adapter", "adapter: there is no adapter 'sap'")),
        ("name: old-hook", "name: odoo-hq", (11, "name", "name: odoo-hq is taken")),
        ("name: old-hook", "name: embedded", (11, "name", "name: embedded is the name of the EHR inside")),
        ("name: old-hook", "name: Old Hook", (11, "name", "name: Expected `str` matching regex")),
        ("[interview_result]", "[payroll]", (5, "kinds", "kinds: odoo takes no 'payroll'; it takes interview_result")),
        ("database: hr", "database: hr\n      tone: red", (10, "settings", "settings.tone: Object contains unknown")),
        ("database: hr", "# none", (7, "settings", "settings: Object missing required field `database`")),
        ("{env: ODOO_KEY}", "0d00", (10, "settings", "settings.api_key: a secret is named, never written down")),
        ("{env: ODOO_KEY}", "{env: NONE}", (10, "settings", "settings.api_key: the environment has no NONE")),
        ("{env: ODOO_KEY}", "{file: /none}", (10, "settings", "settings.api_key: /none cannot be read")),
        ("[{env: HOOK}]", "[{env: SHORT}]", (14, "settings", "settings: a webhook secret has 24 to 64 bytes")),
        (
            "enabled: false",
            "enabled: false\n    enabled: true",
            (14, "key_repeated", "enabled: enabled is given twice"),
        ),
        ("mapping: hq", "mapping: branch", (6, "mapping", "mapping: there is no mapping 'branch'")),
        ("enabled: false", "enabled: off please", (13, "shape", "enabled: Expected `bool`")),
    ],
)
def test_a_mistake_is_told_with_its_line(was: str, now: str, flaw: tuple[int, str, str]) -> None:
    ((line, rule, message),) = flaws(GOOD.replace(was, now))
    assert (line, rule) == flaw[:2]
    assert message.startswith(flaw[2])


def test_all_mistakes_at_once_and_then_nothing_is_used() -> None:
    text = GOOD.replace("adapter: odoo", "adapter: sap").replace("[{env: HOOK}]", "[]")
    found = read_text(text, "d.yaml", ENVIRONMENT, ["hq"])
    assert [flaw.line for flaw in found.flaws] == [4, 16]
    assert found.destinations == ()
    assert str(found.flaws[0]).startswith("d.yaml:4: adapter: ")


@pytest.mark.parametrize("text", ["", "[]", "destinations: 3", "destinations: [", "other: 1", "destinations: [[]]"])
def test_what_is_no_such_file(text: str) -> None:
    assert flaws(text)


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "d.yaml"
    path.write_bytes("destinations: [] # 目的地".encode("gb18030"))
    (flaw,) = read_file(path, {}).flaws
    assert flaw.message == "the file is not UTF-8"


def test_a_secret_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("0d00\n")
    found = read_text(GOOD.replace("{env: ODOO_KEY}", f"{{file: {tmp_path / 'key'}}}"), "d.yaml", ENVIRONMENT, ["hq"])
    assert found.destinations[0].settings.api_key == "0d00"
