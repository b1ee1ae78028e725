"""The competency library: each competency once, in both languages, for every position that picks it.

One file each in ``scoring/positions/competencies``. A competency has a version of its own; a position names the
competencies that it uses, and its resolved form holds them in full, so that a stored position never changes under it.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import msgspec

from scoring.lint.competency import check_competency
from scoring.lint.flaw import Flaw, Flaws, flaw_at
from scoring.lint.position import check_identity
from scoring.lint.shape import shape
from scoring.position_model import Competency, CompetencyFile
from scoring.yaml_source import Source, YamlBroken, read

FOLDER = Path(__file__).parent / "positions" / "competencies"


@lru_cache(maxsize=1)
def library() -> Mapping[str, CompetencyFile]:
    """By id. Read once; what a test has checked is not checked again at every start."""
    read_in = (
        msgspec.convert(read(path.read_text(encoding="utf-8")).data, CompetencyFile)
        for path in sorted(FOLDER.glob("*.yaml"))
    )
    return MappingProxyType({competency.id: competency for competency in read_in})


def weighted(competency: CompetencyFile, weight: float) -> Competency:
    """A competency of the library as part of a position."""
    fields = {name: getattr(competency, name) for name in CompetencyFile.__struct_fields__}
    return Competency(weight=weight, **fields)


def examine_competency(text: str, file: str) -> tuple[CompetencyFile | None, tuple[Flaw, ...]]:
    """The competency in a file of the library, if it has the shape of one, and all that is wrong with it."""
    try:
        source = read(text)
    except YamlBroken as broken:
        return None, (flaw_at(file, broken.line, "yaml", broken.problem),)
    return _examined(source, file)


def _examined(source: Source, file: str) -> tuple[CompetencyFile | None, tuple[Flaw, ...]]:
    flaws = Flaws(file, source)
    for path in source.repeated:
        flaws.add(path, "key_repeated", f"`{path[-1]}` is given twice")
    shape(source.data, CompetencyFile, (), flaws)
    if flaws.errors:
        return None, flaws.in_order()
    competency = msgspec.convert(source.data, CompetencyFile)
    check_identity(competency.id, competency.version, flaws)
    check_competency(competency, (), flaws)
    return competency, flaws.in_order()
