import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.notices.intents import intent_of


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("我接受offer", "accept_offer"),
        ("您好，我接受贵行的 offer，谢谢！", "accept_offer"),
        ("我同意接受录用", "accept_offer"),
        ("I accept the offer", "accept_offer"),
        ("I am happy to accept your offer.", "accept_offer"),
        ("我不接受这个offer", "decline_offer"),
        ("很抱歉，我无法接受贵行的offer", "decline_offer"),
        ("谢绝offer", "decline_offer"),
        ("I cannot accept the offer", "decline_offer"),
        ("I have to decline your offer", "decline_offer"),
        ("我想放弃这次面试了", "withdraw"),
        ("不考虑了，谢谢", "withdraw"),
        ("我决定退出。", "withdraw"),
        ("我已经接受了其他公司的offer", "withdraw"),
        ("I would like to withdraw", "withdraw"),
        ("Sorry, I am no longer interested", "withdraw"),
        ("能找HR聊聊我的得分吗", "ask_human"),
        ("转人工", "ask_human"),
        ("I want to talk to someone", "ask_human"),
        ("退订", "stop_messages"),
        ("STOP", "stop_messages"),
    ],
)
def test_what_is_asked_for(text: str, intent: str) -> None:
    assert intent_of(text) == intent


@pytest.mark.parametrize(
    "text",
    [
        "我理解了,我会加强团队协作的准备",
        "我接受offer吗？",
        "如果薪资合适，我接受offer",
        "我还没想好要不要接受offer",
        "我不会放弃这次机会",
        "我没有放弃面试",
        "I will not withdraw",
        "When can I accept the offer?",
        "If the start date works, I accept the offer",
        "谢谢",
        "",
    ],
)
def test_what_is_left_to_people(text: str) -> None:
    assert intent_of(text) is None


@given(st.text(max_size=3000))
def test_any_text_is_read_and_quickly(text: str) -> None:
    assert intent_of(text) in (None, "accept_offer", "decline_offer", "withdraw", "ask_human", "stop_messages")
