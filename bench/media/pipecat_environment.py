"""An environment of its own for the peer that needs other versions than we do, made once under ``.cache``."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".cache" / "bench" / "pipecat"
REQUIREMENTS = ("pipecat-ai[webrtc]==1.14.0", "uvloop>=0.21")
INSTALL_WITHIN_S = 600


class PipecatAbsentError(Exception):
    """It cannot be had here; the message says why and what to do."""


def python() -> Path:
    """Its interpreter; makes the environment at the first call. Raises ``PipecatAbsentError``."""
    interpreter, done = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "installed"
    wanted = "\n".join(REQUIREMENTS)
    if done.exists() and done.read_text() == wanted:
        return interpreter
    uv = shutil.which("uv") or next((str(p) for p in (ROOT / ".cache").glob("uv/bin/uv")), None)
    if uv:
        make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable]
        install = [uv, "pip", "install", "--python", str(interpreter)]
    else:
        make, install = [sys.executable, "-m", "venv", "--clear"], [str(interpreter), "-m", "pip", "install"]
    print(f"installing {REQUIREMENTS[0]} into {ENVIRONMENT.relative_to(ROOT)}: some 700 MB, once", flush=True)
    try:
        for command in ([*make, str(ENVIRONMENT)], [*install, "--quiet", *REQUIREMENTS]):
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_WITHIN_S)
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        raise PipecatAbsentError(f"pipecat could not be installed from PyPI: {said[-1] if said else error}") from None
    done.write_text(wanted)
    return interpreter
