from hypothesis import given
from hypothesis import strategies as st

from realtime.inference.words import join_words, keys, split_words
from realtime.perception.commit import POLICIES, AlignAtt, CommitPolicy, Commits, LocalAgreement, Said, SureOrAgreed

WORDS = st.sampled_from(["我", "会", "先", "Excel", "report", "report.", "the", "the,", "好", "好，", "好。"])
PROBABILITIES = st.sampled_from([0.2, 0.89, 0.95])
HYPOTHESES = st.lists(st.lists(st.tuples(WORDS, PROBABILITIES), max_size=12), max_size=12)
WORD_MS = 250


def hypothesis_of(text: str, probability: float = 1.0) -> list[Said]:
    """A word every 250 ms."""
    return [Said(word, (at + 1) * WORD_MS, probability) for at, word in enumerate(split_words(text))]


def committed_after(*texts: str, policy: CommitPolicy | None = None, heard_ms: float = 0) -> Commits:
    commits = Commits(policy or LocalAgreement())
    for text in texts:
        commits.push(hypothesis_of(text), heard_ms)
    return commits


def test_one_hypothesis_commits_nothing() -> None:
    commits = committed_after("我会先听")
    assert (commits.committed_text, commits.partial_text) == ("", "我会先听")


def test_two_that_agree_commit_what_they_share() -> None:
    commits = committed_after("我会先听", "我会先请客户")
    assert (commits.committed_text, commits.partial_text) == ("我会先", "请客户")


def test_english_goes_by_words_and_mixed_text_by_both() -> None:
    commits = committed_after("I open the re", "I open the report in Excel", "I open the report in Excel 然后")
    assert (commits.committed_text, commits.partial_text) == ("I open the report in Excel", "然后")


def test_case_and_punctuation_do_not_disagree_and_a_guessed_full_stop_is_left_out() -> None:
    commits = committed_after("Well, I asked.", "well I asked him")
    assert commits.committed_text == "well I asked"


def test_a_full_stop_that_was_said_twice_is_kept() -> None:
    assert committed_after("Well, I asked. He", "Well, I asked. He left").committed_text == "Well, I asked. He"


def test_a_mark_that_came_late_is_taken_with_the_next_word() -> None:
    commits = committed_after("我听完", "我听完了", "我听完了，然后", "我听完了，然后呢")
    assert commits.committed_text == "我听完了，然后"


def test_a_later_change_of_mind_takes_nothing_back() -> None:
    commits = committed_after("我会先听", "我会先听他", "我要先听他说完", "我要先听他说完话")
    assert commits.committed_text == "我会先听他说完"


def test_a_hypothesis_with_a_word_more_at_the_front_goes_on_at_the_right_place() -> None:
    more = "Well I am here now today again"
    commits = committed_after("I am here now", "I am here now today", more, more + " yes")
    assert commits.committed_text == "I am here now today again"


def test_after_trimming_only_the_rest_is_compared() -> None:
    commits = committed_after("我会先听", "我会先听他")
    commits.trim()
    commits.push(hypothesis_of("他说话"), 0)
    commits.push(hypothesis_of("他说话时"), 0)
    assert commits.committed_text == "我会先听他说话"
    assert "".join(commits.trimmed) == "我会先听"


def test_align_att_commits_at_once_what_lies_far_enough_from_the_end_of_the_sound() -> None:
    commits = committed_after("我会先听他", policy=AlignAtt(threshold_ms=400), heard_ms=1250)
    assert (commits.committed_text, commits.partial_text) == ("我会先", "听他")


def test_align_att_leaves_out_the_mark_with_which_a_hypothesis_ends() -> None:
    policy = AlignAtt(threshold_ms=400)
    commits = committed_after("Well, I asked.", policy=policy, heard_ms=5000)
    assert commits.committed_text == "Well, I asked"
    commits.push(hypothesis_of("Well, I asked. He left"), 5000)
    assert commits.committed_text == "Well, I asked. He left"


def test_sure_or_agreed_believes_a_sure_word_at_once_and_a_guess_when_it_was_said_twice() -> None:
    commits = Commits(SureOrAgreed(threshold_ms=300, sure=0.9))
    commits.push([*hypothesis_of("我会", 0.99), Said("先", 750, 0.5), Said("听", 1000, 0.99)], 5000)
    assert (commits.committed_text, commits.partial_text) == ("我会", "先听")
    commits.push([*hypothesis_of("我会", 0.99), Said("想", 750, 0.5), Said("听", 1000, 0.99)], 5000)
    assert commits.committed_text == "我会"
    commits.push([*hypothesis_of("我会", 0.99), Said("想", 750, 0.5), Said("听", 1000, 0.99)], 5000)
    assert commits.committed_text == "我会想听"


def test_sure_or_agreed_waits_at_the_end_of_the_sound_as_align_att_does() -> None:
    commits = committed_after("我会先听他", policy=SureOrAgreed(threshold_ms=300), heard_ms=1250)
    assert (commits.committed_text, commits.partial_text) == ("我会先", "听他")


@given(st.sampled_from(sorted(POLICIES)), HYPOTHESES, st.sets(st.integers(0, 11)))
def test_what_is_committed_only_grows(name: str, hypotheses: list[list[tuple[str, float]]], trims: set[int]) -> None:
    commits = Commits(POLICIES[name]())
    for at, words in enumerate(hypotheses):
        hypothesis = [Said(word, (place + 1) * WORD_MS, p) for place, (word, p) in enumerate(words)]
        before, text = list(commits.committed), commits.committed_text
        said = commits.push(hypothesis, heard_ms=at * 400)
        assert keys(commits.committed[: len(before)]) == keys(before)
        assert commits.committed_text.startswith(text)
        assert len(commits.committed) - len(before) == len(said)
        assert keys(commits.committed[len(before) :]) == keys([hypothesis[place].text for place in said])
        if at in trims:
            commits.trim()


@given(
    st.sampled_from(sorted(POLICIES)),
    st.lists(WORDS, min_size=1, max_size=30),
    st.lists(st.integers(1, 30), min_size=1, max_size=10),
)
def test_a_recogniser_that_is_always_right_loses_and_doubles_nothing(
    name: str, words: list[str], lengths: list[int]
) -> None:
    commits = Commits(POLICIES[name]())
    spoken = [Said(word, (at + 1) * WORD_MS) for at, word in enumerate(words)]
    for length in [*sorted(lengths), len(words), len(words)]:
        commits.push(spoken[:length], heard_ms=min(length, len(words)) * WORD_MS + 1000)
    assert keys(commits.committed) == keys(words)
    assert commits.partial_text == ""
    assert join_words(commits.committed) == commits.committed_text
