"""What the figures were measured on: without it they say nothing."""

import importlib.metadata
import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PACKAGES = ("aiortc", "aioice", "av", "pylibsrtp", "uvicorn", "uvloop", "cryptography", "numpy")


def describe() -> dict[str, Any]:
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": model[1] if model else platform.processor(),
        "cores": len(os.sched_getaffinity(os.getppid())),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def line() -> str:
    told = describe()
    return (
        f"{told['cpu']}, {told['cores']} cores, Python {told['python']}; load {told['load_average'][0]} before the run"
    )
