"""The README's first command, as a stranger runs it, without its set-up: every step has to hold."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ROOT = Path(__file__).parent.parent.parent


async def test_every_step_of_the_demo_holds(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIVA_")}
    environment |= {
        "VIVA_SPEECH_MODEL": "fixture",
        "VIVA_MEDIA_ADDRESSES": "127.0.0.1",
        "VIVA_MODELS_DIR": str(ROOT / "var" / "models"),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "demo", "--once", "--port", "0", "--data-dir", str(tmp_path / "demo")),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    text = output.decode()
    assert process.returncode == 0, text
    assert "✗" not in text
    assert "memorised demo sentences only" in text
    assert len(list((tmp_path / "demo" / "reports").glob("*/report.pdf"))) == 1
