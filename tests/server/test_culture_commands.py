"""``viva admin culture`` as its user meets it: checked by line, imported once, listed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Viva = Callable[..., Any]

TABLE = "phrase,language,value,sign\n铁规矩,zh,合规,positive\niron rule,en,合规,positive\n"


def test_culture_phrases_come_in_once_and_under_the_employers_name(viva: Viva, tmp_path: Path) -> None:
    path = tmp_path / "conduct.csv"
    path.write_text(
        "phrase,language,value,sign\n铁规矩,zh,合规,positive\niron rule,en,合规,positive\n", encoding="utf-8"
    )
    assert "2 phrases, no error" in viva("admin", "culture", "lint", str(path)).output
    wrong = viva("admin", "culture", "import", str(path), "--employer", "Another Bank")
    assert wrong.exit_code == 1
    assert "this installation's employer is 示范银行 / Example Bank, not Another Bank" in wrong.output
    made = viva("admin", "culture", "import", str(path), "--employer", "示范银行")
    assert made.exit_code == 0
    assert "2 phrases, imported as version 1, sha256:" in made.output
    assert (
        "already there as version 1" in viva("admin", "culture", "import", str(path), "--employer", "示范银行").output
    )
    assert "compliance positive: 2" in viva("admin", "culture", "list").output


def test_bad_culture_phrases_say_file_and_line_and_nothing_is_imported(viva: Viva, tmp_path: Path) -> None:
    path = tmp_path / "conduct.yaml"
    path.write_text("- {phrase: 铁规矩, language: zh, value: 创新, sign: positive}\n", encoding="utf-8")
    found = viva("admin", "culture", "import", str(path), "--employer", "示范银行")
    assert found.exit_code == 1
    assert f"{path}:1: unknown_value: `创新` is no value" in found.output
    assert "nothing was imported" in found.output
    assert viva("admin", "culture", "lint", "--json", str(path)).exit_code == 1
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe")
    assert "not UTF-8" in viva("admin", "culture", "lint", str(tmp_path / "binary.yaml")).output
    absent = viva("admin", "culture", "lint", str(tmp_path / "none.yaml"))
    assert (absent.exit_code, "No such file" in absent.output) == (2, True)
    assert "nothing has been imported" in viva("admin", "culture", "list").output
