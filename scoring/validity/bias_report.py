"""A bias audit as a document: the tables that a public summary needs, and what they do not say."""

from scoring.bilingual import Bilingual, Language
from scoring.validity.bias import CUSTOM, MIN_SHARE, SMALL, BiasAudit, Category, RateTable
from scoring.validity.document import Document, Table, number, percent, with_interval

_B = Bilingual
ATTRIBUTES = {
    "sex": _B("性别", "sex"),
    "race_ethnicity": _B("种族/民族", "race/ethnicity"),
    "age_band": _B("年龄段", "age band"),
    "disability": _B("残疾", "disability"),
    "region": _B("地区", "region"),
    "dialect": _B("方言", "dialect"),
    "language": _B("语言", "language"),
}


def document(audit: BiasAudit, language: Language, *, about: str = "", auditor: str = "", on: str = "") -> Document:
    def say(zh: str, en: str) -> str:
        return _B(zh, en).in_language(language)

    blocks: list[str | Table] = []
    if about or on:
        blocks.append(say(f"对象：{about}。日期：{on}。", f"Of: {about}. Date: {on}."))
    blocks.append(
        say(f"独立审计方：{auditor}。", f"Independent auditor: {auditor}.")
        if auditor
        else say(
            "没有写明审计方：本表是内部计算，不是纽约市地方法 144 号要求的独立偏差审计。",
            "No auditor is named: these are figures of your own, not the independent audit of Local Law 144.",
        )
    )
    median = number(audit.median, 2)
    blocks.append(
        say(
            f"共 {audit.persons} 人；全样本分数中位数 {median}。",
            f"{audit.persons} persons; median of all scores {median}.",
        )
    )
    blocks += [_table(table, language) for table in audit.tables]
    blocks += [
        say(
            f"影响比 = 本组比率 ÷ 最高组比率。占比不足 {MIN_SHARE:.0%} 的类别不计影响比（人数与比率照列）；"
            f"少于 {SMALL} 人的类别标注“样本小”，其影响比几乎不说明什么。类别未知者不入表，只计人数。",
            f"Impact ratio = rate of the category / the highest rate. Categories with less than {MIN_SHARE:.0%} of the "
            f"data have none (their number and rate stay); those with fewer than {SMALL} persons are marked “small”: "
            "their ratio says next to nothing. Persons of unknown category are in no table, but counted.",
        ),
        say(
            f"“低于 {CUSTOM}”是美国联邦机构的“五分之四”惯例，不是地方法 144 号的合格线，也不构成有无歧视的结论。",
            f"“Below {CUSTOM}” is the four-fifths custom of US federal agencies. It is no pass mark of Local Law 144 "
            "and no finding for or against discrimination.",
        ),
    ]
    return Document(say("偏差审计", "Bias audit"), language, tuple(blocks))


def _table(table: RateTable, language: Language) -> Table:
    def say(zh: str, en: str) -> str:
        return _B(zh, en).in_language(language)

    names = [ATTRIBUTES[name].in_language(language) if name in ATTRIBUTES else name for name in table.attributes]
    rate, hits = (
        (say("入选率", "selection rate"), say("入选", "selected"))
        if table.basis == "selection"
        else (say("得分率（高于中位数）", "scoring rate (above the median)"), say("高于中位数", "above"))
    )
    unknown = say(f"类别未知 {table.unknown} 人", f"unknown category: {table.unknown}")
    return Table(
        f"{' × '.join(names)} · {rate} · {unknown}",
        (
            *names,
            say("人数", "n"),
            say("占比", "share"),
            hits,
            rate,
            say("影响比", "impact ratio"),
            say("说明", "remarks"),
        ),
        tuple(_row(category, language) for category in table.categories),
    )


def _row(category: Category, language: Language) -> tuple[str, ...]:
    remarks = [
        (category.left_out, _B("占比不足 2 %", "under 2 %")),
        (category.small, _B("样本小", "small")),
        (category.below_custom, _B(f"低于 {CUSTOM}（惯例）", f"below {CUSTOM} (custom)")),
    ]
    return (
        *category.names,
        str(category.persons),
        percent(category.share),
        str(category.hits),
        with_interval(category.rate, as_percent=True),
        with_interval(category.ratio),
        "; ".join(text.in_language(language) for applies, text in remarks if applies),
    )
