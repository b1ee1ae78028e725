"""The house's rule about who may import whom, read from the source."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("server", "realtime", "scoring", "ehr_bridge", "loadtest")

ALLOWED = {
    "server": {"server", "realtime", "scoring", "ehr_bridge"},
    "realtime": {"realtime"},
    "scoring": {"scoring"},
    "ehr_bridge": {"ehr_bridge", "scoring.report", "scoring.yaml_source"},
    "loadtest": {"loadtest", "realtime.protocol"},
}
EXCEPTIONS = {
    # The command line offers the load tester and the demo; it knows nothing of how they work.
    "server/cli.py": {"loadtest.command", "loadtest.demo"},
}
# A third party stays in its room.
THIRD_PARTIES = {
    "aiortc": ("realtime/media/", "loadtest/"),
    "aioice": ("realtime/media/", "loadtest/"),
    "starlette": ("server/",),
    "uvicorn": ("server/",),
    "ctranslate2": ("realtime/inference/",),
    "faster_whisper": ("realtime/inference/",),
    "onnxruntime": ("realtime/inference/", "scoring/outside/embedding.py"),
    "ai_edge_litert": ("realtime/inference/",),
    "torch": ("realtime/inference/",),
    "mediapipe": ("realtime/inference/",),
    "redis": ("realtime/inference/", "realtime/live/redis_leases.py"),
    "obstore": ("realtime/media/s3_objects.py",),
    "sqlalchemy": ("server/", "ehr_bridge/"),
    "dbos": ("ehr_bridge/durable.py",),
    "pypdfium2": ("ehr_bridge/resume/pdf.py",),
    "docx": ("ehr_bridge/resume/word.py",),
    "rule_engine": ("ehr_bridge/rules/condition.py",),
    "rapidocr": ("ehr_bridge/resume/scan.py",),
}
CORE = ("realtime/interview/", "realtime/perception/", "scoring/analysis/")
NOT_IN_CORE = {"asyncio", "socket", "threading", "time", "random"}

FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports, at any depth. ``from a import b`` gives ``a.b``."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_directions(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    allowed = ALLOWED[name.split("/")[0]] | EXCEPTIONS.get(name, set())
    for imported in imports(path):
        if imported.split(".")[0] in ROOMS:
            assert any((imported + ".").startswith(prefix + ".") for prefix in allowed), f"{name} imports {imported}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_third_parties_stay_in_their_room(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    for imported in imports(path):
        homes = THIRD_PARTIES.get(imported.split(".")[0])
        assert homes is None or name.startswith(homes), f"{name} imports {imported}, which belongs in {homes}"


@pytest.mark.parametrize(
    "path", [path for path in FILES if str(path.relative_to(ROOT)).startswith(CORE)], ids=lambda path: path.name
)
def test_the_core_reads_no_clock_and_opens_nothing(path: Path) -> None:
    used = {imported.split(".")[0] for imported in imports(path)} & NOT_IN_CORE
    assert not used, f"{path.relative_to(ROOT)} imports {used}: pure core, time is an argument"
