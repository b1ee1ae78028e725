"""What people are asked, what is refused, and what counts."""

import pytest

from scoring.acceptance.questionnaire import GROUPS, LEAST_PERSONS, Answered, Group, flaws, items, replies
from scoring.validity.satisfaction import satisfaction


def _answer(group: Group, rating: int = 5) -> Answered:
    return Answered({item.id: rating for item in items(group)})


def test_the_items_of_the_acceptance_are_there_in_both_languages() -> None:
    gates = {group: [item.id for item in items(group) if item.gate] for group in GROUPS}
    assert gates == {
        "hr": ["ease_of_operation", "report_readability"],
        "candidate": ["friendliness", "question_reasonableness"],
    }
    assert all(item.text.zh and item.text.en for group in GROUPS for item in items(group))


@pytest.mark.parametrize("group", GROUPS)
def test_whole_answers_have_no_flaw(group: Group) -> None:
    assert flaws(_answer(group), group) == []


def test_every_flaw_is_named() -> None:
    found = flaws(Answered({"friendliness": 6, "colour": 3}, "x" * 2001), "candidate")
    assert [text.split()[0] for text in found] == [
        "'colour'",
        "question_reasonableness",
        "feedback_goodwill",
        "friendliness:",
        "comment",
    ]


def test_too_few_people_are_shown_to_nobody() -> None:
    four = [(f"p{number}", "candidate", 1, _answer("candidate")) for number in range(LEAST_PERSONS - 1)]
    assert replies(four) == []  # type: ignore[arg-type]
    five = [*four, ("p5", "candidate", 1, _answer("candidate", 2))]
    (found,) = satisfaction(replies(five))  # type: ignore[arg-type]
    assert (found.persons, found.satisfied.value) == (5, 0.8)
    assert {item.item for item in found.items} == {"friendliness", "question_reasonableness"}


def test_the_tenth_round_is_later_than_the_second() -> None:
    given = [(f"p{n}", "hr", round_, _answer("hr")) for round_ in (2, 10) for n in range(LEAST_PERSONS)]
    assert [group.round for group in satisfaction(replies(given))] == ["02", "10"]  # type: ignore[arg-type]
