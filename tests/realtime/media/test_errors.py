"""Every code this room can raise is one that the doors have words for, or is named as staying inside."""

import ast
import re
from pathlib import Path

from realtime.media import errors
from realtime.protocol.refusals import REFUSALS

INSIDE = {
    "connect_failed",
    "picture_invalid",
    "picture_too_large",
    "object_key_invalid",
    "object_damaged",
    "media_shredded",
}


def raised() -> set[str]:
    found = set()
    for path in Path(errors.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "MediaError":
                assert isinstance(node.args[0], ast.Constant)
                found.add(node.args[0].value)
    return found


def test_every_code_has_words():
    codes = raised()
    assert len(codes) > 10
    assert codes - INSIDE <= set(REFUSALS)
    for code in codes:
        assert code in (errors.MediaError.__doc__ or "")


def test_the_reference_names_every_refusal_of_a_frame():
    root = Path(errors.__file__).parents[2]
    sources = [root / "realtime/media/websocket.py", root / "realtime/media/websocket_sound.py"]
    sources.append(root / "realtime/protocol/frames.py")
    codes = {code for path in sources for code in re.findall(r'"(frame_[a-z_]+)"', path.read_text())}
    assert len(codes) == 9
    assert codes == set(re.findall(r"`(frame_[a-z_]+)`", (root / "docs/reference/media-frames.md").read_text()))
