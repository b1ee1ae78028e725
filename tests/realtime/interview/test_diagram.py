"""The drawing in the documentation is the table."""

from pathlib import Path

import pytest

from realtime.interview import diagram
from realtime.protocol.text import Phase, PromptKind

PAGE = Path(__file__).resolve().parents[3] / "docs/explanation/interview.md"


def test_the_committed_diagram_is_current() -> None:
    page = PAGE.read_text("utf-8")
    assert diagram.replaced(page) == page, f"run: python -m realtime.interview.diagram --write {PAGE.name}"


def test_every_phase_is_drawn_and_every_prompt_explained() -> None:
    page = PAGE.read_text("utf-8")
    assert all(f" {phase}" in diagram.mermaid() for phase in Phase)
    assert all(f"`{kind}`" in page for kind in PromptKind)


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        diagram.replaced("# Nothing here\n")


def test_it_writes_and_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{diagram.BEGIN}\nold\n{diagram.END}\nafter\n", "utf-8")
    diagram.main(["--write", str(page)])
    assert page.read_text("utf-8") == f"before\n{diagram.BEGIN}\n{diagram.mermaid()}\n{diagram.END}\nafter\n"
    diagram.main([])
    assert capsys.readouterr().out == diagram.mermaid() + "\n"
