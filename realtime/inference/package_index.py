"""Where a wheel lies on a package index: the simple API, as JSON (PEP 691) or as HTML (PEP 503)."""

from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

PYPI = "https://pypi.org/simple"
_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


def indexes(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The indexes that uv and pip would ask, in their order; PyPI when none is named."""
    named = [environment.get(n, "") for n in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")]
    extra = [environment.get(n, "") for n in ("UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL")]
    words = " ".join([*extra, next(filter(None, named), PYPI)]).split()
    # UV_INDEX allows "name=url"; pip allows file:// and plain paths, which hold no pinned wheel for us.
    urls = [word[word.find("http") :] for word in words if "http://" in word or "https://" in word]
    return tuple(url.rstrip("/") for url in urls)


def find_wheel(client: httpx.Client, index: str, project: str, filename: str) -> str | None:
    """URL of that very file, or None when the index does not list it. Raises ``httpx.HTTPError``."""
    answer = client.get(f"{index}/{project}/", headers={"Accept": _ACCEPT})
    if answer.status_code in (404, 401, 403):
        return None
    if not answer.is_success:
        # Not raise_for_status: its message repeats the URL, which may carry a password.
        raise httpx.RemoteProtocolError(f"HTTP {answer.status_code}")
    links = _json_links(answer) if "json" in answer.headers.get("content-type", "") else _html_links(answer)
    matching = [link for link in links if link.partition("#")[0].rpartition("/")[2] == filename]
    return urljoin(str(answer.url), matching[0].partition("#")[0]) if matching else None


def _json_links(answer: httpx.Response) -> list[str]:
    try:
        return [str(entry["url"]) for entry in answer.json()["files"]]
    except (ValueError, KeyError, TypeError) as error:
        raise httpx.DecodingError("the index did not answer in its own format") from error


def _html_links(answer: httpx.Response) -> list[str]:
    page = _Links()
    page.feed(answer.text)
    return page.links


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if tag == "a" and name == "href" and value]
