"""The two pages in a real browser, from the first click to the receipt."""

from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

pytestmark = pytest.mark.e2e

Place = Any
"""``conftest.Place``; a test module cannot import from its conftest under importlib mode."""


def at(page: Page, test_id: str) -> Locator:
    return page.get_by_test_id(test_id)


def errors_of(page: Page) -> list[str]:
    """What the page threw, and what its Content-Security-Policy forbade; grows while the page lives."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security" in line.text else None)
    return errors


def to_devices(page: Page, place: Place, link: str = "demo") -> None:
    page.goto(f"{place.url}/i/{link}")
    at(page, "join-start").click()
    for item in ("recording", "speech_to_text"):
        at(page, f"consent-{item}").check()
    at(page, "consent-accept").click()


def to_first_question(page: Page, place: Place) -> None:
    to_devices(page, place)
    at(page, "allow-microphone").click()
    at(page, "allow-camera").click()
    at(page, "device-continue").click()
    at(page, "practice-continue").click()
    at(page, "guide-continue").click()
    expect(at(page, "question-text")).to_be_visible()


def test_a_whole_interview_by_voice_and_in_writing(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    errors = errors_of(page)
    strangers: list[str] = []
    page.on("request", lambda request: strangers.append(request.url) if _leaves(request.url, place.url) else None)
    to_devices(page, place)
    at(page, "allow-microphone").click()
    at(page, "allow-camera").click()
    at(page, "echo-record").click()
    at(page, "echo-play").click()
    at(page, "echo-yes").click()
    at(page, "device-continue").click()
    at(page, "practice-start").click()
    at(page, "start-now").click()
    at(page, "finish-answer").click()
    at(page, "practice-continue").click()
    at(page, "guide-continue").click()
    at(page, "start-now").click()
    expect(at(page, "captions")).to_contain_text("认真听他把情况说完")
    expect(at(page, "prompt").first).to_have_attribute("data-kind", "too_quiet")
    expect(at(page, "captions-mode")).to_contain_text("字幕暂停显示")
    expect(at(page, "speech-notice")).to_be_visible()
    at(page, "finish-answer").click()
    at(page, "start-now").click()
    at(page, "mode-text").click()
    at(page, "answer-text").fill("我会打一个比方。")
    expect(at(page, "draft-state")).to_have_attribute("data-state", "saved")
    at(page, "finish-answer").click()
    for _ in range(2):
        at(page, "start-now").click()
        at(page, "finish-answer").click()
    expect(at(page, "receipt-answered")).to_have_text("4 / 4")
    page.reload()
    expect(at(page, "finish-page")).to_be_visible()
    assert errors == []
    assert strangers == []


def _leaves(url: str, home: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in ("blob", "data") and parts.netloc != urlsplit(home).netloc


def test_without_webrtc_sound_and_stills_travel_over_the_socket(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    page.add_init_script("delete window.RTCPeerConnection")
    to_first_question(page, place)
    expect(at(page, "connection")).to_have_attribute("data-media", "websocket")
    page.wait_for_timeout(1_500)
    audio = [frame for frame in place.server.frames if frame[0] == 1]
    stills = [frame for frame in place.server.frames if frame[0] == 3]
    assert len(stills) >= 2
    assert len(audio) >= 12
    assert [n for _, n, _, _ in audio] == list(range(len(audio)))
    assert {later[2] - earlier[2] for earlier, later in pairwise(audio)} == {60}
    assert place.server.still.startswith(b"\xff\xd8")


def test_without_opus_the_sound_travels_as_samples(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    page.add_init_script("delete window.RTCPeerConnection; delete window.AudioEncoder")
    to_first_question(page, place)
    page.wait_for_timeout(800)
    sizes = {size for kind, _, _, size in place.server.frames if kind == 2}
    assert sizes == {960 * 2}


def test_a_reload_keeps_the_answer_and_brings_media_back(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    to_first_question(page, place)
    at(page, "start-now").click()
    at(page, "mode-text").click()
    at(page, "answer-text").fill("第一稿")
    page.reload()
    expect(at(page, "answer-text")).to_have_value("第一稿")
    expect(at(page, "connection")).to_have_attribute("data-media", "websocket")


def test_a_lost_connection_keeps_what_is_typed_and_saves_it_later(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    page.add_init_script(
        "window.sockets = []; const Real = WebSocket;"
        "window.WebSocket = class extends Real {"
        "  constructor(url) { super(window.down ? 'ws://127.0.0.1:1/' : url); window.sockets.push(this); } };"
    )
    to_first_question(page, place)
    at(page, "start-now").click()
    at(page, "mode-text").click()
    expect(at(page, "answer-text")).to_be_visible()
    page.evaluate("() => { window.down = true; for (const s of window.sockets) s.close(); }")
    at(page, "answer-text").fill("写在断线的时候")
    expect(at(page, "draft-state")).to_have_attribute("data-state", "save_waits")
    expect(at(page, "overlay-lost")).to_be_visible()
    page.evaluate("() => { window.down = false; }")
    expect(at(page, "overlay-lost")).to_have_count(0)
    expect(at(page, "draft-state")).to_have_attribute("data-state", "saved")
    assert next(iter(place.server.interviews.values())).draft == "写在断线的时候"


def test_switching_the_language_in_the_middle_loses_nothing(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    to_first_question(page, place)
    at(page, "start-now").click()
    expect(at(page, "captions")).to_contain_text("首先")
    said = at(page, "captions").inner_text()
    at(page, "lang-en").click()
    expect(at(page, "finish-answer")).to_have_text("I have finished")
    expect(at(page, "question-text")).to_contain_text("A customer is very upset")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert at(page, "captions").inner_text().startswith(said[:4])


def test_who_wants_a_person_before_consenting_is_heard_and_may_still_go_on(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    page.goto(f"{place.url}/i/demo")
    at(page, "join-start").click()
    at(page, "ask-human").click()
    at(page, "human-note").fill("我想先了解一下岗位")
    at(page, "human-send").click()
    expect(at(page, "human-waiting")).to_be_visible()
    at(page, "consent-accept").click()
    expect(at(page, "practice-page")).to_be_visible()
    expect(at(page, "human-requested")).to_be_visible()


def test_refusing_consent_leads_to_writing_and_opens_no_device(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => { window.asked = true; return new Promise(() => {}); }"
    )
    page.goto(f"{place.url}/i/demo")
    at(page, "join-start").click()
    expect(at(page, "consent-accept")).to_have_text("以文字方式继续")
    at(page, "consent-accept").click()
    at(page, "practice-continue").click()
    at(page, "guide-continue").click()
    at(page, "start-now").click()
    expect(at(page, "answer-text")).to_be_visible()
    assert at(page, "mode-voice").count() == 0
    assert page.evaluate("window.asked") is None
    assert place.server.frames == []


@pytest.mark.parametrize(
    ("name", "trouble"), [("NotAllowedError", "denied"), ("NotFoundError", "absent"), ("NotReadableError", "in_use")]
)
def test_a_camera_that_fails_says_why_and_is_not_needed(
    tab: BrowserContext, place: Place, name: str, trouble: str
) -> None:
    page = tab.new_page()
    page.add_init_script(
        "const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
        f"const refuse = () => Promise.reject(new DOMException('', '{name}'));"
        "navigator.mediaDevices.getUserMedia = (c) => c.video ? refuse() : real(c);"
    )
    to_devices(page, place)
    at(page, "allow-microphone").click()
    at(page, "allow-camera").click()
    expect(at(page, "trouble-camera")).to_have_attribute("data-trouble", trouble)
    at(page, "without-camera").click()
    at(page, "device-continue").click()
    expect(at(page, "practice-page")).to_be_visible()


def test_a_camera_that_never_starts_does_not_stop_the_interview(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    page.clock.install()
    page.add_init_script(
        "const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
        "navigator.mediaDevices.getUserMedia = (c) => c.video ? new Promise(() => {}) : real(c);"
    )
    to_devices(page, place)
    at(page, "allow-microphone").click()
    at(page, "allow-camera").click()
    page.clock.run_for(10_500)
    expect(at(page, "trouble-camera")).to_have_attribute("data-trouble", "slow")
    at(page, "without-camera").click()
    expect(at(page, "device-continue")).to_be_enabled()


def test_a_second_tab_takes_over_and_the_first_can_take_it_back(tab: BrowserContext, place: Place) -> None:
    first = tab.new_page()
    to_first_question(first, place)
    second = tab.new_page()
    second.goto(f"{place.url}/i/demo")
    at(second, "join-start").click()
    expect(at(second, "question-text")).to_be_visible()
    expect(at(first, "elsewhere-page")).to_be_visible()
    at(first, "continue-here").click()
    expect(at(first, "question-text")).to_be_visible()
    expect(at(second, "elsewhere-page")).to_be_visible()


@pytest.mark.parametrize(
    ("link", "code"), [("expired", "link_expired"), ("used", "link_used"), ("forged", "link_forged")]
)
def test_a_link_that_does_not_work_says_why(tab: BrowserContext, place: Place, link: str, code: str) -> None:
    page = tab.new_page()
    page.goto(f"{place.url}/i/{link}")
    expect(at(page, "error-code")).to_have_text(code)


def test_the_keyboard_alone_is_enough(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    page.goto(f"{place.url}/i/demo")
    expect(at(page, "join-start")).to_be_visible()
    _tab_to(page, "join-start", "Enter")
    _tab_to(page, "consent-accept", "Enter")
    _tab_to(page, "practice-start", "Space")
    _tab_to(page, "start-now", "Enter")
    expect(at(page, "answer-text")).to_be_visible()
    _tab_to(page, "answer-text")
    page.keyboard.type("practice")
    _tab_to(page, "finish-answer", "Enter", backwards=True)
    _tab_to(page, "practice-continue", "Enter")
    _tab_to(page, "guide-continue", "Enter")
    _tab_to(page, "start-now", "Enter")
    expect(at(page, "finish-answer")).to_be_visible()


def _tab_to(page: Page, test_id: str, press: str | None = None, *, backwards: bool = False) -> None:
    expect(at(page, test_id)).to_be_visible()
    for _ in range(30):
        if page.evaluate("document.activeElement?.dataset.testid") == test_id:
            break
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
    expect(at(page, test_id)).to_be_focused()
    if press:
        page.keyboard.press(press)


def test_the_page_fits_a_small_phone(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    to_first_question(page, place)
    at(page, "start-now").click()
    expect(at(page, "captions")).to_contain_text("首先")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(at(page, "finish-answer")).to_be_in_viewport()


def test_hr_sees_the_interview_live_and_can_steer_it(tab: BrowserContext, browser: Any, place: Place) -> None:
    candidate = tab.new_page()
    to_first_question(candidate, place)
    at(candidate, "start-now").click()
    with browser.new_context(locale="en-US") as desk:
        hr = desk.new_page()
        errors = errors_of(hr)
        hr.goto(f"{place.url}/hr")
        at(hr, "hr-user").fill("zhang")
        at(hr, "hr-password").fill("wrong")
        at(hr, "hr-sign-in").click()
        expect(at(hr, "error-code")).to_have_text("sign_in_failed")
        at(hr, "hr-password").fill("right")
        at(hr, "hr-sign-in").click()
        expect(at(hr, "hr-row")).to_have_count(1)
        at(hr, "hr-watch").click()
        expect(at(hr, "hr-captions")).to_contain_text("首先我会请客户坐下")
        expect(at(hr, "hr-quality")).to_have_text(["Quiet", "Loss 14 %"])
        expect(at(hr, "hr-captions-mode")).to_have_text("Captions paused, everything is recorded")
        expect(at(hr, "hr-still")).to_be_visible()
        expect(at(hr, "hr-timeline")).to_contain_text("answering")
        at(hr, "hr-pause").click()
        expect(at(candidate, "overlay-paused")).to_be_visible()
        at(hr, "hr-continue").click()
        expect(at(candidate, "overlay-paused")).to_have_count(0)
        at(hr, "hr-end").click()
        at(hr, "hr-end-confirm").click()
        expect(at(candidate, "finish-page")).to_have_attribute("data-reason", "ended_by_hr")
        at(hr, "hr-open-report").click()
        expect(hr.frame_locator("[data-testid=hr-report-frame]").locator("h1")).to_have_text("面试报告")
        _play_a_quote(hr)
        with hr.expect_download() as download:
            at(hr, "hr-report-pdf").click()
        assert download.value.suggested_filename.endswith(".pdf")
        # A report's own script is refused, by the sandbox or by the policy; nothing else may be.
        assert [error for error in errors if "inline script" not in error] == []


def test_hr_is_told_when_the_server_is_away_and_sees_no_old_state_as_new(
    tab: BrowserContext, browser: Any, place: Place
) -> None:
    candidate = tab.new_page()
    to_first_question(candidate, place)
    at(candidate, "start-now").click()
    cables: list[Any] = []
    with browser.new_context(locale="en-US") as desk:
        hr = desk.new_page()
        hr.route_web_socket(lambda url: "/hr/events" in url, lambda cable: _lay(cable, cables))
        hr.goto(f"{place.url}/hr")
        at(hr, "hr-user").fill("zhang")
        at(hr, "hr-password").fill("right")
        at(hr, "hr-sign-in").click()
        at(hr, "hr-watch").click()
        expect(at(hr, "hr-presence")).to_have_attribute("data-state", "here")
        expect(at(hr, "hr-phase")).to_be_visible()  # the list knows who is there before the interview itself has come
        cables.append("cut")
        cables[0].close()
        expect(at(hr, "hr-watch-lost")).to_be_visible()
        expect(at(hr, "hr-presence")).to_have_attribute("data-state", "unknown")
        expect(at(hr, "hr-media")).to_have_count(0)
        cables.remove("cut")
        expect(at(hr, "hr-watch-lost")).to_have_count(0, timeout=20_000)
        expect(at(hr, "hr-presence")).to_have_attribute("data-state", "here")


def _lay(cable: Any, cables: list[Any]) -> None:
    if "cut" in cables:
        cable.close()
    else:
        cables.append(cable)
        cable.connect_to_server()


def _play_a_quote(hr: Page) -> None:
    """The quote's link plays its moment, and no more; the report itself runs nothing."""
    frame = hr.frame_locator("[data-testid=hr-report-frame]")
    frame.locator("a.play").click()
    audio = frame.locator("audio")
    hr.wait_for_timeout(1_000)
    state = audio.evaluate("element => ({ at: element.currentTime, paused: element.paused })")
    assert state["paused"]
    assert 1.3 < state["at"] < 2.0
    assert audio.evaluate("element => element.ownerDocument.title") == ""


def test_hr_invites_an_applicant(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    page.goto(f"{place.url}/hr?view=invite")
    at(page, "hr-user").fill("zhang")
    at(page, "hr-password").fill("right")
    at(page, "hr-sign-in").click()
    at(page, "hr-invite-name").fill("李娜")
    expect(at(page, "hr-invite-position")).to_contain_text("客户经理 · Client manager")
    at(page, "hr-feature-scenario").uncheck()
    at(page, "hr-questions").locator("summary").click()
    expect(at(page, "hr-question-q1")).not_to_be_checked()
    at(page, "hr-question-q4").check()
    at(page, "hr-question-q2").uncheck()
    at(page, "hr-question-q3").uncheck()
    expect(at(page, "hr-questions-few")).to_be_visible()
    at(page, "hr-question-q3").check()
    at(page, "hr-invite-send").click()
    expect(at(page, "hr-candidate-link")).to_have_value(f"{place.url}/i/eyJhbGciOiJIUzI1NiJ9.guest")
    assert place.server.invited["features"] == ["voice", "logic", "expression"]
    assert place.server.invited["questions"] == ["q3", "q4"]


def test_a_browser_without_devices_is_told_so_and_answers_in_writing(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    page.goto(f"{place.url}/i/demo")
    expect(at(page, "unsupported")).to_be_visible()
    to_devices(page, place)
    at(page, "allow-microphone").click()
    expect(at(page, "trouble-microphone")).to_have_attribute("data-trouble", "unsupported")
    at(page, "device-continue").click()
    at(page, "practice-continue").click()
    at(page, "guide-continue").click()
    at(page, "start-now").click()
    expect(at(page, "answer-text")).to_be_visible()


def test_a_microphone_that_stops_is_noticed_and_can_be_turned_on_again(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    page.add_init_script(
        "const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices); window.tracks = [];"
        "navigator.mediaDevices.getUserMedia = async (c) =>"
        "  { const s = await real(c); window.tracks.push(...s.getAudioTracks()); return s; };"
    )
    to_first_question(page, place)
    at(page, "start-now").click()
    page.evaluate("() => { const t = window.tracks[0]; t.stop(); t.dispatchEvent(new Event('ended')); }")
    expect(at(page, "microphone-stopped")).to_be_visible()
    heard = len(place.server.frames)
    at(page, "microphone-restart").click()
    expect(at(page, "microphone-stopped")).to_have_count(0)
    expect(at(page, "connection")).to_have_attribute("data-media", "websocket")
    page.wait_for_timeout(600)
    assert [frame for frame in place.server.frames[heard:] if frame[0] == 1]
    interview = next(iter(place.server.interviews.values()))
    seen = [message.kind for _, _, message in interview.log if type(message).__name__ == "Observed"]
    assert seen == ["microphone_lost", "media_restored"]


def test_a_scorecard_is_filled_in_handed_in_and_compared(tab: BrowserContext, place: Place) -> None:
    page = tab.new_page()
    errors = errors_of(page)
    page.goto(f"{place.url}/hr?view=reports")
    at(page, "hr-user").fill("zhang")
    at(page, "hr-password").fill("right")
    at(page, "hr-sign-in").click()
    at(page, "hr-scorecard-open").first.click()
    expect(at(page, "hr-blind")).to_have_text("盲评")
    expect(at(page, "hr-compare")).to_have_count(0)
    expect(at(page, "hr-hand-in")).to_be_disabled()
    first, second = at(page, "hr-rating").nth(0), at(page, "hr-rating").nth(1)
    first.get_by_test_id("hr-level-3").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")  # radio buttons: the arrows choose
    expect(first.get_by_test_id("hr-level-4")).to_be_checked()
    expect(at(page, "hr-card-state")).to_contain_text("草稿已保存")
    first.get_by_test_id("hr-level-half").check()
    expect(first.get_by_test_id("hr-level-half")).to_be_checked()
    second.get_by_test_id("hr-level-none").check()
    at(page, "hr-hand-in").click()
    at(page, "hr-hand-in-confirm").click()
    expect(at(page, "hr-compare")).to_be_visible()
    expect(at(page, "hr-compared")).to_have_count(2)
    at(page, "hr-decision-value").fill("80")
    at(page, "hr-decision-reason").fill("录音 2:10 处有明确的跟进。")
    at(page, "hr-decision-save").click()
    expect(at(page, "hr-holds")).to_have_text("80.0")
    page.reload()
    expect(at(page, "hr-scorecard")).to_have_attribute("data-state", "submitted")
    assert errors == []
