"""Sheets whose writers did not agree: every row is read, or says at its line why not."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.imports.csv_rows import FileRefused, read_sheet

HEAD = "工号,姓名,备注\n"


def test_three_encodings_in_one_file() -> None:
    data = (
        b"\xef\xbb\xbf" + HEAD.encode() + "A1,王芳,好\n".encode()
        + "A2,李雷,好\n".encode("gb18030") + b"A3,Wang,ok\n" + b"A4,\xff\xff,bad\n" + "A5,韩梅,好".encode("gb18030")
    )  # fmt: skip
    sheet = read_sheet(data)
    assert [row.values.get("姓名") for row in sheet.rows] == ["王芳", "李雷", "Wang", None, "韩梅"]
    assert sheet.encodings == {"utf-8": 1, "gb18030": 2, "ascii": 1, "unknown": 1}
    (broken,) = [row for row in sheet.rows if row.flaw]
    assert (broken.line, broken.code) == (5, "row_encoding")


@pytest.mark.parametrize("name", ["陳大文", "張家輝", "劉德華", "許文龍", "謝長廷"])
def test_a_name_in_big5_is_refused_and_never_stored_as_another(name: str) -> None:
    sheet = read_sheet(HEAD.encode() + f"A1,{name},\n".encode("big5") + f"A2,{name},\n".encode("gb18030"))
    assert [(row.code, row.values.get("姓名")) for row in sheet.rows] == [("row_encoding", None), ("", name)]


def test_utf_16_as_spreadsheets_write_it() -> None:
    sheet = read_sheet("工号\t姓名\nA1\t王芳\n".encode("utf-16"))
    assert sheet.rows[0].values == {"工号": "A1", "姓名": "王芳"}


def test_a_row_of_another_width_says_so_and_the_rest_goes_on() -> None:
    sheet = read_sheet((HEAD + "A1,王芳\n\nA2,李雷,好,多\n ,, \nA3,韩梅,好\n").encode())
    assert [(row.line, row.flaw) for row in sheet.rows] == [
        (2, "2 cells, and the header has 3"),
        (4, "4 cells, and the header has 3"),
        (6, ""),
    ]


def test_a_quote_that_is_never_closed_spoils_its_own_row() -> None:
    lines = [HEAD.strip(), 'A1,"王芳,好', "A2,李雷,好", 'A3,"两\n行",好', *(f"B{n},名,好" for n in range(60))]
    sheet = read_sheet("\n".join(lines).encode())
    flaws = [row for row in sheet.rows if row.flaw]
    assert flaws[0].line == 2
    assert [row.values["姓名"] for row in sheet.rows if row.values.get("工号") in ("A2", "A3")] == ["李雷", "两\n行"]
    assert sheet.rows[-1].values["工号"] == "B59"


def test_cells_of_any_text_come_back() -> None:
    @given(st.lists(st.lists(st.text(st.characters(exclude_characters="\0\r", codec="utf-8"), max_size=8),
                             min_size=2, max_size=2), min_size=1, max_size=5))  # fmt: skip
    def there_and_back(cells: list[list[str]]) -> None:
        out = io.StringIO()
        csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows([["a", "b"], *cells])
        sheet = read_sheet(out.getvalue().encode())
        expected = [[cell.strip() for cell in row] for row in cells if any(cell.strip() for cell in row)]
        assert [list(row.values.values()) for row in sheet.rows] == expected

    there_and_back()


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused_with_a_code(data: bytes) -> None:
    try:
        sheet = read_sheet(data)
    except FileRefused as error:
        found = {error.code}
    else:
        found = {"" if bool(row.values) != bool(row.flaw) else "neither" for row in sheet.rows}
    assert found <= {"", "file_empty", "file_no_header", "header_repeated", "file_encoding"}


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "file_empty"), (b"\n \n", "file_empty"), (b"a,,b\n1,2,3", "file_no_header"), (b"a,a\n", "header_repeated"),
     (b"\xff\xfea", "file_encoding"), (b"x" * (16 * 1024 * 1024 + 1), "file_too_large")],
)  # fmt: skip
def test_files_of_no_use(data: bytes, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_sheet(data)
    assert refused.value.code == code
