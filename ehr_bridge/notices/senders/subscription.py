"""One-time subscription messages of a WeChat mini-program: one grant, one message (developers.weixin.qq.com,
subscribeMessage.send). What became of it comes as the event ``subscribe_msg_sent_event``.

A template of WeChat's has fields of fixed kinds; which of them gets what is the installation's to say, as
``thing1=title,phrase2=position``.
"""

from dataclasses import dataclass, field

from ehr_bridge.notices.ladder import AnswerLost, Refused, Taken
from ehr_bridge.notices.sender import Answered, Outgoing
from ehr_bridge.notices.texts import Rendered
from ehr_bridge.wecom.client import Caller
from ehr_bridge.wecom.errors import WeComError, WeComUnreachable

FIELD_CHARACTERS = {"thing": 20, "phrase": 5, "name": 10}


@dataclass(frozen=True, slots=True)
class Template:
    """``fields``: field of WeChat's template → title or employer."""

    id: str
    fields: dict[str, str] = field(default_factory=dict)
    page: str = ""


class SubscriptionSender:
    def __init__(self, caller: Caller, template: Template) -> None:
        self._caller = caller
        self._template = template

    def fits(self, words: Rendered) -> bool:
        return bool(words.title)

    async def send(self, item: Outgoing) -> Answered:
        known = {"title": item.words.title, "employer": item.employer}
        data = {
            name: {"value": _fitting(name, known.get(source, source))} for name, source in self._template.fields.items()
        }
        body = {
            "touser": item.to.subscriber,
            "template_id": self._template.id,
            "page": self._template.page,
            "data": data,
            "lang": "zh_CN" if item.language == "zh" else "en_US",
        }
        try:
            await self._caller.call("message/subscribe/send", body)
        except WeComError as error:
            reason = f"wechat_{error.code}" if error.code else "wechat_unreachable"
            if isinstance(error, WeComUnreachable) and error.sent:
                return AnswerLost(reason)
            return Refused(reason, None if error.retry_after_s is None else round(error.retry_after_s * 1000))
        return Taken()


def _fitting(name: str, value: str) -> str:
    most = FIELD_CHARACTERS.get(name.rstrip("0123456789"), 20)
    return value if len(value) <= most else value[: most - 1] + "…"
