"""No answer is lost: what a real browser keeps and sends, against a server that remembers every packet."""

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

pytestmark = pytest.mark.e2e

Place = Any
"""``conftest.Place``; a test module cannot import from its conftest under importlib mode."""

KEPT = """async () => {
    const open = indexedDB.open("viva-takes", 1);
    const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
    const count = (name) => new Promise((resolve) => {
        const asked = database.transaction(name).objectStore(name).count();
        asked.onsuccess = () => resolve(asked.result);
    });
    const found = [await count("packets"), await count("takes")];
    database.close();
    return found;
}"""
CUT = (
    "window.sockets = []; const Real = WebSocket;"
    "window.WebSocket = class extends Real {"
    "  constructor(url) { super(window.down ? 'ws://127.0.0.1:1/' : url); window.sockets.push(this); } };"
)


def at(page: Page, test_id: str) -> Locator:
    return page.get_by_test_id(test_id)


def to_first_answer(page: Page, place: Place) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{place.url}/i/demo")
    at(page, "join-start").click()
    for item in ("recording", "speech_to_text"):
        at(page, f"consent-{item}").check()
    at(page, "consent-accept").click()
    at(page, "allow-microphone").click()
    at(page, "device-continue").click()
    at(page, "practice-continue").click()
    at(page, "guide-continue").click()
    at(page, "start-now").click()
    expect(at(page, "keeping")).to_have_attribute("data-state", "saved")


def take_of(place: Place) -> Any:
    return next(iter(place.server.interviews.values())).takes.all[1]


def cut(page: Page) -> None:
    page.evaluate("() => { window.down = true; for (const s of window.sockets) s.close(); }")


def test_a_reload_and_a_cut_in_one_answer_cost_a_pause_and_no_packet(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    page.add_init_script(CUT)
    to_first_answer(page, place)
    page.wait_for_timeout(1_000)
    page.reload()
    expect(at(page, "keeping")).to_have_attribute("data-state", "saved")
    page.wait_for_timeout(500)
    cut(page)
    expect(at(page, "keeping")).to_have_attribute("data-state", "behind")
    expect(at(page, "keeping-meanwhile")).to_contain_text("本设备")
    page.evaluate("() => { window.down = false; }")
    expect(at(page, "keeping")).to_have_attribute("data-state", "saved")
    at(page, "finish-answer").click()
    expect(at(page, "start-now")).to_be_visible()
    page.wait_for_timeout(800)
    take = take_of(place)
    starts = [start_ms for _, (start_ms, _, _) in sorted(take.packets.items())]
    assert (take.conflicts, take.absent, take.closed) == (0, [], True)
    assert take.ended == len(starts) > 60
    # The cut lasted until 2.5 s were unsaved, and is no pause: they came later, for the take alone.
    assert take.live < take.ended - 25
    pauses = [later - earlier - 60 for earlier, later in pairwise(starts) if later != earlier + 60]
    assert pauses
    assert sum(pauses) < 2_000, pauses
    assert page.evaluate(KEPT) == [0, 0]


def test_the_page_may_not_be_closed_before_the_last_word_is_saved(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    page.add_init_script(CUT)
    to_first_answer(page, place)
    interview = next(iter(place.server.interviews.values()))
    interview.next_question = lambda: interview.end("completed")
    page.evaluate("() => { window.lost = window.sockets.filter((s) => s.url.includes('/media')); }")
    # Only the media are cut: what is said from now on stays on the device.
    page.evaluate("() => { window.down = true; for (const s of window.lost) s.close(); }")
    expect(at(page, "keeping")).to_have_attribute("data-state", "behind")
    at(page, "finish-answer").click()
    expect(at(page, "on-its-way")).to_have_attribute("data-state", "behind")
    desk = tab.new_page()
    desk.goto(f"{place.url}/hr?interview=i1")
    at(desk, "hr-user").fill("zhang")
    at(desk, "hr-password").fill("right")
    at(desk, "hr-sign-in").click()
    expect(at(desk, "hr-answer-recording")).to_have_attribute("data-state", "saving")
    expect(at(desk, "hr-recording")).to_be_visible()
    assert page.evaluate("() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))")
    page.evaluate("() => { window.down = false; }")
    expect(at(page, "finish-page")).to_be_visible()
    expect(at(page, "missing")).to_have_count(0)
    expect(at(desk, "hr-recording")).to_have_count(0)
    assert page.evaluate("() => window.dispatchEvent(new Event('beforeunload', { cancelable: true }))")
    take = take_of(place)
    assert take.complete
    assert take.pauses() == []
    assert page.evaluate(KEPT) == [0, 0]


def test_withdrawing_deletes_what_was_kept(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    to_first_answer(page, place)
    page.wait_for_timeout(700)
    packets, takes = page.evaluate(KEPT)
    assert packets > 5
    assert takes == 1
    at(page, "leave").click()
    at(page, "leave-confirm").click()
    expect(at(page, "withdrawn-page")).to_be_visible()
    assert page.evaluate(KEPT) == [0, 0]
    heard = len(take_of(place).packets)
    page.wait_for_timeout(300)
    assert len(take_of(place).packets) == heard


def test_without_a_database_the_page_says_so_and_loses_nothing(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('', 'SecurityError'); } });"
        "delete window.AudioEncoder;"
    )
    to_first_answer(page, place)
    expect(at(page, "keeping")).to_have_attribute("data-trouble", "refused")
    page.wait_for_timeout(600)
    at(page, "finish-answer").click()
    expect(at(page, "start-now")).to_be_visible()
    page.wait_for_timeout(600)
    take = take_of(place)
    assert take.closed
    assert {len(sound) for _, _, sound in take.packets.values()} == {960 * 2}


def test_a_microphone_that_the_system_mutes_is_told(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    page.add_init_script(
        "const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
        "navigator.mediaDevices.getUserMedia = async (c) =>"
        "  { const s = await real(c); window.track = s.getAudioTracks()[0]; return s; };"
        "window.mute = (muted) => { Object.defineProperty(window.track, 'muted', { value: muted, configurable: true });"
        "  window.track.dispatchEvent(new Event(muted ? 'mute' : 'unmute')); };"
    )
    to_first_answer(page, place)
    page.evaluate("() => window.mute(true)")
    expect(page.locator("[data-testid=prompt][data-kind=muted]")).to_contain_text("静音")
    page.evaluate("() => window.mute(false)")
    expect(page.locator("[data-testid=prompt][data-kind=muted]")).to_have_count(0)
    interview = next(iter(place.server.interviews.values()))
    seen = [(message.kind, message.detail) for _, _, message in interview.log if type(message).__name__ == "Observed"]
    assert seen == [("microphone_lost", "muted"), ("media_restored", "microphone")]
