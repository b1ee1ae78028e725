"""The table of a dry run: row by row what is there and what would be, as JSON for the page and as CSV to take along."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from ehr_bridge.imports.planning import Planned
from ehr_bridge.imports.running import Outcome
from ehr_bridge.mapping.apply import Flaw
from scoring.bilingual import Bilingual, Language
from scoring.validity.document import Table, to_csv

_B = Bilingual
ACTIONS: Mapping[str, Bilingual] = {
    "new": _B("新增", "new"),
    "changed": _B("更改", "changed"),
    "same": _B("不变", "same"),
    "refused": _B("拒绝", "refused"),
}
REASONS: Mapping[str, Bilingual] = {
    "person_unknown": _B("没有这个人；请先导入人员", "nobody has this number; import persons first"),
    "person_unnamed": _B("缺少工号，或姓名加邮箱、电话", "neither a number nor a name with an address"),
    "application_unknown": _B("没有这次申请", "there is no such application"),
    "twice_in_file": _B("文件中前面已有同一编号", "an earlier row of the file has the same key"),
    "row_encoding": _B(
        "编码既不是 UTF-8 也不是 GB18030；请另存为 UTF-8", "neither UTF-8 nor GB18030; save it as UTF-8"
    ),
    "row_null": _B("含有值为 0 的字符", "there is a character of value 0 in it"),
    "row_quotes": _B("引号没有闭合，或位置不对", "a quote is not closed, or stands where it may not"),
    "row_width": _B("单元格数与表头不符", "it has another number of cells than the header"),
    "key_missing": _B("缺少编号", "it has no key"),
    "required": _B("缺少必填值", "a value is missing"),
    "too_long": _B("文字过长", "the text is too long"),
    "not_text": _B("应为文字", "a text was expected"),
    "not_an_email": _B("不是邮箱地址", "this is no e-mail address"),
    "not_a_phone": _B("不是电话号码（7 至 15 位数字）", "a telephone number has 7 to 15 digits"),
    "not_a_date": _B("不是约定格式的日期", "this is no date of the agreed form"),
    "not_a_number": _B("不是数字", "this is no number"),
    "not_whole": _B("应为整数", "a whole number was expected"),
    "out_of_range": _B("超出范围", "the number is out of range"),
    "code_unknown": _B("代码表中没有这个代码", "the code table has no such code"),
    "id_of_other_format": _B("编号格式不符", "the id is of another format"),
    "id_of_other_width": _B("编号位数不符", "the number has another count of digits"),
    "id_check_digit": _B("校验位不符，可能输错", "the check digit does not fit: a digit may be wrong"),
    "id_too_large": _B("没有对应的编号", "no id has this number"),
    "pattern": _B("格式不符", "the text is of another form"),
    "not_one_of": _B("不是允许的值", "the value is none of those allowed"),
    "not_a_list": _B("应为列表", "a list was expected"),
    "no_such_place": _B("记录中没有这个位置", "the record has no such place"),
    "shape": _B("与字段类型不符", "the field takes values of another kind"),
}


def lines(planned: list[Planned], outcomes: list[Outcome], most: int) -> list[dict[str, Any]]:
    """Refused rows first, then changes, then what is new; rows that stay the same are only counted."""
    rank = {"refused": 0, "changed": 1, "new": 2}
    pairs = [(row, outcome) for row, outcome in zip(planned, outcomes, strict=True) if outcome.action in rank]
    pairs.sort(key=lambda pair: (rank[pair[1].action], pair[0].line))
    return [_line(row, outcome) for row, outcome in islice(pairs, most)]


def _line(row: Planned, outcome: Outcome) -> dict[str, Any]:
    return {
        "line": row.line,
        "key": row.key,
        "action": outcome.action,
        "reason": REASONS.get(outcome.reason) if outcome.reason else None,
        "differences": [{"path": d.path, "before": d.before, "after": d.after} for d in outcome.differences],
        "flaws": [{"column": f.source, "to": f.to, "problem": _why(f), "refuses": f.refuses} for f in row.flaws],
    }


def _why(flaw: Flaw) -> Bilingual:
    """A reason that this table does not have is told as it is."""
    return REASONS.get(flaw.code) or Bilingual(flaw.problem, flaw.problem)


def as_csv(planned: list[Planned], outcomes: list[Outcome], language: Language) -> bytes:
    """Every field of every row: before, after, and by which rule it became what it is."""
    heads = (("行", "line"), ("编号", "key"), ("操作", "action"), ("来源列", "column"), ("字段", "field"),
             ("之前", "before"), ("之后", "after"), ("规则", "rules"), ("说明", "why"))  # fmt: skip
    columns = tuple(_B(*head).in_language(language) for head in heads)
    rows = tuple(_cells(planned, outcomes, language))
    return to_csv(Table("", columns, rows)).encode("utf-8-sig")


def _cells(planned: list[Planned], outcomes: list[Outcome], language: Language) -> Iterator[tuple[str, ...]]:
    for row, outcome in zip(planned, outcomes, strict=True):
        start = (str(row.line), row.key, ACTIONS[outcome.action].in_language(language))
        by_field = {change.to: change for change in row.changes}
        for flaw in row.flaws:
            yield (*start, flaw.source, flaw.to, "", "", flaw.rule, _why(flaw).in_language(language))
        for difference in outcome.differences:
            change = by_field.get(difference.path)
            source, rules = (change.source, " ".join(change.rules)) if change else ("", "")
            yield (*start, source, difference.path, _text(difference.before), _text(difference.after), rules, "")
        if not row.flaws and not outcome.differences:
            reason = REASONS.get(outcome.reason)
            yield (*start, "", "", "", "", "", reason.in_language(language) if reason else "")


def _text(value: Any) -> str:
    return "" if value is None else str(value)
