"""A data steward brings an old system's sheets over, from the dry run to the third clean pass."""

from typing import Any

import pytest
from sqlalchemy import select, update

from ehr_bridge.store import ehr_import
from server.administration import put_user

PASSWORD = "correct horse battery"
PEOPLE = "工号,姓名,邮箱,手机\nim000001,导入甲,a@im.example,\nIM000002,导入乙,b@im.example,\n,无号,,\n"
GRADES = (
    "工号,考核编号,考核日期,考核期间,考核周期,绩效评分,满分,绩效等级\n"
    "IM000001,p1,2024-12-31,2024,年度,92,,优秀\nIM000009,p2,2024-12-31,2024,年度,60,,合格\n"
)


@pytest.fixture
async def steward(served: Any) -> Any:
    await put_user(served.settings, "steward", PASSWORD, ("steward",), "")
    return served.client(await served.sign_in("steward", PASSWORD))


async def tried(steward: Any, kind: str, text: str, encoding: str = "utf-8") -> dict[str, Any]:
    path = f"/api/v1/imports?mapping=employee_sheet&kind={kind}&name={kind}.csv"
    made = await steward.post(path, content=text.encode(encoding))
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def test_from_the_dry_run_to_the_third_clean_pass(served: Any, steward: Any, problem: Any) -> None:
    async with steward:
        people = await tried(steward, "person", PEOPLE, "gb18030")
        assert people["counts"] == {"new": 2, "changed": 0, "same": 0, "refused": 1}
        assert people["encodings"]["gb18030"] == 3
        assert [line["action"] for line in people["lines"]] == ["refused", "new", "new"]
        assert people["lines"][0]["flaws"][0]["column"] == "工号"
        path = f"/api/v1/imports/{people['id']}"
        problem(await steward.post(f"{path}/verifications"), 409, "import_state")

        grades = await tried(steward, "performance", GRADES)
        assert grades["counts"]["refused"] == 2, "nobody is known before persons were applied"
        assert grades["lines"][0]["reason"]["zh"].startswith("没有这个人")

        assert (await steward.post(f"{path}/apply")).json()["state"] == "applied"
        problem(await steward.post(f"{path}/apply"), 409, "import_state")
        for number in (1, 2, 3):
            check = (await steward.post(f"{path}/verifications")).json()
            assert (check["number"], check["clean"], check["compared"]) == (number, True, 2)
            assert (await steward.get(path)).json()["verified"] is (number == 3)

        applied = f"/api/v1/imports/{grades['id']}"
        assert (await steward.post(f"{applied}/apply")).json()["counts"] == {
            "new": 1, "changed": 0, "same": 0, "refused": 1,
        }  # fmt: skip
        changed = await tried(steward, "performance", GRADES.replace(",92,", ",95,"))
        (line,) = [line for line in changed["lines"] if line["action"] == "changed"]
        assert line["differences"] == [{"path": "record.score", "before": 92.0, "after": 95.0}]
        table = await steward.get(f"/api/v1/imports/{changed['id']}/table?format=csv&language=zh")
        assert "绩效评分,record.score,92.0,95.0,number" in table.content.decode("utf-8-sig")
        assert (await steward.post(f"{applied}/undo")).json() == {"taken_back": 1, "kept": 0}
        assert (await steward.post(f"{path}/undo")).json() == {"taken_back": 1, "kept": 1}  # one has a withdrawn record
        listed = (await steward.get("/api/v1/imports")).json()
        assert {row["state"] for row in listed["items"]} >= {"undone", "tried"}
        assert listed["mappings"][0]["kinds"][0] == "person"


async def test_what_is_refused(served: Any, steward: Any, as_role: Any, problem: Any) -> None:
    async with steward:
        door = "/api/v1/imports?mapping={}&kind={}"
        for mapping, kind, body, status, code in (
            ("none", "person", PEOPLE, 404, "mapping_unknown"),
            ("employee_sheet", "offer", PEOPLE, 422, "import_file_refused"),
            ("employee_sheet", "person", "", 422, "import_file_refused"),
            ("employee_sheet", "person", "a,a\n1,2\n", 422, "import_file_refused"),
        ):
            problem(await steward.post(door.format(mapping, kind), content=body.encode()), status, code)
        problem(await steward.get("/api/v1/imports/im_none"), 404, "import_unknown")
        problem(await steward.post("/api/v1/imports/im_none/apply"), 404, "import_unknown")
    async with await as_role("hr") as person:
        problem(await person.get("/api/v1/imports"), 403, "not_allowed")


async def test_the_file_is_sealed_and_goes_after_its_time(served: Any, steward: Any, problem: Any) -> None:
    async with steward:
        made = await tried(steward, "person", PEOPLE)
        async with served.house.engine.begin() as store:
            this = ehr_import.c.id == made["id"]
            sealed = (await store.execute(select(ehr_import.c.file).where(this))).scalar_one()
            assert "导入甲".encode() not in sealed
            await store.execute(update(ehr_import).where(this).values(file=None))
        problem(await steward.post(f"/api/v1/imports/{made['id']}/apply"), 410, "import_file_gone")
