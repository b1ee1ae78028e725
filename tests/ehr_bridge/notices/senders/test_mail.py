"""Against a real SMTP server on a socket, with STARTTLS and a certificate of its own."""

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ehr_bridge.notices.ladder import AnswerLost, Refused, Taken
from ehr_bridge.notices.reach import Contact
from ehr_bridge.notices.sender import Outgoing
from ehr_bridge.notices.senders.mail import ADDRESS, MailSender, MailServer, compose, mail_server
from ehr_bridge.notices.texts import Rendered

ZH = Rendered("您的面试已完成", "王芳，您好！\n\n请看 https://hr.example/x?a=1&b=2", "短")
EN = Rendered("Your interview", "Hello <b>Fang</b>!", "short")
STOP = "https://hr.example/api/v1/stop?t=" + 40 * "aB3-_"  # as long as a signed link is


def item(email: str = "wf@example.com", stop: str = STOP, title: str = ZH.title) -> Outgoing:
    words = Rendered(title, ZH.body, ZH.sms)
    return Outgoing("nt_1", "progress", Contact(email=email), "zh", words, EN, "示范银行", stop_link=stop)


class Kept:
    def __init__(self) -> None:
        self.envelopes: list[Any] = []
        self.encrypted: list[bool] = []
        self.answer = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("nobody"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.envelopes.append(envelope)
        self.encrypted.append(session.ssl is not None)
        return self.answer


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@pytest.fixture(scope="module")
def running(certificate: Path) -> Iterator[tuple[Controller, Kept]]:
    kept = Kept()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    controller = Controller(kept, "127.0.0.1", 0, tls_context=context, require_starttls=True)
    controller.port = _free_port()
    controller.start()
    yield controller, kept
    controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def post(running: tuple[Controller, Kept], certificate: Path) -> tuple[MailSender, Kept]:
    controller, kept = running
    kept.envelopes.clear()
    kept.answer = "250 OK"
    server = MailServer("127.0.0.1", controller.port, "jobs@bank.example", ca_file=str(certificate))
    return MailSender(server, lambda: 1_790_000_000_000), kept


async def test_a_bilingual_mail_arrives_encrypted(post: tuple[MailSender, Kept]) -> None:
    sender, kept = post
    assert await sender.send(item()) == Taken()
    assert kept.encrypted[-1]
    content = kept.envelopes[0].content
    assert f"List-Unsubscribe: <{STOP}>\r\n".encode() in content
    mail = message_from_bytes(content, policy=policy.default)
    assert mail["Subject"] == "您的面试已完成 | Your interview"
    assert mail["Message-ID"] == "<nt_1@bank.example>"
    assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == (f"<{STOP}>", "List-Unsubscribe=One-Click")
    plain, page = (part.get_content() for part in mail.iter_parts())  # type: ignore[attr-defined]
    assert plain.index("王芳") < plain.index("Hello")
    assert "Hello &lt;b&gt;Fang&lt;/b&gt;!" in page
    assert '<a href="https://hr.example/x?a=1&amp;b=2">' in page


async def test_a_mailbox_that_is_not_there_is_final(post: tuple[MailSender, Kept]) -> None:
    assert await post[0].send(item("nobody@example.com")) == Refused("smtp_recipient_550")


async def test_a_busy_server_is_tried_again_later(post: tuple[MailSender, Kept]) -> None:
    sender, kept = post
    kept.answer = "451 later"
    assert await sender.send(item()) == Refused("smtp_server_451", 300_000)


async def test_a_server_whose_certificate_is_not_trusted_gets_nothing(running: tuple[Controller, Kept]) -> None:
    server = MailServer("127.0.0.1", running[0].port, "jobs@bank.example")
    assert await MailSender(server, lambda: 0).send(item()) == Refused("smtp_certificate", 300_000)


async def test_a_server_without_starttls_gets_nothing() -> None:
    kept = Kept()
    controller = Controller(kept, "127.0.0.1", _free_port())
    controller.start()
    try:
        server = MailServer("127.0.0.1", controller.port, "jobs@bank.example")
        assert await MailSender(server, lambda: 0).send(item()) == Refused("smtp_no_starttls", 300_000)
        assert kept.envelopes == []
    finally:
        controller.stop()


async def test_nobody_listening_is_not_a_lost_answer() -> None:
    sent = await MailSender(MailServer("127.0.0.1", _free_port(), "jobs@bank.example"), lambda: 0).send(item())
    assert not isinstance(sent, AnswerLost)
    assert sent == Refused("smtp_unreachable", 60_000)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "no at",
        "a@b@c",
        "a@b\nBcc: x@y.example",
        "a,b@c.example",
        "<a@b.example>",
        "a@-b.example",
        "王@b.example",
        "a @b.c",
    ],
)
async def test_no_address_can_smuggle_a_header(post: tuple[MailSender, Kept], address: str) -> None:
    assert not ADDRESS.fullmatch(address)
    assert await post[0].send(item(address)) == Refused("address_invalid")


def test_a_title_with_line_breaks_is_one_line() -> None:
    made = compose(MailServer("h", 1, "jobs@bank.example"), item(title="a\r\nBcc: x@y.example"), 0)
    assert made["Bcc"] is None
    assert "\n" not in made["Subject"]


def test_what_is_not_theirs_to_stop_has_no_unsubscribe() -> None:
    made = compose(MailServer("h", 1, "jobs@bank.example"), item(stop=""), 0)
    assert made["List-Unsubscribe"] is None


@pytest.mark.parametrize(
    ("url", "tls", "port"),
    [("smtp+starttls://u:p%40@h", "starttls", 587), ("smtps://h", "always", 465), ("smtp://h:2525", "none", 2525)],
)
def test_a_server_by_its_url(url: str, tls: str, port: int) -> None:
    server = mail_server(url, "jobs@bank.example")
    assert (server.tls, server.port) == (tls, port)
    assert "p@" not in repr(server)


@pytest.mark.parametrize(
    ("url", "sender"),
    [("http://h", "a@b.example"), ("smtp://", "a@b.example"), ("smtp://u:p@h", "a@b.example"), ("smtps://h", "nobody")],
)
def test_a_setting_that_cannot_work_is_refused(url: str, sender: str) -> None:
    with pytest.raises(ValueError, match=r"smtp|sender"):
        mail_server(url, sender)
