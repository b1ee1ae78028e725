"""What the employee record gets of a résumé."""

from datetime import UTC, datetime

from ehr_bridge.resume.as_record import as_record
from ehr_bridge.resume.document import Document, Line
from ehr_bridge.resume.extract import extract
from tests.ehr_bridge.resume.papers import CHINESE

AT = datetime(2026, 11, 25, tzinfo=UTC)


def test_what_is_sure_fills_the_record_and_what_is_not_stays_marked() -> None:
    document = Document("docx", tuple(Line(1, line) for line in CHINESE))
    record = as_record(extract(document, "2026-11-25"), AT, "hr")
    assert (record.education, record.school, record.subject) == ("master", "上海财经大学", "金融学")
    assert record.years_of_experience == 6.4
    assert record.employers == ["招商银行杭州分行", "平安证券股份有限公司"]
    assert record.certificates == ["CFA 二级", "证券从业"]
    assert {fact.key for fact in record.facts} >= {"unsure.certificate", "internship", "language"}
    assert not {"name", "email", "phone"} & {fact.key for fact in record.facts}
    assert (
        next(fact for fact in record.facts if fact.key == "internship").value == "中信证券 · 研究助理 2019-07–2019-09"
    )


def test_a_protected_word_beside_a_fact_does_not_travel() -> None:
    line = Line(1, "2017.09-2020.06  上海财经大学  金融学  硕士  中共党员")
    record = as_record(extract(Document("docx", (Line(1, "教育背景"), line)), "2026-11"), AT, "hr")
    assert record.school == "上海财经大学"
    assert "党员" not in str(record)


def test_nothing_read_is_an_empty_record() -> None:
    assert as_record(extract(Document("docx", ()), "2026-11"), AT, "hr").education == ""
