"""Position models as rows: YAML that needs no library is stored, so that a report can always be scored again."""

from realtime.protocol.text import Bilingual
from scoring.position_model import PositionModel
from scoring.positions import self_contained
from server.clock import wall_ms
from server.store.interviews import PositionRow


def position_row(model: PositionModel, source: str | None = None) -> PositionRow:
    """``source``: the author's own text, where it needs no library."""
    title = Bilingual(zh=model.title.zh, en=model.title.en)
    return PositionRow(model.id, model.version, title, source or self_contained(model), wall_ms())
