"""File drop: a real folder, a reader that takes files away, two processes, names that would be formulas."""

import asyncio
import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.adapters.filedrop import FORMULA, guarded
from ehr_bridge.canonical import read_payload
from ehr_bridge.outbox import Message
from tests.ehr_bridge.golden_case import message_of


def rows(content: bytes, codec: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(codec), newline="")))


@pytest.mark.parametrize(("encoding", "codec"), [("utf-8-bom", "utf-8-sig"), ("gb18030", "gb18030")])
async def test_what_a_reader_reads(destination: Callable[..., Any], tmp_path: Path, encoding: str, codec: str) -> None:
    drop = destination("filedrop", {"folder": str(tmp_path), "encoding": encoding})
    done = await drop.deliver(message_of("strong"))
    content = (tmp_path / f"{done.ehr_id}.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-bom")
    result, *parts, end = rows(content, codec)
    assert (result["name"], result["value"], result["phone"]) == ("王芳", "82.4", "8613800138000")
    assert [(part["label"], part["value"]) for part in parts] == [
        ("沟通", "85"),
        ("文化契合", "58.5"),
        ("风险意识", ""),
    ]
    assert (end["line"], end["value"]) == ("end", "4")
    assert (await drop.read_back(message_of("strong"))).ehr_id == done.ehr_id
    (tmp_path / f"{done.ehr_id}.ack").write_text("OK\n")
    assert (await drop.read_back(message_of("strong"))).ehr_id == done.ehr_id
    (tmp_path / f"{done.ehr_id}.ack").write_text("ERROR;3;unknown position\n")
    assert await drop.read_back(message_of("strong")) is None


async def test_the_reader_takes_a_file_and_the_message_comes_again(
    destination: Callable[..., Any], tmp_path: Path
) -> None:
    drop = destination("filedrop", {"folder": str(tmp_path)})
    done = await drop.deliver(message_of("strong"))
    (tmp_path / f"{done.ehr_id}.csv").unlink()
    assert (await drop.deliver(message_of("strong"))).duplicate
    assert not list(tmp_path.glob("*.csv"))


def another(number: int, name: str = "王芳") -> Message:
    message = message_of("strong")
    payload = read_payload(message.payload)
    applicant = msgspec.structs.replace(payload.applicant, name=name)
    return replace(
        message, id=f"int_{number}", payload=msgspec.json.encode(msgspec.structs.replace(payload, applicant=applicant))
    )


async def test_two_processes_share_no_number(destination: Callable[..., Any], tmp_path: Path) -> None:
    first, second = (destination("filedrop", {"folder": str(tmp_path)}) for _ in range(2))
    done = await asyncio.gather(*((first, second)[n % 2].deliver(another(n)) for n in range(12)))
    numbers = [int(one.ehr_id.split("-")[1]) for one in done]
    assert sorted(numbers) == list(range(1, 13))
    assert not list(tmp_path.glob(".*"))


async def test_a_name_that_would_be_a_formula(destination: Callable[..., Any], tmp_path: Path) -> None:
    drop = destination("filedrop", {"folder": str(tmp_path)})
    done = await drop.deliver(another(1, '=HYPERLINK("http://x","王芳")\r\n王'))
    result = rows((tmp_path / f"{done.ehr_id}.csv").read_bytes(), "utf-8-sig")[0]
    assert result["name"] == '\'=HYPERLINK("http://x","王芳") 王'


@given(st.text(max_size=40))
def test_no_cell_is_run(text: str) -> None:
    cell = guarded(text)
    assert not cell.startswith(FORMULA)
    assert "\n" not in cell
    assert "\r" not in cell


async def test_check_says_what_is_in_the_folder(destination: Callable[..., Any], tmp_path: Path) -> None:
    drop = destination("filedrop", {"folder": str(tmp_path)})
    await drop.deliver(message_of("strong"))
    assert "1 files wait" in await drop.check()
