"""What every channel is to the clerk: takes a message under an id, and says what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ehr_bridge.notices.ladder import AnswerLost, Refused, Taken
from ehr_bridge.notices.reach import Contact
from ehr_bridge.notices.texts import Language, Rendered

Answered = Taken | Refused | AnswerLost


@dataclass(frozen=True, slots=True)
class Outgoing:
    """``notice_id``: the message's id on every channel, the same for every try. ``words``: in the person's language;
    ``other``: the same in the other one, for e-mail. ``choices``: (id, words) to answer with, where a channel can.
    ``link``: where more is to be seen. ``stop_link``: where the person can switch e-mail off; "" where that is not
    theirs to switch."""

    notice_id: str
    kind: str
    to: Contact
    language: Language
    words: Rendered
    other: Rendered
    employer: str = ""
    link: str = ""
    stop_link: str = ""
    choices: Sequence[tuple[str, str]] = field(default=())


class Sender(Protocol):
    """Raises nothing that concerns the message: the answer says it all. ``fits`` looks before a rung is chosen."""

    def fits(self, words: Rendered) -> bool: ...

    async def send(self, item: Outgoing) -> Answered: ...
