"""Which of the two languages a résumé is written in. Pure."""

import re
from typing import Literal

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


def written_in(text: str) -> Literal["zh", "en"]:
    """English where it has more words than there are Chinese characters: a Chinese résumé names its tools and
    certificates in English, an English one its writer and perhaps the school in Chinese."""
    return "en" if len(_LATIN_WORD.findall(text)) > len(_HAN.findall(text)) else "zh"
