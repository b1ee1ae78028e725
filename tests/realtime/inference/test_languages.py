import pytest

from realtime.inference.languages import is_another, spoken_language

KNOWN = ("zh", "en")


def test_the_likeliest_of_those_that_may_be_written() -> None:
    assert spoken_language([("zh", 0.5), ("en", 0.25), ("ja", 0.25)], KNOWN) == ("zh", 0.25)
    assert spoken_language([("en", 1.0)], KNOWN) == ("en", 0.0)
    assert spoken_language([("fr", 1.0)], KNOWN)[1] == 1.0


def test_cantonese_is_written_as_chinese() -> None:
    assert spoken_language([("yue", 0.75), ("en", 0.25)], KNOWN) == ("zh", 0.0)
    assert spoken_language([("yue", 1.0)], ("en",)) == ("en", 1.0)


@pytest.mark.parametrize(
    ("other", "log_probability", "voiced_s", "verdict"),
    [(0.9, -1.1, 4.0, True), (0.9, -0.3, 4.0, False), (0.6, -1.1, 4.0, False), (0.9, -1.1, 0.8, False)],
    ids=["French", "an accent", "two languages", "one word"],
)
def test_it_takes_both_signs_and_more_than_a_word(
    other: float, log_probability: float, voiced_s: float, verdict: bool
) -> None:
    assert is_another(other, mean_log_probability=log_probability, voiced_s=voiced_s) is verdict
