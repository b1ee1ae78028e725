"""The mappings that come with Viva, and an operator's folder."""

from pathlib import Path

import pytest

from ehr_bridge.imports.csv_rows import read_sheet
from ehr_bridge.imports.planning import plan
from server.destinations import outgoing_mappings
from server.mappings import mappings_of
from server.settings import SettingInvalid, Settings

SHEETS = {
    "person": "工号,姓名,邮箱,手机\nzh000001, 王芳 ,WF@example.com,138 0013 8000\n",
    "onboarding": "工号,入职日期,岗位分类,部门\nZH000001,2024年3月5日,0102,杭州分行\n",
    "training": "工号,培训编号,结束日期,课程编号,课程名称,阶段,出勤率,考试成绩\n"
    "ZH000001,t1,2024/4/1,risk,风险管控,岗前,80%,92\n",
    "performance": "工号,考核编号,考核日期,考核期间,考核周期,绩效评分,满分,绩效等级\n"
    "ZH000001,p1,2024-12-31,2024,年度,92,,优秀\n",
    "leave": "工号,离职日期,离职类型,离职原因\nZH000001,2025-06-30,辞职,另有发展\n",
}


def test_those_that_come_with_viva() -> None:
    known = mappings_of(Settings())
    assert set(known) == {"employee_sheet", "digits_only"}
    assert set(outgoing_mappings(Settings())) == {"digits_only"}


@pytest.mark.parametrize("kind", SHEETS)
def test_a_sheet_as_chinese_systems_export_it(kind: str) -> None:
    (row,) = plan(mappings_of(Settings())["employee_sheet"], kind, read_sheet(SHEETS[kind].encode("gb18030")).rows)
    assert row.flaws == ()
    assert row.person is not None
    assert row.person.external_id == "ZH000001"
    assert (row.body is None) == (kind == "person")


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    own = "mapping: mine\ntitle: {zh: 我的, en: Mine}\nrecords: {person: {fields: [{to: person.name, from: 名}]}}\n"
    (tmp_path / "mine.yaml").write_text(own)
    assert "mine" in mappings_of(Settings(mappings=str(tmp_path)))
    (tmp_path / "bad.yaml").write_text("mapping: Bad Name")
    with pytest.raises(SettingInvalid, match=r"bad\.yaml:1: name: "):
        mappings_of(Settings(mappings=str(tmp_path)))
    with pytest.raises(SettingInvalid, match="is no folder"):
        mappings_of(Settings(mappings=str(tmp_path / "none")))
