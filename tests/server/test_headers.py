"""What every answer carries, and who may ask for media from another origin."""

from typing import Any

ELSEWHERE = {"Origin": "https://other.example"}


async def test_media_may_be_asked_for_from_the_page_of_another_process(served: Any) -> None:
    asks = {**ELSEWHERE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    async with served.client() as client:
        preflight = await client.options("/api/v1/interviews/iv_1/whip", headers=asks)
        refused = await client.post("/api/v1/interviews/iv_1/whip", headers=ELSEWHERE)
        plain = await client.options("/api/v1/interviews/iv_1/whep")
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == "*"
    assert "Location" in refused.headers["access-control-expose-headers"]
    assert plain.headers["accept-post"] == "application/sdp"


async def test_nothing_else_may(served: Any) -> None:
    async with served.client() as client:
        for path in ("/api/v1/positions", "/api/v1/interviews/iv_1/evidence", "/api/v1/interviews/iv_1/whipped", "/hr"):
            answer = await client.get(path, headers=ELSEWHERE)
            assert "access-control-allow-origin" not in answer.headers
            assert answer.headers["x-content-type-options"] == "nosniff"
