"""Every rule of the glossary, broken once; and what may stand there."""

import pytest

from scoring.lint.flaw import Flaw
from scoring.positions import BUILTIN, builtin, examine, self_contained, stored

SOURCE = (BUILTIN / "compliance_officer.yaml").read_text(encoding="utf-8")
TERM = "  - {zh: 制裁名单, en: sanctions list}\n"


def flaws(term: str) -> list[Flaw]:
    assert TERM in SOURCE
    return list(examine(SOURCE.replace(TERM, f"  - {term}\n", 1), file="bank.yaml").flaws)


@pytest.mark.parametrize(
    ("term", "rule"),
    [
        ('{zh: 制裁名单, en: ""}', "language"),
        ("{zh: 制裁名单, en: 名单}", "language"),
        ("{zh: 制裁名单}", "language"),
        ("{zh: 反洗钱, en: sanctions list}", "glossary"),
        ("{zh: 制裁名单, en: aml}", "glossary"),
        ("{zh: 按照监管要求对每一位客户逐一核对的那份名单, en: sanctions list}", "glossary"),
        ("{zh: 制裁名单, en: the list that we have to check each and every client against}", "glossary"),
        ("{zh: 制裁名单, en: sanctions list, spoken: [制裁单]}", "glossary_spoken"),
        ("{zh: 制裁名单, en: sanctions list, spoken: [客户名册]}", "glossary_spoken"),
        ("{zh: 制裁名单, en: sanctions list, spoken: [制裁名单]}", "glossary_spoken"),
        ("{zh: 名单, en: sanctions list, spoken: [明单]}", "glossary_spoken"),
        ("{zh: 制裁名单, en: sanctions list, spoken: [shopping list]}", "glossary_spoken"),
        ("{zh: 制裁名单, en: sanctions list, spoken: [sanctions list]}", "glossary_spoken"),
        ("{zh: 制裁名单, en: sanctions list, spoken: [制裁明单, 制裁明单]}", "glossary_spoken"),
        ("{zh: 尽职调查, en: CDD, spoken: [KYC]}", "glossary_spoken"),
        ("{zh: 制裁名单, en: sanctions list, sounds: [制裁明单]}", "shape"),
    ],
)
def test_a_broken_rule_is_named_with_its_line(term: str, rule: str) -> None:
    line = SOURCE[: SOURCE.index(TERM)].count("\n") + 1
    assert (rule, line) in {(flaw.rule, flaw.line) for flaw in flaws(term)}


@pytest.mark.parametrize(
    "term",
    [
        "{zh: 制裁名单, en: sanctions list, spoken: [制裁明单]}",
        "{zh: 制裁名单, en: sanctions list, spoken: [sanction list]}",
        "{zh: 监管报送, en: SAR, spoken: [S A R]}",
    ],
)
def test_a_variant_that_is_close_may_stand(term: str) -> None:
    assert flaws(term) == []


def test_more_terms_than_a_prompt_can_hold_are_refused() -> None:
    many = "".join(
        f"  - {{zh: 名单{'甲乙丙丁戊己庚辛壬癸'[at % 10] * (1 + at // 10)}, en: list {at}}}\n" for at in range(20)
    )
    found = examine(SOURCE.replace(TERM, TERM + many, 1), file="bank.yaml").flaws
    assert [flaw.rule for flaw in found] == ["glossary"]


def test_every_position_has_some_and_they_survive_being_stored() -> None:
    for model in builtin().values():
        assert 5 <= len(model.glossary) <= 20
        assert stored(self_contained(model)).glossary == model.glossary
