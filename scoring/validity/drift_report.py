"""Drift as a document: what moved first, then everything."""

from scoring.bilingual import Bilingual, Language
from scoring.validity.document import Document, Table, number, percent, with_interval
from scoring.validity.drift import ALARM, MIN_WINDOW, WATCH, Drift, GuardDrift, ScoreDrift, Verdict
from scoring.wording import FINDINGS

_B = Bilingual
VERDICTS: dict[Verdict, Bilingual] = {
    "steady": _B("稳定", "steady"),
    "watch": _B("留意", "watch"),
    "alarm": _B("警报", "ALARM"),
    "few": _B("样本不足", "too few"),
}
OVERALL: dict[Verdict, Bilingual] = {
    "steady": _B("结论：稳定。", "Steady."),
    "watch": _B("结论：有变化，请留意。", "Something has moved: watch it."),
    "alarm": _B(
        "结论：警报。在查明原因（新模型、新题目、不同的候选人、麦克风）之前，不要拿两个时期的分数相比。",
        "ALARM. Until the cause is known (a new model, new questions, other candidates, microphones), do not compare "
        "scores of the two periods.",
    ),
    "few": _B(
        f"样本不足：每个时期至少需要 {MIN_WINDOW} 场面试。",
        f"Too few: each window needs {MIN_WINDOW} interviews or more.",
    ),
}
_RANK: tuple[Verdict, ...] = ("alarm", "watch", "steady", "few")


def document(drift: Drift, language: Language, reference: str, now: str) -> Document:
    def say(zh: str, en: str) -> str:
        return _B(zh, en).in_language(language)

    blocks: list[str | Table] = [
        OVERALL[drift.verdict].in_language(language),
        say(f"参照期 {reference}，当前 {now}。", f"Reference {reference}, now {now}."),
    ]
    if drift.new_models or drift.gone_models:
        new, gone = "; ".join(drift.new_models) or "—", "; ".join(drift.gone_models) or "—"
        blocks.append(say(f"模型有变：新增 {new}；不再使用 {gone}。", f"Models have changed: new {new}; gone {gone}."))
    blocks.append(_scores(drift, language))
    if drift.guards:
        blocks.append(_guards(drift, language))
    blocks.append(
        say(
            f"PSI 惯例：{WATCH} 留意，{ALARM} 警报；只有超过“偶然上限”（χ²，按比较次数校正）才算。"
            "KS 的 p 按 Holm 校正。分数分布变化不等于评分出错：候选人也会变。",
            f"PSI by custom: {WATCH} watch, {ALARM} alarm; counted only beyond what chance explains (χ², for the "
            "number of comparisons). p of KS adjusted by Holm. A moved distribution is no error by itself: "
            "candidates change too.",
        )
    )
    return Document(say("漂移监测", "Drift"), language, tuple(blocks))


def _scores(drift: Drift, language: Language) -> Table:
    heads = (
        ("能力", "competency"),
        ("范围", "within"),
        ("参照 n", "n then"),
        ("当前 n", "n now"),
        ("PSI", "PSI"),
        ("偶然上限", "by chance"),
        ("KS", "KS"),
        ("p", "p"),
        ("均值变化（SD）", "shift (SD)"),
        ("结果", "result"),
    )
    rows = sorted(drift.scores, key=lambda row: (_RANK.index(row.verdict), row.within != "all", row.within))
    return Table(
        _B("分数分布", "Score distributions").in_language(language),
        tuple(_B(*head).in_language(language) for head in heads),
        tuple(_score(row, language) for row in rows),
    )


def _score(row: ScoreDrift, language: Language) -> tuple[str, ...]:
    return (
        row.competency,
        row.within,
        str(row.reference),
        str(row.now),
        number(row.psi, 3),
        number(row.psi_by_chance, 3),
        number(row.ks),
        number(row.ks_p, 4),
        number(row.shift),
        VERDICTS[row.verdict].in_language(language),
    )


def _guards(drift: Drift, language: Language) -> Table:
    heads = (
        ("质量检查", "guard"),
        ("范围", "within"),
        ("参照", "then"),
        ("当前", "now"),
        ("差", "gap"),
        ("结果", "result"),
    )
    rows = sorted(drift.guards, key=lambda row: (_RANK.index(row.verdict), row.within != "all", row.within))
    return Table(
        _B("质量检查触发率（按场）", "Guard rates (by interview)").in_language(language),
        tuple(_B(*head).in_language(language) for head in heads),
        tuple(_guard(row, language) for row in rows),
    )


def _guard(row: GuardDrift, language: Language) -> tuple[str, ...]:
    label = FINDINGS[row.guard].in_language(language) if row.guard in FINDINGS else row.guard
    return (
        f"{label} ({row.guard})" if label != row.guard else label,
        row.within,
        f"{percent(row.reference_rate)} / {row.reference}",
        f"{percent(row.now_rate)} / {row.now}",
        with_interval(row.gap, as_percent=True),
        VERDICTS[row.verdict].in_language(language),
    )
