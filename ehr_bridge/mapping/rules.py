"""What may be done to a value on its way. Each rule is a small pure function; ``RULES`` is the whole vocabulary.

A rule gets the value, its argument from the file, and the mapping for tables and formats. It returns the new value or
raises ``ValueRefused`` with a reason that does not quote the value: reasons are logged and shown, values are people's.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ehr_bridge.mapping.ids import IdInvalid
from ehr_bridge.mapping.model import Mapping
from ehr_bridge.merging import normal_phone

MOST_CHARACTERS = 20_000


class ValueRefused(Exception):
    """``code`` is stable; the text says what was expected."""

    def __init__(self, code: str, problem: str) -> None:
        super().__init__(problem)
        self.code = code


Apply = Callable[[Any, Any, Mapping], Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """``takes``: what the argument must be, for the check of a file. ``on_empty``: whether it is for missing values
    too; all others leave an empty text or a missing value alone."""

    apply: Apply
    takes: str = ""
    on_empty: bool = False


def text_of(value: Any) -> str:
    if isinstance(value, str):
        if len(value) > MOST_CHARACTERS:
            raise ValueRefused("too_long", f"more than {MOST_CHARACTERS} characters")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueRefused("not_text", "a text was expected")
    return str(value)


def is_empty(value: Any) -> bool:
    return value is None or value == ""


def _trim(value: Any, _argument: Any, _mapping: Mapping) -> str:
    """Also no-break and full-width spaces, and the invisible ones that spreadsheets bring along."""
    return text_of(value).strip().strip("\u200b\u200c\u200d\ufeff").strip()


def _spaces(value: Any, _argument: Any, _mapping: Mapping) -> str:
    return " ".join(text_of(value).split())


def _half_width(value: Any, _argument: Any, _mapping: Mapping) -> str:
    """Full-width letters, digits and signs as their usual forms (NFKC, Unicode Standard Annex 15)."""
    return unicodedata.normalize("NFKC", text_of(value))


def _email(value: Any, _argument: Any, _mapping: Mapping) -> str:
    text = text_of(value).strip().lower()
    if not re.fullmatch(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+", text):
        raise ValueRefused("not_an_email", "an e-mail address looks like name@example.com")
    return text


def _phone(value: Any, _argument: Any, _mapping: Mapping) -> str:
    """E.164; an eleven-digit number that begins with 1 is Chinese."""
    digits = normal_phone(text_of(value))
    if not 7 <= len(digits) <= 15:
        raise ValueRefused("not_a_phone", "a phone number has 7 to 15 digits")
    return "+" + digits


def _digits(value: Any, _argument: Any, _mapping: Mapping) -> str:
    return "".join(re.findall(r"[0-9]", unicodedata.normalize("NFKC", text_of(value))))


def _date(value: Any, argument: Any, _mapping: Mapping) -> str:
    return _parsed(value, argument).date().isoformat()


def _time(value: Any, argument: Any, _mapping: Mapping) -> str:
    """RFC 3339 in UTC. The argument may name the zone of what comes without one, ``Asia/Shanghai`` if it does not."""
    zone, formats = "Asia/Shanghai", argument
    if isinstance(argument, dict):
        zone, formats = argument.get("zone", zone), argument.get("formats")
    moment = _parsed(value, formats)
    local = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _parsed(value: Any, formats: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    text = unicodedata.normalize("NFKC", text_of(value)).strip()
    wanted = [formats] if isinstance(formats, str) else list(formats or ())
    for form in wanted:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    if not wanted:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise ValueRefused("not_a_date", f"a date was expected, written as {', '.join(wanted) or 'ISO 8601'}")


def _number(value: Any, _argument: Any, _mapping: Mapping) -> float:
    """``1,200.5``, ``１２００``, ``85%`` (0.85), ``¥12.5``. A comma is a thousands mark, as in both our languages."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = unicodedata.normalize("NFKC", text_of(value)).strip().lstrip("¥$").replace(",", "").replace(" ", "")
    share = text.endswith("%")
    try:
        number = Decimal(text.removesuffix("%"))
    except InvalidOperation:
        raise ValueRefused("not_a_number", "a number was expected") from None
    if not number.is_finite():
        raise ValueRefused("not_a_number", "a finite number was expected")
    return float(number / 100 if share else number)


def _whole(value: Any, argument: Any, mapping: Mapping) -> int:
    number = _number(value, argument, mapping)
    if number != int(number):
        raise ValueRefused("not_whole", "a whole number was expected")
    return int(number)


def _times(value: Any, argument: Any, mapping: Mapping) -> float:
    """Decimal, so that 12.34 yuan are 1234 fen and not 1233."""
    return float(Decimal(str(_number(value, None, mapping))) * Decimal(str(argument)))


def _between(value: Any, argument: Any, mapping: Mapping) -> Any:
    number = _number(value, None, mapping)
    if not argument[0] <= number <= argument[1]:
        raise ValueRefused("out_of_range", f"a number from {argument[0]} to {argument[1]} was expected")
    return value


def _code(value: Any, argument: Any, mapping: Mapping) -> Any:
    return _looked_up(value, argument, mapping, backwards=False)


def _code_back(value: Any, argument: Any, mapping: Mapping) -> Any:
    return _looked_up(value, argument, mapping, backwards=True)


def _looked_up(value: Any, name: str, mapping: Mapping, *, backwards: bool) -> Any:
    table = mapping.codes[name].reversed() if backwards else mapping.codes[name]
    key = text_of(value)
    if key in table.entries:
        return table.entries[key]
    if table.unknown == "refuse":
        raise ValueRefused("code_unknown", f"the code is not in the table {name}")
    return value if table.unknown == "keep" else table.other


def _id_digits(value: Any, argument: Any, mapping: Mapping) -> str:
    try:
        return mapping.ids[argument].to_digits(text_of(value))
    except IdInvalid as error:
        raise ValueRefused(error.code, str(error)) from None


def _id_letters(value: Any, argument: Any, mapping: Mapping) -> str:
    try:
        return mapping.ids[argument].from_digits(text_of(value))
    except IdInvalid as error:
        raise ValueRefused(error.code, str(error)) from None


def _pattern(value: Any, argument: Any, _mapping: Mapping) -> Any:
    if not re.fullmatch(argument, text_of(value)):
        raise ValueRefused("pattern", f"a text like {argument} was expected")
    return value


def _one_of(value: Any, argument: Any, _mapping: Mapping) -> Any:
    if value not in argument:
        raise ValueRefused("not_one_of", f"one of {', '.join(map(str, argument))} was expected")
    return value


def _longest(value: Any, argument: Any, _mapping: Mapping) -> str:
    text = text_of(value)
    if len(text) > argument:
        raise ValueRefused("too_long", f"at most {argument} characters were expected")
    return text


def _split(value: Any, argument: Any, _mapping: Mapping) -> list[str]:
    return [part.strip() for part in re.split(f"[{re.escape(argument)}]", text_of(value)) if part.strip()]


def _join(value: Any, argument: Any, _mapping: Mapping) -> str:
    if not isinstance(value, list | tuple):
        raise ValueRefused("not_a_list", "a list was expected")
    return str(argument).join(text_of(part) for part in value)


def _truth(value: Any, argument: Any, _mapping: Mapping) -> bool:
    """The argument names the words for true; the others are false."""
    return value is True or (not isinstance(value, bool) and text_of(value) in argument)


def _default(value: Any, argument: Any, _mapping: Mapping) -> Any:
    return argument if is_empty(value) else value


def _always(_value: Any, argument: Any, _mapping: Mapping) -> Any:
    return argument


def _required(value: Any, _argument: Any, _mapping: Mapping) -> Any:
    if is_empty(value):
        raise ValueRefused("required", "a value was expected")
    return value


RULES: dict[str, Rule] = {
    "trim": Rule(_trim),
    "spaces": Rule(_spaces),
    "half_width": Rule(_half_width),
    "upper": Rule(lambda value, _a, _m: text_of(value).upper()),
    "lower": Rule(lambda value, _a, _m: text_of(value).lower()),
    "email": Rule(_email),
    "phone": Rule(_phone),
    "digits": Rule(_digits),
    "date": Rule(_date, "formats?"),
    "time": Rule(_time, "time?"),
    "number": Rule(_number),
    "whole": Rule(_whole),
    "times": Rule(_times, "number"),
    "between": Rule(_between, "pair"),
    "code": Rule(_code, "table"),
    "code_back": Rule(_code_back, "two-way table"),
    "id_digits": Rule(_id_digits, "id format"),
    "id_letters": Rule(_id_letters, "id format"),
    "pattern": Rule(_pattern, "pattern"),
    "one_of": Rule(_one_of, "list"),
    "longest": Rule(_longest, "number"),
    "split": Rule(_split, "text"),
    "join": Rule(_join, "text"),
    "true_is": Rule(_truth, "list"),
    "default": Rule(_default, "value", on_empty=True),
    "always": Rule(_always, "value", on_empty=True),
    "required": Rule(_required, on_empty=True),
}


def argument_flaw(rule: str, argument: Any, mapping: Mapping) -> str | None:
    """What is wrong with a rule's argument, in words; None if nothing."""
    return _ARGUMENTS[RULES[rule].takes](argument, mapping)


def _is_number(argument: Any) -> bool:
    return isinstance(argument, int | float) and not isinstance(argument, bool)


def _wants(fine: Callable[[Any], bool], otherwise: str) -> Callable[[Any, Mapping], str | None]:
    return lambda argument, _mapping: None if fine(argument) else otherwise


def _table_flaw(argument: Any, mapping: Mapping) -> str | None:
    return None if argument in mapping.codes else f"names a code table that is not there: {argument}"


def _two_way_flaw(argument: Any, mapping: Mapping) -> str | None:
    if argument in mapping.codes and not mapping.codes[argument].two_way:
        return f"the table {argument} has two codes for one value: there is no way back"
    return _table_flaw(argument, mapping)


def _id_flaw(argument: Any, mapping: Mapping) -> str | None:
    return None if argument in mapping.ids else f"names an id format that is not there: {argument}"


def _is_pattern(argument: Any) -> bool:
    try:
        re.compile(argument)
    except (re.error, TypeError):
        return False
    return True


def _are_formats(argument: Any) -> bool:
    formats = [argument] if isinstance(argument, str) else argument
    return formats is None or (isinstance(formats, list) and all(isinstance(f, str) and "%" in f for f in formats))


def _is_time(argument: Any) -> bool:
    if not isinstance(argument, dict):
        return _are_formats(argument)
    try:
        ZoneInfo(argument.get("zone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError, TypeError):
        return False
    return not set(argument) - {"zone", "formats"} and _are_formats(argument.get("formats"))


def _are_two_numbers(argument: Any) -> bool:
    return isinstance(argument, list) and len(argument) == 2 and all(map(_is_number, argument))


_ARGUMENTS: dict[str, Callable[[Any, Mapping], str | None]] = {
    "": _wants(lambda argument: argument is None, "takes nothing"),
    "number": _wants(_is_number, "takes a number"),
    "text": _wants(lambda argument: isinstance(argument, str) and argument != "", "takes a text"),
    "list": _wants(lambda argument: isinstance(argument, list) and argument != [], "takes a list"),
    "pair": _wants(_are_two_numbers, "takes a list of the least and the largest number"),
    "value": _wants(lambda argument: argument is not None, "takes a value"),
    "table": _table_flaw,
    "two-way table": _two_way_flaw,
    "id format": _id_flaw,
    "pattern": _wants(_is_pattern, "takes a regular expression"),
    "formats?": _wants(_are_formats, 'takes strptime formats like "%Y/%m/%d"'),
    "time?": _wants(_is_time, "takes formats, or zone (like Asia/Shanghai) and formats"),
}
