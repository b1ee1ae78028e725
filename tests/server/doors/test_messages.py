"""From the end of an interview to the first day, on a real server: WeCom and SMS by their fakes on sockets, e-mail by a
real SMTP server, and an interview that is really typed."""

import asyncio
import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from aiosmtpd.controller import Controller

from ehr_bridge.wecom.crypt import Secrets, encrypt, signature
from realtime.protocol.text import Phase
from server.automation import default_rules
from server.store import interviews
from tests.contract_fakes import sms_gateway, wecom
from tests.contract_fakes.sms_gateway import Gateway
from tests.contract_fakes.wecom_books import Books
from tests.server.doors.test_automation import CERTIFIED, read, suggested

AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CALLBACK = Secrets("QDG6eK", AES_KEY, "wwcorp")
PERSON = "wmKandidat"
FILE = """
wecom:
  corp_id: wwcorp
  agent_id: 1000002
  secret: {{file: {secret}}}
  url: {wecom}
  sign_in: true
  kefu: {{id: wkviva, link: "https://work.weixin.qq.com/kfid/kfc1?enc_scene=E", secret: {{file: {kf}}}}}
  callback: {{token: {{file: {token}}}, aes_key: {{file: {aes}}}}}
sms: {{url: "{sms}/send", key: {{file: {sms_key}}}}}
mail: {{url: {{file: {mail}}}, sender: jobs@bank.example}}
staff: {{members: [zhang], email: hr@bank.example}}
quiet: {{start: "00:00", end: "00:00"}}
result_minutes: 10
"""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(envelope.content)
        return "250 OK"


@contextlib.contextmanager
def on_socket(app: Any) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=lambda: server.run(sockets=[listening]))
        thread.start()
        while not server.started:
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@dataclass
class Bank:
    served: Any
    books: Books
    gateway: Gateway
    mailbox: Mailbox

    def look(self) -> None:
        """As the watch does every few seconds."""
        self.served.inside(self.served.house.correspondence.look())
        self.served.inside(self.served.house.correspondence.clerk.look())

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not true():  # noqa: ASYNC110  # what is waited for happens in other threads
                await asyncio.sleep(0.02)

    def said(self, person: str = PERSON) -> list[str]:
        """What 客服 has told the person."""
        return [
            item.get("text", item.get("msgmenu", {})).get("content", item.get("msgmenu", {}).get("head_content", ""))
            for item in self.books.conversations[person].got
        ]

    async def callback(self, token: str) -> httpx.Response:
        """WeCom says that something happened at 客服."""
        return await self.event(Event="kf_msg_or_event", Token=token, OpenKfId="wkviva")

    async def event(self, **fields: str) -> httpx.Response:
        told = {"ToUserName": "wwcorp", "CreateTime": str(now_ms() // 1000), "MsgType": "event"} | fields
        body = "<xml>" + "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in told.items()) + "</xml>"
        sealed, stamp = encrypt(CALLBACK, body.encode(), b"0123456789abcdef"), str(now_ms() // 1000)
        query = {"msg_signature": signature(CALLBACK.token, stamp, "n", sealed), "timestamp": stamp, "nonce": "n"}
        async with self.served.client() as client:
            answered: httpx.Response = await client.post(
                "/api/v1/callbacks/wecom", params=query, content=f"<xml><Encrypt>{sealed}</Encrypt></xml>"
            )
        return answered

    async def writes(self, text: str, menu_id: str = "") -> None:
        message_id = self.books.person_writes(PERSON, text, now_ms(), menu_id)
        assert (await self.callback(message_id)).status_code == 200


@pytest.fixture(scope="module")
def bank(settings_in: Any, serving: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    folder = tmp_path_factory.mktemp("notices")
    books, gateway, mailbox = Books(), Gateway(), Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # the other side's own log, in our process
    post = Controller(mailbox, "127.0.0.1", port)
    post.start()
    with on_socket(wecom.make_app(books, now_ms)) as wecom_url, on_socket(sms_gateway.make_app(gateway)) as sms_url:
        lies = {"secret": "app-secret", "kf": "kf-secret", "token": "QDG6eK", "aes": AES_KEY, "sms_key": "sms-key"}
        lies["mail"] = f"smtp://127.0.0.1:{port}"
        for name, text in lies.items():
            (folder / name).write_text(text)
        file = folder / "notices.yaml"
        file.write_text(FILE.format(wecom=wecom_url, sms=sms_url, **{name: folder / name for name in lies}))
        settings = settings_in(notices=str(file), egress_allow="127.0.0.1", egress_plain="127.0.0.1")
        with serving(settings) as served:
            yield Bank(served, books, gateway, mailbox)
    post.stop()


@pytest.fixture(scope="module")
def interviewed(bank: Bank) -> Any:
    """Somebody who wrote to 客服 by the link on the page, then gave the interview."""

    async def give() -> Any:
        invited = await bank.served.invite()
        joined = await invited.join()
        async with bank.served.client(joined["session_token"]) as client:
            contact = (await client.get(f"/api/v1/interviews/{invited.interview_id}/contact")).json()
        code = contact["kefu_link"].partition("scene_param=")[2]
        assert code
        bank.books.person_enters(PERSON, code, now_ms())
        await bank.writes("开始")
        async with invited.talk() as talk:
            await talk.type_everything()
            await talk.phase(Phase.REPORTED)
        return invited

    return asyncio.run(give())


async def console(bank: Bank, applicant_id: str) -> dict[str, Any]:
    async with bank.served.hr() as client:
        answered = await client.get(f"/api/v1/messages/{applicant_id}")
    assert answered.status_code == 200, answered.text
    found: dict[str, Any] = answered.json()
    return found


async def test_progress_is_told_within_five_minutes_and_no_result_without_hr(bank: Bank, interviewed: Any) -> None:
    bank.look()
    await bank.until(lambda: bank.said())
    assert "您已完成示范银行客户经理岗位的面试" in bank.said()[0]
    steps = 0
    async with asyncio.timeout(20):
        while steps < 2:  # it arrives there before it is noted here
            shown = await console(bank, interviewed.applicant_id)
            (progress,) = [notice for notice in shown["notices"] if notice["kind"] == "progress"]
            steps = len(progress["steps"])
    assert progress["due_at_ms"] - shown["ended_at_ms"] == 300_000
    assert not progress["late"]
    assert [step["happening"] for step in progress["steps"]][:2] == ["sending", "taken"]
    assert shown["released"] is None
    assert {draft["outcome"] for draft in shown["drafts"]} >= {"passed", "in_touch", "not_this_time"}
    assert len(bank.said()) == 1
    async with bank.served.hr() as client:
        waiting = (await client.get("/api/v1/messages")).json()["waiting"]
    assert next(item["what"] for item in waiting if item["what"] != "reply") == "result"
    (reminder,) = [notice for notice in shown["notices"] if notice["kind"] == "hr_release_due"]
    assert (reminder["state"], reminder["recipient"]) == ("queued", "zhang")
    assert reminder["wake_at_ms"] - shown["ended_at_ms"] == 480_000


async def test_the_scores_stand_beside_the_words_they_rest_on(bank: Bank, interviewed: Any) -> None:
    scores = (await console(bank, interviewed.applicant_id))["scores"]
    assert len(scores["parts"]) == 3
    quotes = [quote["quote"] for item in scores["competencies"] for quote in item["quotes"]]
    assert any(quote in "我会先询问客户担心什么,了解他的投资目标和风险承受能力" for quote in quotes)


async def test_the_result_goes_out_when_hr_lets_it_and_only_once(bank: Bank, interviewed: Any, problem: Any) -> None:
    path = f"/api/v1/interviews/{interviewed.interview_id}/release"
    async with bank.served.hr() as client:
        assert (await client.post(path, json={"outcome": "passed", "hours": 24})).status_code == 201
        problem(await client.post(path, json={"outcome": "not_this_time"}), 409, "released_before")
        problem(await client.post(path, json={"outcome": "rejected"}), 400, "request_invalid")
    await bank.until(lambda: len(bank.said()) == 2)
    assert "恭喜您通过了" in bank.said()[1]
    assert "招聘同事会在24小时内联系您" in bank.said()[1]
    shown = await console(bank, interviewed.applicant_id)
    (promise,) = shown["promises"]
    assert promise["state"] == "open"
    assert promise["due_at_ms"] - promise["made_at_ms"] == 24 * 3_600_000
    reminders = [notice["state"] for notice in shown["notices"] if notice["kind"] == "hr_release_due"]
    assert reminders == ["cancelled"]


async def test_a_reply_lands_in_the_file_once_and_opens_the_window_anew(bank: Bank, interviewed: Any) -> None:
    await bank.writes("我理解了,我会加强团队协作的准备")
    again = await bank.callback("kf0")  # WeCom repeats itself: the fetch finds nothing new
    assert again.text == ""
    texts: list[str] = []
    async with asyncio.timeout(20):
        while len(texts) < 2:  # what was said is fetched after WeCom has its answer
            await asyncio.sleep(0.02)
            shown = await console(bank, interviewed.applicant_id)
            texts = [item["text"] for item in shown["conversation"]]
    assert texts == ["开始", "我理解了,我会加强团队协作的准备"]
    assert shown["channels"]["kefu_left"] == 5
    assert shown["channels"]["first"] == "kefu"


async def test_hr_answers_and_the_promise_is_kept(bank: Bank, interviewed: Any) -> None:
    async with bank.served.hr() as client:
        sent = await client.post(
            f"/api/v1/messages/{interviewed.applicant_id}", json={"text": "您好，我是招聘同事小张。"}
        )
    assert sent.status_code == 201
    await bank.until(lambda: "您好，我是招聘同事小张。" in bank.said())
    shown = await console(bank, interviewed.applicant_id)
    assert (shown["promises"][0]["state"], shown["promises"][0]["kept_by"]) == ("kept", "admin")
    readers = {item["text"]: item["read_by"] for item in shown["conversation"]}
    assert readers == {"开始": "viva", "我理解了,我会加强团队协作的准备": "admin"}


async def test_a_wish_to_leave_is_a_hint_to_hr_and_nothing_else(bank: Bank, interviewed: Any) -> None:
    await bank.writes("我想放弃这次面试了")
    await bank.until(lambda: [one for one in bank.books.delivered if one.to == "zhang"])
    card = bank.books.delivered[-1].body["textcard"]
    assert "可能想退出应聘" in card["description"]
    assert card["url"].endswith(f"open={interviewed.applicant_id}")
    shown = await console(bank, interviewed.applicant_id)
    assert shown["conversation"][-1]["intent"] == "withdraw"
    assert shown["offers"] == []


async def test_from_i_accept_to_the_employee_record(bank: Bank, interviewed: Any, problem: Any) -> None:
    async with bank.served.hr() as client:
        path = f"/api/v1/messages/{interviewed.applicant_id}/offers"
        wanted = {"contact": "小张 010-1234", "notes": {"medical_check": "请于周五前往市一医院。"}}
        offer = (await client.post(path, json=wanted)).json()
        problem(await client.post(path, json=wanted), 409, "offer_open")
        offers = f"/api/v1/offers/{offer['id']}"
        problem(await client.post(offers, json={"happening": "step_done"}), 409, "offer_step_not_possible")
        problem(await client.post(offers, json={"happening": "said_yes"}), 400, "request_invalid")
        await bank.until(lambda: any("我接受offer" in said for said in bank.said()))
        await bank.writes("我接受offer")
        await bank.until(lambda: "msgmenu" in bank.books.conversations[PERSON].got[-1])
        menu = bank.books.conversations[PERSON].got[-1]["msgmenu"]
        assert (await console(bank, interviewed.applicant_id))["offers"][0]["state"] == "confirming"
        await bank.writes(menu["list"][0]["click"]["content"], menu["list"][0]["click"]["id"])
        await bank.until(lambda: any("请于周五前往市一医院" in said for said in bank.said()))
        for state in ("contract", "record_entry", "done"):
            moved = await client.post(offers, json={"happening": "step_done"})
            assert moved.json()["state"] == state
    shown = await console(bank, interviewed.applicant_id)
    assert shown["offers"][0]["days"] is not None
    kinds = {notice["kind"] for notice in shown["notices"]}
    assert {"offer", "offer_confirm", "offer_accepted", "step_contract", "step_record_entry", "welcome"} <= kinds


async def test_all_of_it_is_in_the_persons_record(bank: Bank, interviewed: Any) -> None:
    from ehr_bridge.records import records

    async def read() -> list[Any]:
        async with bank.served.house.engine.connect() as store:
            return [one for _, one in await records(store)]

    found = bank.served.inside(read())
    by_kind: dict[str, list[Any]] = {}
    for one in found:
        by_kind.setdefault(one.kind, []).append(one.body)
    assert by_kind["offer"][0].state == "accepted"
    assert [step.state for step in by_kind["onboarding"][0].steps] == ["done"] * 3
    said = {(body.direction, body.text) for body in by_kind["interaction"]}
    assert ("from_person", "我接受offer") in said
    assert ("to_person", "您好，我是招聘同事小张。") in said


async def test_who_never_wrote_is_told_by_sms_and_without_a_report_by_mail(bank: Bank) -> None:
    async with bank.served.hr() as client:
        person = {"name": "李雷", "email": "li@example.com", "phone": "13900000000"}
        applicant = (await client.post("/api/v1/applicants", json=person)).json()
        wanted = {"applicant_id": applicant["id"], "position_id": "client_manager", "language": "zh"}
        assert (await client.post("/api/v1/invitations", json=wanted)).status_code == 201
        await client.post(f"/api/v1/messages/{applicant['id']}/offers", json={})
    await bank.until(lambda: bank.gateway.taken)
    (message_id,) = bank.gateway.taken
    body, headers = bank.gateway.report(message_id)
    async with bank.served.client() as client:
        refused = await client.post("/api/v1/callbacks/sms", content=body, headers=headers | {"X-Sms-Signature": "x"})
        assert refused.status_code == 403
        assert (await client.post("/api/v1/callbacks/sms", content=body, headers=headers)).status_code == 204
    await bank.until(lambda: bank.mailbox.mails)
    shown = await console(bank, applicant["id"])
    happened = [(step["channel"], step["happening"]) for step in shown["notices"][0]["steps"]]
    assert ("sms", "failed") in happened
    assert happened[-1] == ("email", "delivered")


async def test_an_overdue_promise_rings_and_a_press_on_its_card_keeps_it(bank: Bank, interviewed: Any) -> None:
    from ehr_bridge.notices import book, promises

    notice_id = book.id_of(f"progress:{interviewed.interview_id}")

    async def promise_in_the_past() -> None:
        async with bank.served.house.engine.begin() as store:
            start = now_ms() - 13 * 3_600_000
            await promises.make(store, notice_id, interviewed.applicant_id, interviewed.interview_id, 12, start)

    bank.served.inside(promise_in_the_past())
    bank.look()
    async with bank.served.hr() as client:
        assert (await client.get("/api/v1/messages")).json()["waiting"][0]["what"] == "promise_overdue"
    await bank.until(lambda: bank.books.cards)
    (card,) = [item.body["template_card"] for item in bank.books.delivered if "template_card" in item.body]
    assert card["main_title"]["title"] == "您答应的联系已超时"
    code = next(iter(bank.books.cards))
    pressed = {"Event": "template_card_event", "TaskId": card["task_id"], "EventKey": "kept", "ResponseCode": code}
    await bank.event(FromUserName="stranger", **pressed)
    assert (await console(bank, interviewed.applicant_id))["promises"][0]["state"] == "overdue"
    await bank.event(FromUserName="zhang", **pressed)
    await bank.until(lambda: bank.books.settled)
    assert bank.books.settled[0]["button"]["replace_name"] == "已记录 / noted"
    first = (await console(bank, interviewed.applicant_id))["promises"][0]
    assert (first["state"], first["kept_by"]) == ("kept", "zhang")
    assert first["late_ms"] > 0


NOTICED = """
  - id: certified
    event: resume.read
    when: ['"CPA" in certificates']
    then: notify
    say: {zh: 持有 CPA，请留意。, en: Holds a CPA.}
"""


async def test_who_is_invited_by_the_rules_gets_the_link_in_their_language(bank: Bank) -> None:
    before = len(bank.mailbox.mails)
    async with bank.served.hr() as hr:
        rules = default_rules().replace("mode: hr_confirms", "mode: auto_advance") + NOTICED.lstrip("\n")
        assert (await hr.post("/api/v1/rules", json={"yaml": rules})).status_code == 201
        try:
            person = {"email": "grace@example.com", "text": "Grace 顾 · Certified public accountant, master of finance"}
            done = await suggested(hr, await read(bank.served, "Grace", *CERTIFIED, **person), "done")
        finally:
            await hr.post("/api/v1/rules", json={"yaml": default_rules()})
    assert {each["effect"] for each in done} == {"invite", "notify", "tag"}
    await bank.until(lambda: len(bank.mailbox.mails) > before)
    applicant_id = done[0]["applicant_id"]
    notices = {each["kind"]: each for each in (await console(bank, applicant_id))["notices"]}
    assert notices.keys() == {"invite", "hr_noticed"}
    assert notices["invite"]["body"].startswith("Hello Grace, ")
    link = notices["invite"]["body"].partition("/i/")[2].split()[0]
    async with bank.served.client() as client:
        assert (await client.post("/api/v1/join", json={"link": link})).status_code == 200

    def told() -> list[str]:
        return [text for item in bank.books.delivered if "提请您关注Grace" in (text := str(item.body))]

    await bank.until(told)
    assert len(told()) == 1
    assert "/hr?area=suggestions&open=done" in told()[0]
    assert "CPA" not in told()[0]


async def test_an_invitation_holds_whose_notice_cannot_be_written(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    office = bank.served.house.correspondence
    monkeypatch.setattr(office, "settings", replace(office.settings, public_url=f"https://{'x' * 200}.example"))
    invited = await bank.served.invite()

    async def tell() -> None:
        async with office.engine.begin() as store:
            invitation = await interviews.find_invitation(store, invited.invitation_id)
            assert invitation is not None
            await office.invited(store, invitation)

    bank.served.inside(tell())
    assert f"invitation {invited.invitation_id} is not sent: {{link}}: " in caplog.text
    assert (await console(bank, invited.applicant_id))["notices"] == []


async def test_one_click_ends_the_mails(bank: Bank) -> None:
    from email import message_from_bytes, policy

    mail = message_from_bytes(bank.mailbox.mails[-1], policy=policy.default)
    link = str(mail["List-Unsubscribe"])[1:-1]
    async with bank.served.client() as client:
        asked = await client.get(link)
        assert "<form" in asked.text
        done = await client.post(link, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
        assert (await client.post(link[:-4] + "xxxx")).status_code == 404


async def test_candidates_choose_their_channels(bank: Bank, problem: Any) -> None:
    invited = await bank.served.invite()
    joined = await invited.join()
    path = f"/api/v1/interviews/{invited.interview_id}/contact"
    async with bank.served.client(joined["session_token"]) as client:
        assert (await client.get(path)).json()["first"] == "email"
        chosen = (await client.put(path, json={"channel": "email", "allowed": False})).json()
        assert (chosen["first"], chosen["said_no"]) == (None, ["email"])
        assert (await client.put(path, json={"channel": "email", "allowed": True})).json()["first"] == "email"
        problem(await client.put(path, json={"channel": "pigeon", "allowed": True}), 400, "request_invalid")


async def test_a_grant_from_the_mini_program_opens_the_channel(bank: Bank, problem: Any) -> None:
    from server.administration import add_api_key

    invited = await bank.served.invite()
    joined = await invited.join()
    async with bank.served.client(joined["session_token"]) as client:
        contact = (await client.get(f"/api/v1/interviews/{invited.interview_id}/contact")).json()
    grant = {"code": contact["kefu_link"].partition("scene_param=")[2], "openid": "o1", "grants": 2}
    key = await add_api_key(bank.served.settings, "mini-program", ("contacts:write",))
    async with bank.served.client(key) as client:
        assert (await client.post("/api/v1/subscriptions", json=grant)).status_code == 204
        problem(await client.post("/api/v1/subscriptions", json=grant | {"code": "x"}), 404, "applicant_unknown")
        problem(await client.post("/api/v1/subscriptions", json=grant | {"grants": 0}), 400, "request_invalid")
    closed = (await console(bank, invited.applicant_id))["channels"]["closed"]
    assert closed["subscription"] == "not_set_up"  # granted, and this installation has no template


async def test_wecom_may_check_this_address_and_nobody_else(bank: Bank, problem: Any) -> None:
    sealed, stamp = encrypt(CALLBACK, b"1616140317555161061", b"0123456789abcdef"), str(now_ms() // 1000)
    query = {
        "msg_signature": signature("QDG6eK", stamp, "n", sealed),
        "timestamp": stamp,
        "nonce": "n",
        "echostr": sealed,
    }
    async with bank.served.client() as client:
        assert (await client.get("/api/v1/callbacks/wecom", params=query)).text == "1616140317555161061"
        problem(await client.get("/api/v1/callbacks/wecom", params=query | {"nonce": "x"}), 403, "callback_refused")
        problem(await client.get("/api/v1/callbacks/wecom", params=query | {"timestamp": "1"}), 403, "callback_refused")
        problem(await client.post("/api/v1/callbacks/wecom", params=query, content=b"<x/>"), 403, "callback_refused")


async def test_hr_signs_in_through_wecom(bank: Bank, problem: Any) -> None:
    from server.administration import put_user

    await put_user(bank.served.settings, "zhang", "correct horse battery", ("hr",), "bj")
    async with bank.served.client() as client:
        assert (await client.get("/api/v1/sign-in")).json()["wecom"] is True
        begun = await client.get("/api/v1/sign-in/wecom")
        assert begun.status_code == 302
        state = begun.headers["location"].partition("state=")[2].partition("&")[0]
        bank.books.sign_in("code1", {"userid": "Zhang"}, now_ms())
        forged = await client.post("/api/v1/sign-in/wecom", json={"code": "code1", "state": "x" * 32})
        problem(forged, 401, "sign_in_failed")
        signed_in = await client.post("/api/v1/sign-in/wecom", json={"code": "code1", "state": state})
        assert signed_in.json()["user"]["name"] == "zhang"
        me = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {signed_in.json()['token']}"})
        assert me.json()["name"] == "zhang"
        problem(
            await client.post("/api/v1/sign-in/wecom", json={"code": "code1", "state": state}), 401, "sign_in_failed"
        )


async def test_an_outsider_is_not_signed_in(bank: Bank, problem: Any) -> None:
    async with bank.served.client() as client:
        begun = await client.get("/api/v1/sign-in/wecom")
        state = begun.headers["location"].partition("state=")[2].partition("&")[0]
        bank.books.sign_in("code2", {"openid": "o1"}, now_ms())
        came = {"code": "code2", "state": state}
        problem(await client.post("/api/v1/sign-in/wecom", json=came), 401, "sign_in_failed")


def test_no_log_line_tells_who_it_was_about(bank: Bank) -> None:
    logged = "\n".join(bank.served.logged)
    assert "notice nt_" in logged
    said = ("韩梅梅", "李雷", "13900000000", "mei@example.com", "li@example.com", "我想放弃", "app-secret", PERSON)
    assert not [word for word in said if word in logged]


def test_the_file_is_checked_before_anything_starts(tmp_path: Path, settings_in: Any) -> None:
    from server.correspondence.settings import configured
    from server.settings import SettingInvalid

    file = tmp_path / "notices.yaml"
    for text, told in (
        ("sms: {url: x, key: plain}", "a secret is named"),
        ("quiet: {zone: Mars/Base}", "no time zone"),
        ("mail: {url: {env: M}, sender: nobody}", "sender"),
        ("wecom: {corp_id: c, agent_id: 1, secret: {env: S}, kefu: {id: k}}", "needs wecom.callback"),
        ("nonsense: 1", "nonsense"),
        ("texts: /nowhere", "no such folder"),
        ("promise_hours: 0", "promise_hours"),
    ):
        file.write_text(text)
        with pytest.raises(SettingInvalid, match=told):
            configured(settings_in(notices=str(file)), {"S": "s", "M": "smtp://h"})
    with pytest.raises(SettingInvalid, match="No such file"):
        configured(settings_in(notices=str(tmp_path / "absent.yaml")), {})


async def test_an_invitation_goes_to_the_candidate_if_hr_wishes(bank: Bank) -> None:
    from email import message_from_bytes, policy

    before = len(bank.mailbox.mails)
    async with bank.served.hr() as client:
        person = {"name": "邀请人选", "email": "invited@example.com"}
        applicant = (await client.post("/api/v1/applicants", json=person)).json()["id"]
        wanted = {"applicant_id": applicant, "position_id": "teller"}
        assert (await client.post("/api/v1/invitations", json=wanted)).json()["sending"] is False
        made = (await client.post("/api/v1/invitations", json={**wanted, "send": True})).json()
    assert made["sending"] is True
    await bank.until(lambda: len(bank.mailbox.mails) > before)
    mail = message_from_bytes(bank.mailbox.mails[-1], policy=policy.default)
    text = mail.get_body(("plain",))
    assert text is not None
    assert made["candidate_link"] in text.get_content().replace("\n", "")
