"""How long a question takes to read.

Both speeds come from one study with equal texts in both languages, the International Reading Speed Texts, read aloud
by native speakers of 18 to 35: Chinese 255 characters a minute (SD 29), English 228 words a minute
(Trauzettel-Klosinski & Dietz 2012, IOVS 53:5452, table 2). Aloud is the slower way: English non-fiction is read
silently at 238 words a minute (Brysbaert 2019, J. Mem. Lang. 109:104047).
"""

import math
import re

from scoring.bilingual import Bilingual

READING_S_LIMIT = 20
"""A question that takes longer to read loses the listener."""
ZH_CHARACTERS_PER_S = 255 / 60
EN_WORDS_PER_S = 228 / 60
FASTEST = 1.25
"""What is given for reading may be so much shorter before it is too short: silent reading is faster than aloud."""

_CJK = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z0-9]+(?:['’.-][A-Za-z0-9]+)*")


def reading_s(text: Bilingual) -> float:
    """Seconds for the slower of the two languages. Marks are not read; a Latin word in Chinese counts as a word."""
    zh = len(_CJK.findall(text.zh)) / ZH_CHARACTERS_PER_S + len(_LATIN_WORD.findall(text.zh)) / EN_WORDS_PER_S
    return max(zh, len(_LATIN_WORD.findall(text.en)) / EN_WORDS_PER_S)


def shown_s(text: Bilingual) -> int:
    """Whole seconds that a question is shown before the time to think begins."""
    return max(3, math.ceil(reading_s(text)))
