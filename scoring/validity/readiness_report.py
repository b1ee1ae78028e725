"""The go or no-go page."""

from collections.abc import Sequence

from scoring.bilingual import Bilingual, Language
from scoring.validity.document import Document, Table, percent, with_interval
from scoring.validity.readiness import Readiness
from scoring.validity.satisfaction import REQUIRED, GroupSatisfaction
from scoring.validity.trial_report import TEXT

_B = Bilingual
PHASES = {
    "function": _B("功能测试", "function"),
    "accuracy": _B("准确性测试", "accuracy"),
    "experience": _B("用户体验测试", "experience"),
}
GATES = {
    "synced": _B("同步成功率（下限）≥", "synchronised (lower bound) at least"),
    "conflicts": _B("功能冲突率 ≤", "conflicts at most"),
    "integrated": _B("集成度 ≥", "integrated at least"),
    "uptime": _B("可用率 ≥", "uptime at least"),
    "consistency": _B("双盲一致性 ≥（且下限 ≥ 75 %）", "consistency at least (and lower bound 75 %)"),
    "satisfied": _B("满意度 ≥", "satisfied at least"),
}


def document(readiness: Readiness, groups: Sequence[GroupSatisfaction], language: Language, name: str = "") -> Document:
    def say(zh: str, en: str) -> str:
        return _B(zh, en).in_language(language)

    unmet = [gate for gate in readiness.gates if gate.verdict != "met"]
    verdict = (
        say("结论：全部门槛达到，可以推广。", "Go: every gate is met.")
        if readiness.go
        else say(
            f"结论：暂不推广。{len(unmet)} 项门槛未达到或没有数据。",
            f"No-go: {len(unmet)} gates are missed or have no figures.",
        )
    )
    blocks: list[str | Table] = [verdict, _gates(readiness, language)]
    if groups:
        blocks.append(_items(groups, language))
    blocks.append(
        say(
            f"满意：5 分制的 4 或 5 分；一个群体的满意度是各题的平均，须达 {REQUIRED:.0%}。没有数据的门槛不算达到。",
            f"Satisfied: 4 or 5 of 5; a group's figure is the mean over its items and must reach {REQUIRED:.0%}. "
            "A gate without figures is not met.",
        )
    )
    title = say("试用结论", "After the trial: go or no-go")
    return Document(f"{title} · {name}" if name else title, language, tuple(blocks))


def _gates(readiness: Readiness, language: Language) -> Table:
    rows = []
    for gate in readiness.gates:
        label = GATES[gate.code].in_language(language) + (f" ({gate.about})" if gate.about else "")
        digits = 2 if gate.code == "uptime" else 1
        rows.append(
            (
                PHASES[gate.phase].in_language(language),
                label,
                percent(gate.required, digits),
                with_interval(gate.found, as_percent=True),
                TEXT[gate.verdict].in_language(language),
            )
        )
    heads = (("阶段", "phase"), ("门槛", "gate"), ("要求", "required"), ("实测", "found"), ("结果", "result"))
    title = _B("门槛", "Gates").in_language(language)
    return Table(title, tuple(_B(*head).in_language(language) for head in heads), tuple(rows))


def _items(groups: Sequence[GroupSatisfaction], language: Language) -> Table:
    whole = _B("（各题平均）", "(mean over items)").in_language(language)
    rows = []
    for group in groups:
        name = group.group + (f" · {group.round}" if group.round else "")
        rows.append((name, whole, str(group.persons), with_interval(group.satisfied, as_percent=True)))
        rows += [(name, i.item, str(i.replies), with_interval(i.satisfied, as_percent=True)) for i in group.items]
    heads = (("群体", "group"), ("题目", "item"), ("人数", "n"), ("满意", "satisfied"))
    title = _B("满意度", "Satisfaction").in_language(language)
    return Table(title, tuple(_B(*head).in_language(language) for head in heads), tuple(rows))
