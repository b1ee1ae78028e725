"""An employer's phrases from YAML and CSV: the same set from either, and every flaw with its line."""

import pytest

from scoring.culture import culture_set
from scoring.culture_file import MAX_PHRASES, read_culture

YAML = """\
# from the code of conduct, edition 2026
phrases:
  - {phrase: 主动询问, language: zh, value: 客户至上, sign: positive}
  - {phrase: "put~ the (client|customer) first", language: en, value: customer_first, sign: positive}
  - {phrase: 先斩后奏, language: zh, value: 合规, sign: negative}
  - {phrase: act first and ask later, language: en, value: Compliance and risk awareness, sign: negative}
"""
CSV = """\
phrase,language,value,sign
act first and ask later,en,compliance,negative
主动询问,zh,customer_first,positive

"put~ the (client|customer) first",en,Customer first,positive
先斩后奏,zh,合规与风险意识,negative
"""


def test_yaml_and_csv_make_the_same_set() -> None:
    yaml, csv = read_culture(YAML, "conduct.yaml"), read_culture(CSV, "conduct.CSV")
    assert yaml.flaws == csv.flaws == ()
    assert culture_set("x", 1, yaml.phrases) == culture_set("x", 1, csv.phrases)
    assert {phrase.value for phrase in yaml.phrases} == {"customer_first", "compliance"}


def test_a_bare_list_will_do_and_a_byte_order_mark_is_no_column() -> None:
    bare = "\n".join(line[2:] for line in YAML.splitlines()[2:])
    assert read_culture(bare, "list.yaml").phrases == read_culture(YAML, "conduct.yaml").phrases
    assert read_culture("\ufeff" + CSV, "excel.csv").flaws == ()


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("value: 客户至上", "value: 创新", "unknown_value", 3),
        ("value: 客户至上", "value: 信", "unknown_value", 3),
        ("sign: negative", "sign: bad", "shape", 5),
        ("phrase: 先斩后奏, language: zh", "phrase: 先斩后奏, language: fr", "shape", 5),
        ("phrase: 先斩后奏, language: zh", "phrase: 先斩后奏, language: en", "language", 5),
        ("phrase: 先斩后奏", "phrase: 先", "phrase_too_short", 5),
        ("phrase: 先斩后奏", "phrase: 主动询问", "phrase_repeated", 5),
        ("phrase: 先斩后奏", 'phrase: "(先斩"', "pattern", 5),
        ("phrase: 先斩后奏", f"phrase: {'先斩后奏' * 60}", "pattern", 5),
        ("phrase: 先斩后奏, ", "", "shape", 5),
        ("phrase: 先斩后奏, ", "phrase: 先斩后奏, note: x, ", "shape", 5),
        ("  - {phrase: 先斩后奏, language: zh, value: 合规, sign: negative}\n", "", "phrase_one_language", 2),
        ("phrases:", "phrase:", "shape", 2),
        ("phrases:\n", "phrases: [\n", "yaml", 2),
    ],
)
def test_a_flaw_in_yaml_names_its_line(old: str, new: str, rule: str, line: int) -> None:
    assert old in YAML
    found = read_culture(YAML.replace(old, new, 1), "conduct.yaml")
    named = [flaw for flaw in found.flaws if flaw.rule == rule]
    assert named, [str(flaw) for flaw in found.flaws]
    assert rule == "yaml" or line in {flaw.line for flaw in named}
    assert (found.phrases == ()) == bool(found.errors)


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("", "yaml", 1),
        ("phrase,language,value\nx,en,y\n", "yaml", 1),
        ("phrase,language,value,sign\n主动询问,zh,客户至上\n", "yaml", 2),
        ('phrase,language,value,sign\n"open,zh,a,b\n', "yaml", 2),
        (
            "phrase,language,value,sign\n主动询问,zh,客户至上,positive\n主动询问,zh,合规,positive\n",
            "phrase_repeated",
            3,
        ),
        ("phrase,language,value,sign\n", "shape", 1),
    ],
)
def test_a_flaw_in_csv_names_its_line(text: str, rule: str, line: int) -> None:
    found = read_culture(text, "conduct.csv")
    assert (rule, line) in {(flaw.rule, flaw.line) for flaw in found.flaws}
    assert found.phrases == ()


def test_too_many_are_refused() -> None:
    rows = "".join(f"第{number}条规矩,zh,合规,positive\n" for number in range(MAX_PHRASES + 1))
    found = read_culture("phrase,language,value,sign\n" + rows, "many.csv")
    assert "shape" in {flaw.rule for flaw in found.errors}
