"""One whole interview in a real browser against the real server: spoken, typed, watched, scored, delivered."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from loadtest.media import sentences
from loadtest.server_process import ServerProcess
from loadtest.watcher import HrClient
from tests.e2e.steps import PATIENCE_MS, at, enter, finish, invite, open_page

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

TYPED = "我会先提醒同事停止操作，保留记录，当天上报上级和合规部门，坚持原则。"
# Behind many a bank's proxy no UDP passes. Here every connection may use relays alone, and there is none: ICE runs,
# finds no way, and media have to take the other road.
NO_UDP = """
    const Real = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
        constructor(configuration) { super({ ...configuration, iceTransportPolicy: "relay" }); }
    };
"""

Browsers = Any
"""``conftest.Browsers``: a test module cannot import its conftest under importlib mode."""


@pytest.mark.parametrize("road", ["webrtc", "websocket"])
async def test_a_whole_interview(browsers: Browsers, road: str, server: ServerProcess, hr: HrClient) -> None:
    invited = await invite(hr)
    interview_id = str(invited["interview_id"])
    office = await browsers.office.new_context(viewport={"width": 1280, "height": 860}, locale="zh-CN")
    candidate = await browsers.candidate.new_context(locale="zh-CN", permissions=["microphone", "camera"])
    if road == "websocket":
        await candidate.add_init_script(NO_UDP)
    errors: list[str] = []
    page, desk = await open_page(candidate, errors), await open_page(office, errors)

    await enter(page, str(invited["candidate_link"]))
    await sit_down(desk, server, interview_id)
    await answer_aloud(page, "zh")
    await finish(page)
    await see(desk, road)
    await answer_aloud(page, "en")
    await picture(desk, f"hr-live-{road}")
    await picture(page, f"candidate-{road}")
    await finish(page)
    for _ in range(2):
        await answer_in_writing(page)
    await expect(at(page, "finish-page")).to_be_visible(timeout=PATIENCE_MS)
    await expect(at(page, "receipt-answered")).to_have_text("4 / 4")
    await expect(at(desk, "hr-timeline")).to_contain_text("报告", timeout=PATIENCE_MS)

    await see_the_list(desk)

    await check_result(hr, interview_id, road)
    assert errors == []


async def sit_down(desk: Page, server: ServerProcess, interview_id: str) -> None:
    await desk.goto(f"{server.url}/hr?interview={interview_id}")
    await at(desk, "hr-user").fill("admin")
    await at(desk, "hr-password").fill(server.admin_password)
    await at(desk, "hr-sign-in").click()
    await expect(at(desk, "hr-interview")).to_be_visible(timeout=PATIENCE_MS)


async def answer_aloud(page: Page, language: str) -> None:
    """Speaks until two whole sentences of the corpus in this language stand in the captions."""
    await at(page, "start-now").click()
    await expect(at(page, "speech-notice")).to_be_visible()
    wanted = [plain(text) for text in sentences(language)]
    for _ in range(PATIENCE_MS // 250):
        shown = plain(await at(page, "captions").inner_text())
        if sum(text in shown for text in wanted) >= 2:
            break
        await page.wait_for_timeout(250)
    else:
        pytest.fail(f"no two {language} sentences in the captions: {shown!r}")
    if language == "zh":
        await expect(at(page, "prompt").first).to_be_visible(timeout=PATIENCE_MS)


async def see(desk: Page, road: str) -> None:
    """HR sees the words and a moving picture: forwarded video, or stills."""
    await expect(at(desk, "hr-captions")).not_to_be_empty(timeout=PATIENCE_MS)
    await expect(at(desk, "speech-notice")).to_be_visible()
    if road == "webrtc":
        await desk.wait_for_function(
            "() => { const v = document.querySelector('[data-testid=hr-video] video'); return v && v.videoWidth > 0 }"
        )
    else:
        await expect(at(desk, "hr-still")).to_be_visible(timeout=PATIENCE_MS)


async def answer_in_writing(page: Page) -> None:
    # Only the next question offers this; until then the switch is still the last one's.
    await expect(at(page, "start-now")).to_be_visible(timeout=PATIENCE_MS)
    await at(page, "mode-text").click()
    await at(page, "start-now").click()
    await at(page, "answer-text").fill(TYPED)
    await expect(at(page, "draft-state")).to_have_attribute("data-state", "saved")
    await at(page, "finish-answer").click()


async def see_the_list(desk: Page) -> None:
    """The finished interview in HR's list of reports: rank, total and the three dimensions; the report opens."""
    await at(desk, "hr-tab-reports").click()
    row = at(desk, "hr-report-row")
    await expect(row).to_contain_text("王芳")
    await expect(row).to_contain_text(re.compile(r"专业能力 (\d+\.\d|–) · 综合素质 (\d+\.\d|–) · 文化适配 (\d+\.\d|–)"))
    await at(desk, "hr-report-open").click()
    report = desk.frame_locator("[data-testid=hr-report-frame]")
    await expect(report.get_by_text("王芳").first).to_be_visible(timeout=PATIENCE_MS)


async def check_result(hr: HrClient, interview_id: str, road: str) -> None:
    listing = (await hr.get(f"/api/v1/interviews/{interview_id}")).json()
    assert listing["report"]["state"] == "completed"
    report = (await hr.get(f"/api/v1/reports/{listing['report']['id']}")).json()
    spoken, typed = report["answers"][:2], report["answers"][2:]
    for answer, language in zip(spoken, ("zh", "en"), strict=True):
        said = plain(" ".join(segment["text"] for segment in answer["segments"]))
        assert sum(plain(text) in said for text in sentences(language)) >= 2, said
        assert answer["quality"]["assessable"], answer["quality"]
        assert answer["recording"]
    assert [answer["transcript"] for answer in typed] == ["typed", "typed"]
    assert report["total"]["value"] is not None
    quotes = [item["quote"] for answer in typed for item in answer["evidence"]]
    assert any("上报" in quote for quote in quotes)
    log = (await hr.get(f"/api/v1/interviews/{interview_id}/evidence")).text
    assert '"kind":"prompt"' in log
    assert f'"detail":"{road}"' in log
    recordings = (await hr.get(f"/api/v1/interviews/{interview_id}/recordings")).json()
    assert len(recordings) == 2
    assert all(item["seconds"] > 3 for item in recordings)


def plain(text: str) -> str:
    """Letters and characters alone, so that punctuation and line breaks do not matter."""
    return re.sub(r"[\W_]+", "", text).lower()


async def picture(page: Page, name: str) -> None:
    """Keeps a picture where PICTURES_DIR names a folder; that is how the README's are made."""
    folder = os.environ.get("PICTURES_DIR")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png")
