"""Changes that must hardly move a score: recogniser errors, other names, the other gender, a dialect's particles.

Pure and seeded; ``make bench NAME=scoring`` and the tests apply them to answers and compare the totals. Nothing here
has a part in scoring.
"""

import random
import re
from functools import lru_cache
from pathlib import Path

import msgspec
import yaml

from scoring.analysis.transcript import CJK, language_of
from scoring.bilingual import Language

FILE = Path(__file__).parent / "lexica" / "confusions.yaml"
SUBSTITUTED, DELETED = 0.7, 0.85
"""Of the errors 70 % are another word, 15 % a lost one, 15 % one too many: about what recognisers do."""
CHARACTERS_PER_WORD = 1.6
"""About what a Chinese word has in running speech: one word in ten wrong is one character in sixteen."""
PARTICLE_SHARE = 0.4

_WORD = re.compile(r"[\u3400-\u9fff]|[A-Za-z0-9]+(?:['’-][A-Za-z0-9]+)*")
_CLAUSE_END = re.compile(r"(?=[，,。.；;！!？?])")


class Confusions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zh: tuple[str, ...]
    en: tuple[tuple[str, str], ...]
    particles: dict[str, tuple[str, ...]]
    names: dict[str, tuple[tuple[str, str], ...]]
    gender: dict[str, tuple[tuple[str, str], ...]]


@lru_cache(maxsize=1)
def confusions() -> Confusions:
    return msgspec.convert(yaml.safe_load(FILE.read_text(encoding="utf-8")), Confusions)


@lru_cache(maxsize=1)
def _alike() -> dict[str, tuple[str, ...]]:
    """For a character or an English word the others that sound like it."""
    groups = [tuple(group) for group in confusions().zh] + [tuple(pair) for pair in confusions().en]
    found: dict[str, tuple[str, ...]] = {}
    for group in groups:
        for each in group:
            found[each] = found.get(each, ()) + tuple(other for other in group if other != each)
    return found


def recogniser_errors(text: str, share: float, seed: int) -> str:
    """The text with this share of its words misheard, in Chinese by one character. The same seed, the same errors."""
    chance = random.Random(seed)
    words = list(_WORD.finditer(text))
    count = sum(1 / CHARACTERS_PER_WORD if CJK.match(word.group(0)) else 1.0 for word in words)
    wrong = set(chance.sample(range(len(words)), round(share * count)))
    pieces: list[str] = []
    cursor = 0
    for index, word in enumerate(words):
        pieces.append(text[cursor : word.start()])
        pieces.append(_misheard(word.group(0), chance) if index in wrong else word.group(0))
        cursor = word.end()
    return "".join([*pieces, text[cursor:]])


def _misheard(word: str, chance: random.Random) -> str:
    kind = chance.random()
    if kind >= DELETED:
        return f"{word}{word}" if CJK.match(word) else f"{word} {word}"
    if kind >= SUBSTITUTED:
        return ""
    others = _alike().get(word.lower())
    if others:
        return chance.choice(others)
    if CJK.match(word):
        return chance.choice(("的", "一", "是", "这"))
    return word[:-1] if len(word) > 3 else word + "s"


def other_names(text: str) -> str:
    """Family and first names exchanged for others."""
    language = language_of(text)
    pairs = confusions().names[language]
    if language == "zh":
        titles = "先生|女士|小姐|阿姨|叔叔|大爷|大妈|总|经理|老师|师傅|主管|行长"
        return _swapped(text, pairs, rf"(?:(?<=老)|(?<=小))({{}})|({{}})(?={titles})")
    return _swapped(text, pairs, r"\b({})\b")


def other_gender(text: str) -> str:
    """Every word that tells a gender exchanged for the other's."""
    language = language_of(text)
    return _swapped(text, confusions().gender[language], "({})" if language == "zh" else r"\b({})\b")


def _swapped(text: str, pairs: tuple[tuple[str, str], ...], shape: str) -> str:
    exchange = {right: left for left, right in pairs} | dict(pairs)
    words = "|".join(sorted(exchange, key=len, reverse=True))
    pattern = re.compile(shape.replace("{}", words), re.IGNORECASE)

    def other(match: re.Match[str]) -> str:
        found = match.group(0)
        new = exchange.get(found) or exchange[found.lower()]
        return new.capitalize() if found[0].isupper() else new

    return pattern.sub(other, text)


def with_particles(text: str, seed: int) -> str:
    """Dialect particles at the end of some clauses: 嘛, 啦, 噻; "lah", "innit"."""
    language: Language = language_of(text)
    chance = random.Random(seed)
    particles = confusions().particles[language]
    space = "" if language == "zh" else " "
    return _CLAUSE_END.sub(lambda _: space + chance.choice(particles) if chance.random() < PARTICLE_SHARE else "", text)
