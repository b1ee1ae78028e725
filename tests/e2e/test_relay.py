"""Where only a relay gets through: TURN credentials from the server, a real relay, a real browser."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from loadtest.server_process import ServerProcess
from loadtest.watcher import HrClient
from tests.e2e.steps import at, enter, invite, open_page

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

PEERS = """
    const Real = window.RTCPeerConnection;
    window.peers = [];
    window.RTCPeerConnection = class extends Real {
        constructor(configuration) { super(configuration); window.peers.push(this); }
    };
"""
NOMINATED = """async () => {
    const report = [...(await window.peers.at(-1).getStats()).values()];
    const pair = report.find((entry) => entry.type === "candidate-pair" && entry.nominated);
    return pair && report.find((entry) => entry.id === pair.localCandidateId).candidateType;
}"""

Fixture = Any


@pytest.fixture(params=["right", "wrong"])
def secret(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def environment(relay: Fixture, secret: str) -> dict[str, str]:
    return {
        "VIVA_TURN_URLS": relay.url,
        "VIVA_TURN_SECRET": relay.secret if secret == "right" else "another",
        "VIVA_ICE_POLICY": "relay",
    }


async def test_media_go_over_the_relay_or_say_at_once_that_they_cannot(
    browsers: Fixture, server: ServerProcess, hr: HrClient, secret: str
) -> None:
    invited = await invite(hr)
    context = await browsers.candidate.new_context(locale="zh-CN", permissions=["microphone", "camera"])
    await context.add_init_script(PEERS)
    errors: list[str] = []
    page = await open_page(context, errors)
    await enter(page, str(invited["candidate_link"]))
    await at(page, "start-now").click()
    await expect(at(page, "captions")).to_contain_text("。")

    if secret == "right":
        assert await page.evaluate(NOMINATED) == "relay"
    else:
        assert await posted(page) == []  # a relay that refuses leaves no candidate: nothing to offer
    road = "webrtc" if secret == "right" else "websocket"
    log = (await hr.get(f"/api/v1/interviews/{invited['interview_id']}/evidence")).text
    assert f'"detail":"{road}"' in log
    assert errors == []


async def posted(page: Page) -> list[str]:
    """The WHIP requests that the page has made."""
    script = "() => performance.getEntriesByType('resource').map((entry) => entry.name)"
    return [name for name in await page.evaluate(script) if name.endswith("/whip")]
