"""Lines of YAML values, and what YAML lets pass and no author means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.yaml_source import YamlBroken, read

KEYS = st.text(alphabet="abcdefg", min_size=1, max_size=4)
VALUES = st.recursive(
    st.integers(0, 99) | st.sampled_from(["文字", "word", "two words"]),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(KEYS, inner, min_size=1, max_size=3),
    max_leaves=12,
)


def test_every_value_has_the_line_it_begins_at() -> None:
    source = read("# remark\nid: x\nlist:\n  - one\n  - {a: 1,\n     b: 2}\ntext: >\n  folded\n  words\n")
    assert source.line(("id",)) == 2
    assert source.line(("list", 1)) == 5
    assert source.line(("list", 1, "b")) == 6
    assert source.line(("text",)) == 7
    assert source.line(("list", 7, "nothing")) == 3  # the nearest thing around it
    assert source.line(()) == 2


def test_a_key_given_twice_is_found() -> None:
    source = read("a: 1\nb: {c: 1, c: 2}\na: 3\n")
    assert source.repeated == (("b", "c"), ("a",))
    assert source.line(("a",)) == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: 1\nb: [1, 2\n", 3), ("a: 1\nb: 'open\n", 3), ("a: 1\n  b: 2\n", 2), ("a: *nobody\n", 1), ("a: 1\n\x07\n", 2)],
)
def test_broken_yaml_names_its_line(text: str, line: int) -> None:
    with pytest.raises(YamlBroken) as caught:
        read(text)
    assert abs(caught.value.line - line) <= 1
    assert caught.value.problem


def test_a_second_document_and_a_bottomless_one_are_refused() -> None:
    for text in ("a: 1\n---\nb: 2\n", "[" * 3000 + "]" * 3000, "&a [*a]"):
        with pytest.raises(YamlBroken):
            read(text)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5))
def test_data_are_what_safe_load_reads_and_every_path_has_a_line(data: dict[str, object]) -> None:
    import yaml

    text = yaml.safe_dump(data, allow_unicode=True)
    source = read(text)
    assert source.data == yaml.safe_load(text)
    lines = text.splitlines()
    for path, line in source.lines.items():
        assert 1 <= line <= len(lines)
        if path and isinstance(path[-1], str):
            assert path[-1] in lines[line - 1]
