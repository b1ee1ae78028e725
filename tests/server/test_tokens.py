import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.tokens import Signer, Token, TokenExpired, TokenForged

SIGNER = Signer("a secret of the test")


@given(subject=st.text(max_size=60), extra=st.text(max_size=20), left_ms=st.integers(1, 10**12))
def test_what_was_signed_is_read(subject: str, extra: str, left_ms: int) -> None:
    token = Token(subject, 1_000 + left_ms, extra)
    assert SIGNER.read("link", SIGNER.sign("link", token), 1_000) == token


def test_a_token_ends_at_its_time() -> None:
    text = SIGNER.sign("session", Token("iv_1", 1_000))
    assert SIGNER.read("session", text, 999).subject == "iv_1"
    with pytest.raises(TokenExpired):
        SIGNER.read("session", text, 1_000)


def test_a_token_is_good_for_its_purpose_only() -> None:
    recording = SIGNER.sign("recording", Token("key", 10_000))
    with pytest.raises(TokenForged):
        SIGNER.read("sign_in", recording, 0)


def test_another_secret_is_a_forgery() -> None:
    with pytest.raises(TokenForged):
        SIGNER.read("link", Signer("another").sign("link", Token("inv_1", 10_000)), 0)


@given(position=st.integers(0, 200), replacement=st.sampled_from("abcXYZ019-_."))
def test_one_changed_character_is_a_forgery(position: int, replacement: str) -> None:
    text = SIGNER.sign("link", Token("inv_1", 10_000))
    at = position % len(text)
    # The last character of base64 carries spare bits, which a decoder may ignore.
    if text[at] == replacement or at == len(text) - 1:
        return
    with pytest.raises(TokenForged):
        SIGNER.read("link", text[:at] + replacement + text[at + 1 :], 0)


@given(st.text(max_size=100))
def test_any_text_is_at_most_a_forgery(text: str) -> None:
    with pytest.raises(TokenForged):
        SIGNER.read("link", text, 0)
