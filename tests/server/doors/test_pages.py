"""The pages: whole, from here only, and free to use camera and microphone and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from server.doors import pages


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("candidate.html", "hr.html"):
        (tmp_path / name).write_text(f"<!doctype html><title>{name}</title>")
    monkeypatch.setattr(pages, "DIST", tmp_path)
    return tmp_path


@pytest.mark.parametrize(("path", "page"), [("/i/some.signed-link_", "candidate.html"), ("/hr", "hr.html")])
async def test_a_page_and_its_headers(served: Any, built: Path, path: str, page: str) -> None:
    async with served.client() as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    assert page in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "script-src" not in policy  # so it is default-src: no inline script, no other origin
    assert "http" not in answer.headers["content-security-policy"]
    assert answer.headers["permissions-policy"] == "camera=(self), microphone=(self)"
    assert answer.headers["referrer-policy"] == "no-referrer"  # the link is a secret and lies in the address
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("own_url", "may_ask"),
    [
        ("", "'self' ws: wss:"),
        ("https://viva-2.bank.example", "'self' ws: wss: https:"),
        ("http://127.0.0.1:8081", "'self' ws: wss: http:"),
    ],
)
def test_a_page_may_ask_other_processes_where_there_are_some(own_url: str, may_ask: str) -> None:
    policy = dict(part.strip().split(" ", 1) for part in pages.content_policy(own_url).split(";"))
    assert policy["connect-src"] == may_ask
    assert policy["default-src"] == "'self'"


async def test_a_page_that_is_not_built_says_how(served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "DIST", tmp_path)
    async with served.client() as client:
        answer = await client.get("/hr")
        icon = await client.get("/favicon.ico")
    assert answer.status_code == 503
    assert "make web" in answer.text
    assert icon.status_code == 204


async def test_home_is_hrs_page_and_nothing_else_is_served(served: Any, problem: Any) -> None:
    async with served.client() as client:
        home = await client.get("/")
        assert (home.status_code, home.headers["location"]) == (307, "/hr")
        for path in ("/assets/../server/settings.py", "/assets/nothing.js", "/etc/passwd", "/hr/secret"):
            problem(await client.get(path), 404, "not_found")


async def test_no_page_link_is_ever_logged(served: Any) -> None:
    async with served.client() as client:
        await client.get("/i/a-link-that-must-not-be-logged")
    ours = [line for line in served.logged if "HTTP Request" not in line]  # the client's own log
    assert not any("must-not-be-logged" in line for line in ours)
