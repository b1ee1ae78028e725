"""``viva ehr read-drop``: a pasted-together file, its acknowledgement, and the same file again."""

from pathlib import Path
from typing import Any

HEADER = "kind,id,external_id,name,email,phone,at,state,employee_id"
FANG = "onboarding,on-17,CMB00017,王芳,wf@example.com,,2026-12-01,open,E17"
LEI = "onboarding,on-18,CMB00018,李雷,,13800138000,2026-12-02,done,E18"


def test_a_file_with_two_encodings(viva: Any, tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_bytes(b"\r\n".join((HEADER.encode(), FANG.encode(), LEI.encode("gb18030"))))
    told = viva("ehr", "read-drop", str(path))
    assert told.exit_code == 1
    assert f"{path}: 1 taken, 0 unchanged, 1 refused" in told.output
    assert "drop_row_encoding" in told.output
    rows = (tmp_path / "staff.ack.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert rows[1] == "2,on-17,taken,,"
    assert rows[2].startswith("3,,refused,drop_row_encoding,")
    path.write_bytes(b"\r\n".join((HEADER.encode(), FANG.encode(), LEI.encode())))
    told = viva("ehr", "read-drop", str(path))
    assert (told.exit_code, "1 taken, 1 unchanged, 0 refused" in told.output) == (0, True)


def test_what_is_no_file_of_rows(viva: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    assert "No such file" in viva("ehr", "read-drop", str(path)).output
    path.write_bytes("姓名,工号\r\n王芳,1".encode("gb18030"))
    told = viva("ehr", "read-drop", str(path))
    assert told.exit_code == 2
    assert "drop_header_unknown: the first row has no column kind and no id" in told.output
