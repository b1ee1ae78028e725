"""The pages are true: links lead somewhere, the version is the changelog's, the README's commands exist."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not broken


def test_the_changelog_begins_with_this_version_or_with_what_comes_after_it() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    if headings[0] == "Unreleased":
        headings.pop(0)
    assert headings[0] == version("viva")
    assert "Unreleased" not in headings


def test_the_two_commands_are_verbs_of_the_makefile() -> None:
    verbs = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"^make ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert named
    assert named <= verbs


def test_ci_calls_the_test_command_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == ["exec make test"]


def test_no_page_shows_the_marks_of_a_merge() -> None:
    marks = re.compile(r"^(<{7} |={7}$|>{7} )", re.MULTILINE)
    assert [page.name for page in PAGES if marks.search(page.read_text())] == []


def test_the_readme_leads_to_every_page() -> None:
    """Decisions are reached by their folder, the machine-readable schemas by the pages about them."""
    listed = set(LINK.findall((ROOT / "README.md").read_text()))
    pages = {
        str(page.relative_to(ROOT))
        for page in PAGES
        if page.parent.name in ("tutorial", "explanation", "reference", "how-to")
    }
    assert pages <= listed
