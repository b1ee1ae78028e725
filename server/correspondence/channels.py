"""The channels of this installation, built from its file: what is not written there does not exist."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from ehr_bridge.egress import Egress
from ehr_bridge.notices.channels import Channel
from ehr_bridge.notices.member_book import MemberBook
from ehr_bridge.notices.sender import Sender
from ehr_bridge.notices.senders.mail import MailSender, mail_server
from ehr_bridge.notices.senders.sms import SmsGateway, SmsSender
from ehr_bridge.notices.senders.subscription import SubscriptionSender, Template
from ehr_bridge.notices.senders.wecom import KefuSender, MemberSender
from ehr_bridge.notices.settings import NoticeSettings, Subscription, WeCom
from ehr_bridge.wecom.client import MINI_PROGRAM, App, Caller
from ehr_bridge.wecom.kefu_desk import Desk
from ehr_bridge.wecom.limits import ADDRESS, Windows
from ehr_bridge.wecom.office import Office
from server.clock import wall_ms


@dataclass(frozen=True, slots=True)
class Channels:
    senders: Mapping[Channel, Sender]
    office: Office | None
    desk: Desk | None


def build(settings: NoticeSettings, engine: AsyncEngine, egress: Egress) -> Channels:
    senders: dict[Channel, Sender] = {}
    office: Office | None = None
    desk: Desk | None = None
    if settings.wecom is not None:
        address = Windows(ADDRESS)
        office = Office(_caller(settings.wecom, egress, address), MemberBook(engine))
        desk = _desk(settings.wecom, egress, address)
        senders["member"] = MemberSender(office)
    if desk is not None:
        senders["kefu"] = KefuSender(desk)
    if settings.subscription is not None:
        senders["subscription"] = _subscription(settings.subscription, egress)
    if settings.sms is not None:
        senders["sms"] = SmsSender(SmsGateway(settings.sms.url, settings.sms.key), egress)
    if settings.mail is not None:
        server = mail_server(settings.mail.url, settings.mail.sender, settings.mail.ca_file)
        senders["email"] = MailSender(server, wall_ms)
    return Channels(senders, office, desk)


def _caller(wecom: WeCom, egress: Egress, address: Windows, secret: str = "") -> Caller:
    app = App(wecom.corp_id, secret or wecom.secret, wecom.agent_id, wecom.url.rstrip("/"))
    return Caller(app, egress, wall_ms, address=address)


def _desk(wecom: WeCom, egress: Egress, address: Windows) -> Desk | None:
    if wecom.kefu is None:
        return None
    return Desk(_caller(wecom, egress, address, wecom.kefu.secret or ""), wecom.kefu.id)


def _subscription(settings: Subscription, egress: Egress) -> SubscriptionSender:
    app = App(settings.app_id, settings.secret, 0, settings.url.rstrip("/"), MINI_PROGRAM)
    template = Template(settings.template_id, settings.fields, settings.page)
    return SubscriptionSender(Caller(app, egress, wall_ms), template)
