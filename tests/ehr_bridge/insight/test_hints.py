from ehr_bridge.canonical.records import WrittenTest
from ehr_bridge.insight.book import load
from ehr_bridge.insight.hints import hints
from tests.ehr_bridge.insight.people import START, interviewed, life, resume

BOOK = load()


def codes(*bodies, **scores: float) -> list[str]:
    return [hint.code for hint in hints(life(*bodies, interview=interviewed(**scores)), BOOK)]


def test_service_from_the_internship_professional_in_the_second_interview() -> None:
    found = hints(life(resume("大堂经理实习"), interview=interviewed(dimensions_professional=65.0)), BOOK)
    assert found[0].text.zh == "该候选人具备服务意识，可考虑复试中加强专业考核。"
    assert [(each.value, each.source.en) for each in found[0].inputs] == [
        ("大堂、实习", "résumé"), ("65.0", "AI interview"),
    ]  # fmt: skip


def test_everything_a_hint_names_must_hold() -> None:
    assert codes(resume("大堂经理实习"), dimensions_professional=70.0) == []
    assert codes(resume("编程"), dimensions_professional=50.0) == []
    assert codes(resume("cfa"), dimensions_professional=50.0) == ["certified_but_unclear"]
    assert codes(dimensions_professional=80.0, dimensions_culture=55.0) == ["strong_professional_weak_culture"]
    assert codes(dimensions_professional=80.0) == []
    assert hints(life(resume("实习")), BOOK) == []


def test_the_written_test_beside_the_spoken_word() -> None:
    test = WrittenTest(START, score=130, max_score=150)
    one = interviewed()
    one.parts["core.communication"] = 50.0
    assert [hint.code for hint in hints(life(test, interview=one), BOOK)] == ["written_strong_spoken_weak"]
    assert hints(life(WrittenTest(START, score=90, max_score=150), interview=one), BOOK) == []
