"""Figures as people say them, with their value: 三成, 百分之八十, 二十万, "a third", "1,200 calls"."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

_ZH_DIGITS = {**{digit: value for value, digit in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2}
_ZH_PLACES = {"十": 10, "百": 100, "千": 1_000}
_ZH_GROUPS = {"万": 10_000, "亿": 100_000_000}
_EN_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_EN_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_EN_NUMBERS = {
    **{word: value for value, word in enumerate(_EN_SMALL)},
    **{word: value * 10 for value, word in enumerate(_EN_TENS, start=2)},
    "dozen": 12,
}
_EN_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_EN_PARTS = {
    "half": 1 / 2, "third": 1 / 3, "thirds": 1 / 3, "quarter": 1 / 4, "quarters": 1 / 4,
    "fifth": 1 / 5, "fifths": 1 / 5, "tenth": 1 / 10,
}  # fmt: skip

_ZH = r"[零〇一二两三四五六七八九十百千万亿]+|[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?[百千万亿]*"
_ZH_UNITS = (
    "%|％|个百分点|倍|成(?!功|本|立|绩|员|为|长|果|交|熟|型|就|了|都|天)|万元|亿元|元|块钱|天|周|个?星期|个月|个?季度|年|"
    "个?小时|分钟|秒|人|位|户|家|笔|单|份|次|名|分(?![析配工成享类组歧行散期层批步管别开解辨流明布感])|个|条|页|张|台|起|例|"
    "项|轮|组|遍|步|件|套|支|只|本|门|节|道|场|吨|公里|平米|点"
)
_ZH_QUANTITY = re.compile(
    rf"百分之(?P<percent>{_ZH})|(?P<parts>[二三四五六七八九十])分之(?P<part>[一二三四五六七八九])|"
    rf"(?P<number>{_ZH})(?:多|几|来|余)?\s?(?P<unit>{_ZH_UNITS})|(?P<half>一半|过半|大半|翻(?:了)?(?:一)?番|近半)|"
    rf"(?P<round>(?:[0-9]+(?:\.[0-9]+)?|[一二两三四五六七八九十]+)[百千万亿]+)"
)
_NOT_COUNTED = re.compile(r"(?:这|那|哪|某|每|第|同|另|下|上|前|后|任何|进|统|唯|单|专)$")
_COUNTS_NOTHING = frozenset("个位次点起种条步名家")
_EN_WORDS = "|".join([*_EN_NUMBERS, *_EN_SCALES])
_EN_UNITS = (
    r"%|percent|per cent|percentage points?|points?|times|days?|weeks?|months?|years?|quarters?|hours?|minutes?|"
    r"seconds?|people|persons?|clients?|customers?|accounts?|teams?|members?|yuan|rmb|dollars?|euros?|errors?|cases?|"
    r"calls?|k\b|complaints?|transactions?|loans?|branches|items?|pages?|tickets?|reports?|defects?|bugs?|records?|rows|"
    r"sessions?|students?|colleagues?|families|firms?|companies|questions?|steps?|options?|products?|documents?|"
    r"invoices?|meetings?|interviews?|tests?|versions?|servers?|orders?|visits?|departments?"
)
_EN_FIGURE = r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?"
_EN_QUANTITY = re.compile(
    rf"\b(?:(?P<figure>{_EN_FIGURE})|(?P<words>(?:a |an )?(?:{_EN_WORDS})(?:[ -](?:and )?(?:{_EN_WORDS}))*))"
    rf"(?:[ -]?(?P<scale>hundred|thousand|million|billion))?[ -]?(?:[a-z]+ )?(?P<unit>{_EN_UNITS})(?!\w)|"
    r"\b(?:(?P<many>one|two|three|four|a)[ -])?(?P<fraction>half|thirds?|quarters?|fifths?|tenth)\b|"
    rf"\b(?P<double>doubled|tripled|halved)\b|(?<![\w.,])(?P<bare>{_EN_FIGURE}%?)(?![\w])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """``text[start:end]``; ``value`` with percent and 成 as shares of 1; ``unit`` as it was said, maybe empty."""

    start: int
    end: int
    value: float
    unit: str


def find_quantities(text: str) -> tuple[Quantity, ...]:
    """All of them in order; "这个" and "第一个" are none."""
    found = [*_chinese(text), *_english(text)]
    found.sort(key=lambda quantity: (quantity.start, -quantity.end))
    kept: list[Quantity] = []
    for quantity in found:
        if not kept or quantity.start >= kept[-1].end:
            kept.append(quantity)
    return tuple(kept)


def between(quantities: Sequence[Quantity], start: int, end: int) -> list[Quantity]:
    """Those that lie wholly in ``[start, end)``."""
    first = bisect_left(quantities, start, key=lambda quantity: quantity.start)
    return [quantity for quantity in quantities[first:] if quantity.end <= end and quantity.start < end]


def _chinese(text: str) -> list[Quantity]:
    found: list[Quantity] = []
    for match in _ZH_QUANTITY.finditer(text):
        value = _zh_match(match)
        if value is None or _NOT_COUNTED.search(text[max(0, match.start() - 2) : match.start()]):
            continue
        if match["number"] == "一" and match["unit"] in _COUNTS_NOTHING:
            continue  # "一个客户" counts nothing
        found.append(Quantity(match.start(), match.end(), value, match["unit"] or ""))
    return found


def _zh_match(match: re.Match[str]) -> float | None:
    if match["percent"]:
        value = zh_number(match["percent"])
        return None if value is None else value / 100
    if match["part"]:
        parts = zh_number(match["parts"]) or 1
        return (zh_number(match["part"]) or 0) / parts
    if match["half"]:
        return 2.0 if "翻" in match["half"] else 0.5
    if match["round"]:
        return zh_number(match["round"])
    value = zh_number(match["number"])
    if value is None:
        return None
    scale = {"%": 0.01, "％": 0.01, "个百分点": 0.01, "成": 0.1, "万元": 10_000, "亿元": 100_000_000}
    return value * scale.get(match["unit"], 1)


def zh_number(text: str) -> float | None:
    """二十万 -> 200000, 3.5万 -> 35000, 两百零六 -> 206; None if it is no number (十百)."""
    if text[0].isascii():
        digits = text.rstrip("百千万亿")
        value = float(digits.replace(",", ""))
        for place in text[len(digits) :]:
            value *= {**_ZH_PLACES, **_ZH_GROUPS}[place]
        return value
    total = section = digit = 0
    for character in text:
        if character in _ZH_DIGITS:
            digit = digit * 10 + _ZH_DIGITS[character]
        elif character in _ZH_PLACES:
            section += (digit or 1) * _ZH_PLACES[character]
            digit = 0
        else:
            total = (total + (section + digit or 1)) * _ZH_GROUPS[character]
            section = digit = 0
    return float(total + section + digit)


def _english(text: str) -> list[Quantity]:
    found: list[Quantity] = []
    for match in _EN_QUANTITY.finditer(text):
        value = _en_match(match)
        unit = (match["unit"] or "").lower()
        if unit == "k":
            value *= 1_000
        if unit in ("%", "percent", "per cent") or (match["bare"] or "").endswith("%"):
            value /= 100
        if match["fraction"] and not match["many"] and match["fraction"].lower() != "half":
            continue  # "quarter" alone is a season, "third" a rank
        if value == 1 and not match["figure"] and not match["fraction"]:
            continue  # "one customer" counts nothing
        found.append(Quantity(match.start(), match.end(), value, unit))
    return found


def _en_match(match: re.Match[str]) -> float:
    if match["figure"]:
        return float(match["figure"].replace(",", "")) * _EN_SCALES.get((match["scale"] or "").lower(), 1)
    if match["words"]:
        return en_number(match["words"])
    if match["fraction"]:
        many = _EN_NUMBERS.get((match["many"] or "one").lower(), 1)
        return many * _EN_PARTS[match["fraction"].lower()]
    if match["double"]:
        return {"doubled": 2.0, "tripled": 3.0, "halved": 0.5}[match["double"].lower()]
    return float(match["bare"].rstrip("%").replace(",", ""))


def en_number(text: str) -> float:
    """ "two hundred and six" -> 206, "thirty-two" -> 32, "a dozen" -> 12."""
    total = section = 0.0
    for word in re.split(r"[ -]+", text.lower()):
        if word in _EN_NUMBERS:
            section = section * 12 if word == "dozen" and section else section + _EN_NUMBERS[word]
        elif word == "hundred":
            section = (section or 1) * 100
        elif word in _EN_SCALES:
            total += (section or 1) * _EN_SCALES[word]
            section = 0.0
    return total + section
