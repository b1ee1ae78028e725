"""CSV as people make it: two shapes, two languages, three encodings; every error names its place."""

from pathlib import Path

import pytest

from scoring.validity.ratings import MACHINE, Rating
from scoring.validity.ratings_csv import load
from scoring.validity.tables_csv import MAX_ERRORS, CsvInvalid

WIDE = "candidate,competency,ai,human1,human2,sex\nc1,risk,3.5,3,4,F\nc1,talk,2,2,,F\nc2,risk,4,5,4,M\n"
RATINGS = [
    Rating("c1", "risk", MACHINE, 3.5),
    Rating("c1", "risk", "human1", 3.0),
    Rating("c1", "risk", "human2", 4.0),
    Rating("c1", "talk", MACHINE, 2.0),
    Rating("c1", "talk", "human1", 2.0),
    Rating("c2", "risk", MACHINE, 4.0),
    Rating("c2", "risk", "human1", 5.0),
    Rating("c2", "risk", "human2", 4.0),
]


def _file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "scores.csv"
    path.write_bytes(text.encode(encoding))
    return path


def _problems(folder: Path, text: str, scale: str = "levels") -> list[str]:
    with pytest.raises(CsvInvalid) as refused:
        load(_file(folder, text), scale)  # type: ignore[arg-type]
    return str(refused.value).splitlines()


def test_wide(tmp_path: Path) -> None:
    read = load(_file(tmp_path, WIDE))
    assert list(read.ratings()) == RATINGS
    assert read.attributes() == {"c1": {"sex": "F"}, "c2": {"sex": "M"}}


def test_long(tmp_path: Path) -> None:
    lines = "".join(f"{r.candidate},{r.competency},{r.rater},{r.level}\n" for r in RATINGS)
    assert list(load(_file(tmp_path, "candidate,competency,rater,score\n" + lines)).ratings()) == RATINGS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("between", [",", "\t", ";"])
def test_chinese_headings_in_three_encodings(tmp_path: Path, encoding: str, between: str) -> None:
    text = "候选人,能力,机器,人工1,人工2,性别\r\n王芳,风险意识,3.5,3,4,女\r\n".replace(",", between)
    read = load(_file(tmp_path, text, encoding))
    assert read.ratings()[1] == Rating("王芳", "风险意识", "human1", 3.0)
    assert read.attributes()["王芳"] == {"sex": "女"}


def test_points_of_a_hundred(tmp_path: Path) -> None:
    read = load(_file(tmp_path, "candidate,competency,ai,human1\nc1,risk,72.5,4\n"), "points")
    assert [rating.level for rating in read.ratings()] == [3.625, 4.0]


def test_every_error_has_file_line_column_and_a_way_out(tmp_path: Path) -> None:
    text = "候选人,能力,AI,人工1\nc1,risk,72,4\nc1,talk,3,six\n,risk,3,3\nc2,risk,3,0\nc3,risk,1,2,3,4\n"
    assert _problems(tmp_path, text) == [
        "scores.csv:2: column 'AI': 72 is not between 0 and 5: BARS levels; if the machine's scores are points of "
        "100, say so (--ai-scale points)",
        "scores.csv:3: column '人工1': 'six' is not a number; leave the cell empty if there is none",
        "scores.csv:4: column '候选人': is empty; fill it in or take the line out",
        "scores.csv:5: column '人工1': 0 is not between 1 and 5: people rate in BARS levels",
        "scores.csv:6: 6 cells, but the header has 4; put text with commas in quotes",
    ]


def test_one_rater_rates_once_and_a_candidate_is_one_person(tmp_path: Path) -> None:
    text = "candidate,competency,rater,score,sex\nc1,risk,ai,3,F\nc1,risk,AI,4,M\n"
    assert _problems(tmp_path, text) == [
        "scores.csv:3: ai has rated this candidate on risk already, in line 2; keep one of them",
        "scores.csv:3: column 'sex': M here, F before, for the same candidate",
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "a header and at least one line"),
        (b"candidate,competency,ai\n", "a header and at least one line"),
        (b"name,score\nx,1\n", "there is no column candidate, competency; the header has: name, score"),
        (b"candidate,competency,note\nc,r,x\n", "there is no column rater, score"),
        (b"candidate,competency,rater\nc,r,x\n", "there is no column score"),
        (b"candidate,candidate,competency,ai\nc,c,r,1\n", "stands twice"),
        ("候选人,能力".encode("utf-16"), "save as “CSV UTF-8”"),
        (b"candidate,competency,ai\nc,\xff\xff\xff,1\n", "scores.csv:2: neither UTF-8 nor GB18030"),
        (b'candidate,competency,ai\n"c,r,1\n', "not CSV"),
        (b"candidate,competency,ai\nc,r,nan\n", "nan is not between 0 and 5"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "scores.csv"
    path.write_bytes(data)
    with pytest.raises(CsvInvalid) as refused:
        load(path)
    assert says in str(refused.value)


def test_a_thousand_errors_are_told_as_twenty(tmp_path: Path) -> None:
    problems = _problems(tmp_path, "candidate,competency,ai\n" + "c,r,x\n" * 1000)
    assert len(problems) == MAX_ERRORS + 1
    assert problems[-1] == "… and 980 more"
