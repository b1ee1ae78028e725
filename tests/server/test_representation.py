"""Some of the fields, and nothing at all if it is there already."""

from typing import Any

import pytest
from starlette.requests import Request

from server.problems import Problem
from server.representation import conditional, represent, selected, wanted_fields

PAGE = {"items": [{"id": "P1", "name": "王芳", "result": {"score": 70.0, "status": "COMPLETED"}}], "next_cursor": None}


def request(query: str = "", **headers: str) -> Request:
    encoded = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "query_string": query.encode(), "headers": encoded})


def body(query: str, items: str = "items") -> Any:
    import json

    return json.loads(represent(request(query), PAGE, items=items).body)


def test_fields_of_every_item_with_dots_into_them() -> None:
    assert body("fields=id,result.score")["items"] == [{"id": "P1", "result": {"score": 70.0}}]
    assert body("fields=id")["next_cursor"] is None
    assert body("") == PAGE
    assert body("fields=next_cursor", items="") == {"next_cursor": None}
    assert selected(None, wanted_fields("a.b")) is None


@pytest.mark.parametrize(
    ("query", "problem"),
    [("fields=nome", "there is no nome; there are id, name, result"), ("fields=id.x", "nothing is inside"),
     ("fields=" + ",".join(f"f{n}" for n in range(51)), "at most 50")],
)  # fmt: skip
def test_a_field_that_is_not_there_is_a_mistake(query: str, problem: str) -> None:
    with pytest.raises(Problem) as caught:
        body(query)
    assert problem in caught.value.detail


def test_nothing_is_sent_twice() -> None:
    first = conditional(request(), b"{}")
    tag = first.headers["etag"]
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = conditional(request(if_none_match=given), b"{}")
        assert (again.status_code, again.body, again.headers["etag"]) == (304, b"", tag)
    changed = conditional(request(if_none_match=tag), b"[]")
    assert (changed.status_code, changed.headers["etag"] == tag) == (200, False)
    assert first.headers["cache-control"] == "private, no-cache"
    named = represent(request(), PAGE, tag="sha256:1")
    assert named.headers["etag"] == '"sha256:1"'
    assert represent(request("fields=next_cursor"), PAGE, tag="sha256:1").headers["etag"] != named.headers["etag"]
