"""Guards for what is no Chinese or English sentence: other scripts, other languages, noise."""

import itertools
import re
from collections.abc import Sequence
from functools import lru_cache

from scoring.analysis.clauses import Sentence
from scoring.analysis.lexicon import known_pairs, lexicon, third_language_words
from scoring.analysis.reading import Reading
from scoring.guards.verdict import FIRST_IDEOGRAPH, Verdict, refuse

MAX_OTHER_SCRIPT_SHARE = 0.2
MIN_FUNCTION_SHARE = {"zh": 0.08, "en": 0.18}
"""Share of small words (的, 我, "the", "to"): running speech has 0.2-0.6 of them."""
THIRD_LANGUAGE_SHARE = 0.12
"""Share of the small words of another language; and more of them than of English ones."""
MIN_DISTINCT_PAIRS = 0.3
"""Distinct neighbours among all neighbouring words; speech of this length has over 0.6."""
MIN_KNOWN_PAIRS = 0.21
"""Neighbouring Chinese characters that stand together in the lexica too: speech has 0.4-0.7, characters in any order
0.1, words in any order 0.3."""
PAIRS_ENOUGH = 24
MAX_IMPOSSIBLE_SHARE = 0.025
"""English words in an order that no sentence has ("the of", "a is"): speech has hardly one, words in any order 0.05."""
IMPOSSIBLE_ENOUGH = 2
MIN_VOICED_SHARE = 0.8
MAX_UNSPEAKABLE_SHARE = 0.25

_LETTER = re.compile(r"[^\W\d_]")
_KANA_OR_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_FOREIGN = re.compile(r"[^\W\d_A-Za-z\u00c0-\u024f\u1e00-\u1eff\u3400-\u9fff\U00020000-\U0003ffff]")
_IDEOGRAPHS = re.compile(r"[\u3400-\u9fff]+")
_VOWEL = re.compile(r"[aeiouyà-ÿ]")
_CLUSTER = re.compile(r"[bcdfghjklmnpqrstvwxz]{5}")
_OPENS_A_NOUN = frozenset({"the", "a", "an", "my", "our", "their", "your", "every"})
_NO_NOUN = frozenset(
    (
        *("of", "to", "in", "on", "at", "by", "from", "with", "for", "and", "or", "but", "is", "was", "are", "were"),
        *("be", "the", "a", "an", "i", "we", "he", "she", "they", "it", "would", "will", "could", "if", "because"),
        *("my", "our", "their"),
    )
)


def other_script(text: str) -> bool:
    """Letters that are neither Chinese nor Latin, or Japanese and Korean syllables between Chinese ones."""
    foreign = len(_FOREIGN.findall(text))
    if not foreign:
        return False
    letters = len(_LETTER.findall(text))
    syllables = len(_KANA_OR_HANGUL.findall(text))
    return foreign > MAX_OTHER_SCRIPT_SHARE * letters or syllables > MAX_OTHER_SCRIPT_SHARE / 2 * letters


@lru_cache(maxsize=1)
def small_words() -> frozenset[str]:
    return lexicon("zh").function_words | lexicon("en").function_words


def function_share(words: Sequence[str]) -> float:
    """Share of small words among all words."""
    small = small_words()
    return len([word for word in words if word in small]) / max(1, len(words))


def without_stutter(words: Sequence[str]) -> tuple[str, ...]:
    """The words without those that only repeat the one before."""
    return tuple(word for before, word in itertools.pairwise(("", *words)) if word != before)


def not_language(reading: Reading, repeated: Sequence[Sentence]) -> Verdict | None:
    """Gibberish repeats itself or has no grammar; a third language in Latin letters has another grammar."""
    words = _said_once(reading, repeated)
    pairs = list(itertools.pairwise(words))
    if len(pairs) >= 16 and len(set(pairs)) / len(pairs) < MIN_DISTINCT_PAIRS:
        return refuse("gibberish", "repeats itself")
    spelled = [word for word in words if word < FIRST_IDEOGRAPH]
    written = [word for word in words if word >= FIRST_IDEOGRAPH]
    if len(spelled) >= len(written):
        return _not_english(reading, spelled)
    if _known_share(reading.transcript.text) < MIN_KNOWN_PAIRS and len(written) >= PAIRS_ENOUGH:
        return refuse("gibberish", "no words")
    return _no_grammar(reading, words)


def _not_english(reading: Reading, words: Sequence[str]) -> Verdict | None:
    foreign = sum(word in third_language_words() for word in words) / max(1, len(words))
    if foreign > THIRD_LANGUAGE_SHARE and foreign > function_share(words) and _speakable(words):
        return refuse("wrong_language")
    if not _speakable(words):
        return refuse("gibberish", "no words")
    impossible = sum(
        left in _OPENS_A_NOUN and right in _NO_NOUN and left != right for left, right in itertools.pairwise(words)
    )
    if impossible >= IMPOSSIBLE_ENOUGH and impossible / len(words) > MAX_IMPOSSIBLE_SHARE:
        return refuse("gibberish", "words in no order")
    return _no_grammar(reading, words)


def _no_grammar(reading: Reading, words: Sequence[str]) -> Verdict | None:
    if function_share(words) >= MIN_FUNCTION_SHARE[reading.transcript.language]:
        return None
    return None if _listing(reading) else refuse("gibberish", "no grammar")


def _speakable(words: Sequence[str]) -> bool:
    letters = [word for word in words if not word.isdigit()]
    if not letters:
        return True
    voiced = sum(_VOWEL.search(word) is not None for word in letters)
    clusters = sum(_CLUSTER.search(word) is not None for word in letters)
    return voiced >= MIN_VOICED_SHARE * len(letters) and clusters <= MAX_UNSPEAKABLE_SHARE * len(letters)


def _known_share(text: str) -> float:
    runs = _IDEOGRAPHS.findall(text)
    pairs = [run[index : index + 2] for run in runs for index in range(len(run) - 1)]
    known = known_pairs()
    return sum(pair in known for pair in pairs) / len(pairs) if pairs else 1.0


def _said_once(reading: Reading, repeated: Sequence[Sentence]) -> tuple[str, ...]:
    """The words without those of sentences that were said before."""
    if not repeated:
        return reading.transcript.words
    return reading.transcript.without(tuple((sentence.start, sentence.end) for sentence in repeated)).words


def _listing(reading: Reading) -> bool:
    """A list of real words has no grammar either; stuffing, not gibberish, is the word for that."""
    names = ("action_verbs", "finance_risk", "workplace", "risk_sense", "values")
    known = sum(end - start for name in names for start, end in reading.marks.everywhere(name))
    return known / max(1, len(reading.transcript.text)) > 0.2
