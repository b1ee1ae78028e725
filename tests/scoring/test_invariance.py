"""What must hardly move a score hardly moves it, on the development answers."""

import json
from collections.abc import Callable
from statistics import fmean

from hypothesis import given
from hypothesis import strategies as st

from scoring.fold import InterviewFacts, fold
from scoring.invariance import other_gender, other_names, recogniser_errors, with_particles
from scoring.policy import policy_for
from scoring.position_model import PositionModel

SETS = ("zh_strong", "zh_medium", "zh_weak", "en_strong", "en_medium", "en_weak")
SEEDS = range(4)


def test_the_share_is_kept_and_the_seed_decides() -> None:
    text = "我会先核对合同，再打电话告诉客户。" * 5
    wrong = recogniser_errors(text, 0.1, 1)
    assert wrong == recogniser_errors(text, 0.1, 1) != recogniser_errors(text, 0.1, 2)
    assert wrong != text
    assert recogniser_errors(text, 0, 1) == text
    english = recogniser_errors("I would call the client and check the contract first. " * 4, 0.1, 3)
    assert len(english.split()) <= 40 + 4


def test_names_and_gender_are_exchanged_and_nothing_else() -> None:
    assert other_names("我对王先生说") == "我对李先生说"
    assert other_names("国王说") == "国王说"
    assert other_names("Mr Wang called Mary.") == "Mr Smith called Fatima."
    assert other_gender("他请那位女士坐下") == "她请那位先生坐下"
    assert other_gender("He asked the lady") == "She asked the gentleman"
    assert other_gender(other_gender("他和妈妈")) == "他和妈妈"


@given(st.text(max_size=60), st.integers(0, 99))
def test_any_text_can_be_changed(text: str, seed: int) -> None:
    for changed in (
        recogniser_errors(text, 0.1, seed),
        other_names(text),
        other_gender(text),
        with_particles(text, seed),
    ):
        json.dumps(changed)


def test_totals_stand_still(
    new_log: Callable[..., object],
    answers: dict[str, dict[str, str]],
    model: PositionModel,
    facts: InterviewFacts,
) -> None:
    """Names, gender and particles by at most a point; one word in ten misheard by a few."""

    def total(name: str, change: Callable[[str], str]) -> float:
        log = new_log(name[:2])
        for question_id, text in answers[name].items():
            log.typed(question_id, change(text.replace("|", "")))  # type: ignore[attr-defined]
        value = fold(log.lines, model, policy_for("eu"), interview=facts).total.value  # type: ignore[attr-defined]
        assert value is not None
        return value

    noise: list[float] = []
    for name in SETS:
        plain = total(name, lambda text: text)
        assert abs(total(name, other_names) - plain) <= 1, name
        assert abs(total(name, other_gender) - plain) <= 1, name
        assert abs(total(name, lambda text: with_particles(text, 7)) - plain) <= 1, name
        for seed in SEEDS:
            noise.append(abs(total(name, lambda text, seed=seed: recogniser_errors(text, 0.1, seed)) - plain))  # type: ignore[misc]
    assert fmean(noise) <= 3
    assert sorted(noise)[int(0.95 * len(noise))] <= 5
