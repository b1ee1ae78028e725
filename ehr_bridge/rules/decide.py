"""From a rulebook and what is known of a case to suggestions, with the reason of every rule that fired or not. Pure.

Whatever the rules say, every case comes out with something for a person to look at or a step ahead: a case for which no
rule speaks is put before HR, and never left lying.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from ehr_bridge.rules.inputs import Event, Inputs, Value
from ehr_bridge.rules.rulebook import BY_HAND_ALONE, Effect, Mode, Rule, Rulebook

Result = Literal["fired", "did_not_hold", "unknown", "other_position"]
NO_RULE = "viva_no_rule"
"""The suggestion that is made where no rule speaks for a next step."""
FORWARD: frozenset[Effect] = frozenset({"invite", "advance"})
FOR_PEOPLE: frozenset[Effect] = frozenset({"ask_hr", "look_closer"})
BY_ITSELF: frozenset[Effect] = frozenset({"tag", "notify"})
"""They move nobody: done at once in every mode."""


class Checked(msgspec.Struct, frozen=True):
    """One condition of one rule, and the values that it saw."""

    condition: str
    holds: bool | None
    used: dict[str, Value]


class Explained(msgspec.Struct, frozen=True):
    rule: str
    line: int
    result: Result
    checked: tuple[Checked, ...] = ()


class Suggestion(msgspec.Struct, frozen=True):
    """``by_itself``: to be done without asking."""

    rule: str
    effect: Effect
    say_zh: str
    say_en: str
    to: str = ""
    tag: str = ""
    by_itself: bool = False


class Outcome(msgspec.Struct, frozen=True):
    suggestions: tuple[Suggestion, ...]
    explained: tuple[Explained, ...]


def decide(book: Rulebook, event: Event, inputs: Inputs, *, may_advance_alone: bool = False) -> Outcome:
    """``may_advance_alone``: the jurisdiction allows steps ahead without a person; the book's mode must want it too."""
    asked = [rule for rule in book.rules if rule.event == event]
    explained = [_explain(rule, inputs) for rule in asked]
    fired = [rule for rule, told in zip(asked, explained, strict=True) if told.result == "fired"]
    # A doubt of one rule holds every other back from acting alone: a person looks first.
    doubted = any(rule.then in FOR_PEOPLE for rule in fired)
    alone: Mode = book.mode if may_advance_alone and not doubted else "hr_confirms"
    suggestions = list(_once(_suggest(rule, alone) for rule in fired))
    if not any(each.effect in FORWARD | FOR_PEOPLE for each in suggestions):
        suggestions.append(_for_hr())
    return Outcome(tuple(suggestions), tuple(explained))


def _explain(rule: Rule, inputs: Inputs) -> Explained:
    if rule.positions and inputs.get("position") not in rule.positions:
        return Explained(rule.id, rule.line, "other_position")
    verdicts = [condition.judge(inputs) for condition in rule.when]
    checked = tuple(Checked(each.condition, each.holds, each.used) for each in verdicts)
    if any(each.holds is False for each in verdicts):
        return Explained(rule.id, rule.line, "did_not_hold", checked)
    unknown = any(each.holds is None for each in verdicts)
    return Explained(rule.id, rule.line, "unknown" if unknown else "fired", checked)


def _once(suggestions: Iterable[Suggestion]) -> Iterator[Suggestion]:
    """Two rules with one effect suggest it once, by the first of them; the explanation tells of both."""
    seen = set()
    for each in suggestions:
        if (deed := (each.effect, each.to, each.tag)) not in seen or each.effect in FOR_PEOPLE:
            seen.add(deed)
            yield each


def _suggest(rule: Rule, mode: Mode) -> Suggestion:
    ahead = mode == "auto_advance" and rule.then in FORWARD and rule.to not in BY_HAND_ALONE
    by_itself = rule.then in BY_ITSELF or ahead
    return Suggestion(rule.id, rule.then, rule.say_zh, rule.say_en, rule.to, rule.tag, by_itself)


def _for_hr() -> Suggestion:
    return Suggestion(
        NO_RULE,
        "ask_hr",
        "没有规则给出下一步，请您查看后决定。",
        "No rule speaks for a next step. Please look and decide.",
    )
