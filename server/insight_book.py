"""The employer's own courses, thresholds and hints, or what comes with Viva."""

from pathlib import Path

from ehr_bridge.insight.book import Book, BookInvalid, load
from server.settings import SettingInvalid, Settings


def insight_book(settings: Settings) -> Book:
    """Raises ``SettingInvalid``."""
    try:
        return load(Path(settings.insight) if settings.insight else None)
    except (BookInvalid, OSError, UnicodeDecodeError) as error:
        raise SettingInvalid("VIVA_INSIGHT", str(error)) from None
