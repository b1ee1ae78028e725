"""What an app may send to members, with WeCom's limits (doc 90236). WeCom cuts what is too long without a word: here
it is refused, because half a sentence about somebody's application is worse than none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

TEXT_BYTES = 2048
TITLE_CHARACTERS = 128
DESCRIPTION_BYTES = 512
BUTTON_CHARACTERS = 4


class MessageInvalid(ValueError):
    """``field``: what is too long, or missing. Says no content."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


class Sendable(Protocol):
    """Anything that is a ``msgtype`` and its body."""

    def body(self) -> Mapping[str, Any]: ...


def within_bytes(field: str, text: str, most: int) -> str:
    size = len(text.encode())
    if not text or size > most:
        raise MessageInvalid(field, f"{size} bytes, not 1 to {most}")
    return text


def within_characters(field: str, text: str, most: int) -> str:
    if not text or len(text) > most:
        raise MessageInvalid(field, f"{len(text)} characters, not 1 to {most}")
    return text


@dataclass(frozen=True, slots=True)
class Text:
    content: str

    def body(self) -> Mapping[str, Any]:
        return {"msgtype": "text", "text": {"content": within_bytes("text", self.content, TEXT_BYTES)}}


@dataclass(frozen=True, slots=True)
class Markdown:
    """Shown by WeCom's own client only; in WeChat the member sees nothing of it."""

    content: str

    def body(self) -> Mapping[str, Any]:
        return {"msgtype": "markdown", "markdown": {"content": within_bytes("markdown", self.content, TEXT_BYTES)}}


@dataclass(frozen=True, slots=True)
class TextCard:
    title: str
    description: str
    url: str
    button: str = "详情"

    def body(self) -> Mapping[str, Any]:
        card = {
            "title": within_characters("title", self.title, TITLE_CHARACTERS),
            "description": within_bytes("description", self.description, DESCRIPTION_BYTES),
            "url": within_bytes("url", self.url, TEXT_BYTES),
            "btntxt": within_characters("btntxt", self.button, BUTTON_CHARACTERS),
        }
        return {"msgtype": "textcard", "textcard": card}
