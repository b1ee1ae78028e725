"""Each peer in an environment of its own under ``.cache``, made once, with every version pinned in ``pins/``.

Left out of them: PyAudio and pyalsaaudio, which are for a microphone and would have to be compiled. No peer's server
needs them; RealtimeSTT imports the first one, and is given an empty module.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINS = Path(__file__).parent / "pins"
INSTALL_WITHIN_S = 900


class PeerAbsentError(Exception):
    """It cannot be had or does not run here; the message says why."""


def python(peer: str, folder: Path = PINS) -> Path:
    """Its interpreter; makes the environment at the first call, from the pins in ``folder``. Raises
    ``PeerAbsentError``."""
    if peer == "viva":
        return Path(sys.executable)
    pins, home = folder / f"{peer}.txt", ROOT / ".cache" / "bench" / peer
    interpreter, done = home / "bin" / "python", home / "installed"
    wanted = pins.read_text()
    if done.exists() and done.read_text() == wanted:
        return interpreter
    uv = shutil.which("uv") or next((str(path) for path in (ROOT / ".cache").glob("uv/bin/uv")), None)
    if uv:
        make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable]
        install = [uv, "pip", "install", "--quiet", "--python", str(interpreter), "--no-deps"]
    else:
        make = [sys.executable, "-m", "venv", "--clear"]
        install = [str(interpreter), "-m", "pip", "install", "--quiet", "--no-deps"]
    size = "some 5 GB" if "torch==" in wanted else "some 500 MB"
    print(f"installing {peer} into {home.relative_to(ROOT)}: {size} from PyPI, once", flush=True)
    try:
        for command in ([*make, str(home)], [*install, "-r", str(pins)]):
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_WITHIN_S)
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        raise PeerAbsentError(f"could not be installed from PyPI: {said[-1] if said else error}") from None
    done.write_text(wanted)
    return interpreter
