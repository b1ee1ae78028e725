"""E-mail by SMTP (RFC 5321), with STARTTLS unless the setting says otherwise.

A message in both languages, the person's first, as text and as HTML (RFC 2046). ``Message-ID`` follows from the
notice: SMTP has no way to ask whether a message arrived, so after a lost answer it goes again under the same id, and
a reader may see it twice. Automatic mails to candidates can be switched off with one click (RFC 8058).
"""

import asyncio
import html
import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Literal
from urllib.parse import unquote, urlsplit

from ehr_bridge.notices.ladder import AnswerLost, Refused, Taken
from ehr_bridge.notices.sender import Answered, Outgoing
from ehr_bridge.notices.texts import Rendered

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
"""ASCII addresses without quoted parts: no line break, comma or bracket can get into a header."""
TIMEOUT_S = 20.0
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """``tls``: starttls (asked for, and required), always (from the first byte), or none."""

    host: str
    port: int
    sender: str
    tls: Literal["starttls", "always", "none"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""


def mail_server(url: str, sender: str, ca_file: str = "") -> MailServer:
    """From ``smtp+starttls://user:password@host:587``, ``smtps://…`` or ``smtp://…``. Raises ``ValueError``."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("must be smtp+starttls://host:587, smtps://host or smtp://host")
    if not ADDRESS.fullmatch(sender):
        raise ValueError("the sender must be an address such as jobs@bank.example")
    tls: Literal["starttls", "always", "none"] = "none"
    if parts.scheme != "smtp":
        tls = "always" if parts.scheme == "smtps" else "starttls"
    if parts.username and tls == "none":
        raise ValueError("a password is not sent over smtp://; use smtp+starttls://")
    port = parts.port or PORTS[parts.scheme]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(parts.hostname, port, sender, tls, user, password, ca_file)


class MailSender:
    def __init__(self, server: MailServer, now_ms: Callable[[], int]) -> None:
        self._server = server
        self._now_ms = now_ms

    def fits(self, words: Rendered) -> bool:
        return bool(words.body)

    async def send(self, item: Outgoing) -> Answered:
        if not ADDRESS.fullmatch(item.to.email):
            return Refused("address_invalid")
        message = compose(self._server, item, self._now_ms())
        # In a thread: the standard library's client blocks, and live interviews share this loop.
        return await asyncio.to_thread(_deliver, self._server, item.to.email, message)


class _LinksWhole(EmailPolicy):
    """Folding writes a long link as encoded words (RFC 2047), which no mail program presses: RFC 2369, section 2, wants
    it in angle brackets as it is. A line may have 998 characters (RFC 5322, section 2.1.1)."""

    def fold(self, name: str, value: str) -> str:
        if name == "List-Unsubscribe":
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        if name == "List-Unsubscribe":
            return self.fold(name, value).encode("ascii")
        return bytes(super().fold_binary(name, value))


def compose(server: MailServer, item: Outgoing, now_ms: int) -> EmailMessage:
    message = EmailMessage(_LinksWhole())
    message["From"] = server.sender
    message["To"] = item.to.email
    message["Subject"] = _one_line(f"{item.words.title} | {item.other.title}")
    message["Date"] = format_datetime(datetime.fromtimestamp(now_ms / 1000, UTC))
    message["Message-ID"] = f"<{item.notice_id}@{server.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notes in answer
    message["Content-Language"] = item.language
    if item.stop_link:
        message["List-Unsubscribe"] = f"<{item.stop_link}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content("\n\n— — —\n\n".join((item.words.body, item.other.body, *_foot(item))) + "\n")
    message.add_alternative(_page(item), subtype="html")
    return message


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _foot(item: Outgoing) -> list[str]:
    if not item.stop_link:
        return []
    return [f"不想再收到这类邮件 / To stop these e-mails: {item.stop_link}"]


def _page(item: Outgoing) -> str:
    other = "en" if item.language == "zh" else "zh"
    parts = [f'<div lang="{language}">{_paragraphs(body)}</div>' for language, body in
             ((item.language, item.words.body), (other, item.other.body))]  # fmt: skip
    foot = "".join(f"<p><small>{_linked(line)}</small></p>" for line in _foot(item))
    style = "font:16px/1.6 sans-serif;max-width:36em"
    return f'<!doctype html><html lang="{item.language}"><body style="{style}">{"<hr>".join(parts)}{foot}</body></html>'


def _paragraphs(body: str) -> str:
    return "".join(f"<p>{_linked(part)}</p>" for part in body.split("\n\n"))


def _linked(text: str) -> str:
    safe = html.escape(text).replace("\n", "<br>")
    return re.sub(r"https?://[^\s<，。；]+", lambda found: f'<a href="{found.group()}">{found.group()}</a>', safe)


def _deliver(server: MailServer, to: str, message: EmailMessage) -> Answered:
    handed_over = taken = False
    try:
        with _connected(server) as client:
            if server.user:
                client.login(server.user, server.password)
            handed_over = True
            client.send_message(message, server.sender, [to])
            taken = True
    except smtplib.SMTPRecipientsRefused as refused:
        return _by_code(next(iter(refused.recipients.values()))[0], "recipient")
    except smtplib.SMTPAuthenticationError:
        return Refused("smtp_sign_in", 300_000)
    except smtplib.SMTPNotSupportedError:
        return Refused("smtp_no_starttls", 300_000)
    except smtplib.SMTPResponseException as told:
        return _by_code(told.smtp_code, "server")
    except ssl.SSLError:
        return Refused("smtp_certificate", 300_000)
    except (OSError, smtplib.SMTPException):
        if taken:  # only the farewell failed
            return Taken()
        # Between the last dot and the answer nobody can know.
        return AnswerLost("smtp_cut_off") if handed_over else Refused("smtp_unreachable", 60_000)
    return Taken()


def _by_code(code: int, who: str) -> Answered:
    """RFC 5321, 4.2.1: 4yz may succeed later, 5yz never."""
    return Refused(f"smtp_{who}_{code}", 300_000 if code < 500 else None)


def _connected(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=server.ca_file or None)
    if server.tls == "always":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
    client = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        if server.tls == "starttls":
            client.starttls(context=context)  # raises where it is not offered: nothing is ever sent without
    except BaseException:
        client.close()
        raise
    return client
