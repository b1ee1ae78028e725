"""The mappings of this installation: those that come with Viva, and those of the operator's folder."""

from pathlib import Path

from ehr_bridge import mapping as room
from ehr_bridge.mapping.files import MappingInvalid, load_all
from ehr_bridge.mapping.model import Mapping
from server.settings import SettingInvalid, Settings

PRESETS = Path(room.__file__).parent / "presets"


def mappings_of(settings: Settings) -> dict[str, Mapping]:
    """By name. Raises ``SettingInvalid`` with every flaw of every file."""
    folder = Path(settings.mappings) if settings.mappings else None
    if folder is not None and not folder.is_dir():
        raise SettingInvalid("VIVA_MAPPINGS", f"{folder} is no folder")
    try:
        return load_all([PRESETS, *([folder] if folder else [])])
    except MappingInvalid as error:
        raise SettingInvalid("VIVA_MAPPINGS", f"files have flaws\n{error}") from None
