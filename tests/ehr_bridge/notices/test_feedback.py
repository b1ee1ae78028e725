"""What is said to a person about their interview: only what the report holds, in their own words."""

from typing import Any

import msgspec
import pytest

from ehr_bridge.notices.feedback import feedback, low_culture, scores
from scoring import report as published
from scoring.bilingual import Bilingual

BOTH = Bilingual("甲", "A")
GOOD, BAD = "我会先询问客户担心什么", "更看重个人成长"


PRAISE = published.Highlight("customer_first", Bilingual("客户至上：先问", "Asks first"), "q1", "e1", GOOD)
ADVICE = published.Suggestion("teamwork", BOTH, Bilingual("团队协作：可以更具体。", "W"), Bilingual("练习", "X"))
PARTS = (
    published.PartScore("professional", Bilingual("专业能力", "Professional"), published.Score(85.4), ()),
    published.PartScore(
        "culture", Bilingual("文化适配", "Culture"), published.Score(55.0), ("teamwork", "customer_first")
    ),
)


def evidence(quote: str, supports: int, competency: str, number: int) -> published.Evidence:
    return published.Evidence(f"e{number}", "q1", "indicator", BOTH, quote, supports, competency)


def competency(name: str, label: str, value: float | None) -> published.CompetencyScore:
    both = Bilingual(label, label)
    return published.CompetencyScore(name, "culture", both, both, 50.0, published.Score(value), None, ())


@pytest.fixture
def told(report: Any) -> Any:
    """``told(**changes)``: a report with one answer, a weakness, and a culture score of 55."""
    whole = published.from_json(report())

    def make(**changes: Any) -> published.Report:
        quality = published.Quality(True, None, ())
        answer = published.AnswerReport(
            "q1", 1, BOTH, "scenario", "text", "typed", "finished", 1000, 0, None, 20, (), None, quality,
            (evidence(GOOD, 1, "customer_first", 1), evidence(BAD, -1, "teamwork", 2)), (),
        )  # fmt: skip
        view = published.ViewScore("dimensions", BOTH, PARTS)
        made = msgspec.structs.replace(
            whole,
            answers=(answer,),
            views=(view,),
            competencies=(competency("teamwork", "团队协作", 40.0), competency("customer_first", "客户至上", 70.0)),
            highlights=(PRAISE,),
            suggestions=(ADVICE,),
        )
        return msgspec.structs.replace(made, **changes)

    return make


def test_strength_own_words_weakness_and_exercise(told: Any) -> None:
    found = feedback(told(), "zh")
    assert found is not None
    assert (found.strength, found.quote) == ("客户至上：先问。", GOOD)
    assert (found.weakness, found.exercise) == ("团队协作：可以更具体。", "练习")


def test_praise_never_quotes_what_speaks_against(told: Any) -> None:
    found = feedback(told(highlights=()), "en")
    assert found is not None
    assert found.quote == GOOD
    (answer,) = told().answers
    only_bad = msgspec.structs.replace(answer, evidence=(evidence(BAD, -1, "teamwork", 2),))
    assert feedback(told(highlights=(), answers=(only_bad,)), "zh") is None


def test_praise_is_not_made_of_a_sentence_that_is_also_held_against_them(told: Any) -> None:
    (answer,) = told().answers
    both_ways = (
        evidence("别的同事的事情跟我没关系", 1, "customer_first", 1),
        evidence("跟我没关系", -1, "teamwork", 2),
    )
    given = told(highlights=(), answers=(msgspec.structs.replace(answer, evidence=both_ways),))
    assert feedback(given, "zh") is None
    poor = told(highlights=(), competencies=(competency("customer_first", "客户至上", 22.0),))
    assert feedback(poor, "zh") is None


def test_nothing_to_quote_means_no_feedback(told: Any) -> None:
    assert feedback(told(highlights=(), answers=()), "zh") is None
    assert feedback(told(suggestions=()), "zh") is None


def test_the_scores_as_people_read_them(told: Any) -> None:
    assert scores(told(), "zh") == "专业能力 85、文化适配 55"
    assert scores(told(), "en") == "Professional 85, Culture 55"
    assert scores(told(views=()), "zh") is None


def test_a_low_culture_score_is_explained_by_the_sentence_it_was_low_for(told: Any) -> None:
    low = low_culture(told(), 60, "zh")
    assert low is not None
    assert (low.score, low.value, low.label, low.quote) == (55.0, "teamwork", "团队协作", BAD)


def test_without_a_low_score_or_words_there_is_nothing_to_explain(told: Any) -> None:
    assert low_culture(told(), 54.9, "zh") is None
    assert low_culture(told(), 55, "zh") is not None
    assert low_culture(told(answers=()), 60, "zh") is None
    assert low_culture(told(views=()), 60, "zh") is None
