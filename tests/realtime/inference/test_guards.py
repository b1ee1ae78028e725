import re
from pathlib import Path

import pytest
import yaml

from realtime.inference.guards import compression_ratio, is_known_hallucination, judge, loops, without_credits
from realtime.inference.words import keys, split_words

HONEST = [
    ("首先，我会请客户坐下，认真听他说出担心。", 5.0),
    ("对对对对，就是这样。", 2.0),
    ("No no no, I would never promise a return.", 3.0),
    ("谢谢大家，我的回答到此结束。", 3.0),
    ("是。", 0.3),
    ("Yes.", 0.3),
    ("I went to the branch, and then I went to the customer, and then I went home again.", 5.0),
    ("一二三四五，上山打老虎；老虎没打到，打到小松鼠。", 5.0),
]


@pytest.mark.parametrize(("text", "voiced_s"), HONEST)
def test_what_people_say_passes(text: str, voiced_s: float) -> None:
    assert judge(text, voiced_s=voiced_s, no_speech_probability=0.3, mean_log_probability=-0.4) is None


@pytest.mark.parametrize(
    "text",
    [
        "字幕由 Amara.org 社区提供",
        "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
        "谢谢观看！",
        "Thank you for watching.",
        "Subtitles by the Amara.org community",
        "中文字幕志愿者 李宗盛",
        "[Music]",
        "（音乐）",
        "(applause) Thank you for watching!",
        "明镜需要您的支持 欢迎订阅明镜",
    ],
)
def test_credits_from_the_training_data_are_thrown_away(text: str) -> None:
    assert is_known_hallucination(text)
    assert judge(text, voiced_s=10) == "hallucination"


@pytest.mark.parametrize(
    "text",
    [
        "谢谢观看我做的报表",
        "I thank you for watching my presentation",
        "我大学时参加过字幕组，负责校对。",
        "We were subtitled by a volunteer, and I asked customers to please subscribe to my channel.",
        "Music.",
        "My hobby is music (mostly jazz).",
    ],
)
def test_the_same_words_inside_a_sentence_are_kept(text: str) -> None:
    assert judge(text, voiced_s=10) is None
    assert without_credits(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("我会先听客户说完。字幕由 Amara.org 社区提供", "我会先听客户说完。"),
        ("我会先听客户说完 请不吝点赞 订阅 转发", "我会先听客户说完"),
        ("I would listen first. Subtitles by the Amara.org community", "I would listen first."),
        ("I would listen first! Please subscribe to my channel. Thank you.", "I would listen first!"),
        ("谢谢观看", "谢谢观看"),
    ],
)
def test_credits_behind_speech_are_cut_off_it(text: str, said: str) -> None:
    assert without_credits(text) == said


@pytest.mark.parametrize(
    "text",
    ["我会" * 12, "I'm going to the bank. " * 5, "the " * 20, "你好吗" * 5, "今天 " * 30],
)
def test_loops_are_thrown_away(text: str) -> None:
    assert judge(text, voiced_s=30) == "loop"


def test_what_repeats_itself_with_variations_is_found_by_how_well_it_compresses() -> None:
    text = " ".join(f"I went to the bank and then I went to the bank{at}" for at in ("a", "b", "c", "d", "e", "f"))
    assert not loops(keys(split_words(text)))
    assert judge(text, voiced_s=60) == "compression"


@pytest.mark.parametrize(
    ("text", "echo"),
    [
        ("反洗钱，AML，大额可疑交易。", True),
        ("AML，反洗钱，反洗钱，", True),
        ("反洗钱，AML。", False),
        ("反洗钱、AML、大额可疑交易都要报。", False),
        ("我们做反洗钱，AML，大额可疑交易", False),
    ],
)
def test_a_text_that_is_only_the_prompt_is_an_echo_and_one_that_uses_its_words_is_not(text: str, echo: bool) -> None:
    told = ("反洗钱", "AML", "大额可疑交易")
    assert (judge(text, voiced_s=10, hot_words=told) == "prompt_echo") is echo
    assert judge(text, voiced_s=10) is None


def test_no_answer_that_was_really_given_is_thrown_away() -> None:
    """225 answers, weak and strong, of both languages; sentence by sentence, as utterances are."""
    folder = Path(__file__).parents[3] / "bench" / "answers" / "held_back"
    texts = [text for file in ("zh", "en") for text in _strings(yaml.safe_load((folder / f"{file}.yaml").read_text()))]
    sentences = [part for text in texts for part in re.split(r"(?<=[。！？.!?])", text) if part.strip()]
    assert len(sentences) > 400
    for sentence in sentences:
        assert judge(sentence, voiced_s=len(split_words(sentence)) / 5) is None, sentence
        assert without_credits(sentence) == sentence


def _strings(data: object) -> list[str]:
    if isinstance(data, str):
        return [data]
    parts = data.values() if isinstance(data, dict) else data if isinstance(data, list) else []
    return [text for part in parts for text in _strings(part) if len(text) > 8]


@pytest.mark.parametrize(
    ("text", "looped"), [("a b c " * 4, True), ("a b c " * 3, False), ("对" * 11, False), ("对" * 12, True)]
)
def test_how_often_is_a_loop(text: str, looped: bool) -> None:
    assert loops(keys(split_words(text))) is looped


def test_silence_is_believed_only_if_the_text_is_unlikely_too() -> None:
    assert judge("好的", voiced_s=1, no_speech_probability=0.9, mean_log_probability=-1.5) == "no_speech"
    assert judge("好的", voiced_s=1, no_speech_probability=0.9, mean_log_probability=-0.2) is None
    assert judge("好的", voiced_s=1, no_speech_probability=0.1, mean_log_probability=-1.5) is None


@pytest.mark.parametrize("text", ["", " ", "。", "... ?"])
def test_no_letters_is_no_speech(text: str) -> None:
    assert judge(text, voiced_s=1) == "no_speech"


def test_a_paragraph_for_a_breath_is_thrown_away() -> None:
    paragraph = "我认为这个产品适合所有的客户因为它的收益很高风险很低"
    assert judge(paragraph, voiced_s=0.4) == "too_much_text"
    assert judge(paragraph, voiced_s=5) is None


def test_short_texts_are_never_called_compressible() -> None:
    assert compression_ratio("ha ha ha ha") == 1.0
    assert compression_ratio("ha " * 60) > 2.4
