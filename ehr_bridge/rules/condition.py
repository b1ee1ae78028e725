"""One condition of a rule: a line such as ``degree >= bachelor and "CFA" in certificates``.

The language is rule-engine's, cut down until every condition is bounded before it is run: comparisons, ``in``, ``and``,
``or``, ``not``, numbers, texts and lists of them; no arithmetic, no regular expressions, no functions, no loops, 300
characters. Types are checked when the file is read.

Logic has three values (Kleene's): what is unknown makes a condition unknown unless the rest of it decides, so a fact
that nobody found is never held against anybody.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rule_engine import Context, DataType, Rule, ast, errors, type_resolver_from_dict

from ehr_bridge.rules.inputs import CONSTANTS, PROTECTED, Event, Inputs, Value, known_at

MAX_CHARACTERS = 300
MAX_NODES = 60
_TOKEN = re.compile(
    r"\s+|\"[^\"\\]{0,80}\"|'[^'\\]{0,80}'|\d{1,9}(?:\.\d{1,6})?|[^\W\d]\w{0,40}|==|!=|>=|<=|[<>(),\[\]-]"
)
_NO_WORDS = frozenset({"for", "if", "else"})
_TYPES = {
    "number": DataType.FLOAT,
    "text": DataType.STRING,
    "texts": DataType.ARRAY(DataType.STRING),
    "truth": DataType.BOOLEAN,
}
_LEAVES = (ast.ComparisonExpression, ast.ContainsExpression, ast.SymbolExpression)
_PLAIN = (ast.StringExpression, ast.FloatExpression, ast.BooleanExpression, ast.ArrayExpression)


class ConditionInvalid(Exception):
    """``problem``: what is wrong; ``remedy``: what to write instead."""

    code = "rules_invalid"
    retry = False
    fault = "client"

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Verdict:
    """``holds`` None: unknown. ``used``: the inputs that it looked at, with their values."""

    condition: str
    holds: bool | None
    used: dict[str, Value]


class Condition:
    """Raises ``ConditionInvalid``."""

    def __init__(self, source: str, event: Event) -> None:
        self.source = source
        self._known = known_at(event)
        _check_tokens(source, set(self._known))
        types = {name: _TYPES[each.type] for name, each in self._known.items()}
        types |= dict.fromkeys(CONSTANTS, DataType.FLOAT)
        try:
            rule = Rule(source, context=Context(type_resolver=type_resolver_from_dict(types)))
        except (errors.EngineError, RecursionError) as error:
            problem = getattr(error, "message", "") or "it cannot be understood"
            raise ConditionInvalid(str(problem), 'such as: degree >= bachelor and "CFA" in certificates') from None
        self._expression: Any = rule.statement.expression
        nodes = list(_nodes(self._expression))
        if len(nodes) > MAX_NODES:
            raise ConditionInvalid("it is too long to be explained", "make several conditions of it: all must hold")
        for node in nodes:
            _check_types(node)
        _truths(self._expression)
        self.names = tuple(
            sorted({node.name for node in nodes if isinstance(node, ast.SymbolExpression)} - set(CONSTANTS))
        )
        if not self.names:
            raise ConditionInvalid("it looks at nothing", f"inputs are {', '.join(self._known)}")

    def judge(self, inputs: Inputs) -> Verdict:
        used = {name: inputs.get(name) for name in self.names}
        return Verdict(self.source, _judged(self._expression, {**used, **CONSTANTS}), used)


def _check_tokens(source: str, known: set[str]) -> None:
    """Before anything is parsed: what cannot be written needs no limit on how long it runs."""
    if not source.strip() or len(source) > MAX_CHARACTERS:
        raise ConditionInvalid(f"a condition has from 1 to {MAX_CHARACTERS} characters")
    at = 0
    while at < len(source):
        token = _TOKEN.match(source, at)
        if token is None:
            raise ConditionInvalid(
                f"{source[at]!r} is not allowed in a condition",
                "allowed are comparisons, in, and, or, not, numbers, texts",
            )
        word = token[0]
        if word in _NO_WORDS:
            raise ConditionInvalid(
                f"{word!r} is not allowed in a condition", "a condition is one comparison or several"
            )
        if word.casefold() in PROTECTED and word not in known:
            raise ConditionInvalid(
                f"rules never see {word!r}: the law protects it, or it tells of what is protected",
                f"inputs are {', '.join(sorted(known))}",
            )
        at = token.end()


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for name in ("left", "right", "container", "member"):
        if (child := getattr(node, name, None)) is not None:
            yield from _nodes(child)
    if isinstance(node, ast.ArrayExpression):
        for child in node.value:
            yield from _nodes(child)


def _check_types(node: Any) -> None:
    """rule-engine lets ``1 in certificates`` and ``degree == "x"`` pass, which never hold: here they are mistakes."""
    if isinstance(node, ast.LogicExpression):
        _truths(node.left, node.right)
    elif isinstance(node, ast.UnaryExpression):
        if node.type == "not":
            _truths(node.right)
    elif isinstance(node, ast.ContainsExpression):
        inside = getattr(node.container.result_type, "value_type", None)
        if inside is None or node.member.result_type != inside:
            raise ConditionInvalid(
                "what stands before 'in' is not of the kind that the list holds", 'such as: "CFA" in skills'
            )
    elif isinstance(node, ast.ComparisonExpression):
        if node.left.result_type != node.right.result_type:
            raise ConditionInvalid(
                "two things of different kinds are compared", "numbers with numbers, texts with texts"
            )
    elif not isinstance(node, (*_LEAVES, *_PLAIN)):
        raise ConditionInvalid("this kind of expression is not allowed in a condition")


def _truths(*nodes: Any) -> None:
    if any(node.result_type != DataType.BOOLEAN for node in nodes):
        raise ConditionInvalid("'and', 'or' and 'not' join comparisons", "such as: years >= 1 and degree >= bachelor")


def _judged(node: Any, inputs: dict[str, Any]) -> bool | None:
    if isinstance(node, ast.LogicExpression):
        sides = (_judged(node.left, inputs), _judged(node.right, inputs))
        decisive: bool = node.type == "or"
        if decisive in sides:
            return decisive
        return None if None in sides else not decisive
    if isinstance(node, ast.UnaryExpression) and node.type == "not":
        inner = _judged(node.right, inputs)
        return None if inner is None else not inner
    if any(inputs.get(leaf.name) is None for leaf in _nodes(node) if isinstance(leaf, ast.SymbolExpression)):
        return None
    try:
        return bool(node.evaluate(inputs))
    except errors.EngineError:
        return None  # a value of another type than was promised decides nothing
