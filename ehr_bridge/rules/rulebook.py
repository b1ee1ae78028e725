"""An employer's rules: a YAML file, read strictly, each mistake with its line, its rule and what to write instead."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import yaml

from ehr_bridge.rules.condition import Condition, ConditionInvalid
from ehr_bridge.rules.inputs import EVENTS, Event

Effect = Literal["invite", "advance", "ask_hr", "look_closer", "tag", "notify"]
"""All that a rule can do. None of them turns anybody away, ends an application or hides it: there is no word for it."""
EFFECTS: tuple[Effect, ...] = get_args(Effect)
Mode = Literal["hr_confirms", "auto_advance"]
STAGES = ("screening", "invited", "interviewed", "second_round", "offer")
BY_HAND_ALONE = frozenset({"offer"})
"""Stages that no rule reaches by itself in any mode."""
MAX_RULES = 100
MAX_BYTES = 100_000
_KEYS = {"id", "event", "positions", "when", "then", "to", "tag", "say"}


@dataclass(frozen=True, slots=True)
class Flaw:
    line: int
    rule: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        named = f" rule {self.rule}:" if self.rule else ""
        return f"line {self.line}:{named} {self.problem}" + (f" ({self.remedy})" if self.remedy else "")


class RulesInvalid(Exception):
    code = "rules_invalid"
    retry = False
    fault = "client"

    def __init__(self, flaws: list[Flaw]) -> None:
        super().__init__("\n".join(str(flaw) for flaw in flaws))
        self.flaws = flaws


@dataclass(frozen=True, slots=True)
class Rule:
    """Fires when every condition holds. ``to``: of ``advance``; ``tag``: of ``tag``. ``positions`` empty: all."""

    id: str
    line: int
    event: Event
    when: tuple[Condition, ...]
    then: Effect
    say_zh: str
    say_en: str
    positions: tuple[str, ...] = ()
    to: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Rulebook:
    mode: Mode
    rules: tuple[Rule, ...]
    digest: str


@dataclass(slots=True)
class _Reading:
    flaws: list[Flaw] = field(default_factory=list)

    def flaw(self, node: yaml.Node, rule: str, problem: str, remedy: str = "") -> None:
        self.flaws.append(Flaw(node.start_mark.line + 1, rule, problem, remedy))


def load(source: str) -> Rulebook:
    """Raises ``RulesInvalid`` with everything that is wrong, not only the first."""
    if len(source.encode()) > MAX_BYTES:
        raise RulesInvalid([Flaw(1, "", f"the file is larger than {MAX_BYTES} bytes")])
    try:
        tree = yaml.compose(source, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise RulesInvalid([Flaw(mark.line + 1 if mark else 1, "", str(problem))]) from None
    reading = _Reading()
    if not isinstance(tree, yaml.MappingNode):
        raise RulesInvalid([Flaw(1, "", "a file of rules begins with mode: and rules:")])
    parts = _parts(tree, {"mode", "rules"}, "", reading)
    mode = _mode(parts.get("mode"), reading)
    listed = parts.get("rules")
    rules: list[Rule] = []
    if not isinstance(listed, yaml.SequenceNode):
        reading.flaw(listed or tree, "", "rules: is a list of rules")
    elif len(listed.value) > MAX_RULES:
        reading.flaw(listed, "", f"there are more than {MAX_RULES} rules")
    else:
        rules = [rule for node in listed.value if (rule := _rule(node, reading)) is not None]
    _check_ids(rules, reading)
    if reading.flaws:
        raise RulesInvalid(reading.flaws)
    return Rulebook(mode, tuple(rules), f"sha256:{hashlib.sha256(source.encode()).hexdigest()}")


def _parts(node: yaml.MappingNode, known: set[str], rule: str, reading: _Reading) -> dict[str, yaml.Node]:
    found: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = str(getattr(key, "value", ""))
        if name not in known:
            reading.flaw(key, rule, f"{name!r} is not known here", f"known are {', '.join(sorted(known))}")
        elif name in found:
            reading.flaw(key, rule, f"{name!r} stands here twice")
        found[name] = value
    return found


def _mode(node: yaml.Node | None, reading: _Reading) -> Mode:
    if node is None:
        return "hr_confirms"
    for mode in get_args(Mode):
        if node.value == mode:
            found: Mode = mode
            return found
    reading.flaw(node, "", f"{node.value!r} is no mode", f"modes are {', '.join(get_args(Mode))}; nothing rejects")
    return "hr_confirms"


def _rule(node: yaml.Node, reading: _Reading) -> Rule | None:
    if not isinstance(node, yaml.MappingNode):
        reading.flaw(node, "", "a rule has id, event, when, then and say")
        return None
    before = len(reading.flaws)
    id_node = next((value for key, value in node.value if getattr(key, "value", "") == "id"), None)
    name = id_node.value if isinstance(id_node, yaml.ScalarNode) else "?"
    parts = _parts(node, _KEYS, name, reading)
    for missing in ("id", "event", "when", "then", "say"):
        if missing not in parts:
            reading.flaw(node, name, f"{missing}: is missing")
    event = _one_of(parts.get("event"), EVENTS, name, reading, "event")
    then = _one_of(parts.get("then"), EFFECTS, name, reading, "effect")
    when = _conditions(parts.get("when"), event, name, reading)
    say = _texts(parts.get("say"), ("zh", "en"), name, reading)
    positions = _list(parts.get("positions"), name, reading)
    to, tag = _scalar(parts.get("to")), _scalar(parts.get("tag"))
    if (then == "advance") != bool(to) or (to and to not in STAGES):
        reading.flaw(parts.get("to", node), name, "to: belongs to advance", f"stages are {', '.join(STAGES)}")
    if (then == "tag") != bool(tag):
        reading.flaw(parts.get("tag", node), name, "tag: belongs to the effect tag", "such as tag: 储备人才")
    if len(reading.flaws) > before:
        return None
    line = node.start_mark.line + 1
    return Rule(name, line, event, when, then, say["zh"], say["en"], positions, to, tag)


def _one_of(node: yaml.Node | None, known: tuple[Any, ...], rule: str, reading: _Reading, what: str) -> Any:
    if node is None:
        return None
    value = node.value
    if value not in known:
        reading.flaw(node, rule, f"{value!r} is no {what}", f"there are {', '.join(known)}")
        return None
    return value


def _conditions(node: yaml.Node | None, event: Event | None, rule: str, reading: _Reading) -> tuple[Condition, ...]:
    if node is None:
        return ()
    if not isinstance(node, yaml.SequenceNode) or not 1 <= len(node.value) <= 12:
        reading.flaw(node, rule, "when: is a list of 1 to 12 conditions, which must all hold")
        return ()
    found = []
    for each in node.value:
        try:
            found.append(Condition(_scalar(each), event or EVENTS[-1]))
        except ConditionInvalid as error:
            reading.flaw(each, rule, error.problem, error.remedy)
    return tuple(found)


def _texts(node: yaml.Node | None, keys: tuple[str, ...], rule: str, reading: _Reading) -> dict[str, str]:
    if node is None:
        return {}
    parts = _parts(node, set(keys), rule, reading) if isinstance(node, yaml.MappingNode) else {}
    found = {key: _scalar(parts.get(key)) for key in keys}
    if not all(found.values()) or any(len(text) > 200 for text in found.values()):
        reading.flaw(node, rule, "say: has zh and en, of 1 to 200 characters each")
    return found


def _list(node: yaml.Node | None, rule: str, reading: _Reading) -> tuple[str, ...]:
    if node is None:
        return ()
    if not isinstance(node, yaml.SequenceNode):
        reading.flaw(node, rule, "positions: is a list of ids of positions")
        return ()
    return tuple(_scalar(each) for each in node.value)


def _scalar(node: yaml.Node | None) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _check_ids(rules: list[Rule], reading: _Reading) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            reading.flaws.append(Flaw(rule.line, rule.id, "another rule has this id"))
        if not rule.id.isidentifier() or len(rule.id) > 60:
            reading.flaws.append(Flaw(rule.line, rule.id, "an id is letters, digits and _, up to 60"))
        seen.add(rule.id)
