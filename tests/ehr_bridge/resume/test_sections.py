"""Headings, and what they begin."""

import pytest

from ehr_bridge.resume.sections import heading_of, sections_of


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("教育背景", "education"),
        ("教 育 背 景", "education"),
        ("一、工作经历", "work"),
        ("◆ 实习经历 ◆", "internship"),
        ("工作经历 Work Experience", "work"),
        ("PROFESSIONAL EXPERIENCE", "work"),
        ("Skills & Certifications", "skills"),
        ("资格证书", "skills"),
        ("外语水平", "languages"),
        ("自我评价", "other"),
        ("项目经历:", "project"),
    ],
)
def test_headings(text: str, section: str) -> None:
    found = heading_of(text)
    assert found is not None
    assert found[0] == section


@pytest.mark.parametrize("text", ["", "负责教育背景调查", "李明", "I gained experience in audit", "2019.07 - 2021.03"])
def test_sentences_are_no_headings(text: str) -> None:
    assert heading_of(text) is None


def test_what_stands_behind_a_colon_is_content() -> None:
    text = "Skills: Excel, SQL"
    assert heading_of(text) == ("skills", len("Skills:"))


def test_lines_belong_to_the_heading_above_them() -> None:
    assert [section for section, _ in sections_of(["李明", "教育背景", "浙江大学", "工作经历", "招商银行"])] == [
        "head", "education", "education", "work", "work",
    ]  # fmt: skip
