"""A fitted calibration as a document: what it would do to each competency, and what that is worth."""

from scoring.bilingual import Bilingual, Language
from scoring.calibration import CompetencyMap
from scoring.validity.document import NOTHING, Document, Table, number
from scoring.validity.fitting import FOLDS, MIN_CANDIDATES, Fitted

_B = Bilingual
REASONS = {
    "used": _B("采用", "used"),
    "too_few": _B(f"少于 {MIN_CANDIDATES} 人，不校准", f"fewer than {MIN_CANDIDATES}: left alone"),
    "no_gain": _B("交叉验证无可靠增益，不校准", "no reliable held-out gain: left alone"),
    "no_variance": _B("分数没有差异，不校准", "scores do not vary: left alone"),
}


def document(fitted: Fitted, language: Language, position: str) -> Document:
    def say(zh: str, en: str) -> str:
        return _B(zh, en).in_language(language)

    heads = (
        ("能力", "competency"),
        ("人数", "n"),
        ("误差（前）", "error before"),
        ("误差（后）", "error after"),
        ("增益 [95 %]", "gain [95 %]"),
        ("映射（机器 → 人工）", "map (machine -> people)"),
        ("结果", "result"),
    )
    table = Table(
        say("各项能力（百分制）", "Competencies (points of 100)"),
        tuple(_B(*head).in_language(language) for head in heads),
        tuple(_row(one, language) for one in fitted.maps),
    )
    verdict = (
        say(
            "校准文件不会自动生效：须由负责人批准（viva validity calibration approve）。",
            "Nothing is applied before somebody approves the file (viva validity calibration approve).",
        )
        if fitted.useful
        else say("没有值得校准的能力，不生成文件。", "No competency is worth calibrating: no file is made.")
    )
    method = say(
        "方法：居中保序回归（PAV）；误差为均方根误差，增益为均方误差之差，"
        f"均在 {FOLDS} 折交叉验证中由未参与拟合的候选人算出。"
        "单调映射不改变名次，只改变刻度；它修正偏松偏严与两端收缩，不能让机器看到它没看到的东西。",
        "Method: centred isotonic regression (PAV). Errors are root mean squared, the gain is a difference of mean "
        f"squared errors, both of candidates not used to fit ({FOLDS} folds). A monotone map changes the scale and no "
        "order: it mends leniency and shyness of the ends, and cannot make the machine see what it has not seen.",
    )
    return Document(say(f"校准：{position}", f"Calibration: {position}"), language, (verdict, table, method))


def _row(one: CompetencyMap, language: Language) -> tuple[str, ...]:
    gain = NOTHING
    if one.gain is not None and one.gain_low is not None and one.gain_high is not None:
        gain = f"{one.gain:.1f} [{one.gain_low:.1f}, {one.gain_high:.1f}]"
    return (
        one.competency,
        str(one.candidates),
        number(one.error_before, 1),
        number(one.error_after, 1),
        gain,
        " ".join(f"{x:.0f}→{y:.0f}" for x, y in _thinned(one.knots)) or NOTHING,
        REASONS[one.reason].in_language(language),
    )


def _thinned(knots: tuple[tuple[float, float], ...], most: int = 6) -> list[tuple[float, float]]:
    """A few of the knots, ends included: enough to see the shape."""
    if len(knots) <= most:
        return list(knots)
    step = (len(knots) - 1) / (most - 1)
    return [knots[round(index * step)] for index in range(most)]
