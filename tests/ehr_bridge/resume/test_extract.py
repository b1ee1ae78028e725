"""Facts of whole résumés, in both languages, each with the words it was read from."""

from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.resume.document import Document, Line
from ehr_bridge.resume.extract import WHY, extract, highest_degree
from ehr_bridge.resume.facts import Fact, ResumeFacts
from tests.ehr_bridge.resume.papers import CHINESE, ENGLISH

TODAY = "2026-11-25"


def facts_of(*lines: str) -> ResumeFacts:
    return extract(Document("docx", tuple(Line(1, line) for line in lines)), TODAY)


def values(facts: ResumeFacts, kind: str) -> list[str]:
    return [fact.value for fact in facts.facts if fact.kind == kind]


def only(facts: ResumeFacts, kind: str) -> Fact:
    [fact] = [fact for fact in facts.facts if fact.kind == kind]
    return fact


def test_a_chinese_resume() -> None:
    facts = facts_of(*CHINESE)
    assert (facts.first("name"), facts.first("phone"), facts.first("email")) == (
        "李明", "13800138000", "liming@example.com",
    )  # fmt: skip
    assert values(facts, "education") == ["上海财经大学 · 金融学 · 硕士", "浙江大学 · 经济学 · 本科"]
    assert values(facts, "work") == ["招商银行杭州分行 · 客户经理", "平安证券股份有限公司 · 投资顾问"]
    assert facts.of("work")[1].fields["to"] == "present"
    assert values(facts, "internship") == ["中信证券 · 研究助理"]
    assert {fact.value: fact.certainty for fact in facts.of("certificate")} == {
        "CFA": "stated", "证券从业": "stated", "CPA": "unsure",
    }  # fmt: skip
    assert facts.of("certificate")[0].fields == {"level": "二级"}
    assert values(facts, "skill") == ["Excel", "Python", "SQL"]
    assert [fact.fields["level"] for fact in facts.of("language")] == ["CET-6（560分）", "二级甲等"]
    assert only(facts, "years").value == "6.4"  # 33 months and 44; the internship is not work
    assert highest_degree(facts) == 4


def test_an_english_resume() -> None:
    facts = facts_of(*ENGLISH)
    assert facts.first("name") == "Emily Carter"
    assert facts.first("phone") == "+447911123456"
    assert values(facts, "work") == ["HSBC UK Bank plc · Relationship Manager", "Deloitte LLP · Audit Associate"]
    assert [fact.fields["degree"] for fact in facts.of("education")] == ["master", "bachelor"]
    assert [fact.fields["major"] for fact in facts.of("education")] == ["Finance", "Economics"]
    assert {fact.value: fact.certainty for fact in facts.of("certificate")} == {"CFA": "unsure", "ACCA": "stated"}
    assert values(facts, "language") == ["英语", "普通话"]


def test_every_fact_stands_where_it_says() -> None:
    for lines in (CHINESE, ENGLISH):
        for fact in facts_of(*lines).facts:
            assert fact.sources
            for source in fact.sources:
                assert source.text
                assert source.text in lines[source.line]


def test_what_is_protected_is_in_no_fact() -> None:
    facts = facts_of(*CHINESE)
    assert {each.kind for each in facts.withheld} == {
        "gender", "age", "ethnicity", "political_status", "marital_status",
    }  # fmt: skip
    told = str(facts.facts)
    assert not any(word in told for word in ("男", "1995", "汉", "党员", "未婚"))


def test_a_claim_that_the_posts_do_not_carry_is_left_to_people() -> None:
    facts = facts_of("工作经历", "2023.01-2025.01  江苏银行南京分行  理财经理", "自我评价", "10年工作经验")
    years = only(facts, "years")
    assert (years.certainty, years.fields) == ("unsure", {"claimed": "10", "counted": "2.1"})
    assert years.why in WHY


def test_a_graduate_has_no_years_at_all_rather_than_none() -> None:
    assert not values(facts_of("教育背景", "2022.09-2026.06  南京审计大学  会计学  本科"), "years")


def test_an_unclear_scan_says_so() -> None:
    line = Line(1, "2020.07 - 2023.03\t招商银行杭州分行\t客户经理", (0.1, 0.2, 0.9, 0.22), heard=0.7)
    facts = extract(Document("image", (Line(1, "工作经历"), line)), TODAY)
    assert (only(facts, "work").certainty, only(facts, "work").why) == ("unsure", "scan_unclear")


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=60), max_size=12))
def test_any_text_gives_the_same_facts_twice(lines: list[str]) -> None:
    assert facts_of(*lines) == facts_of(*lines)


HEADINGS = ["教育背景", "工作经历", "技能", "Education"]
TIMES = ["2019.07-2021.03", "至今", "Mar 2019", "2019"]
NAMES = ["浙江大学", "银行", "经理", "University of", "硕士", "MSc", "CFA", "英语", "性别：男"]
PIECES = st.sampled_from([*HEADINGS, *TIMES, *NAMES, "\t", " ", "，", "：", "。", "1"])


@given(st.lists(st.lists(PIECES, max_size=8).map("".join), max_size=10))
def test_any_disorder_of_a_resume_is_survived(lines: list[str]) -> None:
    for fact in facts_of(*lines).facts:
        assert all(source.text in lines[source.line] for source in fact.sources)
