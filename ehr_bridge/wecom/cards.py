"""Template cards, all five of them, and the one change that a card allows (docs 90236, 94945).

A card with something to press has a ``task_id``, unique in its app; pressing it calls back with ``template_card_event``
and a fresh ``response_code``. A response code changes the card once, within 72 hours.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ehr_bridge.wecom.messages import MessageInvalid, within_bytes, within_characters

TITLE_CHARACTERS = 128
DESCRIPTION_CHARACTERS = 512
TASK_ID = re.compile(r"[0-9A-Za-z_@-]{1,128}")
MOST_ROWS, MOST_BUTTONS, MOST_OPTIONS, MOST_SELECTS = 6, 6, 20, 3
KEY_BYTES = 1024
CHANGE_WITHIN_MS = 72 * 3_600_000
MARGIN_MS = 60_000


@dataclass(frozen=True, slots=True)
class ResponseCode:
    """Good once, for 72 hours after it was given."""

    value: str = field(repr=False)
    given_at_ms: int
    used: bool = False

    def usable(self, now_ms: int) -> bool:
        return bool(self.value) and not self.used and now_ms < self.given_at_ms + CHANGE_WITHIN_MS - MARGIN_MS


@dataclass(frozen=True, slots=True)
class Choice:
    """A button, or an option of a vote or of a selection. ``style`` 1–4: blue, white and red on white, grey."""

    key: str
    text: str
    style: int = 1


def _card(kind: str, title: str, description: str, **more: Any) -> Mapping[str, Any]:
    main = {"title": within_characters("title", title, TITLE_CHARACTERS)}
    if description:
        main["desc"] = within_characters("desc", description, DESCRIPTION_CHARACTERS)
    return {"msgtype": "template_card", "template_card": {"card_type": kind, "main_title": main, **more}}


def _rows(rows: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    if len(rows) > MOST_ROWS:
        raise MessageInvalid("horizontal_content_list", f"{len(rows)} rows, not {MOST_ROWS} at most")
    return [{"keyname": name, "value": value} for name, value in rows]


def _link(url: str) -> dict[str, Any]:
    return {"type": 1, "url": within_bytes("url", url, 2048)}


def _task(task_id: str) -> str:
    if not TASK_ID.fullmatch(task_id):
        raise MessageInvalid("task_id", "1 to 128 letters, digits, _, - and @")
    return task_id


def _choices(name: str, given: Sequence[Choice], most: int) -> Sequence[Choice]:
    keys = [choice.key for choice in given]
    if not 1 <= len(given) <= most or len(set(keys)) != len(keys):
        raise MessageInvalid(name, f"1 to {most} with different keys")
    for choice in given:
        within_bytes(f"{name}.key", choice.key, KEY_BYTES)
    return given


@dataclass(frozen=True, slots=True)
class TextNotice:
    title: str
    description: str
    url: str
    rows: Sequence[tuple[str, str]] = ()

    def body(self) -> Mapping[str, Any]:
        rows = _rows(self.rows)
        return _card(
            "text_notice", self.title, self.description, horizontal_content_list=rows, card_action=_link(self.url)
        )


@dataclass(frozen=True, slots=True)
class NewsNotice:
    title: str
    description: str
    url: str
    picture_url: str

    def body(self) -> Mapping[str, Any]:
        picture = {"url": within_bytes("card_image.url", self.picture_url, 2048)}
        return _card("news_notice", self.title, self.description, card_image=picture, card_action=_link(self.url))


@dataclass(frozen=True, slots=True)
class ButtonInteraction:
    task_id: str
    title: str
    description: str
    buttons: Sequence[Choice]
    rows: Sequence[tuple[str, str]] = ()
    url: str = ""

    def body(self) -> Mapping[str, Any]:
        buttons = [
            {"text": choice.text, "style": choice.style, "key": choice.key}
            for choice in _choices("button_list", self.buttons, MOST_BUTTONS)
        ]
        return _card(
            "button_interaction",
            self.title,
            self.description,
            horizontal_content_list=_rows(self.rows),
            task_id=_task(self.task_id),
            button_list=buttons,
            **({"card_action": _link(self.url)} if self.url else {}),
        )


@dataclass(frozen=True, slots=True)
class VoteInteraction:
    """``several``: more than one option may be ticked."""

    task_id: str
    title: str
    description: str
    options: Sequence[Choice]
    submit: str
    several: bool = False

    def body(self) -> Mapping[str, Any]:
        options = [
            {"id": choice.key, "text": choice.text, "is_checked": False}
            for choice in _choices("option_list", self.options, MOST_OPTIONS)
        ]
        return _card(
            "vote_interaction",
            self.title,
            self.description,
            task_id=_task(self.task_id),
            checkbox={"question_key": "answer", "option_list": options, "mode": int(self.several)},
            submit_button={"text": self.submit, "key": "submit"},
        )


@dataclass(frozen=True, slots=True)
class Select:
    key: str
    title: str
    options: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class MultipleInteraction:
    task_id: str
    title: str
    description: str
    selects: Sequence[Select]
    submit: str

    def body(self) -> Mapping[str, Any]:
        if not 1 <= len(self.selects) <= MOST_SELECTS:
            raise MessageInvalid("select_list", f"1 to {MOST_SELECTS} selections")
        selects = [
            {
                "question_key": select.key,
                "title": select.title,
                "option_list": [
                    {"id": choice.key, "text": choice.text} for choice in _choices("option_list", select.options, 10)
                ],
            }
            for select in self.selects
        ]
        return _card(
            "multiple_interaction",
            self.title,
            self.description,
            task_id=_task(self.task_id),
            select_list=selects,
            submit_button={"text": self.submit, "key": "submit"},
        )
