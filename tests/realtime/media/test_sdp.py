import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from realtime.media.errors import MediaError
from realtime.media.sdp import MAX_OFFER_BYTES, Answer, read_fragment, read_offer, write_answer

FINGERPRINT = "sha-256 " + ":".join(["AB"] * 32)
OFFER = f"""v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1 2
a=ice-options:trickle
a=msid-semantic: WMS stream
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:{FINGERPRINT}
a=setup:actpass
a=mid:0
a=extmap:4 urn:ietf:params:rtp-hdrext:ssrc-audio-level vad=on
a=sendonly
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=rtcp-fb:111 nack
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:{FINGERPRINT}
a=setup:actpass
a=mid:1
a=sendonly
a=rtpmap:102 H264/90000
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
a=mid:2
""".replace("\n", "\r\n")
ANSWER = Answer(
    ufrag="12345678",
    password="z" * 24,
    fingerprints=(("sha-256", ":".join(["CD"] * 32)),),
    setup="active",
    candidates=("1 1 udp 1 127.0.0.1 4000 typ host",),
    packet_time_ms=60,
    video_kbps=800,
    sends=False,
    session_id=5,
)


def test_what_a_browser_offers_is_read():
    offer = read_offer(OFFER)
    audio, video = offer.first("audio"), offer.first("video")
    assert (audio.codec.payload_type, audio.mid, audio.audio_level_id) == (111, "0", 4)
    assert (video.codec.payload_type, video.mid) == (96, "1")
    assert video.codec.feedback >= {"nack", "nack pli"}
    assert (offer.ufrag, offer.role) == ("abcd", "actpass")


def test_the_answer_is_understood_by_another_implementation():
    text = write_answer(read_offer(OFFER), ANSWER)
    answer = SessionDescription.parse(text)
    audio, video, data = answer.media
    assert answer.group[0].items == ["0", "1"]
    assert audio.direction == "recvonly"
    assert [c.mimeType for c in audio.rtp.codecs] == ["audio/opus"]
    assert audio.rtp.codecs[0].parameters["usedtx"] == "0"
    assert "a=ptime:60\r\n" in text
    assert [(e.id, e.uri[-11:]) for e in audio.rtp.headerExtensions] == [(4, "audio-level")]
    assert {(f.type, f.parameter) for f in video.rtp.codecs[0].rtcpFeedback} == {("nack", None), ("nack", "pli")}
    assert audio.ice.usernameFragment == "12345678"
    assert audio.ice_candidates[0].port == 4000
    assert audio.ice_candidates_complete
    assert audio.dtls.role == "client"
    assert data.port == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda s: "rubbish", "sdp_invalid"),
        (lambda s: "", "sdp_invalid"),
        (lambda s: s.split("m=")[0], "sdp_invalid"),
        (lambda s: s.replace("m=audio 9", "m=audio nine"), "sdp_invalid"),
        (lambda s: s.replace("a=setup:actpass", "a=setup:maybe"), "sdp_invalid"),
        (lambda s: s.replace(" 96 97 102", " 111").replace("rtpmap:96", "rtpmap:111"), "sdp_invalid"),
        (lambda s: s.replace("v=0", "v=0\r\n" + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" * 20), "sdp_invalid"),
        (lambda s: s + "a=x:" + "y" * MAX_OFFER_BYTES, "message_too_large"),
        (lambda s: s.replace("a=sendonly", "a=recvonly"), "no_audio"),
        (lambda s: s.replace("m=audio", "m=text"), "no_audio"),
        (lambda s: s.replace("opus", "speex"), "codec_unsupported"),
        (lambda s: s.replace("rtpmap:111", "rtpmap:70").replace(" 111 ", " 70 "), "codec_unsupported"),
        (lambda s: s.replace("a=ice-ufrag", "a=x"), "no_transport"),
        (lambda s: s.replace("a=ice-pwd:abcdef", "a=ice-pwd:"), "no_transport"),
        (lambda s: s.replace("sha-256", "md5"), "no_transport"),
        (lambda s: s.replace("a=ice-options:trickle\r\n", ""), "no_candidates"),
        (lambda s: s.replace("a=mid:0", "a=mid:0\r\na=end-of-candidates"), "no_candidates"),
    ],
)
def test_refusals(change, code):
    with pytest.raises(MediaError) as refused:
        read_offer(change(OFFER))
    assert refused.value.code == code
    assert not refused.value.retry


def test_a_watcher_may_offer_video_alone():
    text = OFFER.replace("a=sendonly", "a=recvonly").replace("m=audio", "m=text")
    assert read_offer(text, sends=False).first("video") is not None


LINES = OFFER.split("\r\n")


@given(st.lists(st.sampled_from(LINES) | st.text(max_size=40), max_size=60))
def test_any_text_is_an_offer_or_a_typed_refusal(lines):
    try:
        offer = read_offer("\r\n".join(["v=0", *lines]))
    except MediaError:
        return
    assert write_answer(offer, ANSWER).startswith("v=0")


@given(st.integers(0, len(OFFER)), st.text(max_size=3), st.integers(0, 5))
def test_a_damaged_offer_is_an_offer_or_a_typed_refusal(at, inserted, removed):
    try:
        offer = read_offer(OFFER[:at] + inserted + OFFER[at + removed :])
    except MediaError:
        return
    write_answer(offer, ANSWER)


@given(st.text())
def test_nothing_from_the_offer_can_break_a_line_of_the_answer(text):
    changed = OFFER.replace("a=mid:0", f"a=mid:{text}").replace("BUNDLE 0", f"BUNDLE {text}")
    try:
        answer = write_answer(read_offer(changed), ANSWER)
    except MediaError:
        return
    for line in answer.split("\r\n")[:-1]:
        assert line[1:2] == "="


@given(st.text())
def test_any_fragment_is_read(text):
    read_fragment(text)
    assert read_fragment("a=ice-ufrag:x\r\na=candidate:1\r\n").candidates == ("1",)
