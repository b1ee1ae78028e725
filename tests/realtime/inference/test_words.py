import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.inference.words import bare, is_cjk, join_words, split_words, word_key

TEXT = st.text(alphabet=st.sampled_from("我们客户ab cZ'’-。，！?\"“”（）% 5"), max_size=60)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("您好，我叫李明。", ["您", "好，", "我", "叫", "李", "明。"]),
        ("I don't know, really.", ["I", "don't", "know,", "really."]),
        ("我用Excel做表", ["我", "用", "Excel", "做", "表"]),
        ("“好”，他说", ["“好”，", "他", "说"]),
        ("rose 3.5% in 2024", ["rose", "3.5%", "in", "2024"]),
        ("well - known", ["well-", "known"]),
        ("…", ["…"]),
    ],
)
def test_a_chinese_character_is_a_word_and_punctuation_stays_with_its_word(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@given(TEXT)
def test_no_letter_is_lost(text: str) -> None:
    assert "".join(split_words(text)).replace(" ", "") == "".join(text.split())


@given(TEXT)
def test_only_a_text_without_letters_has_a_word_without_letters(text: str) -> None:
    words = split_words(text)
    assert all(word_key(word) for word in words[1:])


@pytest.mark.parametrize("text", ["您好，我叫李明。", "I don't know, really.", "我用 Excel 做表，OK? 好。"])
def test_joining_brings_the_text_back(text: str) -> None:
    assert join_words(split_words(text)) == text


def test_spellings_that_differ_in_case_and_punctuation_are_one_word() -> None:
    assert word_key("Hello,") == word_key("hello") != word_key("hallo")
    assert bare("Hello,") == "Hello"
    assert bare("5%.") == "5%"
    assert bare("好，") == "好"
    assert is_cjk("好")
    assert not is_cjk("OK，")
