"""What a person's reply asks for, by words that can be read here. It only ever makes a hint or a question back:
nothing is accepted, declined or withdrawn before the person has confirmed it, or HR has.

Order matters: who says "I do not accept" says no, and "I will not give up" is no wish to leave.
"""

import re
from typing import Literal

Intent = Literal["accept_offer", "decline_offer", "withdraw", "ask_human", "stop_messages"]


_NOT = r"(?<!不会)(?<!不想)(?<!没有)(?<!没想)(?<!不)"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_NOT_YET = _any(
    r"还没|尚未|再考虑|考虑一下|想一想|能不能|可以吗|如果|要是|怎么|什么时候|[?？吗]\s*$",
    r"\b(if|not sure|undecided|still thinking|think about|could i|can i|may i|how (do|can|to)|when)\b",
)
_RULES: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    (
        "stop_messages",
        _any(
            r"^\s*(td|t|退订|stop|unsubscribe)\s*[。.!！]?\s*$",
            r"不要再(给我)?发(消息|短信|邮件)",
        ),
    ),
    (
        "decline_offer",
        _any(
            r"(不|无法|不能|不想|没法|没办法|不会|拒绝)再?(接受|签).{0,6}(offer|录用)",
            r"(拒绝|谢绝|放弃).{0,6}(offer|录用)",
            r"\b(decline|reject|turn down)\b.{0,20}\boffer\b",
            r"\b(not|cannot|can't|won't|unable to|don't) (be able to )?(want to )?accept(ing)?\b",
        ),
    ),
    (
        "withdraw",
        _any(
            _NOT
            + r"(退出|放弃|不再?参加|不想参加|不考虑|不来)了?.{0,10}(面试|应聘|申请|机会|招聘|职位|岗位|下一轮|了)",
            _NOT + r"(退出|放弃)(了|吧)?\s*[。.!！]?\s*$",
            r"已经?(接受|签|拿到)了?.{0,6}(其他|别的|另).{0,6}(offer|工作|公司|银行|单位)",
            r"(?<!not )(?<!n't )\b(withdraw|pull out|drop out)\b",
            r"\b(no longer (interested|available)|not interested any ?more)\b|\baccepted another\b",
        ),
    ),
    (
        "accept_offer",
        _any(
            r"(接受|同意|愿意接受).{0,8}(offer|录用|录取|聘用|入职)",
            r"^\s*我?愿意(来|入职|加入)",
            r"\b(accept|(happy|glad|delighted|like) to accept|accepting)\b.{0,24}\boffer\b",
        ),
    ),
    (
        "ask_human",
        _any(
            r"转?人工|真人|(找|联系|问).{0,4}(hr|人事|招聘)",
            r"\b(speak|talk) (to|with) (a|an|someone|somebody|hr)\b",
        ),
    ),
)
UNCERTAIN: frozenset[Intent] = frozenset({"accept_offer", "decline_offer"})
LONGEST = 600
"""Characters that are read: who decides something says so early, or needs a person to read it."""


def intent_of(text: str) -> Intent | None:
    """None: nothing that we know; a person reads it anyway."""
    said = re.sub(r"\s+", " ", text[:LONGEST])
    for intent, pattern in _RULES:
        if pattern.search(said):
            return None if intent in UNCERTAIN and _NOT_YET.search(said) else intent
    return None
