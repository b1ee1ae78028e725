"""A sealed object: any range opens alone, and nothing that was changed, moved or cut off opens at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.media.cipher import TAG_BYTES, Damaged
from realtime.media.sealed import CHUNK_BYTES, HEADER_BYTES, SealedReader, is_sealed, seal, sealed_size

KEY, NAME = b"k" * 32, "interviews/i/q/1.webm"
SIZE = 3 * CHUNK_BYTES + 17
INSIDE = bytes(range(251)) * (SIZE // 251 + 1)
INSIDE = INSIDE[:SIZE]
STORED_CHUNK = CHUNK_BYTES + TAG_BYTES


def sealed(inside=INSIDE, *, key=KEY, salt=b"s" * 32, name=NAME) -> bytes:
    return b"".join(seal([inside], len(inside), key, salt, name))


STORED = sealed()


def opened(stored: bytes, start=0, end=None, *, key=KEY, name=NAME, step=10_000) -> bytes:
    reader = SealedReader(stored[:HEADER_BYTES], key, name)
    end = reader.size if end is None else end
    opener = reader.opener(start, end)
    first, last = reader.stored_span(start, end)
    part = stored[first:last]
    inside = b"".join(opener.feed(part[i : i + step]) for i in range(0, len(part), step))
    opener.finish()
    return inside


def test_it_opens_as_it_was():
    assert opened(STORED) == INSIDE
    assert len(STORED) == sealed_size(SIZE)
    assert is_sealed(STORED)
    assert not is_sealed(b"\x1a\x45\xdf\xa3 webm")
    assert INSIDE[1000:1100] not in STORED


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1])
def test_sizes_about_a_chunk(size):
    stored = sealed(INSIDE[:size])
    assert len(stored) == sealed_size(size)
    assert SealedReader(stored[:HEADER_BYTES], KEY, NAME).size == size
    if size:
        assert opened(stored) == INSIDE[:size]


@given(st.integers(0, SIZE - 1), st.integers(1, SIZE), st.sampled_from([777, 100_000]))
def test_any_range_opens_alone(start, length, step):
    end = min(SIZE, start + length)
    first, last = SealedReader(STORED[:HEADER_BYTES], KEY, NAME).stored_span(start, end)
    assert last - first <= end - start + 2 * CHUNK_BYTES + 5 * TAG_BYTES
    assert opened(STORED, start, end, step=step) == INSIDE[start:end]


@given(st.integers(0, len(STORED) - 1), st.integers(1, 255))
def test_no_changed_byte_gets_through(at, change):
    data = bytearray(STORED)
    data[at] ^= change
    with pytest.raises(Damaged):
        opened(bytes(data))


@given(st.integers(0, len(STORED) - 1))
def test_no_cut_gets_through(length):
    with pytest.raises(Damaged):
        opened(STORED[:length])


def test_chunks_stay_in_their_place_and_object():
    chunks = [STORED[HEADER_BYTES + i * STORED_CHUNK :][:STORED_CHUNK] for i in range(4)]
    header = STORED[:HEADER_BYTES]
    swapped = header + chunks[1] + chunks[0] + chunks[2] + chunks[3]
    shorter = header + chunks[0] + chunks[1] + chunks[3]
    later = sealed(INSIDE[::-1], salt=b"t" * 32)
    mixed = later[:HEADER_BYTES] + STORED[HEADER_BYTES:]
    for stored in (swapped, shorter, mixed):
        with pytest.raises(Damaged):
            opened(stored)
    with pytest.raises(Damaged):
        opened(STORED, name="interviews/i/q/2.webm")
    with pytest.raises(Damaged):
        opened(STORED, key=b"x" * 32)


def test_what_was_announced_must_come():
    with pytest.raises(ValueError, match="3 bytes came, 4 were announced"):
        list(seal([b"abc"], 4, KEY, b"s" * 32, NAME))


def test_the_same_twice_looks_different():
    assert sealed()[HEADER_BYTES:] != sealed(salt=b"t" * 32)[HEADER_BYTES:]
