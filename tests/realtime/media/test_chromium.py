"""What a real browser makes of the answer: packet time and temporal layers."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import async_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
]
PUBLISH = """async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240 } });
    const peer = (window.peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" }));
    for (const track of stream.getTracks()) {
        const layers = track.kind === "video" ? [{ maxFramerate: 12, scalabilityMode: "L1T3" }] : [{}];
        peer.addTransceiver(track, { direction: "sendonly", streams: [stream], sendEncodings: layers });
    }
    await peer.setLocalDescription();
    while (peer.iceGatheringState !== "complete") await new Promise((resolve) => setTimeout(resolve, 10));
    await peer.setRemoteDescription({ type: "answer", sdp: await window.answer(peer.localDescription.sdp) });
}"""


@pytest.fixture
async def page(tmp_path):
    if not CHROMIUM.exists():
        pytest.skip(f"there is no browser at {CHROMIUM}: apt-get install chromium")
    (tmp_path / "page.html").write_text("<!doctype html><title>publish</title>")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), headless=True, args=ARGUMENTS)
        page = await browser.new_page()
        await page.goto((tmp_path / "page.html").as_uri())
        yield page
        await browser.close()


async def test_a_browser_sends_what_is_asked_and_the_base_layer_is_enough(page, door, sink, until):
    connections, layers = [], Counter()

    async def answer(sdp: str) -> str:
        connection = await door.offer("i1", sdp, sink)
        ingest = connection.control._ingest
        push = ingest.video.tap.push

        def counted(frame):
            layers[frame.layer] += 1
            return push(frame)

        ingest.video.tap.push = counted
        connection.control.decode_pictures(3)
        connections.append(connection)
        return connection.answer_sdp

    await page.expose_function("answer", answer)
    await page.evaluate(PUBLISH)
    await until(lambda: len(sink.pictures) >= 16 and len(sink.of("opus")) > 40, within_s=40)

    starts = [f.start_ms for f in sink.of("opus")]
    assert np.median(np.diff(starts)) == 60  # a=ptime
    assert set(layers) == {0, 1, 2}
    assert layers[2] > 1.5 * layers[0]
    tap = connections[0].control._ingest.video.tap
    assert tap.decoded < 0.6 * sum(layers.values())
    assert tap.refused == 0
    assert connections[0].control.statistics().video_dropped == 0
    times = [p.start_ms for p in sink.pictures[4:]]
    assert np.median(np.diff(times)) == pytest.approx(333, abs=40)
