from pathlib import Path

import pytest

from ehr_bridge.notices.cases import CaseInvalid, case_for, examples, read, read_folder


def test_the_examples_have_a_story_for_a_value() -> None:
    found = case_for(examples(), "teamwork")
    assert found is not None
    assert found.title.words("zh")
    assert found.story.words("en")
    assert case_for(examples(), "nothing") is None


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (b"value: teamwork", "title"),
        (b"[", "own.yaml"),
        (b"value: v\ntitle: {zh: t, en: ''}\nstory: {zh: s, en: s}", "title.en"),
        (b"value: v\ntitle: {zh: t, en: t}\nstory: {zh: " + b"s" * 300 + b", en: s}", "story.zh has 300"),
        (b"value: v\ntitle: {zh: t}\nstory: {zh: s, en: s}", "en"),
    ],
)
def test_a_flaw_is_named(source: bytes, problem: str) -> None:
    with pytest.raises(CaseInvalid) as invalid:
        read(source, "own.yaml")
    assert problem in str(invalid.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert read_folder(tmp_path) == ()
    with pytest.raises(CaseInvalid):
        read_folder(tmp_path / "absent")
