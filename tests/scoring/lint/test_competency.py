"""The rules of a competency file, each broken once."""

import pytest

from scoring.competencies import FOLDER, examine_competency, library

SOURCE = (FOLDER / "compliance.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_library_is_without_a_flaw(path: object) -> None:
    from pathlib import Path

    assert isinstance(path, Path)
    competency, flaws = examine_competency(path.read_text(encoding="utf-8"), path.name)
    assert [str(flaw) for flaw in flaws] == []
    assert competency is not None
    assert competency.id == path.stem
    assert library()[path.stem] == competency


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("  1: {zh: 纵容、隐瞒或参与违规。", "  6: {zh: 纵容、隐瞒或参与违规。", "anchors"),
        ("2: {zh: 知道不对，但回避处理。", "2: {zh: 纵容，隐瞒或参与违规！", "anchors"),
        ("Knows that it is wrong but avoids acting.", "Tolerates, hides or joins in a breach", "anchors"),
        ("version: 1.0.0", "version: 1", "shape"),
        ("version: 1.0.0", "version: v1.0", "version"),
        ("version: 1.0.0\n", "version: 1.0.0\nweight: 12\n", "shape"),
        ("dimension: culture", "dimension: cultural", "shape"),
        ("id: compliance", "id: compliance!", "identifier"),
        ("label: {zh: 按规定上报, en: Reports by the rules}", "label: {zh: 按规定上报, en: 按规定上报}", "language"),
        ("critical: true", "critical: maybe", "shape"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named_with_its_line(old: str, new: str, rule: str) -> None:
    assert old in SOURCE
    _, flaws = examine_competency(SOURCE.replace(old, new, 1), "compliance.yaml")
    at = SOURCE[: SOURCE.index(old)].count("\n") + 1
    assert [flaw for flaw in flaws if flaw.rule == rule and abs(flaw.line - at) <= 2], [str(flaw) for flaw in flaws]


def test_phrases_in_one_language_only() -> None:
    start = SOURCE.index("      en: [", SOURCE.index("id: reports"))
    end = SOURCE.index("\n", start)
    _, flaws = examine_competency(SOURCE[:start] + SOURCE[end + 1 :], "compliance.yaml")
    assert [(flaw.rule, flaw.message) for flaw in flaws] == [("bilingual", "reports has no phrases in en")]


def test_nothing_good_to_hear() -> None:
    _, flaws = examine_competency(SOURCE.replace("    label:", "    sign: negative\n    label:"), "x.yaml")
    assert "key_repeated" in {flaw.rule for flaw in flaws}  # those that were negative before
    start = SOURCE.index("  - id: looks_away")
    only_bad = SOURCE[: SOURCE.index("  - id: warns")] + SOURCE[start:]
    _, flaws = examine_competency(only_bad, "x.yaml")
    assert [flaw.rule for flaw in flaws] == ["indicators"]
