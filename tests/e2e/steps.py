"""What a candidate does in a browser, step by step; the tests beside it say what must then be true."""

from typing import Any

import yaml
from playwright.async_api import BrowserContext, Page, expect

from loadtest.watcher import HrClient

PATIENCE_MS = 45_000
ANSWER_S = 60


async def invite(hr: HrClient) -> dict[str, object]:
    """Client manager with answers short enough for the prompts to come while the test looks."""
    model = yaml.safe_load((await hr.get("/api/v1/positions/client_manager")).json()["yaml"])
    model["id"] = "client_manager_e2e"
    for question in model["questions"]:
        question["answer_s"] = ANSWER_S
    await hr.post_yaml("/api/v1/positions", yaml.safe_dump(model, allow_unicode=True))
    applicant = await hr.post("/api/v1/applicants", {"name": "王芳", "email": "wf@example.com"})
    wanted = {"applicant_id": applicant["id"], "position_id": "client_manager_e2e", "language": "zh"}
    return await hr.post("/api/v1/invitations", wanted)


async def open_page(context: BrowserContext, errors: list[str]) -> Page:
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    return page


def at(page: Page, test_id: str) -> Any:
    return page.get_by_test_id(test_id)


EVERYTHING = ("recording", "speech_to_text", "voice_analysis", "face_analysis")


async def enter(page: Page, link: str, consents: tuple[str, ...] = EVERYTHING) -> None:
    """From the link to the first question, as a person goes; ``raw`` leaves the sound as the microphone gives it."""
    await page.goto(f"{link}?raw=1")
    await at(page, "join-start").click()
    for item in consents:
        await at(page, f"consent-{item}").check()
    await at(page, "consent-accept").click()
    await at(page, "allow-microphone").click()
    await at(page, "allow-camera").click()
    await at(page, "device-continue").click()
    await at(page, "practice-continue").click()
    await at(page, "guide-continue").click()
    await expect(at(page, "question-text")).to_be_visible(timeout=PATIENCE_MS)


async def finish(page: Page) -> None:
    await at(page, "finish-answer").click()
