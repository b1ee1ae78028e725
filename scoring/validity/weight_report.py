"""A weighing as a document: what would change, why, and what speaks against trusting it."""

from scoring.bilingual import Bilingual, Language
from scoring.validity.document import Document, Table, number, with_interval
from scoring.validity.weighing import MIN_PERSONS, CompetencyValidity, Weighing

_B = Bilingual
REASONS = {
    "moved": _B("按相关性调整", "moved by its correlation"),
    "too_few": _B(f"少于 {MIN_PERSONS} 人，权重不变", f"fewer than {MIN_PERSONS} persons: kept"),
    "includes_zero": _B("置信区间包含 0，权重不变", "the interval holds 0: kept"),
    "negative": _B("与绩效负相关，权重不变；请检查指标本身", "negative: kept; look at the competency itself"),
    "no_variance": _B("分数没有差异，权重不变", "scores do not vary: kept"),
}
REFUSALS = {
    "too_few": _B(
        f"不提出建议：有分数又有绩效的少于 {MIN_PERSONS} 人。30 人时 r = .30 的区间是 [−.07, .60]，"
        "r = .80 也只是 [.62, .90]。",
        f"No proposal: fewer than {MIN_PERSONS} persons have scores and performance. With 30, r = .30 means "
        "[-.07, .60], and r = .80 still [.62, .90].",
    ),
    "includes_zero": _B(
        "不提出建议：总分与绩效的相关系数区间包含 0，尚不能说总分能预测绩效。",
        "No proposal: the interval of the total's correlation with performance holds 0.",
    ),
    "negative": _B(
        "不提出建议：总分与绩效负相关。问题不在权重，请检查评分与绩效数据。",
        "No proposal: the total correlates negatively with performance. Weights are not the problem.",
    ),
    "nothing_to_move": _B("不提出建议：可调整的能力不足两项。", "No proposal: fewer than two competencies may move."),
    "no_change": _B(
        "不提出建议：数据与现行权重没有可靠的差别。",
        "No proposal: the data do not differ reliably from today's weights.",
    ),
}


def document(weighing: Weighing, position: str, language: Language, to_version: str = "") -> Document:
    def say(zh: str, en: str) -> str:
        return _B(zh, en).in_language(language)

    verdict = (
        REFUSALS[weighing.refused].in_language(language)
        if weighing.refused
        else say(
            f"建议的新版本：{to_version}。建议不会自动生效：须由负责人批准（viva validity weights approve），"
            "旧版本保留。",
            f"Proposed version: {to_version}. Nothing is applied before somebody approves it (viva validity weights "
            "approve); the old version is kept.",
        )
    )
    blocks: list[str | Table] = [verdict, _totals(weighing, language), _table(weighing, language)]
    blocks += _notes(weighing, language)
    return Document(say(f"权重优化：{position}", f"Weights from performance: {position}"), language, tuple(blocks))


def _totals(weighing: Weighing, language: Language) -> str:
    gain = with_interval(weighing.gain, digits=3)
    zh = f"{weighing.persons} 人。现行总分与绩效：r = {with_interval(weighing.total)}。"
    en = f"{weighing.persons} persons. Today's total with performance: r = {with_interval(weighing.total)}."
    if weighing.held_out_new is not None:
        old, new = number(weighing.held_out_old, 3), number(weighing.held_out_new, 3)
        zh += f"交叉验证（用未参与求权重的人）：现行 {old}，建议 {new}，增益 {gain}。"
        en += f" Held-out persons: today {old}, proposed {new}, gain {gain}."
        if weighing.gain.low is None or weighing.gain.low <= 0:
            zh += "增益的区间包含 0：建议未必更好。"
            en += " The gain's interval holds 0: the proposal may be no better."
    return _B(zh, en).in_language(language)


def _table(weighing: Weighing, language: Language) -> Table:
    heads = (
        ("能力", "competency"),
        ("人数", "n"),
        ("r（观测）", "r (observed)"),
        ("p（Holm）", "p (Holm)"),
        ("r（校正绩效信度）", "r (corrected for criterion)"),
        ("r（校正范围限制）", "r (corrected for restriction)"),
        ("收缩 B", "shrinkage B"),
        ("现行", "today"),
        ("建议", "proposed"),
        ("变化", "change"),
        ("理由", "reason"),
    )
    columns = tuple(_B(*head).in_language(language) for head in heads)
    rows = tuple(_row(validity, language) for validity in weighing.competencies)
    return Table(_B("各项能力", "Competencies").in_language(language), columns, rows)


def _row(validity: CompetencyValidity, language: Language) -> tuple[str, ...]:
    change = validity.new_weight - validity.old_weight
    return (
        validity.competency,
        str(validity.persons),
        with_interval(validity.r),
        number(validity.p_holm, 4),
        number(validity.r_reliable),
        number(validity.r_unrestricted),
        number(validity.shrinkage),
        f"{validity.old_weight:g}",
        f"{validity.new_weight:g}",
        f"{change:+g}" if change else "0",
        REASONS[validity.reason].in_language(language),
    )


def _notes(weighing: Weighing, language: Language) -> list[str]:
    count = len(weighing.competencies)
    notes = [
        _B(
            "方法：权重与收缩后的 Fisher z 成正比：ζ = B·c·w + (1 − B)·z，B = v/(v + τ²)，v = 1/(n − 3)，"
            f"τ² = {number(weighing.tau_squared, 4)}；τ² 为 0 时权重不变。区间为 Fisher 95 %。",
            "Method: weights in proportion to shrunken Fisher z: ζ = B c w + (1 - B) z, B = v/(v + τ²), v = 1/(n - 3), "
            f"τ² = {number(weighing.tau_squared, 4)}; with τ² = 0 weights stay. Intervals: Fisher, 95 %.",
        ),
        _B(
            "校正值只供阅读，不用于权重。绩效信度校正对各项能力同比放大，不改变权重。",
            "Corrected values are for reading only; the correction for the criterion scales all alike.",
        ),
        _B(
            "范围限制：有绩效的只是被录用的人，若按面试总分录用，观测相关偏低，各项能力偏低程度不同。"
            "校正按直接限制（Thorndike 情形二）计算，而实际多为间接限制，仍偏低。",
            "Range restriction: performance is known of those hired only. If they were chosen on the total, "
            "correlations are too low, and not equally so. The correction assumes direct restriction "
            "(Thorndike case II); selection on the total is indirect, so it corrects too little.",
        ),
        _B(
            f"多重检验：同时看了 {count} 项能力，95 % 区间中约每 20 个有 1 个会偶然不含 0；"
            "请看 Holm 校正后的 p。“显著”的相关系数平均偏高，交叉验证的增益才是要看的数。",
            f"Multiple testing: {count} competencies were looked at, and one interval in 20 misses 0 by chance; read "
            "the p adjusted by Holm. Correlations that got through are too high on average: read the held-out gain.",
        ),
        _B(
            "批准前请对新权重另做偏差审计（viva validity bias）：权重能改变群体间的通过率。",
            "Before approving, audit the new weights for bias (viva validity bias): weights move selection rates.",
        ),
    ]
    return [note.in_language(language) for note in notes]
