from urllib.parse import parse_qs, urlsplit

import pytest

from ehr_bridge.wecom.oauth import Member, Outsider, authorize_url, identity, may_be_code

STATE = "a1B2c3D4e5F6a7B8"


def test_the_address_for_signing_in() -> None:
    url = authorize_url("wwcorp", 7, "https://hr.bank.example:8443/hr?a=1&b", STATE)
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    assert query["redirect_uri"] == ["https://hr.bank.example:8443/hr?a=1&b"]
    assert (query["appid"], query["agentid"], query["response_type"]) == (["wwcorp"], ["7"], ["code"])
    assert (query["scope"], query["state"], parts.fragment) == (["snsapi_base"], [STATE], "wechat_redirect")


@pytest.mark.parametrize("state", ["", "short", "with-dash-with-dash-", "x" * 129])
def test_a_state_is_letters_and_digits(state: str) -> None:
    with pytest.raises(ValueError, match="state"):
        authorize_url("c", 1, "https://x", state)


def test_who_came_back() -> None:
    assert identity({"userid": "Zhang", "user_ticket": "t"}) == Member("zhang")
    assert identity({"openid": "o1", "external_userid": "wm1"}) == Outsider("o1", "wm1")
    assert identity({"openid": "o1"}) == Outsider("o1")
    assert identity({"errcode": 0}) is None


def test_what_cannot_be_a_code_is_told_apart() -> None:
    assert may_be_code("x" * 512)
    assert not any(may_be_code(code) for code in ("", "x" * 513, "码", "a\nb"))
