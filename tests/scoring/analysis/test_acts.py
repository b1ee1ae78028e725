"""Whose act it was, whether it was done, and what came of it."""

from scoring.analysis.acts import Act, Result, find_acts, find_results, find_star
from scoring.analysis.clauses import structure
from scoring.analysis.marks import Marks
from scoring.analysis.quantities import find_quantities
from scoring.analysis.transcript import typed

ZH = (
    "去年在银行实习的时候我们团队要在三周内完成客户回访系统我负责协调两个部门首先我分析了瓶颈"
    "然后我们制定了计划最终提前两天完成客户满意度提高了百分之十五"
)
EN = (
    "Last summer, during my internship, we had to call eight hundred clients. I analysed the list and organised "
    "daily meetings. In the end we finished two days early and satisfaction rose, it increased by 15 percent."
)


def acts_in(text: str) -> tuple[Act, ...]:
    marks = Marks(text)
    return find_acts(marks, structure(typed(text), marks))


def results_in(text: str) -> tuple[Result, ...]:
    marks = Marks(text)
    return find_results(marks, structure(typed(text), marks), find_quantities(text))


def test_acts_have_an_actor_and_a_time() -> None:
    acts = acts_in(ZH)
    told = {act.verb: (act.actor, act.done) for act in acts}
    assert told["分析"] == ("i", True)
    assert told["协调"] == ("i", True)
    assert told["制定"] == ("we", True)
    would = "我会先安抚客户，再核实情况"
    assert {act.verb: act.done for act in acts_in(would)} == {"安抚": False, "核实": True}


def test_other_peoples_acts_are_not_the_candidates() -> None:
    text = "有些人会上报。他说他核实过了。我没有解释。"
    assert [act.verb for act in acts_in(text) if not act.denied] == []
    assert [act.verb for act in acts_in(text) if act.denied] == ["解释"]


def test_results_have_a_quantity_and_deadlines_are_not_results() -> None:
    results = results_in(ZH)
    assert len(results) == 1
    assert ZH[results[0].start : results[0].end].startswith("最终提前两天完成")
    english = results_in(EN)
    assert [result.quantity for result in english] == ["two days", "15 percent"]


def test_star_parts_stand_in_order() -> None:
    for text in (ZH, EN):
        marks = Marks(text)
        parts = structure(typed(text), marks)
        kinds = [span.part for span in find_star(marks, parts, acts_in(text), results_in(text))]
        assert kinds == ["situation", "task", "action", "result"], text
