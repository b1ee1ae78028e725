"""One measured server: started in its own environment with the counted model, its whole process tree watched."""

import asyncio
import ctypes
import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from bench.speech import environments
from bench.speech.environments import ROOT, PeerAbsentError
from bench.speech.recogniser import counts_of

HERE = Path(__file__).parent
CPUS = sorted(os.sched_getaffinity(0))
SERVER_CPU, CLIENT_CPU = CPUS[0], CPUS[-1]
STARTS_WITHIN_S, STOPS_WITHIN_S, QUIET_WITHIN_S = 180.0, 10.0, 20.0
ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Served:
    """``name``: as in ``clients.WIRES``. ``environment``: whose interpreter, ``arguments``: behind model and port.
    ``most``: sessions that are tried."""

    name: str
    title: str
    environment: str
    script: str
    arguments: tuple[str, ...] = ()
    most: int = 16


SERVERS = (
    Served("viva", "Viva", "viva", "viva.py", most=128),
    Served("viva_agreement", "Viva, agreement alone", "viva", "viva.py", ("agreement",), most=128),
    Served("whisperlive", "WhisperLive 0.10.0", "whisperlive", "whisperlive.py"),
    Served("whisperlive_batched", "WhisperLive, batching", "whisperlive", "whisperlive.py", ("batched",)),
    Served("whisperlivekit", "WhisperLiveKit 0.2.26", "whisperlivekit", "whisperlivekit.py"),
    Served("whisper_streaming", "whisper-streaming 0.1.0", "whisper_streaming", "whisper_streaming.py"),
    Served("realtimestt", "RealtimeSTT 1.1.2", "realtimestt", "realtimestt.py", most=4),
)


def core_busy_s() -> float:
    """Of the servers' processor, since the machine started, whoever used it."""
    line = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith(f"cpu{SERVER_CPU} "))
    user, nice, system, _idle, _waiting, irq, soft, *_ = map(int, line.split()[1:])
    return (user + nice + system + irq + soft) / _TICKS


class ServerProcess:
    """``async with ServerProcess(served, model, script) as server``. Held to one processor where there are two.
    Raises ``PeerAbsentError`` where it does not come up."""

    def __init__(self, served: Served, model: Path, script: Path | None) -> None:
        self._served = served
        self._model = model
        self._script = script
        self._folder = tempfile.TemporaryDirectory(prefix="viva-speech-")
        self.port = _free_port()
        self._process: asyncio.subprocess.Process

    async def __aenter__(self) -> "ServerProcess":
        interpreter = environments.python(self._served.environment)
        server = HERE / "servers" / self._served.script  # -P: its folder has names that are packages' too
        command = [str(interpreter), "-P", str(server), str(self._model), str(self.port)]
        self._log = (Path(self._folder.name) / "log").open("wb")
        self._process = await asyncio.create_subprocess_exec(
            *command,
            *self._served.arguments,
            cwd=self._folder.name,
            env=self._environment(),
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
            preexec_fn=_before_start,
        )
        try:
            await self._listening()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    def cpu_s(self) -> float:
        """User and system time of the process tree, ended children included, less what telling the words took."""
        total = sum(_ticks(pid) for pid in _tree(self._process.pid)) / _TICKS
        return total - self.counts()["told_ns"] / 1e9

    async def quiet(self) -> None:
        """Until what is left of the last sessions is done, at most ``QUIET_WITHIN_S``."""
        for _ in range(round(QUIET_WITHIN_S)):
            before = self.cpu_s()
            await asyncio.sleep(1)
            if self.cpu_s() - before < 0.1:
                return

    def counts(self) -> dict[str, int]:
        return counts_of(Path(self._folder.name))

    def rss_mb(self) -> float:
        return sum(_resident_kib(pid) for pid in _tree(self._process.pid)) / 1024

    def _environment(self) -> dict[str, str]:
        path = [str(HERE / "hook")]
        path += [str(HERE / "no_microphone")] if self._served.environment == "realtimestt" else []
        own = {
            "PYTHONPATH": os.pathsep.join(path),
            "SPEECH_BENCH_ROOT": str(ROOT),
            "SPEECH_BENCH_COUNTS": self._folder.name,
            "HF_HUB_OFFLINE": "1",
            "PYTHONWARNINGS": "ignore",
            "PYTHONDONTWRITEBYTECODE": "1",
            **dict.fromkeys(ONE_THREAD, "1"),
        }
        if self._script is not None:
            own["SPEECH_BENCH_SCRIPT"] = str(self._script)
        inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
        return {**inherited, **own}

    async def _listening(self) -> None:
        for _ in range(round(STARTS_WITHIN_S / 0.2)):
            if self._process.returncode is not None:
                raise PeerAbsentError(f"its server ended at once: {self.said()}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.2)
                continue
            writer.close()
            return
        raise PeerAbsentError(f"its server did not listen within {STARTS_WITHIN_S:g} s: {self.said()}")

    def said(self) -> str:
        """The last it wrote before it ended."""
        lines = (Path(self._folder.name) / "log").read_text(errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else "it said nothing"

    def log(self) -> str:
        return (Path(self._folder.name) / "log").read_text(errors="replace")

    async def _end(self) -> None:
        """The process group: a server's own children too."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
                async with asyncio.timeout(STOPS_WITHIN_S):
                    await self._process.wait()
            except (ProcessLookupError, TimeoutError):
                continue
        self._log.close()
        self._folder.cleanup()


def _before_start() -> None:
    """In the new process. It goes when the benchmark goes, however that is (prctl(2), PR_SET_PDEATHSIG)."""
    os.sched_setaffinity(0, {SERVER_CPU})
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tree(root: int) -> Iterator[int]:
    yield root
    try:
        children = Path(f"/proc/{root}/task/{root}/children").read_text().split()
        threads = [thread.name for thread in Path(f"/proc/{root}/task").iterdir()]
        for thread in threads:
            if thread != str(root):
                children += Path(f"/proc/{root}/task/{thread}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _tree(int(child))


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))  # utime, stime and those of children that ended


def _resident_kib(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0)
