"""A trial as a document in Chinese or English: verdict first, then gates, then every figure with people beside it."""

from scoring.bilingual import Bilingual, Language
from scoring.validity.coefficients import Coefficients
from scoring.validity.document import NOTHING, Document, Table, number, percent, with_interval
from scoring.validity.trial import MIN_CONSISTENCY, OVERALL, Gate, Result, Trial

_B = Bilingual
TEXT = {
    "title": _B("双盲测试：机器评分与人工评分的一致性", "Double-blind trial: the machine's scores beside people's"),
    "definition": _B(
        "一致性：机器分与人工平均分各自取整到半级后，相差不超过半级的候选人比例；"
        "点估计须达 80 %，且 Wilson 下限须达 75 %。总体是各能力的平均，不是合并后的比例；"
        "总体的 SMD 是各能力 |SMD| 的平均，不带正负号。方括号内为 95 % 置信区间。",
        "Consistency: the share of candidates whose machine score and mean human score, both rounded to half a level, "
        "lie at most half a level apart; the point must reach 80 % and the lower Wilson bound 75 %. Overall is the "
        "mean over competencies, not the pooled share; of SMD it is the mean size, without sign. Brackets "
        "hold 95 % intervals.",
    ),
    "consistency": _B("一致性", "Consistency"),
    "gates": _B("门槛", "Gates"),
    "figures": _B("全部系数", "Every coefficient"),
    "decisions": _B("通过/不通过", "Pass or fail"),
    "limits": _B("差值范围（机器 − 人工，单位：级）", "Limits of agreement (machine - people, in levels)"),
    "groups": _B("分组差异（机器 − 人工，标准差）", "Groups (machine - people, in standard deviations)"),
    "competency": _B("能力", "competency"),
    "candidates": _B("人数", "n"),
    "machine": _B("机器–人工", "machine-people"),
    "people": _B("人工–人工", "people-people"),
    "zero": _B("零容差", "no tolerance"),
    "verdict": _B("结果", "result"),
    "gate": _B("门槛项", "gate"),
    "required": _B("要求", "required"),
    "value": _B("实测", "found"),
    "who": _B("对象", "between"),
    "exact": _B("完全一致", "exact"),
    "adjacent": _B("相差≤1级", "adjacent"),
    "quadratic": _B("二次加权κ", "kappa quadratic"),
    "linear": _B("线性κ", "kappa linear"),
    "plain": _B("普通κ", "kappa plain"),
    "alpha": _B("α（有序）", "alpha (ordinal)"),
    "icc": _B("ICC", "ICC"),
    "smd": _B("SMD", "SMD"),
    "fleiss": _B("Fleiss κ", "Fleiss kappa"),
    "mark": _B("合格线", "mark"),
    "base": _B("人工通过率", "people pass"),
    "rate": _B("机器通过率", "machine passes"),
    "agree": _B("判断相同", "same decision"),
    "kappa": _B("κ", "kappa"),
    "bias": _B("平均差", "bias"),
    "lower": _B("下限", "lower limit"),
    "upper": _B("上限", "upper limit"),
    "trend": _B("差与高低的相关", "trend"),
    "group": _B("分组", "group"),
    "overall": _B("总体（能力平均）", "overall (mean)"),
    "met": _B("达到", "met"),
    "missed": _B("未达到", "missed"),
    "undetermined": _B("无法判断", "undetermined"),
    "before": _B("校准前", "before calibration"),
    "after": _B("校准后（交叉验证）", "after calibration (cross-validated)"),
    "calibration": _B("校准前后", "Before and after calibration"),
}
GATES = {
    "candidates": _B("每项能力的双评候选人数 ≥", "candidates with two ratings, per competency, at least"),
    "consistency": _B("一致性 ≥", "consistency at least"),
    "consistency_low": _B("一致性区间下限 ≥", "lower bound of consistency at least"),
    "kappa": _B("二次加权κ ≥", "quadratic kappa at least"),
    "kappa_drop": _B("二次加权κ ≥ 人工–人工 − 0.10", "quadratic kappa at least people's less 0.10"),
    "smd": _B("|SMD| ≤", "|SMD| at most"),
    "group_smd": _B("分组 |SMD| ≤", "|SMD| in a group at most"),
}
_SHARES = {"candidates": False, "consistency": True, "consistency_low": True}


def document(trial: Trial, language: Language, after: Trial | None = None) -> Document:
    """``after``: the same trial with calibrated machine scores, for the columns beside."""

    def say(key: str) -> str:
        return TEXT[key].in_language(language)

    rows = (*trial.results, trial.overall)
    blocks: list[str | Table] = [_verdict(trial, rows, language), *_sentences(trial, language)]
    blocks.append(_consistency(rows, language))
    if after is not None:
        blocks.append(before_and_after(trial, after, language))
    blocks += [_gates(rows, language), _figures(rows, language), _decisions(rows, language), _limits(rows, language)]
    if trial.groups:
        blocks.append(_groups(trial, language))
    return Document(say("title"), language, (*blocks, say("definition"), _method(trial, language)))


def _verdict(trial: Trial, rows: tuple[Result, ...], language: Language) -> str:
    gates = [gate for row in rows for gate in row.gates if gate.code not in ("consistency", "consistency_low")]
    unmet = sum(gate.verdict != "met" for gate in gates)
    zh, en = ("通过", "passed") if trial.passed else ("未通过", "not passed")
    return _B(
        f"一致性要求：{zh}。其余 {len(gates)} 项门槛中有 {unmet} 项未达到或无法判断。",
        f"Required consistency: {en}. Of {len(gates)} gates beside it, {unmet} are missed or undetermined.",
    ).in_language(language)


def _name(result: Result, language: Language) -> str:
    return TEXT["overall"].in_language(language) if result.competency == OVERALL else result.competency


def _columns(language: Language, *keys: str) -> tuple[str, ...]:
    return tuple(TEXT[key].in_language(language) for key in keys)


def _sentences(trial: Trial, language: Language) -> list[str]:
    said = []
    rows = [row for row in (*trial.results, trial.overall) if row.competency in trial.humans_disagree and row.people]
    if rows:
        values = [percent(row.people.consistency.value) for row in rows if row.people]
        pairs = [f"{_name(row, language)} {value}" for row, value in zip(rows, values, strict=True)]
        said.append(
            _B(
                f"人工评分之间的一致性低于 {MIN_CONSISTENCY:.0%}：{'，'.join(pairs)}。评分员彼此尚不一致，"
                "机器与他们的一致性不能作为准确性的证据；先培训评分员、统一锚点，再重做测试。",
                f"People are consistent with each other in fewer than {MIN_CONSISTENCY:.0%} of cases: "
                f"{', '.join(pairs)}. Raters who differ cannot show that a machine is right: train them on the "
                "anchors, then repeat the trial.",
            ).in_language(language)
        )
    if any(trial.left_out.values()):
        machine, people = trial.left_out.get("no_machine_score", 0), trial.left_out.get("too_few_people", 0)
        said.append(
            _B(
                f"未计入：{machine} 条没有机器分，{people} 条人工评分不足 {trial.min_raters} 位。",
                f"Left out: {machine} without a machine score, {people} with fewer than {trial.min_raters} human "
                "ratings.",
            ).in_language(language)
        )
    return said


def _consistency(rows: tuple[Result, ...], language: Language) -> Table:
    columns = _columns(language, "competency", "candidates", "machine", "zero", "people", "verdict")
    return Table(
        TEXT["consistency"].in_language(language),
        columns,
        tuple(
            (
                _name(row, language),
                str(row.candidates),
                with_interval(row.machine.consistency, as_percent=True),
                with_interval(row.machine.zero_tolerance, as_percent=True),
                with_interval(row.people.consistency, as_percent=True) if row.people else NOTHING,
                TEXT["met" if row.consistent else "missed"].in_language(language),
            )
            for row in rows
        ),
    )


def before_and_after(before: Trial, after: Trial, language: Language) -> Table:
    """The same trial with the machine's own scores and with held-out calibrated ones."""
    pairs = zip((*before.results, before.overall), (*after.results, after.overall), strict=True)
    names = _columns(language, "before", "after")
    heads = [
        f"{TEXT[key].in_language(language)} {name}" for key in ("consistency", "quadratic", "smd") for name in names
    ]
    return Table(
        TEXT["calibration"].in_language(language),
        (TEXT["competency"].in_language(language), *heads),
        tuple(
            (
                _name(old, language),
                with_interval(old.machine.consistency, as_percent=True),
                with_interval(new.machine.consistency, as_percent=True),
                with_interval(old.machine.kappa_quadratic),
                with_interval(new.machine.kappa_quadratic),
                number(old.machine.smd.value),
                number(new.machine.smd.value),
            )
            for old, new in pairs
        ),
    )


def _gates(rows: tuple[Result, ...], language: Language) -> Table:
    return Table(
        TEXT["gates"].in_language(language),
        _columns(language, "competency", "gate", "required", "value", "verdict"),
        tuple(_gate(_name(row, language), gate, language) for row in rows for gate in row.gates),
    )


def _gate(name: str, gate: Gate, language: Language) -> tuple[str, ...]:
    label = GATES[gate.code].in_language(language) + (f" ({gate.about})" if gate.about else "")
    share = _SHARES.get(gate.code)
    digits = 3 if share is None else 0
    required, value = (
        percent(figure) if share else number(figure, digits)
        for figure in (None if gate.code == "kappa_drop" and gate.value is None else gate.required, gate.value)
    )
    return name, label, required, value, TEXT[gate.verdict].in_language(language)


def _figures(rows: tuple[Result, ...], language: Language) -> Table:
    keys = ("exact", "adjacent", "quadratic", "linear", "plain", "alpha", "icc", "smd", "fleiss")
    lines = []
    for row in rows:
        for key, found in (("machine", row.machine), ("people", row.people)):
            if found is not None:
                lines.append((_name(row, language), TEXT[key].in_language(language), *_coefficients(found)))
    return Table(TEXT["figures"].in_language(language), _columns(language, "competency", "who", *keys), tuple(lines))


def _coefficients(found: Coefficients) -> tuple[str, ...]:
    shares = (found.exact, found.adjacent)
    rest = (found.kappa_quadratic, found.kappa_linear, found.kappa_plain, found.alpha)
    icc = with_interval(found.icc)
    return (
        *(with_interval(share, as_percent=True) for share in shares),
        *(with_interval(value) for value in rest),
        icc if found.icc.value is None else f"{icc} {found.icc_kind}",
        with_interval(found.smd),
        with_interval(found.fleiss),
    )


def _decisions(rows: tuple[Result, ...], language: Language) -> Table:
    return Table(
        TEXT["decisions"].in_language(language),
        _columns(language, "competency", "mark", "base", "rate", "agree", "kappa"),
        tuple(
            (
                _name(row, language),
                number(row.decision.mark, 1),
                percent(row.decision.base_rate),
                percent(row.decision.machine_rate),
                with_interval(row.decision.agreement, as_percent=True),
                with_interval(row.decision.kappa),
            )
            for row in rows
            if row.decision is not None
        ),
    )


def _limits(rows: tuple[Result, ...], language: Language) -> Table:
    return Table(
        TEXT["limits"].in_language(language),
        _columns(language, "competency", "bias", "lower", "upper", "trend"),
        tuple(
            (
                _name(row, language),
                *(with_interval(value) for value in (row.limits.bias, row.limits.lower, row.limits.upper)),
                number(row.limits.trend),
            )
            for row in rows
            if row.limits is not None
        ),
    )


def _groups(trial: Trial, language: Language) -> Table:
    return Table(
        TEXT["groups"].in_language(language),
        _columns(language, "group", "candidates", "smd"),
        tuple(
            (f"{group.attribute}={group.value}", str(group.candidates), with_interval(group.smd))
            for group in trial.groups
        ),
    )


def _method(trial: Trial, language: Language) -> str:
    return _B(
        f"区间方法：比例用 Wilson，ICC 用 F，其余按候选人重抽样（百分位法，{trial.resamples} 次，种子 {trial.seed}）；"
        "人工–人工与总体一律重抽样。每位候选人权重相同。评分按整级或半级均可；"
        "整级评分时，两人“相差半级以内”就是完全相同。",
        "Intervals: Wilson for shares, F for the ICC, otherwise candidates resampled (percentiles, "
        f"{trial.resamples} times, seed {trial.seed}); people-people and overall always resampled. Each candidate "
        "counts once. People may rate in whole or half levels; with whole ones “at most half a level apart” between "
        "two people means the same level.",
    ).in_language(language)
