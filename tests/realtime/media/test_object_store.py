"""Keys that stay inside, and HTTP ranges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.media.errors import MediaError
from realtime.media.object_store import byte_range, check_key


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/b.part", ".hidden", "a\0b", "a/ b"])
def test_keys_stay_inside(key):
    with pytest.raises(MediaError, match="object_key_invalid"):
        check_key(key)


@given(st.text(max_size=30))
def test_any_key_is_safe_or_refused(key):
    try:
        check_key(key)
    except MediaError:
        return
    assert ".." not in key.split("/")
    assert not key.startswith("/")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, (0, 100)),
        ("bytes=0-9", (0, 10)),
        ("bytes=90-", (90, 100)),
        ("bytes=-5", (95, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=50-5000", (50, 100)),
        ("bytes=100-", None),
        ("bytes=-0", None),
        ("bytes=9-2", None),
        ("bytes=-", (0, 100)),
        ("bytes=0-1,5-6", (0, 100)),
        ("lines=1-2", (0, 100)),
    ],
)
def test_ranges(header, expected):
    assert byte_range(header, 100) == expected
