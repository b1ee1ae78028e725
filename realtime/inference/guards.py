"""What Whisper says when nobody spoke. Pure: text and numbers in, the name of the guard out.

A recogniser that must say something will: subtitle credits from its training data, one phrase over and over, a
paragraph for two seconds of breath. A candidate must never find such words in their record. Nor may words that were
spoken be lost to a guard: credits behind honest speech are cut off it, and a text that rambles is asked for again.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Literal

from realtime.inference.words import is_cjk, keys, split_words

Guard = Literal["no_speech", "loop", "compression", "hallucination", "too_much_text", "prompt_echo"]

RAMBLING = frozenset(("loop", "compression", "too_much_text", "prompt_echo"))
"""Guards that throw away the text of somebody who did speak: the recogniser lost its way, often led there by the
context it was given."""

NO_SPEECH_PROBABILITY = 0.6
NO_SPEECH_LOG_PROBABILITY = -1.0
"""The rule of OpenAI's own transcribe(): silence is believed only if the text is also unlikely."""
COMPRESSION_RATIO = 2.4
"""The same source. Short texts compress badly whatever they say, so only from ``_COMPRESSIBLE_BYTES`` on."""
_COMPRESSIBLE_BYTES = 80

CHINESE_PER_S = 12.0
ENGLISH_PER_S = 7.0
"""No one says more characters or words a second; the fastest speakers reach about 9 and 5."""
_FREE_WORDS = 4
_ECHOED_WORDS = 3

_CREDITS = (
    "字幕由amara",
    "由amara",
    "amaraorg社区",
    "中文字幕志愿者",
    "字幕志愿者",
    "字幕制作人",
    "字幕by",
    "字幕组",
    "请不吝点赞",
    "点赞订阅转发",
    "打赏支持明镜",
    "明镜与点点栏目",
    "明镜需要您的支持",
    "欢迎订阅明镜",
    "记得点赞订阅",
    "别忘了点赞",
    "请按赞订阅",
    "请点赞订阅",
    "欢迎订阅我的频道",
    "感谢您的收看",
    "词曲李宗盛",
    "优优独播剧场",
    "mingpaocanada",
    "yoyotelevisionseries",
    "本字幕由",
    "中文字幕由",
    "作词作曲编曲",
    "subtitlesbytheamara",
    "subtitlesbyamara",
    "amaraorgcommunity",
    "transcriptionbycastingwords",
    "transcribedbyotterai",
    "subtitledby",
    "captionsbygetty",
    "pleasesubscribetomychannel",
    "likeandsubscribe",
    "dontforgettolikeandsubscribe",
    "dontforgettosubscribe",
    "subsbywwwzeoranger",
    "formoreinformationvisitwww",
    "thanksforwatchingandseeyou",
)
"""At the start of a sentence and to the end of the text; written without case, spaces or punctuation. In the middle of
one ("我大学时参加过字幕组") it is something that was said."""
_WHOLE = frozenset(
    (
        "谢谢观看",
        "感谢观看",
        "谢谢大家观看",
        "感谢您的观看",
        "谢谢收看",
        "感谢收看",
        "下期再见",
        "我们下期再见",
        "请订阅我的频道",
        "thankyouforwatching",
        "thanksforwatching",
        "thankyousomuchforwatching",
        "pleasesubscribe",
        "seeyouinthenextvideo",
        "illseeyouinthenextvideo",
    )
)
"""Suspect only when nothing else was said."""
_ANNOTATION = re.compile(r"\[[^\]]*\]|\([^)]*\)|（[^）]*）|【[^】]*】|♪[^♪]*♪?|\*[^*]*\*")
"""[Music], (applause), 【音乐】, ♪: about the sound, not said in it. Suspect only where it is the whole text."""
_SENTENCE_ENDS = frozenset("。！？.!?…\n♪")


def judge(
    text: str,
    *,
    voiced_s: float,
    no_speech_probability: float = 0.0,
    mean_log_probability: float = 0.0,
    hot_words: Sequence[str] = (),
) -> Guard | None:
    """The guard that throws ``text`` away, or None. ``voiced_s``: how much sound it stands for. ``hot_words``: what the
    recogniser was told to expect."""
    words = split_words(text)
    said = keys(words)
    if not any(said):
        return "no_speech"
    if no_speech_probability > NO_SPEECH_PROBABILITY and mean_log_probability < NO_SPEECH_LOG_PROBABILITY:
        return "no_speech"
    if is_known_hallucination(text):
        return "hallucination"
    if echoes(text, hot_words):
        return "prompt_echo"
    if loops(said):
        return "loop"
    if compression_ratio(text) > COMPRESSION_RATIO:
        return "compression"
    if len(said) > _FREE_WORDS + most_words(words, voiced_s):
        return "too_much_text"
    return None


def echoes(text: str, hot_words: Sequence[str]) -> bool:
    """Whether the text is three or more of the words it was told to expect, and nothing else: a recogniser that heard
    nothing likes to repeat its prompt. Who really lists them is heard when it is asked again without."""
    plain, _ = _letters(text)
    told = sorted({_letters(word)[0] for word in hot_words} - {""}, key=len, reverse=True)
    found = 0
    while plain and (word := next((word for word in told if plain.startswith(word)), "")):
        plain, found = plain[len(word) :], found + 1
    return not plain and found >= _ECHOED_WORDS


def is_known_hallucination(text: str) -> bool:
    """Whether nothing is left of it without annotations, credits and thanks to viewers."""
    rest = without_credits(_ANNOTATION.sub(" ", text))
    plain, _ = _letters(rest)
    return not plain or plain in _WHOLE


def without_credits(text: str) -> str:
    """The text up to where credits begin; all of it where there are none."""
    plain, places = _letters(text)
    found = [at for credit in _CREDITS for at in _occurrences(plain, credit) if _begins_sentence(text, places[at])]
    return text[: places[min(found)]].rstrip() if found else text


def _letters(text: str) -> tuple[str, list[int]]:
    """The letters and digits in lower case, and where each stands in the text."""
    pairs = [(low, at) for at, letter in enumerate(text) for low in letter.casefold() if low.isalnum()]
    return "".join(low for low, _ in pairs), [at for _, at in pairs]


def _occurrences(plain: str, part: str) -> Iterator[int]:
    at = plain.find(part)
    while at >= 0:
        yield at
        at = plain.find(part, at + 1)


def _begins_sentence(text: str, at: int) -> bool:
    """Chinese credits follow each other with spaces between them, where honest Chinese has none."""
    before = text[:at].rstrip("\"'“‘「『《〈【（([{<")
    if not before.strip() or before.rstrip()[-1] in _SENTENCE_ENDS:
        return True
    return before[-1].isspace() and is_cjk(text[at]) and is_cjk(before.rstrip()[-1])


def loops(said: tuple[str, ...]) -> bool:
    """Whether some phrase is said so often in a row that no person would.

    Short phrases are repeated by people too ("no no no", "对对对对"), so a phrase of n words must fill at least
    twelve words in a row and come four times, or three times if it is long, and make up half of the text.
    """
    for length in range(1, len(said) // 3 + 1):
        run = _longest_run(said, length)
        enough = 3 if length >= 6 else 4
        if run >= enough and run * length >= 12 and run * length * 2 >= len(said):
            return True
    return False


def _longest_run(said: tuple[str, ...], length: int) -> int:
    """How often in a row a phrase of ``length`` words comes, at most: in one pass over equal neighbours."""
    longest = equal = 0
    for at in range(length, len(said)):
        equal = equal + 1 if said[at] == said[at - length] else 0
        longest = max(longest, equal // length + 1)
    return longest


def compression_ratio(text: str) -> float:
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if len(raw) >= _COMPRESSIBLE_BYTES else 1.0


def most_words(words: list[str], voiced_s: float) -> float:
    """How many of these words fit into so much speech."""
    chinese = sum(map(is_cjk, words))
    share = chinese / len(words) if words else 0.0
    return voiced_s * (share * CHINESE_PER_S + (1 - share) * ENGLISH_PER_S)
