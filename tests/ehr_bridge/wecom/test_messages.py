import pytest

from ehr_bridge.wecom import cards
from ehr_bridge.wecom.messages import Markdown, MessageInvalid, Text, TextCard

PRESS = (cards.Choice("yes", "确认"), cards.Choice("no", "再想想", 2))


def test_a_text_is_never_cut() -> None:
    assert Text("行" * 682).body()["text"]["content"] == "行" * 682  # 2046 bytes
    with pytest.raises(MessageInvalid) as refused:
        Text("行" * 683).body()
    assert refused.value.field == "text"
    assert "行" not in str(refused.value)


@pytest.mark.parametrize(
    "message",
    [
        Text(""),
        Markdown("*" * 2049),
        TextCard("题" * 129, "d", "https://x"),
        TextCard("t", "d" * 513, "https://x"),
        TextCard("t", "d", ""),
        TextCard("t", "d", "https://x", "五个字按钮"),
        cards.TextNotice("t", "d", "https://x", [("a", "b")] * 7),
        cards.NewsNotice("t", "d", "https://x", ""),
        cards.ButtonInteraction("has space", "t", "d", PRESS),
        cards.ButtonInteraction("t" * 129, "t", "d", PRESS),
        cards.ButtonInteraction("t", "t", "d", ()),
        cards.ButtonInteraction("t", "t", "d", (PRESS[0], PRESS[0])),
        cards.VoteInteraction("t", "t", "d", [cards.Choice(str(i), "x") for i in range(21)], "ok"),
        cards.MultipleInteraction("t", "t", "d", (), "ok"),
        cards.TextNotice("", "d", "https://x"),
    ],
)
def test_what_wecom_would_cut_or_refuse_is_refused_here(message: Text) -> None:
    with pytest.raises(MessageInvalid):
        message.body()


def test_the_five_cards_name_their_kind() -> None:
    select = cards.Select("s", "选择", PRESS)
    made = [
        cards.TextNotice("t", "d", "https://x", [("职位", "客户经理")]),
        cards.NewsNotice("t", "d", "https://x", "https://y/p.png"),
        cards.ButtonInteraction("task-1", "t", "d", PRESS),
        cards.VoteInteraction("task-2", "t", "d", PRESS, "提交"),
        cards.MultipleInteraction("task-3", "t", "d", [select], "提交"),
    ]
    kinds = [card.body()["template_card"]["card_type"] for card in made]
    assert kinds == ["text_notice", "news_notice", "button_interaction", "vote_interaction", "multiple_interaction"]


def test_a_response_code_is_good_once_and_for_72_hours() -> None:
    code = cards.ResponseCode("c", given_at_ms=0)
    assert code.usable(0)
    assert code.usable(71 * 3_600_000)
    assert not code.usable(72 * 3_600_000)
    assert not cards.ResponseCode("c", 0, used=True).usable(1)
