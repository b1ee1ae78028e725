"""The README's first command, as a stranger runs it, without its set-up: every step has to hold."""

import asyncio
import os
import re
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
    text = await viva(environment, "demo", "--once", "--port", "0", "--data-dir", str(tmp_path / "demo"))
    assert "✗" not in text
    assert "memorised demo sentences only" in text

    told = re.search(r"viva admin media export (\S+) FOLDER --data-dir (\S+)", text)
    assert told, text
    await viva(environment, "admin", "media", "export", told[1], str(tmp_path / "files"), "--data-dir", told[2])
    (pdf,) = (tmp_path / "files").rglob("report.pdf")
    assert pdf.read_bytes().startswith(b"%PDF")
    assert len(list((tmp_path / "files").rglob("*.webm"))) == 3


async def viva(environment: dict[str, str], *words: str) -> str:
    """What the command printed; it has to succeed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", *words),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()
