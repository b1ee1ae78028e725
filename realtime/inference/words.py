"""What a word is in mixed Chinese and English text.

A Chinese character is a word. Anything else is a word up to the next space or Chinese character. Punctuation
belongs to the word before it (an opening bracket or quote to the one after), so that no text is lost.
"""

import re
from collections.abc import Iterable, Sequence

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f々〇"
_FULL_WIDTH = frozenset("、。，．！？；：「」『』《》〈〉【】（）　")
_OPENING = "\"'([{<“‘「『《〈【（"
_PIECE = re.compile(
    rf"""
    [{re.escape(_OPENING)}]*            # what opens belongs to what follows
    (?: [{_CJK}] | [^\s{_CJK}、。，．！？；：…—“”‘’「」『』《》〈〉【】（）]+ )
    [^\w\s{re.escape("“‘「『《〈【（([{<")}]*   # what closes or separates belongs to what went before
    | \S                                # punctuation that stands alone
    """,
    re.VERBOSE,
)
_IS_CJK = re.compile(f"[{_CJK}]")


def is_cjk(text: str) -> bool:
    """Whether there is a Chinese character in it."""
    return _IS_CJK.search(text) is not None


def split_words(text: str) -> list[str]:
    """The words of ``text`` in order, punctuation attached.

    >>> split_words("我用 Excel 做表，OK?")
    ['我', '用', 'Excel', '做', '表，', 'OK?']
    """
    words: list[str] = []
    for piece in _PIECE.findall(text):
        if words and not word_key(piece):
            words[-1] += piece
        else:
            words.append(piece)
    return words


def join_words(words: Iterable[str]) -> str:
    """The inverse: Latin words are spaced, also from Chinese ones; Chinese ones are not, and nothing is next to
    full-width punctuation."""
    text = ""
    for word in words:
        text += " " + word if text and word and _spaced(text[-1], word[0]) else word
    return text


def word_key(word: str) -> str:
    """What two spellings of one word share: case and punctuation set aside. Empty for bare punctuation."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def bare(word: str) -> str:
    """The word without the punctuation behind it."""
    end = len(word)
    while end and not word[end - 1].isalnum() and word[end - 1] != "%":
        end -= 1
    return word[:end] or word


def keys(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(word_key, words))


def _spaced(before: str, after: str) -> bool:
    if before in _FULL_WIDTH or after in _FULL_WIDTH:
        return False
    if is_cjk(before) or is_cjk(after):
        return before.isascii() or after.isascii()
    return True
