"""Every rule of a position, broken once: the rule is named, and the line is the line of the mistake."""

import pytest

from scoring.lint.flaw import Flaw
from scoring.lint.rules import RULES
from scoring.positions import BUILTIN, builtin, examine, self_contained

SOURCE = (BUILTIN / "client_manager.yaml").read_text(encoding="utf-8")
WHOLE = self_contained(builtin()["client_manager"])
Q3 = "      zh: 请描述一次你在团队中遇到的最大挑战。"


def flaws(text: str) -> list[Flaw]:
    return list(examine(text, file="bank.yaml").flaws)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("{use: customer_first, weight: 8}", "{use: customer_first, weight: 9}", "weights"),
        ("{use: customer_first, weight: 8}", "{use: customer_first, weight: -8}", "weights"),
        ("version: 1.2.0", "version: one", "version"),
        ("id: client_manager", "id: Client-Manager", "identifier"),
        ("format: 2", "format: 9", "format"),
        ("title: {zh: 客户经理, en: Client manager}", "title: {zh: 客户经理}", "language"),
        ("title: {zh: 客户经理, en: Client manager}", 'title: {zh: "", en: Client manager}', "language"),
        ("title: {zh: 客户经理, en: Client manager}", "title: {zh: 客户经理, en: 客户经理}", "language"),
        ("title: {zh: 客户经理, en: Client manager}", "title: {zh: Manager, en: Client manager}", "language"),
        ("      customer_first: {weight: 1}\n", "      charm: {weight: 1}\n", "unknown_competency"),
        ("indicators: [calms, offers_solution", "indicators: [sings, offers_solution", "unknown_indicator"),
        ("  - id: q2\n", "  - id: q1\n", "id_repeated"),
        ("  id: practice\n", "  id: q1\n", "id_repeated"),
        ("    dimension: culture\n    text:", "    dimension: professional\n    text:", "dimension"),
        (Q3, "      zh: " + "请描述一次挑战。" * 20, "question_too_long"),
        ("thinking_s: 60", "thinking_s: 59", "seconds"),
        ("thinking_s: 60", "thinking_s: 121", "seconds"),
        ("answer_s: 180", "answer_s: 5", "seconds"),
        ("reading_s: 8", "reading_s: 4", "reading_time"),
        ("summary:\n", "sumary:\n", "shape"),
        ("id: client_manager\n", "id: client_manager\nid: other\n", "key_repeated"),
        ("如果客户仍然犹豫，你会怎么做？", "你会继续跟进客户，对吧？", "probe_leads"),
        ("What if the client still hesitates?", "Don't you think you should apologise?", "probe_leads"),
        ("如果客户仍然犹豫，你会怎么做？", "你会主动询问客户的顾虑吗？", "probe_gives_away"),
        ("weights: {compliance: 12, customer_first: 8}", "weights: {compliance: 12}", "view_incomplete"),
        ("weights: {communication: 1}", "weights: {communication: 0}", "weights"),
        ("weights: {communication: 1}", "weights: {charm: 1}", "unknown_competency"),
        ("of: core.communication", "of: core.charm", "unknown_score"),
        ("at_least: 80", "at_least: 180", "hint"),
        ("\nviews:\n", "\nabsence: {wait_minutes: 0}\nviews:\n", "absence"),
        ("\nviews:\n", "\nabsence: {wait_minutes: 20000, then: continue}\nviews:\n", "absence"),
        ("\nviews:\n", "\nabsence: {then: forget}\nviews:\n", "shape"),
    ],
)
def test_a_broken_rule_is_named_with_its_line(old: str, new: str, rule: str) -> None:
    assert old in SOURCE
    before = {(flaw.rule, flaw.message) for flaw in flaws(SOURCE)}
    broken = SOURCE.replace(old, new, 1)
    found = [flaw for flaw in flaws(broken) if flaw.rule == rule and (flaw.rule, flaw.message) not in before]
    assert found, [str(flaw) for flaw in flaws(broken)]
    changed = SOURCE[: SOURCE.index(old)].count("\n") + 1
    far = 9 if rule == "weights" else 2  # a wrong sum is told where the competencies begin
    assert any(flaw.file == "bank.yaml" and abs(flaw.line - changed) <= far for flaw in found)
    assert RULES[rule].remedy in str(found[0])


def test_the_line_is_exactly_the_line_of_the_mistake() -> None:
    broken = SOURCE.replace("thinking_s: 60", "thinking_s: 6000", 1)
    line = next(number for number, text in enumerate(broken.splitlines(), 1) if "6000" in text)
    assert [flaw.line for flaw in flaws(broken) if flaw.severity == "error"] == [line]


ONLY_BAD = "teamwork: {weight: 1, indicators: [blames_team]}"
Q4_TEAMWORK = "teamwork: {weight: 1, indicators: [cooperates, supports, takes_share, blames_team]}"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (
            "objection_handling: {weight: 3}",
            "objection_handling: {weight: 3, indicators: [calms]}",
            "indicator_not_asked",
        ),
        ("  - {use: teamwork, weight: 10}\n", "", "question_wrong_for_job"),
        (Q4_TEAMWORK, ONLY_BAD, "question_without_indicator"),
        ("kind: behavioural", "kind: logic", "too_little_left"),
    ],
)
def test_what_an_answer_cannot_show_is_found(old: str, new: str, rule: str) -> None:
    assert old in SOURCE
    assert rule in {flaw.rule for flaw in flaws(SOURCE.replace(old, new, 1))}


def test_a_question_without_measures_and_a_competency_nobody_asks_about() -> None:
    start = SOURCE.index("    measures:\n      compliance:")
    end = SOURCE.index("    topic:", start)
    found = {flaw.rule for flaw in flaws(SOURCE[:start] + SOURCE[end:])}
    assert {"question_without_indicator", "competency_not_asked"} <= found


def test_asked_only_in_reserve_is_not_asked() -> None:
    reserved = SOURCE.replace("  - id: q4\n", "  - id: q4\n    reserve: true\n", 1)
    told = [flaw for flaw in flaws(reserved) if flaw.rule == "competency_not_asked"]
    assert [flaw.message for flaw in told] == ["no question asks about compliance"]


def test_a_job_without_culture_is_told() -> None:
    gone = SOURCE.replace("  - {use: compliance, weight: 12}\n  - {use: customer_first, weight: 8}\n", "", 1)
    assert "dimension_missing" in {flaw.rule for flaw in flaws(gone)}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("    1:\n", "    6:\n", "anchors"),
        ("- 主动询问\n", "- 主动询问(\n", "pattern"),
        ("- 主动询问\n", "- (询问+)+客户\n", "pattern"),
        ("- 主动询问\n", "- (询问)?\n", "pattern"),
        ("sign: negative", "sign: evil", "shape"),
        ("min_hits: 2", "min_hits: 9", "indicators"),
    ],
)
def test_competencies_written_out_are_checked_too(old: str, new: str, rule: str) -> None:
    assert old in WHOLE
    assert rule in {flaw.rule for flaw in flaws(WHOLE.replace(old, new, 1))}


def test_every_rule_has_a_remedy_that_ends_without_a_full_stop() -> None:
    assert all(rule.remedy and not rule.remedy.endswith(".") for rule in RULES.values())


def test_one_error_hides_no_other() -> None:
    broken = SOURCE.replace("thinking_s: 60", "thinking_s: 6000", 1).replace(
        "如果客户仍然犹豫，你会怎么做？", "你会继续跟进客户，对吧？", 1
    )
    assert {flaw.rule for flaw in flaws(broken)} == {"seconds", "probe_leads"}
