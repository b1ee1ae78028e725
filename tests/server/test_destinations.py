"""A whole interview and all it reaches: one server, one file of destinations, a contract fake behind each."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller

from ehr_bridge import reading
from ehr_bridge.ledger import deliveries
from scoring.campaign import FEWEST_QUESTIONS
from tests.fakes.feishu import APP_SECRET, Feishu
from tests.fakes.greenhouse import PATH, Caller, Greenhouse
from tests.fakes.odoo import KEY, Odoo
from tests.fakes.serving import listening
from tests.fakes.webhook import SECRET, Receiver

GREENHOUSE_KEY = "0d031d8227eafa61dc375a6c2e067de2"
SCIM = "scim-token-of-the-directory"
OURS, THEIRS = "78e3be68d98268509ea304a506ed6362d", "workable-token"
FILE = """
destinations:
  - name: hook
    adapter: webhook
    settings: {{url: "{hook}", secrets: [{{env: HOOK}}]}}
  - name: odoo
    adapter: odoo
    settings: {{url: "{odoo}", database: hr, api_key: {{env: ODOO}}, stages: {{before: [1], after: 3}}}}
  - name: feishu
    adapter: feishu
    settings: {{url: "{feishu}", app_id: cli_test, app_secret: {{env: FEISHU}}}}
  - name: greenhouse
    adapter: greenhouse
    settings: {{api_key: {{env: GREENHOUSE}}, language: zh, callback_hosts: ["127.0.0.1"]}}
  - name: workable
    adapter: workable
    settings: {{our_token: {{env: OURS}}, their_token: {{env: THEIRS}}, callback_hosts: ["127.0.0.1"]}}
  - name: directory
    adapter: scim
    settings: {{token: {{env: SCIM}}}}
  - name: later
    adapter: webhook
    enabled: false
    settings: {{url: "{hook}", secrets: [{{env: HOOK}}]}}
"""
SECRETS = {
    "SCIM": SCIM,
    "HOOK": SECRET,
    "ODOO": KEY,
    "FEISHU": APP_SECRET,
    "GREENHOUSE": GREENHOUSE_KEY,
    "OURS": OURS,
    "THEIRS": THEIRS,
}


async def until(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 40
    while not seen():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


class Mailbox:
    """What a real SMTP server was handed, as text."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=default)
        body = mail.get_body(("plain",))
        assert body is not None
        self.texts.append(f"{mail['to']}\n{body.get_content()}")
        return "250 OK"


@pytest.fixture
def mailbox(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[tuple[Mailbox, Path]]:
    """A mailbox, and the file of settings that leads to it."""
    found = Mailbox()
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # the other side's own log, in our process
    controller = Controller(found, hostname="127.0.0.1", port=free_port())
    controller.start()
    url = tmp_path / "mail-url"
    url.write_text(f"smtp://127.0.0.1:{controller.port}")
    path = tmp_path / "notices.yaml"
    path.write_text(
        f'mail: {{url: {{file: {url}}}, sender: jobs@bank.example}}\nquiet: {{start: "00:00", end: "00:00"}}\n'
    )
    yield found, path
    controller.stop()


@pytest.fixture
def outside() -> Any:
    """Every fake there is, listening."""
    with contextlib.ExitStack() as closing:
        fakes = {
            "hook": Receiver(),
            "odoo": Odoo(),
            "feishu": Feishu(),
            "greenhouse": Greenhouse(GREENHOUSE_KEY),
        }
        urls = {name: closing.enter_context(listening(fake)) for name, fake in fakes.items()}
        yield fakes, urls


async def test_an_interview_reaches_whom_it_should(
    outside: Any, mailbox: Any, serving: Any, settings_in: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes, urls = outside
    mails, notices = mailbox
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    path = tmp_path / "destinations.yaml"
    path.write_text(FILE.format(**urls))
    settings = settings_in(
        destinations=str(path), notices=str(notices), egress_allow="127.0.0.1", egress_plain="127.0.0.1"
    )
    with serving(settings) as served:
        mount = f"{served.url}/integrations"
        async with Caller(f"{mount}/greenhouse", GREENHOUSE_KEY) as caller:
            ordered = await _ordered(caller, urls["greenhouse"])
            link = (await caller.test_status(ordered))["metadata"]["Candidate's link"]
            await until(lambda: any(link in mail and "hpotter@hogwarts.edu" in mail for mail in mails.texts))
            await _talk(served, link)
            await until(lambda: fakes["greenhouse"].finished == ["12345"])
            state = await caller.test_status(ordered)
            assert state["partner_status"] == "complete"
            assert "partner_score" not in state
            assert await caller.complain("test_status", "odd") == 200
        await _by_workable(f"{mount}/workable")
        await _kept_by_a_directory(f"{served.url}/scim/v2", f"{mount}/directory")
        persons = await _persons(served)
        assert [one.name for one in persons if one.external_id == "CMB00017"] == ["王方"]
        assert await _of_nobody_else(mount) == [404, 404, 401]
        await _seen_by_hr(served)
        states = await until_settled(served)
        audit = await _audit(served)
    _everything_arrived(fakes, states)
    assert {"invited", "looked_at_order", "complained", "checked_destination"} <= {row["action"] for row in audit}
    assert not any("hpotter" in line for line in served.logged)


async def _ordered(caller: Caller, url: str) -> str:
    assert (await caller.list_tests())["client_manager"] == "客户经理"
    who = {"first_name": "Harry", "last_name": "Potter", "email": "hpotter@hogwarts.edu"}
    ordered = await caller.send_test("client_manager", f"{url}{PATH}12345", **who)
    # Its answer was lost: Greenhouse sends the test again, and nobody is invited twice.
    assert await caller.send_test("client_manager", f"{url}{PATH}12345", **who) == ordered
    return ordered


async def _by_workable(mount: str) -> None:
    async with httpx.AsyncClient(
        base_url=mount, headers={"Authorization": f"Bearer {OURS}"}, trust_env=False
    ) as client:
        templates = (await client.get("/interview-templates")).json()["interview_templates"]
        assert {"id": "client_manager", "name": "Client manager"} in templates
        who = {"first_name": "Lakita", "last_name": "Marrero", "email": "lakita@example.com"}
        order = {"interview_template_id": "client_manager", "candidate": who, "callback_url": "http://127.0.0.1/77"}
        made = await client.post("/interviews", json=order)
        assert (made.status_code, "/i/" in made.json()["candidate_url"]) == (201, True)


async def _kept_by_a_directory(base: str, other_way: str) -> None:
    """An employee from the first day to the last and back, as a provisioning client does it."""
    user, enterprise = (
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    )
    headers = {"Authorization": f"Bearer {SCIM}", "Content-Type": "application/scim+json"}
    async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False) as client:
        assert (await client.get("/ServiceProviderConfig")).json()["patch"]["supported"]
        search = {"filter": 'userName eq "wang.fang"'}
        assert (await client.get("/Users", params=search)).json()["totalResults"] == 0
        name = {"familyName": "王", "givenName": "芳"}
        body = {"schemas": [user, enterprise], "userName": "Wang.Fang", "name": name, "password": "t1meMa$heen"}
        body |= {enterprise: {"employeeNumber": "CMB00017"}}
        made = await client.post("/Users", json=body)
        assert (made.status_code, made.headers["etag"]) == (201, 'W/"1"')
        assert made.headers["content-type"] == "application/scim+json"
        assert "t1meMa" not in made.text
        where = made.headers["location"]
        assert (await client.post("/Users", json=body)).json()["scimType"] == "uniqueness"
        patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}
        patch |= {"Operations": [{"op": "Replace", "path": "name.givenName", "value": "方"}]}
        changed = await client.patch(where, json=patch, headers={"If-Match": 'W/"1"'})
        assert (changed.status_code, changed.headers["etag"]) == (200, 'W/"2"')
        assert (await client.patch(where, json=patch, headers={"If-Match": 'W/"1"'})).status_code == 412
        found = (await client.get("/Users", params=search)).json()
        assert (found["totalResults"], found["Resources"][0]["name"]["givenName"]) == (1, "方")
        user_id = where.rpartition("/")[2]
        assert (await client.get(f"{other_way}/Users/{user_id}")).json()["id"] == user_id
        assert (await client.delete(where)).status_code == 204
        assert (await client.get(where)).json()["status"] == "404"
        back = await client.post("/Users", json=body | {"name": {"familyName": "王", "givenName": "方"}})
        assert (back.status_code, back.json()["id"]) == (201, user_id)


async def _talk(served: Any, link: str) -> None:
    """The fewest questions are enough here: HR chooses them, as for any invitation."""
    async with served.hr() as hr:
        (row,) = (await hr.get("/api/v1/interviews")).json()["items"]
        path = f"/api/v1/interviews/{row['interview_id']}/questions"
        asked = (await hr.get(path)).json()["questions"]
        assert (await hr.put(path, json={"questions": asked[:FEWEST_QUESTIONS]})).status_code == 200
    invited = served.invited_by(link)
    async with invited.talk() as talk:
        await talk.type_everything()


async def _of_nobody_else(mount: str) -> list[int]:
    async with httpx.AsyncClient(trust_env=False) as client:
        paths = ("nobody/list_tests", "hook/list_tests", "greenhouse/list_tests")
        return [(await client.get(f"{mount}/{path}")).status_code for path in paths]


async def until_settled(served: Any) -> dict[tuple[str, str], str]:
    """(destination, interview) -> state."""

    async def read() -> list[Any]:
        async with served.house.engine.connect() as store:
            return await deliveries(store)

    while True:
        found = await asyncio.to_thread(served.inside, read())
        if all(row.state in ("acknowledged", "dead") for row in found):
            return {(row.destination, row.subject): f"{row.state} {row.error_code}".strip() for row in found}
        await asyncio.sleep(0.05)


async def _seen_by_hr(served: Any) -> None:
    async with served.hr() as hr:
        rows = {row["name"]: row for row in (await hr.get("/api/v1/destinations")).json()["items"]}
        assert (rows["embedded"]["enabled"], rows["later"]["enabled"]) == (True, False)
        assert rows["directory"]["address"] == f"{served.url}/scim/v2"
        assert rows["greenhouse"]["title"]["zh"] == "Greenhouse 测评"
        assert not any(secret in str(rows) for secret in SECRETS.values())
        tried = (await hr.post("/api/v1/destinations/hook/check", json={})).json()
        assert (tried["code"], tried["name"]) == ("", "hook")
        assert (await hr.post("/api/v1/destinations/later/check", json={})).status_code == 404


async def _persons(served: Any) -> list[Any]:
    async def read() -> list[Any]:
        async with served.house.engine.connect() as store:
            return (await reading.persons(store, None, 50)).items

    return list(await asyncio.to_thread(served.inside, read()))


async def _audit(served: Any) -> list[dict[str, Any]]:
    async with served.hr() as hr:
        return list((await hr.get("/api/v1/audit?limit=200")).json()["items"])


def _everything_arrived(fakes: dict[str, Any], states: dict[tuple[str, str], str]) -> None:
    assert {destination: state for (destination, _), state in states.items()} == {
        "embedded": "acknowledged",
        "hook": "acknowledged",
        "odoo": "acknowledged",
        "feishu": "dead feishu_application_missing",  # this person came from elsewhere: Feishu has no number
        "greenhouse": "acknowledged",
    }
    (applicant,) = fakes["odoo"].rows["hr.applicant"].values()
    assert (applicant["partner_name"], applicant["stage_id"]) == ("Harry Potter", 3)
    results = [event for event in fakes["hook"].taken.values() if event["type"] == "viva.interview_result.v1"]
    assert len(fakes["odoo"].rows["mail.message"]) == len(results) == 1
    assert fakes["feishu"].interviews == {}
