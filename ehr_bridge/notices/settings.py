"""Which channels there are, as an operator writes it down (docs/reference/notices.md). Pure; secrets are named."""

from datetime import time
from typing import Annotated

import msgspec

from ehr_bridge.adapters.adapter import Secret
from ehr_bridge.notices.reach import QuietHours
from ehr_bridge.wecom.client import BASE_URL


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Kefu(_Written, frozen=True):
    """``id``: open_kfid. ``link``: what 获取客服账号链接 gave. ``secret``: of 微信客服, if not the app's."""

    id: str
    link: str = ""
    secret: Secret | None = None


class Callback(_Written, frozen=True):
    token: Secret
    aes_key: Secret


class WeCom(_Written, frozen=True):
    corp_id: str
    agent_id: int
    secret: Secret
    kefu: Kefu | None = None
    callback: Callback | None = None
    sign_in: bool = False
    url: str = BASE_URL


class Subscription(_Written, frozen=True):
    """A mini-program's template. ``fields``: its field → title, employer, or fixed words."""

    app_id: str
    secret: Secret
    template_id: str
    fields: dict[str, str]
    page: str = ""
    url: str = "https://api.weixin.qq.com"


class Sms(_Written, frozen=True):
    url: str
    key: Secret


class Mail(_Written, frozen=True):
    url: Secret
    sender: str
    ca_file: str = ""


class Staff(_Written, frozen=True):
    """Who hears of what HR must do. ``members``: UserIDs in WeCom."""

    members: tuple[str, ...] = ()
    email: str = ""


class Quiet(_Written, frozen=True):
    start: Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "22:00"
    end: Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "08:00"
    zone: str = "Asia/Shanghai"

    def hours(self) -> QuietHours:
        return QuietHours(time.fromisoformat(self.start), time.fromisoformat(self.end), self.zone)


class NoticeSettings(_Written, frozen=True):
    """``result_minutes``: by when after the end a result is expected. ``culture_score``: at or below it, HR may send
    what the employer values with a story of its own. ``texts``, ``cases``: folders of the employer's."""

    wecom: WeCom | None = None
    subscription: Subscription | None = None
    sms: Sms | None = None
    mail: Mail | None = None
    staff: Staff = Staff()
    quiet: Quiet = Quiet()
    result_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 10
    promise_hours: Annotated[int, msgspec.Meta(ge=1, le=168)] = 24
    offer_days: Annotated[int, msgspec.Meta(ge=1, le=60)] = 7
    culture_score: Annotated[float, msgspec.Meta(ge=0, le=100)] = 60.0
    contact: str = ""
    texts: str = ""
    cases: str = ""


NONE = NoticeSettings()
