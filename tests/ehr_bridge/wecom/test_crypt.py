"""Both official vectors, and what must not get through."""

import base64

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from ehr_bridge.wecom.callback import envelope, receive
from ehr_bridge.wecom.crypt import CryptError, Secrets, decrypt, encrypt, open_sealed, signature

OFFICIAL = Secrets("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
ECHO_SIGNATURE = "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
POSTED = (
    b"<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName><Encrypt><![CDATA["
    b"RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvu"
    b"JTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwG"
    b"c2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9"
    b"EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0"
    b"lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==]]></Encrypt><AgentID><![CDATA[218]]></AgentID></xml>"
)


def test_the_official_url_verification() -> None:
    assert open_sealed(OFFICIAL, ECHO_SIGNATURE, "1409659589", "263014780", ECHO) == b"1616140317555161061"


def test_the_official_message() -> None:
    sealed = "477715d11cdb4164915debcba66cb864d751f3e6"
    got = receive(OFFICIAL, sealed, "1409659813", "1372623149", POSTED)
    assert got.fields["Content"] == "hello"
    assert got.fields["AgentID"] == "218"
    assert (got.kind, got.sender, got.created_s) == ("text", "mycreate", 1409659813)
    assert got.key == "msg:4561255354251345929"


@pytest.mark.parametrize("change", ["timestamp", "nonce", "signature", "text"])
def test_a_changed_part_breaks_the_signature(change: str) -> None:
    parts = {"signature": ECHO_SIGNATURE, "timestamp": "1409659589", "nonce": "263014780", "text": ECHO}
    parts[change] = "0" + parts[change][1:]
    with pytest.raises(CryptError) as refused:
        open_sealed(OFFICIAL, parts["signature"], parts["timestamp"], parts["nonce"], parts["text"])
    assert refused.value.code == -40001


def _code(sealed: str, secrets: Secrets = OFFICIAL) -> int:
    with pytest.raises(CryptError) as refused:
        decrypt(secrets, sealed)
    return refused.value.code


def _sealed_raw(plain: bytes) -> str:
    key = OFFICIAL.key()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def test_another_receive_id_is_refused() -> None:
    other = Secrets(OFFICIAL.token, OFFICIAL.encoding_aes_key, "wx0000000000000000")
    assert _code(ECHO, other) == -40005


@pytest.mark.parametrize("pad", [0, 33, 255])
def test_a_pad_outside_of_1_to_32_is_refused(pad: int) -> None:
    assert _code(_sealed_raw(bytes(63) + bytes([pad]))) == -40008


def test_a_pad_that_is_not_of_one_kind_is_refused() -> None:
    assert _code(_sealed_raw(bytes(61) + b"\x01\x02\x03")) == -40008


def test_a_length_beyond_the_end_is_refused() -> None:
    plain = bytes(16) + (4000).to_bytes(4, "big") + b"short" + OFFICIAL.receive_id.encode()
    pad = 32 - len(plain) % 32
    assert _code(_sealed_raw(plain + bytes([pad]) * pad)) == -40008


@pytest.mark.parametrize(
    ("sealed", "code"),
    [(ECHO[:-3], -40010), (ECHO[:-1], -40010), ("", -40007), ("AAAA", -40007), ("不是", -40010), (ECHO[:44], -40007)],
)
def test_what_is_cut_off_is_refused(sealed: str, code: int) -> None:
    assert _code(sealed) == code


@pytest.mark.parametrize("key", ["", "short", "x" * 42, "x" * 44, "?" * 43])
def test_a_key_of_another_form_is_refused(key: str) -> None:
    with pytest.raises(CryptError) as refused:
        Secrets("token", key, "corp")
    assert refused.value.code == -40004


def test_secrets_do_not_show_their_key() -> None:
    assert OFFICIAL.encoding_aes_key not in repr(OFFICIAL)


@settings(max_examples=30)
@given(st.binary(max_size=300), st.binary(min_size=16, max_size=16), st.text(max_size=20))
def test_what_is_sealed_can_be_opened(message: bytes, random: bytes, receive_id: str) -> None:
    secrets = Secrets("t", OFFICIAL.encoding_aes_key, receive_id)
    sealed = encrypt(secrets, message, random)
    assert len(base64.b64decode(sealed)) % 32 == 0
    assert open_sealed(secrets, signature("t", "1", "2", sealed), "1", "2", sealed) == message


@settings(max_examples=30)
@given(st.binary(min_size=32, max_size=96))
def test_no_bytes_break_it(noise: bytes) -> None:
    with pytest.raises(CryptError):
        decrypt(OFFICIAL, base64.b64encode(noise[: len(noise) // 16 * 16]).decode())


def test_the_envelope_of_the_vector_names_the_ciphertext() -> None:
    assert envelope(POSTED).startswith("RypEvHKD8QQK")
