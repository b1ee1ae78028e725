"""Position models as rows: the YAML is what is stored, so that a report can always be scored again with it."""

from realtime.protocol.text import Bilingual
from scoring.position_model import PositionModel
from scoring.positions import BUILTIN
from server.clock import wall_ms
from server.store.interviews import PositionRow


def builtin_source(position_id: str) -> str:
    return (BUILTIN / f"{position_id}.yaml").read_text(encoding="utf-8")


def position_row(model: PositionModel, source: str) -> PositionRow:
    title = Bilingual(zh=model.title.zh, en=model.title.en)
    return PositionRow(model.id, model.version, title, source, wall_ms())
