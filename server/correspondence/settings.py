"""The file of channels (``VIVA_NOTICES``), read once; without it nobody is told anything by Viva."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from ehr_bridge.destinations import SettingsInvalid, convert_with_secrets
from ehr_bridge.notices.cases import Case, CaseInvalid, examples
from ehr_bridge.notices.cases import read_folder as read_cases
from ehr_bridge.notices.senders.mail import mail_server
from ehr_bridge.notices.settings import NONE, NoticeSettings
from ehr_bridge.notices.texts import TextInvalid, Texts, texts
from ehr_bridge.wecom.crypt import CryptError, Secrets
from scoring.yaml_source import YamlBroken, read
from server.settings import SettingInvalid, Settings

EXAMPLE_EMPLOYER = "示范银行"


@dataclass(frozen=True, slots=True)
class Configured:
    """``callback``: None without WeCom's callback."""

    settings: NoticeSettings
    texts: Texts
    cases: tuple[Case, ...]
    callback: Secrets | None


def configured(settings: Settings, environment: Mapping[str, str] = os.environ) -> Configured:
    """Raises ``SettingInvalid`` with what is wrong and where."""
    try:
        found = _read(settings.notices, environment)
        folder = Path(found.texts) if found.texts else None
        cases = read_cases(Path(found.cases)) if found.cases else ()
        if not found.cases and settings.employer_zh == EXAMPLE_EMPLOYER:
            cases = examples()
        return Configured(found, texts(folder), cases, _checked(found))
    except (TextInvalid, CaseInvalid, ValueError) as error:
        raise SettingInvalid("VIVA_NOTICES", str(error)) from None


def _read(file: str, environment: Mapping[str, str]) -> NoticeSettings:
    if not file:
        return NONE
    try:
        source = read(Path(file).read_bytes().decode())
        found = convert_with_secrets(source.data, NoticeSettings, environment)
    except OSError as error:
        raise ValueError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{file}: not UTF-8") from None
    except YamlBroken as broken:
        raise ValueError(f"{file}, line {broken.line}: {broken.problem}") from None
    except SettingsInvalid as invalid:
        where = ".".join(map(str, invalid.where))
        raise ValueError(f"{file}, {where or 'the whole'}: {invalid.problem}") from None
    assert isinstance(found, NoticeSettings)
    return found


def _checked(found: NoticeSettings) -> Secrets | None:
    """Raises ``ValueError`` for what could never work."""
    try:
        ZoneInfo(found.quiet.zone)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"quiet.zone: there is no time zone {found.quiet.zone!r}") from None
    if found.mail is not None:
        try:
            mail_server(found.mail.url, found.mail.sender, found.mail.ca_file)
        except ValueError as error:
            raise ValueError(f"mail: {error}") from None
    if found.wecom is None or found.wecom.callback is None:
        if found.wecom is not None and found.wecom.kefu is not None:
            raise ValueError("wecom.kefu needs wecom.callback: without it nobody's reply would be heard")
        return None
    try:
        return Secrets(found.wecom.callback.token, found.wecom.callback.aes_key, found.wecom.corp_id)
    except CryptError as error:
        raise ValueError(f"wecom.callback.aes_key: {error}") from None
