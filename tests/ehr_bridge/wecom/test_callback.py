import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.wecom.callback import MAX_BYTES, flat_xml, read, sealed_xml
from ehr_bridge.wecom.crypt import CryptError


def xml(**fields: str) -> bytes:
    return ("<xml>" + "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in fields.items()) + "</xml>").encode()


def test_a_repetition_has_the_same_key() -> None:
    event = xml(FromUserName="zhang", CreateTime="1409659813", MsgType="event", Event="template_card_event")
    later = xml(FromUserName="zhang", CreateTime="1409659814", MsgType="event", Event="template_card_event")
    assert read(event).key == read(event).key
    assert read(event).key != read(later).key


def test_a_kefu_event_is_told_by_its_account_and_token() -> None:
    one = xml(CreateTime="1348831860", MsgType="event", Event="kf_msg_or_event", Token="ENC1", OpenKfId="wk1")
    two = xml(CreateTime="1348831860", MsgType="event", Event="kf_msg_or_event", Token="ENC2", OpenKfId="wk1")
    assert read(one).key != read(two).key
    assert read(one).fields["OpenKfId"] == "wk1"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<xml><a>",
        b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>',
        b"<xml>" + b"<a>" * 40 + b"</a>" * 40 + b"</xml>",
        b"<xml>" + b" " * MAX_BYTES + b"</xml>",
        b"<xml>" + b"".join(b"<a%d>1</a%d>" % (i, i) for i in range(400)) + b"</xml>",
        xml(MsgType="text"),
        xml(MsgType="text", CreateTime="soon"),
        xml(CreateTime="1"),
    ],
)
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(CryptError) as refused:
        read(body)
    assert refused.value.code == -40002


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(noise: bytes) -> None:
    with pytest.raises(CryptError, match="-40002"):
        read(b"<xml><MsgType>text</MsgType>" + noise.replace(b"<", b"") + b"</xml>")


def test_nested_elements_give_their_leaves() -> None:
    body = b"<xml><SelectedItems><SelectedItem><QuestionKey>q</QuestionKey></SelectedItem></SelectedItems></xml>"
    assert flat_xml(body) == {"QuestionKey": "q"}


def test_a_reply_reads_back() -> None:
    assert flat_xml(sealed_xml("abc+/=", "0f", "1", "2"))["Encrypt"] == "abc+/="
