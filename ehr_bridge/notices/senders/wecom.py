"""客服 to candidates, app messages to members: ``ehr_bridge.wecom`` as senders."""

from ehr_bridge.notices.ladder import AnswerLost, Refused, Taken
from ehr_bridge.notices.sender import Answered, Outgoing
from ehr_bridge.notices.texts import Rendered
from ehr_bridge.wecom.cards import ButtonInteraction, Choice
from ehr_bridge.wecom.errors import WeComError, WeComUnreachable
from ehr_bridge.wecom.kefu_desk import MENU_HEAD_BYTES, Desk
from ehr_bridge.wecom.messages import DESCRIPTION_BYTES, TEXT_BYTES, MessageInvalid, Sendable, TextCard
from ehr_bridge.wecom.office import Office


class KefuSender:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def fits(self, words: Rendered) -> bool:
        return len(words.body.encode()) <= TEXT_BYTES

    async def send(self, item: Outgoing) -> Answered:
        person = item.to.kefu_person
        try:
            if item.choices and len(item.words.body.encode()) <= MENU_HEAD_BYTES:
                await self._desk.ask(person, item.words.body, item.choices, item.notice_id)
            else:
                await self._desk.send(person, item.words.body, item.notice_id)
        except MessageInvalid as invalid:
            return Refused(f"invalid_{invalid.field}"[:60])
        except WeComError as error:
            return _answered(error)
        return Taken()


class MemberSender:
    """A card that leads to HR's page, with buttons where one press is the answer."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def fits(self, words: Rendered) -> bool:
        return len(words.body.encode()) <= TEXT_BYTES

    async def send(self, item: Outgoing) -> Answered:
        try:
            card: Sendable = TextCard(item.words.title, _cut(item.words.body), item.link)
            if item.choices:
                buttons = [Choice(key, words) for key, words in item.choices]
                card = ButtonInteraction(
                    item.notice_id, item.words.title, item.words.body[:512], buttons, url=item.link
                )
            sent = await self._office.send([item.to.member], card)
        except MessageInvalid as invalid:
            return Refused(f"invalid_{invalid.field}"[:60])
        except WeComError as error:
            return _answered(error)
        return Refused("unknown_member") if sent.refused else Taken()


def _cut(body: str) -> str:
    """To what a card shows; the rest is behind its link, whose own words need not be on it."""
    encoded = body.encode()
    if len(encoded) <= DESCRIPTION_BYTES:
        return body
    return encoded[: DESCRIPTION_BYTES - 3].decode(errors="ignore") + "…"


def _answered(error: WeComError) -> Answered:
    reason = f"wecom_{error.code}" if error.code else "wecom_unreachable"
    if isinstance(error, WeComUnreachable) and error.sent:
        return AnswerLost(reason)
    return Refused(reason, None if error.retry_after_s is None else round(error.retry_after_s * 1000))
