import contextlib
import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from realtime.media.errors import MediaError
from realtime.media.stills import decode_jpeg, encode_jpeg

PICTURE = np.full((240, 320, 3), 120, np.uint8)


def test_round_trip():
    assert np.abs(decode_jpeg(encode_jpeg(PICTURE)).astype(int) - PICTURE).max() < 4


def test_a_bomb_is_refused_by_its_header():
    data = bytearray(encode_jpeg(PICTURE))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack("!HH", 60_000, 60_000)
    with pytest.raises(MediaError, match="picture_"):
        decode_jpeg(bytes(data))


def test_other_formats_are_not_tried():
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, "PNG")
    with pytest.raises(MediaError, match="picture_invalid"):
        decode_jpeg(buffer.getvalue())


@given(st.integers(0, 1500), st.binary(max_size=20))
def test_damaged_pictures_are_pictures_or_refusals(at, inserted):
    data = encode_jpeg(PICTURE)
    with contextlib.suppress(MediaError):
        assert decode_jpeg(data[:at] + inserted + data[at + len(inserted) :]).ndim == 3
