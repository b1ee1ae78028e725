"""What a thousand interviews' faces take here. Run in a process of its own, so that nothing else is counted:

    python -m bench.faces.memory MODELS

Prints JSON: megabytes of the engine with its models, and kilobytes a session whose tracker has followed a face for some
seconds. Pictures in flight are not in it: one a session at most, 230 kB at 320 x 240.
"""

import json
import subprocess
import sys
from pathlib import Path

from loadtest.moving_face import FaceParameters, render
from realtime.inference.engine import FaceRequest
from realtime.perception.face import NEUTRAL_PICTURES, FaceTracker, OwnFace

SESSIONS = 1000


def measured(models: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.faces.memory", str(models)]
    figures: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return figures


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def main() -> None:
    picture = render(FaceParameters())
    before_kb, threads = _status("VmRSS"), _status("Threads")
    from realtime.inference.face_litert import LiteRtFaceEngine

    engine = LiteRtFaceEngine(Path(sys.argv[1]))
    engine.warm_up()
    engine_kb, engine_threads = _status("VmRSS") - before_kb, _status("Threads") - threads
    (result,) = engine.analyse([FaceRequest("s", 0, picture)])
    before_kb = _status("VmRSS")
    trackers = [FaceTracker(f"interview-{at}", OwnFace()) for at in range(SESSIONS)]
    for tracker in trackers:
        for step in range(NEUTRAL_PICTURES + 3):
            request = tracker.request(picture, 400 * step)
            assert request is not None
            tracker.apply(result)
            tracker.window(400 * step)
    sessions_kb = _status("VmRSS") - before_kb
    print(
        json.dumps(
            {
                "engine_mb": round(engine_kb / 1024, 1),
                "engine_threads": engine_threads,
                "sessions": SESSIONS,
                "session_kb": round(sessions_kb / SESSIONS, 2),
                "total_mb": round((engine_kb + sessions_kb) / 1024, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
