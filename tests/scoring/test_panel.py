from collections.abc import Callable

import msgspec
import pytest

from scoring.panel import Mark, Scorecard, Submitted, flaws, merge, newest
from scoring.report import Report


@pytest.fixture(scope="module")
def report(interview: Callable[..., Report]) -> Report:
    return interview("zh_medium", typed=True)


def card(report: Report, level: float | None, **others: float | None) -> Scorecard:
    return Scorecard(tuple(Mark(c.id, others.get(c.id, level)) for c in report.competencies))


def handed_in(rater: str, given: Scorecard, version: int = 1, blind: bool = True) -> Submitted:
    return Submitted(rater, version, blind, "2026-11-25T10:00:00Z", given)


def test_the_mean_of_people_by_the_reports_weights(report: Report) -> None:
    panel = merge(report, [handed_in("li", card(report, 4)), handed_in("wang", card(report, 3))])
    assert {item.people for item in panel.competencies} == {3.5}
    assert {item.spread for item in panel.competencies} == {1}
    assert panel.people_total == 70.0
    assert panel.machine_total == report.total.value


def test_where_people_are_apart_they_must_talk(report: Report) -> None:
    first = report.competencies[0].id
    panel = merge(
        report, [handed_in("li", card(report, 4, **{first: 5})), handed_in("wang", card(report, 4, **{first: 3}))]
    )
    assert "people_apart" in panel.competencies[0].flags
    assert panel.must_talk


def test_where_the_machine_is_apart(report: Report) -> None:
    scored = next(c for c in report.competencies if c.score.value is not None)
    far = 1 if scored.score.value >= 60 else 5
    panel = merge(report, [handed_in("li", card(report, 3, **{scored.id: far}))])
    item = next(i for i in panel.competencies if i.competency_id == scored.id)
    assert item.flags == ("machine_apart",)


def test_what_nobody_observed_is_no_low_level(report: Report) -> None:
    first = report.competencies[0]
    panel = merge(report, [handed_in("li", card(report, 4, **{first.id: None}))])
    assert panel.competencies[0].people is None
    assert panel.people_total == 80.0
    assert panel.competencies[0].flags == (("machine_alone",) if first.score.value is not None else ())
    nothing = merge(report, [handed_in("li", card(report, None))])
    assert nothing.people_total is None
    assert not nothing.must_talk


def test_nobody_has_given_a_card(report: Report) -> None:
    panel = merge(report, [])
    assert panel.people_total is None
    assert all(item.persons == () for item in panel.competencies)


def test_the_newest_version_of_each_rater_counts(report: Report) -> None:
    cards = [
        handed_in("li", card(report, 5), 2, blind=False),
        handed_in("li", card(report, 1)),
        handed_in("an", card(report, 3)),
    ]
    assert [(c.rater, c.version) for c in newest(cards)] == [("an", 1), ("li", 2)]
    persons = merge(report, cards).competencies[0].persons
    assert [(p.rater, p.level, p.blind) for p in persons] == [("an", 3, True), ("li", 5, False)]


def test_flaws_name_the_competency_and_what_to_do(report: Report) -> None:
    ids = [c.id for c in report.competencies]
    good = card(report, 3)
    assert flaws(good, ids, complete=True) == []
    assert flaws(Scorecard(()), ids, complete=False) == []
    assert f"{ids[0]}: not marked" in flaws(Scorecard(()), ids, complete=True)
    assert "x: not a competency of this interview" in flaws(Scorecard((Mark("x", 3),)), ids, complete=False)
    assert flaws(Scorecard((Mark(ids[0], 6),)), ids, complete=False) == [f"{ids[0]}: a level is 1 to 5, in halves"]
    assert flaws(Scorecard((Mark(ids[0], 3.5),)), ids, complete=False) == []
    assert flaws(Scorecard((Mark(ids[0], 3.2),)), ids, complete=False) == [f"{ids[0]}: a level is 1 to 5, in halves"]
    twice = Scorecard((Mark(ids[0], 3), Mark(ids[0], 4)))
    assert flaws(twice, ids, complete=False) == [f"{ids[0]}: marked twice"]
    wordy = msgspec.structs.replace(good, comment="x" * 2001)
    assert flaws(wordy, ids, complete=False) == ["comment: at most 2000 characters"]
    assert "nothing to hand in" in flaws(card(report, None), ids, complete=True)[0]
