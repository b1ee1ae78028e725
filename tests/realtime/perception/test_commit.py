from hypothesis import given
from hypothesis import strategies as st

from realtime.inference.words import join_words, keys, split_words
from realtime.perception.commit import LocalAgreement

WORDS = st.sampled_from(["我", "会", "先", "Excel", "report", "the", "好，"])
HYPOTHESES = st.lists(st.lists(WORDS, max_size=12), max_size=12)


def committed_after(*texts: str) -> LocalAgreement:
    agreement = LocalAgreement()
    for text in texts:
        agreement.push(split_words(text))
    return agreement


def test_one_hypothesis_commits_nothing() -> None:
    agreement = committed_after("我会先听")
    assert (agreement.committed_text, agreement.partial_text) == ("", "我会先听")


def test_two_that_agree_commit_what_they_share() -> None:
    agreement = committed_after("我会先听", "我会先请客户")
    assert (agreement.committed_text, agreement.partial_text) == ("我会先", "请客户")


def test_english_goes_by_words_and_mixed_text_by_both() -> None:
    agreement = committed_after("I open the re", "I open the report in Excel", "I open the report in Excel 然后")
    assert (agreement.committed_text, agreement.partial_text) == ("I open the report in Excel", "然后")


def test_case_and_punctuation_do_not_disagree_and_a_guessed_full_stop_is_left_out() -> None:
    agreement = committed_after("Well, I asked.", "well I asked him")
    assert agreement.committed_text == "well I asked"


def test_a_full_stop_that_was_said_twice_is_kept() -> None:
    assert committed_after("Well, I asked. He", "Well, I asked. He left").committed_text == "Well, I asked. He"


def test_a_later_change_of_mind_takes_nothing_back() -> None:
    agreement = committed_after("我会先听", "我会先听他", "我要先听他说完", "我要先听他说完话")
    assert agreement.committed_text == "我会先听他说完"


def test_a_hypothesis_with_a_word_more_at_the_front_goes_on_at_the_right_place() -> None:
    more = "Well I am here now today again"
    agreement = committed_after("I am here now", "I am here now today", more, more + " yes")
    assert agreement.committed_text == "I am here now today again"


def test_after_trimming_only_the_rest_is_compared() -> None:
    agreement = committed_after("我会先听", "我会先听他")
    agreement.trim()
    agreement.push(split_words("他说话"))
    agreement.push(split_words("他说话时"))
    assert agreement.committed_text == "我会先听他说话"
    assert "".join(agreement.trimmed) == "我会先听"


@given(HYPOTHESES, st.sets(st.integers(0, 11)))
def test_nothing_committed_ever_changes(hypotheses: list[list[str]], trims: set[int]) -> None:
    agreement = LocalAgreement()
    for at, hypothesis in enumerate(hypotheses):
        before = list(agreement.committed)
        said = agreement.push(hypothesis)
        assert agreement.committed[: len(before)] == before
        assert len(agreement.committed) - len(before) == len(said)
        assert keys(agreement.committed[len(before) :]) == keys([hypothesis[place] for place in said])
        if at in trims:
            agreement.trim()


@given(st.lists(WORDS, min_size=1, max_size=30), st.lists(st.integers(1, 30), min_size=1, max_size=10))
def test_a_recogniser_that_is_always_right_loses_and_doubles_nothing(words: list[str], lengths: list[int]) -> None:
    agreement = LocalAgreement()
    for length in [*sorted(lengths), len(words), len(words)]:
        agreement.push(words[:length])
    assert keys(agreement.committed) == keys(words)
    assert agreement.partial_text == ""
    assert join_words(agreement.committed) == agreement.committed_text
