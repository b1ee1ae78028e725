from ehr_bridge.insight.book import load
from ehr_bridge.insight.plans import passed_exams, plan, pushes
from ehr_bridge.insight.requirements import Asked, Requirements
from tests.ehr_bridge.insight.people import LABELS, POSITION, course, interviewed, life, review

BOOK = load()
ASKED = Requirements(
    "client_manager",
    POSITION,
    {
        "communication": Asked(LABELS["communication"], 60, 80.0),
        "risk_identification": Asked(LABELS["risk_identification"], 40),
    },
)
ONE = interviewed(communication=72.0, risk_identification=50.0)


def test_the_gap_is_requirement_minus_score_and_the_largest_comes_first() -> None:
    steps = plan(life(interview=ONE), ASKED, BOOK)
    assert [(step.competency, step.gap, step.push, step.course.id) for step in steps] == [
        ("risk_identification", 20.0, True, "risk_control"),
        ("communication", 8.0, False, "client_talks"),
    ]
    assert plan(life(), ASKED, BOOK) == ()
    assert plan(life(interview=interviewed(communication=90.0)), ASKED, BOOK) == ()


def test_a_low_score_pushes_the_course_and_the_reviews_watch_it() -> None:
    (push,) = pushes(life(interview=ONE), plan(life(interview=ONE), ASKED, BOOK))
    assert "风险管控" in push.text.zh
    assert "绩效评估" in push.text.zh
    assert [(each.value, each.source.en) for each in push.inputs] == [
        ("50.0", "AI interview"), ("70.0", "what the position asks for"),
    ]  # fmt: skip


def test_the_exam_closes_the_gap_or_asks_for_more() -> None:
    failed = life(course(1.0, exam_score=50, passed=False), review(watched=["risk_identification"]), interview=ONE)
    steps = plan(failed, ASKED, BOOK)
    assert (steps[0].exam, steps[0].done, steps[0].watched) == (0.5, False, True)
    assert "补训" in pushes(failed, steps)[0].text.zh
    passed = life(course(1.0, exam_score=92, passed=True), interview=ONE)
    steps = plan(passed, ASKED, BOOK)
    assert pushes(passed, steps) == []
    (closed,) = passed_exams(ONE, steps)
    assert "92 %" in closed.text.en
    assert closed.inputs[1].value == "92 %"


def test_a_course_is_pushed_once_with_all_its_reasons() -> None:
    labels = {key: Asked(LABELS["communication"], 50) for key in ("communication", "needs_discovery")}
    one = interviewed(communication=40.0, needs_discovery=50.0)
    (push,) = pushes(life(interview=one), plan(life(interview=one), Requirements("x", POSITION, labels), BOOK))
    assert len(push.inputs) == 4
