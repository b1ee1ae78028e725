"""The ``viva`` command as somebody meets it who has never seen it: help, and errors that name what to do."""

import re
import shutil
import socket
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from realtime.inference.models_catalogue import CATALOGUE
from realtime.inference.whisper_files import fixture_directory
from scoring.positions import BUILTIN
from server.access import ROLES

Viva = Callable[..., Any]

COMMANDS = [
    (),
    ("serve",),
    ("worker",),
    ("worker", "poison", "list"),
    ("worker", "poison", "retry"),
    ("worker", "poison", "drop"),
    ("demo",),
    ("models",),
    ("models", "list"),
    ("models", "pull"),
    ("models", "verify"),
    ("admin",),
    ("admin", "user"),
    ("admin", "key"),
    ("admin", "invite"),
    ("admin", "positions", "lint"),
    ("admin", "positions", "show"),
    ("admin", "culture", "lint"),
    ("admin", "culture", "import"),
    ("admin", "culture", "list"),
]


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_explains_itself(viva: Viva, words: tuple[str, ...]) -> None:
    shown = viva(*words, "--help")
    assert shown.exit_code == 0
    assert "Usage:" in shown.output
    described = [line for line in shown.output.splitlines() if re.match(r"\s*[│ ]*(--\w|\w+ {2,})", line)]
    assert all(len(line.split()) > 1 for line in described)


def test_the_first_page_names_where_to_begin(viva: Viva) -> None:
    shown = viva("--help").output
    for word in ("viva demo", "viva serve", "models", "admin", "load", "worker"):
        assert word in shown


def test_its_version_is_the_packages(viva: Viva) -> None:
    assert viva("--version").output == f"viva {version('viva')}\n"


def test_load_has_its_own_help(viva: Viva, capsys: pytest.CaptureFixture[str]) -> None:
    assert viva("load", "--help").exit_code == 0


# --------------------------------------------------------------------------- settings
@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("VIVA_PORT", "eighty", "VIVA_PORT: must be a whole number"),
        ("VIVA_PROT", "80", "VIVA_PROT: there is no such setting"),
        ("VIVA_PROFILE", "atlantis", "VIVA_PROFILE: must be one of"),
        ("VIVA_INFERENCE", "cloud", "VIVA_INFERENCE: must be one of local, redis"),
        ("VIVA_SPEECH_MODEL", "speech-huge", "viva models list"),
        ("VIVA_FINAL_SPEECH_MODEL", "fixture", "VIVA_FINAL_SPEECH_MODEL: needs a model for what is said live"),
        ("VIVA_COMMIT_POLICY", "coin", "VIVA_COMMIT_POLICY: must be one of agreement, align_att, sure_or_agreed"),
        ("VIVA_FACE_MODEL", "/nowhere", "VIVA_FACE_MODEL"),
    ],
)
def test_a_bad_setting_is_named_and_nothing_is_started(
    viva: Viva, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    stopped = viva("serve", "--port", "0")
    assert stopped.exit_code == 2
    assert says in stopped.output
    assert "Traceback" not in stopped.output


def test_a_taken_port_is_the_first_thing_said(viva: Viva, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        stopped = viva("serve", "--port", str(port))
    assert stopped.exit_code == 2
    assert f"cannot listen on 127.0.0.1:{port}" in stopped.output
    assert "Choose another --port" in stopped.output
    assert not (tmp_path / "data" / "viva.db").exists()


# --------------------------------------------------------------------------- models
@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("VIVA_MEDIA_KEY", "not a key", "VIVA_MEDIA_KEY: a master key"),
        ("VIVA_MEDIA_STORE", "s3://x", "refuses|cannot be"),
    ],
)
def test_media_that_cannot_be_kept_are_a_sentence(
    viva: Viva, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    for setting, text in {name: value, "VIVA_S3_ENDPOINT": "http://127.0.0.1:1", "VIVA_PORT": "0"}.items():
        monkeypatch.setenv(setting, text)
    for credential in ("VIVA_S3_KEY_ID", "VIVA_S3_SECRET"):
        monkeypatch.setenv(credential, "none")
    told = viva("serve")
    assert told.exit_code == 2
    assert re.search(says, told.output)
    assert "Traceback" not in told.output


def test_models_are_listed_pulled_from_a_folder_and_verified(viva: Viva, tmp_path: Path) -> None:
    entry = CATALOGUE["speech-tiny"]
    source = tmp_path / "mirror"
    source.mkdir()
    for file in entry.files:
        (source / file.name).write_bytes(b"not a real model, but whole")
    assert "installed" not in viva("models", "list").output
    pulled = viva("models", "pull", "speech-tiny", "--source", str(source))
    assert pulled.exit_code == 0, pulled.output
    assert "speech-tiny: installed in" in pulled.output
    line = next(line for line in viva("models", "list").output.splitlines() if line.startswith("speech-tiny "))
    assert line.endswith("installed")
    assert viva("models", "verify", "speech-tiny").exit_code == 0
    damaged = next((tmp_path / "data" / "models" / "speech-tiny").glob(entry.files[0].name))
    damaged.write_bytes(b"NOT a real model, but whole")
    broken = viva("models", "verify", "speech-tiny")
    assert broken.exit_code == 1
    assert entry.files[0].name in broken.output


def test_an_unknown_model_and_an_empty_folder(viva: Viva, tmp_path: Path) -> None:
    unknown = viva("models", "pull", "speech-huge")
    assert unknown.exit_code == 1
    assert "speech-huge" in unknown.output
    assert "speech-small" in unknown.output  # what there is instead
    (tmp_path / "empty").mkdir()
    empty = viva("models", "pull", "speech-tiny", "--source", str(tmp_path / "empty"))
    assert empty.exit_code == 1
    assert "Traceback" not in empty.output
    absent = viva("models", "verify", "face")
    assert absent.exit_code == 1
    assert "face" in absent.output


# --------------------------------------------------------------------------- admin
def test_help_names_every_role(viva: Viva) -> None:
    said = viva("admin", "user", "--help").output
    assert [role for role in ROLES if role not in said] == []


def test_a_user_is_made_with_a_password_from_standard_input(viva: Viva) -> None:
    made = viva("admin", "user", "han", "--roles", "hr,interviewer", typed="a long enough one\n")
    assert made.output == "user han: hr, interviewer\n"
    assert viva("admin", "user", "han", typed="short\n").exit_code == 2
    refused = viva("admin", "user", "han", "--roles", "hr,king", typed="a long enough one\n")
    assert refused.exit_code == 2
    assert "there is no role king; roles are admin, hr, interviewer, steward, operator" in refused.output


def test_a_key_is_shown_once_and_known_scopes_only(viva: Viva, tmp_path: Path) -> None:
    made = viva("admin", "key", "core EHR")
    assert made.exit_code == 0
    assert re.fullmatch(r"vk_[\w-]{40,}\n", made.output)
    assert made.output.strip().encode() not in (tmp_path / "data" / "viva.db").read_bytes()
    refused = viva("admin", "key", "x", "--scopes", "everything")
    assert refused.exit_code == 2
    assert "there is no scope everything" in refused.output


def test_an_invitation_prints_both_links(viva: Viva) -> None:
    made = viva("admin", "invite", "韩梅梅", "--language", "en")
    assert made.exit_code == 0, made.output
    candidate, hr = made.output.splitlines()
    assert re.fullmatch(r"candidate: http://127\.0\.0\.1:8080/i/[\w.-]+", candidate)
    assert re.fullmatch(r"HR: +http://127\.0\.0\.1:8080/hr\?interview=iv_\w{26}", hr)
    assert viva("admin", "invite", "韩梅梅", "--language", "fr").exit_code == 2
    unknown = viva("admin", "invite", "韩梅梅", "--position", "pilot")
    assert unknown.exit_code == 1
    assert "there is no position 'pilot'" in unknown.output


# --------------------------------------------------------------------------- positions
def test_a_good_position_file_and_the_list(viva: Viva) -> None:
    good = viva("admin", "positions", "lint", str(BUILTIN / "client_manager.yaml"))
    assert good.exit_code == 0
    assert "客户经理 / Client manager, 6 questions, no error" in good.output
    assert "client_manager" in viva("admin", "positions", "list").output


def test_a_bad_one_says_file_and_line(viva: Viva, tmp_path: Path) -> None:
    source = (BUILTIN / "client_manager.yaml").read_text(encoding="utf-8")
    at = next(n for n, line in enumerate(source.splitlines(), 1) if "weight: 14" in line)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(source.replace("weight: 14", "weight: heavy", 1), encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("id: [unclosed", encoding="utf-8")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    found = viva("admin", "positions", "lint", str(wrong), str(tmp_path / "broken.yaml"), str(tmp_path / "binary.yaml"))
    assert found.exit_code == 1
    assert f"wrong.yaml:{at}:" in found.output
    assert "broken.yaml:" in found.output
    assert "binary.yaml" in found.output
    assert "Traceback" not in found.output
    absent = viva("admin", "positions", "lint", str(tmp_path / "nothing.yaml"))
    assert absent.exit_code == 2
    assert "nothing.yaml: No such file" in absent.output


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_damaged_speech_model_is_a_sentence(viva: Viva, tmp_path: Path, command: str) -> None:
    model = tmp_path / "model"
    shutil.copytree(fixture_directory(), model)
    with (model / "model.bin").open("ab") as file:
        file.write(b"x")
    result = viva(command, "--speech-model", str(model))
    assert result.exit_code == 2
    assert "does not match its sha256" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--features", "voice,telepathy"), "there is no feature telepathy"),
        (("--questions", "q1,q9"), "no question q9"),
        (("--position", "pilot"), "there is no position 'pilot'"),
    ],
)
def test_an_invitation_that_cannot_be_is_a_sentence(viva: Viva, options: tuple[str, ...], says: str) -> None:
    stopped = viva("admin", "invite", "李雷", *options)
    assert stopped.exit_code == 1
    assert says in stopped.output
    assert "Traceback" not in stopped.output
